//! Values in XML, and names and values that are given as two members of one thing.

use std::ops::Range;

use super::Syntax;
use super::quotes::{is_quote, line_end, line_start, quoted};
use super::reach::{quoted_value, to_end_of_entry};
use super::values::{REACH, is_name_byte};
use super::words::is_reference_or_keyword;

/// `<password>a b</password>`, `<entry key="password">a b</entry>` and `<key>password</key><string>a b</string>`.
pub(super) fn element(text: &[u8], name: &Range<usize>) -> Option<(Range<usize>, usize)> {
    let line = line_start(text, name.start);
    let before = text.get(line..name.start)?;
    let open = memchr::memrchr(b'<', before).map(|at| line + at);
    let closed = memchr::memrchr(b'>', before).map(|at| line + at);
    let limit = text.len().min(name.end.saturating_add(512));
    let after = text.get(name.end..limit)?;
    let inside_tag = open.is_some() && open > closed;
    let content = if inside_tag {
        let open = open?;
        if text.get(open + 1) == Some(&b'/') {
            return None;
        }
        let own = text.get(open + 1..name.start)?.iter().all(|byte| is_name_byte(*byte) || *byte == b':');
        let end = memchr::memchr(b'>', after)?;
        let attribute = memchr::memchr(b'=', after.get(..end)?);
        let named = text.get(name.start.saturating_sub(1)).is_some_and(|byte| is_quote(*byte));
        if end > 0 && after.get(end - 1) == Some(&b'/') || !own && !named {
            return None;
        }
        // Attributes are values of their own.
        if attribute.is_some() {
            return None;
        }
        name.end + end + 1
    } else {
        let rest = after.trim_ascii_start();
        if closed.is_none() || !rest.starts_with(b"</") {
            return None;
        }
        let first = memchr::memchr(b'>', after)?;
        let tail = after.get(first + 1..)?;
        let gap = tail.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if tail.get(gap) != Some(&b'<') || tail.get(gap + 1) == Some(&b'/') {
            return None;
        }
        let second = memchr::memchr(b'>', tail)?;
        name.end + first + 1 + second + 1
    };
    let mut from = content;
    // One more tag may stand around the value: `<property name="password"><value>`.
    let limit = text.len().min(content.saturating_add(REACH));
    let tail = text.get(from..limit)?;
    let gap = tail.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let inner = tail.get(gap..)?;
    if inner.starts_with(b"<value") || inner.starts_with(b"<string") {
        from += gap + memchr::memchr(b'>', inner)? + 1;
    }
    let inner = text.get(from..limit)?;
    let end = if inner.trim_ascii_start().starts_with(b"<![CDATA[") {
        memchr::memmem::find(inner, b"]]>").map(|end| from + end)
    } else {
        memchr::memchr(b'<', inner).map(|end| from + end)
    };
    let end = end.unwrap_or_else(|| line_end(text, from));
    let value = text.get(from..end)?.trim_ascii();
    (!value.is_empty() && !is_reference_or_keyword(value)).then_some((from..end, end))
}

pub(super) type Found = Option<(Range<usize>, usize)>;

/// `key="password" value="a b"` and `{"name": "PASSWORD", "value": "a b"}`, in either order.
pub(super) fn paired(
    text: &[u8],
    name: &Range<usize>,
    at: usize,
    syntax: Syntax,
) -> Option<(Found, Option<Range<usize>>)> {
    let window = text.get(at..text.len().min(at + 160))?;
    let window = window.get(..memchr::memchr2(b'<', b'}', window).unwrap_or(window.len()))?;
    let line = line_start(text, name.start);
    let before = text.get(line..name.start)?;
    let scope = before.len().saturating_sub(200);
    let before_window = before.get(scope..)?;
    let behind = value_words(window).next().map(|from| at + from);
    let ahead = value_words(before_window).last().map(|from| line + scope + from);
    let read = |from: usize| {
        let (inside, after) = quoted(text, from, None)?;
        Some((inside, after))
    };
    let forward = behind.and_then(|from| match read(from) {
        Some((inside, after)) => Some(quoted_value(text, name, inside, after, None, syntax)),
        None if syntax.is_configuration() || syntax == Syntax::Unknown => {
            let end = to_end_of_entry(text, &(from..from), from, line_end(text, from), syntax);
            let value = text.get(from..end)?;
            (!is_reference_or_keyword(value)).then_some((from..end, end))
        }
        None => None,
    });
    let backward = ahead.and_then(read).map(|(inside, _)| inside);
    Some((forward, backward))
}

/// Whether the line ends at a position and the next begins with `value:`.
pub(super) fn value_below(text: &[u8], at: usize) -> bool {
    let end = line_end(text, at);
    let next = text.get(end..text.len().min(end.saturating_add(200))).unwrap_or_default().trim_ascii_start();
    text.get(at..end).unwrap_or_default().trim_ascii().is_empty() && next.starts_with(b"value")
}

/// Behind each `value=` or `"value": ` that stands as a name of its own.
pub(super) fn value_words(window: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memmem::find_iter(window, b"alue").filter_map(|at| {
        let start = at.checked_sub(1)?;
        let initial = window.get(start).copied()?;
        let before = start.checked_sub(1).and_then(|before| window.get(before));
        let alone = initial == b'V' || !before.is_some_and(u8::is_ascii_alphanumeric);
        let rest = window.get(at + 4..)?;
        let marks = rest.iter().take_while(|byte| b"\"'` \t\\".contains(byte)).count();
        if !matches!(initial, b'v' | b'V') || !alone || !matches!(rest.get(marks), Some(b'=' | b':')) {
            return None;
        }
        let tail = rest.get(marks + 1..)?;
        let blanks = tail.iter().take_while(|byte| b" \t>".contains(byte)).count();
        Some(at + 4 + marks + 1 + blanks)
    })
}
