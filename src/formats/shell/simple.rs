//! Simple commands: assignments, words and redirections, and the scripts that their words and here-documents hold.

use super::model::{Assignment, Joint, Pipeline, Redirection, Script, SimpleCommand, Stage, Word};
use super::origin::{OffsetMap, Origin};
use super::parser::{Budget, Parser, parse_script};
use super::walk::{is_name, is_shell_name};

impl Parser<'_> {
    pub(super) fn single(&mut self, words: Vec<Word>, at: usize, line: u32) -> Vec<Pipeline> {
        self.budget.commands = self.budget.commands.saturating_sub(1);
        let command = SimpleCommand {
            offset: self.origin.offset(at),
            line,
            assignments: Vec::new(),
            words,
            redirections: Vec::new(),
            nested: None,
        };
        vec![Pipeline { joint: Joint::First, negated: false, stages: vec![Stage::Command(command)] }]
    }

    pub(super) fn simple(&mut self) -> Option<SimpleCommand> {
        let (at, line) = (self.pos, self.line());
        let mut command = SimpleCommand {
            offset: self.origin.offset(at),
            line,
            assignments: Vec::new(),
            words: Vec::new(),
            redirections: Vec::new(),
            nested: None,
        };
        // Offset maps of the words: needed only when one of them is a script itself.
        let mut maps = Vec::new();
        loop {
            self.blanks();
            let test = command.words.first().is_some_and(|word| word.text == "[[" && !word.quoted);
            if !test && let Some(redirection) = self.redirection() {
                command.redirections.push(redirection);
                continue;
            }
            if self.peek() == Some(b'(') && command.words.len() == 1 && self.parens() {
                // `name()` opens a function; its body follows as a group.
                return None;
            }
            if command.words.is_empty()
                && let Some(assignment) = self.assignment()
            {
                command.assignments.push(assignment);
                continue;
            }
            let Some((word, map)) = self.mapped_word(test) else { break };
            let closes = test && word.text == "]]" && !word.quoted;
            command.words.push(word);
            maps.push(map);
            if closes {
                break;
            }
        }
        if command.words.is_empty() && command.assignments.is_empty() && command.redirections.is_empty() {
            return None;
        }
        self.budget.commands = self.budget.commands.saturating_sub(1);
        self.nested(&mut command, &maps);
        Some(command)
    }

    /// Splits the text that the command runs as a script: an argument, or a here-document that a shell reads.
    fn nested(&mut self, command: &mut SimpleCommand, maps: &[OffsetMap]) {
        let program = command.program();
        let first = command.words.len() - program.args.len();
        let shell = is_shell_name(program.name);
        let operand = match program.name {
            "su" | "runuser" => script_option(program.args, false),
            "eval" if program.args.len() == 1 => Some(0),
            _ if shell => script_option(program.args, true),
            _ => None,
        };
        if let Some((word, index)) = operand.and_then(|at| Some((program.args.get(at)?, first + at))) {
            if let Some(map) = maps.get(index) {
                let origin = Origin { lines: self.origin.lines, map, outer: Some(self.origin) };
                let script = parse_script(&word.text, &origin, self.depth, self.budget);
                self.complete &= script.complete;
                command.nested = Some((index, script));
            }
            return;
        }
        let reads_input = shell && program.operands().next().is_none_or(|_| program.has("-s"));
        if !reads_input {
            return;
        }
        // Of several here-documents the last is the input.
        let document = command.redirections.iter_mut().rev().find_map(|redirection: &mut Redirection| {
            let body = redirection.document.as_mut()?;
            Some((body, redirection.descriptor))
        });
        if let Some((document, None | Some(0))) = document {
            let mut map = OffsetMap::default();
            map.note(0, document.at);
            let origin = Origin { lines: self.origin.lines, map: &map, outer: Some(self.origin) };
            document.script = Some(parse_script(&document.body, &origin, self.depth, self.budget));
        }
    }

    fn assignment(&mut self) -> Option<Assignment> {
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let name = rest.get(..length).filter(|name| is_name(name))?;
        let operator = if rest.get(length..)?.starts_with("+=") { 2 } else { 1 };
        if !rest.get(length + operator - 1..)?.starts_with('=') {
            return None;
        }
        let name = name.to_owned();
        self.pos += length + operator;
        let (at, line) = (self.pos, self.line());
        if self.peek() == Some(b'(') {
            return Some(Assignment { name, value: self.array() });
        }
        let value = self.word().unwrap_or_else(|| self.plain_word("", at, line));
        Some(Assignment { name, value })
    }

    /// The elements of `NAME=(…)`, joined by spaces.
    fn array(&mut self) -> Word {
        let mut array = self.plain_word("", self.pos, self.line());
        self.pos += 1;
        loop {
            self.blanks();
            match self.peek() {
                Some(b'\n') => self.newline(),
                Some(b')') => {
                    self.pos += 1;
                    return array;
                }
                _ => {
                    let Some(mut word) = self.word() else {
                        self.complete = false;
                        return array;
                    };
                    if !array.text.is_empty() {
                        array.text.push(' ');
                    }
                    array.text.push_str(&word.text);
                    array.quoted |= word.quoted;
                    array.dynamic |= word.dynamic;
                    array.substitutions.append(&mut word.substitutions);
                }
            }
        }
    }
}

/// The index of the argument that `-c` runs. A shell stops at its first operand, `su` takes a user name before `-c`.
fn script_option(args: &[Word], shell: bool) -> Option<usize> {
    let (mut seen, mut value) = (false, false);
    for (index, word) in args.iter().enumerate() {
        let text = word.text.as_str();
        if std::mem::take(&mut value) {
            continue;
        }
        if let Some(cluster) = text.strip_prefix(['-', '+']).filter(|cluster| !cluster.starts_with('-')) {
            seen |= text.starts_with('-') && cluster.contains('c');
            // `-o pipefail`, also as the last letter of a cluster.
            value = shell && cluster.ends_with(['o', 'O']);
        } else if text.starts_with("--") {
            seen |= text == "--command" && !shell;
        } else if seen {
            return Some(index);
        } else if shell {
            return None;
        }
    }
    None
}

/// The script of an exec form: one command of fixed words, each with the offset of its text.
pub(super) fn script_of_words(words: &[(String, usize)], origin: &Origin<'_>, budget: &mut Budget) -> Script {
    let at = words.first().map_or(0, |(_, at)| *at);
    let documents = None;
    let mut parser =
        Parser { text: "", pos: 0, origin, depth: 1, complete: true, budget, documents, last_line: true };
    let mut maps = Vec::new();
    let mut fixed = Vec::new();
    for (text, at) in words {
        let mut map = OffsetMap::default();
        map.note(0, *at);
        maps.push(map);
        let offset = origin.offset(*at);
        let line = origin.lines.line(offset);
        fixed.push(Word { text: text.clone(), quoted: true, offset, line, ..Word::default() });
    }
    let offset = origin.offset(at);
    let mut pipelines = parser.single(fixed, at, origin.lines.line(offset));
    if let Some(Stage::Command(command)) = pipelines.first_mut().and_then(|first| first.stages.first_mut()) {
        parser.nested(command, &maps);
    }
    Script { pipelines, complete: parser.complete }
}
