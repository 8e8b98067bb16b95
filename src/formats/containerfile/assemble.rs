//! Instructions put together into stages; names of stages resolved, variables and `SHELL` kept track of.

use super::arguments::Reading;
use super::expand::Variables;
use super::image::ImageRef;
use super::logical::{Logical, keyword};
use super::model::{
    Base, Flag, From, Instruction, InstructionKind, Mount, Problem, Run, Source, Span, Stage, Value,
};
use super::words::{flags, mount_options, plain_words};
use crate::formats::shell::LineIndex;
use std::collections::HashMap;
use std::sync::Arc;

/// The state while the instructions are read in order.
pub(super) struct Assembly<'a> {
    pub(super) lines: &'a LineIndex,
    pub(super) escape: char,
    pub(super) problems: Vec<Problem>,
    pub(super) global_args: Vec<Instruction>,
    pub(super) misplaced: Vec<Instruction>,
    pub(super) stages: Vec<Stage>,
    pub(super) variables: Variables,
    /// Stage names in lower case.
    names: HashMap<String, usize>,
    /// The `SHELL` in effect at the end of each stage so far.
    shells: Vec<Option<Arc<[String]>>>,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(lines: &'a LineIndex, escape: char) -> Self {
        Self {
            lines,
            escape,
            problems: Vec::new(),
            global_args: Vec::new(),
            misplaced: Vec::new(),
            stages: Vec::new(),
            variables: Variables::default(),
            names: HashMap::new(),
            shells: Vec::new(),
        }
    }

    /// Reads one instruction and puts it in its place.
    pub(super) fn add(&mut self, logical: &Logical) {
        let mut instruction = self.read(logical, 0, false);
        match &mut instruction.kind {
            InstructionKind::From => {
                let from = self.from(logical, &instruction);
                let base = match from.base {
                    Base::Stage(index) => Some(index),
                    _ => None,
                };
                let index = self.stages.len();
                if let Some(alias) = &from.alias {
                    self.names.insert(alias.to_ascii_lowercase(), index);
                }
                self.variables.begin_stage(base);
                self.shells.push(base.and_then(|base| self.shells.get(base).cloned().flatten()));
                self.stages.push(Stage { index, from, head: instruction, instructions: Vec::new() });
                return;
            }
            InstructionKind::Arg(arguments) => {
                for argument in arguments {
                    self.variables.declare(&argument.name, argument.default.clone());
                }
            }
            InstructionKind::Env(pairs) => {
                for pair in pairs {
                    self.variables.assign(&pair.name, pair.value.clone());
                }
            }
            InstructionKind::Shell(words) => {
                if let Some(shell) = self.shells.last_mut() {
                    *shell = Some(words.as_slice().into());
                }
            }
            _ => {}
        }
        match self.stages.last_mut() {
            Some(stage) => stage.instructions.push(instruction),
            None if matches!(instruction.kind, InstructionKind::Arg(_)) => self.global_args.push(instruction),
            None => {
                self.problem(instruction.line, "an instruction other than ARG stands before the first FROM");
                self.misplaced.push(instruction);
            }
        }
    }

    fn problem(&mut self, line: u32, message: &str) {
        self.problems.push(Problem { line, message: message.to_owned() });
    }

    /// Reads the instruction whose keyword stands at or behind `at`.
    fn read(&mut self, logical: &Logical, at: usize, onbuild: bool) -> Instruction {
        let shell = self.shells.last().cloned().flatten();
        let mut reading = Reading {
            logical,
            lines: self.lines,
            escape: self.escape,
            variables: &mut self.variables,
            problems: &mut self.problems,
            shell: shell.as_deref(),
            deferred: onbuild,
            keyword_at: 0,
            arguments_at: 0,
        };
        let (word, keyword_span, arguments, flags) = reading.open(at);
        let arguments_at = reading.arguments_at;
        let kind = match word.to_ascii_lowercase().as_str() {
            "from" => InstructionKind::From,
            "run" => {
                let command = reading.command(arguments_at);
                let mounts = self.mounts(&flags, onbuild);
                InstructionKind::Run(Run { command, shell, mounts })
            }
            "cmd" => InstructionKind::Cmd(reading.command(arguments_at)),
            "entrypoint" => InstructionKind::Entrypoint(reading.command(arguments_at)),
            "shell" => InstructionKind::Shell(reading.shell_words()),
            name @ ("copy" | "add") => {
                let mut transfer = reading.transfer(&flags);
                let from = flags
                    .iter()
                    .rev()
                    .find(|flag| flag.name == "from")
                    .and_then(|flag| flag.value.as_deref());
                let from = from.map(|raw| reading.value(raw));
                transfer.from = from.map(|value| self.named(&value));
                if name == "copy" { InstructionKind::Copy(transfer) } else { InstructionKind::Add(transfer) }
            }
            "env" => InstructionKind::Env(reading.pairs()),
            "label" => InstructionKind::Label(reading.pairs()),
            "arg" => InstructionKind::Arg(reading.declarations()),
            "expose" => InstructionKind::Expose(reading.words()),
            "user" => InstructionKind::User(reading.user()),
            "workdir" => InstructionKind::Workdir(reading.whole()),
            "volume" => {
                let (words, _) = reading.list();
                if words.is_empty() {
                    reading.problem("the instruction lacks its arguments");
                }
                InstructionKind::Volume(words.iter().map(|word| reading.value(word)).collect())
            }
            "stopsignal" => InstructionKind::Stopsignal(reading.whole()),
            "maintainer" => InstructionKind::Maintainer(reading.whole().raw),
            "healthcheck" => {
                let text = reading.arguments();
                let (verb, rest) = keyword(text);
                if verb.eq_ignore_ascii_case("cmd") {
                    let blanks = rest.len() - rest.trim_start().len();
                    let command = reading.command(arguments_at + verb.len() + blanks);
                    InstructionKind::Healthcheck(Some(command))
                } else {
                    if !verb.eq_ignore_ascii_case("none") {
                        reading.problem("a health check is NONE or CMD with a command");
                    }
                    InstructionKind::Healthcheck(None)
                }
            }
            "onbuild" => {
                let inner = keyword(reading.arguments()).0.to_ascii_lowercase();
                if matches!(inner.as_str(), "" | "onbuild" | "from" | "maintainer") {
                    reading.problem("ONBUILD needs an instruction other than ONBUILD, FROM and MAINTAINER");
                    InstructionKind::Onbuild(None)
                } else {
                    InstructionKind::Onbuild(Some(Box::new(self.read(logical, arguments_at, true))))
                }
            }
            _ => {
                reading.problem("unknown instruction");
                InstructionKind::Unknown(word.to_owned())
            }
        };
        let heredocs = match kind {
            InstructionKind::Run(_) | InstructionKind::Copy(_) | InstructionKind::Add(_) => {
                logical.heredocs.clone()
            }
            _ => Vec::new(),
        };
        Instruction {
            line: self.lines.line(keyword_span.start),
            end_line: logical.end_line,
            span: Span { start: keyword_span.start, end: logical.span.end },
            keyword: keyword_span,
            arguments,
            flags,
            heredocs,
            kind,
        }
    }

    fn mounts(&mut self, flags: &[Flag], deferred: bool) -> Vec<Mount> {
        let mut mounts = Vec::new();
        for flag in flags.iter().filter(|flag| flag.name == "mount") {
            let options = mount_options(flag.value.as_deref().unwrap_or_default());
            let option = |name: &str| {
                options.iter().rev().find(|(key, _)| key == name).and_then(|(_, v)| v.as_deref())
            };
            let kind = option("type").unwrap_or("bind").to_owned();
            let from = option("from").map(|raw| match deferred {
                true => self.variables.unquote(raw, self.escape),
                false => self.variables.expand(raw, self.escape),
            });
            let from = from.map(|value| self.named(&value));
            mounts.push(Mount { kind, options, from, line: flag.line });
        }
        mounts
    }

    /// What the value of `--from` names: a stage by number or name, or an image.
    fn named(&self, value: &Value) -> Base {
        if let Ok(index) = value.text.parse::<usize>()
            && index + 1 < self.stages.len()
        {
            return Base::Stage(index);
        }
        self.base(value, self.stages.len().saturating_sub(1))
    }

    /// What a name stands for, when only the first `before` stages can be meant.
    fn base(&self, value: &Value, before: usize) -> Base {
        if let Some(&index) = self.names.get(&value.text.to_ascii_lowercase())
            && index < before
        {
            return Base::Stage(index);
        }
        let image = ImageRef::parse(&value.text);
        let open = !value.unresolved.is_empty() && image.repository.contains("${");
        if open && image.tag.is_none() && image.digest.is_none() {
            return Base::Unresolved;
        }
        Base::Image(image)
    }

    fn from(&mut self, logical: &Logical, instruction: &Instruction) -> From {
        let (_, rest) = keyword(logical.text.get(..logical.length).unwrap_or_default());
        let (_, at) = flags(rest, self.escape, |_| instruction.line);
        let words = plain_words(rest.get(at..).unwrap_or_default(), at);
        let words: Vec<&str> = words.iter().map(|word| word.text).collect();
        let (image, alias) = match words.as_slice() {
            [image] => (*image, None),
            [image, keyword, alias] if keyword.eq_ignore_ascii_case("as") => {
                (*image, Some((*alias).to_owned()))
            }
            rest => {
                self.problem(instruction.line, "FROM takes an image, and AS with a name");
                (rest.first().copied().unwrap_or_default(), None)
            }
        };
        let image = self.variables.expand_global(image, self.escape);
        let base = match image.text.as_str() {
            "scratch" => Base::Scratch,
            _ => self.base(&image, self.stages.len()),
        };
        let flag = instruction.flags.iter().rev().find(|flag| flag.name == "platform");
        let platform = flag.and_then(|flag| flag.value.as_deref());
        let platform = platform.map(|raw| self.variables.expand_global(raw, self.escape));
        From { image, base, alias, platform }
    }
}

impl Source {
    /// The path, if it is one.
    pub fn path(&self) -> Option<&Value> {
        match self {
            Self::Path(value) => Some(value),
            Self::Heredoc(_) => None,
        }
    }
}
