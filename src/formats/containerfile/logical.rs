//! From lines to instructions: parser directives, comments, continuations and here-documents, as BuildKit reads them.

use super::model::{Directive, Heredoc, Problem, Span};
use super::words::{flags, quoted_words};
use crate::formats::shell::{LineIndex, OffsetMap};
use std::collections::HashMap;

/// One instruction with its continuations joined.
pub(super) struct Logical {
    /// The joined line, and behind it a newline and the lines of the here-documents with their delimiters.
    pub(super) text: String,
    /// The length of the joined line alone.
    pub(super) length: usize,
    /// From offsets in `text` to offsets in the file.
    pub(super) map: OffsetMap,
    pub(super) span: Span,
    pub(super) line: u32,
    pub(super) end_line: u32,
    pub(super) heredocs: Vec<Heredoc>,
}

/// Reads a file line by line.
pub(super) struct Reader<'a> {
    source: &'a str,
    lines: &'a LineIndex,
    /// The index of the next line.
    next: usize,
    pub(super) escape: char,
    pub(super) problems: Vec<Problem>,
    delimiters: Option<Delimiters<'a>>,
}

/// Where a line with this text stands last in the file: as it is, and without leading tabs.
struct Delimiters<'a> {
    exact: HashMap<&'a str, usize>,
    without_tabs: HashMap<&'a str, usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a str, lines: &'a LineIndex) -> Self {
        Self { source, lines, next: 0, escape: '\\', problems: Vec::new(), delimiters: None }
    }

    /// The start and the text of a line, without its ending and without a byte order mark.
    fn at(&self, index: usize) -> Option<(usize, &'a str)> {
        let range = self.lines.range(index, self.source.len())?;
        let start = range.start;
        let line = self.source.get(range).filter(|line| !line.is_empty())?.trim_end_matches(['\r', '\n']);
        match line.strip_prefix('\u{feff}') {
            Some(rest) if index == 0 => Some((start + '\u{feff}'.len_utf8(), rest)),
            _ => Some((start, line)),
        }
    }

    fn number(index: usize) -> u32 {
        u32::try_from(index + 1).unwrap_or(u32::MAX)
    }

    /// Reads the parser directives, which stand before everything else, comments included.
    pub(super) fn directives(&mut self) -> Vec<Directive> {
        let mut found: Vec<Directive> = Vec::new();
        while let Some((_, line)) = self.at(self.next) {
            let Some((name, value)) = directive(line.trim_start()) else { break };
            let number = Self::number(self.next);
            if found.iter().any(|known| known.name == name) {
                self.problem(number, "the same parser directive stands twice");
                break;
            }
            if name == "escape" {
                match value {
                    "\\" | "`" => self.escape = if value == "`" { '`' } else { '\\' },
                    _ => self.problem(number, "the escape character must be a backslash or a backquote"),
                }
            }
            found.push(Directive { name, value: value.to_owned(), line: number });
            self.next += 1;
        }
        found
    }

    pub(super) fn problem(&mut self, line: u32, message: &str) {
        self.problems.push(Problem { line, message: message.to_owned() });
    }

    /// The next instruction, if there is one.
    pub(super) fn instruction(&mut self) -> Option<Logical> {
        loop {
            let (start, line) = self.at(self.next)?;
            let first = self.next;
            self.next += 1;
            let trimmed = line.trim_start();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let mut logical = Logical {
                text: String::new(),
                length: 0,
                map: OffsetMap::default(),
                span: Span { start: start + line.len() - trimmed.len(), end: start + line.len() },
                line: Self::number(first),
                end_line: Self::number(first),
                heredocs: Vec::new(),
            };
            let mut goes_on = self.append(&mut logical, trimmed, start + line.len() - trimmed.len());
            while goes_on {
                let Some((start, line)) = self.at(self.next) else { break };
                self.next += 1;
                let content = line.trim_start();
                if content.is_empty() || content.starts_with('#') {
                    continue;
                }
                goes_on = self.append(&mut logical, line, start);
                logical.end_line = Self::number(self.next - 1);
                logical.span.end = start + line.len();
            }
            logical.length = logical.text.len();
            if logical.text.trim().is_empty() {
                continue;
            }
            self.heredocs(&mut logical);
            return Some(logical);
        }
    }

    /// Adds a line without its continuation character; whether it had one.
    fn append(&self, logical: &mut Logical, line: &str, start: usize) -> bool {
        let (line, goes_on) = match line.trim_end_matches([' ', '\t']).strip_suffix(self.escape) {
            Some(before) if !before.ends_with(self.escape) => (before, true),
            _ => (line, false),
        };
        logical.map.note(logical.text.len(), start);
        logical.text.push_str(line);
        goes_on
    }

    /// Reads the here-documents that the line opens.
    fn heredocs(&mut self, logical: &mut Logical) {
        if !logical.text.contains("<<") || !may_hold_heredocs(&logical.text, self.escape) {
            return;
        }
        let opened: Vec<_> =
            quoted_words(&logical.text, 0, '\\').iter().filter_map(|word| delimiter(word.text)).collect();
        for (name, strip_tabs, expand) in opened {
            let Some(end) = self.closing(&name, strip_tabs) else {
                self.problem(logical.line, "a here-document is not closed");
                return;
            };
            let first = self.next;
            logical.text.push('\n');
            let (mut body, mut behind) = (String::new(), logical.span.end);
            while let Some((start, line)) = self.at(self.next).filter(|_| self.next <= end) {
                if self.next < end {
                    body.push_str(line);
                    body.push('\n');
                }
                if self.next > first {
                    logical.text.push('\n');
                }
                logical.map.note(logical.text.len(), start);
                logical.text.push_str(line);
                behind = start + line.len();
                self.next += 1;
            }
            logical.span.end = behind;
            logical.end_line = Self::number(end);
            let (line, end_line) = (Self::number(first), logical.end_line);
            logical.heredocs.push(Heredoc { name, strip_tabs, expand, body, line, end_line });
        }
    }

    /// The index of the next line that closes a here-document, if there is one.
    fn closing(&mut self, name: &str, strip_tabs: bool) -> Option<usize> {
        let last = {
            let delimiters = match self.delimiters.take() {
                Some(known) => known,
                None => self.index_delimiters(),
            };
            let map = if strip_tabs { &delimiters.without_tabs } else { &delimiters.exact };
            let last = map.get(name).copied();
            self.delimiters = Some(delimiters);
            last.filter(|&last| last >= self.next)?
        };
        // The body is read at most once: the search ends where the next instruction begins.
        (self.next..=last).find(|&index| {
            self.at(index).is_some_and(|(_, line)| {
                name == if strip_tabs { line.trim_start_matches('\t') } else { line }
            })
        })
    }

    fn index_delimiters(&self) -> Delimiters<'a> {
        let (mut exact, mut without_tabs) = (HashMap::new(), HashMap::new());
        for index in 0..self.lines.count() {
            if let Some((_, line)) = self.at(index) {
                exact.insert(line, index);
                without_tabs.insert(line.trim_start_matches('\t'), index);
            }
        }
        Delimiters { exact, without_tabs }
    }
}

/// `# name=value` with a known name.
fn directive(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.strip_prefix('#')?.split_once('=')?;
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    (matches!(name.as_str(), "syntax" | "escape" | "check") && !value.is_empty()).then_some((name, value))
}

/// Whether the instruction is one that takes here-documents, and not in exec form.
fn may_hold_heredocs(text: &str, escape: char) -> bool {
    let (mut keyword, mut rest) = keyword(text);
    if keyword.eq_ignore_ascii_case("onbuild") {
        rest = rest.get(flags(rest, escape, |_| 0).1..).unwrap_or_default();
        (keyword, rest) = self::keyword(rest);
    }
    let takes = ["run", "copy", "add"].iter().any(|name| keyword.eq_ignore_ascii_case(name));
    let arguments = rest.get(flags(rest, escape, |_| 0).1..).unwrap_or_default();
    takes && !(arguments.starts_with('[') && serde_json::from_str::<Vec<String>>(arguments).is_ok())
}

/// The first word of a line and what follows it.
pub(super) fn keyword(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// The delimiter that a word opens a here-document with, whether tabs are stripped, and whether variables are expanded.
pub(super) fn delimiter(word: &str) -> Option<(String, bool, bool)> {
    let rest = word.trim_start_matches(|digit: char| digit.is_ascii_digit()).strip_prefix("<<")?;
    let (rest, strip_tabs) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let name: String = rest.chars().filter(|character| !matches!(character, '\'' | '"' | '\\')).collect();
    let expand = !rest.contains(['\'', '"']);
    (!name.is_empty()).then_some((name, strip_tabs, expand))
}
