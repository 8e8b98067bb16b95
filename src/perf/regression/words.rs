//! Numbers of a comparison as people read them.

use crate::report::numbers::{grouped, signed_percent, trimmed};
use crate::report::{Metric, MetricVerdict};

/// A verdict as a sentence of numbers: `p95 of order rose from 12.1 ms to 15.0 ms (+24 %, 95 % interval +18 to +30 %, limit
/// +10 %)`.
#[must_use]
pub fn movement(verdict: &MetricVerdict) -> String {
    let metric = verdict.metric;
    let moved = match verdict.after.total_cmp(&verdict.before) {
        std::cmp::Ordering::Greater => "rose",
        std::cmp::Ordering::Less => "fell",
        std::cmp::Ordering::Equal => "stayed",
    };
    let interval = verdict
        .interval
        .map_or_else(String::new, |range| format!("95 % interval {}, ", interval(metric, range)));
    format!(
        "{} of {} {moved} from {} to {} ({}, {interval}limit {})",
        metric.word(),
        verdict.endpoint,
        value(metric, verdict.before),
        value(metric, verdict.after),
        change(metric, verdict.change),
        change(metric, verdict.threshold),
    )
}

/// A value of a metric with its unit: `12.1 ms`, `1,234/s`, `0.5 %`, `20.5 MiB`.
#[must_use]
pub fn value(metric: Metric, value: f64) -> String {
    match metric {
        Metric::ErrorRate => format!("{} %", digits(value * 100.0)),
        Metric::Throughput => format!("{}/s", digits(value)),
        Metric::P95 | Metric::P99 | Metric::WallTime | Metric::CpuTime => time(value),
        Metric::PeakMemory => scaled(value, &[(1024.0 * 1024.0, "MiB"), (1024.0, "KiB"), (1.0, "bytes")]),
        Metric::Instructions => scaled(value, &[(1e9, "billion"), (1e6, "million"), (1.0, "")]),
    }
}

/// Nanoseconds in the unit that leaves one to three digits before the point.
#[must_use]
pub fn time(nanoseconds: f64) -> String {
    scaled(nanoseconds, &[(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")])
}

/// A change as the metric itself moved: `+24 %`, `-1.2 %`, `+1.5 points`. Worsening is positive in a verdict, so that the
/// sign of throughput turns.
#[must_use]
pub fn change(metric: Metric, change: f64) -> String {
    format!("{}{}", signed(metric, change), unit(metric))
}

/// An interval of a change, in the order of its numbers: `+18 to +30 %`.
#[must_use]
pub fn interval(metric: Metric, [low, high]: [f64; 2]) -> String {
    let (first, last) = if metric == Metric::Throughput { (high, low) } else { (low, high) };
    format!("{} to {}{}", signed(metric, first), signed(metric, last), unit(metric))
}

const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::ErrorRate => " points",
        _ => " %",
    }
}

fn signed(metric: Metric, change: f64) -> String {
    signed_percent(if metric == Metric::Throughput { -change } else { change })
}

fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let fits = units.iter().find(|(size, _)| value.abs() >= *size).or(units.last());
    let (size, unit) = fits.copied().unwrap_or((1.0, ""));
    format!("{} {unit}", digits(value / size)).trim_end().to_owned()
}

/// Three digits that count, or all of the whole part.
fn digits(value: f64) -> String {
    match value.abs() {
        size if size < 9.995 => trimmed(value, 2),
        size if size < 99.95 => format!("{value:.1}"),
        _ => grouped(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_units() {
        for (metric, number, expected) in [
            (Metric::P95, 12_100_000.0, "12.1 ms"),
            (Metric::P99, 215_300.0, "215 µs"),
            (Metric::WallTime, 1_500_000_000.0, "1.5 s"),
            (Metric::P95, 0.0, "0 ns"),
            (Metric::Throughput, 12_345.6, "12,346/s"),
            (Metric::Throughput, 7.25, "7.25/s"),
            (Metric::ErrorRate, 0.005, "0.5 %"),
            (Metric::PeakMemory, 21_495_808.0, "20.5 MiB"),
            (Metric::Instructions, 3_210_000_000.0, "3.21 billion"),
        ] {
            assert_eq!(value(metric, number), expected);
        }
    }

    #[test]
    fn changes_have_their_signs() {
        assert_eq!(change(Metric::P95, 0.24), "+24 %");
        assert_eq!(change(Metric::P95, -0.012), "-1.2 %");
        assert_eq!(change(Metric::P95, 0.0), "+0 %");
        assert_eq!(change(Metric::Throughput, 0.15), "-15 %");
        assert_eq!(change(Metric::ErrorRate, 0.015), "+1.5 points");
        assert_eq!(change(Metric::P99, 25.0), "+2,500 %");
        assert_eq!(interval(Metric::P95, [0.18, 0.3]), "+18 to +30 %");
        assert_eq!(interval(Metric::Throughput, [0.1, 0.2]), "-20 to -10 %");
    }
}
