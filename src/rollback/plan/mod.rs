//! Phases in reverse order: as a document, and carried out.
//!
//! - `build`: the phases, numbered; derived from git where none are declared.
//! - `lists`: what to see to before and after, whom to tell, what to do when there is no time.
//! - `conclude`: the plan as a report has it, and what the check `rollback-plan` says.
//! - `run`: carrying a plan out, step by step, resumable.

mod build;
mod conclude;
mod lists;
pub mod run;

pub use build::plan;
pub use conclude::{conclude, details};
pub(in crate::rollback) use conclude::{part, shown, shown_step};
pub(in crate::rollback) use lists::long;

use std::time::Duration;

use super::settings::{Phase, Risk};
use crate::report::RollbackPoint;

/// What is known of the point that one goes back to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// As reports have it.
    pub point: RollbackPoint,
    /// When it was last verified and found good, RFC 3339 in UTC.
    pub verified: Option<String>,
    /// What is missing in it: path and reason, in words.
    pub gaps: Vec<String>,
    /// Why it is not known what was committed since, in words.
    pub unknown: Option<String>,
}

/// The procedure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The point.
    pub facts: Facts,
    /// Phases, in the order in which a rollback goes through them; their numbers begin at 1.
    pub phases: Vec<Phase>,
    /// Whether the phases were derived, because none are declared.
    pub derived: bool,
    /// What to see to before the first phase.
    pub before: Vec<String>,
    /// What to see to after the last one.
    pub after: Vec<String>,
    /// Whom to tell, and when.
    pub communication: Vec<String>,
    /// What to do when there is no time for the plan.
    pub emergency: Vec<String>,
    /// Expected durations of all phases together; none when no phase has one.
    pub expected: Option<Duration>,
    /// How many phases have no expected duration, so that the sum is too low.
    pub unknown: usize,
    /// The highest risk of a phase.
    pub risk: Risk,
    /// Longest that all phases may take together.
    pub limit: Option<Duration>,
}

impl Plan {
    /// The phases with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &Phase)> {
        (1..).zip(&self.phases)
    }

    /// Whether a step of it restores something of the point.
    #[must_use]
    pub fn restores(&self) -> bool {
        use super::settings::Act;
        self.phases.iter().flat_map(|phase| &phase.steps).any(|step| matches!(step.act, Act::Restore { .. }))
    }
}

#[cfg(test)]
pub(in crate::rollback) mod tests;
