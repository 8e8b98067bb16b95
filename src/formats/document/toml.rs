//! TOML, read by the `toml` crate, as a positioned tree.
//!
//! The crate sorts keys; the order of the file comes back by sorting entries by where their key stands.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Limits;
use super::cursor::Cursor;
use super::error::{ParseError, ParseErrorKind};
use super::tree::{Entry, Node, Span, Style, Value};

/// Reads one TOML document.
pub(super) fn parse(text: &str, base: usize, limits: &Limits) -> Result<Node, ParseError> {
    // With recovery, so that a table with errors comes here to be taken apart and is not dropped within the crate.
    let (table, errors) = DeTable::parse_recoverable(text);
    let root = match errors.first() {
        Some(error) => Err(convert_error(error, text, base)),
        None => Builder { text, base, limits, nodes: 0 }.table(table.get_ref(), 0),
    };
    take_apart(table.into_inner());
    let mut root = root?;
    place(text, base, &mut root);
    Ok(root)
}

fn convert_error(error: &toml::de::Error, text: &str, base: usize) -> ParseError {
    let mut cursor = Cursor::new(text, base);
    cursor.advance(error.span().map_or(0, |span| span.start));
    let message = error.message().replace('\n', ", ");
    // The crate has one kind of error; these words are how it names its bound on nesting.
    let kind = if message.contains("recurs") { ParseErrorKind::TooDeep } else { ParseErrorKind::Syntax };
    ParseError::at(cursor.span_here(), kind, message)
}

/// Drops a table without recursion. The crate bounds brackets to 80 levels and dotted keys to 80 parts, but not their
/// product, and dropping some 6000 nested tables the usual way takes more than the stack of a thread.
fn take_apart(table: DeTable<'_>) {
    let mut pending = vec![DeValue::Table(table)];
    while let Some(value) = pending.pop() {
        match value {
            DeValue::Table(table) => pending.extend(table.into_iter().map(|(_, value)| value.into_inner())),
            DeValue::Array(items) => pending.extend(items.into_iter().map(Spanned::into_inner)),
            _ => {}
        }
    }
}

struct Builder<'t> {
    text: &'t str,
    base: usize,
    limits: &'t Limits,
    nodes: usize,
}

impl Builder<'_> {
    /// A span that has its byte range, and neither line nor column yet.
    fn span(range: std::ops::Range<usize>) -> Span {
        Span { line: 0, column: 0, start: range.start, end: range.end.max(range.start) }
    }

    fn table(&mut self, table: &DeTable<'_>, depth: usize) -> Result<Node, ParseError> {
        self.descend(depth, 0)?;
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let key_span = Self::span(key.span());
            let value = self.value(value, depth + 1)?;
            entries.push(Entry { key: key.get_ref().to_string(), key_span, value, merged: false });
        }
        entries.sort_by_key(|entry| entry.key_span.start);
        let span = Span { end: self.text.len(), ..Span::default() };
        Ok(Node::plain(span, Value::Map(entries)))
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Result<Node, ParseError> {
        let range = value.span();
        self.nodes += 1;
        if self.nodes > self.limits.max_nodes {
            return Err(ParseError::too_many(self.span_of(range.start), self.limits.max_nodes));
        }
        let span = Self::span(range.clone());
        let source = self.text.get(range.clone()).unwrap_or_default();
        let style = match source.as_bytes().first() {
            Some(b'"') => Style::DoubleQuoted,
            Some(b'\'') => Style::SingleQuoted,
            _ => Style::Plain,
        };
        let value = match value.get_ref() {
            DeValue::String(text) => {
                return Ok(Node { span, style, tag: None, value: Value::String(text.to_string()) });
            }
            DeValue::Integer(number) => Value::Number(number.to_string()),
            DeValue::Float(number) => Value::Number(number.to_string()),
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Datetime(moment) => Value::String(moment.to_string()),
            DeValue::Array(items) => {
                self.descend(depth, range.start)?;
                Value::List(items.iter().map(|item| self.value(item, depth + 1)).collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => return Ok(Node { span, ..self.table(table, depth)? }),
        };
        Ok(Node::plain(span, value))
    }

    fn descend(&self, depth: usize, offset: usize) -> Result<(), ParseError> {
        if depth >= self.limits.max_depth {
            return Err(ParseError::too_deep(self.span_of(offset), self.limits.max_depth));
        }
        Ok(())
    }

    fn span_of(&self, offset: usize) -> Span {
        let mut cursor = Cursor::new(self.text, self.base);
        cursor.advance(offset);
        cursor.span_here()
    }
}

/// Gives all spans their line and column in one pass over the text.
fn place(text: &str, base: usize, root: &mut Node) {
    let mut spans = Vec::new();
    collect(root, &mut spans);
    spans.sort_by_key(|span| span.start);
    let mut cursor = Cursor::new(text, base);
    for span in spans {
        cursor.advance(span.start.saturating_sub(cursor.offset()));
        *span = Span { end: span.end + base, ..cursor.span_here() };
    }
}

fn collect<'n>(node: &'n mut Node, spans: &mut Vec<&'n mut Span>) {
    spans.push(&mut node.span);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| collect(item, spans)),
        Value::Map(entries) => {
            for entry in entries {
                spans.push(&mut entry.key_span);
                collect(&mut entry.value, spans);
            }
        }
        _ => {}
    }
}
