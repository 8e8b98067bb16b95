//! The time, from one place, so that a run can be repeated.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The variable that sets the moment of a run.
pub const VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// The moment of a run: `SOURCE_DATE_EPOCH` (seconds, see reproducible-builds.org) when it is set and valid, else now.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn now() -> Timestamp {
    std::env::var(VARIABLE)
        .ok()
        .and_then(|text| text.trim().parse::<i64>().ok())
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or_else(|| Timestamp::try_from(std::time::SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// The day of a moment, in UTC.
#[must_use]
pub fn utc_day(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

/// RFC 3339 in UTC, to the second.
#[must_use]
pub fn rfc3339(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
