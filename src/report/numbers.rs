//! Numbers as people read them in findings, for every feature that measures.

/// A share as a percentage with its sign and without the mark: `+24`, `-1.2`, `+2,500`; a tenth is the least that is told.
#[must_use]
pub fn signed_percent(share: f64) -> String {
    let percent = 100.0 * share;
    // Half a tenth and less is written as nothing, and nothing has no sign to speak of.
    if percent.abs() < 0.05 {
        return "+0".to_owned();
    }
    let sign = if percent < 0.0 { "-" } else { "+" };
    let size = percent.abs();
    if size < 9.95 { format!("{sign}{}", trimmed(size, 1)) } else { format!("{sign}{}", grouped(size)) }
}

/// A number with at most so many digits after the point, zeros at the end left out: `12.1`, `0.5`, `3`.
#[must_use]
pub fn trimmed(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let short =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text.as_str() };
    if short.is_empty() || short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// A whole number with commas between thousands: `-12,346`.
#[must_use]
pub fn grouped(value: f64) -> String {
    let text = format!("{:.0}", value.abs());
    let mut grouped = String::new();
    for (place, digit) in text.chars().enumerate() {
        if place > 0 && (text.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value < 0.0 { format!("-{grouped}") } else { grouped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_their_signs() {
        for (share, expected) in [
            (0.24, "+24"),
            (-0.012, "-1.2"),
            (0.0, "+0"),
            (-0.000_4, "+0"),
            (0.099_5, "+10"),
            (25.0, "+2,500"),
            (-1.0, "-100"),
        ] {
            assert_eq!(signed_percent(share), expected);
        }
    }

    #[test]
    fn numbers_are_as_long_as_they_must_be() {
        assert_eq!(
            (trimmed(12.10, 2), trimmed(100.0, 0), trimmed(-0.001, 1)),
            ("12.1".into(), "100".into(), "0".into())
        );
        assert_eq!((grouped(999.0), grouped(-12_345.6)), ("999".into(), "-12,346".into()));
    }
}
