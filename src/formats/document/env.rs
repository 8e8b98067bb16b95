//! `.env` files, as the common dotenv libraries read them: `KEY=value` with `export`, quotes and comments.
//!
//! There is no standard. Where readers differ, the reading here is the one most of them share: a `#` starts a comment
//! at the start of a line or behind white space; quoted values may span lines; escapes other than that of the quote
//! itself count in double quotes only; references such as `${NAME}` stay as they are.

use std::collections::HashMap;

use super::Limits;
use super::cursor::Cursor;
use super::error::{ParseError, Problem, ProblemKind, note};
use super::tree::{Entry, Node, Span, Style, Value};

/// Reads all assignments into one map.
pub(super) fn parse(
    text: &str,
    base: usize,
    limits: &Limits,
    problems: &mut Vec<Problem>,
) -> Result<Node, ParseError> {
    let start = Cursor::new(text, base);
    let mut cursor = start;
    let mut entries: Vec<Entry> = Vec::new();
    let mut first_seen: HashMap<&str, Span> = HashMap::new();
    while !cursor.at_end() {
        cursor.take_while(char::is_whitespace);
        let line = cursor;
        let Some((key, key_span)) = assignment(&mut cursor) else {
            let skipped = cursor.take_line();
            // `export NAME` makes a variable of the shell known to programs and assigns nothing.
            if !skipped.is_empty() && !skipped.starts_with('#') && !is_bare_export(line.rest()) {
                note(problems, line.span_to(&cursor), ProblemKind::MalformedLine);
            }
            continue;
        };
        if entries.len() >= limits.max_nodes {
            return Err(ParseError::too_many(key_span, limits.max_nodes));
        }
        if let Some(first) = first_seen.get(key) {
            note(problems, key_span, ProblemKind::DuplicateKey { key: key.to_owned(), first: *first });
        } else {
            first_seen.insert(key, key_span);
        }
        let value = value(&mut cursor, problems);
        entries.push(Entry { key: key.to_owned(), key_span, value, merged: false });
    }
    Ok(Node::plain(start.span_to(&cursor), Value::Map(entries)))
}

/// Goes over `export KEY =` and returns the key; leaves the cursor alone if that is not what stands there.
fn assignment<'t>(cursor: &mut Cursor<'t>) -> Option<(&'t str, Span)> {
    let mut ahead = *cursor;
    if let Some(rest) = ahead.rest().strip_prefix("export")
        && rest.starts_with([' ', '\t'])
    {
        ahead.advance("export".len());
        ahead.take_while(is_blank);
    }
    let start = ahead;
    let key = ahead.take_while(is_key_character);
    let key_span = start.span_to(&ahead);
    ahead.take_while(is_blank);
    if !key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') || !ahead.eat('=') {
        return None;
    }
    ahead.take_while(is_blank);
    *cursor = ahead;
    Some((key, key_span))
}

fn is_blank(next: char) -> bool {
    matches!(next, ' ' | '\t')
}

fn is_key_character(next: char) -> bool {
    next.is_ascii_alphanumeric() || matches!(next, '_' | '-' | '.')
}

fn is_bare_export(line: &str) -> bool {
    line.lines().next().and_then(|line| line.strip_prefix("export ")).is_some_and(|names| {
        names.split_ascii_whitespace().all(|name| name.chars().all(is_key_character))
            && !names.trim().is_empty()
    })
}

/// The value up to the end of its line, or to the closing quote.
fn value(cursor: &mut Cursor<'_>, problems: &mut Vec<Problem>) -> Node {
    let start = *cursor;
    let style = match start.peek() {
        Some('"') => Style::DoubleQuoted,
        Some('\'' | '`') => Style::SingleQuoted,
        _ => return plain(cursor),
    };
    let Some(text) = quoted(cursor, style) else {
        *cursor = start;
        let node = plain(cursor);
        note(problems, node.span, ProblemKind::UnclosedQuote);
        return node;
    };
    let span = start.span_to(cursor);
    let behind = *cursor;
    let rest = cursor.take_line().trim();
    if !rest.is_empty() && !rest.starts_with('#') {
        note(problems, behind.span_to(cursor), ProblemKind::TextAfterQuote);
    }
    Node { span, style, tag: None, value: Value::String(text) }
}

/// A value without quotes: to the end of the line or to a comment, without white space at its end.
fn plain(cursor: &mut Cursor<'_>) -> Node {
    let start = *cursor;
    let line = cursor.take_line();
    let mut end = line.len();
    for at in memchr::memchr_iter(b'#', line.as_bytes()) {
        let before = line.get(..at).unwrap_or_default();
        if before.is_empty() || before.ends_with(is_blank) {
            end = at;
            break;
        }
    }
    let text = line.get(..end).unwrap_or_default().trim_end();
    let mut behind = start;
    behind.advance(text.len());
    Node::plain(start.span_to(&behind), Value::String(text.to_owned()))
}

/// The text between two quotes, or `None` without a closing one.
fn quoted(cursor: &mut Cursor<'_>, style: Style) -> Option<String> {
    let quote = cursor.bump()?;
    let mut text = String::new();
    loop {
        let length = cursor.rest().find([quote, '\\'])?;
        text.push_str(cursor.advance(length));
        if cursor.eat(quote) {
            return Some(text);
        }
        cursor.bump();
        if style != Style::DoubleQuoted {
            // Libraries let a backslash keep the value from ending here, a shell would not.
            text.push(if cursor.eat(quote) { quote } else { '\\' });
            continue;
        }
        match cursor.bump()? {
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            // A backslash at the end of a line continues it, as in a shell.
            '\n' => {}
            escaped @ ('"' | '\\' | '$' | '`') => text.push(escaped),
            other => {
                text.push('\\');
                text.push(other);
            }
        }
    }
}
