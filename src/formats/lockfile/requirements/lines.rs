//! Logical lines of a requirements file, as pip forms them.

use super::super::text::number;

/// One line without comment and with its continuations, or a comment that fills a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The line it starts on, from 1.
    pub(super) number: u32,
    /// The text, trimmed; empty for a comment alone.
    pub(super) text: String,
    /// What stands behind `#`, trimmed.
    pub(super) comment: String,
}

/// Joins lines that end with a backslash and splits off comments. A comment line ends a continuation.
pub(super) fn logical(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut open: Option<(u32, String)> = None;
    for (index, raw) in text.split(['\n']).enumerate() {
        let raw = raw.trim_end_matches('\r');
        let is_comment = raw.trim_start().starts_with('#');
        let (start, mut joined) = open.take().unwrap_or((number(index), String::new()));
        if let Some(part) = raw.strip_suffix('\\').filter(|_| !is_comment) {
            joined.push_str(part);
            open = Some((start, joined));
            continue;
        }
        // Behind a continuation the comment line still has to read as one.
        if is_comment && !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(raw);
        push(&mut lines, start, &joined);
    }
    if let Some((start, joined)) = open {
        push(&mut lines, start, &joined);
    }
    lines
}

fn push(lines: &mut Vec<Line>, number: u32, joined: &str) {
    let (text, comment) = split_comment(joined);
    if !(text.is_empty() && comment.is_empty()) {
        lines.push(Line { number, text: text.to_owned(), comment: comment.to_owned() });
    }
}

/// A `#` starts a comment at the start of the line and behind a blank, not within a URL.
fn split_comment(line: &str) -> (&str, &str) {
    let starts = |at: &usize| {
        line.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace))
    };
    match line.match_indices('#').map(|(at, _)| at).find(starts) {
        Some(at) => {
            let (text, comment) = line.split_at_checked(at).unwrap_or((line, ""));
            (text.trim(), comment.trim_start_matches('#').trim())
        }
        None => (line.trim(), ""),
    }
}

/// The words of a line: blanks separate, quotes and backslashes keep them as a shell would.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut started) = (String::new(), None, false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => (quote, started) = (Some(letter), true),
            ('\\', None | Some('"')) => word.extend(letters.next()),
            (_, None) if letter.is_whitespace() => {
                if started || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            _ => word.push(letter),
        }
    }
    if started || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_join_and_comments_go() {
        let text = "a==1 \\\r\n  --hash=x\r\n# alone\nb @ https://h/x#egg=b # why\nc \\\n# ends it\nd\\";
        let seen: Vec<_> =
            logical(text).into_iter().map(|line| (line.number, line.text, line.comment)).collect();
        let expected = [
            (1, "a==1   --hash=x", ""),
            (3, "", "alone"),
            (4, "b @ https://h/x#egg=b", "why"),
            (5, "c", "ends it"),
            (7, "d", ""),
        ];
        assert_eq!(seen, expected.map(|(line, text, comment)| (line, text.to_owned(), comment.to_owned())));
    }

    #[test]
    fn words_keep_what_is_quoted() {
        assert_eq!(words("-r 'a b.txt' c\\ d \"\" e"), ["-r", "a b.txt", "c d", "", "e"]);
    }
}
