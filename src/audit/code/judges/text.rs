//! Looking around a match: always over a bounded stretch of the file.

use std::ops::Range;

use memchr::memmem;

use crate::engine::Candidate;

/// Bytes of a match.
pub(super) fn whole<'a>(candidate: &Candidate<'a>) -> &'a [u8] {
    slice(candidate.text, candidate.whole.clone())
}

/// A stretch of the file, as far as it exists.
pub(super) fn slice(text: &[u8], range: Range<usize>) -> &[u8] {
    let end = range.end.min(text.len());
    text.get(range.start.min(end)..end).unwrap_or_default()
}

/// At most `most` bytes before the match.
pub(super) fn before<'a>(candidate: &Candidate<'a>, most: usize) -> &'a [u8] {
    slice(candidate.text, candidate.whole.start.saturating_sub(most)..candidate.whole.start)
}

/// At most `most` bytes after the match.
pub(super) fn after<'a>(candidate: &Candidate<'a>, most: usize) -> &'a [u8] {
    slice(candidate.text, candidate.whole.end..candidate.whole.end.saturating_add(most))
}

/// The part of the line before the match, at most 512 bytes of it.
pub(super) fn prefix<'a>(candidate: &Candidate<'a>) -> &'a [u8] {
    let before = before(candidate, 512);
    memchr::memrchr(b'\n', before).map_or(before, |at| before.get(at + 1..).unwrap_or_default())
}

/// Whether a text holds one of some words, as they are written.
pub(super) fn has(text: &[u8], words: &[&str]) -> bool {
    words.iter().any(|word| memmem::find(text, word.as_bytes()).is_some())
}

/// Whether a text holds one of some lower-case words, in any case.
pub(super) fn has_any_case(text: &[u8], words: &[&str]) -> bool {
    has(&text.to_ascii_lowercase(), words)
}

/// Whether a byte can stand in a name.
pub(super) const fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Places where a whole name stands in a text.
pub(super) fn names<'a>(text: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    memmem::find_iter(text, name).filter(move |at| {
        let free = |byte: Option<&u8>| byte.is_none_or(|byte| !in_name(*byte));
        free(at.checked_sub(1).and_then(|before| text.get(before))) && free(text.get(at + name.len()))
    })
}

/// Whether a quote opened in a text is still open at its end.
pub(super) fn in_quotes(text: &[u8]) -> bool {
    let (mut open, mut escaped) = (None, false);
    for byte in text {
        match (*byte, open) {
            _ if escaped => escaped = false,
            (b'\\', _) => escaped = true,
            (quote @ (b'"' | b'\'' | b'`'), None) => open = Some(quote),
            (quote, Some(opening)) if quote == opening => open = None,
            _ => {}
        }
    }
    open.is_some()
}
