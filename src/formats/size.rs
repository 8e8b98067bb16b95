//! Sizes in bytes as people write them: `16 MiB`, `64MB`, `1048576`.

/// Why a text is not a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// No number at the front.
    #[error("expected a size such as `16 MiB`")]
    NotANumber,
    /// `k`, `M`, `G` or `T` alone, which some read as powers of 1000 and others of 1024.
    #[error("the unit is ambiguous; write `MiB` for 1024 × 1024 bytes or `MB` for 1000 × 1000")]
    AmbiguousUnit,
    /// Another unit.
    #[error("unknown unit of size; use `B`, `kB`, `MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB` or `TiB`")]
    UnknownUnit,
    /// More than 2⁶⁴ − 1 bytes.
    #[error("a size beyond 16 EiB")]
    TooLarge,
}

/// The bytes of `text`: a whole number, or one with a fraction, and a unit in any case of letters. Units with `i` are
/// powers of 1024 (IEC 80000-13), those without are powers of 1000; no unit means bytes. A fraction of a byte is cut.
///
/// # Errors
/// If the text is not of this form or the size does not fit.
pub fn bytes(text: &str) -> Result<u64, SizeError> {
    let text = text.trim();
    let length =
        text.find(|next: char| !next.is_ascii_digit() && !matches!(next, '.' | '_')).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(length).ok_or(SizeError::NotANumber)?;
    let number = number.replace('_', "");
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') || fraction.len() > 18 {
        return Err(SizeError::NotANumber);
    }
    let scale = scale(&unit.trim().to_ascii_lowercase())?;
    let whole: u128 = whole.parse().map_err(|_| SizeError::TooLarge)?;
    let divisor = fraction.bytes().fold(1_u128, |divisor, _| divisor * 10);
    let fraction: u128 = fraction.parse().map_err(|_| SizeError::NotANumber)?;
    let total = whole.saturating_mul(scale).saturating_add(fraction * scale / divisor);
    u64::try_from(total).map_err(|_| SizeError::TooLarge)
}

fn scale(unit: &str) -> Result<u128, SizeError> {
    Ok(match unit {
        "" | "b" | "byte" | "bytes" => 1,
        "kb" => 1000,
        "mb" => 1000_u128.pow(2),
        "gb" => 1000_u128.pow(3),
        "tb" => 1000_u128.pow(4),
        "kib" | "ki" => 1 << 10,
        "mib" | "mi" => 1 << 20,
        "gib" | "gi" => 1 << 30,
        "tib" | "ti" => 1 << 40,
        "k" | "m" | "g" | "t" => return Err(SizeError::AmbiguousUnit),
        _ => return Err(SizeError::UnknownUnit),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_with_and_without_units() {
        for (text, expected) in [
            ("1048576", Ok(1_048_576)),
            ("16 MiB", Ok(16_777_216)),
            ("64MB", Ok(64_000_000)),
            ("1.5 GiB", Ok(1_610_612_736)),
            ("10 kB", Ok(10_000)),
            ("2Ki", Ok(2048)),
            ("1_000 B", Ok(1000)),
            ("0", Ok(0)),
            ("18446744073709551615", Ok(u64::MAX)),
            ("18446744073709551616", Err(SizeError::TooLarge)),
            ("999999999999999999999999999999999999999999", Err(SizeError::TooLarge)),
            ("16M", Err(SizeError::AmbiguousUnit)),
            ("16 parsecs", Err(SizeError::UnknownUnit)),
            ("-1", Err(SizeError::NotANumber)),
            ("MiB", Err(SizeError::NotANumber)),
            ("1. MiB", Err(SizeError::NotANumber)),
            (".5 MiB", Err(SizeError::NotANumber)),
            ("1.2.3", Err(SizeError::NotANumber)),
            ("", Err(SizeError::NotANumber)),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,60}", digits in "[0-9._]{0,60}") {
            let _ = bytes(&text);
            let _ = bytes(&digits);
        }
    }
}
