//! Versions of Alpine packages: `1.2.3b_suffix4~commit-r5` (apk-package(5), apk-tools).

use std::cmp::Ordering;

use super::number::{digits, take, take_digits};

/// The kinds of parts, in the order in which a version that ends sooner is told from one that goes on: the kind that comes
/// first here makes its version the greater one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    First,
    Number,
    Letter,
    Suffix,
    SuffixNumber,
    Commit,
    Revision,
    End,
}

/// The suffixes; those before [`RELEASE`] come before the version without one.
const SUFFIXES: &[&[u8]] = &[b"alpha", b"beta", b"pre", b"rc", b"cvs", b"svn", b"git", b"hg", b"p"];
const RELEASE: usize = 4;

#[derive(Clone, Copy)]
struct Part<'a> {
    kind: Kind,
    text: &'a [u8],
    rest: &'a [u8],
}

/// A version that was seen to be well formed.
pub(super) struct Version<'a>(&'a [u8]);

/// Reads a version.
pub(super) fn parse(text: &str) -> Option<Version<'_>> {
    let text = text.as_bytes();
    let mut part = first(text)?;
    while part.kind != Kind::End {
        part = next(part)?;
    }
    Some(Version(text))
}

/// The order of two versions.
pub(super) fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    let (Some(mut one), Some(mut other)) = (first(one.0), first(other.0)) else { return Ordering::Equal };
    while one.kind == other.kind && one.kind != Kind::End {
        let order = texts(one, other);
        if order.is_ne() {
            return order;
        }
        let (Some(one_next), Some(other_next)) = (next(one), next(other)) else { return Ordering::Equal };
        (one, other) = (one_next, other_next);
    }
    match (is_before_release(one), is_before_release(other)) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        _ => other.kind.cmp(&one.kind),
    }
}

fn texts(one: Part<'_>, other: Part<'_>) -> Ordering {
    match one.kind {
        // Gentoo's rule, which Alpine took over: behind the first dot, a number with a leading zero is a fraction.
        Kind::Number if one.text.first() == Some(&b'0') || other.text.first() == Some(&b'0') => {
            one.text.cmp(other.text)
        }
        Kind::First | Kind::Number | Kind::SuffixNumber | Kind::Revision => digits(one.text, other.text),
        Kind::Suffix => suffix(one.text).cmp(&suffix(other.text)),
        Kind::Letter | Kind::Commit => one.text.cmp(other.text),
        Kind::End => Ordering::Equal,
    }
}

fn suffix(name: &[u8]) -> Option<usize> {
    SUFFIXES.iter().position(|known| *known == name)
}

fn is_before_release(part: Part<'_>) -> bool {
    part.kind == Kind::Suffix && suffix(part.text).is_some_and(|position| position < RELEASE)
}

fn first(text: &[u8]) -> Option<Part<'_>> {
    numbered(Kind::First, text)
}

fn numbered(kind: Kind, text: &[u8]) -> Option<Part<'_>> {
    let (text, rest) = take_digits(text);
    (!text.is_empty()).then_some(Part { kind, text, rest })
}

/// The part that follows; none where nothing may stand that stands there.
fn next(part: Part<'_>) -> Option<Part<'_>> {
    let after_number = matches!(part.kind, Kind::First | Kind::Number);
    match part.rest {
        [] => Some(Part { kind: Kind::End, text: &[], rest: &[] }),
        [b'.', rest @ ..] if after_number => numbered(Kind::Number, rest),
        [b'a'..=b'z', ..] if after_number => {
            let (text, rest) = part.rest.split_at(1);
            Some(Part { kind: Kind::Letter, text, rest })
        }
        // Older releases of apk-tools read `1.8.4p6`, and such versions are still about.
        [b'0'..=b'9', ..] if part.kind == Kind::Letter => numbered(Kind::Number, part.rest),
        [b'0'..=b'9', ..] if part.kind == Kind::Suffix => numbered(Kind::SuffixNumber, part.rest),
        [b'_', rest @ ..] if part.kind <= Kind::SuffixNumber => {
            let (text, rest) = take(rest, |byte| byte.is_ascii_lowercase());
            suffix(text).map(|_| Part { kind: Kind::Suffix, text, rest })
        }
        [b'~', rest @ ..] if part.kind < Kind::Commit => {
            let (text, rest) = take(rest, |byte| byte.is_ascii_hexdigit());
            (!text.is_empty()).then_some(Part { kind: Kind::Commit, text, rest })
        }
        [b'-', b'r', rest @ ..] if part.kind < Kind::Revision => numbered(Kind::Revision, rest),
        _ => None,
    }
}
