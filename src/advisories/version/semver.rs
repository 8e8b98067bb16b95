//! `SemVer` 2.0, read leniently (<https://semver.org/#spec-item-11>).

use std::cmp::Ordering;

use super::number::{digits, dotted, parts, take_dotted, without_v};

/// A version, and the one form that Dart and `NuGet` read too.
pub(super) struct Version<'a> {
    /// Numbers with dots between them, at least one.
    pub(super) numbers: &'a [u8],
    /// What follows `-`, or the letters that follow the numbers at once.
    pub(super) pre_release: Option<&'a [u8]>,
    /// What follows `+`.
    pub(super) build: Option<&'a [u8]>,
}

/// Reads a version: any count of numbers, a `v` or `=` before them, and labels without their hyphen (`1.0rc1`,
/// `1.0.0.Final`), as people write them. Nothing is read from `1.x` or from a short commit.
pub(super) fn parse(text: &str) -> Option<Version<'_>> {
    let text = text.as_bytes();
    let text = without_v(text.strip_prefix(b"=").unwrap_or(text));
    let (numbers, rest) = take_dotted(text);
    if numbers.is_empty() {
        return None;
    }
    let mut parts = rest.splitn(2, |byte| *byte == b'+');
    let label = parts.next().unwrap_or_default();
    let build = parts.next();
    let pre_release = match label {
        [] => None,
        [b'-', label @ ..] => Some(label),
        [b'.', label @ ..] | label => Some(loose(label, text)?),
    };
    let known = |text: &[u8]| {
        text.iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'+' | b'~'))
    };
    (known(label) && known(build.unwrap_or_default())).then_some(Version { numbers, pre_release, build })
}

/// A label that no hyphen sets off from the numbers.
fn loose<'a>(label: &'a [u8], version: &[u8]) -> Option<&'a [u8]> {
    let wildcard = matches!(label, [b'x' | b'X'] | [b'x' | b'X', b'.', ..]);
    let commit = version.len() >= 7 && version.iter().all(u8::is_ascii_hexdigit);
    let lettered = label.first().is_some_and(u8::is_ascii_alphabetic);
    (lettered && !wildcard && !commit).then_some(label)
}

/// The order of two versions, without build metadata.
pub(super) fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    dotted(one.numbers, other.numbers)
        .then_with(|| pre_releases(one.pre_release, other.pre_release, <[u8]>::cmp))
}

/// The order of two pre-releases; none follows any.
pub(super) fn pre_releases(
    one: Option<&[u8]>,
    other: Option<&[u8]>,
    words: fn(&[u8], &[u8]) -> Ordering,
) -> Ordering {
    match (one, other) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) => identifiers(one, other, words),
    }
}

/// The order of identifiers with dots between them: numbers by value and before words, fewer before more.
pub(super) fn identifiers(one: &[u8], other: &[u8], words: fn(&[u8], &[u8]) -> Ordering) -> Ordering {
    parts(
        one,
        other,
        |byte| *byte == b'.',
        |one, other| match (is_number(one), is_number(other)) {
            (true, true) => digits(one, other),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => words(one, other),
        },
    )
}

fn is_number(identifier: &[u8]) -> bool {
    !identifier.is_empty() && identifier.iter().all(u8::is_ascii_digit)
}
