//! The arguments of single instructions, typed.

use super::expand::Variables;
use super::logical::{Logical, delimiter, keyword};
use super::model::{Argument, Command, Flag, Form, Pair, Problem, Source, Span, Transfer, User, Value};
use super::words::{RawWord, flags, plain_words, quoted_words};
use crate::formats::shell::{self, LineIndex, OffsetMap, Origin};

/// One instruction being read: the part of a logical line from its keyword on.
pub(super) struct Reading<'a> {
    pub(super) logical: &'a Logical,
    pub(super) lines: &'a LineIndex,
    pub(super) escape: char,
    pub(super) variables: &'a mut Variables,
    pub(super) problems: &'a mut Vec<Problem>,
    /// The `SHELL` in effect.
    pub(super) shell: Option<&'a [String]>,
    /// Variables are left unresolved, as `ONBUILD` does.
    pub(super) deferred: bool,
    /// Where the keyword, and behind the flags the arguments, start in the logical line.
    pub(super) keyword_at: usize,
    pub(super) arguments_at: usize,
}

impl<'a> Reading<'a> {
    /// Splits keyword and flags off the line from `at` on; returns the keyword, its span, that of the rest, and the flags.
    pub(super) fn open(&mut self, at: usize) -> (&'a str, Span, Span, Vec<Flag>) {
        let whole = self.logical.text.get(..self.logical.length).unwrap_or_default().trim_end();
        let text = whole.get(at..).unwrap_or_default();
        let (word, rest) = keyword(text);
        let rest_at = whole.len() - rest.len();
        self.keyword_at = rest_at - word.len();
        let (found, offset) = flags(rest, self.escape, |offset| self.line(rest_at + offset));
        self.arguments_at = rest_at + offset;
        let blanks = rest.len() - rest.trim_start().len();
        let span = self.span(self.keyword_at, rest_at);
        (word, span, self.span(rest_at + blanks, whole.len()), found)
    }

    /// The arguments behind the flags.
    pub(super) fn arguments(&self) -> &'a str {
        let whole = self.logical.text.get(..self.logical.length).unwrap_or_default();
        whole.get(self.arguments_at..).unwrap_or_default().trim_end()
    }

    pub(super) fn line(&self, at: usize) -> u32 {
        self.lines.line(self.logical.map.source(at))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let from = self.logical.map.source(start.min(end.saturating_sub(1)));
        if start >= end {
            return Span { start: from, end: from };
        }
        Span { start: from, end: self.logical.map.source(end - 1) + 1 }
    }

    pub(super) fn problem(&mut self, message: &str) {
        let line = self.line(self.keyword_at);
        self.problems.push(Problem { line, message: message.to_owned() });
    }

    pub(super) fn value(&mut self, raw: &str) -> Value {
        if self.deferred {
            return self.variables.unquote(raw, self.escape);
        }
        self.variables.expand(raw, self.escape)
    }

    /// All arguments as one text.
    pub(super) fn whole(&mut self) -> Value {
        let text = self.arguments();
        if text.is_empty() {
            self.problem("the instruction lacks its argument");
        }
        self.value(text)
    }

    pub(super) fn user(&mut self) -> User {
        let value = self.whole();
        let (name, group) = match value.text.split_once(':') {
            Some((name, group)) => (name.to_owned(), Some(group.to_owned())),
            None => (value.text.clone(), None),
        };
        User { value, name, group }
    }

    /// Words separated by blanks.
    pub(super) fn words(&mut self) -> Vec<Value> {
        let words = plain_words(self.arguments(), self.arguments_at);
        if words.is_empty() {
            self.problem("the instruction lacks its arguments");
        }
        words.iter().map(|word| self.value(word.text)).collect()
    }

    /// `NAME=value …`, or `NAME value` to the end of the line.
    pub(super) fn pairs(&mut self) -> Vec<Pair> {
        let text = self.arguments();
        let words = quoted_words(text, self.arguments_at, self.escape);
        let Some(first) = words.first() else {
            self.problem("the instruction lacks its arguments");
            return Vec::new();
        };
        if !first.text.contains('=') {
            let (name, rest) = keyword(text);
            let raw = rest.trim();
            if raw.is_empty() {
                self.problem("a name lacks its value");
            }
            let (name, value, line) = (self.value(name).text, self.value(raw), self.line(first.at));
            return vec![Pair { name, value, line, legacy: true }];
        }
        let mut pairs = Vec::new();
        for RawWord { text, at } in words {
            match text.split_once('=') {
                Some((name, raw)) => {
                    let (name, value, line) = (self.value(name).text, self.value(raw), self.line(at));
                    pairs.push(Pair { name, value, line, legacy: false });
                }
                None => self.problem("a word among names and values lacks the equals sign"),
            }
        }
        pairs
    }

    pub(super) fn declarations(&mut self) -> Vec<Argument> {
        let words = quoted_words(self.arguments(), self.arguments_at, self.escape);
        if words.is_empty() {
            self.problem("the instruction lacks its arguments");
        }
        let mut declared = Vec::new();
        for RawWord { text, at } in words {
            let (name, raw) = text.split_once('=').map_or((text, None), |(name, raw)| (name, Some(raw)));
            let name = self.value(name).text;
            let default = raw.map(|raw| self.value(raw));
            declared.push(Argument { name, default, line: self.line(at) });
        }
        declared
    }

    /// The strings of a JSON list that stands at `at`, with the offset of each one's text; `None` if it is none.
    fn json(&mut self, text: &str, at: usize) -> Option<Vec<(String, usize)>> {
        if !text.starts_with('[') {
            return None;
        }
        let words: Vec<String> = match serde_json::from_str(text) {
            Ok(words) => words,
            Err(_) if serde_json::from_str::<Vec<serde_json::Value>>(text).is_ok() => {
                self.problem("the exec form holds something else than strings");
                return None;
            }
            Err(_) => return None,
        };
        Some(words.into_iter().zip(string_starts(text).map(|start| at + start)).collect())
    }

    /// Words of a JSON list, or separated by blanks; whether it was a list.
    pub(super) fn list(&mut self) -> (Vec<String>, bool) {
        let text = self.arguments();
        match self.json(text, self.arguments_at) {
            Some(words) => (words.into_iter().map(|(word, _)| word).collect(), true),
            None => (plain_words(text, 0).iter().map(|word| word.text.to_owned()).collect(), false),
        }
    }

    /// `SHELL`, which has no shell form.
    pub(super) fn shell_words(&mut self) -> Vec<String> {
        let (words, json) = self.list();
        if !json || words.is_empty() {
            self.problem("the shell must be a JSON list of strings");
        }
        words
    }

    pub(super) fn transfer(&mut self, flags: &[Flag]) -> Transfer {
        let (mut words, exec_form) = self.list();
        if words.len() < 2 {
            self.problem("a copy needs a source and a destination");
        }
        let destination = if words.len() > 1 { words.pop() } else { None };
        let destination = self.value(&destination.unwrap_or_default());
        let mut heredocs = 0..self.logical.heredocs.len();
        let mut sources = Vec::new();
        for word in &words {
            match heredocs.clone().next() {
                Some(index) if !exec_form && delimiter(word).is_some() => {
                    heredocs.next();
                    sources.push(Source::Heredoc(index));
                }
                _ => sources.push(Source::Path(self.value(word))),
            }
        }
        let mut flag = |name: &str| {
            let value =
                flags.iter().rev().find(|flag| flag.name == name).and_then(|flag| flag.value.as_deref());
            value.map(|value| self.value(value))
        };
        let (chown, chmod, checksum) = (flag("chown"), flag("chmod"), flag("checksum"));
        Transfer { sources, destination, from: None, chown, chmod, checksum, exec_form }
    }

    /// The command at `at` in the logical line: exec form or shell form.
    pub(super) fn command(&mut self, at: usize) -> Command {
        let logical = self.logical;
        let text = logical.text.get(at..logical.length).unwrap_or_default().trim_end();
        let origin = Origin { lines: self.lines, map: &logical.map, outer: None };
        if let Some(words) = self.json(text, at) {
            let script = (!words.is_empty()).then(|| shell::from_words(&words, &origin));
            let form = Form::Exec(words.into_iter().map(|(word, _)| word).collect());
            return Command { form, script, malformed_exec: false };
        }
        if text.is_empty() {
            self.problem("the instruction lacks its command");
        }
        let script = posix(self.shell, self.escape).then(|| self.script(text, at, &origin)).flatten();
        Command {
            form: Form::Shell(text.to_owned()),
            script,
            malformed_exec: text.starts_with('[') && ends_as_list(text),
        }
    }

    fn script(&self, text: &str, at: usize, origin: &Origin<'_>) -> Option<shell::Script> {
        let logical = self.logical;
        let alone =
            logical.heredocs.len() == 1 && !text.contains(char::is_whitespace) && delimiter(text).is_some();
        let (script, start) = match logical.heredocs.first() {
            Some(heredoc) if alone => {
                if !runs_in_shell(&heredoc.body) {
                    return None;
                }
                (heredoc.body.as_str(), logical.length + 1)
            }
            _ => (logical.text.get(at..).unwrap_or_default(), at),
        };
        let mut map = OffsetMap::default();
        map.note(0, start);
        Some(shell::parse_at(script, &Origin { lines: self.lines, map: &map, outer: Some(origin) }))
    }
}

/// Whether a command in shell form is text for a POSIX-like shell.
fn posix(shell: Option<&[String]>, escape: char) -> bool {
    match shell.and_then(<[String]>::first) {
        Some(program) => {
            let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
            shell::is_shell_name(name) || name == "busybox"
        }
        None => escape == '\\',
    }
}

/// Whether a script without `#!`, or with a shell behind it, is text for a shell.
fn runs_in_shell(body: &str) -> bool {
    let Some(interpreter) = body.strip_prefix("#!").map(|rest| rest.lines().next().unwrap_or_default())
    else {
        return true;
    };
    let names = interpreter.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or_default());
    names.into_iter().find(|name| *name != "env" && !name.starts_with('-')).is_some_and(shell::is_shell_name)
}

/// A shell test starts with `[` too; a list that went wrong ends with `]` or holds quotes and commas.
fn ends_as_list(text: &str) -> bool {
    !text.starts_with("[ -") && !text.starts_with("[[") && (text.ends_with(']') || text.contains("\","))
}

/// The offsets of the texts of the strings in a JSON list of strings.
fn string_starts(text: &str) -> impl Iterator<Item = usize> {
    let (mut inside, mut escaped) = (false, false);
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        if std::mem::take(&mut escaped) {
            return None;
        }
        match byte {
            b'\\' => escaped = inside,
            b'"' => inside = !inside,
            _ => return None,
        }
        (byte == b'"' && inside).then_some(at + 1)
    })
}
