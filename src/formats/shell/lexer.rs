//! Words, quotes, expansions and blanks. Every position the lexer stops at is a character boundary,
//! because it only steps over ASCII bytes or whole characters.

use super::MAX_DEPTH;
use super::model::{Substitution, SubstitutionKind, Word};
use super::origin::{OffsetMap, Origin};
use super::parser::{End, Parser, parse_script};

/// A word while it is read.
#[derive(Default)]
struct Draft {
    word: Word,
    map: OffsetMap,
}

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.pos + ahead).copied()
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    pub(super) fn line(&self) -> u32 {
        self.origin.lines.line(self.origin.offset(self.pos))
    }

    /// Leaves the rest of the text unread.
    pub(super) fn give_up(&mut self) {
        self.complete = false;
        self.pos = self.text.len();
    }

    pub(super) fn advance_char(&mut self) {
        self.pos += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    /// Skips blanks, joined lines and a comment, but no newline.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.pos += 1,
                Some(b'\\') if self.joined_line() > 0 => self.pos += self.joined_line(),
                Some(b'#') => {
                    self.pos += memchr::memchr(b'\n', self.rest().as_bytes()).unwrap_or(self.rest().len());
                }
                _ => return,
            }
        }
    }

    /// The length of a backslash with the newline behind it, or 0.
    fn joined_line(&self) -> usize {
        match (self.peek_at(1), self.peek_at(2)) {
            (Some(b'\n'), _) => 2,
            (Some(b'\r'), Some(b'\n')) => 3,
            _ => 0,
        }
    }

    /// Steps over a newline, and over the here-documents that follow it.
    pub(super) fn newline(&mut self) {
        if let Some((newline, resume)) = self.documents.take_if(|(newline, _)| *newline <= self.pos) {
            self.pos = resume.max(newline + 1).max(self.pos + 1);
        } else {
            self.pos += 1;
        }
    }

    /// The unquoted word that starts here, unread, if it could be a reserved one; else an empty text.
    pub(super) fn bare_word(&self) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().take(10).take_while(|&byte| !is_meta(byte)).count();
        rest.get(..length)
            .filter(|word| {
                word.bytes().all(|byte| byte.is_ascii_lowercase()) || matches!(*word, "{" | "}" | "!")
            })
            .unwrap_or_default()
    }

    /// Steps over `()`, with blanks inside; whether they stood here.
    pub(super) fn parens(&mut self) -> bool {
        let inside = self.rest().strip_prefix('(').map(|rest| rest.trim_start_matches([' ', '\t']));
        match inside.and_then(|rest| rest.strip_prefix(')')) {
            Some(rest) => {
                self.pos = self.text.len() - rest.len();
                true
            }
            None => false,
        }
    }

    /// Steps over `((…))`, from its first parenthesis; stays, when it is a subshell inside another instead.
    pub(super) fn arithmetic(&mut self) -> bool {
        let mut open = 0_usize;
        let mut inner_end = None;
        for (at, byte) in self.rest().bytes().enumerate() {
            match byte {
                b'(' => open += 1,
                b')' => {
                    open = open.saturating_sub(1);
                    match open {
                        0 if inner_end == at.checked_sub(1) => {
                            self.pos += at + 1;
                            return true;
                        }
                        0 => return false,
                        1 => inner_end = Some(at),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        false
    }

    /// A word made of fixed text.
    pub(super) fn plain_word(&self, text: &str, at: usize, line: u32) -> Word {
        Word { text: text.to_owned(), offset: self.origin.offset(at), line, ..Word::default() }
    }

    pub(super) fn word(&mut self) -> Option<Word> {
        self.mapped_word(false).map(|(word, _)| word)
    }

    /// Reads a word; in a `[[ … ]]` test the operators are words too.
    pub(super) fn mapped_word(&mut self, test: bool) -> Option<(Word, OffsetMap)> {
        let start = self.pos;
        let mut draft = Draft::default();
        draft.word.offset = self.origin.offset(start);
        draft.word.line = self.line();
        while let Some(byte) = self.peek() {
            match byte {
                b'<' | b'>' if self.peek_at(1) == Some(b'(') => {
                    let kind = match byte {
                        b'<' => SubstitutionKind::ProcessOutput,
                        _ => SubstitutionKind::ProcessInput,
                    };
                    self.substitution(&mut draft, kind);
                }
                _ if test && self.pos == start && matches!(byte, b'&' | b'|' | b'(' | b')' | b'<' | b'>') => {
                    self.copy(&mut draft, 1);
                    if self.peek() == Some(byte) && matches!(byte, b'&' | b'|') {
                        self.copy(&mut draft, 1);
                    }
                    break;
                }
                // Parentheses of a regular expression inside a test.
                b'(' | b')' | b'|' if test && self.pos > start => self.copy(&mut draft, 1),
                _ if is_meta(byte) => break,
                b'\\' if self.joined_line() > 0 => self.pos += self.joined_line(),
                b'\\' => {
                    self.pos += 1;
                    draft.word.quoted = true;
                    self.copy_char(&mut draft);
                }
                b'\'' => self.single_quoted(&mut draft),
                b'"' => self.double_quoted(&mut draft),
                b'$' if self.peek_at(1) == Some(b'\'') => {
                    self.pos += 1;
                    self.ansi_quoted(&mut draft);
                }
                b'$' => self.dollar(&mut draft),
                b'`' => self.backquotes(&mut draft),
                _ => self.plain_run(&mut draft, |byte| {
                    is_meta(byte) || matches!(byte, b'\\' | b'\'' | b'"' | b'$' | b'`')
                }),
            }
        }
        (self.pos > start).then_some((draft.word, draft.map))
    }

    /// Copies `length` bytes, which must end on a character boundary.
    fn copy(&mut self, draft: &mut Draft, length: usize) {
        draft.map.note(draft.word.text.len(), self.pos);
        let piece = self.rest().get(..length).unwrap_or_default();
        draft.word.text.push_str(piece);
        self.pos += length.min(self.rest().len());
    }

    fn copy_char(&mut self, draft: &mut Draft) {
        if let Some(next) = self.rest().chars().next() {
            self.copy(draft, next.len_utf8());
        }
    }

    /// Copies up to the next byte that `stops` accepts; at least one character.
    fn plain_run(&mut self, draft: &mut Draft, stops: fn(u8) -> bool) {
        let first = self.rest().chars().next().map_or(0, char::len_utf8);
        let more = self.rest().bytes().skip(first).take_while(|&byte| !stops(byte)).count();
        self.copy(draft, first + more);
    }

    fn single_quoted(&mut self, draft: &mut Draft) {
        draft.word.quoted = true;
        self.pos += 1;
        match memchr::memchr(b'\'', self.rest().as_bytes()) {
            Some(length) => {
                self.copy(draft, length);
                self.pos += 1;
            }
            None => {
                self.copy(draft, self.rest().len());
                self.complete = false;
            }
        }
    }

    /// `$'…'`: escapes keep the character behind the backslash, which is enough to find the end.
    fn ansi_quoted(&mut self, draft: &mut Draft) {
        draft.word.quoted = true;
        self.pos += 1;
        loop {
            match self.peek() {
                Some(b'\'') => {
                    self.pos += 1;
                    return;
                }
                Some(b'\\') => {
                    self.pos += 1;
                    self.copy_char(draft);
                }
                Some(_) => self.plain_run(draft, |byte| matches!(byte, b'\'' | b'\\')),
                None => {
                    self.complete = false;
                    return;
                }
            }
        }
    }

    fn double_quoted(&mut self, draft: &mut Draft) {
        draft.word.quoted = true;
        self.pos += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.pos += 1;
                    return;
                }
                Some(b'\\') if self.joined_line() > 0 => self.pos += self.joined_line(),
                Some(b'\\') if matches!(self.peek_at(1), Some(b'$' | b'`' | b'"' | b'\\')) => {
                    self.pos += 1;
                    self.copy(draft, 1);
                }
                Some(b'$') => self.dollar(draft),
                Some(b'`') => self.backquotes(draft),
                Some(_) => self.plain_run(draft, |byte| matches!(byte, b'"' | b'\\' | b'$' | b'`')),
                None => {
                    self.complete = false;
                    return;
                }
            }
        }
    }

    fn dollar(&mut self, draft: &mut Draft) {
        match self.peek_at(1) {
            Some(b'(') => {
                let start = self.pos;
                self.pos += 1;
                if self.peek_at(1) == Some(b'(') && self.arithmetic() {
                    self.copy_back(draft, start);
                } else {
                    self.pos = start;
                    self.substitution(draft, SubstitutionKind::Command);
                }
            }
            Some(b'{') => self.parameter(draft),
            Some(next) if next.is_ascii_alphanumeric() || b"_@*#?$!-".contains(&next) => {
                draft.word.dynamic = true;
                self.copy(draft, 2);
            }
            _ => self.copy(draft, 1),
        }
    }

    /// `${…}`, which may hold quotes, expansions and substitutions.
    fn parameter(&mut self, draft: &mut Draft) {
        draft.word.dynamic = true;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.give_up();
        } else {
            self.copy(draft, 2);
        }
        let mut quoted = false;
        loop {
            match self.peek() {
                Some(b'}') => {
                    self.copy(draft, 1);
                    break;
                }
                Some(b'\\') => {
                    self.copy(draft, 1);
                    self.copy_char(draft);
                }
                Some(b'"') => {
                    quoted = !quoted;
                    self.copy(draft, 1);
                }
                Some(b'\'') if !quoted => self.single_quoted(draft),
                Some(b'$') => self.dollar(draft),
                Some(b'`') => self.backquotes(draft),
                Some(_) => {
                    self.plain_run(draft, |byte| matches!(byte, b'}' | b'\\' | b'"' | b'\'' | b'$' | b'`'));
                }
                None => {
                    self.complete = false;
                    break;
                }
            }
        }
        self.depth -= 1;
    }

    /// `$(…)`, `<(…)`, `>(…)`: reads the list inside and keeps the text as written.
    fn substitution(&mut self, draft: &mut Draft, kind: SubstitutionKind) {
        let start = self.pos;
        self.pos += 2;
        let body = self.list(End::Paren);
        self.copy_back(draft, start);
        draft.word.substitutions.push(Substitution { kind, body });
    }

    fn copy_back(&mut self, draft: &mut Draft, start: usize) {
        draft.word.dynamic = true;
        draft.map.note(draft.word.text.len(), start);
        draft.word.text.push_str(self.text.get(start..self.pos).unwrap_or_default());
    }

    fn backquotes(&mut self, draft: &mut Draft) {
        let start = self.pos;
        self.pos += 1;
        // Inside, a backslash escapes a backquote, a dollar and itself.
        let mut inner = Draft::default();
        loop {
            match self.peek() {
                Some(b'`') => break,
                Some(b'\\') if matches!(self.peek_at(1), Some(b'`' | b'$' | b'\\')) => {
                    self.pos += 1;
                    self.copy(&mut inner, 1);
                }
                Some(_) => self.plain_run(&mut inner, |byte| matches!(byte, b'`' | b'\\')),
                None => {
                    self.complete = false;
                    break;
                }
            }
        }
        if self.peek().is_some() {
            self.pos += 1;
        }
        let origin = Origin { lines: self.origin.lines, map: &inner.map, outer: Some(self.origin) };
        let script = parse_script(&inner.word.text, &origin, self.depth, self.budget);
        self.complete &= script.complete;
        self.copy_back(draft, start);
        let kind = SubstitutionKind::Command;
        draft.word.substitutions.push(Substitution { kind, body: script.pipelines });
    }
}

/// Whether an unquoted `byte` ends a word.
fn is_meta(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')
}
