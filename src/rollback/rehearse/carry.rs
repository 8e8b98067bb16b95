//! Phases carried out in the scratch copy, one after the other, until one fails.

use std::time::{Duration, Instant};

use super::scratch::Scratch;
use super::{Order, Rehearsed, proof};
use crate::report::{RollbackOutcome, RollbackPhase, RollbackStep};
use crate::rollback::plan::{long, part, shown, shown_step};
use crate::rollback::restore::{Scope, parse_scope};
use crate::rollback::settings::{Act, Phase, Step};
use crate::rollback::steps::{self, Ended, Surroundings};

/// Carries everything out, and notes what it came to.
pub(super) fn carry(order: &Order<'_>, scratch: &Scratch, before: &[String], out: &mut Rehearsed) {
    let environment = scratch.environment(order.environment);
    let at = Surroundings { folder: &scratch.tree, environment: &environment, before };
    let mut course = Course { order, scratch, at, out, failed: false, restored: None };
    for (number, phase) in order.plan.numbered() {
        (order.progress)("phases", u64::from(number), order.plan.phases.len() as u64);
        course.phase(number, phase);
    }
    course.end();
}

struct Course<'a, 'o> {
    order: &'o Order<'o>,
    scratch: &'o Scratch,
    at: Surroundings<'a>,
    out: &'o mut Rehearsed,
    /// Whether a phase failed.
    failed: bool,
    /// What was restored of the point by now.
    restored: Option<Scope>,
}

impl Course<'_, '_> {
    fn problem(&mut self, rule: &'static str, part: &str, words: impl Into<String>) {
        self.out.problems.push((rule, part.to_owned(), words.into()));
    }

    fn phase(&mut self, number: u32, phase: &Phase) {
        let part = part(number, &phase.name);
        let mut told = shown(number, phase);
        let steps = phase.steps.len() + usize::from(phase.verify.is_some());
        if self.failed {
            if steps > 0 {
                self.problem("RBK-061", &part, "it comes after one that failed");
            }
            skip(&mut told);
            self.count(&told, phase, false);
            self.out.phases.push(told);
            return;
        }
        let (mut measured, mut whole) = (Duration::ZERO, true);
        for (step_at, (step, shown)) in phase.steps.iter().zip(&mut told.steps).enumerate() {
            let name = format!("step {} \"{}\"", step_at + 1, step.name);
            match self.why_not(step) {
                Some(reason) => {
                    whole = false;
                    shown.outcome = RollbackOutcome::Skipped;
                    shown.detail = Some(reason.to_owned());
                    self.problem("RBK-061", &part, format!("{name} was not rehearsed: {reason}"));
                }
                None => {
                    let ended = self.step(step);
                    measured += ended.took;
                    fill(shown, &ended);
                    if !ended.good {
                        self.failed = true;
                        self.problem("RBK-060", &part, format!("{name}, {}: {}", shown.act, said(&ended)));
                    }
                }
            }
        }
        if let (Some(verify), Some(shown)) = (&phase.verify, &mut told.verify) {
            let reason = if self.failed {
                Some("a step failed")
            } else if !verify.rehearse {
                Some("`rehearse: false` says so")
            } else if whole {
                None
            } else {
                Some("not every step before it was rehearsed")
            };
            if let Some(reason) = reason {
                whole = false;
                shown.outcome = RollbackOutcome::Skipped;
                shown.detail = Some(reason.to_owned());
                self.problem(
                    "RBK-061",
                    &part,
                    format!("verification \"{}\" was not rehearsed: {reason}", verify.name),
                );
            } else {
                let ended = self.step(verify);
                measured += ended.took;
                fill(shown, &ended);
                if !ended.good {
                    self.failed = true;
                    let words = format!("verification \"{}\", {}: {}", verify.name, shown.act, said(&ended));
                    self.problem("RBK-060", &part, words);
                }
            }
        }
        told.measured_seconds = (steps > 0).then_some(measured.as_secs_f64());
        told.outcome = match (self.failed, whole) {
            (true, _) => RollbackOutcome::Failed,
            (false, true) => RollbackOutcome::Done,
            (false, false) => RollbackOutcome::Skipped,
        };
        if let Some(expected) = phase.expected.filter(|expected| measured > *expected) {
            self.problem(
                "RBK-062",
                &part,
                format!("declared {}, measured {}", long(expected), long(measured)),
            );
        }
        self.out.measured += measured;
        self.count(&told, phase, whole && !self.failed);
        self.out.phases.push(told);
    }

    /// Adds a phase to what everything would take.
    fn count(&mut self, told: &RollbackPhase, phase: &Phase, whole: bool) {
        let measured = told.measured_seconds.map_or(Duration::ZERO, Duration::from_secs_f64);
        let expected = phase.expected.filter(|_| !whole).unwrap_or_default();
        self.out.total += measured.max(expected);
    }

    /// Why a step is not carried out, if it is not.
    fn why_not(&self, step: &Step) -> Option<&'static str> {
        if self.failed {
            Some("a step before it failed")
        } else if matches!(step.act, Act::Manual { .. }) {
            Some("it is done by a person")
        } else if !step.rehearse {
            Some("`rehearse: false` says so")
        } else if (self.order.stop)() {
            Some("the rehearsal was interrupted")
        } else {
            None
        }
    }

    fn step(&mut self, step: &Step) -> Ended {
        match &step.act {
            Act::Command { words } => steps::command(words, step.limit, &self.at),
            Act::Restore { only } => self.restore(only),
            Act::Manual { .. } => bad("it is done by a person".to_owned(), Duration::ZERO),
        }
    }

    /// Restores a part of the point, with the declared validation.
    fn restore(&mut self, only: &[String]) -> Ended {
        let begun = Instant::now();
        let scope = match if only.is_empty() { Ok(Scope::whole()) } else { parse_scope(only) } {
            Ok(scope) => scope,
            Err(reason) => return bad(reason, begun.elapsed()),
        };
        let validate: Vec<Step> =
            self.order.settings.validate.iter().filter(|step| step.rehearse).cloned().collect();
        let at = self.at;
        let run = |step: &Step| match &step.act {
            Act::Command { words } => steps::command(words, step.limit, &at),
            _ => bad("this is no command".to_owned(), Duration::ZERO),
        };
        let restored = match self.scratch.restore(self.order, &scope, &validate, &run) {
            Ok(restored) => restored,
            Err(reason) => return bad(reason, begun.elapsed()),
        };
        self.out.validation =
            restored.validation.iter().map(|(step, ended)| validated(step, ended)).collect();
        let grave = |rule: &str| matches!(rule, "RBK-020" | "RBK-021");
        let words: Vec<String> = restored
            .problems
            .iter()
            .filter(|(rule, ..)| !restored.done || grave(rule))
            .map(|(_, path, words)| format!("{path}: {words}"))
            .collect();
        let good = restored.done && words.is_empty();
        if good {
            let all = self.restored.get_or_insert_default();
            all.git |= scope.git;
            all.config |= scope.config;
            all.security |= scope.security;
            all.paths.extend(scope.paths);
        }
        Ended { good, words: words.join("; "), took: begun.elapsed() }
    }

    /// Validation where nothing was restored, limits, and whether the copy is what the point says.
    fn end(&mut self) {
        for step in self.order.settings.validate.iter().filter(|step| !step.rehearse) {
            let words = format!("validation \"{}\" was not rehearsed: `rehearse: false` says so", step.name);
            self.problem("RBK-061", "validation", words);
        }
        if !self.order.plan.restores() {
            let words = "no phase restores the point, so that this was not rehearsed";
            self.problem("RBK-061", "restore", words);
            self.validate();
        }
        if self.order.plan.derived {
            let words = "`rollback.phases` of readiness.yaml declares none: the restore alone was rehearsed";
            self.problem("RBK-065", "phases", words);
        }
        if let Some(limit) = self.order.plan.limit.filter(|limit| self.out.total > *limit) {
            let words = format!("the limit is {}, the plan took {}", long(limit), long(self.out.total));
            self.problem("RBK-063", "all phases", words);
        }
        let Some(scope) = self.restored.clone().filter(|_| !self.failed) else { return };
        match proof::differing(self.order, self.scratch, &scope) {
            Ok(differing) => {
                for (path, words) in differing {
                    self.problem("RBK-064", &path, words);
                }
            }
            Err(reason) => {
                self.problem(
                    "RBK-061",
                    "the state in the end",
                    format!("it could not be looked at: {reason}"),
                );
            }
        }
    }

    fn validate(&mut self) {
        let steps: Vec<&Step> = self.order.settings.validate.iter().filter(|step| step.rehearse).collect();
        for step in steps {
            let ended = self.step(step);
            self.out.measured += ended.took;
            self.out.total += ended.took;
            self.out.validation.push(validated(step, &ended));
            if !ended.good {
                self.failed = true;
                self.problem("RBK-060", "validation", format!("\"{}\": {}", step.name, said(&ended)));
                return;
            }
        }
    }
}

fn skip(told: &mut RollbackPhase) {
    told.outcome = RollbackOutcome::Skipped;
    for step in told.steps.iter_mut().chain(&mut told.verify) {
        step.outcome = RollbackOutcome::Skipped;
    }
}

fn fill(shown: &mut RollbackStep, ended: &Ended) {
    shown.outcome = if ended.good { RollbackOutcome::Done } else { RollbackOutcome::Failed };
    shown.seconds = Some(ended.took.as_secs_f64());
    shown.detail = Some(ended.words.clone()).filter(|words| !words.is_empty());
}

fn validated(step: &Step, ended: &Ended) -> RollbackStep {
    let mut shown = shown_step(step);
    fill(&mut shown, ended);
    shown
}

fn said(ended: &Ended) -> &str {
    if ended.words.is_empty() { "it failed" } else { &ended.words }
}

fn bad(words: String, took: Duration) -> Ended {
    Ended { good: false, words, took }
}
