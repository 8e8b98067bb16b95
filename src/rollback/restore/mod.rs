//! From the present state to that of a point.
//!
//! - `compare`: two states, and what would have to change; pure.
//! - `plan`: what will be done at every path, and every refusal, before anything is changed; `refs`: refs as files.
//! - `stage`: every new file beside its target's file system, with its bytes, mode, owner and time; `history`: objects that
//!   git lost since.
//! - `journal`: what is going on, so that an interruption at any moment can be finished or undone.
//! - `apply`: exchanging staged and present, forwards and backwards; `look`, `site`: what is at a path now, and the way to it.
//! - `proof`: everything read again; `finish`, `aside`: what was replaced is removed or put aside.
//! - `carry`: all of these in their order, and the end of a restore that was interrupted.
//! - `busy`: programs that have a file open; `conclude`: what the check `restore` says.

mod apply;
mod aside;
mod busy;
mod carry;
mod compare;
mod conclude;
mod finish;
mod history;
mod journal;
mod look;
mod plan;
mod proof;
mod refs;
mod site;
mod stage;
#[cfg(test)]
pub(in crate::rollback) mod testing;
#[cfg(test)]
mod tests;

pub(super) use compare::size_words;
pub use compare::{
    Change, Changes, Content, RefChange, Scope, Thing, compare, environment, parse_scope, summary,
};
pub use conclude::conclude;

use std::path::{Path, PathBuf};

use super::point::{PointId, State};
use super::settings::Step;
use super::steps::Ended;
use super::store::{Store, StoreError};
use crate::host::disk::Disk;

/// Name of the journal, relative to the tree.
pub const JOURNAL: &str = ".readiness/rollback/journal.json";

/// Where things are restored to.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The tree, absolute and without links.
    pub root: &'a Path,
    /// Files outside the tree lie below this folder instead of the root of the file system.
    pub outside: Option<&'a Path>,
}

/// What is restored, and how.
pub struct Order<'a> {
    /// Where to.
    pub place: Place<'a>,
    /// Where the point is.
    pub store: &'a Store,
    /// The point.
    pub id: &'a PointId,
    /// What it says.
    pub then: &'a State,
    /// The point that was made of the present state, which is in the same store.
    pub safety: &'a PointId,
    /// What the present state is.
    pub now: &'a State,
    /// What changes.
    pub changes: &'a Changes,
    /// Whether files made since the point are removed instead of put aside.
    pub exact: bool,
    /// Commands that must succeed when everything is in place; they are written to the journal.
    pub validate: &'a [Step],
    /// Carries out such a command.
    pub run: &'a dyn Fn(&Step) -> Ended,
    /// The disk.
    pub disk: &'a Disk,
    /// Told as it goes: what is being done, how many of how many.
    pub progress: &'a (dyn Fn(&'static str, u64, u64) + Sync),
}

/// What a restore came to.
#[derive(Debug, Default)]
pub struct Restored {
    /// Whether the tree is what the point says; else it is what it was before.
    pub done: bool,
    /// What was found: rule, path (or what stands for one), words.
    pub problems: Vec<(&'static str, String, String)>,
    /// How the validation commands ended, in order; those that were not reached are missing.
    pub validation: Vec<(Step, Ended)>,
    /// Folder that files made since were put into, if any was.
    pub kept: Option<PathBuf>,
    /// Files whose bytes and modes were read again and are right.
    pub verified: u64,
}

/// Why a restore did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The store failed, before anything was changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It could not begin: nothing was changed.
    #[error("{path}: {reason}; nothing was changed")]
    Refused {
        /// What stands in the way.
        path: String,
        /// Why, and what to do.
        reason: String,
    },
    /// It failed, and was undone: the tree is what it was.
    #[error("{path}: {reason}; everything was put back, the tree is what it was")]
    Undone {
        /// What failed.
        path: String,
        /// Why.
        reason: String,
    },
    /// It failed, and could be neither finished nor undone now. The journal is there.
    #[error(
        "{path}: {reason}; the restore is neither done nor undone: when that is mended, `readiness rollback recover` brings it to its end"
    )]
    Pending {
        /// What failed.
        path: String,
        /// Why.
        reason: String,
    },
}

/// How an interrupted restore was brought to its end.
#[derive(Debug)]
pub struct Recovered {
    /// The point that was being restored.
    pub id: PointId,
    /// The safety point of the state before.
    pub safety: PointId,
    /// What it came to.
    pub restored: Restored,
}

/// Restores a point. The store must be locked.
///
/// # Errors
/// Why it did not come to its end, and what the tree is now.
pub fn restore(order: &Order<'_>) -> Result<Restored, RestoreError> {
    carry::carry_out(order, &|object, out| order.store.copy_to(object, &order.then.point.contents, out))
}

/// Whether a restore was interrupted in a tree.
#[must_use]
pub fn is_pending(root: &Path) -> bool {
    root.join(JOURNAL).symlink_metadata().is_ok()
}

/// Finishes or undoes a restore that was interrupted; none when there is none. The store must be locked.
///
/// # Errors
/// It can be neither finished nor undone now.
pub fn recover(
    place: Place<'_>,
    run: &dyn Fn(&Step) -> Ended,
    disk: &Disk,
) -> Result<Option<Recovered>, RestoreError> {
    carry::recover(place, run, disk)
}
