//! Questions to a parsed container file that need more than one instruction.

use super::model::{Base, Containerfile, Flag, Instruction, InstructionKind, Span, Stage};
use std::collections::BTreeSet;

impl Containerfile {
    /// The text of a span; empty if the span is not of this file.
    pub fn text(&self, span: Span) -> &str {
        self.source.get(span.start..span.end).unwrap_or_default()
    }

    /// The last stage: what a build makes unless told otherwise.
    pub fn final_stage(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// Every instruction in the order of the file, `FROM` included; what `ONBUILD` holds is inside it.
    pub fn instructions(&self) -> Vec<&Instruction> {
        let stages =
            self.stages.iter().flat_map(|stage| std::iter::once(&stage.head).chain(&stage.instructions));
        let mut all: Vec<_> = self.global_args.iter().chain(&self.misplaced).chain(stages).collect();
        all.sort_by_key(|instruction| instruction.span.start);
        all
    }

    /// The stage and those it builds on, from itself down to the one that starts from an image or from nothing.
    pub fn lineage(&self, stage: usize) -> Vec<&Stage> {
        let mut stages = Vec::new();
        let mut next = self.stages.get(stage);
        while let Some(stage) = next {
            stages.push(stage);
            // A base is always an earlier stage, so this ends.
            next = match stage.from.base {
                Base::Stage(base) if base < stage.index => self.stages.get(base),
                _ => None,
            };
        }
        stages
    }

    /// The last instruction accepted by `wanted` in the stage or the stages it builds on: the one in effect for `USER`,
    /// `ENTRYPOINT`, `HEALTHCHECK` and the like.
    pub fn in_effect(&self, stage: usize, wanted: impl Fn(&InstructionKind) -> bool) -> Option<&Instruction> {
        self.lineage(stage)
            .into_iter()
            .find_map(|stage| stage.instructions.iter().rev().find(|instruction| wanted(&instruction.kind)))
    }

    /// The stages that a build of `stage` runs: itself, those it builds on, copies from or mounts.
    pub fn needed_by(&self, stage: usize) -> BTreeSet<usize> {
        let mut needed = BTreeSet::new();
        let mut open = vec![stage];
        while let Some(stage) = open.pop().and_then(|index| self.stages.get(index)) {
            if needed.insert(stage.index) {
                let others = stage.instructions.iter().flat_map(|instruction| sources(&instruction.kind));
                open.extend(std::iter::once(&stage.from.base).chain(others).filter_map(|base| match base {
                    Base::Stage(index) => Some(*index),
                    _ => None,
                }));
            }
        }
        needed
    }

    /// The value of a parser directive.
    pub fn directive(&self, name: &str) -> Option<&str> {
        self.directives
            .iter()
            .find(|directive| directive.name == name)
            .map(|directive| directive.value.as_str())
    }
}

fn sources(kind: &InstructionKind) -> Vec<&Base> {
    match kind {
        InstructionKind::Copy(transfer) | InstructionKind::Add(transfer) => transfer.from.iter().collect(),
        InstructionKind::Run(run) => run.mounts.iter().filter_map(|mount| mount.from.as_ref()).collect(),
        _ => Vec::new(),
    }
}

impl Instruction {
    /// The last flag of this name.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().rev().find(|flag| flag.name == name)
    }
}
