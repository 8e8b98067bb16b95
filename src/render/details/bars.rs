//! A distribution of times as rows of bars. Only positions are worked out here; the percentiles are those of the report.

use super::numbers::{float, time_of, whole};
use crate::report::{Bucket, Latency};

/// Most rows of a picture.
pub(in crate::render) const ROWS: usize = 16;

/// One row: times up to a bound, and how many there were.
#[derive(Debug, PartialEq)]
pub(in crate::render) struct Bar {
    /// Largest time in it, in nanoseconds.
    pub(in crate::render) up_to: u64,
    /// Samples.
    pub(in crate::render) count: u64,
    /// Percentiles that fall into it: `p50`, `p95 p99`.
    pub(in crate::render) marks: String,
}

/// The classes of a distribution gathered into at most [`ROWS`] of equal width on a logarithmic scale, those without
/// samples between others included.
pub(in crate::render) fn bars(distribution: &[Bucket], latency: &Latency) -> Vec<Bar> {
    let mut classes: Vec<Bucket> = distribution.iter().filter(|class| class.count > 0).copied().collect();
    classes.sort_unstable_by_key(|class| class.up_to);
    let log = |time: u64| float(time.max(1)).ln();
    let (Some(first), Some(last)) = (classes.first().copied(), classes.last().copied()) else {
        return Vec::new();
    };
    let span = log(last.up_to) - log(first.up_to);
    // The report leaves empty classes out, so their width is the smallest step; as a part of the whole it is exact.
    let steps =
        classes.iter().zip(classes.iter().skip(1)).map(|(one, next)| log(next.up_to) - log(one.up_to));
    let step = steps.filter(|step| *step > 0.0).fold(f64::INFINITY, f64::min);
    let last_place =
        if step.is_finite() && span > 0.0 { (span / step).round().clamp(1.0, 127.0) } else { 0.0 };
    let place = |time: u64| match span {
        span if span > 0.0 => whole(((log(time) - log(first.up_to)) / span * last_place).round()),
        _ => 0,
    };
    let together = (whole(last_place) + 1).div_ceil(u64::try_from(ROWS).unwrap_or(1)).max(1);
    let rows = whole(last_place) / together + 1;
    let mut bars: Vec<Bar> = (0..rows)
        .map(|row| {
            let end = float(row * together + together - 1).min(last_place);
            let log_end = log(first.up_to) + if last_place > 0.0 { span * end / last_place } else { 0.0 };
            Bar { up_to: whole(log_end.exp().round()), count: 0, marks: String::new() }
        })
        .collect();
    for class in &classes {
        let row = usize::try_from(place(class.up_to) / together).unwrap_or(0);
        if let Some(bar) = bars.get_mut(row) {
            bar.count = bar.count.saturating_add(class.count);
            // The bound is that of a class where there is one, not what the logarithm made of it.
            if place(class.up_to) % together == together - 1 {
                bar.up_to = class.up_to;
            }
        }
    }
    if let Some(bar) = bars.last_mut() {
        bar.up_to = last.up_to;
    }
    for (name, value) in [("p50", Some(latency.p50)), ("p95", Some(latency.p95)), ("p99", latency.p99)] {
        let Some(value) = value.filter(|_| latency.count > 0) else { continue };
        if let Some(bar) = bars.iter_mut().find(|bar| value <= bar.up_to) {
            if !bar.marks.is_empty() {
                bar.marks.push(' ');
            }
            bar.marks.push_str(name);
        }
    }
    bars
}

/// The rows as text, each at most `width` columns: bound, bar, count, share, percentiles.
pub(in crate::render) fn picture(bars: &[Bar], width: usize) -> Vec<String> {
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(0).max(1);
    let total: u64 = bars.iter().map(|bar| bar.count).fold(0, u64::saturating_add).max(1);
    let cells: Vec<[String; 3]> = bars
        .iter()
        .map(|bar| {
            let share = float(bar.count) / float(total);
            let percent = if bar.count > 0 && share < 0.000_5 {
                "< 0.1 %".to_owned()
            } else {
                format!("{:.1} %", share * 100.0)
            };
            [time_of(bar.up_to), percent, bar.marks.clone()]
        })
        .collect();
    let widest = |column: usize| {
        cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (label, percent, marks) = (widest(0), widest(1), widest(2));
    let room = width.saturating_sub(label + percent + marks + 8).clamp(8, 60);
    bars.iter()
        .zip(&cells)
        .map(|(bar, [up_to, share, mark])| {
            let drawn = drawn(bar.count, most, room);
            let text = format!("≤ {up_to:>label$} │{drawn:<room$}│ {share:>percent$}  {mark}");
            text.trim_end().to_owned()
        })
        .collect()
}

/// A bar of eighths of a column; the smallest count is still seen.
fn drawn(count: u64, most: u64, room: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let columns = u64::try_from(room).unwrap_or(0);
    let eighths = whole((float(count) / float(most) * float(columns * 8)).round()).min(columns * 8);
    let eighths = if count > 0 { eighths.max(1) } else { 0 };
    let full = "█".repeat(usize::try_from(eighths / 8).unwrap_or(0));
    let part = usize::try_from(eighths % 8).ok().and_then(|part| PARTS.get(part)).unwrap_or(&"");
    format!("{full}{part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(pairs: &[(u64, u64)]) -> Vec<Bucket> {
        pairs.iter().map(|(up_to, count)| Bucket { up_to: *up_to, count: *count }).collect()
    }

    #[test]
    fn classes_left_out_are_rows_of_their_own() {
        // Doubling classes: 1, 2, 4, (8), 16 µs.
        let latency = Latency { count: 17, p50: 2_000, p95: 4_000, p99: Some(15_000), ..Latency::default() };
        let bars = bars(&classes(&[(1_000, 4), (2_000, 8), (4_000, 4), (16_000, 1)]), &latency);
        let of: Vec<_> = bars.iter().map(|bar| (bar.up_to, bar.count, bar.marks.as_str())).collect();
        assert_eq!(
            of,
            [(1_000, 4, ""), (2_000, 8, "p50"), (4_000, 4, "p95"), (8_000, 0, ""), (16_000, 1, "p99")]
        );
        assert_eq!(
            picture(&bars, 8 + 7 + 6 + 3 + 8),
            [
                "≤ 1.00 µs │████    │ 23.5 %",
                "≤ 2.00 µs │████████│ 47.1 %  p50",
                "≤ 4.00 µs │████    │ 23.5 %  p95",
                "≤ 8.00 µs │        │  0.0 %",
                "≤ 16.0 µs │█       │  5.9 %  p99",
            ]
        );
    }

    #[test]
    fn many_classes_become_few_rows_and_lose_no_sample() {
        let many: Vec<_> = (0..128_i32)
            .map(|number| Bucket { up_to: whole(1e5 * 1.05_f64.powi(number)), count: 10 })
            .collect();
        let bars = bars(&many, &Latency::default());
        assert_eq!(bars.len(), 16);
        assert!(bars.iter().all(|bar| bar.count == 80), "{bars:?}");
        assert!(bars.iter().all(|bar| bar.marks.is_empty()));
    }

    #[test]
    fn odd_distributions_make_no_nonsense() {
        assert_eq!(bars(&[], &Latency::default()), []);
        assert!(picture(&[], 80).is_empty());
        let one = bars(
            &classes(&[(5_000, 3)]),
            &Latency { count: 3, p50: 5_000, p95: 5_000, ..Latency::default() },
        );
        assert_eq!(one, [Bar { up_to: 5_000, count: 3, marks: "p50 p95".into() }]);
        // Twice the same, zero, and the greatest of all.
        let wild =
            bars(&classes(&[(u64::MAX, u64::MAX), (0, 1), (0, 2), (7, u64::MAX)]), &Latency::default());
        assert!(wild.len() <= ROWS && !picture(&wild, 10).is_empty());
        assert_eq!(drawn(1, 1_000_000, 10), "▏");
        assert_eq!(drawn(0, 1_000_000, 10), "");
    }
}
