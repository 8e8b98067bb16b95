//! Where paths of a point lie, and whether the way to them is made of real folders.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::look::{self, lstat};
use super::{JOURNAL, Place, RestoreError};
use crate::host::disk::Disk;
use crate::rollback::FOLDER;
use crate::rollback::point::RawPath;

/// The file that keeps everything out of `git status`, while it is written.
pub(super) const IGNORE_MAKING: &str = ".gitignore.making";

/// Something failed, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) path: String,
    pub(super) reason: String,
}

impl Failure {
    /// A failure at a path.
    #[expect(clippy::needless_pass_by_value, reason = "what is given is made for this call")]
    pub(super) fn at(path: &Path, reason: impl ToString) -> Self {
        Self { path: RawPath::of(path).text().into_owned(), reason: reason.to_string() }
    }

    /// A failure at a path of a point.
    #[expect(clippy::needless_pass_by_value, reason = "what is given is made for this call")]
    pub(super) fn of(path: &RawPath, reason: impl ToString) -> Self {
        let text = path.text();
        let path = if text.is_empty() { "the tree".to_owned() } else { text.into_owned() };
        Self { path, reason: reason.to_string() }
    }

    /// Before anything was changed.
    pub(super) fn refused(self) -> RestoreError {
        RestoreError::Refused { path: self.path, reason: self.reason }
    }

    /// After everything was put back.
    pub(super) fn undone(self) -> RestoreError {
        RestoreError::Undone { path: self.path, reason: self.reason }
    }

    /// With the journal still there.
    pub(super) fn pending(self) -> RestoreError {
        RestoreError::Pending { path: self.path, reason: self.reason }
    }
}

/// A path of a point, and how it is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spot {
    /// Relative to the tree, or absolute.
    pub(super) path: RawPath,
    /// Whether it belongs to a git directory: these stand where they are, also when other files outside the tree are put
    /// elsewhere.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(super) git: bool,
}

impl Spot {
    /// The same way of meaning for another path.
    pub(super) fn with(&self, path: RawPath) -> Self {
        Self { path, git: self.git }
    }

    /// The folders above, nearest first, without the tree itself or the root of the file system.
    pub(super) fn above(&self) -> Vec<Self> {
        let parents = std::iter::successors(self.path.parent(), RawPath::parent);
        // The root of the file system is its own parent.
        parents.take_while(|path| path.bytes() != b"/").map(|path| self.with(path)).collect()
    }
}

/// How far the way to a path is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Every folder above is a real one.
    Whole,
    /// The folders above are real ones, and from this one on nothing is there.
    Missing(Spot),
    /// This is no folder, but a link or a file.
    Blocked(Spot),
}

/// The tree that is restored, and the disk that it is on.
#[derive(Clone, Debug)]
pub(super) struct Site<'a> {
    pub(super) root: &'a Path,
    pub(super) outside: Option<&'a Path>,
    pub(super) disk: &'a Disk,
}

impl<'a> Site<'a> {
    pub(super) const fn new(place: Place<'a>, disk: &'a Disk) -> Self {
        Self { root: place.root, outside: place.outside, disk }
    }

    /// Where a path lies.
    pub(super) fn at(&self, spot: &Spot) -> PathBuf {
        if spot.path.is_empty() {
            return self.root.to_owned();
        }
        match self.outside.filter(|_| spot.path.is_absolute() && !spot.git) {
            Some(outside) => {
                let below = RawPath::from_bytes(spot.path.bytes().get(1..).unwrap_or_default());
                if below.is_empty() { outside.to_owned() } else { outside.join(below.to_path()) }
            }
            // An absolute path stays what it is.
            None => self.root.join(spot.path.to_path()),
        }
    }

    /// The folder that a path lies in.
    pub(super) fn folder(&self, spot: &Spot) -> PathBuf {
        match spot.path.parent() {
            Some(parent) => self.at(&spot.with(parent)),
            None => self.root.to_owned(),
        }
    }

    /// How far the way to a path is there.
    pub(super) fn way(&self, spot: &Spot) -> Result<Way, Failure> {
        for folder in spot.above().into_iter().rev() {
            let path = self.at(&folder);
            match lstat(&path).map_err(|error| Failure::of(&folder.path, error))? {
                Some(found) if found.is_dir() => {}
                Some(_) => return Ok(Way::Blocked(folder)),
                None => return Ok(Way::Missing(folder)),
            }
        }
        Ok(Way::Whole)
    }

    /// Sees that every folder above a path is a real one: what is done there is done nowhere else.
    pub(super) fn guard(&self, spot: &Spot) -> Result<(), Failure> {
        match self.way(spot)? {
            Way::Whole => Ok(()),
            Way::Missing(folder) => Err(Failure::of(&folder.path, "the folder is not there")),
            Way::Blocked(folder) => Err(no_folder(&folder)),
        }
    }

    /// The folder of everything that is kept beside the tree.
    pub(super) fn own(&self) -> PathBuf {
        self.root.join(FOLDER)
    }

    /// The journal.
    pub(super) fn journal(&self) -> PathBuf {
        self.root.join(JOURNAL)
    }

    /// Makes the folder of everything that is kept beside the tree, if it is not there, and keeps it out of `git status`.
    pub(super) fn make_own(&self) -> Result<(), Failure> {
        let mut path = self.root.to_owned();
        for part in FOLDER.split('/') {
            path.push(part);
            self.make_folder(&path)?;
        }
        let ignore = path.join(".gitignore");
        if lstat(&ignore).map_err(|error| Failure::at(&ignore, error))?.is_none() {
            use crate::host::disk::Access;
            // Written under another name first: half of it would keep nothing out.
            let making = path.join(IGNORE_MAKING);
            let write = || {
                self.disk.remove_file(&making)?;
                self.disk.write_new(&making, b"*\n", Access::Public)?;
                self.disk.rename(&making, &ignore)?;
                self.disk.sync_folder(&path)
            };
            write().map_err(|error| Failure::at(&ignore, error))?;
        }
        Ok(())
    }

    /// Makes a folder durably, if it is not there; what is no real folder is refused.
    pub(super) fn make_folder(&self, path: &Path) -> Result<(), Failure> {
        match lstat(path).map_err(|error| Failure::at(path, error))? {
            Some(found) if found.is_dir() => Ok(()),
            Some(_) => Err(Failure::at(path, "this should be a folder")),
            None => {
                let make = || {
                    self.disk.create_folder(path)?;
                    self.disk.sync_name(path)
                };
                make().map_err(|error| Failure::at(path, error))
            }
        }
    }

    /// Number of the tree's folder, by which it is known again: its inode together with the moment it was made, so that nobody
    /// who makes a copy can know it before.
    pub(super) fn number(&self) -> Result<u64, Failure> {
        use sha2::{Digest as _, Sha256};
        let metadata = self.root.symlink_metadata().map_err(|error| Failure::at(self.root, error))?;
        let Some(mark) = crate::rollback::tree::folder_mark(self.root) else {
            return Ok(look::numbers(&metadata).1);
        };
        let digest = Sha256::digest(mark.as_bytes());
        Ok(digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }
}

/// Why nothing is done below something that is no folder.
pub(super) fn no_folder(folder: &Spot) -> Failure {
    Failure::of(&folder.path, "this is no folder but a link or a file, and nothing is restored through it")
}
