//! Versions of PHP packages: the order of PHP's `version_compare`, with two habits of Composer, which drops a leading `v` and
//! does not tell `BETA` from `beta`.

use std::cmp::Ordering;

use super::has_foreign_characters;
use super::number::{digits, take, take_digits, without_v};

/// A version that was seen to be one.
pub(super) struct Version<'a>(&'a [u8]);

/// Reads a version: it has a digit, or names a branch as Composer does (`dev-main`), which comes before all numbers.
pub(super) fn parse(text: &str) -> Option<Version<'_>> {
    let bytes = text.as_bytes();
    let branch = bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"dev-"));
    let numbered = bytes.iter().any(u8::is_ascii_digit);
    let named = branch && bytes.len() > 4;
    // `^1.2` and `~1.2` are ranges.
    let known = |text: &str| !has_foreign_characters(text) && !text.starts_with(['^', '~']);
    // A branch may well have a slash in its name.
    let clean = if branch { text.split('/').all(known) } else { known(text) };
    // `1.x-dev` is the tip of a branch, after all releases of it or before some of them.
    let tip = bytes.split(|byte| matches!(byte, b'.' | b'-')).any(|part| part.eq_ignore_ascii_case(b"x"));
    (clean && (named || numbered) && (branch || !tip)).then_some(Version(without_v(bytes)))
}

/// The order of two versions.
pub(super) fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    let mut ones = Parts(one.0);
    let mut others = Parts(other.0);
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (Some(one), Some(other)) if is_number(one) && is_number(other) => digits(one, other),
            (Some(one), Some(other)) => rank(one).cmp(&rank(other)),
            // More numbers make a greater version, a label makes one by its rank.
            (Some(one), None) if is_number(one) => return Ordering::Greater,
            (None, Some(other)) if is_number(other) => return Ordering::Less,
            (Some(one), None) => rank(one).cmp(&NUMBER),
            (None, Some(other)) => NUMBER.cmp(&rank(other)),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The rank of numbers among labels.
const NUMBER: u8 = 5;

/// The rank of a part: PHP looks at how it begins, and puts what it does not know first.
fn rank(part: &[u8]) -> u8 {
    let begins =
        |label: &[u8]| part.get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label));
    if is_number(part) || begins(b"#") {
        NUMBER
    } else if begins(b"dev") {
        1
    } else if begins(b"a") {
        2
    } else if begins(b"b") {
        3
    } else if begins(b"rc") {
        4
    } else if begins(b"p") {
        6
    } else {
        0
    }
}

fn is_number(part: &[u8]) -> bool {
    part.first().is_some_and(u8::is_ascii_digit)
}

/// Runs of digits and runs of everything else between separators.
struct Parts<'a>(&'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let separator = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b'#';
        let (_, text) = take(self.0, separator);
        let (part, rest) = match take_digits(text) {
            ([], _) => take(text, |byte| !separator(byte) && !byte.is_ascii_digit()),
            number => number,
        };
        self.0 = rest;
        (!part.is_empty()).then_some(part)
    }
}
