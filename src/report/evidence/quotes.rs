//! Where a quoted value begins and ends, in the many ways of quoting. A closing mark too far away hides a word too much;
//! one too near would show a part of a secret, so what is in doubt is taken to belong to the value.

use std::ops::Range;

/// Furthest that a closing mark is looked for, in bytes.
const REACH: usize = 4096;

/// An opening mark.
struct Opening {
    /// Where the value begins.
    inside: usize,
    /// What closes it.
    close: Vec<u8>,
    /// Backslashes before each mark, where the text is itself quoted: `\"a\"`.
    escapes: usize,
    /// Whether a backslash or a doubled mark keeps the value open.
    escapable: bool,
}

/// Whether a byte is a quotation mark.
pub(super) const fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// The inside of the quoted value that opens at a position, letters before the mark included (`r"`, `b'`, `@"`, `$'`), and
/// the position after its closing mark. `around` is the mark of a string in which all this stands.
pub(super) fn quoted(text: &[u8], at: usize, around: Option<u8>) -> Option<(Range<usize>, usize)> {
    let opening = opening(text, at)?;
    let limit = text.len().min(opening.inside.saturating_add(REACH));
    let end_of_line = line_end(text, opening.inside);
    let mut here = opening.inside;
    while here < limit {
        let rest = text.get(here..limit)?;
        let backslashes = rest.iter().take_while(|byte| **byte == b'\\').count();
        let mark = here + backslashes;
        let closes = text.get(mark..limit).is_some_and(|rest| rest.starts_with(&opening.close));
        if closes && closes_after(backslashes, &opening) {
            let after = mark + opening.close.len();
            // `'it''s'` and `"say ""x"""` go on; an empty value does not.
            let doubled = opening.escapable
                && opening.close.len() == 1
                && text.get(after) == opening.close.first()
                && mark > opening.inside;
            if !doubled {
                return Some((opening.inside..mark - backslashes.min(opening.escapes), after));
            }
            here = after + 1;
            continue;
        }
        // `"… password='" + value`: the string around it ends, and code follows.
        if let Some(around) = around
            && opening.close.len() == 1
            && opening.close.first() != Some(&around)
            && text.get(mark) == Some(&around)
            && (backslashes % 2 == 0)
            && ends_a_string(text, mark + 1)
        {
            return Some((opening.inside..mark, mark));
        }
        here = mark + usize::from(backslashes % 2 == 1 || backslashes == 0);
    }
    Some((opening.inside..end_of_line, end_of_line))
}

/// Whether a mark behind some backslashes closes: an escaped one does not.
fn closes_after(backslashes: usize, opening: &Opening) -> bool {
    if !opening.escapable {
        return true;
    }
    let level = opening.escapes + 1;
    backslashes < opening.escapes || ((backslashes - opening.escapes) / level).is_multiple_of(2)
}

/// Whether what stands at a position follows a string in code.
fn ends_a_string(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..line_end(text, at)).unwrap_or_default().trim_ascii_start();
    rest.first().is_none_or(|byte| b"+.&,%);|".contains(byte))
}

/// Reads an opening mark.
fn opening(text: &[u8], at: usize) -> Option<Opening> {
    let byte = |at: usize| text.get(at).copied().unwrap_or_default();
    let letters =
        text.get(at..)?.iter().take(3).take_while(|byte| b"bBrRuUfFlLNcC@$8".contains(byte)).count();
    // A letter is a prefix only where a mark or `#` follows at once.
    let mut from = at + letters;
    let raw = text.get(at..from)?.iter().any(|byte| b"rR@".contains(byte));
    let hashes = text.get(from..)?.iter().take(8).take_while(|byte| **byte == b'#').count();
    if hashes > 0 && byte(from + hashes) == b'"' && (raw || letters == 0) {
        let close = [&b"\""[..], &b"#".repeat(hashes)].concat();
        return Some(Opening { inside: from + hashes + 1, close, escapes: 0, escapable: false });
    }
    for entity in [&b"&quot;"[..], b"&#34;", b"&apos;", b"&#39;", b"&#x27;", b"&#x22;"] {
        if text.get(from..)?.starts_with(entity) {
            let inside = from + entity.len();
            return Some(Opening { inside, close: entity.to_vec(), escapes: 0, escapable: false });
        }
    }
    let escapes = text.get(from..)?.iter().take(15).take_while(|byte| **byte == b'\\').count();
    from += escapes;
    let mark = byte(from);
    if !is_quote(mark) {
        return None;
    }
    let run = text.get(from..)?.iter().take(3).take_while(|byte| **byte == mark).count();
    if escapes == 0 && run == 3 {
        return Some(Opening { inside: from + 3, close: vec![mark; 3], escapes: 0, escapable: true });
    }
    if escapes == 0 && run == 2 {
        let follows = byte(from + 2);
        let empty = follows == 0 || follows.is_ascii_whitespace() || b",;)]}>/+.&|:?<".contains(&follows);
        if !empty {
            // `"Password=""a b"""` in a language that doubles its marks.
            return Some(Opening { inside: from + 2, close: vec![mark; 2], escapes: 0, escapable: false });
        }
    }
    if mark == b'"'
        && text.get(at..from)?.contains(&b'R')
        && let Some(open) = text.get(from + 1..)?.iter().take(17).position(|byte| *byte == b'(')
    {
        let delimiter = text.get(from + 1..from + 1 + open)?;
        if delimiter.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            let close = [&b")"[..], delimiter, b"\""].concat();
            return Some(Opening { inside: from + open + 2, close, escapes: 0, escapable: false });
        }
    }
    if text.get(at..from)?.contains(&b'@') && matches!(byte(from + 1), b'\n' | b'\r') {
        let close = vec![mark, b'@'];
        return Some(Opening { inside: from + 1, close, escapes: 0, escapable: false });
    }
    Some(Opening { inside: from + 1, close: vec![mark], escapes, escapable: true })
}

/// The end of the value between two brackets of one kind, `(a b)`, that opens at a position; on one line.
pub(super) fn bracketed(text: &[u8], at: usize) -> Option<(Range<usize>, usize)> {
    let open = *text.get(at)?;
    let close = match open {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        b'|' | b'!' | b'/' => open,
        _ => return None,
    };
    let inside = text.get(at + 1..line_end(text, at))?;
    let end = memchr::memrchr(close, inside).unwrap_or(inside.len());
    Some((at + 1..at + 1 + end, at + 1 + end))
}

/// The end of the shell word at a position: blanks and operators in quotation marks or behind a backslash belong to it.
pub(super) fn shell_word(text: &[u8], at: usize, around: Option<u8>, operators: bool) -> usize {
    let mut here = at;
    let limit = text.len().min(at.saturating_add(REACH));
    while here < limit {
        let byte = text.get(here).copied().unwrap_or_default();
        match byte {
            _ if Some(byte) == around => return here,
            b'\\' => here += 2,
            b'"' | b'\'' | b'`' => match quoted(text, here, around) {
                Some((_, after)) if after > here => here = after,
                _ => here += 1,
            },
            _ if byte.is_ascii_whitespace() => return here,
            b';' | b'|' | b'&' | b'<' | b'>' | b'(' | b')' if operators => return here,
            _ => here += 1,
        }
    }
    here.min(text.len())
}

/// Where the line of a position ends.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    let end = text.get(at..).and_then(|rest| memchr::memchr(b'\n', rest)).map_or(text.len(), |end| at + end);
    if end > at && text.get(end - 1) == Some(&b'\r') { end - 1 } else { end }
}

/// Where the line of a position begins.
pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    text.get(..at).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |end| end + 1)
}
