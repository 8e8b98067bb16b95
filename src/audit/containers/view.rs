//! One parsed container file, with what several rules ask of it worked out once.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::formats::containerfile::{
    Command, Containerfile, Form, Instruction, InstructionKind, Run, Span, Stage, Transfer,
};
use crate::formats::shell::{Script, SimpleCommand, Word};

/// Most bytes of a line that a finding spans.
const LONGEST: usize = 2_000;

/// Whether something keeps files out of the build context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// An ignore file stands where the context may be.
    Filtered,
    /// None stands there.
    Whole,
    /// The tree around the file is not known.
    Unknown,
}

/// A parsed file as the rules see it.
pub(super) struct View<'a> {
    pub(super) file: &'a Containerfile,
    /// Its path in the tree.
    pub(super) path: &'a str,
    pub(super) context: Context,
    /// Every instruction behind a `FROM` with its stage, those that `ONBUILD` holds included.
    pub(super) placed: Vec<Placed<'a>>,
    /// Every `RUN`, with its commands.
    pub(super) steps: Vec<Step<'a>>,
    /// Stages whose layers end up in an image: those that no other stage uses, and what they build on. A stage that
    /// others only copy from leaves nothing else behind.
    ships: BTreeSet<usize>,
    /// Stages that no other stage uses: the images that the file makes.
    pub(super) leaves: usize,
    /// Commands for a shell that is not split.
    pub(super) unread_commands: usize,
}

/// An instruction and its stage.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) stage: usize,
    pub(super) instruction: &'a Instruction,
}

/// A `RUN` whose commands are known.
pub(super) struct Step<'a> {
    pub(super) stage: usize,
    pub(super) run: &'a Run,
    pub(super) script: &'a Script,
    /// At every depth, in order.
    pub(super) commands: Vec<&'a SimpleCommand>,
}

impl<'a> View<'a> {
    pub(super) fn new(file: &'a Containerfile, path: &'a str, context: Context) -> Self {
        let mut placed = Vec::new();
        for stage in &file.stages {
            for instruction in &stage.instructions {
                placed.push(Placed { stage: stage.index, instruction });
                if let InstructionKind::Onbuild(Some(kept)) = &instruction.kind {
                    placed.push(Placed { stage: stage.index, instruction: kept });
                }
            }
        }
        let steps = placed.iter().filter_map(Step::of).collect();
        let unread = |command: &Command| {
            command.script.is_none() && !matches!(&command.form, Form::Exec(words) if words.is_empty())
        };
        let unread_commands =
            placed.iter().filter(|placed| command(&placed.instruction.kind).is_some_and(unread)).count();
        let used: BTreeSet<usize> = file
            .stages
            .iter()
            .flat_map(|stage| {
                let mut needed = file.needed_by(stage.index);
                needed.remove(&stage.index);
                needed
            })
            .collect();
        let leaves: Vec<usize> =
            file.stages.iter().map(|stage| stage.index).filter(|index| !used.contains(index)).collect();
        let ships = leaves
            .iter()
            .flat_map(|leaf| file.lineage(*leaf).into_iter().map(|stage| stage.index).collect::<Vec<_>>())
            .collect();
        Self { file, path, context, placed, steps, ships, leaves: leaves.len(), unread_commands }
    }

    /// Whether what a stage adds ends up in an image.
    pub(super) fn ships(&self, stage: usize) -> bool {
        self.ships.contains(&stage)
    }

    /// The last stage and those it builds on, from itself down.
    pub(super) fn final_lineage(&self) -> Vec<&'a Stage> {
        self.file.final_stage().map(|stage| self.file.lineage(stage.index)).unwrap_or_default()
    }

    /// `COPY` and `ADD`, with the keyword.
    pub(super) fn transfers(&self) -> impl Iterator<Item = (Placed<'a>, &'a Transfer, bool)> + '_ {
        self.placed.iter().filter_map(|placed| match &placed.instruction.kind {
            InstructionKind::Copy(transfer) => Some((*placed, transfer, false)),
            InstructionKind::Add(transfer) => Some((*placed, transfer, true)),
            _ => None,
        })
    }

    /// Every command of every `RUN`.
    pub(super) fn commands(&self) -> impl Iterator<Item = (&Step<'a>, &'a SimpleCommand)> + '_ {
        self.steps.iter().flat_map(|step| step.commands.iter().map(move |command| (step, *command)))
    }

    /// Where a command stands: from its first character to the end of that line.
    pub(super) fn place(&self, command: &SimpleCommand) -> Range<usize> {
        self.to_line_end(command.offset)
    }

    /// Where a word stands, as far as it is on its first line.
    pub(super) fn word(&self, word: &Word) -> Range<usize> {
        let line = self.to_line_end(word.offset);
        line.start..line.end.min(word.offset.saturating_add(word.text.len()).max(word.offset + 1))
    }

    /// The first line of an instruction.
    pub(super) fn head(&self, instruction: &Instruction) -> Range<usize> {
        self.to_line_end(instruction.span.start)
    }

    /// A line by its number.
    pub(super) fn line(&self, line: u32) -> Range<usize> {
        let before = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let start = match before {
            0 => 0,
            _ => {
                memchr::memchr_iter(b'\n', self.file.source.as_bytes()).nth(before - 1).map_or(0, |at| at + 1)
            }
        };
        self.to_line_end(start)
    }

    /// Where `text` stands inside an instruction, at or behind `from`.
    pub(super) fn find(&self, span: Span, from: usize, text: &str) -> Option<Range<usize>> {
        let from = from.max(span.start);
        let at = self.file.source.get(from..span.end)?.find(text)?;
        Some(from + at..from + at + text.len())
    }

    fn to_line_end(&self, start: usize) -> Range<usize> {
        let bytes = self.file.source.as_bytes();
        // A line can be a megabyte long, and no report shows that much of it.
        let rest = bytes.get(start..bytes.len().min(start.saturating_add(LONGEST))).unwrap_or_default();
        let line = memchr::memchr(b'\n', rest).map_or(rest, |at| rest.get(..at).unwrap_or_default());
        let escape = u8::try_from(self.file.escape).unwrap_or(b'\\');
        let line = line.trim_ascii_end();
        let line = line.strip_suffix(&[escape]).unwrap_or(line).trim_ascii_end();
        start..start + line.len()
    }
}

impl<'a> Step<'a> {
    fn of(placed: &Placed<'a>) -> Option<Self> {
        let InstructionKind::Run(run) = &placed.instruction.kind else { return None };
        let script = run.command.script.as_ref()?;
        let commands = script.commands();
        Some(Self { stage: placed.stage, run, script, commands })
    }

    /// Whether a cache mount covers a path, so that nothing written there stays in the layer.
    pub(super) fn caches(&self, path: &str) -> bool {
        self.run.mounts.iter().filter(|mount| matches!(mount.kind.as_str(), "cache" | "tmpfs")).any(|mount| {
            mount.options.iter().any(|(key, value)| {
                matches!(key.as_str(), "target" | "dst" | "destination")
                    && value.as_deref().is_some_and(|value| value.contains(path))
            })
        })
    }
}

/// What an instruction runs.
pub(super) const fn command(kind: &InstructionKind) -> Option<&Command> {
    match kind {
        InstructionKind::Run(run) => Some(&run.command),
        InstructionKind::Cmd(command)
        | InstructionKind::Entrypoint(command)
        | InstructionKind::Healthcheck(Some(command)) => Some(command),
        _ => None,
    }
}

/// The first few of some names, for a message.
pub(super) fn some_of(names: &[&str]) -> String {
    const SHOWN: usize = 4;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}
