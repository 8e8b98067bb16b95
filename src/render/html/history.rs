//! Metrics over time: the values, the band of the earlier ones, their median, what the values should and must be, and when
//! they changed for good.

use super::plot::{Plot, Scale, figure};
use crate::render::details::baseline::history::{band_words, day, moment};
use crate::render::details::baseline::units::{divisor, range, value};
use crate::render::details::name;
use crate::render::details::numbers::float;
use crate::render::words::count;
use crate::report::{BaselineMetric, MetricPoint};

/// Most metrics drawn.
const CHARTS: usize = 24;
/// Most points of a line; of more, the least and the largest of each slice are kept.
const POINTS: usize = 600;
/// Most values drawn as points of their own.
const DOTS: usize = 80;
/// Most change points marked: the newest.
const MARKS: usize = 12;
/// How often the reach of the values a target may be away to be drawn: a target far off would make a flat line of them.
const AWAY: f64 = 3.0;

/// Steps of an axis of time, in seconds: minutes, hours, days, then years.
const STEPS: [f64; 21] = [
    60.0,
    300.0,
    900.0,
    3_600.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    604_800.0,
    1_209_600.0,
    2_592_000.0,
    7_776_000.0,
    15_552_000.0,
    31_536_000.0,
    63_072_000.0,
    157_680_000.0,
    315_360_000.0,
    3_153_600_000.0,
    15_768_000_000.0,
    63_072_000_000.0,
];

/// The pictures of all metrics that have a course; those with something to look at before others when there are too many.
pub(super) fn charts(metrics: &[BaselineMetric]) -> String {
    let finite =
        |metric: &&BaselineMetric| metric.series.iter().filter(|point| point.value.is_finite()).count() > 1;
    let mut drawn: Vec<&BaselineMetric> = metrics.iter().filter(finite).collect();
    let left = drawn.len().saturating_sub(CHARTS);
    drawn.sort_by_key(|metric| !striking(metric));
    let mut out: String = drawn.into_iter().take(CHARTS).map(chart).collect();
    if left > 0 {
        let left = count(u64::try_from(left).unwrap_or(u64::MAX), "metrics");
        out.push_str(&format!("<p class=\"muted\">{left} more stand in the table alone.</p>\n"));
    }
    out
}

fn striking(metric: &BaselineMetric) -> bool {
    metric.band.is_some_and(|band| band.outside)
        || metric.trend.is_some_and(|trend| trend.worsening)
        || metric.changes.last().is_some_and(|last| last.worse)
        || metric.accepted == Some(false)
        || metric.target_met == Some(false)
}

/// Where every point stands along the time; in even steps where their times cannot be read.
fn placed(series: &[MetricPoint]) -> (Vec<(f64, f64)>, bool) {
    let values = || series.iter().map(|point| point.value);
    let times: Option<Vec<f64>> = series.iter().map(|point| moment(&point.time)).collect();
    let dated = times.is_some();
    let mut points: Vec<(f64, f64)> = match times {
        Some(times) => times.into_iter().zip(values()).collect(),
        None => (1..).map(float).zip(values()).collect(),
    };
    points.retain(|(_, value)| value.is_finite());
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    (points, dated)
}

/// At most [`POINTS`], the extremes among them.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= POINTS {
        return points.to_vec();
    }
    let together = (points.len() * 2).div_ceil(POINTS);
    let of = |slice: &[(f64, f64)]| -> Vec<(f64, f64)> {
        let least = slice.iter().copied().min_by(|one, other| one.1.total_cmp(&other.1));
        let most = slice.iter().copied().max_by(|one, other| one.1.total_cmp(&other.1));
        let mut both: Vec<(f64, f64)> = least.into_iter().chain(most).collect();
        both.sort_by(|one, other| one.0.total_cmp(&other.0));
        both
    };
    points.chunks(together).flat_map(of).collect()
}

fn chart(metric: &BaselineMetric) -> String {
    let (points, dated) = placed(&metric.series);
    let band = metric.band.filter(|band| !band.learning && band.low <= band.high);
    let inner = points.iter().map(|(_, at)| *at).chain(band.iter().flat_map(|band| [band.low, band.high]));
    let inner: Vec<f64> = inner.collect();
    let size = inner.iter().map(|at| at.abs()).filter(|at| at.is_finite()).fold(0.0, f64::max);
    let part = divisor(&metric.unit, size);
    let [low, high] = Scale::around(inner.iter().copied()).ends();
    let near =
        |at: &f64| at.is_finite() && *at >= low - AWAY * (high - low) && *at <= high + AWAY * (high - low);
    let ends = |range: Option<[Option<f64>; 2]>| range.unwrap_or_default().into_iter().flatten();
    let levels = || ends(metric.target).chain(ends(metric.accept)).filter(near);
    let y = Scale::around(inner.iter().copied().chain(levels()).map(|at| at / part));

    let first = points.first().map_or(0.0, |(at, _)| *at);
    let last = points.last().map_or(1.0, |(at, _)| *at).max(first + 1.0);
    let ticks = if dated { ticks(first, last) } else { Vec::new() };
    let mut plot = Plot::new(Scale::fixed(first, last), &ticks, y, |tick| value(&metric.unit, tick * part));
    if let Some(band) = band {
        plot.band("a", band.low / part, band.high / part);
        plot.level("mark", band.median / part);
    }
    for at in ends(metric.target).filter(near) {
        plot.level("s c few", at / part);
    }
    for at in ends(metric.accept).filter(near) {
        plot.level("limit", at / part);
    }
    marks(metric, &mut plot, dated.then_some([first, last]));
    plot.line("a", thinned(&points).into_iter().map(|(x, at)| (x, at / part)));
    if points.len() <= DOTS {
        for (x, at) in &points {
            let out = band.is_some_and(|band| *at < band.low || *at > band.high);
            plot.point(if out { "caution" } else { "a" }, *x, at / part);
        }
    }
    let title = name(&metric.name);
    let along = if dated { "time of the capture, UTC" } else { "captures, oldest first" };
    let picture = plot.finish(&format!("{title} over time"), &described(metric), along);
    let mut legend = vec![("a", "value; shaded its band, dotted the median".to_owned())];
    if band.is_none() {
        legend = vec![("a", "value".to_owned())];
    }
    let mut aside = Vec::new();
    for (class, word, bounds) in [("c", "target", metric.target), ("x", "accepted", metric.accept)] {
        let Some(bounds) = bounds else { continue };
        let words = format!("{word} {}", range(&metric.unit, bounds));
        if ends(Some(bounds)).any(|at| near(&at)) {
            legend.push((class, words));
        } else if bounds != [None, None] {
            aside.push(format!("{words} is beyond the picture"));
        }
    }
    figure(&title, &picture, &legend, &aside.join("; "))
}

/// Vertical marks where the values changed for good, those within the picture.
fn marks(metric: &BaselineMetric, plot: &mut Plot, ends: Option<[f64; 2]>) {
    let Some([first, last]) = ends else { return };
    let skipped = metric.changes.len().saturating_sub(MARKS);
    // Words that would stand in each other's place are left out, the older first.
    let (mut next, room) = (f64::INFINITY, (last - first) / 7.0);
    for change in metric.changes.iter().skip(skipped).rev() {
        let Some(at) = moment(&change.time).filter(|at| (first..=last).contains(at)) else { continue };
        let word = if next - at < room { String::new() } else { day(&change.time) };
        next = at;
        plot.mark("mark", at, &word);
    }
}

/// What the picture shows, in words.
fn described(metric: &BaselineMetric) -> String {
    let mut words = Vec::new();
    if let (Some(first), Some(last)) = (metric.series.first(), metric.series.last()) {
        let many = count(u64::try_from(metric.series.len()).unwrap_or(u64::MAX), "values");
        words.push(format!("{many} from {} to {}", day(&first.time), day(&last.time)));
        words.push(format!("the newest {}", value(&metric.unit, last.value)));
    }
    if let Some(band) = metric.band {
        words.push(format!("median {}", value(&metric.unit, band.median)));
        words.push(format!("band {}", band_words(metric, band)));
    }
    for change in metric.changes.iter().rev().take(3) {
        let [before, after] = [change.before, change.after].map(|at| value(&metric.unit, at));
        words.push(format!("changed on {} from {before} to {after}", day(&change.time)));
    }
    format!("{}.", words.join("; "))
}

/// Labelled moments between two: at most eight, on whole hours, days or years.
fn ticks(first: f64, last: f64) -> Vec<(f64, String)> {
    let span = last - first;
    let step = STEPS.into_iter().find(|step| span / step <= 7.0).unwrap_or(span);
    let begin = (first / step).ceil();
    let form = match () {
        () if step >= 86_400.0 => "%Y-%m-%d",
        () if span > 86_400.0 => "%m-%d %H:%M",
        () => "%H:%M",
    };
    let moments = (0..8_u32).map(|number| (begin + f64::from(number)) * step).take_while(|at| *at <= last);
    moments
        .filter_map(|at| {
            let since = jiff::SignedDuration::try_from_secs_f64(at).ok()?;
            let moment = jiff::Timestamp::from_duration(since).ok()?;
            Some((at, moment.strftime(form).to_string()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(first: &str, last: &str) -> Vec<String> {
        let [first, last] = [first, last].map(|time| moment(time).unwrap());
        ticks(first, last).into_iter().map(|(_, word)| word).collect()
    }

    #[test]
    fn times_are_labelled_at_round_moments() {
        assert_eq!(words("2026-11-22T14:00:30Z", "2026-11-22T14:03:00Z"), ["14:01", "14:02", "14:03"]);
        assert_eq!(
            words("2026-11-22T20:00:00Z", "2026-11-23T22:00:00Z"),
            ["11-23 00:00", "11-23 06:00", "11-23 12:00", "11-23 18:00"]
        );
        assert_eq!(words("2026-11-20T12:00:00Z", "2026-11-25T12:00:00Z").first().unwrap(), "2026-11-21");
        assert_eq!(words("2026-11-20T12:00:00Z", "2026-11-25T12:00:00Z").len(), 5);
        for (first, last) in [
            ("0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"),
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ] {
            assert!(words(first, last).len() <= 8);
        }
    }

    #[test]
    fn thinning_keeps_the_extremes() {
        let points: Vec<(f64, f64)> =
            (0..10_000_u32).map(|at| (f64::from(at), if at == 4_321 { 9.0 } else { 1.0 })).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= POINTS + 2 && thin.contains(&(4_321.0, 9.0)));
        assert!(thin.is_sorted_by(|one, next| one.0 <= next.0));
    }
}
