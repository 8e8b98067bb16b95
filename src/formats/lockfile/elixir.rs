//! The literal terms of Elixir that a lock file of Mix is written in: maps, tuples, lists, strings, atoms, numbers.

use crate::formats::fault::Fault;

/// How deep terms may nest.
const MAX_DEPTH: usize = 32;
/// How many terms a file may hold.
const MAX_TERMS: usize = 2_000_000;

/// A term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// `"text"`.
    Text(String),
    /// `:atom`, `:"atom"`, `nil`, `true`, a number: anything that is a bare word.
    Word(String),
    /// `[…]`.
    List(Vec<Self>),
    /// `{…}`.
    Tuple(Vec<Self>),
    /// `%{…}`.
    Map(Vec<Pair>),
    /// `key: value` within a list or a tuple.
    Pair(Box<Pair>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    /// The key's text.
    pub(super) key: String,
    /// Its line, from 1.
    pub(super) line: u32,
    /// The value.
    pub(super) value: Term,
}

impl Term {
    /// The text of a string or a word.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Word(text) => Some(text),
            _ => None,
        }
    }

    /// The text behind a key of a keyword list.
    pub(super) fn option(&self, key: &str) -> Option<&str> {
        let Self::List(items) = self else { return None };
        items.iter().find_map(|item| match item {
            Self::Pair(pair) if pair.key == key => pair.value.text(),
            _ => None,
        })
    }
}

/// Reads the one term of a file.
///
/// # Errors
/// When the file holds anything else, or too much of it.
pub(super) fn parse(text: &str) -> Result<Term, Fault> {
    let mut reader = Reader { rest: text, line: 1, left: MAX_TERMS };
    let term = reader.term(0)?;
    reader.space();
    if reader.rest.is_empty() { Ok(term) } else { Err(reader.fault("expected the end of the file")) }
}

struct Reader<'t> {
    rest: &'t str,
    line: u32,
    left: usize,
}

impl Reader<'_> {
    fn fault(&self, message: &str) -> Fault {
        Fault::new(self.line, message)
    }

    fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next()?;
        self.rest = chars.as_str();
        self.line = self.line.saturating_add(u32::from(next == '\n'));
        Some(next)
    }

    fn eat(&mut self, wanted: &str) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn space(&mut self) {
        while let Some(next) = self.rest.chars().next() {
            if next == '#' {
                let end = memchr::memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len());
                self.rest = self.rest.get(end..).unwrap_or_default();
            } else if next.is_whitespace() {
                self.bump();
            } else {
                return;
            }
        }
    }

    fn term(&mut self, depth: usize) -> Result<Term, Fault> {
        self.space();
        self.left = self.left.checked_sub(1).ok_or_else(|| self.fault("more terms than are read"))?;
        if depth > MAX_DEPTH {
            return Err(self.fault("terms nest too deep"));
        }
        if self.eat("%{") {
            return Ok(Term::Map(self.pairs(depth)?));
        }
        if self.eat("{") {
            return Ok(Term::Tuple(self.items('}', depth)?));
        }
        if self.eat("[") {
            return Ok(Term::List(self.items(']', depth)?));
        }
        let line = self.line;
        let (key, quoted) = self.scalar()?;
        // `key: value`, but not `key::other`.
        if self.rest.starts_with(':') && !self.rest.starts_with("::") {
            self.eat(":");
            let value = self.term(depth + 1)?;
            return Ok(Term::Pair(Box::new(Pair { key, line, value })));
        }
        Ok(if quoted { Term::Text(key) } else { Term::Word(key) })
    }

    fn items(&mut self, closing: char, depth: usize) -> Result<Vec<Term>, Fault> {
        let mut items = Vec::new();
        loop {
            self.space();
            if self.rest.starts_with(closing) {
                self.bump();
                return Ok(items);
            }
            items.push(self.term(depth + 1)?);
            self.separator(closing)?;
        }
    }

    fn pairs(&mut self, depth: usize) -> Result<Vec<Pair>, Fault> {
        let mut pairs = Vec::new();
        loop {
            self.space();
            if self.eat("}") {
                return Ok(pairs);
            }
            let line = self.line;
            let pair = match self.term(depth + 1)? {
                Term::Pair(pair) => *pair,
                Term::Text(key) | Term::Word(key) => {
                    self.space();
                    if !self.eat("=>") {
                        return Err(self.fault("expected `=>` behind a key"));
                    }
                    Pair { key, line, value: self.term(depth + 1)? }
                }
                _ => return Err(Fault::new(line, "expected a key")),
            };
            pairs.push(pair);
            self.separator('}')?;
        }
    }

    fn separator(&mut self, closing: char) -> Result<(), Fault> {
        self.space();
        if self.eat(",") || self.rest.starts_with(closing) {
            Ok(())
        } else {
            Err(self.fault("expected a comma"))
        }
    }

    /// A string or a word, and whether it was a string.
    fn scalar(&mut self) -> Result<(String, bool), Fault> {
        let atom = self.eat(":");
        if self.eat("\"") {
            return Ok((self.string()?, !atom));
        }
        let end = self
            .rest
            .find(|next: char| {
                !(next.is_alphanumeric() || matches!(next, '_' | '@' | '?' | '!' | '.' | '-' | '+'))
            })
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        if word.is_empty() {
            return Err(self.fault("expected a term"));
        }
        self.rest = rest;
        Ok((word.to_owned(), false))
    }

    fn string(&mut self) -> Result<String, Fault> {
        let line = self.line;
        let mut text = String::new();
        loop {
            match self.bump() {
                None => return Err(Fault::new(line, "a string without its closing quote")),
                Some('"') => return Ok(text),
                Some('\\') => text.push(match self.bump() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some(other) => other,
                    None => '\\',
                }),
                Some('#') if self.rest.starts_with('{') => return Err(self.fault("code within a string")),
                Some(other) => text.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_of_every_kind() {
        let map =
            parse("%{\n \"a\": {:hex, :\"b c\", nil}, # note\n \"d\" => [x: 1, y: \"\\\"#\"],\n}\n").unwrap();
        let Term::Map(pairs) = map else { panic!("not a map") };
        let word = |text: &str| Term::Word(text.to_owned());
        assert_eq!((pairs[0].key.as_str(), pairs[0].line), ("a", 2));
        assert_eq!(pairs[0].value, Term::Tuple(vec![word("hex"), word("b c"), word("nil")]));
        assert_eq!((pairs[1].key.as_str(), pairs[1].line), ("d", 3));
        assert_eq!((pairs[1].value.option("x"), pairs[1].value.option("y")), (Some("1"), Some("\"#")));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "%{", "{1 2}", "%{a}", "%{{} => 1}", "{} {}", "\"a", "\"#{1}\"", "%{a: f()}"] {
            assert!(parse(text).is_err(), "{text}");
        }
        for open in ["[", "{", "%{a: ", "a: "] {
            assert!(parse(&open.repeat(1_000_000)).is_err(), "{open}");
        }
    }
}
