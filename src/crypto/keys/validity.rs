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

    /// Whether no instant of this window lies outside another.
    pub fn is_within(&self, other: &Self) -> bool {
        let from = other.not_before.is_none_or(|least| self.not_before.is_some_and(|from| from >= least));
        let to = other.not_after.is_none_or(|most| self.not_after.is_some_and(|to| to <= most));
        from && to
    }

    /// The first instant as a date where it is the first of a day in UTC; empty
    /// when it is open.
    pub fn start_text(&self) -> String {
        self.not_before.map_or_else(String::new, |at| text(at, parse_start))
    }

    /// The last instant: a date where it is the last of a day in UTC; empty when it is open.
    pub fn end_text(&self) -> String {
        self.not_after.map_or_else(String::new, |at| text(at, parse_end))
    }

    /// Both instants with `/` between them, either of them empty when it is open; read by [`Self::parse`].
    pub fn to_text(&self) -> String {
        format!("{}/{}", self.start_text(), self.end_text())
    }

    /// Reads `FROM/TO`: dates in UTC (whole days) or RFC 3339 times, either of them empty.
    ///
    /// # Errors
    /// It is not that.
    pub fn parse(text: &str) -> Result<Self, ValidityError> {
        let (from, to) = text.split_once('/').ok_or(ValidityError)?;
        let given = |text: &str, read: fn(&str) -> Result<Timestamp, ValidityError>| match text {
            "" => Ok(None),
            text => read(text).map(Some),
        };
        Ok(Self { not_before: given(from, parse_start)?, not_after: given(to, parse_end)? })
    }
}

/// The date of an instant when it stands for that instant, else the instant to the nanosecond.
fn text(at: Timestamp, read: fn(&str) -> Result<Timestamp, ValidityError>) -> String {
    let date = at.to_zoned(TimeZone::UTC).date().to_string();
    if read(&date) == Ok(at) { date } else { at.to_string() }
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
