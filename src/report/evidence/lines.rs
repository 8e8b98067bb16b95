//! Values in brackets of their own and on the lines below their names.

use std::ops::Range;

use super::Syntax;
use super::quotes::{bracketed, line_end, quoted};
use super::reach::indent_of;
use super::values::REACH;

/// Literals between brackets: Lua's `[[a b]]`, Ruby's `%q(a b)`, Perl's `qq{a b}`, Elixir's `~s(a b)`.
pub(super) fn bracket_literal(
    text: &[u8],
    at: usize,
    rest: &[u8],
    syntax: Syntax,
) -> Option<(Range<usize>, usize)> {
    if !matches!(syntax, Syntax::Code | Syntax::Unknown) {
        return None;
    }
    if rest.starts_with(b"[[")
        || rest.starts_with(b"[=") && rest.iter().skip(1).find(|byte| **byte != b'=') == Some(&b'[')
    {
        let limit = text.len().min(at + REACH);
        let end =
            memchr::memmem::find(text.get(at..limit)?, b"]]").map_or(line_end(text, at), |end| at + end);
        return Some((at + 2..end, end));
    }
    let prefix = match rest {
        [b'%', b'q' | b'Q' | b'w' | b'W', open, ..] if !open.is_ascii_alphanumeric() => 2,
        [b'%', b'(' | b'[' | b'{', ..] => 1,
        [b'~', b's' | b'S' | b'c' | b'C', open, ..] if !open.is_ascii_alphanumeric() => 2,
        [b'q', b'q', b'(' | b'{' | b'[' | b'<' | b'|' | b'!' | b'/', ..] => 2,
        [b'q', b'(' | b'{' | b'[' | b'<' | b'|' | b'!' | b'/', ..] => 1,
        _ => return None,
    };
    quoted(text, at + prefix, None).or_else(|| bracketed(text, at + prefix))
}

/// The lines of a here-document that opens on this line.
pub(super) fn here_document(text: &[u8], at: usize, rest: &[u8]) -> Option<Range<usize>> {
    let open = memchr::memmem::find(rest, b"<<")?;
    let tag: Vec<u8> = rest
        .get(open + 2..)?
        .iter()
        .copied()
        .skip_while(|byte| b"<-~ \"'\\".contains(byte))
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .collect();
    if tag.is_empty() || tag.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let from = line_end(text, at).saturating_add(1).min(text.len());
    let mut here = from;
    while here < text.len().min(from + REACH) {
        let end = line_end(text, here);
        let line = text.get(here..end)?.trim_ascii_start();
        if line.starts_with(&tag) {
            return Some(from..here.saturating_sub(1).max(from));
        }
        here = end + 1 + usize::from(text.get(end) == Some(&b'\r'));
    }
    None
}

/// The lines of a block scalar of YAML: `password: >-`.
pub(super) fn block_scalar(text: &[u8], name: &Range<usize>, at: usize, rest: &[u8]) -> Option<Range<usize>> {
    let head = rest.split(|byte| *byte == b'#').next()?.trim_ascii();
    if !matches!(head, [b'|' | b'>', marks @ ..] if marks.iter().all(|byte| b"+-0123456789".contains(byte))) {
        return None;
    }
    let indent = indent_of(text, name.start);
    let from = line_end(text, at).saturating_add(1).min(text.len());
    let mut here = from;
    let mut end = from;
    while here < text.len().min(from + REACH) {
        let stop = line_end(text, here);
        let blank = text.get(here..stop)?.trim_ascii().is_empty();
        if !blank && indent_of(text, here) <= indent {
            break;
        }
        end = stop;
        here = stop + 1 + usize::from(text.get(stop) == Some(&b'\r'));
    }
    Some(from..end)
}
