//! Durations as they are found in configuration: `15m`, `7 days`, `PT15M`, `24 * 60 * 60`, or a bare number whose unit
//! only its key tells (`expiry_minutes: 30`).
//!
//! A month counts 30 days and a year 365, as in the libraries that accept these units. A single letter means the same
//! in upper case, so `15M` are minutes. Fractions of a second round up, so that only nothing is zero.

/// Longest text that is looked at, in bytes.
const MAX_LENGTH: usize = 64;

const NANOSECOND: u128 = 1;
const MICROSECOND: u128 = 1000;
const MILLISECOND: u128 = 1000 * MICROSECOND;
const SECOND: u128 = 1000 * MILLISECOND;
const MINUTE: u128 = 60 * SECOND;
const HOUR: u128 = 60 * MINUTE;
const DAY: u128 = 24 * HOUR;
const WEEK: u128 = 7 * DAY;
const MONTH: u128 = 30 * DAY;
const YEAR: u128 = 365 * DAY;

/// A duration and how its unit is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Length in seconds, rounded up; `u64::MAX` for anything longer.
    pub seconds: u64,
    /// How the unit is known.
    pub unit: UnitSource,
}

/// How the unit of a duration is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnitSource {
    /// The value names it.
    Value,
    /// The key names it.
    Key,
    /// Nothing names it; seconds were assumed.
    Assumed,
}

/// The seconds of `text`, the value of `key`; see [`read`].
pub fn seconds(text: &str, key: &str) -> Option<u64> {
    read(text, key).map(|reading| reading.seconds)
}

/// Reads `text`, the value of `key` (its last part is enough; empty if there is none). `None` if it is not a duration:
/// empty, negative, `never`, or anything else.
pub fn read(text: &str, key: &str) -> Option<Reading> {
    let (length, unit) = length(text, key)?;
    Some(Reading { seconds: round_up(length), unit })
}

/// The nanoseconds of `text`, the value of `key`, and how its unit is known; `u64::MAX` for anything longer. `None` as
/// with [`read`].
#[must_use]
pub fn nanoseconds(text: &str, key: &str) -> Option<(u64, UnitSource)> {
    let (length, unit) = length(text, key)?;
    Some((u64::try_from(length).unwrap_or(u64::MAX), unit))
}

/// Nanoseconds, a fraction of one rounded up.
fn length(text: &str, key: &str) -> Option<(u128, UnitSource)> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LENGTH {
        return None;
    }
    if let Some(count) = product(text) {
        let (unit, source) = match unit_of_key(key) {
            Some(unit) => (unit, UnitSource::Key),
            None => (SECOND, UnitSource::Assumed),
        };
        return Some((count.times(unit), source));
    }
    let nanoseconds = iso8601(text).or_else(|| clock(text)).or_else(|| with_units(text))?;
    Some((nanoseconds, UnitSource::Value))
}

fn round_up(nanoseconds: u128) -> u64 {
    u64::try_from(nanoseconds.div_ceil(SECOND)).unwrap_or(u64::MAX)
}

/// A decimal number: `digits` divided by `divisor`.
#[derive(Debug, Clone, Copy)]
struct Decimal {
    digits: u128,
    divisor: u128,
}

impl Decimal {
    fn times(self, unit: u128) -> u128 {
        (self.digits.saturating_mul(unit)).div_ceil(self.divisor)
    }
}

/// A number at the front of `text` (digits, `_` between them, at most one `.` or `,` in front of more digits), and what
/// follows it.
fn decimal(text: &str) -> Option<(Decimal, &str)> {
    let mut number = Decimal { digits: 0, divisor: 1 };
    let mut fraction = false;
    let mut last_was_digit = false;
    let mut end = text.len();
    let mut characters = text.char_indices().peekable();
    while let Some((at, next)) = characters.next() {
        let before_digit = characters.peek().is_some_and(|(_, after)| after.is_ascii_digit());
        if let Some(digit) = next.to_digit(10) {
            // Digits beyond the billionth part change nothing.
            if number.divisor < 1_000_000_000 {
                number.digits = number.digits.saturating_mul(10).saturating_add(u128::from(digit));
                number.divisor *= if fraction { 10 } else { 1 };
            }
            last_was_digit = true;
        } else if matches!(next, '.' | ',') && !fraction && last_was_digit && before_digit {
            fraction = true;
            last_was_digit = false;
        } else if next == '_' && last_was_digit && before_digit {
            last_was_digit = false;
        } else {
            end = at;
            break;
        }
    }
    if !last_was_digit {
        return None;
    }
    Some((number, text.get(end..)?))
}

/// `900`, `1.5` or `24 * 60 * 60`.
fn product(text: &str) -> Option<Decimal> {
    let mut product = Decimal { digits: 1, divisor: 1 };
    for factor in text.split('*') {
        let (number, rest) = decimal(factor.trim())?;
        // Three digits behind a comma are more likely thousands than a fraction.
        if !rest.is_empty() || factor.contains(',') {
            return None;
        }
        product.digits = product.digits.saturating_mul(number.digits);
        product.divisor = product.divisor.saturating_mul(number.divisor);
    }
    Some(product)
}

/// `1h30m`, `2 days`, `1 day, 2 hours and 5 minutes`.
fn with_units(text: &str) -> Option<u128> {
    let mut total: u128 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (number, behind) = decimal(rest)?;
        let behind = behind.trim_start();
        let length = behind.find(|next: char| !next.is_alphabetic()).unwrap_or(behind.len());
        let (word, behind) = behind.split_at_checked(length)?;
        let unit = unit_of_word(&word.to_lowercase())?;
        total = total.saturating_add(number.times(unit));
        let next = behind.trim_start();
        let next = next.strip_prefix(',').unwrap_or(next).trim_start();
        rest = next.strip_prefix("and ").unwrap_or(next).trim_start();
        // Something must follow a separator.
        if rest.is_empty() && !behind.trim_start().is_empty() {
            return None;
        }
    }
    Some(total)
}

fn unit_of_word(word: &str) -> Option<u128> {
    Some(match word {
        "ns" | "nanosecond" | "nanoseconds" => NANOSECOND,
        "us" | "µs" | "μs" | "microsecond" | "microseconds" => MICROSECOND,
        "ms" | "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds" => MILLISECOND,
        "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
        "m" | "min" | "mins" | "minute" | "minutes" => MINUTE,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "wk" | "wks" | "week" | "weeks" => WEEK,
        "mo" | "month" | "months" => MONTH,
        "y" | "yr" | "yrs" | "year" | "years" => YEAR,
        _ => return None,
    })
}

/// ISO 8601-1, 5.5.2: `P7D`, `PT15M`, `P1Y2M10DT2H30M`, `P2W`.
fn iso8601(text: &str) -> Option<u128> {
    let text = text.to_ascii_uppercase();
    let body = text.strip_prefix('P')?;
    let (date, time) = match body.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (body, ""),
    };
    if body.is_empty() {
        return None;
    }
    let date = designated(date, &[('Y', YEAR), ('M', MONTH), ('W', WEEK), ('D', DAY)])?;
    let time = designated(time, &[('H', HOUR), ('M', MINUTE), ('S', SECOND)])?;
    Some(date.saturating_add(time))
}

/// Numbers that are each followed by one of `units`, in their order.
fn designated(text: &str, units: &[(char, u128)]) -> Option<u128> {
    let mut total: u128 = 0;
    let mut rest = text;
    let mut units = units.iter();
    while !rest.is_empty() {
        let (number, behind) = decimal(rest)?;
        let (_, unit) = units.find(|(letter, _)| behind.starts_with(*letter))?;
        total = total.saturating_add(number.times(*unit));
        rest = behind.get(1..)?;
    }
    Some(total)
}

/// `00:15:00` or `7.00:00:00`, as .NET writes a `TimeSpan`: days, hours, minutes, seconds.
fn clock(text: &str) -> Option<u128> {
    let (days, rest) = match text.split_once('.') {
        Some((days, rest)) if rest.contains(':') => (days, rest),
        _ => ("0", text),
    };
    let mut parts = rest.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let whole = |text: &str, unit: u128, below: u128| {
        let number: u128 = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        (number < below).then(|| number.saturating_mul(unit))
    };
    let (seconds, rest) = decimal(seconds)?;
    let seconds = seconds.times(SECOND);
    if !rest.is_empty() || seconds >= MINUTE {
        return None;
    }
    let parts = [whole(days, DAY, u128::MAX)?, whole(hours, HOUR, 24)?, whole(minutes, MINUTE, 60)?, seconds];
    Some(parts.into_iter().fold(0, u128::saturating_add))
}

/// The unit that a key names: `expiry_minutes`, `ttlMillis`, `TOKEN_TTL_S`.
///
/// Plurals count anywhere in the key. What may mean something else (`min`, `second`, single letters) counts at its end
/// only.
fn unit_of_key(key: &str) -> Option<u128> {
    let words = words(key);
    let last = words.len().checked_sub(1)?;
    words.iter().enumerate().rev().find_map(|(at, word)| {
        let unit = unit_of_word(word)?;
        let plain = word.len() > 2 && word.ends_with('s') || word == "ms" || word == "millisecond";
        (at == last || plain).then_some(unit)
    })
}

/// The words of a key, in lower case: split at anything but letters and in front of capitals.
fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut previous_lower = false;
    for next in key.chars() {
        let starts_word = next.is_uppercase() && previous_lower;
        if (starts_word || !next.is_alphabetic()) && !current.is_empty() {
            words.push(std::mem::take(&mut current));
        }
        if next.is_alphabetic() {
            current.extend(next.to_lowercase());
        }
        previous_lower = next.is_lowercase();
    }
    if !current.is_empty() {
        words.push(current);
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nanoseconds_are_kept() {
        assert_eq!(nanoseconds("1.5ms", ""), Some((1_500_000, UnitSource::Value)));
        assert_eq!(nanoseconds("250us", "floor"), Some((250_000, UnitSource::Value)));
        assert_eq!(nanoseconds("30", "duration"), Some((30_000_000_000, UnitSource::Assumed)));
        assert_eq!(nanoseconds("1000y", ""), Some((u64::MAX, UnitSource::Value)));
        assert_eq!(nanoseconds("soon", ""), None);
    }

    #[test]
    fn values_with_units() {
        for (text, expected) in [
            ("15m", Some(900)),
            ("15M", Some(900)),
            ("7d", Some(604_800)),
            ("1h30m", Some(5400)),
            ("720h0m0s", Some(2_592_000)),
            ("1.5h", Some(5400)),
            ("500ms", Some(1)),
            ("1500 ms", Some(2)),
            ("0s", Some(0)),
            ("2 days", Some(172_800)),
            ("1 day, 2 hours and 5 minutes", Some(86_400 + 7200 + 300)),
            ("1 week 1 day", Some(691_200)),
            ("1y", Some(31_536_000)),
            ("6mo", Some(15_552_000)),
            ("10µs", Some(1)),
            ("PT15M", Some(900)),
            ("pt15m", Some(900)),
            ("P7D", Some(604_800)),
            ("P1DT12H", Some(129_600)),
            ("P2W", Some(1_209_600)),
            ("P1Y2M10DT2H30M", Some(31_536_000 + 2 * 2_592_000 + 864_000 + 9000)),
            ("PT0.5S", Some(1)),
            ("PT1,5H", Some(5400)),
            ("00:15:00", Some(900)),
            ("7.00:00:00", Some(604_800)),
            ("01:02:03.5", Some(3724)),
            ("99999999999999999999999y", Some(u64::MAX)),
            ("340282366920938463463374607431768211454.23:59:59", Some(u64::MAX)),
            ("P", None),
            ("PT", None),
            ("P1H", None),
            ("PT1S1M", None),
            ("15:00", None),
            ("24:00:00", None),
            ("00:60:00", None),
            ("-15m", None),
            ("15 parsecs", None),
            ("m", None),
            ("1h30", None),
            ("1 day,", None),
            ("1h and", None),
            ("never", None),
            ("", None),
            ("1..5h", None),
            ("1.h", None),
            ("Password", None),
        ] {
            assert_eq!(seconds(text, "ttl_hours"), expected, "{text}");
        }
    }

    #[test]
    fn bare_numbers_take_the_unit_of_their_key() {
        use UnitSource::{Assumed, Key};
        for (key, text, expected) in [
            ("expiry_minutes", "30", Some((1800, Key))),
            ("ACCESS_TOKEN_EXPIRE_MINUTES", "60 * 24 * 8", Some((691_200, Key))),
            ("ttlMillis", "900000", Some((900, Key))),
            ("timeoutMs", "1", Some((1, Key))),
            ("TOKEN_TTL_S", "10", Some((10, Key))),
            ("session_days", "1.5", Some((129_600, Key))),
            ("jwt.expiryHours", "2", Some((7200, Key))),
            ("seconds_until_expiry", "5", Some((5, Key))),
            ("JWT_EXPIRES_IN", "900", Some((900, Assumed))),
            ("min_age", "900", Some((900, Assumed))),
            ("second_factor_ttl", "900", Some((900, Assumed))),
            ("items", "900", Some((900, Assumed))),
            ("", "24*60*60", Some((86_400, Assumed))),
            ("max_age", "1_000", Some((1000, Assumed))),
            ("max_age", "0", Some((0, Assumed))),
            ("max_age", "1,000", None),
            ("max_age", "-1", None),
            ("max_age", "60 *", None),
            ("max_age", "0x10", None),
        ] {
            let reading = read(text, key).map(|reading| (reading.seconds, reading.unit));
            assert_eq!(reading, expected, "{key}: {text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,70}", key in ".{0,20}") {
            let _ = read(&text, &key);
        }

        #[test]
        fn likely_text_never_panics(text in "[0-9PTHMS:., *_dhms]{0,70}") {
            let _ = read(&text, "ttl_days");
        }

        #[test]
        fn whole_numbers_of_seconds_are_exact(count: u32) {
            prop_assert_eq!(seconds(&format!("{count}s"), ""), Some(u64::from(count)));
            prop_assert_eq!(seconds(&format!("PT{count}M"), ""), Some(60 * u64::from(count)));
        }
    }
}
