//! Measured numbers in units that people read: three significant digits, the unit chosen by the size.

use crate::render::words::{NOTHING, number};
use crate::report::Metric;

/// Three significant digits: `0.123`, `1.23`, `12.3`, `123`, `1,234`. What is no number is a dash.
pub(in crate::render) fn three(value: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let size = value.abs();
    // Compared with what would be rounded up to the next width, so that 9.996 becomes 10.0 and not 10.00.
    let decimals = match size {
        _ if size < 5e-324 => 0,
        _ if size < 0.000_999_5 => 5,
        _ if size < 0.009_995 => 4,
        _ if size < 0.099_95 => 4,
        _ if size < 0.999_5 => 3,
        _ if size < 9.995 => 2,
        _ if size < 99.95 => 1,
        _ => 0,
    };
    if decimals > 0 || size < 1_000.0 {
        return minus(format!("{value:.decimals$}"));
    }
    let whole = number(whole(size.round()));
    if value < 0.0 { format!("−{whole}") } else { whole }
}

/// Nanoseconds as ns, µs, ms or s.
pub(in crate::render) fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds.abs() {
        size if size < 999.5 => return format!("{} ns", minus(format!("{nanoseconds:.0}"))),
        size if size < 999_500.0 => (nanoseconds / 1e3, "µs"),
        size if size < 999_500_000.0 => (nanoseconds / 1e6, "ms"),
        size if size.is_finite() => (nanoseconds / 1e9, "s"),
        _ => return NOTHING.to_owned(),
    };
    format!("{} {unit}", three(value))
}

/// Whole nanoseconds as ns, µs, ms or s.
pub(in crate::render) fn time_of(nanoseconds: u64) -> String {
    time(float(nanoseconds))
}

/// A length of time that someone asked for: `30 s`, `2 min 5 s`, `250 ms`.
pub(in crate::render) fn length(nanoseconds: u64) -> String {
    let seconds = nanoseconds / 1_000_000_000;
    let exact = nanoseconds.is_multiple_of(1_000_000_000);
    match (seconds / 60, seconds % 60) {
        (minutes, 0) if minutes > 1 && exact => format!("{} min", number(minutes)),
        (minutes, rest) if minutes > 1 => format!("{} min {rest} s", number(minutes)),
        _ if exact => format!("{} s", number(seconds)),
        _ => time_of(nanoseconds),
    }
}

/// A rate: `12,345/s`, `12.3/s`.
pub(in crate::render) fn rate(per_second: f64) -> String {
    let text = three(per_second);
    if text == NOTHING { text } else { format!("{text}/s") }
}

/// A share of one in per cent: `0 %`, `0.12 %`, `< 0.01 %`.
pub(in crate::render) fn share(share: f64) -> String {
    match share * 100.0 {
        percent if !percent.is_finite() => NOTHING.to_owned(),
        percent if percent > 0.0 && percent < 0.01 => "< 0.01 %".to_owned(),
        percent if percent.abs() < 9.995 => format!("{} %", trimmed(percent, 2)),
        percent => format!("{} %", trimmed(percent, 1)),
    }
}

/// Bytes in binary units: `512 B`, `18.4 MiB`.
pub(in crate::render) fn memory(bytes: f64) -> String {
    let mut value = bytes;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value.abs() < 1_023.5 {
            return format!("{} {unit}", if unit == "B" { trimmed(value, 0) } else { three(value) });
        }
        value /= 1_024.0;
    }
    if value.is_finite() { format!("{} TiB", three(value)) } else { NOTHING.to_owned() }
}

/// Processor time in cores: `1.84 cores`.
pub(in crate::render) fn cores(cores: f64) -> String {
    if cores.is_finite() { format!("{cores:.2} cores") } else { NOTHING.to_owned() }
}

/// A large count with its power of ten: `1.23 G`.
fn large(value: f64) -> String {
    let (value, unit) = match value.abs() {
        size if size < 999_500.0 => return three(value),
        size if size < 999_500_000.0 => (value / 1e6, " M"),
        _ => (value / 1e9, " G"),
    };
    format!("{}{unit}", three(value))
}

/// A value in the unit of its metric.
pub(in crate::render) fn of_metric(metric: Metric, value: f64) -> String {
    match metric {
        Metric::ErrorRate => share(value),
        Metric::Throughput => rate(value),
        Metric::P95 | Metric::P99 | Metric::WallTime | Metric::CpuTime => time(value),
        Metric::PeakMemory => memory(value),
        Metric::Instructions => large(value),
    }
}

/// A change, of which worse is positive: `12.3 % worse`, `1.2 points better`, `unchanged`.
pub(in crate::render) fn change(metric: Metric, change: f64) -> String {
    let amount = amount(metric, change.abs());
    match change {
        _ if !change.is_finite() => NOTHING.to_owned(),
        _ if change.abs() * 100.0 < 0.005 => "unchanged".to_owned(),
        change if change > 0.0 => format!("{amount} worse"),
        _ => format!("{amount} better"),
    }
}

/// An interval of a change: `+8.1 … +16.9 %`.
pub(in crate::render) fn interval(metric: Metric, [low, high]: [f64; 2]) -> String {
    if !(low.is_finite() && high.is_finite()) {
        return NOTHING.to_owned();
    }
    // As the finding says it: less throughput is less, though worse.
    let (low, high) = if metric == Metric::Throughput { (-high, -low) } else { (low, high) };
    let signed = |value: f64| {
        let text = trimmed(value * 100.0, 1);
        if value > 0.0 && text != "0" { format!("+{text}") } else { text }
    };
    format!("{} … {} {}", signed(low), signed(high), unit(metric))
}

/// A limit of a change: `10 %`, `1 point`.
pub(in crate::render) fn limit(metric: Metric, threshold: f64) -> String {
    let text = amount(metric, threshold);
    if text == "1 points" { "1 point".to_owned() } else { text }
}

fn amount(metric: Metric, change: f64) -> String {
    if !change.is_finite() {
        return NOTHING.to_owned();
    }
    if change.abs() >= 0.999_5 {
        return format!("{} {}", three(change * 100.0), unit(metric));
    }
    let decimals = if change.abs() < 0.099_95 { 2 } else { 1 };
    format!("{} {}", trimmed(change * 100.0, decimals), unit(metric))
}

/// The unit of a change: per cent of the baseline, or percentage points where shares are compared.
pub(in crate::render) const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::ErrorRate => "points",
        _ => "%",
    }
}

/// With so many digits after the point, zeros at the end left out.
fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    minus(if text == "-0" { "0".to_owned() } else { text.to_owned() })
}

/// The minus of typography, which does not look like a dash.
fn minus(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// A count as a number to calculate with; beyond 2^53 the last digits are lost, which no one sees at three.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(in crate::render) const fn float(value: u64) -> f64 {
    value as f64
}

/// The whole number nearest to a number of zero or more.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and what is negative or no number becomes 0, which is right for counts"
)]
pub(in crate::render) const fn whole(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_whatever_the_size() {
        for (value, shown) in [
            (0.0, "0"),
            (0.123_4, "0.123"),
            (1.234, "1.23"),
            (9.996, "10.0"),
            (99.96, "100"),
            (999.4, "999"),
            (12_345.6, "12,346"),
            (-2.5, "−2.50"),
            (f64::NAN, "–"),
            (f64::INFINITY, "–"),
        ] {
            assert_eq!(three(value), shown, "{value}");
        }
    }

    #[test]
    fn times_have_the_unit_of_their_size() {
        for (value, shown) in [
            (0.0, "0 ns"),
            (412.0, "412 ns"),
            (999.6, "1.00 µs"),
            (48_000.0, "48.0 µs"),
            (999_600.0, "1.00 ms"),
            (12_340_000.0, "12.3 ms"),
            (2_030_000_000.0, "2.03 s"),
            (3.6e12, "3,600 s"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(time(value), shown, "{value}");
        }
        for (value, shown) in [
            (30_000_000_000, "30 s"),
            (250_000_000, "250 ms"),
            (120_000_000_000, "2 min"),
            (125_000_000_000, "2 min 5 s"),
            (90_000_000_000, "90 s"),
            (0, "0 s"),
        ] {
            assert_eq!(length(value), shown);
        }
    }

    #[test]
    fn other_units() {
        assert_eq!([rate(12_345.6), rate(8.216), rate(f64::NAN)], ["12,346/s", "8.22/s", "–"]);
        assert_eq!(
            [share(0.0), share(0.001_234), share(0.000_01), share(0.5)],
            ["0 %", "0.12 %", "< 0.01 %", "50 %"]
        );
        assert_eq!(
            [memory(512.0), memory(19_293_798.0), memory(1_048_570.0)],
            ["512 B", "18.4 MiB", "1.00 MiB"]
        );
        assert_eq!([large(950.0), large(1_234_000.0), large(2.5e9)], ["950", "1.23 M", "2.50 G"]);
        assert_eq!(cores(1.839), "1.84 cores");
    }

    #[test]
    fn changes_say_in_which_direction() {
        assert_eq!(change(Metric::P95, 0.123), "12.3 % worse");
        assert_eq!(change(Metric::Throughput, -0.02), "2 % better");
        assert_eq!(change(Metric::ErrorRate, 0.012), "1.2 points worse");
        assert_eq!(change(Metric::P99, 0.0), "unchanged");
        assert_eq!(change(Metric::P99, f64::NAN), "–");
        assert_eq!(change(Metric::P99, 11.222), "1,122 % worse");
        assert_eq!(interval(Metric::P95, [-0.031, 0.009]), "−3.1 … +0.9 %");
        assert_eq!(interval(Metric::P95, [-0.000_1, 0.000_1]), "0 … 0 %");
        assert_eq!(interval(Metric::P95, [f64::NAN, 1.0]), "–");
        assert_eq!([limit(Metric::P95, 0.1), limit(Metric::ErrorRate, 0.01)], ["10 %", "1 point"]);
    }
}
