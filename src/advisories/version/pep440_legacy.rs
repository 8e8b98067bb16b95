//! Versions of Python packages from before PEP 440, in the order that setuptools gave them.

use std::cmp::Ordering;

use super::number::{digits, is_zero, take};

/// A version in parts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Legacy<'a>(Vec<Part<'a>>);

enum Part<'a> {
    Word(Word<'a>),
    Number(&'a [u8]),
}

/// The words that have a meaning, by the text that setuptools sorted them under, and any other.
struct Word<'a>(&'a [u8]);

const FINAL: &[u8] = b"final";
/// What a hyphen is sorted as.
const HYPHEN: &[u8] = b"final-";

/// Reads a version. It has a digit or begins with a hyphen, as no branch and no placeholder does.
pub(super) fn parse(text: &str) -> Option<Legacy<'_>> {
    let known = |character: char| character.is_ascii_alphanumeric() || ".-_+!~@:".contains(character);
    let versioned = text.starts_with('-') || text.bytes().any(|byte| byte.is_ascii_digit());
    if !versioned || !text.chars().all(known) {
        return None;
    }
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut rest = text.as_bytes();
    while let Some(first) = rest.first() {
        let kind = |byte: u8| match byte {
            b'0'..=b'9' => 0,
            b'a'..=b'z' | b'A'..=b'Z' => 1,
            b'.' => 2,
            b'-' => 3,
            _ => 4,
        };
        let first = kind(*first);
        let (text, after) =
            if first == 2 || first == 3 { rest.split_at(1) } else { take(rest, |byte| kind(byte) == first) };
        rest = after;
        match first {
            0 => parts.push(Part::Number(text)),
            2 => {}
            _ => push_word(&mut parts, Word(sorted_as(text))),
        }
    }
    push_word(&mut parts, Word(FINAL));
    Some(Legacy(parts))
}

/// Adds a word. One that comes before `final` takes the hyphens before it away, and any word the zeros.
fn push_word<'a>(parts: &mut Vec<Part<'a>>, word: Word<'a>) {
    if word.cmp(&Word(FINAL)).is_lt() {
        while matches!(parts.last(), Some(Part::Word(Word(text))) if *text == HYPHEN) {
            parts.pop();
        }
    }
    while matches!(parts.last(), Some(Part::Number(number)) if is_zero(number)) {
        parts.pop();
    }
    parts.push(Part::Word(word));
}

fn sorted_as(word: &[u8]) -> &[u8] {
    let is = |name: &[u8]| word.eq_ignore_ascii_case(name);
    if is(b"-") {
        HYPHEN
    } else if is(b"pre") || is(b"preview") || is(b"rc") {
        b"c"
    } else if is(b"dev") {
        b"@"
    } else {
        word
    }
}

impl Ord for Word<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().map(u8::to_ascii_lowercase).cmp(other.0.iter().map(u8::to_ascii_lowercase))
    }
}

impl Ord for Part<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Word(one), Self::Word(other)) => one.cmp(other),
            (Self::Number(one), Self::Number(other)) => digits(one, other),
            (Self::Word(_), Self::Number(_)) => Ordering::Less,
            (Self::Number(_), Self::Word(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Word<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialOrd for Part<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Part<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Part<'_> {}

impl PartialEq for Word<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Word<'_> {}
