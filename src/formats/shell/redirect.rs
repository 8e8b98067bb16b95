//! Redirections and here-documents.

use super::model::{HereDocument, Redirection};
use super::parser::Parser;

impl Parser<'_> {
    /// Reads a redirection with its target, if one starts here.
    pub(super) fn redirection(&mut self) -> Option<Redirection> {
        const OPERATORS: &[&str] = &["<<<", "<<-", "<<", "<>", "<&", "<", "&>>", "&>", ">>", ">|", ">&", ">"];
        let rest = self.rest();
        let digits = rest.bytes().take(9).take_while(u8::is_ascii_digit).count();
        let behind = rest.get(digits..)?;
        let operator = OPERATORS.iter().find(|operator| behind.starts_with(**operator)).copied()?;
        let after = behind.get(operator.len()..)?;
        // `<(…)` is a word.
        if matches!(operator, "<" | ">") && after.starts_with('(') {
            return None;
        }
        let descriptor = rest.get(..digits).and_then(|number| number.parse().ok());
        let line = self.line();
        self.pos += digits + operator.len();
        self.blanks();
        let (at, place) = (self.pos, self.line());
        let target = self.word().unwrap_or_else(|| self.plain_word("", at, place));
        let document = match operator {
            "<<" | "<<-" if !target.text.is_empty() => self.document(&target.text, operator == "<<-"),
            _ => None,
        };
        Some(Redirection { descriptor, operator, target, document, line })
    }

    /// Reads the lines after this one up to `delimiter`, ahead of the rest of this line.
    fn document(&mut self, delimiter: &str, strip_tabs: bool) -> Option<HereDocument> {
        let (newline, start) = match self.documents {
            Some((newline, resume)) if newline >= self.pos => (newline, resume),
            before => {
                let found = if self.last_line { None } else { memchr::memchr(b'\n', self.rest().as_bytes()) };
                self.last_line = found.is_none();
                let newline = self.pos + found?;
                // What was read as a body once is not read again.
                (newline, before.map_or(0, |(_, resume)| resume).max(newline + 1))
            }
        };
        let mut at = start;
        let mut end = None;
        while let Some(rest) = self.text.get(at..).filter(|rest| !rest.is_empty()) {
            let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |newline| newline + 1);
            let line = rest.get(..length).unwrap_or_default().trim_end_matches(['\r', '\n']);
            let line = if strip_tabs { line.trim_start_matches('\t') } else { line };
            if line == delimiter {
                end = Some((at, at + length));
                break;
            }
            at += length;
        }
        if end.is_none() {
            self.complete = false;
        }
        let (body_end, resume) = end.unwrap_or((at, at));
        self.documents = Some((newline, resume));
        Some(HereDocument {
            body: self.text.get(start..body_end).unwrap_or_default().to_owned(),
            line: self.origin.lines.line(self.origin.offset(start)),
            script: None,
            at: start,
        })
    }
}
