//! Plots as inline SVG: scales, ticks, axes, lines. Everything is placed here; nothing is judged.

use super::escape::text;

/// Width of every picture, in its own units; the page scales it.
pub(super) const WIDTH: f64 = 760.0;
/// Room at the left for the labels of the vertical axis, and at the right.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 28.0;
/// Room above, for names of runs, and below, for the labels of the horizontal axis.
const TOP: f64 = 18.0;
const BOTTOM: f64 = 40.0;
/// Height of a plot.
const HEIGHT: f64 = 250.0;

/// A range of values along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    /// From zero to a little over the largest value.
    pub(super) fn linear(values: impl Iterator<Item = f64>) -> Self {
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let most = if most > 0.0 { most.min(1e300) } else { 1.0 };
        let step = step(most / 4.0);
        Self { low: 0.0, high: (most / step).ceil() * step, logarithmic: false }
    }

    /// Logarithmic over all values where they span more than a factor of twenty, linear otherwise.
    pub(super) fn wide(values: impl Iterator<Item = f64>) -> Self {
        let all: Vec<f64> = values.filter(|value| value.is_finite() && *value > 0.0).collect();
        let least = all.iter().copied().fold(f64::INFINITY, f64::min);
        let most = all.iter().copied().fold(0.0, f64::max);
        if all.is_empty() || most / least < 20.0 {
            return Self::linear(all.into_iter());
        }
        Self { low: least / 1.15, high: most * 1.15, logarithmic: true }
    }

    /// About these values, with or without zero: no wider than it must be, and no narrower than a twentieth of their size,
    /// so that noise does not look like a mountain range.
    pub(super) fn around(values: impl Iterator<Item = f64>) -> Self {
        let all: Vec<f64> =
            values.filter(|value| value.is_finite()).map(|value| value.clamp(-1e300, 1e300)).collect();
        let least = all.iter().copied().fold(f64::INFINITY, f64::min);
        let most = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if all.is_empty() || (least >= 0.0 && least < most * 0.4) {
            return Self::linear(all.into_iter());
        }
        let size = least.abs().max(most.abs());
        let missing = if size > 0.0 { (size / 20.0 - (most - least)).max(0.0) } else { 1.0 };
        let (least, most) = (least - missing / 2.0, most + missing / 2.0);
        let step = step((most - least) / 4.0);
        Self { low: (least / step).floor() * step, high: (most / step).ceil() * step, logarithmic: false }
    }

    /// The two ends.
    pub(super) const fn ends(self) -> [f64; 2] {
        [self.low, self.high]
    }

    /// Exactly this range.
    pub(super) const fn fixed(low: f64, high: f64) -> Self {
        Self { low, high, logarithmic: false }
    }

    /// Where a value stands, from 0 to 1; what is beyond the range stands at its end.
    fn part(self, value: f64) -> f64 {
        let at = if self.logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if at.is_finite() { at.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Values at which the axis is labelled: at most eight or so.
    pub(super) fn ticks(self) -> Vec<f64> {
        if !self.logarithmic {
            let step = step((self.high - self.low) / 5.0);
            let first = (self.low / step).ceil();
            let ticks = (0..12_i32).map(|number| (first + f64::from(number)) * step);
            return ticks.take_while(|tick| *tick <= self.high + step / 1e6).collect();
        }
        let decades = (self.high / self.low).log10();
        let parts: &[f64] = match decades {
            decades if decades < 2.0 => &[1.0, 2.0, 5.0],
            decades if decades < 3.5 => &[1.0, 3.0],
            _ => &[1.0],
        };
        let every = if decades > 8.0 { 3 } else { 1 };
        let first = self.low.log10().floor();
        let powers = (0..25_i32).map(|number| 10_f64.powf(first + f64::from(number * every)));
        let ticks = powers.flat_map(|power| parts.iter().map(move |part| part * power));
        ticks.filter(|tick| *tick >= self.low && *tick <= self.high).collect()
    }
}

/// The nicest step of about a size: 1, 2 or 5 times a power of ten.
fn step(size: f64) -> f64 {
    let power = 10_f64.powf(size.max(1e-300).log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|part| part * power)
        .find(|step| *step >= size * 0.999)
        .unwrap_or(10.0 * power)
}

/// A plot with its axes; lines and marks are added to it.
pub(super) struct Plot {
    x: Scale,
    y: Scale,
    body: String,
}

impl Plot {
    /// An empty plot. Ticks of the horizontal axis are given with their labels; those of the vertical one are labelled.
    pub(super) fn new(x: Scale, ticks: &[(f64, String)], y: Scale, label: impl Fn(f64) -> String) -> Self {
        let mut plot = Self { x, y, body: String::new() };
        for tick in y.ticks() {
            let at = plot.down(tick);
            plot.body.push_str(&format!(
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
                 <text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
                WIDTH - RIGHT,
                LEFT - 8.0,
                at + 4.0,
                if tick.abs() < 1e-300 { "0".to_owned() } else { text(&round(&label(tick))) },
            ));
        }
        let floor = HEIGHT - BOTTOM;
        plot.body.push_str(&format!(
            "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{floor}\" y2=\"{floor}\"/>\n",
            WIDTH - RIGHT
        ));
        for (tick, label) in ticks {
            let at = plot.across(*tick);
            plot.body.push_str(&format!(
                "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{floor}\" y2=\"{:.1}\"/>\
                 <text class=\"mid\" x=\"{at:.1}\" y=\"{:.1}\">{}</text>\n",
                floor + 5.0,
                floor + 18.0,
                text(&round(label)),
            ));
        }
        plot
    }

    fn across(&self, value: f64) -> f64 {
        LEFT + self.x.part(value) * (WIDTH - LEFT - RIGHT)
    }

    fn down(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.part(value) * (HEIGHT - TOP - BOTTOM)
    }

    /// A line through points; those that are no numbers are left out.
    pub(super) fn line(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) {
        let points: Vec<String> = points
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|(x, y)| format!("{:.1},{:.1}", self.across(x), self.down(y)))
            .collect();
        match points.as_slice() {
            [] => {}
            [only] => {
                let (x, y) = only.split_once(',').unwrap_or_default();
                self.body.push_str(&format!("<circle class=\"f {class}\" cx=\"{x}\" cy=\"{y}\" r=\"3\"/>\n"));
            }
            _ => self
                .body
                .push_str(&format!("<polyline class=\"s {class}\" points=\"{}\"/>\n", points.join(" "))),
        }
    }

    /// A shaded stretch of values over the whole width.
    pub(super) fn band(&mut self, class: &str, low: f64, high: f64) {
        let (top, bottom) = (self.down(high), self.down(low));
        if low.is_finite() && high.is_finite() && bottom >= top {
            self.body.push_str(&format!(
                "<rect class=\"f {class}\" fill-opacity=\".13\" x=\"{LEFT}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>\n",
                WIDTH - LEFT - RIGHT,
                (bottom - top).max(1.0),
            ));
        }
    }

    /// A line at a value over the whole width.
    pub(super) fn level(&mut self, class: &str, value: f64) {
        if value.is_finite() {
            let y = self.down(value);
            self.body.push_str(&format!(
                "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\n",
                WIDTH - RIGHT
            ));
        }
    }

    /// A point.
    pub(super) fn point(&mut self, class: &str, x: f64, y: f64) {
        if x.is_finite() && y.is_finite() {
            let (x, y) = (self.across(x), self.down(y));
            self.body
                .push_str(&format!("<circle class=\"f {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>\n"));
        }
    }

    /// A mark at the foot of the plot.
    pub(super) fn foot(&mut self, class: &str, x: f64) {
        let (x, y) = (self.across(x), HEIGHT - BOTTOM);
        self.body.push_str(&format!("<path class=\"f {class}\" d=\"M{:.1} {y}l4 -8l4 8z\"/>\n", x - 4.0));
    }

    /// A vertical line with a word at its top.
    pub(super) fn mark(&mut self, class: &str, x: f64, word: &str) {
        let x = self.across(x);
        // Near the right end the word stands at the left of its line.
        let (at, anchor) = if x > WIDTH - 120.0 { (x - 4.0, "end") } else { (x + 4.0, "") };
        self.body.push_str(&format!(
            "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>\
             <text class=\"{anchor}\" x=\"{at:.1}\" y=\"{:.1}\">{}</text>\n",
            TOP - 6.0,
            HEIGHT - BOTTOM,
            TOP - 5.0,
            text(word),
        ));
    }

    /// The picture, with what it shows in words, and what stands along the horizontal axis.
    pub(super) fn finish(self, title: &str, description: &str, along: &str) -> String {
        let along = format!(
            "<text class=\"mid\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            LEFT + (WIDTH - LEFT - RIGHT) / 2.0,
            HEIGHT - 4.0,
            text(along)
        );
        picture(HEIGHT, title, description, &(self.body + &along))
    }
}

/// The label of a tick, which is a round number, without zeros after the point: `10.0 ms` is `10 ms`.
fn round(label: &str) -> String {
    let end = label.find(|c: char| !c.is_ascii_digit() && !".,−".contains(c)).unwrap_or(label.len());
    match label.split_at_checked(end) {
        Some((number, unit)) if number.contains('.') => {
            format!("{}{unit}", number.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => label.to_owned(),
    }
}

/// An SVG picture of the usual width.
pub(super) fn picture(height: f64, title: &str, description: &str, body: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n{body}</svg>\n",
        text(title),
        text(description),
    )
}

/// A figure: what it shows, its legend, the picture, and what to know about it.
pub(super) fn figure(title: &str, picture: &str, legend: &[(&str, String)], caption: &str) -> String {
    let legend: String =
        legend.iter().map(|(class, name)| format!("<li class=\"{class}\">{}</li>\n", text(name))).collect();
    let legend = if legend.is_empty() { legend } else { format!("<ul class=\"legend\">\n{legend}</ul>\n") };
    let part = |tag: &str, said: &str| {
        if said.is_empty() { String::new() } else { format!("<{tag}>{}</{tag}>\n", text(said)) }
    };
    format!("<figure>\n{}{legend}{picture}{}</figure>\n", part("h3", title), part("figcaption", caption))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_have_no_idle_digits() {
        for (label, shown) in
            [("10.0 ms", "10 ms"), ("0.500", "0.5"), ("2,000/s", "2,000/s"), ("100 s", "100 s"), ("", "")]
        {
            assert_eq!(round(label), shown);
        }
    }

    #[test]
    fn axes_have_round_ticks() {
        assert_eq!(
            Scale::linear([3.0, 870.0].into_iter()).ticks(),
            [0.0, 200.0, 400.0, 600.0, 800.0, 1_000.0]
        );
        assert_eq!(
            Scale::linear(std::iter::empty()).ticks(),
            [0.0, 0.2, 0.4, 0.600_000_000_000_000_1, 0.8, 1.0]
        );
        assert_eq!(Scale::around([192.0, 309.0].into_iter()).ends(), [150.0, 350.0]);
        assert_eq!(Scale::around([12.0, 309.0].into_iter()).ends(), [0.0, 400.0]);
        assert_eq!(Scale::around([1_000.0, 1_000.0].into_iter()).ends(), [960.0, 1_040.0]);
        assert_eq!(Scale::around([0.0].into_iter()).ends(), [-0.5, 0.5]);
        let wide = Scale::wide([2.0, 90.0].into_iter());
        assert_eq!(wide.ticks(), [2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        assert!((wide.part(13.416_407_9) - 0.5).abs() < 1e-6, "the middle is the geometric mean");
        for odd in [f64::NAN, f64::INFINITY, 1e308, 5e-324, -1.0] {
            for scale in [
                Scale::linear([odd].into_iter()),
                Scale::wide([odd, 1.0].into_iter()),
                Scale::around([odd].into_iter()),
                Scale::around([odd, -odd, 1.0].into_iter()),
            ] {
                assert!(scale.ticks().len() < 30, "{odd} {scale:?}");
                assert!((0.0..=1.0).contains(&scale.part(odd)), "{odd} {scale:?}");
            }
        }
    }
}
