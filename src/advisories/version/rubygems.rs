//! Versions of gems (`Gem::Version`): segments of digits or letters, of which a letter makes a pre-release.

use std::cmp::Ordering;

use super::number::{digits, is_zero, take};

/// A version in two halves: the numbers without trailing zeros, and what follows from the first letter or hyphen on.
pub(super) struct Version<'a> {
    numbers: &'a [u8],
    rest: &'a [u8],
}

enum Segment<'a> {
    Number(&'a [u8]),
    Word(&'a [u8]),
}

/// Reads a version.
pub(super) fn parse(text: &str) -> Option<Version<'_>> {
    let text = text.as_bytes();
    let mut halves = text.splitn(2, |byte| *byte == b'-');
    let release = halves.next().unwrap_or_default();
    let word = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric);
    let number = release.split(|byte| *byte == b'.').next().unwrap_or_default();
    let hyphened = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    };
    let well_formed = word(number)
        && number.iter().all(u8::is_ascii_digit)
        && release.split(|byte| *byte == b'.').all(word)
        && halves.next().is_none_or(|label| label.split(|byte| *byte == b'.').all(hyphened));
    if !well_formed {
        return None;
    }
    let (mut numbers, rest) = take(text, |byte| byte.is_ascii_digit() || byte == b'.');
    loop {
        let trimmed = numbers.strip_suffix(b".").unwrap_or(numbers);
        let last = trimmed.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        if trimmed.is_empty() || !is_zero(last) {
            return Some(Version { numbers: trimmed, rest });
        }
        numbers = trimmed.get(..trimmed.len() - last.len()).unwrap_or_default();
    }
}

/// The order of two versions; a segment that is missing is 0.
pub(super) fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    let mut ones = segments(one);
    let mut others = segments(other);
    loop {
        let (one, other) = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (one, other) => (one.unwrap_or(Segment::Number(b"")), other.unwrap_or(Segment::Number(b""))),
        };
        let order = match (one, other) {
            (Segment::Number(one), Segment::Number(other)) => digits(one, other),
            (Segment::Word(one), Segment::Word(other)) => one.cmp(other),
            (Segment::Word(_), Segment::Number(_)) => Ordering::Less,
            (Segment::Number(_), Segment::Word(_)) => Ordering::Greater,
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn segments<'a>(version: &Version<'a>) -> impl Iterator<Item = Segment<'a>> {
    Segments(version.numbers).chain(Segments(version.rest))
}

struct Segments<'a>(&'a [u8]);

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        self.0 = self.0.strip_prefix(b".").unwrap_or(self.0);
        let (segment, rest) = match self.0 {
            [] => return None,
            // A hyphen stands for `.pre.`.
            [b'-', rest @ ..] => (Segment::Word(b"pre"), rest),
            [b'0'..=b'9', ..] => {
                let (number, rest) = take(self.0, |byte| byte.is_ascii_digit());
                (Segment::Number(number), rest)
            }
            _ => {
                let (word, rest) = take(self.0, |byte| byte.is_ascii_alphabetic());
                (Segment::Word(word), rest)
            }
        };
        self.0 = rest;
        Some(segment)
    }
}
