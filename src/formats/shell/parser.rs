//! The grammar: lists, pipelines and groups, by recursive descent over the lexer's words.

use super::model::{Group, GroupKind, Joint, Pipeline, Script, Stage};
use super::origin::Origin;
use super::{MAX_BYTES, MAX_COMMANDS, MAX_DEPTH};

/// One pass over one text.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) pos: usize,
    pub(super) origin: &'a Origin<'a>,
    pub(super) depth: usize,
    pub(super) complete: bool,
    pub(super) budget: &'a mut Budget,
    /// The newline after which here-document bodies were already read, and where the text goes on.
    pub(super) documents: Option<(usize, usize)>,
    /// No newline follows, so no here-document has a body; found once, not searched for again.
    pub(super) last_line: bool,
}

/// What may still be done for one text, over all depths.
pub(super) struct Budget {
    /// Simple commands that may still be made.
    pub(super) commands: usize,
    /// Bytes that may still be read. Substitutions in a text for `sh -c` are read with the word and with the script;
    /// without this bound the time would double with every level.
    bytes: usize,
}

impl Budget {
    /// The budget of a text of `length` bytes.
    pub(super) fn new(length: usize) -> Self {
        Self { commands: MAX_COMMANDS, bytes: length.min(MAX_BYTES) * 8 + 4096 }
    }
}

/// What ends a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Only the end of the text.
    Text,
    /// `)`
    Paren,
    /// This reserved word.
    Reserved(&'static str),
    /// `;;`, `;&`, `;;&` or `esac`, which stays unread.
    Case,
}

/// Splits `text`, which stands `depth` levels inside another.
pub(super) fn parse_script(text: &str, origin: &Origin<'_>, depth: usize, budget: &mut Budget) -> Script {
    let mut end = text.len().min(MAX_BYTES);
    if end > budget.bytes {
        return Script { pipelines: Vec::new(), complete: false };
    }
    budget.bytes -= end;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let read = text.get(..end).unwrap_or_default();
    let complete = end == text.len();
    let mut parser =
        Parser { text: read, pos: 0, origin, depth, complete, budget, documents: None, last_line: false };
    let pipelines = parser.list(End::Text);
    Script { pipelines, complete: parser.complete }
}

impl Parser<'_> {
    /// Reads pipelines up to `end`, and over it.
    pub(super) fn list(&mut self, end: End) -> Vec<Pipeline> {
        let mut pipelines = Vec::new();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.give_up();
        }
        let mut joint = Joint::First;
        loop {
            match self.separators(end, &mut joint) {
                Next::End => break,
                Next::Pipeline => {
                    if self.budget.commands == 0 {
                        self.give_up();
                        continue;
                    }
                    let before = self.pos;
                    if let Some(pipeline) =
                        self.pipeline(if pipelines.is_empty() { Joint::First } else { joint })
                    {
                        pipelines.push(pipeline);
                        joint = Joint::Then;
                    }
                    if self.pos == before {
                        // Whatever stands here starts no command; go on behind it.
                        self.advance_char();
                    }
                }
            }
        }
        self.depth -= 1;
        pipelines
    }

    /// Skips what stands between pipelines and notes what it was.
    fn separators(&mut self, end: End, joint: &mut Joint) -> Next {
        loop {
            self.blanks();
            let Some(byte) = self.peek() else {
                if end != End::Text {
                    self.complete = false;
                }
                return Next::End;
            };
            match byte {
                b'\n' => self.newline(),
                b';' => {
                    if end == End::Case && matches!(self.peek_at(1), Some(b';' | b'&')) {
                        return Next::End;
                    }
                    self.pos += 1;
                    *joint = Joint::Then;
                }
                b'&' if self.peek_at(1) == Some(b'&') => {
                    self.pos += 2;
                    *joint = Joint::And;
                }
                b'&' if self.peek_at(1) != Some(b'>') => {
                    self.pos += 1;
                    *joint = Joint::Background;
                }
                b'|' if self.peek_at(1) == Some(b'|') => {
                    self.pos += 2;
                    *joint = Joint::Or;
                }
                // A stray one: nothing stands before it.
                b'|' => self.pos += 1,
                b')' => {
                    if end == End::Paren {
                        self.pos += 1;
                        return Next::End;
                    }
                    if end == End::Text {
                        self.complete = false;
                        self.pos += 1;
                    } else {
                        // It closes a list further out.
                        self.complete = false;
                        return Next::End;
                    }
                }
                _ => {
                    let word = self.bare_word();
                    match word {
                        "then" | "do" | "else" | "elif" => self.pos += word.len(),
                        "fi" | "done" | "}" => {
                            if end == End::Reserved(reserved(word)) {
                                self.pos += word.len();
                                return Next::End;
                            }
                            if matches!(end, End::Reserved(_) | End::Case) {
                                self.complete = false;
                                return Next::End;
                            }
                            self.pos += word.len();
                        }
                        "esac" if end == End::Case => return Next::End,
                        _ => return Next::Pipeline,
                    }
                    if *joint == Joint::First {
                        *joint = Joint::Then;
                    }
                }
            }
        }
    }

    fn pipeline(&mut self, joint: Joint) -> Option<Pipeline> {
        let mut stages = Vec::new();
        let mut negated = false;
        loop {
            self.blanks();
            if stages.is_empty() && self.bare_word() == "!" {
                negated = true;
                self.pos += 1;
                continue;
            }
            if self.budget.commands == 0 {
                self.give_up();
            }
            if let Some(stage) = self.stage() {
                stages.push(stage);
            }
            self.blanks();
            if self.peek() != Some(b'|') || self.peek_at(1) == Some(b'|') || stages.is_empty() {
                break;
            }
            self.pos += if self.peek_at(1) == Some(b'&') { 2 } else { 1 };
            // A pipeline goes on after newlines and comments.
            loop {
                self.blanks();
                if self.peek() != Some(b'\n') {
                    break;
                }
                self.newline();
            }
        }
        (!stages.is_empty()).then_some(Pipeline { joint, negated, stages })
    }

    fn stage(&mut self) -> Option<Stage> {
        let line = self.line();
        if self.peek() == Some(b'(') {
            if self.peek_at(1) == Some(b'(') && self.arithmetic() {
                return None;
            }
            self.pos += 1;
            let body = self.list(End::Paren);
            return Some(self.group(GroupKind::Subshell, body, line));
        }
        let word = self.bare_word();
        let (kind, body) = match word {
            "{" => {
                self.pos += 1;
                (GroupKind::Braces, self.list(End::Reserved("}")))
            }
            "if" => {
                self.pos += 2;
                (GroupKind::Compound, self.list(End::Reserved("fi")))
            }
            "while" | "until" => {
                self.pos += 5;
                (GroupKind::Compound, self.list(End::Reserved("done")))
            }
            "for" | "select" => {
                let mut body = self.header(word);
                body.extend(self.list(End::Reserved("done")));
                (GroupKind::Compound, body)
            }
            "case" => (GroupKind::Compound, self.case()),
            "function" => {
                self.pos += word.len();
                self.blanks();
                self.word();
                self.parens();
                return self.stage_after_blanks();
            }
            _ => return self.simple().map(Stage::Command),
        };
        Some(self.group(kind, body, line))
    }

    /// The body of a function stands after its name, possibly on the next line.
    fn stage_after_blanks(&mut self) -> Option<Stage> {
        loop {
            self.blanks();
            match self.peek() {
                Some(b'\n') => self.newline(),
                Some(b'{' | b'(') => return self.stage(),
                _ => return None,
            }
        }
    }

    pub(super) fn group(&mut self, kind: GroupKind, body: Vec<Pipeline>, line: u32) -> Stage {
        let mut redirections = Vec::new();
        loop {
            self.blanks();
            let Some(redirection) = self.redirection() else { break };
            redirections.push(redirection);
        }
        Stage::Group(Group { kind, body, redirections, line })
    }
}

enum Next {
    End,
    Pipeline,
}

fn reserved(word: &str) -> &'static str {
    match word {
        "fi" => "fi",
        "done" => "done",
        _ => "}",
    }
}
