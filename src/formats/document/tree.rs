//! The value tree that every configuration syntax is read into.

use super::error::{ParseError, ParseErrorKind};

/// Where something stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Line of the first character, counted from 1.
    pub line: u32,
    /// Column of the first character, counted from 1 in Unicode scalar values. A byte order mark does not count.
    pub column: u32,
    /// Byte offset of the first character from the start of the file (a byte order mark counts).
    pub start: usize,
    /// Byte offset just behind the last character; never smaller than `start`.
    pub end: usize,
}

/// How a value was written. Collections are always [`Style::Collection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'single quotes'` (TOML: a literal string; `.env`: also backticks).
    SingleQuoted,
    /// In `"double quotes"`.
    DoubleQuoted,
    /// A YAML block with `|`, whose lines are kept.
    Literal,
    /// A YAML block with `>`, whose lines are folded.
    Folded,
    /// A list or a map.
    Collection,
}

/// A value and where it stands.
///
/// What an alias of YAML stands for carries the span of its definition, because that is where a reader has to
/// change it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The place of the value; of a scalar with its quotes, of a block scalar from its first line that is not blank.
    pub span: Span,
    /// How it was written.
    pub style: Style,
    /// The tag as written (`!vault`, `!!str`), in YAML only.
    pub tag: Option<Box<str>>,
    /// The value.
    pub value: Value,
}

/// What a [`Node`] holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value: `null`, `~` or nothing at all.
    Null,
    /// A boolean of the syntax: in YAML those of the 1.2 core schema, so `yes` and `off` are strings.
    Bool(bool),
    /// A number, as text: `0x1F`, `1e9`, `.inf`. In TOML the underscores are gone.
    Number(String),
    /// Text with escapes resolved. Dates of TOML are text too.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A map in the order of the file; repeated keys are all kept (and listed as problems).
    Map(Vec<Entry>),
}

/// One key of a map and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key's text.
    pub key: String,
    /// The place of the key; with its quotes.
    pub key_span: Span,
    /// The value.
    pub value: Node,
    /// Whether the entry came in through a merge key `<<` of YAML; its spans are those of the definition.
    pub merged: bool,
}

impl Node {
    /// A node that was written without quotes or tag.
    pub(super) fn plain(span: Span, value: Value) -> Self {
        let style = match value {
            Value::List(_) | Value::Map(_) => Style::Collection,
            _ => Style::Plain,
        };
        Self { span, style, tag: None, value }
    }

    /// The value of `key` if this is a map that has it. Of repeated keys the last one counts, as in most readers.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of `key` if this is a map that has it: for the place of the key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| entry.key == key)
    }

    /// Follows `path` through maps by key and through lists by decimal index.
    pub fn get_path(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, step| match &node.value {
            Value::List(items) => items.get(step.parse::<usize>().ok()?),
            _ => node.get(step),
        })
    }

    /// The entries of a map; empty for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; empty for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text of a string; not of numbers or booleans (see [`Node::text`]).
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, strictly: not the string `"true"`.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The boolean as a YAML 1.1 reader sees it: also `yes`, `no`, `on`, `off`, `y`, `n` in plain style.
    pub fn as_bool_yaml11(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if self.is_plain() => match text.as_str() {
                "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
                "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The number if it is a whole one within range: decimal, or with the prefix `0x`, `0o` or `0b`.
    pub fn as_i64(&self) -> Option<i64> {
        let Value::Number(text) = &self.value else { return None };
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (radix, digits) = match digits.get(..2) {
            Some("0x") => (16, digits.get(2..)?),
            Some("0o") => (8, digits.get(2..)?),
            Some("0b") => (2, digits.get(2..)?),
            _ => (10, digits),
        };
        // A second sign would be accepted by the parser below.
        if !digits.starts_with(|first: char| first.is_ascii_hexdigit()) {
            return None;
        }
        let magnitude = i128::from_str_radix(digits, radix).ok()?;
        i64::try_from(if negative { -magnitude } else { magnitude }).ok()
    }

    /// The number as a float; `.inf` and `.nan` of YAML and `inf` and `nan` of TOML included.
    pub fn as_f64(&self) -> Option<f64> {
        let Value::Number(text) = &self.value else { return None };
        if let Some(whole) = self.as_i64() {
            #[expect(clippy::cast_precision_loss, reason = "a float is what was asked for")]
            return Some(whole as f64);
        }
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1.0, rest),
            None => (1.0, text.strip_prefix('+').unwrap_or(text)),
        };
        match rest {
            ".inf" | ".Inf" | ".INF" => Some(sign * f64::INFINITY),
            ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
            _ => rest.parse::<f64>().ok().map(|value| sign * value),
        }
    }

    /// The text of any scalar: of a string itself, of a number as written, `true`, `false`, and of null the empty
    /// text. `None` for lists and maps.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Null => Some(""),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Number(text) | Value::String(text) => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Whether this is a scalar written without quotes and not as a block.
    pub fn is_plain(&self) -> bool {
        self.style == Style::Plain
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// What the file holds at this node, quotes included: `input` must be the bytes that were parsed.
    pub fn source<'i>(&self, input: &'i [u8]) -> &'i [u8] {
        input.get(self.span.start..self.span.end).unwrap_or_default()
    }

    /// The line of the file that line `index` (from 0) of this scalar's text stands on. Exact for literal blocks
    /// (`|`) and for text on one line; for folded or quoted text over several lines it is where the value starts.
    pub fn line_of_text(&self, index: u32) -> u32 {
        match (&self.value, self.style) {
            (Value::String(text), Style::Literal) => {
                // The span starts at the first line that is not blank.
                let blank = text.bytes().take_while(|byte| *byte == b'\n').count();
                let first = self.span.line.saturating_sub(u32::try_from(blank).unwrap_or(u32::MAX));
                first.saturating_add(index)
            }
            _ => self.span.line,
        }
    }

    /// What kind of value this is, for messages: `a mapping`, `a list`, `a string` …
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// An error at this node: `expected …, found …`.
    pub fn unexpected(&self, expected: &str) -> ParseError {
        ParseError::at(
            self.span,
            ParseErrorKind::WrongType,
            format!("expected {expected}, found {}", self.kind()),
        )
    }

    /// The entries of a map.
    ///
    /// # Errors
    /// [`ParseErrorKind::WrongType`] at this node if it is anything else.
    pub fn expect_map(&self) -> Result<&[Entry], ParseError> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            _ => Err(self.unexpected("a mapping")),
        }
    }

    /// The items of a list.
    ///
    /// # Errors
    /// [`ParseErrorKind::WrongType`] at this node if it is anything else.
    pub fn expect_list(&self) -> Result<&[Self], ParseError> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ => Err(self.unexpected("a list")),
        }
    }

    /// The text of a string.
    ///
    /// # Errors
    /// [`ParseErrorKind::WrongType`] at this node if it is anything else.
    pub fn expect_str(&self) -> Result<&str, ParseError> {
        self.as_str().ok_or_else(|| self.unexpected("a string"))
    }

    /// The boolean.
    ///
    /// # Errors
    /// [`ParseErrorKind::WrongType`] at this node if it is anything else.
    pub fn expect_bool(&self) -> Result<bool, ParseError> {
        self.as_bool().ok_or_else(|| self.unexpected("true or false"))
    }

    /// The whole number, zero or more.
    ///
    /// # Errors
    /// [`ParseErrorKind::WrongType`] at this node if it is anything else.
    pub fn expect_u64(&self) -> Result<u64, ParseError> {
        self.as_i64()
            .and_then(|number| u64::try_from(number).ok())
            .ok_or_else(|| self.unexpected("a whole number"))
    }

    /// Calls `visit` for every leaf with its path from this node: keys of maps, decimal indices of lists. Leaves are
    /// scalars and also empty lists and maps, so that nothing in the tree goes unseen.
    pub fn for_each_leaf<'n>(&'n self, mut visit: impl FnMut(&[&str], &'n Self)) {
        let longest = self.longest_list();
        let labels: Vec<String> = (0..longest).map(|index| index.to_string()).collect();
        self.visit_leaves(&labels, &mut Vec::new(), &mut visit);
    }

    fn longest_list(&self) -> usize {
        match &self.value {
            Value::List(items) => items.iter().map(Self::longest_list).fold(items.len(), usize::max),
            Value::Map(entries) => entries.iter().map(|entry| entry.value.longest_list()).max().unwrap_or(0),
            _ => 0,
        }
    }

    fn visit_leaves<'n, 'l>(
        &'n self,
        labels: &'l [String],
        path: &mut Vec<&'l str>,
        visit: &mut impl FnMut(&[&str], &'n Self),
    ) where
        'n: 'l,
    {
        match &self.value {
            Value::List(items) if !items.is_empty() => {
                for (item, label) in items.iter().zip(labels) {
                    path.push(label);
                    item.visit_leaves(labels, path, visit);
                    path.pop();
                }
            }
            Value::Map(entries) if !entries.is_empty() => {
                for entry in entries {
                    path.push(&entry.key);
                    entry.value.visit_leaves(labels, path, visit);
                    path.pop();
                }
            }
            _ => visit(path, self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Node {
        Node::plain(Span::default(), Value::Number(text.to_owned()))
    }

    #[test]
    fn whole_numbers_are_read_in_every_base() {
        for (text, expected) in [
            ("42", Some(42)),
            ("-7", Some(-7)),
            ("+7", Some(7)),
            ("0x1F", Some(31)),
            ("0o17", Some(15)),
            ("0b101", Some(5)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("--1", None),
            ("1.5", None),
            ("", None),
        ] {
            assert_eq!(number(text).as_i64(), expected, "{text}");
        }
    }

    #[test]
    fn floats_are_read_in_every_spelling() {
        assert_eq!(number("1.5").as_f64(), Some(1.5));
        assert_eq!(number("-2e3").as_f64(), Some(-2000.0));
        assert_eq!(number("-.inf").as_f64(), Some(f64::NEG_INFINITY));
        assert!(number(".nan").as_f64().unwrap().is_nan());
        assert_eq!(number("0x10").as_f64(), Some(16.0));
    }
}
