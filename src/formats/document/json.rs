//! JSON (RFC 8259) with positions. Comments and trailing commas are read as in JSONC, and noted.

use std::collections::HashMap;

use super::Limits;
use super::cursor::Cursor;
use super::error::{ParseError, Problem, ProblemKind, note, note_once};
use super::tree::{Entry, Node, Span, Style, Value};

/// Reads the one value that a JSON text is.
pub(super) fn parse(
    text: &str,
    base: usize,
    limits: &Limits,
    problems: &mut Vec<Problem>,
) -> Result<Node, ParseError> {
    let mut reader = Reader { cursor: Cursor::new(text, base), limits, problems, nodes: 0 };
    reader.skip_space()?;
    let root = reader.value(0)?;
    reader.skip_space()?;
    if reader.cursor.at_end() { Ok(root) } else { Err(reader.unexpected("the end of the file")) }
}

struct Reader<'t, 'p> {
    cursor: Cursor<'t>,
    limits: &'p Limits,
    problems: &'p mut Vec<Problem>,
    nodes: usize,
}

impl Reader<'_, '_> {
    fn value(&mut self, depth: usize) -> Result<Node, ParseError> {
        self.nodes += 1;
        if self.nodes > self.limits.max_nodes {
            return Err(ParseError::too_many(self.cursor.span_here(), self.limits.max_nodes));
        }
        let start = self.cursor;
        let (style, value) = match start.peek() {
            Some('{') => (Style::Collection, Value::Map(self.map(depth)?)),
            Some('[') => (Style::Collection, Value::List(self.list(depth)?)),
            Some('"') => (Style::DoubleQuoted, Value::String(self.string()?)),
            Some('-' | '0'..='9') => (Style::Plain, Value::Number(self.number()?)),
            Some('a'..='z') => (Style::Plain, self.word()?),
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { span: start.span_to(&self.cursor), style, tag: None, value })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, ParseError> {
        self.open(depth)?;
        let mut items = Vec::new();
        while !self.closes(']', !items.is_empty())? {
            items.push(self.value(depth + 1)?);
        }
        Ok(items)
    }

    fn map(&mut self, depth: usize) -> Result<Vec<Entry>, ParseError> {
        self.open(depth)?;
        let mut entries: Vec<Entry> = Vec::new();
        let mut first_seen: HashMap<String, Span> = HashMap::new();
        while !self.closes('}', !entries.is_empty())? {
            let start = self.cursor;
            if start.peek() != Some('"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let key = self.string()?;
            let key_span = start.span_to(&self.cursor);
            self.skip_space()?;
            if !self.cursor.eat(':') {
                return Err(self.unexpected("`:`"));
            }
            self.skip_space()?;
            let value = self.value(depth + 1)?;
            if let Some(first) = first_seen.get(&key) {
                note(self.problems, key_span, ProblemKind::DuplicateKey { key: key.clone(), first: *first });
            } else {
                first_seen.insert(key.clone(), key_span);
            }
            entries.push(Entry { key, key_span, value, merged: false });
        }
        Ok(entries)
    }

    /// Goes over an opening bracket.
    fn open(&mut self, depth: usize) -> Result<(), ParseError> {
        if depth >= self.limits.max_depth {
            return Err(ParseError::too_deep(self.cursor.span_here(), self.limits.max_depth));
        }
        self.cursor.bump();
        Ok(())
    }

    /// Goes to the next item or over the closing bracket; returns whether it was the latter.
    fn closes(&mut self, bracket: char, after_item: bool) -> Result<bool, ParseError> {
        self.skip_space()?;
        if self.cursor.eat(bracket) {
            return Ok(true);
        }
        if !after_item {
            return Ok(false);
        }
        let comma = self.cursor.span_here();
        if !self.cursor.eat(',') {
            return Err(self.unexpected(if bracket == ']' { "`,` or `]`" } else { "`,` or `}`" }));
        }
        self.skip_space()?;
        let trailing = self.cursor.eat(bracket);
        if trailing {
            note_once(self.problems, comma, ProblemKind::JsonTrailingComma);
        }
        Ok(trailing)
    }

    fn string(&mut self) -> Result<String, ParseError> {
        let opening = self.cursor;
        self.cursor.bump();
        let mut text = String::new();
        loop {
            let rest = self.cursor.rest();
            let Some(length) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) else {
                return Err(opening.syntax_error("a string without its closing quote"));
            };
            let chunk = rest.get(..length).unwrap_or_default();
            if let Some(control) = chunk.bytes().position(|byte| byte < 0x20) {
                self.cursor.advance(control);
                return Err(self.cursor.syntax_error("a control character within a string"));
            }
            text.push_str(self.cursor.advance(length));
            if self.cursor.eat('"') {
                return Ok(text);
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        let start = self.cursor;
        self.cursor.bump();
        Ok(match self.cursor.bump() {
            Some('"') => '"',
            Some('\\') => '\\',
            Some('/') => '/',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                let unit = self.code_unit(&start)?;
                self.character(unit, &start)?
            }
            _ => return Err(start.syntax_error("an escape that JSON does not have")),
        })
    }

    /// The four hexadecimal digits of an escape.
    fn code_unit(&mut self, start: &Cursor<'_>) -> Result<u32, ParseError> {
        match self.cursor.rest().get(..4) {
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                self.cursor.advance(4);
                Ok(u32::from_str_radix(digits, 16).unwrap_or(0xFFFD))
            }
            _ => Err(start.syntax_error("an escape `\\u` without four hexadecimal digits")),
        }
    }

    /// The character of a UTF-16 code unit, together with the second half of its pair if it has one.
    fn character(&mut self, unit: u32, start: &Cursor<'_>) -> Result<char, ParseError> {
        if (0xD800..0xDC00).contains(&unit) && self.cursor.rest().starts_with("\\u") {
            let before = self.cursor;
            self.cursor.advance(2);
            let low = self.code_unit(&before)?;
            if (0xDC00..0xE000).contains(&low) {
                let code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.cursor = before;
        }
        Ok(char::from_u32(unit).unwrap_or_else(|| {
            note_once(self.problems, start.span_to(&self.cursor), ProblemKind::LoneSurrogate);
            char::REPLACEMENT_CHARACTER
        }))
    }

    fn number(&mut self) -> Result<String, ParseError> {
        let start = self.cursor;
        self.cursor.eat('-');
        if !self.cursor.eat('0') {
            self.digits()?;
        } else if self.cursor.peek().is_some_and(|next| next.is_ascii_digit()) {
            return Err(start.syntax_error("a number with a zero in front"));
        }
        if self.cursor.eat('.') {
            self.digits()?;
        }
        if matches!(self.cursor.peek(), Some('e' | 'E')) {
            self.cursor.bump();
            if !self.cursor.eat('+') {
                self.cursor.eat('-');
            }
            self.digits()?;
        }
        let length = self.cursor.offset() - start.offset();
        Ok(start.rest().get(..length).unwrap_or_default().to_owned())
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        if self.cursor.take_while(|next| next.is_ascii_digit()).is_empty() {
            return Err(self.unexpected("a digit"));
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Value, ParseError> {
        let start = self.cursor;
        match self.cursor.take_while(|next| next.is_ascii_alphanumeric()) {
            "null" => Ok(Value::Null),
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(start.syntax_error("expected a value, found a word without quotes")),
        }
    }

    fn skip_space(&mut self) -> Result<(), ParseError> {
        loop {
            self.cursor.take_while(|next| matches!(next, ' ' | '\t' | '\n' | '\r'));
            let start = self.cursor;
            let rest = start.rest();
            if rest.starts_with("//") {
                self.cursor.take_line();
            } else if rest.starts_with("/*") {
                let inner = rest.get(2..).unwrap_or_default();
                let Some(length) = memchr::memmem::find(inner.as_bytes(), b"*/") else {
                    return Err(start.syntax_error("a comment without its end"));
                };
                self.cursor.advance(length + 4);
            } else {
                return Ok(());
            }
            note_once(self.problems, start.span_to(&self.cursor), ProblemKind::JsonComment);
        }
    }

    fn unexpected(&self, expected: &str) -> ParseError {
        let found = match self.cursor.peek() {
            None => "the end of the file".to_owned(),
            Some(next) if next.is_ascii_punctuation() => format!("`{next}`"),
            Some(next) if next.is_ascii_digit() => "a digit".to_owned(),
            Some(next) if next.is_alphabetic() => "a letter".to_owned(),
            Some(next) if next.is_whitespace() => "white space".to_owned(),
            Some(_) => "another character".to_owned(),
        };
        self.cursor.syntax_error(format!("expected {expected}, found {found}"))
    }
}
