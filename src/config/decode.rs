//! Reads typed values out of a document, collecting problems instead of stopping at the first.

use jiff::civil::Date;

use super::problems::Problem;
use crate::formats::document::{Node, Span, Value};
use crate::report::Severity;

/// Collects what is wrong.
#[derive(Debug, Default)]
pub(super) struct Sink(pub(super) Vec<Problem>);

impl Sink {
    pub(super) fn add(&mut self, span: Span, message: impl Into<String>, hint: Option<String>) {
        self.0.push(Problem {
            line: span.line,
            column: span.column,
            message: message.into(),
            hint,
            excerpt: String::new(),
        });
    }
}

/// A mapping whose keys are known.
#[derive(Clone, Copy)]
pub(super) struct Section<'n> {
    node: &'n Node,
}

impl<'n> Section<'n> {
    /// Takes a mapping; unknown keys and other kinds of value are problems.
    pub(super) fn of(node: &'n Node, name: &str, keys: &[&str], sink: &mut Sink) -> Option<Self> {
        if node.is_null() {
            return None;
        }
        let entries = match node.expect_map() {
            Ok(entries) => entries,
            Err(error) => {
                let takes = format!("`{name}` takes keys: {}", keys.join(", "));
                sink.add(node.span, error.message, Some(takes));
                return None;
            }
        };
        for entry in entries {
            if !keys.contains(&entry.key.as_str()) {
                let hint = match closest(&entry.key, keys) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("`{name}` takes keys: {}", keys.join(", ")),
                };
                sink.add(entry.key_span, "unknown key", Some(hint));
            }
        }
        Some(Self { node })
    }

    pub(super) const fn span(&self) -> Span {
        self.node.span
    }

    /// A value, unless it is absent or null.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.node.get(key).filter(|node| !node.is_null())
    }

    pub(super) fn section(&self, key: &str, keys: &[&str], sink: &mut Sink) -> Option<Self> {
        self.get(key).and_then(|node| Self::of(node, key, keys, sink))
    }

    pub(super) fn text(&self, key: &str, sink: &mut Sink) -> Option<String> {
        let node = self.get(key)?;
        match node.text() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) => {
                sink.add(node.span, format!("`{key}` is empty"), None);
                None
            }
            None => {
                sink.add(node.span, node.unexpected("a text").message, None);
                None
            }
        }
    }

    pub(super) fn boolean(&self, key: &str, sink: &mut Sink) -> Option<bool> {
        let node = self.get(key)?;
        let value = node.as_bool();
        if value.is_none() {
            sink.add(node.span, node.unexpected("true or false").message, None);
        }
        value
    }

    pub(super) fn number(&self, key: &str, sink: &mut Sink) -> Option<u32> {
        let node = self.get(key)?;
        let value = node.as_i64().and_then(|number| u32::try_from(number).ok());
        if value.is_none() {
            sink.add(node.span, node.unexpected("a whole number from 0").message, None);
        }
        value
    }

    /// A number from 0 to 1.
    pub(super) fn fraction(&self, key: &str, sink: &mut Sink) -> Option<f64> {
        let node = self.get(key)?;
        let value = node.as_f64().filter(|number| (0.0..=1.0).contains(number));
        if value.is_none() {
            sink.add(node.span, node.unexpected("a number from 0 to 1").message, None);
        }
        value
    }

    /// A list of texts; a single text is a list of one.
    pub(super) fn texts(&self, key: &str, sink: &mut Sink) -> Vec<(String, Span)> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            Value::String(_) => std::slice::from_ref(node),
            _ => {
                sink.add(node.span, node.unexpected("a list of texts").message, None);
                return Vec::new();
            }
        };
        let mut texts = Vec::new();
        for item in items {
            match item.text() {
                Some(text) if !text.trim().is_empty() => texts.push((text.to_owned(), item.span)),
                _ => sink.add(item.span, item.unexpected("a text").message, None),
            }
        }
        texts
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&self, key: &str, words: &[(&str, T)], sink: &mut Sink) -> Option<T> {
        let text = self.text(key, sink)?;
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text)).map(|(_, value)| *value);
        if found.is_none() {
            let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            sink.add(self.get(key)?.span, format!("`{key}` is one of: {}", list.join(", ")), None);
        }
        found
    }

    pub(super) fn severity(&self, key: &str, sink: &mut Sink) -> Option<Severity> {
        self.one_of(key, &Severity::WORST_FIRST.map(|severity| (severity.word(), severity)), sink)
    }

    /// A date `YYYY-MM-DD`; nothing else, so that no two readers take it differently.
    pub(super) fn date(&self, key: &str, sink: &mut Sink) -> Option<Date> {
        let text = self.text(key, sink)?;
        let strict = text.len() == 10 && text.bytes().filter(|byte| *byte == b'-').count() == 2;
        let date = text.parse::<Date>().ok().filter(|_| strict);
        if date.is_none() {
            sink.add(self.get(key)?.span, format!("`{key}` is a date, YYYY-MM-DD"), None);
        }
        date
    }
}

/// The closest of some names, if one is close.
pub(crate) fn closest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let distance =
        |known: &str| strsim::damerau_levenshtein(&name.to_ascii_lowercase(), &known.to_ascii_lowercase());
    names
        .iter()
        .copied()
        .map(|known| (distance(known), known))
        .filter(|(far, known)| *far <= known.len().div_ceil(3))
        .min()
        .map(|(_, known)| known)
}
