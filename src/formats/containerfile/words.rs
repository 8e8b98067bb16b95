//! Words of an instruction: split at blanks outside quotes, with the quotes left in place, as BuildKit does.

use super::model::Flag;

/// A word of an instruction, raw, and where it starts in the logical line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawWord<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

/// Splits `text`, which starts at `base` in its line, at blanks outside quotes.
pub(super) fn quoted_words(text: &str, base: usize, escape: char) -> Vec<RawWord<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        if character.is_whitespace() && quote.is_none() {
            if let Some(start) = start.take() {
                words.push(RawWord { text: text.get(start..at).unwrap_or_default(), at: base + start });
            }
            continue;
        }
        start.get_or_insert(at);
        if character == escape && quote != Some('\'') {
            escaped = true;
        } else if quote == Some(character) {
            quote = None;
        } else if quote.is_none() && matches!(character, '\'' | '"') {
            quote = Some(character);
        }
    }
    if let Some(start) = start {
        words.push(RawWord { text: text.get(start..).unwrap_or_default(), at: base + start });
    }
    words
}

/// Splits `text` at every blank.
pub(super) fn plain_words(text: &str, base: usize) -> Vec<RawWord<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if !character.is_whitespace() {
            start.get_or_insert(at);
        } else if let Some(start) = start.take() {
            words.push(RawWord { text: text.get(start..at).unwrap_or_default(), at: base + start });
        }
    }
    words
}

/// Takes the flags (`--name=value`, `--name`) off the start of `text`; returns them, unquoted, and the offset of the rest.
/// `line` tells the line of an offset.
pub(super) fn flags(text: &str, escape: char, line: impl Fn(usize) -> u32) -> (Vec<Flag>, usize) {
    let mut found = Vec::new();
    let mut at = blanks(text, 0);
    loop {
        let rest = text.get(at..).unwrap_or_default();
        if !rest.starts_with("--") {
            return (found, at);
        }
        let (word, length) = unquoted_word(rest, escape);
        let start = at;
        at = blanks(text, at + length);
        if word == "--" {
            return (found, at);
        }
        let flag = word.get(2..).unwrap_or_default();
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        found.push(Flag { name: name.to_owned(), value, line: line(start) });
    }
}

fn blanks(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.len() - rest.trim_start().len()
}

/// The first word without quotes and escapes, and the bytes it takes.
fn unquoted_word(text: &str, escape: char) -> (String, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            word.push(character);
        } else if character.is_whitespace() && quote.is_none() {
            return (word, at);
        } else if character == escape {
            escaped = true;
        } else if quote == Some(character) {
            quote = None;
        } else if quote.is_none() && matches!(character, '\'' | '"') {
            quote = Some(character);
        } else {
            word.push(character);
        }
    }
    (word, text.len())
}

/// The `key=value` options of `--mount`, split at commas outside double quotes.
pub(super) fn mount_options(value: &str) -> Vec<(String, Option<String>)> {
    let mut options = Vec::new();
    let mut quoted = false;
    for option in value.split(|character: char| {
        quoted ^= character == '"';
        character == ',' && !quoted
    }) {
        let option = option.trim().trim_matches('"');
        match option.split_once('=') {
            Some((key, value)) => options.push((key.to_ascii_lowercase(), Some(value.to_owned()))),
            None if option.is_empty() => {}
            None => options.push((option.to_ascii_lowercase(), None)),
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(words: &[RawWord<'a>]) -> Vec<&'a str> {
        words.iter().map(|word| word.text).collect()
    }

    #[test]
    fn quotes_hold_words_together() {
        let words = quoted_words(r#" a="b c"  d\ e 'f\' g"#, 5, '\\');
        assert_eq!(texts(&words), [r#"a="b c""#, r"d\ e", r"'f\'", "g"]);
        assert_eq!(words.iter().map(|word| word.at).collect::<Vec<_>>(), [6, 15, 20, 25]);
        assert_eq!(texts(&quoted_words("a` b c", 0, '`')), ["a` b", "c"]);
        assert_eq!(texts(&plain_words(" 'a b' ", 0)), ["'a", "b'"]);
    }

    #[test]
    fn flags_stop_at_the_first_other_word() {
        let (found, at) = flags(r#"--from=a --link --x="b c" -- d --e"#, '\\', |_| 7);
        let found: Vec<_> =
            found.iter().map(|flag| (flag.name.as_str(), flag.value.as_deref(), flag.line)).collect();
        assert_eq!(found, [("from", Some("a"), 7), ("link", None, 7), ("x", Some("b c"), 7)]);
        assert_eq!(at, 29);
        assert_eq!(flags("a --b", '\\', |_| 1).1, 0);
        assert_eq!(flags("--b", '\\', |_| 1).1, 3);
    }

    #[test]
    fn mounts_are_lists_of_options() {
        let options = mount_options(r#"type=secret,"id=a,b",required,target=/x"#);
        let options: Vec<_> = options.iter().map(|(key, value)| (key.as_str(), value.as_deref())).collect();
        assert_eq!(
            options,
            [("type", Some("secret")), ("id", Some("a,b")), ("required", None), ("target", Some("/x"))]
        );
    }
}
