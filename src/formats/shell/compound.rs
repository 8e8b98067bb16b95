//! The headers of `for` and `select`, and `case` with its patterns.

use super::model::Pipeline;
use super::parser::{End, Parser};

impl Parser<'_> {
    /// `for NAME in WORDS`, kept as a command of its own.
    pub(super) fn header(&mut self, keyword: &str) -> Vec<Pipeline> {
        let (at, line) = (self.pos, self.line());
        self.pos += keyword.len();
        self.blanks();
        if self.peek() == Some(b'(') && self.arithmetic() {
            return Vec::new();
        }
        let mut words = vec![self.plain_word(keyword, at, line)];
        loop {
            self.blanks();
            if self.bare_word() == "do" {
                break;
            }
            let Some(word) = self.word() else { break };
            words.push(word);
        }
        self.single(words, at, line)
    }

    pub(super) fn case(&mut self) -> Vec<Pipeline> {
        let (at, line) = (self.pos, self.line());
        self.pos += "case".len();
        let mut words = vec![self.plain_word("case", at, line)];
        loop {
            self.blanks();
            match self.peek() {
                Some(b'\n') => self.newline(),
                _ => match self.word() {
                    Some(word) if word.text == "in" && !word.quoted && words.len() > 1 => break,
                    Some(word) => words.push(word),
                    None => {
                        self.complete = false;
                        return self.single(words, at, line);
                    }
                },
            }
        }
        let mut body = self.single(words, at, line);
        loop {
            self.blanks();
            match self.peek() {
                None => {
                    self.complete = false;
                    return body;
                }
                Some(b'\n') => self.newline(),
                Some(b';' | b'&' | b'(' | b'|') => self.pos += 1,
                Some(b')') => {
                    self.pos += 1;
                    let before = self.pos;
                    body.extend(self.list(End::Case));
                    if self.peek() == Some(b')') || (self.pos == before && self.peek().is_none()) {
                        return body;
                    }
                }
                Some(_) if self.bare_word() == "esac" => {
                    self.pos += "esac".len();
                    return body;
                }
                // A pattern.
                Some(_) => {
                    if self.word().is_none() {
                        self.advance_char();
                    }
                }
            }
        }
    }
}
