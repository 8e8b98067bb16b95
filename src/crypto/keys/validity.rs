//! The window of time in which a key may verify.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// From when to when a key is valid, both ends included; an absent end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Validity {
    /// First instant.
    pub not_before: Option<Timestamp>,
    /// Last instant.
    pub not_after: Option<Timestamp>,
}

/// Where an instant lies relative to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowState {
    /// Inside.
    Valid,
    /// Before the first instant, which is given.
    NotYet(Timestamp),
    /// After the last instant, which is given.
    Expired(Timestamp),
}

/// A date or time that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date (2026-12-31) or a time with its zone (2026-12-31T23:59:59Z)")]
pub struct ValidityError;

impl Validity {
    /// Where `at` lies.
    pub fn at(&self, at: Timestamp) -> WindowState {
        match (self.not_before, self.not_after) {
            (Some(from), _) if at < from => WindowState::NotYet(from),
            (_, Some(to)) if at > to => WindowState::Expired(to),
            _ => WindowState::Valid,
        }
    }
}

/// The first instant of a date in UTC, or the instant of an RFC 3339 time.
pub(super) fn parse_start(text: &str) -> Result<Timestamp, ValidityError> {
    match text.parse::<Timestamp>() {
        Ok(instant) => Ok(instant),
        Err(_) => midnight(parse_date(text)?),
    }
}

/// The last instant of a date in UTC (the day is included), or the instant of an RFC 3339 time.
pub(super) fn parse_end(text: &str) -> Result<Timestamp, ValidityError> {
    match text.parse::<Timestamp>() {
        Ok(instant) => Ok(instant),
        Err(_) => {
            let next = parse_date(text)?.tomorrow().map_err(|_| ValidityError)?;
            midnight(next)?.checked_sub(SignedDuration::from_nanos(1)).map_err(|_| ValidityError)
        }
    }
}

/// Exactly `YYYY-MM-DD`: the library alone would also take a local time without zone, whose meaning is open.
fn parse_date(text: &str) -> Result<Date, ValidityError> {
    if text.len() != 10 {
        return Err(ValidityError);
    }
    text.parse().map_err(|_| ValidityError)
}

fn midnight(date: Date) -> Result<Timestamp, ValidityError> {
    Ok(date.to_zoned(TimeZone::UTC).map_err(|_| ValidityError)?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_included_in_utc() {
        let window =
            Validity { not_before: parse_start("2026-01-01").ok(), not_after: parse_end("2026-12-31").ok() };
        let at = |text: &str| window.at(text.parse().unwrap());
        assert!(matches!(at("2025-12-31T23:59:59.999Z"), WindowState::NotYet(_)));
        assert_eq!(at("2026-01-01T00:00:00Z"), WindowState::Valid);
        assert_eq!(at("2026-12-31T23:59:59.999999999Z"), WindowState::Valid);
        assert!(matches!(at("2027-01-01T00:00:00Z"), WindowState::Expired(_)));
        // Half past midnight in Berlin is still the last day in UTC.
        assert_eq!(at("2027-01-01T00:30:00+01:00"), WindowState::Valid);
    }

    #[test]
    fn instants_are_taken_as_they_are_and_vague_times_refused() {
        assert_eq!(parse_end("2026-06-30T12:00:00+02:00"), Ok("2026-06-30T10:00:00Z".parse().unwrap()));
        for vague in ["2026-06-30T12:00:00", "2026-06", "30.06.2026", "tomorrow", "", "2026-02-30"] {
            assert!(parse_start(vague).is_err(), "{vague}");
            assert!(parse_end(vague).is_err(), "{vague}");
        }
    }
}
