//! Carrying a plan out, step by step. What was done is recorded before and after every step, so that the same command goes
//! on where an earlier one stopped, whatever stopped it.
//!
//! A step that was begun and of which nobody knows whether it ended is never repeated silently: somebody is asked, or, where
//! nobody can be, a restore is repeated (it does nothing twice), a command of a phase of low risk is (that is what low risk
//! says), and before any other the run stops.

mod conclude;
mod record;

pub use conclude::conclude;
pub use record::{FOLDER, Mark, Progress, Record};

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::conclude::{part, shown};
use super::{Phase, Plan};
use crate::host::clock;
use crate::host::disk::Disk;
use crate::report::{Rollback, RollbackAction, RollbackOutcome, RollbackPhase, RollbackStep};
use crate::rollback::settings::{Act, Risk, Step};
use crate::rollback::steps::{self, Ended, Surroundings};

/// What is carried out, and how.
pub struct Order<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The tree, absolute and without links; the record lies in [`FOLDER`] of it.
    pub root: &'a Path,
    /// Only the phase with this number.
    pub only: Option<u32>,
    /// Whether what an earlier run did is forgotten; of the one phase, when there is only one.
    pub restart: bool,
    /// Whether nobody can be asked.
    pub yes: bool,
    /// Where commands run.
    pub at: Surroundings<'a>,
    /// The disk that the record is written to.
    pub disk: &'a Disk,
    /// The time.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Whether the user asked for an end; looked at before every step.
    pub stop: &'a dyn Fn() -> bool,
}

/// Who does what a program cannot do alone.
pub trait Hands {
    /// Answers a question; not called when [`Order::yes`] is set.
    fn ask(&mut self, question: &Question<'_>) -> Answer;
    /// Restores parts of the point, as `--only` has them; all of it when there are none.
    fn restore(&mut self, only: &[String]) -> Ended;
    /// Is told that a step begins.
    fn begins(&mut self, number: u32, phase: &Phase, step: &Step);
    /// Is told how a phase ended that was at least begun now.
    fn ended(&mut self, phase: &RollbackPhase);
}

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// Number of the phase.
    pub number: u32,
    /// The phase.
    pub phase: &'q Phase,
    /// What is asked.
    pub about: About<'q>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub enum About<'q> {
    /// Whether the phase is begun.
    Begin,
    /// Whether a person did a step; its text says what.
    Manual(&'q Step),
    /// What becomes of a step that was begun and of which nobody knows whether it ended: `Yes` when it did its work, `Again`
    /// when it is to be repeated.
    Interrupted(&'q Step),
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// Once more.
    Again,
    /// No: the run stops.
    No,
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// The phases, all of them, with what was done of each.
    pub phases: Vec<RollbackPhase>,
    /// Numbers of those that were at least begun now.
    pub touched: Vec<u32>,
    /// Why it stopped before its end.
    pub stop: Option<Stop>,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

/// Where a run stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The phase, as findings name it.
    pub part: String,
    /// Whether something failed; else somebody's answer or hand is waited for.
    pub failed: bool,
    /// Why.
    pub words: String,
}

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The record cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// What.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The record is none.
    #[error("{path}: {reason}; --restart forgets it")]
    Form {
        /// The record.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another run is at work.
    #[error("another command carries a plan out here; wait for its end")]
    Busy,
    /// The plan is another one than that of the run that is to go on.
    #[error(
        "the phases are others than when this run was begun: what was done until then stands in the record; --restart forgets it and begins at the first phase"
    )]
    Changed,
    /// A run to another point did not come to its end.
    #[error("a run to the point {0} did not come to its end: finish it first, or forget it with --restart")]
    OtherPoint(String),
    /// There is no such phase.
    #[error("--phase {0}: the plan has {1} phases")]
    NoPhase(u32, usize),
}

/// Carries a plan out.
///
/// # Errors
/// It could not begin: nothing was carried out.
pub fn run(order: &Order<'_>, hands: &mut dyn Hands) -> Result<Carried, RunError> {
    if let Some(only) = order.only
        && order.plan.numbered().all(|(number, _)| number != only)
    {
        return Err(RunError::NoPhase(only, order.plan.phases.len()));
    }
    let place = record::Place::take(order.root, order.disk)?;
    let fresh = || Record::new(order.plan, clock::rfc3339((order.clock)()));
    let record = match (order.restart, order.only) {
        (true, None) => fresh(),
        (true, Some(only)) => {
            let mut record = place.read(order.plan)?.unwrap_or_else(fresh);
            if let Some(marks) = index(only).and_then(|at| record.phases.get_mut(at)) {
                marks.fill(Mark::default());
            }
            record
        }
        (false, _) => place.read(order.plan)?.unwrap_or_else(fresh),
    };
    let over = record.is_over() && !record.phases.iter().all(Vec::is_empty);
    let mut course = Course { order, place, record, carried: Carried::default() };
    if over {
        course.carried.notes.push("every phase was carried out before; --restart begins anew".to_owned());
    }
    course.go(hands);
    Ok(course.carried)
}

/// The place of a phase in lists.
fn index(number: u32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

/// A run on its way.
struct Course<'a, 'o> {
    order: &'o Order<'a>,
    place: record::Place<'a>,
    record: Record,
    carried: Carried,
}

impl Course<'_, '_> {
    fn go(&mut self, hands: &mut dyn Hands) {
        let order = self.order;
        let mut open_before = Vec::new();
        for (at, (number, phase)) in order.plan.numbered().enumerate() {
            let wanted = order.only.is_none_or(|only| only == number);
            let mut outcome = RollbackOutcome::Planned;
            if self.record.is_done(at) && !phase.steps.is_empty() {
                outcome = RollbackOutcome::Already;
            } else if self.carried.stop.is_some() {
                outcome = RollbackOutcome::Skipped;
            } else if wanted {
                if order.only.is_some() && !open_before.is_empty() {
                    let before: Vec<String> = open_before.iter().map(u32::to_string).collect();
                    self.carried.notes.push(format!(
                        "phase {number} is carried out before {}, which the plan puts first",
                        before.join(", ")
                    ));
                }
                let begun = self.phase(at, number, phase, hands);
                outcome = match &self.carried.stop {
                    None => RollbackOutcome::Done,
                    Some(stop) if stop.failed => RollbackOutcome::Failed,
                    Some(_) => RollbackOutcome::Skipped,
                };
                let told = self.told(at, number, phase, outcome);
                if begun {
                    self.carried.touched.push(number);
                    hands.ended(&told);
                }
            }
            if matches!(outcome, RollbackOutcome::Planned | RollbackOutcome::Skipped) {
                open_before.push(number);
            }
            let told = self.told(at, number, phase, outcome);
            self.carried.phases.push(told);
        }
    }

    /// Carries a phase out; whether anything of it was begun.
    fn phase(&mut self, at: usize, number: u32, phase: &Phase, hands: &mut dyn Hands) -> bool {
        let part = part(number, &phase.name);
        let steps: Vec<&Step> = phase.steps.iter().chain(&phase.verify).collect();
        let begin = Question { number, phase, about: About::Begin };
        if !steps.is_empty() && !self.order.yes && hands.ask(&begin) != Answer::Yes {
            self.halt(&part, false, "somebody decided not to begin it".to_owned());
            return false;
        }
        let mut begun = false;
        for (step_at, step) in steps.iter().enumerate() {
            let is_verification = step_at >= phase.steps.len();
            let mark = self.mark(at, step_at);
            if mark.state == Progress::Done {
                continue;
            }
            let name = if is_verification {
                format!("verification \"{}\"", step.name)
            } else {
                format!("step {} \"{}\"", step_at + 1, step.name)
            };
            if (self.order.stop)() {
                self.halt(&part, false, format!("{name}: the run was interrupted before it"));
                return begun;
            }
            if mark.state == Progress::Begun && !is_verification {
                match self.interrupted(number, phase, step, hands) {
                    Answer::Again => {}
                    Answer::Yes => {
                        let done = Mark {
                            state: Progress::Done,
                            words: "interrupted; somebody saw that it had done its work".to_owned(),
                            ended: Some(clock::rfc3339((self.order.clock)())),
                            ..mark
                        };
                        begun = true;
                        if let Err(error) = self.note(at, step_at, done) {
                            self.halt(&part, true, format!("{name}: {error}"));
                            return begun;
                        }
                        continue;
                    }
                    Answer::No => {
                        self.halt(
                            &part,
                            false,
                            format!("{name} was begun by an earlier run, and nobody knows whether it did its work: see to that, and run the same command at a terminal"),
                        );
                        return begun;
                    }
                }
            }
            if self.order.yes && matches!(step.act, Act::Manual { .. }) {
                self.halt(
                    &part,
                    false,
                    format!(
                        "{name} is for a person: do it, and run the same command at a terminal without --yes"
                    ),
                );
                return begun;
            }
            begun = true;
            if !self.step(at, step_at, (number, phase, step), (&part, &name), hands) {
                return begun;
            }
        }
        begun
    }

    /// Carries a step out and records it; whether the run goes on.
    fn step(
        &mut self,
        at: usize,
        step_at: usize,
        (number, phase, step): (u32, &Phase, &Step),
        (part, name): (&str, &str),
        hands: &mut dyn Hands,
    ) -> bool {
        let begun = Mark {
            state: Progress::Begun,
            begun: Some(clock::rfc3339((self.order.clock)())),
            ..Mark::default()
        };
        if let Err(error) = self.note(at, step_at, begun.clone()) {
            self.halt(part, true, format!("{name} was not begun: {error}"));
            return false;
        }
        hands.begins(number, phase, step);
        let ended = match &step.act {
            // A look whether the phase is reversed, the last of all, starts nothing.
            Act::Command { words } if step_at < phase.steps.len() => {
                steps::lasting(words, step.limit, &self.order.at)
            }
            Act::Command { words } => steps::command(words, step.limit, &self.order.at),
            Act::Restore { only } => hands.restore(only),
            Act::Manual { .. } => {
                let since = Instant::now();
                let good = hands.ask(&Question { number, phase, about: About::Manual(step) }) == Answer::Yes;
                let words = if good { "" } else { "somebody said that it was not done" };
                Ended { good, words: words.to_owned(), took: since.elapsed() }
            }
        };
        let mark = Mark {
            state: if ended.good { Progress::Done } else { Progress::Failed },
            ended: Some(clock::rfc3339((self.order.clock)())),
            millis: Some(u64::try_from(ended.took.as_millis()).unwrap_or(u64::MAX)),
            words: ended.words.clone(),
            ..begun
        };
        let noted = self.note(at, step_at, mark);
        if !ended.good {
            let words = if ended.words.is_empty() { "it failed" } else { &ended.words };
            let manual = matches!(step.act, Act::Manual { .. });
            self.halt(part, !manual, format!("{name}, {}: {words}", steps::described(&step.act)));
            return false;
        }
        if let Err(error) = noted {
            self.halt(part, true, format!("{name} succeeded, and could not be recorded: {error}"));
            return false;
        }
        true
    }

    /// What becomes of a step of which nobody knows whether it ended.
    fn interrupted(&self, number: u32, phase: &Phase, step: &Step, hands: &mut dyn Hands) -> Answer {
        match &step.act {
            Act::Restore { .. } => Answer::Again,
            // The question whether it was done is asked anyway.
            Act::Manual { .. } => Answer::Again,
            Act::Command { .. } if !self.order.yes => {
                hands.ask(&Question { number, phase, about: About::Interrupted(step) })
            }
            Act::Command { .. } if phase.risk == Risk::Low => Answer::Again,
            Act::Command { .. } => Answer::No,
        }
    }

    fn halt(&mut self, part: &str, failed: bool, words: String) {
        self.carried.stop = Some(Stop { part: part.to_owned(), failed, words });
    }

    fn mark(&self, phase: usize, step: usize) -> Mark {
        self.record.phases.get(phase).and_then(|marks| marks.get(step)).cloned().unwrap_or_default()
    }

    fn note(&mut self, phase: usize, step: usize, mark: Mark) -> Result<(), RunError> {
        if let Some(place) = self.record.phases.get_mut(phase).and_then(|marks| marks.get_mut(step)) {
            *place = mark;
        }
        self.place.write(self.order.root, &self.record)
    }

    /// A phase as a report has it.
    fn told(&self, at: usize, number: u32, phase: &Phase, outcome: RollbackOutcome) -> RollbackPhase {
        let mut told = shown(number, phase);
        told.outcome = outcome;
        let mut sum = None;
        for (step_at, step) in told.steps.iter_mut().chain(&mut told.verify).enumerate() {
            let mark = self.mark(at, step_at);
            if let Some(millis) = mark.millis {
                *sum.get_or_insert(Duration::ZERO) += Duration::from_millis(millis);
            }
            fill(step, &mark, outcome);
        }
        told.measured_seconds = sum.as_ref().map(Duration::as_secs_f64);
        told
    }
}

fn fill(step: &mut RollbackStep, mark: &Mark, phase: RollbackOutcome) {
    step.outcome = match (mark.state, phase) {
        (Progress::Done, RollbackOutcome::Already) => RollbackOutcome::Already,
        (Progress::Done, _) => RollbackOutcome::Done,
        (Progress::Failed | Progress::Begun, _) => RollbackOutcome::Failed,
        (Progress::Waiting, RollbackOutcome::Planned) => RollbackOutcome::Planned,
        (Progress::Waiting, _) => RollbackOutcome::Skipped,
    };
    step.seconds = mark.millis.map(|millis| Duration::from_millis(millis).as_secs_f64());
    step.detail = Some(mark.words.clone()).filter(|words| !words.is_empty());
    if mark.state == Progress::Begun {
        step.detail = Some("it was begun, and nobody knows whether it ended".to_owned());
    }
}

/// A run as a report has it.
#[must_use]
pub fn details(plan: &Plan, carried: &Carried) -> Rollback {
    let measured: Vec<f64> = carried.phases.iter().filter_map(|phase| phase.measured_seconds).collect();
    Rollback {
        action: RollbackAction::Run,
        phases: carried.phases.clone(),
        before: Vec::new(),
        measured_seconds: (!measured.is_empty()).then(|| measured.iter().sum()),
        ..super::details(plan)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
