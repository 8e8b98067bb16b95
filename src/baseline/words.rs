//! Values of metrics as people read them.

use crate::report::numbers::{grouped, signed_percent, trimmed};

/// What is larger than which in the units of people, the largest first.
const TIMES: [(f64, &str); 4] = [(1.0, " s"), (1e-3, " ms"), (1e-6, " µs"), (1e-9, " ns")];
const BYTES: [(f64, &str); 5] = [
    (1_099_511_627_776.0, " TiB"),
    (1_073_741_824.0, " GiB"),
    (1_048_576.0, " MiB"),
    (1_024.0, " KiB"),
    (1.0, " bytes"),
];
const PLAIN: [(f64, &str); 1] = [(1.0, "")];

/// A value with its unit: `12.1 ms` (seconds), `20.5 MiB` (bytes), `71 %` (ratio), `48 °C` (celsius), `1,234` (no unit), `3.5 MiB/s`
/// (`bytes_per_second`); a unit that is not known stands behind the number as it is.
#[must_use]
pub fn value(value: f64, unit: &str) -> String {
    if let Some(unit) = unit.strip_suffix("_per_second") {
        return format!("{}/s", self::value(value, unit));
    }
    match unit {
        "" => scaled(value, &PLAIN),
        "seconds" => scaled(value, &TIMES),
        "bytes" => scaled(value, &BYTES),
        "ratio" => format!("{} %", digits(value * 100.0)),
        "percent" => format!("{} %", digits(value)),
        "celsius" => format!("{} °C", digits(value)),
        "watts" => format!("{} W", digits(value)),
        other => format!("{} {other}", digits(value)),
    }
}

/// A relative change with its sign: `+24 %`, `-1.2 %`.
#[must_use]
pub fn change(change: f64) -> String {
    format!("{} %", signed_percent(change))
}

/// An interval of a relative change: `+18 to +30 %`.
#[must_use]
pub fn interval([low, high]: [f64; 2]) -> String {
    format!("{} to {} %", signed_percent(low), signed_percent(high))
}

/// What a value may be: `at most 0.5 s`, `at least 90 %`, `1 to 3`; `anything` without bounds.
#[must_use]
pub fn bounds([least, most]: [Option<f64>; 2], unit: &str) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("{} to {}", value(least, unit), value(most, unit)),
        (Some(least), None) => format!("at least {}", value(least, unit)),
        (None, Some(most)) => format!("at most {}", value(most, unit)),
        (None, None) => "anything".to_owned(),
    }
}

/// How many captures: `1 capture`, `12 captures`.
#[must_use]
pub fn captures(many: usize) -> String {
    format!("{many} {}", if many == 1 { "capture" } else { "captures" })
}

fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    if value.abs() <= 0.0 {
        // Of nothing the size of the unit says nothing.
        let unit = units.iter().find(|(size, _)| size.total_cmp(&1.0).is_eq()).map_or("", |(_, unit)| unit);
        return format!("0{unit}");
    }
    let fits = units.iter().find(|(size, _)| value.abs() >= *size).or(units.last());
    let (size, unit) = fits.copied().unwrap_or((1.0, ""));
    format!("{}{unit}", digits(value / size))
}

/// Three digits that count, or all of the whole part.
fn digits(value: f64) -> String {
    match value.abs() {
        size if size <= 0.0 => "0".to_owned(),
        size if !(1e-6..1e15).contains(&size) => format!("{value:.2e}"),
        size if size < 0.1 => places(value, 3 - magnitude(size)),
        size if size < 9.995 => trimmed(value, 2),
        size if size < 99.95 => trimmed(value, 1),
        _ => grouped(value),
    }
}

/// The power of ten below which a number under 1 lies: -1 for 0.05.
#[expect(clippy::cast_possible_truncation, reason = "from -6 to 0")]
fn magnitude(size: f64) -> i32 {
    size.log10().floor() as i32 + 1
}

fn places(value: f64, places: i32) -> String {
    trimmed(value, usize::try_from(places).unwrap_or(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_units_of_people() {
        for (number, unit, expected) in [
            (0.0121, "seconds", "12.1 ms"),
            (1.5, "seconds", "1.5 s"),
            (86_400.0, "seconds", "86,400 s"),
            (0.0, "seconds", "0 s"),
            (0.000_215_3, "seconds", "215 µs"),
            (21_495_808.0, "bytes", "20.5 MiB"),
            (512.0, "bytes", "512 bytes"),
            (0.0, "bytes", "0 bytes"),
            (3_670_016.0, "bytes_per_second", "3.5 MiB/s"),
            (0.71, "ratio", "71 %"),
            (0.0005, "ratio", "0.05 %"),
            (48.0, "celsius", "48 °C"),
            (1_234.0, "", "1,234"),
            (0.012_34, "", "0.0123"),
            (-3.25, "", "-3.25"),
            (100.0, "", "100"),
            (40.0, "", "40"),
            (7.0, "requests", "7 requests"),
            (1e300, "", "1.00e300"),
        ] {
            assert_eq!(value(number, unit), expected);
        }
    }

    #[test]
    fn changes_and_bounds() {
        assert_eq!(
            (change(0.24), change(-0.012), change(0.0)),
            ("+24 %".into(), "-1.2 %".into(), "+0 %".into())
        );
        assert_eq!(interval([0.18, 0.3]), "+18 to +30 %");
        assert_eq!(bounds([None, Some(0.5)], "seconds"), "at most 500 ms");
        assert_eq!(bounds([Some(0.9), None], "ratio"), "at least 90 %");
        assert_eq!(bounds([Some(1.0), Some(3.0)], ""), "1 to 3");
    }
}
