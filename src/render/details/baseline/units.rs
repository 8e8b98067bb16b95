//! Values of metrics in units that people read, whatever they are counted in.

use crate::render::details::name;
use crate::render::details::numbers::{float, memory, share, three, time, whole};
use crate::render::words::{NOTHING, number};
use crate::report::Better;

/// From here on, and for what is smaller than its reciprocal, a number is written with a power of ten.
const HUGE: f64 = 1e15;

/// A value in the unit of its metric: `120 ms`, `1.50 GiB`, `94 %`, `61 °C`, `12,345`.
pub(in crate::render) fn value(unit: &str, value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    match unit {
        "ratio" if size < f64::MIN_POSITIVE => "0 %".to_owned(),
        // Less than half a nanosecond is none of the units that time has.
        "seconds" if (5e-10..HUGE).contains(&size) => time(value * 1e9),
        "bytes" if (0.5..HUGE * 1e3).contains(&size) => memory(value),
        "ratio" if (1e-6..1e9).contains(&size) => percent(value),
        _ => match unit.strip_suffix("_per_second") {
            Some("bytes") if (0.5..HUGE * 1e3).contains(&size) => format!("{}/s", memory(value)),
            Some(what) if !what.is_empty() => format!("{} {}/s", plain(value), name(&what.replace('_', " "))),
            _ => format!("{}{}", plain(value), sign(unit)),
        },
    }
}

/// What stands after a plain number, with its space.
fn sign(unit: &str) -> String {
    let short = match unit {
        "" => return String::new(),
        "celsius" => "°C",
        "ratio" => "of 1",
        "percent" => "%",
        "seconds" => "s",
        "bytes" => "B",
        "hertz" => "Hz",
        "volts" => "V",
        "amperes" => "A",
        "watts" => "W",
        "joules" => "J",
        "grams" => "g",
        "meters" => "m",
        other => return format!(" {}", name(&other.replace('_', " "))),
    };
    format!(" {short}")
}

/// A number without a unit: whole ones whole, others with three digits.
fn plain(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size < f64::MIN_POSITIVE => "0".to_owned(),
        _ if !(1e-5..HUGE).contains(&size) => format!("{value:.2e}").replace('-', "−"),
        _ if value.fract().abs() < f64::MIN_POSITIVE => {
            let digits = number(whole(size));
            if value < 0.0 { format!("−{digits}") } else { digits }
        }
        _ => three(value),
    }
}

/// A share in per cent, with its thousands separated: `0.12 %`, `1,122 %`.
pub(in crate::render) fn percent(value: f64) -> String {
    if !value.is_finite() {
        NOTHING.to_owned()
    } else if value.abs() >= 9.995 {
        format!("{} %", plain((value * 100.0).round()))
    } else {
        share(value)
    }
}

/// A range: `≥ 90 %`, `≤ 500 ms`, `10.0 … 20.0 ms`.
pub(in crate::render) fn range(unit: &str, range: [Option<f64>; 2]) -> String {
    match range {
        [Some(low), Some(high)] => between(unit, [low, high]),
        [Some(low), None] => format!("≥ {}", value(unit, low)),
        [None, Some(high)] => format!("≤ {}", value(unit, high)),
        [None, None] => NOTHING.to_owned(),
    }
}

/// From one value to another; a unit that both share stands once.
pub(super) fn between(unit: &str, [low, high]: [f64; 2]) -> String {
    joined(&value(unit, low), &value(unit, high))
}

fn joined(low: &str, high: &str) -> String {
    if low == high {
        return high.to_owned();
    }
    let low = match (low.split_once(' '), high.split_once(' ')) {
        (Some((digits, unit)), Some((_, other))) if unit == other => digits,
        _ => low,
    };
    format!("{low} … {high}")
}

/// How much of a change there is and which way it is better, of changes whose worse way is positive: `58 % worse`.
pub(in crate::render) fn change(better: Better, change: f64) -> String {
    let amount = percent(change.abs());
    match change {
        _ if !change.is_finite() => NOTHING.to_owned(),
        _ if change.abs() < 0.000_05 => "unchanged".to_owned(),
        _ if better == Better::Same => format!("{amount} different"),
        change if change > 0.0 => format!("{amount} worse"),
        _ => format!("{amount} better"),
    }
}

/// An interval of such a change, as the value goes: less is less, though it may be worse.
pub(super) fn interval(better: Better, [low, high]: [f64; 2]) -> String {
    let (low, high) = if better == Better::Higher { (-high, -low) } else { (low, high) };
    if !(low.is_finite() && high.is_finite()) {
        return NOTHING.to_owned();
    }
    let signed = |part: f64| {
        // Of a bound, whole per cent are enough: the next measurement has another.
        let part = if part.abs() >= 0.1 { (part * 100.0).round() / 100.0 } else { part };
        let text = percent(part);
        if part > 0.0 && text != "0 %" && !text.starts_with('<') { format!("+{text}") } else { text }
    };
    joined(&signed(low), &signed(high))
}

/// A chance: `0.03`, `< 0.001`.
pub(super) fn chance(p: f64) -> String {
    match p {
        p if !p.is_finite() => NOTHING.to_owned(),
        p if p < 0.001 => "< 0.001".to_owned(),
        p if p < 0.095 => format!("{p:.3}"),
        p => format!("{p:.2}"),
    }
}

/// How a value goes in a number of days, and the interval of that; shares in points.
pub(super) fn slope(unit: &str, days: f64, per_day: f64, interval: [f64; 2]) -> (String, String) {
    let (unit, scale) = if unit == "ratio" { ("points", 100.0 * days) } else { (unit, days) };
    let signed = |part: f64| {
        let text = value(unit, part * scale);
        if part > 0.0 { format!("+{text}") } else { text }
    };
    let [low, high] = interval;
    (signed(per_day), joined(&signed(low), &signed(high)))
}

/// By how much the values of a unit are divided to be drawn: binary prefixes have round numbers of their own.
pub(in crate::render) fn divisor(unit: &str, most: f64) -> f64 {
    let binary = matches!(unit, "bytes" | "bytes_per_second");
    let steps = if binary && most.is_finite() && most >= 1.0 { (most.log2() / 10.0).floor() } else { 0.0 };
    1_024_f64.powf(steps.clamp(0.0, 4.0))
}

/// How many, as a number.
pub(super) fn counted(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}

/// How many, to calculate with.
pub(super) fn measured(many: usize) -> f64 {
    float(counted(many))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_unit_of_their_size() {
        for (unit, number, shown) in [
            ("seconds", 0.12, "120 ms"),
            ("seconds", 0.000_048, "48.0 µs"),
            ("seconds", 0.0, "0 s"),
            ("seconds", 1e-12, "1.00e−12 s"),
            ("seconds", 1e300, "1.00e300 s"),
            ("bytes", 1_610_612_736.0, "1.50 GiB"),
            ("bytes", 0.0, "0 B"),
            ("bytes_per_second", 1_048_576.0, "1.00 MiB/s"),
            ("requests_per_second", 12.0, "12 requests/s"),
            ("ratio", 0.94, "94 %"),
            ("ratio", 0.0, "0 %"),
            ("ratio", -0.25, "−25 %"),
            ("ratio", 37.5, "3,750 %"),
            ("ratio", 1e300, "1.00e300 of 1"),
            ("celsius", 61.0, "61 °C"),
            ("percent", 12.5, "12.5 %"),
            ("watts", 250.0, "250 W"),
            ("token_usd", 0.25, "0.250 token usd"),
            ("", 12_345.0, "12,345"),
            ("", 42.0, "42"),
            ("", -3.0, "−3"),
            ("", 3.217, "3.22"),
            ("", 0.0, "0"),
            ("", f64::NAN, "–"),
            ("seconds", f64::INFINITY, "–"),
            ("", f64::MAX, "1.80e308"),
            ("\u{1b}[2J", 1.0, "1 \\x1b[2J"),
        ] {
            assert_eq!(value(unit, number), shown, "{unit} {number}");
        }
    }

    #[test]
    fn ranges_say_a_unit_once() {
        assert_eq!(range("seconds", [None, Some(0.5)]), "≤ 500 ms");
        assert_eq!(range("ratio", [Some(0.9), None]), "≥ 90 %");
        assert_eq!(range("seconds", [Some(0.01), Some(0.02)]), "10.0 … 20.0 ms");
        assert_eq!(range("seconds", [Some(0.01), Some(2.0)]), "10.0 ms … 2.00 s");
        assert_eq!(range("", [Some(1.0), Some(4.0)]), "1 … 4");
        assert_eq!(range("seconds", [Some(1.0), Some(1.0)]), "1.00 s");
        assert_eq!(range("", [None, None]), "–");
    }

    #[test]
    fn changes_say_which_way_is_better() {
        assert_eq!(change(Better::Lower, 0.583), "58.3 % worse");
        assert_eq!(change(Better::Higher, -0.02), "2 % better");
        assert_eq!(change(Better::Same, 0.5), "50 % different");
        assert_eq!(change(Better::Lower, 11.222), "1,122 % worse");
        assert_eq!(change(Better::Lower, 0.0), "unchanged");
        assert_eq!(change(Better::Lower, f64::NAN), "–");
        assert_eq!(interval(Better::Lower, [-0.031, 0.009]), "−3.1 … +0.9 %");
        assert_eq!(interval(Better::Higher, [0.1, 0.2]), "−20 … −10 %");
        assert_eq!([chance(0.000_2), chance(0.031), chance(0.5)], ["< 0.001", "0.031", "0.50"]);
    }

    #[test]
    fn slopes_of_shares_are_points() {
        let (week, bounds) = slope("ratio", 7.0, -0.001, [-0.002, -0.000_5]);
        assert_eq!((week.as_str(), bounds.as_str()), ("−0.700 points", "−1.40 … −0.350 points"));
        let (day, bounds) = slope("bytes", 1.0, 1_048_576.0, [524_288.0, 2_097_152.0]);
        assert_eq!((day.as_str(), bounds.as_str()), ("+1.00 MiB", "+512 KiB … +2.00 MiB"));
    }
}
