//! Versions of rpm packages: `[epoch:]version[-release]` (rpm-version(7)).

use std::cmp::Ordering;

use super::has_foreign_characters;
use super::number::{digits, take, take_digits};

/// An epoch, a version and a release.
pub(super) struct Version<'a> {
    epoch: &'a [u8],
    version: &'a [u8],
    /// None comes before all, an empty one too.
    release: Option<&'a [u8]>,
}

/// Reads a version. What stands before a colon is an epoch only where it is a number. A word alone is no version.
pub(super) fn parse(text: &str) -> Option<Version<'_>> {
    let bytes = text.as_bytes();
    if text.split(':').any(has_foreign_characters)
        || (bytes.len() > 1 && bytes.iter().all(u8::is_ascii_alphabetic))
    {
        return None;
    }
    let (epoch, rest) = match take_digits(bytes) {
        (epoch, [b':', rest @ ..]) => (epoch, rest),
        _ => (&[] as &[u8], bytes),
    };
    let (version, release) = match rest.iter().rposition(|byte| *byte == b'-') {
        Some(hyphen) => (rest.get(..hyphen)?, Some(rest.get(hyphen + 1..)?)),
        None => (rest, None),
    };
    Some(Version { epoch, version, release })
}

/// The order of two versions.
pub(super) fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    digits(one.epoch, other.epoch).then_with(|| segments(one.version, other.version)).then_with(|| {
        match (one.release, other.release) {
            (Some(one), Some(other)) => segments(one, other),
            (one, other) => one.is_some().cmp(&other.is_some()),
        }
    })
}

/// Compares segment by segment: numbers follow words, `~` comes before the end and `^` right after it.
fn segments(mut one: &[u8], mut other: &[u8]) -> Ordering {
    loop {
        one = without_separators(one);
        other = without_separators(other);
        (one, other) = match (one, other) {
            ([b'~', one @ ..], [b'~', other @ ..]) | ([b'^', one @ ..], [b'^', other @ ..]) => (one, other),
            ([b'~', ..], _) => return Ordering::Less,
            (_, [b'~', ..]) => return Ordering::Greater,
            ([], []) => return Ordering::Equal,
            ([b'^', ..], []) => return Ordering::Greater,
            ([], [b'^', ..]) => return Ordering::Less,
            ([b'^', ..], _) | ([], _) => return Ordering::Less,
            (_, [b'^', ..]) | (_, []) => return Ordering::Greater,
            _ => {
                let (segment, rest) = take_segment(one);
                let (other_segment, other_rest) = take_segment(other);
                let order = match (is_number(segment), is_number(other_segment)) {
                    (true, true) => digits(segment, other_segment),
                    (false, false) => segment.cmp(other_segment),
                    (numeric, _) if numeric => Ordering::Greater,
                    _ => Ordering::Less,
                };
                if order.is_ne() {
                    return order;
                }
                (rest, other_rest)
            }
        };
    }
}

fn without_separators(text: &[u8]) -> &[u8] {
    take(text, |byte| !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^').1
}

fn take_segment(text: &[u8]) -> (&[u8], &[u8]) {
    if is_number(text) { take_digits(text) } else { take(text, |byte| byte.is_ascii_alphabetic()) }
}

fn is_number(segment: &[u8]) -> bool {
    segment.first().is_some_and(u8::is_ascii_digit)
}
