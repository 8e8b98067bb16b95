//! How far a value reaches: with what is joined to it, over lines, to the next name, to the end of its line.

use std::ops::Range;

use super::Syntax;
use super::quotes::{is_quote, line_end, line_start, quoted, shell_word};
use super::values::{GAP, REACH, is_name_byte};
use super::words::is_reference_or_keyword;

/// A quoted value with what is joined to it: `"a" + "b"`, `'it'\''s'`, the next string of a list of strings.
pub(super) fn quoted_value(
    text: &[u8],
    name: &Range<usize>,
    inside: Range<usize>,
    after: usize,
    around: Option<u8>,
    syntax: Syntax,
) -> (Range<usize>, usize) {
    let value = text.get(inside.clone()).unwrap_or_default();
    let (mut end, mut after) = (inside.end, after);
    let mut joined = false;
    loop {
        let byte = text.get(after).copied().unwrap_or_default();
        let glued = !byte.is_ascii_whitespace()
            && byte != 0
            && Some(byte) != around
            && !b",;)]}>&|<:.?!/\\%".contains(&byte)
            || byte == b'\\' && text.get(after + 1).is_some_and(|next| is_quote(*next));
        if glued && (syntax != Syntax::Code || is_quote(byte) || byte == b'\\') {
            let word = shell_word(text, after, around, true);
            if word > after {
                (end, after, joined) = (word, word, true);
                continue;
            }
        }
        let Some(next) = joint(text, after, matches!(syntax, Syntax::Code | Syntax::Unknown)) else { break };
        if Some(text.get(next).copied().unwrap_or_default()) == around {
            break;
        }
        let Some((more, behind)) = quoted(text, next, around).filter(|(_, behind)| *behind > after) else {
            break;
        };
        (end, after, joined) = (more.end, behind, true);
        if after > inside.start + REACH {
            break;
        }
    }
    let line = line_end(text, after);
    if syntax.is_configuration() && begins_line(text, name) && around.is_none() {
        let rest = text.get(after..line).unwrap_or_default().trim_ascii_start();
        let done = rest.first().is_none_or(|byte| b"#;,]})</>".contains(byte));
        if !done {
            (end, after, joined) = (line, line, true);
        }
    }
    if !joined && is_reference_or_keyword(value) {
        return (inside.start..inside.start, after);
    }
    (inside.start..end, after)
}

/// Where the next string stands, if strings are joined here: an operator, or nothing but blanks.
pub(super) fn joint(text: &[u8], at: usize, over_lines: bool) -> Option<usize> {
    let skip = |from: usize| {
        from + text
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take(GAP)
            .take_while(|byte| byte.is_ascii_whitespace())
            .count()
    };
    let mut here = skip(at);
    if text.get(here) == Some(&b'\\') && matches!(text.get(here + 1), Some(b'\n' | b'\r')) {
        here = skip(here + 1);
    }
    let direct = |here: usize| text.get(here).is_some_and(|byte| is_quote(*byte)).then_some(here);
    let signs = |here: usize| {
        text.get(here..)
            .unwrap_or_default()
            .iter()
            .take(2)
            .take_while(|byte| b"+.&~|<>".contains(byte))
            .count()
    };
    let operators = signs(here);
    if operators == 0 {
        if !over_lines && text.get(at..here).is_some_and(|gap| gap.contains(&b'\n') && !gap.contains(&b'\\'))
        {
            return None;
        }
        return direct(here);
    }
    here = skip(here + operators);
    if let Some(found) = direct(here) {
        return Some(found);
    }
    // `"a" + sep + "b"`.
    let name = text
        .get(here..)?
        .iter()
        .take(GAP)
        .take_while(|byte| is_name_byte(**byte) || b"()".contains(byte))
        .count();
    let behind = skip(here + name);
    let more = signs(behind);
    (name > 0 && more > 0).then(|| direct(skip(behind + more))).flatten()
}

/// Whether nothing but indentation, a list mark or a word such as `export` stands before a name on its line.
pub(super) fn begins_line(text: &[u8], name: &Range<usize>) -> bool {
    let mut before =
        text.get(line_start(text, name.start)..name.start).unwrap_or_default().trim_ascii_start();
    while let [b'-' | b'?', rest @ ..] = before {
        before = rest.trim_ascii_start();
    }
    let marks = before.trim_ascii_end();
    let marks = marks.strip_suffix(b"\"").or(marks.strip_suffix(b"'")).unwrap_or(marks).trim_ascii_end();
    matches!(marks, b"" | b"export" | b"set" | b"setx" | b"ENV" | b"ARG" | b"env" | b"setenv")
        || !before.iter().any(|byte| byte.is_ascii_whitespace() || b"=?&;\"'`{([<,".contains(byte))
}

/// Where a value without marks ends; none where the syntax has no such values.
pub(super) fn unquoted_end(
    text: &[u8],
    name: &Range<usize>,
    at: usize,
    around: Option<u8>,
    syntax: Syntax,
) -> Option<usize> {
    let end_of_line = line_end(text, at);
    let rest = text.get(at..end_of_line)?;
    if around.is_some() {
        return Some(pair_end(text, at, around, end_of_line));
    }
    let first = begins_line(text, name);
    let strings = || strings_of_expression(text, at, end_of_line);
    let bare = match syntax {
        Syntax::Shell | Syntax::Container => return Some(shell_word(text, at, None, true)),
        Syntax::Message => return None,
        Syntax::Code => return strings(),
        Syntax::Unknown if is_call(rest) => return strings(),
        _ if first => to_end_of_entry(text, name, at, end_of_line, syntax),
        _ if follows_blank(text, name) => shell_word(text, at, None, false).min(end_of_line),
        _ => pair_end(text, at, None, end_of_line),
    };
    Some(strings().map_or(bare, |end| end.max(bare)))
}

/// To the end of the line or its comment, and over the lines that go on with the value.
pub(super) fn to_end_of_entry(
    text: &[u8],
    name: &Range<usize>,
    at: usize,
    end: usize,
    syntax: Syntax,
) -> usize {
    let rest = text.get(at..end).unwrap_or_default();
    if matches!(syntax, Syntax::Yaml | Syntax::Unknown)
        && let Some(comment) =
            memchr::memmem::find(rest, b" #").or_else(|| memchr::memmem::find(rest, b"\t#"))
    {
        return at + comment;
    }
    let mut end = end;
    // `\` at the end of a line of properties; deeper lines of YAML.
    let indent = indent_of(text, name.start);
    while end < at + REACH {
        let next = text.get(end..).map_or(end, |rest| end + usize::from(rest.starts_with(b"\r")) + 1);
        let goes_on = text.get(end.wrapping_sub(1)) == Some(&b'\\')
            || syntax == Syntax::Yaml
                && next < text.len()
                && indent_of(text, next) > indent
                && !text.get(next..line_end(text, next)).unwrap_or_default().trim_ascii().is_empty();
        if !goes_on || next >= text.len() {
            break;
        }
        end = line_end(text, next);
    }
    end
}

/// Blanks at the beginning of the line of a position.
pub(super) fn indent_of(text: &[u8], at: usize) -> usize {
    let line = text.get(line_start(text, at)..).unwrap_or_default();
    line.iter().take_while(|byte| **byte == b' ' || **byte == b'\t').count()
}

/// Whether a blank stands before a name and none of the marks that part the pairs of a connection string.
pub(super) fn follows_blank(text: &[u8], name: &Range<usize>) -> bool {
    let before = text.get(name.start.saturating_sub(32)..name.start).unwrap_or_default();
    let trimmed = before.trim_ascii_end();
    trimmed.len() < before.len() && trimmed.last().is_none_or(|byte| !b";,&?{(".contains(byte))
}

/// Where a value of `name=value;name=value` ends: at a mark behind which another name is given a value, at the end of the
/// string around it, or at the end of the line.
pub(super) fn pair_end(text: &[u8], at: usize, around: Option<u8>, end_of_line: usize) -> usize {
    let mut here = at;
    while here < end_of_line {
        let byte = text.get(here).copied().unwrap_or_default();
        match byte {
            b'\\' if Some(b'\\') != around && text.get(here + 1).is_some_and(|next| is_quote(*next)) => {
                // `\"` inside a string closes the value, unless more of it follows.
                here += 2;
                continue;
            }
            _ if Some(byte) == around => {
                // `'it'\''s'` goes on in a shell; `''` in SQL and YAML.
                let rest = text.get(here + 1..end_of_line).unwrap_or_default();
                if rest.starts_with(b"\\''") {
                    here += 4;
                    continue;
                }
                if rest.first() == Some(&byte) {
                    here += 2;
                    continue;
                }
                return here;
            }
            b';' | b'&' | b',' | b'|'
                if another_pair(text.get(here + 1..end_of_line).unwrap_or_default()) =>
            {
                return here;
            }
            _ => {}
        }
        here += 1;
    }
    end_of_line
}

/// Whether a text begins with a name that is given a value: `user=`, `"a": `, `amp;user=`.
pub(super) fn another_pair(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"amp;").unwrap_or(text).trim_ascii_start();
    let text = text.trim_ascii_start();
    let marks =
        text.iter().take(2).take_while(|byte| **byte == b'"' || **byte == b'\'' || **byte == b'\\').count();
    let name = text
        .get(marks..)
        .unwrap_or_default()
        .iter()
        .take(48)
        .take_while(|byte| is_name_byte(**byte) || **byte == b' ')
        .count();
    let behind = text.get(marks + name..).unwrap_or_default();
    let behind = behind.trim_ascii_start();
    let skipped =
        behind.iter().take(2).take_while(|byte| **byte == b'"' || **byte == b'\'' || **byte == b'\\').count();
    name > 1 && matches!(behind.get(skipped), Some(b'=' | b':'))
}

/// In code, a name is mostly given an expression: its strings are the value. Returns none, or the end of the last string.
pub(super) fn strings_of_expression(text: &[u8], at: usize, end_of_line: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut here = at;
    let mut last = None;
    while here < end_of_line {
        let byte = text.get(here).copied().unwrap_or_default();
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => break,
            b')' | b']' | b'}' => depth -= 1,
            b';' => break,
            b',' if depth == 0 => break,
            _ if is_quote(byte) => {
                let (inside, after) = quoted(text, here, None)?;
                let value = text.get(inside.clone()).unwrap_or_default();
                let plain = value.iter().all(|byte| byte.is_ascii_alphabetic() || b"_.-/:".contains(byte));
                let before = text.get(at..here).unwrap_or_default();
                here = after.max(here + 1);
                if !(value.is_empty() || is_reference_or_keyword(value) || plain && looks_up(before)) {
                    last = Some(inside.end);
                    while let Some((more, behind)) = joint(text, here, true)
                        .filter(|_| here < at + REACH)
                        .and_then(|next| quoted(text, next, None))
                    {
                        last = Some(more.end);
                        here = behind.max(here + 1);
                    }
                }
                continue;
            }
            _ => {}
        }
        here += 1;
    }
    last
}

/// Whether an expression asks for a value by its name.
pub(super) fn looks_up(before: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(before).to_ascii_lowercase();
    let called = lower.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let word = called.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    [
        "env", "environ", "get", "config", "param", "var", "fetch", "lookup", "read", "load", "setting",
        "secret", "find", "query",
    ]
    .iter()
    .any(|name| word.contains(name))
        || lower.trim_end().ends_with('[')
}

/// Whether a value is a call or an index of code: `read("x")`, `os.environ["X"]`, `Some(x);`.
pub(super) fn is_call(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii();
    let name = rest.iter().take_while(|byte| is_name_byte(**byte) || **byte == b':').count();
    let opens = rest.get(name..).is_some_and(|rest| matches!(rest.first(), Some(b'(' | b'[' | b'{')));
    let closes = rest.last().is_some_and(|byte| b")]};,{(".contains(byte));
    opens && closes
}
