//! Text that others wrote, made safe to print. File names and lines of files may hold newlines, terminal escapes,
//! text that reorders what follows it, and workflow commands of a build runner; each is shown as what it is.
//!
//! A GitHub runner takes a line as a command when it begins with `::` after white space, and, in the older form, when
//! it holds `##[` anywhere; other runners know `##vso[` and `##teamcity[`. So none of these may come from a report, in
//! any format that can go to standard output.

use std::borrow::Cow;

/// Whether a character is not seen itself but changes what is seen: controls (C0, DEL, C1), line separators, text
/// direction, zero width, tags, fillers, and what Unicode does not assign to text at all.
pub(super) const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}' | '\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a text begins like a command of a build runner that may stand anywhere in a line: `##[`, `##vso[`.
pub(super) fn begins_command(text: &str) -> bool {
    text.strip_prefix("##")
        .is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).starts_with('['))
}

/// One line of safe text: hidden characters as `\n`, `\x1b` or `\u{202e}`, and nothing that a runner takes as a
/// command, wherever in an output line the text ends up.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) && !text.contains("##") && !text.trim_start().starts_with("::") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '#' if text.get(at..).is_some_and(begins_command) => out.push_str("\\x23"),
            c if is_hidden(c) && c.is_ascii() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if is_hidden(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    Cow::Owned(no_command(&out))
}

/// The lines of a text that may have several, each safe; tabs become four spaces.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(|each| line(&each.replace('\t', "    ")).into_owned()).collect()
}

/// Breaks a text into lines of at most `width` characters, at spaces; a longer word stands alone. The text is made
/// safe first, and so is each line, because a break may bring `::` to the front.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let (mut done, mut current, mut length) = (Vec::new(), String::new(), 0);
    for word in line(text).split_ascii_whitespace() {
        let size = word.chars().count();
        if length > 0 && length + 1 + size > width {
            done.push(no_command(&current));
            current.clear();
            length = 0;
        }
        if length > 0 {
            current.push(' ');
            length += 1;
        }
        current.push_str(word);
        length += size;
    }
    done.push(no_command(&current));
    done
}

/// Cuts a text to at most `most` characters, the last of them an ellipsis when something was cut.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(most.saturating_sub(1)).chain(['…']).collect())
}

/// Cuts a text to at most `most` characters in its middle, because names and paths differ at their ends. What it begins with
/// stays, so that nothing is brought to the front.
pub(super) fn cut_middle(text: &str, most: usize) -> Cow<'_, str> {
    let size = text.chars().count();
    if size <= most || most < 3 {
        return cut(text, most);
    }
    let end = (most - 1) / 2;
    let start = text.chars().take(most - 1 - end);
    Cow::Owned(start.chain(['…']).chain(text.chars().skip(size - end)).collect())
}

/// The same line, not beginning with `::`.
fn no_command(line: &str) -> String {
    let trimmed = line.trim_start();
    match trimmed.strip_prefix("::") {
        Some(rest) => {
            let indent = line.strip_suffix(trimmed).unwrap_or_default();
            format!("{indent}\\x3a:{rest}")
        }
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown() {
        for (text, shown) in [
            ("plain – äöü 漢字 🙂", "plain – äöü 漢字 🙂"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
            ("\u{9b}31m\x7f", "\\u{9b}31m\\x7f"),
            ("a\u{202e}cod.exe\u{2066}", "a\\u{202e}cod.exe\\u{2066}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("a\u{2028}b\u{e0041}", "a\\u{2028}b\\u{e0041}"),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn no_text_is_a_runner_command() {
        for (text, shown) in [
            ("::error::x", "\\x3a:error::x"),
            (" \u{a0}::set-output name=a::b", " \u{a0}\\x3a:set-output name=a::b"),
            ("std::fs", "std::fs"),
            ("x ##[error]y", "x \\x23#[error]y"),
            ("###[group]##[x", "#\\x23#[group]\\x23#[x"),
            ("##vso[task.complete]", "\\x23#vso[task.complete]"),
            ("## Heading [1]", "## Heading [1]"),
        ] {
            assert_eq!(line(text), shown);
            assert!(!line(text).trim_start().starts_with("::") && !line(text).contains("##["));
        }
    }

    #[test]
    fn a_break_makes_no_command() {
        assert_eq!(wrap("one two ::error::three", 9), ["one two", "\\x3a:error::three"]);
        assert_eq!(wrap("", 9), [""]);
        assert_eq!(wrap("a bb ccc dddddddddddd e", 4), ["a bb", "ccc", "dddddddddddd", "e"]);
    }

    #[test]
    fn texts_are_cut_on_a_character() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüx", 3), "äö…");
        assert_eq!(cut_middle("config/prod.yaml", 16), "config/prod.yaml");
        assert_eq!(cut_middle("config/prod.yaml", 9), "conf…yaml");
        assert_eq!(cut_middle("config/prod.yaml", 8), "conf…aml");
        assert_eq!([cut_middle("äöü", 2), cut_middle("äöüxyz", 3)], ["ä…", "ä…z"]);
    }
}
