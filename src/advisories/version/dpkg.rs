//! Versions of Debian packages (Debian policy §5.6.12, `deb-version(7)`).

use std::cmp::Ordering;

use super::number::{digits, take, take_digits};

/// `[epoch:]upstream[-revision]`.
pub(super) struct Version<'a> {
    epoch: &'a [u8],
    upstream: &'a [u8],
    revision: &'a [u8],
}

/// Reads a version.
pub(super) fn parse(text: &str) -> Option<Version<'_>> {
    let text = text.as_bytes();
    let (epoch, rest) = match text.iter().position(|byte| *byte == b':') {
        Some(colon) => {
            let (epoch, rest) = text.split_at(colon);
            if epoch.is_empty() || !epoch.iter().all(u8::is_ascii_digit) {
                return None;
            }
            (epoch, rest.get(1..)?)
        }
        None => (&[] as &[u8], text),
    };
    let (upstream, revision) = match rest.iter().rposition(|byte| *byte == b'-') {
        Some(hyphen) => (rest.get(..hyphen)?, rest.get(hyphen + 1..)?),
        None => (rest, &[] as &[u8]),
    };
    let known =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-' | b'~' | b':' | b'_');
    // dpkg refuses a hyphen with no revision behind it, and a colon in the revision.
    if revision.contains(&b':') || rest.ends_with(b"-") {
        return None;
    }
    let numbered = upstream.first().is_some_and(u8::is_ascii_digit);
    (numbered && rest.iter().all(known)).then_some(Version { epoch, upstream, revision })
}

/// The order of two versions.
pub(super) fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    digits(one.epoch, other.epoch)
        .then_with(|| parts(one.upstream, other.upstream))
        .then_with(|| parts(one.revision, other.revision))
}

/// Compares what is no number and what is, in turns, until one differs.
fn parts(mut one: &[u8], mut other: &[u8]) -> Ordering {
    while !one.is_empty() || !other.is_empty() {
        let (word, after) = take(one, |byte| !byte.is_ascii_digit());
        let (other_word, other_after) = take(other, |byte| !byte.is_ascii_digit());
        let (number, rest) = take_digits(after);
        let (other_number, other_rest) = take_digits(other_after);
        let order = words(word, other_word).then_with(|| digits(number, other_number));
        if order.is_ne() {
            return order;
        }
        (one, other) = (rest, other_rest);
    }
    Ordering::Equal
}

/// Compares character by character: `~`, then the end, then letters, then the rest.
fn words(one: &[u8], other: &[u8]) -> Ordering {
    let weight = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    (0..one.len().max(other.len()))
        .map(|index| weight(one.get(index)).cmp(&weight(other.get(index))))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}
