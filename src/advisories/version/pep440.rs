//! Versions of Python packages (PEP 440, <https://packaging.python.org/specifications/version-specifiers/>).

use std::cmp::Ordering;

use super::number::{digits, dotted, parts, take_digits, take_dotted, without_v};
use super::pep440_legacy::{self, Legacy};

/// A version that PEP 440 knows, or an older one.
pub(super) enum Version<'a> {
    Legacy(Legacy<'a>),
    Known(Known<'a>),
}

/// The parts of a version. A number that is left out is empty, which is 0.
pub(super) struct Known<'a> {
    epoch: &'a [u8],
    release: &'a [u8],
    pre: Option<(Phase, &'a [u8])>,
    post: Option<&'a [u8]>,
    dev: Option<&'a [u8]>,
    local: Option<&'a [u8]>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Alpha,
    Beta,
    Candidate,
}

/// How people spell the phases; of two that begin alike the longer one stands first.
const PHASES: &[(&[u8], Phase)] = &[
    (b"alpha", Phase::Alpha),
    (b"a", Phase::Alpha),
    (b"beta", Phase::Beta),
    (b"b", Phase::Beta),
    (b"preview", Phase::Candidate),
    (b"pre", Phase::Candidate),
    (b"c", Phase::Candidate),
    (b"rc", Phase::Candidate),
];

/// Reads a version.
pub(super) fn parse(text: &str) -> Option<Version<'_>> {
    match known(text.as_bytes()) {
        Some(version) => Some(Version::Known(version)),
        None => pep440_legacy::parse(text).map(Version::Legacy),
    }
}

/// The order of two versions: what PEP 440 does not know comes first.
pub(super) fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    match (one, other) {
        (Version::Known(one), Version::Known(other)) => knowns(one, other),
        (Version::Legacy(one), Version::Legacy(other)) => one.cmp(other),
        (Version::Legacy(_), Version::Known(_)) => Ordering::Less,
        (Version::Known(_), Version::Legacy(_)) => Ordering::Greater,
    }
}

fn knowns(one: &Known<'_>, other: &Known<'_>) -> Ordering {
    digits(one.epoch, other.epoch)
        .then_with(|| dotted(one.release, other.release))
        .then_with(|| {
            let (one_phase, number) = phase(one);
            let (other_phase, other_number) = phase(other);
            one_phase.cmp(&other_phase).then_with(|| digits(number, other_number))
        })
        .then_with(|| optional(one.post, other.post, digits))
        // A development release comes before the one without.
        .then_with(|| match (one.dev, other.dev) {
            (Some(one), Some(other)) => digits(one, other),
            (one, other) => other.is_some().cmp(&one.is_some()),
        })
        .then_with(|| optional(one.local, other.local, locals))
}

/// The place of a version among the pre-releases: one that is only a development release comes before them, a final one
/// after them.
fn phase<'a>(version: &Known<'a>) -> (u8, &'a [u8]) {
    match version.pre {
        Some((Phase::Alpha, number)) => (1, number),
        Some((Phase::Beta, number)) => (2, number),
        Some((Phase::Candidate, number)) => (3, number),
        None if version.post.is_none() && version.dev.is_some() => (0, &[]),
        None => (4, &[]),
    }
}

fn optional(one: Option<&[u8]>, other: Option<&[u8]>, order: fn(&[u8], &[u8]) -> Ordering) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => order(one, other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}

/// The order of local labels: words before numbers, without regard to case, fewer segments before more.
fn locals(one: &[u8], other: &[u8]) -> Ordering {
    let number = |segment: &[u8]| segment.iter().all(u8::is_ascii_digit);
    parts(
        one,
        other,
        |byte| matches!(byte, b'.' | b'-' | b'_'),
        |one, other| match (number(one), number(other)) {
            (true, true) => digits(one, other),
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                one.iter().map(u8::to_ascii_lowercase).cmp(other.iter().map(u8::to_ascii_lowercase))
            }
        },
    )
}

fn known(text: &[u8]) -> Option<Known<'_>> {
    let text = without_v(text);
    let (epoch, text) = match take_digits(text) {
        (epoch, [b'!', rest @ ..]) if !epoch.is_empty() => (epoch, rest),
        _ => (&[] as &[u8], text),
    };
    let (release, mut rest) = take_dotted(text);
    if release.is_empty() {
        return None;
    }
    let mut pre = None;
    for (name, phase) in PHASES {
        if let Some((number, after)) = labelled(rest, name) {
            pre = Some((*phase, number));
            rest = after;
            break;
        }
    }
    let mut post = None;
    // `1.0-1` is a post-release that does not say so.
    if let [b'-', after @ ..] = rest
        && let (number @ [_, ..], after) = take_digits(after)
    {
        (post, rest) = (Some(number), after);
    } else if let Some((number, after)) =
        [&b"post"[..], b"rev", b"r"].iter().find_map(|name| labelled(rest, name))
    {
        (post, rest) = (Some(number), after);
    }
    let mut dev = None;
    if let Some((number, after)) = labelled(rest, b"dev") {
        (dev, rest) = (Some(number), after);
    }
    let local = match rest {
        [] => None,
        [b'+', local @ ..] => {
            let whole = |segment: &[u8]| !segment.is_empty() && segment.iter().all(u8::is_ascii_alphanumeric);
            if !local.split(|byte| matches!(byte, b'.' | b'-' | b'_')).all(whole) {
                return None;
            }
            Some(local)
        }
        _ => return None,
    };
    Some(Known { epoch, release, pre, post, dev, local })
}

/// Reads a label with an optional separator before it, one behind it, and a number; gives the number and the rest.
fn labelled<'a>(text: &'a [u8], name: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let text = without_separator(text);
    let start = text.get(..name.len())?;
    if !start.eq_ignore_ascii_case(name) {
        return None;
    }
    Some(take_digits(without_separator(text.get(name.len()..)?)))
}

fn without_separator(text: &[u8]) -> &[u8] {
    match text {
        [b'.' | b'-' | b'_', rest @ ..] => rest,
        _ => text,
    }
}
