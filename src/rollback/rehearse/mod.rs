//! The plan carried out in a scratch copy, timed.
//!
//! The scratch copy is a private folder: `tree` has the state of the real tree as it is now, `outside` what lies outside the
//! tree, below the same names. It is made by capturing the real tree, which writes to nothing of it, and restoring that into a
//! folder whose repositories are new and borrow objects from the real ones; they have no remotes, hooks or settings of the
//! real ones, so that nothing leads back. Then every phase is carried out there: restores of the point for real, commands
//! without network where the system lets one cut it off, with `READINESS_REHEARSAL=1`.
//!
//! What a rehearsal does not show: steps of people and steps that say so; settings and hooks of repositories; the git
//! directories of submodules and linked work trees lie inside them here. A command that names the real tree, or anything
//! else, by an absolute path works there: commands are the configuration's own, and are to take `READINESS_REHEARSAL` for
//! what it is.
//!
//! - `scratch`: the copy. `network`: cutting it off. `carry`: phases, one after the other. `proof`: whether the copy is what
//!   the point says in the end. `conclude`: what the check `rehearsal` says.

mod carry;
mod conclude;
mod network;
mod proof;
mod scratch;

pub use conclude::{conclude, details};

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::capture::CaptureError;
use super::plan::Plan;
use super::point::{PointId, State};
use super::restore::RestoreError;
use super::settings::Settings;
use super::store::{Store, StoreError};
use crate::report::{RollbackPhase, RollbackStep};

/// What is rehearsed, and how.
pub struct Order<'a> {
    /// The tree, absolute and without links.
    pub root: &'a Path,
    /// What the settings say.
    pub settings: &'a Settings,
    /// The plan.
    pub plan: &'a Plan,
    /// Where the point is; it is only read.
    pub store: &'a Store,
    /// The point.
    pub id: &'a PointId,
    /// What it says.
    pub then: &'a State,
    /// The environment of commands.
    pub environment: &'a [(String, OsString)],
    /// The environment, for what the point says of it.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// When.
    pub now: Timestamp,
    /// Whether commands may use the network.
    pub network: bool,
    /// Whether the scratch copy stays where it is.
    pub keep: bool,
    /// The folder that it is made in.
    pub parent: &'a Path,
    /// Whether the user asked for an end; looked at before every step.
    pub stop: &'a dyn Fn() -> bool,
    /// Told as it goes: what is being done, how many of how many.
    pub progress: &'a (dyn Fn(&'static str, u64, u64) + Sync),
}

/// What a rehearsal came to.
#[derive(Debug, Default)]
pub struct Rehearsed {
    /// The phases, with what each came to.
    pub phases: Vec<RollbackPhase>,
    /// Validation commands of the last restore, or of the end where nothing was restored.
    pub validation: Vec<RollbackStep>,
    /// What was found: rule, the part that it is about, words.
    pub problems: Vec<(&'static str, String, String)>,
    /// What everything that was carried out took.
    pub measured: Duration,
    /// The same with the expected durations of what was not rehearsed.
    pub total: Duration,
    /// The commit that is checked out in the real tree now.
    pub commit: Option<String>,
    /// Where the scratch copy is, when it was to stay or could not be removed.
    pub scratch: Option<PathBuf>,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

/// Why nothing could be rehearsed.
#[derive(Debug, thiserror::Error)]
pub enum RehearseError {
    /// The real tree could not be captured.
    #[error("the state of the tree as it is now: {0}")]
    Capture(#[from] CaptureError),
    /// The scratch copy could not be stored.
    #[error("the scratch copy: {0}")]
    Store(#[from] StoreError),
    /// The present state could not be brought into the scratch copy.
    #[error("the scratch copy: {0}")]
    Restore(#[from] RestoreError),
    /// The same, with what was found.
    #[error("the scratch copy is not what the tree is: {0}")]
    Copy(String),
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// What was written.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Rehearses a plan. Nothing of the real tree, its repository, its store and of what lies outside is written to.
///
/// # Errors
/// The scratch copy could not be made.
pub fn rehearse(order: &Order<'_>) -> Result<Rehearsed, RehearseError> {
    let scratch = scratch::Scratch::new(order.parent, order.store.key().cloned())?;
    let present = scratch.fill(order)?;
    let before = if order.network { Vec::new() } else { network::cut(order.environment, &scratch.tree) };
    let mut rehearsed =
        Rehearsed { commit: present.point.commit().map(str::to_owned), ..Rehearsed::default() };
    if before.is_empty() && !order.network {
        let words =
            "commands could use the network: this system has no `unshare` that cuts it off for this user";
        rehearsed.problems.push(("RBK-061", "network".to_owned(), words.to_owned()));
    }
    for gap in present.point.gaps.iter().take(20) {
        let words = format!("the scratch copy lacks it: {}", gap.reason);
        rehearsed.problems.push(("RBK-061", gap.path.text().into_owned(), words));
    }
    carry::carry(order, &scratch, &before, &mut rehearsed);
    (rehearsed.scratch, rehearsed.notes) = scratch.end(order.keep);
    Ok(rehearsed)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
