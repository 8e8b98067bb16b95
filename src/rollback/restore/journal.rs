//! What a restore is doing, written down before it is done: whoever comes after an interruption can finish or undo it.
//!
//! The journal is JSON, replaced whole at every change of phase. It is read with bounds, and what it says is believed only of
//! the tree that it was written in: it knows the tree's folder by its number on the file system, so that one that came with a
//! copy, an archive or a clone does nothing.

use serde::{Deserialize, Serialize};

use super::look::Print;
use super::site::{Failure, Site, Spot};
use crate::host::disk::{Access, Description};
use crate::host::files::open_regular;
use crate::rollback::FOLDER;
use crate::rollback::point::{Meta, PointId, RawPath, is_state};
use crate::rollback::settings::Step;
use crate::rollback::tree;

/// Version of the journal's form.
const SCHEMA: u32 = 1;
/// Largest journal read, in bytes.
const MAX: u64 = 256 << 20;
/// Name of slots beside a target; the restore's id follows.
pub(super) const BESIDE: &str = ".readiness-restore-";
/// What stands in the way of reading a journal, and what can be done.
const ADVICE: &str = "nothing was touched. See to it by hand: what was replaced lies in .readiness/rollback/restoring/, the \
     state before is a safety point in the store; then remove the journal";

/// How far a restore is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// New files are being staged; nothing of the tree is changed.
    Staging,
    /// Staged and present are being exchanged.
    Applying,
    /// Everything is in place and was read again; validation commands run.
    Validating,
    /// What was exchanged is being exchanged back.
    Undoing,
    /// The tree is what it was; what was staged is being removed.
    Undone,
    /// The tree is what the point says; what was replaced is being removed.
    Committed,
}

/// What is done at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Act {
    /// What is staged and what is there change places, where either may be nothing.
    Swap,
    /// Its mode, owner and time are set; its bytes stay.
    Describe,
    /// A folder that was made since is put into its slot if it is empty, and else stays.
    Clear,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operation {
    /// Where.
    pub(super) at: Spot,
    /// What is done.
    pub(super) act: Act,
    /// The folder of its slot, among [`Journal::slots`].
    pub(super) slot: usize,
    /// Its name there.
    pub(super) number: u64,
    /// What was there when it was staged.
    pub(super) old: Print,
    /// What will be.
    pub(super) new: Print,
    /// Whether what was there is put aside at the end, instead of removed.
    pub(super) keep: bool,
}

/// A folder that stays, comes or goes, and what it is besides what lies in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Folder {
    /// Where.
    pub(super) at: Spot,
    /// What it was; none when it was not there.
    pub(super) old: Option<Meta>,
    /// What it will be; none when it will not be there.
    pub(super) new: Option<Description>,
}

/// A lock of git's, held while things change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    /// Where.
    pub(super) at: Spot,
    /// The folder of its slot.
    pub(super) slot: usize,
    /// Its name there.
    pub(super) number: u64,
}

/// A restore in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    /// Version of this form.
    pub(super) schema: u32,
    /// How far it is.
    pub(super) phase: Phase,
    /// What it is called: names its slots and the folder of what it puts aside.
    pub(super) id: String,
    /// The point.
    pub(super) point: PointId,
    /// The safety point of the state before.
    pub(super) safety: PointId,
    /// The tree, to tell.
    pub(super) root: RawPath,
    /// Number of the tree's folder on its file system.
    pub(super) tree: u64,
    /// Folders of slots. The first is the one beside the tree.
    pub(super) slots: Vec<Spot>,
    /// Locks of git's.
    pub(super) locks: Vec<Lock>,
    /// Changes, in the order in which they are made.
    pub(super) operations: Vec<Operation>,
    /// Folders whose description matters, in order of paths.
    pub(super) folders: Vec<Folder>,
    /// Validation commands.
    pub(super) validate: Vec<Step>,
}

impl Journal {
    /// A journal of nothing yet.
    pub(super) fn new(id: String, point: PointId, safety: PointId, root: RawPath, tree: u64) -> Self {
        let own = RawPath::from_bytes(format!("{FOLDER}/restoring/{id}").as_bytes());
        Self {
            schema: SCHEMA,
            phase: Phase::Staging,
            id,
            point,
            safety,
            root,
            tree,
            slots: vec![Spot { path: own, git: false }],
            locks: Vec::new(),
            operations: Vec::new(),
            folders: Vec::new(),
            validate: Vec::new(),
        }
    }

    /// Writes it durably, whole or not at all.
    pub(super) fn write(&self, site: &Site<'_>) -> Result<(), Failure> {
        let (path, making) = (site.journal(), making(site));
        let bytes = serde_json::to_vec(self).map_err(|error| Failure::at(&path, error))?;
        let write = || {
            site.disk.remove_file(&making)?;
            site.disk.write_new(&making, &bytes, Access::Private)?;
            site.disk.rename(&making, &path)?;
            site.disk.sync_name(&path)
        };
        write().map_err(|error| Failure::at(&path, error))
    }

    /// Goes on to another phase.
    pub(super) fn enter(&mut self, phase: Phase, site: &Site<'_>) -> Result<(), Failure> {
        self.phase = phase;
        self.write(site)
    }

    /// Removes it: nothing is going on any more.
    pub(super) fn remove(&self, site: &Site<'_>) -> Result<(), Failure> {
        let path = site.journal();
        let remove = || {
            site.disk.remove_file(&making(site))?;
            site.disk.remove_file(&path)
        };
        remove().map_err(|error| Failure::at(&path, error))?;
        // Should it come back with the next start of the machine, it finds nothing left to do.
        let _ = site.disk.sync_name(&path);
        Ok(())
    }

    /// Reads it; none when there is none.
    pub(super) fn read(site: &Site<'_>) -> Result<Option<Self>, Failure> {
        use std::io::Read as _;
        let path = site.journal();
        let spot = Spot { path: RawPath::from_bytes(super::JOURNAL.as_bytes()), git: false };
        let failure = |why: &dyn std::fmt::Display| Failure::at(&path, format!("{why}: {ADVICE}"));
        if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Ok(None);
        }
        site.guard(&spot)?;
        let (file, _) = open_regular(&path).map_err(|error| failure(&error))?;
        let mut bytes = Vec::new();
        file.take(MAX + 1).read_to_end(&mut bytes).map_err(|error| failure(&error))?;
        if bytes.len() as u64 > MAX {
            return Err(failure(&"it is too large to be a journal"));
        }
        let journal: Self = serde_json::from_slice(&bytes)
            .map_err(|_| failure(&"it is damaged, or of another version of the program"))?;
        if let Some(why) = journal.flaw() {
            return Err(failure(&why));
        }
        if journal.tree != site.number()? {
            return Err(failure(&format!(
                "it was written in another folder ({}), and came here with a copy",
                journal.root.text()
            )));
        }
        // What a repository brings along was written by whoever made the repository.
        let place = tree::place(site.root).ok().flatten();
        let tracked =
            place.map_or(Ok(Vec::new()), |place| tree::tracked(&place)).map_err(|words| failure(&words))?;
        if tracked.iter().any(|one| one.path.lies_in(&RawPath::from_bytes(FOLDER.as_bytes()))) {
            return Err(failure(
                &"the repository tracks it, so that it was not written by a restore: remove it",
            ));
        }
        Ok(Some(journal))
    }

    /// Why it cannot be one that this program wrote.
    fn flaw(&self) -> Option<&'static str> {
        if self.schema != SCHEMA {
            return Some("it is of another version of the program");
        }
        if !is_id(&self.id) {
            return Some("it names a restore as none is named");
        }
        let own = format!("{FOLDER}/restoring/{}", self.id);
        let beside = format!("{BESIDE}{}", self.id);
        let mut slots = self.slots.iter();
        let first = slots.next().is_some_and(|slot| slot.path.bytes() == own.as_bytes() && !slot.git);
        let rest = slots.all(|slot| {
            is_spot(slot) && slot.path.bytes().rsplit(|byte| *byte == b'/').next() == Some(beside.as_bytes())
        });
        let known = |slot: usize| slot < self.slots.len();
        let sound = first
            && rest
            && self.locks.iter().all(|lock| {
                lock.at.git
                    && is_spot(&lock.at)
                    && lock.at.path.bytes().ends_with(b".lock")
                    && known(lock.slot)
            })
            && self.operations.iter().all(|operation| is_target(&operation.at) && known(operation.slot))
            && self.folders.iter().all(|folder| is_spot(&folder.at));
        (!sound).then_some("it names a path as no restore does")
    }
}

/// The journal under another name, while it is written.
pub(super) fn making(site: &Site<'_>) -> std::path::PathBuf {
    site.own().join("journal.json.making")
}

/// Whether a text can name a restore: digits, letters and dashes.
fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether a path is one that a restore may put something at: of git's folders only what points hold, and refs.
fn is_target(spot: &Spot) -> bool {
    let bytes = spot.path.bytes();
    let is_git_file = |rest: &[u8]| {
        let rest = RawPath::from_bytes(rest);
        let is_ref =
            rest.bytes().starts_with(b"refs/") || rest.bytes() == b"refs" || rest.bytes() == b"packed-refs";
        rest.is_safe() && (is_ref || is_state(&rest) || rest.bytes() == b"info")
    };
    let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at + 1);
    is_spot(spot) && (!spot.git || ends.any(|at| bytes.get(at..).is_some_and(is_git_file)))
}

/// Whether a path is one that a restore may touch: it stays where it is said to be, and what is not said to be git's does not
/// lie in a folder of git's or among what is kept beside the tree.
pub(super) fn is_spot(spot: &Spot) -> bool {
    if spot.path.is_absolute() {
        return spot.path.is_safe_absolute();
    }
    let mut parts = spot.path.bytes().split(|byte| *byte == b'/').rev();
    let _last = parts.next();
    let in_git = parts.any(|part| part.eq_ignore_ascii_case(b".git"));
    spot.path.is_safe()
        && (spot.git || !in_git)
        && !spot.path.lies_in(&RawPath::from_bytes(FOLDER.as_bytes()))
}
