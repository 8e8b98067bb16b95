//! INI files and Java `.properties`.
//!
//! INI has no standard either: sections become maps, keys keep their dots and their case, `;` and `#` start a comment
//! at the start of a line (and, behind white space, also after a value), a key without `=` has the value null.
//! Properties follow `java.util.Properties.load`.

use std::collections::HashMap;

use super::Limits;
use super::cursor::Cursor;
use super::error::{ParseError, Problem, ProblemKind, note};
use super::tree::{Entry, Node, Span, Style, Value};

/// Reads sections as maps; keys in front of the first section stand in the root. A section that comes again goes on.
pub(super) fn parse_ini(
    text: &str,
    base: usize,
    limits: &Limits,
    problems: &mut Vec<Problem>,
) -> Result<Node, ParseError> {
    let start = Cursor::new(text, base);
    let mut cursor = start;
    let mut root = Map::default();
    let mut sections: Vec<Section> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut current: Option<usize> = None;
    let mut nodes = 0;
    while !cursor.at_end() {
        cursor.take_while(char::is_whitespace);
        let line = cursor;
        let text = cursor.take_line().trim_end();
        if text.is_empty() || text.starts_with([';', '#']) {
            continue;
        }
        nodes += 1;
        if nodes > limits.max_nodes {
            return Err(ParseError::too_many(line.span_here(), limits.max_nodes));
        }
        if let Some(header) = text.strip_prefix('[') {
            let Some((name, _)) = header.rsplit_once(']') else {
                note(problems, line.span_to(&cursor), ProblemKind::MalformedLine);
                continue;
            };
            let index = *by_name.entry(name.to_owned()).or_insert_with(|| {
                let mut end = line;
                end.advance(name.len() + 2);
                sections.push(Section {
                    name: name.to_owned(),
                    span: line.span_to(&end),
                    map: Map::default(),
                });
                sections.len() - 1
            });
            current = Some(index);
            continue;
        }
        let map = match current.and_then(|index| sections.get_mut(index)) {
            Some(section) => {
                section.span.end = cursor.span_here().end;
                &mut section.map
            }
            None => &mut root,
        };
        match ini_entry(line, text) {
            Some((key, key_span, value)) => map.add(key, key_span, value, problems),
            None => note(problems, line.span_to(&cursor), ProblemKind::MalformedLine),
        }
    }
    for section in sections {
        let header = Span { end: section.span.start + section.name.len() + 2, ..section.span };
        let value = Node::plain(section.span, Value::Map(section.map.entries));
        root.add(section.name, header, value, problems);
    }
    Ok(Node::plain(start.span_to(&cursor), Value::Map(root.entries)))
}

struct Section {
    name: String,
    span: Span,
    map: Map,
}

#[derive(Default)]
struct Map {
    entries: Vec<Entry>,
    first_seen: HashMap<String, Span>,
}

impl Map {
    fn add(&mut self, key: String, key_span: Span, value: Node, problems: &mut Vec<Problem>) {
        if let Some(first) = self.first_seen.get(&key) {
            note(problems, key_span, ProblemKind::DuplicateKey { key: key.clone(), first: *first });
        } else {
            self.first_seen.insert(key.clone(), key_span);
        }
        self.entries.push(Entry { key, key_span, value, merged: false });
    }
}

/// `key = value`, `key: value` or `key`.
fn ini_entry(line: Cursor<'_>, text: &str) -> Option<(String, Span, Node)> {
    let separator = text.find(['=', ':']);
    let key = text.get(..separator.unwrap_or(text.len()))?.trim_end();
    if key.is_empty() {
        return None;
    }
    let mut end = line;
    end.advance(key.len());
    let key_span = line.span_to(&end);
    let Some(separator) = separator else {
        return Some((key.to_owned(), key_span, Node::plain(end.span_here(), Value::Null)));
    };
    let behind = text.get(separator + 1..)?;
    let value = behind.trim_start();
    let mut start = line;
    start.advance(text.len() - value.len());
    let value = without_comment(value);
    let mut end = start;
    end.advance(value.len());
    let inner = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let (style, value) = match (inner('"'), inner('\'')) {
        (Some(inner), _) => (Style::DoubleQuoted, inner),
        (_, Some(inner)) => (Style::SingleQuoted, inner),
        _ => (Style::Plain, value),
    };
    let node = Node { span: start.span_to(&end), style, tag: None, value: Value::String(value.to_owned()) };
    Some((key.to_owned(), key_span, node))
}

/// `value` up to a comment sign behind white space.
fn without_comment(value: &str) -> &str {
    let mut quote = None;
    let mut blank = false;
    for (at, next) in value.char_indices() {
        match quote {
            Some(open) if next == open => quote = None,
            Some(_) => {}
            None if at == 0 && matches!(next, '"' | '\'') => quote = Some(next),
            None if matches!(next, ';' | '#') && (blank || at == 0) => {
                return value.get(..at).unwrap_or_default().trim_end();
            }
            None => {}
        }
        blank = next.is_whitespace();
    }
    value
}

/// Reads all properties into one map; dotted keys stay as they are.
pub(super) fn parse_properties(
    text: &str,
    base: usize,
    limits: &Limits,
    problems: &mut Vec<Problem>,
) -> Result<Node, ParseError> {
    let start = Cursor::new(text, base);
    let mut cursor = start;
    let mut map = Map::default();
    loop {
        cursor.take_while(char::is_whitespace);
        match cursor.peek() {
            None => break,
            Some('#' | '!') => {
                cursor.take_line();
                continue;
            }
            Some(_) => {}
        }
        let key_start = cursor;
        let key = unescape(&mut cursor, |next| matches!(next, '=' | ':' | ' ' | '\t' | '\u{c}'));
        let key_span = key_start.span_to(&cursor);
        if map.entries.len() >= limits.max_nodes {
            return Err(ParseError::too_many(key_span, limits.max_nodes));
        }
        cursor.take_while(is_space);
        if !cursor.eat('=') {
            cursor.eat(':');
        }
        cursor.take_while(is_space);
        let value_start = cursor;
        let value = unescape(&mut cursor, |_| false);
        let node = Node::plain(value_start.span_to(&cursor), Value::String(value));
        map.add(key, key_span, node, problems);
    }
    Ok(Node::plain(start.span_to(&cursor), Value::Map(map.entries)))
}

fn is_space(next: char) -> bool {
    matches!(next, ' ' | '\t' | '\u{c}')
}

/// Text up to the end of the logical line or to a character `stop` accepts, with escapes and continuations resolved.
fn unescape(cursor: &mut Cursor<'_>, stop: impl Fn(char) -> bool) -> String {
    let mut text = String::new();
    loop {
        text.push_str(cursor.take_while(|next| !matches!(next, '\\' | '\n' | '\r') && !stop(next)));
        if !cursor.eat('\\') {
            return text;
        }
        match cursor.bump() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('f') => text.push('\u{c}'),
            Some('u') => text.push(unicode_escape(cursor)),
            Some(line_end @ ('\n' | '\r')) => {
                if line_end == '\r' {
                    cursor.eat('\n');
                }
                cursor.take_while(is_space);
            }
            Some(other) => text.push(other),
            None => return text,
        }
    }
}

/// The character of the four hexadecimal digits ahead; U+FFFD for halves of pairs and for what is not four digits.
fn unicode_escape(cursor: &mut Cursor<'_>) -> char {
    let digits =
        cursor.rest().get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let Some(digits) = digits else { return char::REPLACEMENT_CHARACTER };
    cursor.advance(4);
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}
