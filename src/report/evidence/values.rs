//! Where the values of secrets stand in a text, judged by the names they are given to. A value reaches to the mark that
//! closes it, or, without marks, as far as the syntax of the file lets it reach.

use std::ops::Range;

use super::commands::{attached, credentials};
use super::lines::{block_scalar, bracket_literal, here_document};
use super::markup::{element, paired, value_below};
use super::quotes::{is_quote, line_end, line_start, quoted, shell_word};
use super::reach::{begins_line, pair_end, quoted_value, unquoted_end};
use super::words::{is_reference_or_keyword, names_secret};
use super::{MASK, Syntax};

/// Furthest that a value may stand from its name, in bytes.
pub(super) const GAP: usize = 96;
/// Furthest that a value over several lines reaches, in bytes.
pub(super) const REACH: usize = 4096;

/// The values of secrets whose names stand before `until`.
pub(super) fn values(text: &[u8], until: usize, syntax: Syntax) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut around: Option<u8> = None;
    let mut at = 0;
    while let Some(byte) = text.get(at).copied().filter(|_| at < until) {
        if is_name_byte(byte) {
            let length =
                text.get(at..).unwrap_or_default().iter().take_while(|byte| is_name_byte(**byte)).count();
            let name = at..at + length;
            at = name.end;
            if let Some((value, after)) = value_of(text, &name, around, syntax, &mut found) {
                found.push(value);
                at = at.max(after);
            }
            continue;
        }
        match byte {
            b'\\' => at += 1,
            b'\n' => around = None,
            _ if is_quote(byte) => around = turned(text, at, around),
            _ => {}
        }
        at += 1;
    }
    found.retain(|range| !range.is_empty());
    found
}

/// A secret as far as its value reaches: what a rule took for it may be its beginning only.
pub(super) fn whole(text: &[u8], known: Range<usize>, syntax: Syntax) -> Range<usize> {
    let byte = |at: usize| text.get(at).copied().unwrap_or_default();
    // `user:password@host`.
    if byte(known.end) == b'@' {
        return known;
    }
    let around = string_around(text, known.start);
    if is_quote(byte(known.start)) && around != Some(byte(known.start)) {
        let end = quoted(text, known.start, around).map_or(known.end, |(inside, _)| inside.end);
        return known.start..end.max(known.end);
    }
    let before = known.start.checked_sub(1).map(byte).unwrap_or_default();
    if is_quote(before)
        && (around.is_some() || text.get(..known.start).is_some_and(|text| text.ends_with(b"\"\"\"")))
    {
        let marks = text.get(..known.start).unwrap_or_default();
        let run = marks.iter().rev().take(3).take_while(|byte| **byte == before).count();
        let run = if run == 3 { 3 } else { 1 };
        let escapes = marks.iter().rev().skip(run).take(15).take_while(|byte| **byte == b'\\').count();
        let outer = around.filter(|mark| *mark != before);
        let end =
            quoted(text, known.start - run - escapes, outer).map_or(known.end, |(inside, _)| inside.end);
        return known.start..end.max(known.end);
    }
    if before.is_ascii_whitespace() && around.is_some() || syntax == Syntax::Message {
        return known;
    }
    let end_of_line = line_end(text, known.end);
    if around.is_some() {
        return known.start..pair_end(text, known.end, around, end_of_line);
    }
    let head = text.get(line_start(text, known.start)..known.start).unwrap_or_default();
    let bare = head.trim_ascii_end();
    let operators = bare.iter().rev().take(3).take_while(|byte| b":=>".contains(byte)).count();
    if operators == 0 || syntax == Syntax::Code {
        return known;
    }
    let name = bare.get(..bare.len() - operators).unwrap_or_default().trim_ascii_end();
    let name = name
        .get(..name.len() - name.iter().rev().take(1).filter(|byte| is_quote(**byte)).count())
        .unwrap_or_default();
    let length = name.iter().rev().take_while(|byte| is_name_byte(**byte)).count();
    let end = known.start - head.len() + name.len();
    let reach = unquoted_end(text, &(end - length..end), known.start, None, syntax).unwrap_or(known.end);
    known.start..reach.max(known.end)
}

/// The string that is open behind a quotation mark.
fn turned(text: &[u8], at: usize, around: Option<u8>) -> Option<u8> {
    let byte = text.get(at).copied();
    let letter = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    match around {
        None if byte == Some(b'\'') && letter(at.checked_sub(1)) && letter(Some(at + 1)) => None,
        None => byte,
        Some(open) if Some(open) == byte => None,
        open => open,
    }
}

/// The mark of the string that is open at a position of its line.
pub(super) fn string_around(text: &[u8], at: usize) -> Option<u8> {
    let mut around = None;
    let mut here = line_start(text, at);
    while here < at {
        match text.get(here).copied() {
            Some(b'\\') => here += 1,
            Some(byte) if is_quote(byte) => around = turned(text, here, around),
            _ => {}
        }
        here += 1;
    }
    around
}

pub(super) const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$') || byte >= 0x80
}

/// Whether a name speaks of a secret, in short forms too, which in prose mean something else.
fn is_secret_name(name: &str) -> bool {
    let part = |part: &str| {
        matches!(part, "pass" | "psw" | "pw" | "passcode" | "userpwd" | "signing_key" | "encryption_key")
    };
    let lower = name.trim_start_matches(['-', '$']).to_ascii_lowercase();
    names_secret(name)
        || part(&lower)
        || lower.rsplit(['_', '-', '.']).next().is_some_and(part)
        || lower == "_auth"
        || lower.ends_with("signing_key")
        || lower.ends_with("encryption_key")
}

/// The value that is given to a name, and where to go on.
fn value_of(
    text: &[u8],
    name: &Range<usize>,
    around: Option<u8>,
    syntax: Syntax,
    found: &mut Vec<Range<usize>>,
) -> Option<(Range<usize>, usize)> {
    let word = std::str::from_utf8(text.get(name.clone())?).ok()?;
    let flagged = word.starts_with('-');
    if matches!(word, "-u" | "--user" | "--proxy-user" | "-U") {
        return credentials(text, name.end, around, syntax);
    }
    if let Some(value) = attached(text, name, word, around, syntax) {
        return Some(value);
    }
    let by = word.eq_ignore_ascii_case("by") && ends_with_word(text, name.start, b"identified");
    if !by && !is_secret_name(word) {
        return None;
    }
    if let Some(value) = element(text, name) {
        return Some(value);
    }
    let gap = Gap::read(text, name.end, around);
    // What closed around the name does not stand around the value.
    let around = if gap.closed { around.filter(|mark| text.get(name.end) != Some(mark)) } else { around };
    if (gap.closed || gap.assigns || value_below(text, gap.closed_at))
        && let Some(pair) = paired(text, name, gap.closed_at, syntax)
    {
        found.extend(pair.1);
        if let Some(value) = pair.0 {
            return Some(value);
        }
    }
    let positional = gap.blank
        && !gap.assigns
        && !gap.comma
        && !word.starts_with('$')
        && (syntax != Syntax::Message || flagged);
    let argument =
        gap.comma && (gap.closed || matches!(text.get(name.start.wrapping_sub(1)), Some(b'{' | b'(')));
    let assigned = gap.assigns || by || (flagged && gap.blank);
    if !assigned && !positional && !argument && !gap.calls {
        return None;
    }
    if let Some((inside, after)) = quoted(text, gap.end, around) {
        if gap.comma && text.get(gap.end) == Some(&b'`') {
            return None;
        }
        return Some(quoted_value(text, name, inside, after, around, syntax));
    }
    if argument || (positional && !flagged && !by) {
        return bare_by_place(text, name, gap.end, around, syntax);
    }
    unquoted(text, name, gap.end, around, syntax, gap.over_lines)
}

/// What stands between a name and its value.
struct Gap {
    end: usize,
    /// The name's own mark closes behind it.
    closed: bool,
    closed_at: usize,
    blank: bool,
    assigns: bool,
    comma: bool,
    calls: bool,
    over_lines: bool,
}

impl Gap {
    fn read(text: &[u8], from: usize, around: Option<u8>) -> Self {
        let mut gap = Self {
            end: from,
            closed: false,
            closed_at: from,
            blank: false,
            assigns: false,
            comma: false,
            calls: false,
            over_lines: false,
        };
        let byte = |at: usize| text.get(at).copied().unwrap_or_default();
        let entity = text.get(from..).is_some_and(|rest| rest.starts_with(b"&quot;"));
        if entity {
            gap.end += 6;
            gap.closed = true;
        }
        let escapes = text
            .get(gap.end..)
            .unwrap_or_default()
            .iter()
            .take(15)
            .take_while(|byte| **byte == b'\\')
            .count();
        if escapes > 0 && is_quote(byte(gap.end + escapes)) {
            gap.end += escapes;
        }
        while matches!(byte(gap.end), b'"' | b'\'' | b'`' | b']' | b'}' | b')' | b'?' | b'!')
            && gap.end < from + 24
        {
            gap.closed |= is_quote(byte(gap.end));
            gap.end += 1;
            // A mark that closes what stands around the name may be followed by the mark of the value.
            if gap.closed && around.is_none() {
                break;
            }
        }
        while byte(gap.end) == b']' || (byte(gap.end) == b')' && gap.closed) {
            gap.end += 1;
        }
        gap.closed_at = gap.end;
        while gap.end < from + GAP {
            match byte(gap.end) {
                b'\n' if gap.assigns || gap.comma => gap.over_lines = true,
                b' ' | b'\t' | b'\r' => gap.blank = true,
                b':' | b'=' => gap.assigns = true,
                b'~' | b'?' | b'+' | b'!' | b'|' | b'*' if !gap.assigns && leads_to_equals(text, gap.end) => {
                }
                b'-' if byte(gap.end + 1) == b'>' => {}
                b'<' if byte(gap.end + 1) == b'-' => {
                    gap.assigns = true;
                    gap.end += 1;
                }
                b'>' if gap.assigns || byte(gap.end.wrapping_sub(1)) == b'-' => gap.assigns = true,
                b',' if !gap.assigns && !gap.comma => gap.comma = true,
                b'(' if !gap.assigns && !gap.blank => gap.calls = true,
                _ => break,
            }
            gap.end += 1;
        }
        gap
    }
}

/// Whether an operator such as `||=` or `!=` begins at a position.
fn leads_to_equals(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().take(3).find(|byte| !b"~?+!|*".contains(byte)) == Some(&b'=')
}

/// Whether a word stands before a position, with blanks between.
fn ends_with_word(text: &[u8], at: usize, word: &[u8]) -> bool {
    let before = text.get(at.saturating_sub(32)..at).unwrap_or_default().trim_ascii_end();
    before.len() >= word.len()
        && before.get(before.len() - word.len()..).is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// A value without marks that stands behind its name with nothing but blanks between, as in a netrc file.
fn bare_by_place(
    text: &[u8],
    name: &Range<usize>,
    at: usize,
    around: Option<u8>,
    syntax: Syntax,
) -> Option<(Range<usize>, usize)> {
    if matches!(syntax, Syntax::Container) && begins_line(text, name) && at > name.end {
        let end = line_end(text, at);
        return Some((at..end, end));
    }
    if matches!(syntax, Syntax::Code | Syntax::Message) {
        return None;
    }
    let end = shell_word(text, at, around, false).min(line_end(text, at));
    let word = text.get(at..end)?;
    let odd = word.iter().any(|byte| !byte.is_ascii_alphabetic() && !b".,:;)(".contains(byte));
    (odd && !is_reference_or_keyword(word) && word.len() >= 3).then_some((at..end, end))
}

/// A value without marks behind something that assigns.
fn unquoted(
    text: &[u8],
    name: &Range<usize>,
    at: usize,
    around: Option<u8>,
    syntax: Syntax,
    over_lines: bool,
) -> Option<(Range<usize>, usize)> {
    let end_of_line = line_end(text, at);
    let rest = text.get(at..end_of_line)?;
    if let Some(lines) = here_document(text, at, rest) {
        return Some((lines.clone(), lines.end));
    }
    if over_lines {
        return None;
    }
    if let Some(value) = bracket_literal(text, at, rest, syntax) {
        return Some(value);
    }
    if around.is_none()
        && syntax.has_block_scalars()
        && let Some(block) = block_scalar(text, name, at, rest)
    {
        return Some((block.clone(), block.end));
    }
    if rest.first().is_none_or(|byte| b"{".contains(byte) && !rest.ends_with(b"}")) {
        return None;
    }
    let end = unquoted_end(text, name, at, around, syntax)?;
    let value = text.get(at..end)?;
    let kept = fillers(value);
    let start = at + kept;
    let bare = text.get(start..end)?;
    if bare.starts_with(MASK.as_bytes()) {
        return Some((start..start, start + MASK.len()));
    }
    if start >= end || is_reference_or_keyword(bare) {
        return Some((start..start, start.max(end)));
    }
    Some((start..end, end))
}

/// Words that say how a value is given and are none of it: `Bearer`, `Basic`.
fn fillers(value: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = value.get(at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let word: Vec<u8> = rest
            .iter()
            .skip(blanks)
            .take_while(|byte| byte.is_ascii_alphabetic())
            .map(u8::to_ascii_lowercase)
            .collect();
        let behind = at + blanks + word.len();
        let known = matches!(word.as_slice(), b"bearer" | b"basic" | b"token" | b"digest" | b"apikey");
        if !known || !value.get(behind).is_none_or(u8::is_ascii_whitespace) {
            return at + if at > 0 { blanks } else { 0 };
        }
        at = behind;
    }
}
