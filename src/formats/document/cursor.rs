//! A place in a text that knows its line and column, for the parsers written here.

use super::error::{ParseError, ParseErrorKind};
use super::tree::Span;

/// The text of `input` without a byte order mark.
pub(super) fn decode(input: &[u8], max_bytes: usize) -> Result<&str, ParseError> {
    if input.len() > max_bytes {
        let message = format!("{} bytes are more than the {max_bytes} that are read", input.len());
        return Err(ParseError::new(1, 1, ParseErrorKind::TooLarge, message));
    }
    let input = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    let (text, fault) = match std::str::from_utf8(input) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid = input.get(..error.valid_up_to()).unwrap_or_default();
            (std::str::from_utf8(valid).unwrap_or_default(), Some("not UTF-8"))
        }
    };
    let (offset, message) = match (memchr::memchr(0, text.as_bytes()), fault) {
        (Some(nul), _) => (nul, "a NUL byte"),
        (None, Some(message)) => (text.len(), message),
        (None, None) => return Ok(text),
    };
    let mut cursor = Cursor::new(text, 0);
    cursor.advance(offset);
    Err(ParseError::at(cursor.span_here(), ParseErrorKind::Encoding, message))
}

/// A place in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'t> {
    rest: &'t str,
    base: usize,
    offset: usize,
    line: u32,
    column: u32,
}

impl<'t> Cursor<'t> {
    /// The start of `text`, which stands `base` bytes into its file.
    pub(super) fn new(text: &'t str, base: usize) -> Self {
        Self { rest: text, base, offset: 0, line: 1, column: 1 }
    }

    /// What lies ahead.
    pub(super) fn rest(&self) -> &'t str {
        self.rest
    }

    /// Bytes from the start of the text.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Whether everything was read.
    pub(super) fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Goes over the next character and returns it.
    pub(super) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.advance(next.len_utf8());
        Some(next)
    }

    /// Goes over the next character if it is `wanted`.
    pub(super) fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.advance(wanted.len_utf8());
        }
        found
    }

    /// Goes over all characters at the front that `accept` accepts and returns them.
    pub(super) fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let length = self.rest.find(|next| !accept(next)).unwrap_or(self.rest.len());
        self.advance(length)
    }

    /// Goes over the rest of the line, without its line feed, and returns it without a carriage return at its end.
    pub(super) fn take_line(&mut self) -> &'t str {
        let length = memchr::memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len());
        let line = self.advance(length);
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// Goes over `length` bytes, or to the end, and returns them. A length within a character counts as up to its
    /// start.
    pub(super) fn advance(&mut self, length: usize) -> &'t str {
        let length = self.rest.floor_char_boundary(length);
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.offset += taken.len();
        let tail = match memchr::memrchr(b'\n', taken.as_bytes()) {
            Some(last) => {
                self.line =
                    self.line.saturating_add(saturate(memchr::memchr_iter(b'\n', taken.as_bytes()).count()));
                self.column = 1;
                taken.get(last + 1..).unwrap_or_default()
            }
            None => taken,
        };
        self.column = self.column.saturating_add(saturate(tail.chars().count()));
        taken
    }

    /// An empty span here.
    pub(super) fn span_here(&self) -> Span {
        let at = self.base + self.offset;
        Span { line: self.line, column: self.column, start: at, end: at }
    }

    /// The span from here to where `end` is.
    pub(super) fn span_to(&self, end: &Self) -> Span {
        Span { end: end.base + end.offset, ..self.span_here() }
    }

    /// A syntax error here.
    pub(super) fn syntax_error(&self, message: impl Into<String>) -> ParseError {
        ParseError::at(self.span_here(), ParseErrorKind::Syntax, message)
    }
}

fn saturate(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_follow_the_characters() {
        let mut cursor = Cursor::new("äb\nç", 3);
        assert_eq!(cursor.bump(), Some('ä'));
        assert_eq!(cursor.span_here(), Span { line: 1, column: 2, start: 5, end: 5 });
        cursor.advance(2);
        assert_eq!(cursor.span_here(), Span { line: 2, column: 1, start: 7, end: 7 });
        // One byte into a character is its start.
        assert_eq!(cursor.advance(1), "");
        assert_eq!(cursor.advance(99), "ç");
        assert!(cursor.at_end());
    }

    #[test]
    fn undecodable_input_is_refused_with_its_place() {
        let place = |input: &[u8]| {
            let error = decode(input, 100).unwrap_err();
            (error.line, error.column, error.message)
        };
        assert_eq!(place(b"a: \xC3\xA4\nb: \xFF"), (2, 4, "not UTF-8".to_owned()));
        assert_eq!(place(b"\xEF\xBB\xBFab\0"), (1, 3, "a NUL byte".to_owned()));
        assert_eq!(decode(b"\xEF\xBB\xBFab", 100), Ok("ab"));
        assert_eq!(decode(b"abc", 2).unwrap_err().kind, ParseErrorKind::TooLarge);
    }
}
