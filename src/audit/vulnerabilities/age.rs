//! How old advisory data may be. Whether an export is old cannot be told from the time of its import alone: the newest
//! entry must be new too. How new depends on the ecosystem: npm has entries every day, Pub a few in a year.

use jiff::Timestamp;

use crate::advisories::store::Source;

/// How many times as long as its longest recent pause a source may be silent. In the histories of crates.io, Maven,
/// Packagist and PyPI data that are current exceed one pause two or three times a year, two pauses once in two to five
/// years.
const PAUSES: u32 = 2;

/// Why the newest entry of a source is too old, if it is: older than `allowed` days, and older than what the source's own
/// pauses explain. A source of too few entries to know its pauses is not judged by its newest entry.
pub(super) fn stale(source: &Source, allowed: u32, now: Timestamp) -> Option<String> {
    let pause = source.pause?;
    let limit = allowed.max(pause.saturating_mul(PAUSES));
    let (name, newest) = (&source.name, &source.newest);
    let Some(days) = days(newest, now) else {
        return Some(format!("the newest entry of {name} has no date"));
    };
    let date = newest.split('T').next().unwrap_or_default();
    (days > i64::from(limit)).then(|| {
        format!(
            "the newest entry of {name} is of {date}, {days} days old, {limit} are allowed where it paused for \
             {pause} at most: fetch or import {name} anew"
        )
    })
}

/// Whole days from a moment (RFC 3339) to another; none when it is no moment. What lies ahead is 0 days old.
pub(super) fn days(moment: &str, now: Timestamp) -> Option<i64> {
    let moment: Timestamp = moment.parse().ok()?;
    Some((now.as_second() - moment.as_second()).max(0) / 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn age_counts_whole_days() {
        assert_eq!(days("2026-11-15T12:00:00Z", now()), Some(7));
        assert_eq!(days("2026-11-14T11:59:59Z", now()), Some(8));
        assert_eq!(days("2026-11-23T00:00:00Z", now()), Some(0));
        assert_eq!(days("yesterday", now()), None);
    }

    #[test]
    fn a_source_may_be_silent_for_twice_its_longest_pause() {
        let of = |newest: &str, pause| Source {
            name: "Hex".to_owned(),
            newest: newest.to_owned(),
            pause,
            ..Source::default()
        };
        let stale = |newest: &str, pause, allowed| stale(&of(newest, pause), allowed, now());
        // 30 October is 23 days before 22 November, 29 October 24.
        for (newest, pause, allowed, is) in [
            ("2026-11-15T12:00:00Z", Some(1), 7, false),
            ("2026-11-14T12:00:00Z", Some(1), 7, true),
            ("2026-11-14T12:00:00Z", Some(4), 7, false),
            ("2026-10-30T00:00:00Z", Some(12), 7, false),
            ("2026-10-29T00:00:00Z", Some(12), 7, false),
            ("2026-10-28T00:00:00Z", Some(12), 7, true),
            ("2026-10-28T00:00:00Z", Some(12), 30, false),
            ("2020-01-01T00:00:00Z", None, 7, false),
            ("2020-01-01T00:00:00Z", Some(u32::MAX), 7, false),
            ("", Some(1), 7, true),
        ] {
            assert_eq!(stale(newest, pause, allowed).is_some(), is, "{newest} {pause:?} {allowed}");
        }
        assert_eq!(
            stale("2026-10-28T00:00:00Z", Some(12), 7).unwrap(),
            "the newest entry of Hex is of 2026-10-28, 25 days old, 24 are allowed where it paused for 12 at most: \
             fetch or import Hex anew"
        );
    }
}
