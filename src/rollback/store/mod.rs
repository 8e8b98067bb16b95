//! Where points and their contents are kept.
//!
//! - `packs`: objects, compressed (and encrypted), many in one file; each object once, whichever points need it.
//! - `object`: one object, compressed and encrypted, and back; `key`: how objects are named and what they are encrypted with.
//! - `sink`, `take`: what is captured on its way into a pack; files, several at a time.
//! - `contents`: objects given out again, checked.
//! - `points`: manifests, pins, marks of verification; finding one by id, name or `latest`; `head`: what a list shows;
//!   `order`: which is the newest, whatever the clock said.
//! - `prune`: removing points, and the packs that no point needs.
//! - `portable`: one point as one file, out and in.

mod contents;
mod head;
mod key;
mod object;
mod order;
mod packs;
mod points;
mod portable;
mod prune;
mod sink;
mod take;
#[cfg(test)]
mod tests;

pub use key::StoreKey;
pub use packs::{Record, read_index};
pub use portable::{Part, read_export};
pub use sink::{Sink, Writer};

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::point::{Meta, ObjectId, PointError, PointId, Reason};
use crate::host::disk::{Access, Disk};
use crate::host::lock::FolderLock;

/// Why something of a store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// What was read or written.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// An object is not there.
    #[error("the store has no object {0}")]
    Missing(ObjectId),
    /// An object's bytes are not those that its name says, or cannot be unpacked.
    #[error("the object {0} is damaged")]
    Damaged(ObjectId),
    /// An object is larger than what was asked for can be.
    #[error("the object {0} is larger than it may be")]
    TooLarge(ObjectId),
    /// A pack or another file of the store is none.
    #[error("{path}: {reason}")]
    Form {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A manifest cannot be read.
    #[error("{id}: {source}")]
    Manifest {
        /// The point.
        id: PointId,
        /// Why.
        source: PointError,
    },
    /// A manifest has another digest than the one in its name.
    #[error("{0}: the manifest was changed: its digest is not the one in its name")]
    Changed(PointId),
    /// There is no such point.
    #[error(
        "there is no point {0}; `readiness rollback list` shows those that there are, `capture` makes one"
    )]
    NoPoint(String),
    /// More than one point fits.
    #[error("{0} can be more than one point: {1}")]
    Ambiguous(String, String),
    /// Contents are encrypted, and no key or another one was given.
    #[error("the point is encrypted with the key {0}: name it with --key")]
    Key(String),
    /// Another program is at work in the store.
    #[error("{0}: another command is at work here; wait for its end")]
    Locked(String),
}

/// Files of more bytes are streamed into a pack, not read whole.
const WHOLE: u64 = 8 << 20;

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.display().to_string();
    move |source| StoreError::Io { path, source }
}

/// A store of points.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    key: Option<StoreKey>,
    disk: Disk,
    /// Files of more bytes are streamed.
    whole: u64,
    cache: Mutex<packs::Cache>,
}

/// A point as a list shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id.
    pub id: PointId,
    /// What its manifest says; why not, if it cannot be read or was changed.
    pub head: Result<Head, String>,
    /// Whether it is never pruned.
    pub pinned: bool,
    /// When it was last verified and found good, RFC 3339 in UTC.
    pub verified: Option<String>,
}

/// What a list shows of a manifest.
#[derive(Clone, Debug)]
pub struct Head {
    /// What the user calls it.
    pub name: Option<String>,
    /// When it was made.
    pub created: String,
    /// Why it was made.
    pub reason: Reason,
    /// Commit and branch.
    pub commit: Option<String>,
    /// The branch, or what stands for it.
    pub branch: Option<String>,
    /// Whether everything was captured.
    pub complete: bool,
    /// Files and links captured byte by byte.
    pub captured: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// Whether its contents are encrypted.
    pub encrypted: bool,
}

/// What pruning removed, or would.
#[derive(Clone, Debug, Default)]
pub struct Pruned {
    /// Points that were removed.
    pub removed: Vec<PointId>,
    /// Points that stay.
    pub kept: Vec<PointId>,
    /// Bytes that became free, or would.
    pub freed: u64,
    /// What was left alone although it may not be needed, and why.
    pub notes: Vec<String>,
}

/// A file that was taken into a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its contents.
    pub object: ObjectId,
    /// Its bytes.
    pub size: u64,
    /// What it is besides its bytes.
    pub meta: Meta,
    /// How many names it has.
    pub names: u64,
    /// Names of extended attributes, which are not kept; those of security modules that the system sets itself are not among
    /// them.
    pub attributes: Vec<String>,
}

impl Store {
    /// A store in a folder, which need not be there yet: it is made by the first thing that is written.
    #[must_use]
    pub const fn at(folder: PathBuf, key: Option<StoreKey>, disk: Disk) -> Self {
        Self { folder, key, disk, whole: WHOLE, cache: Mutex::new(packs::Cache::new()) }
    }

    /// The same store, with files of more than `whole` bytes streamed.
    #[cfg(test)]
    fn streaming_beyond(mut self, whole: u64) -> Self {
        self.whole = whole;
        self
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its key.
    #[must_use]
    pub const fn key(&self) -> Option<&StoreKey> {
        self.key.as_ref()
    }

    /// The disk that it is written to.
    #[must_use]
    pub const fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Keeps other commands that write out of the store, until it is dropped; makes the store's folders, and removes what a
    /// command that was ended left half made. Those that only read need it not. Others are waited for, `patience` at the most.
    ///
    /// # Errors
    /// Another command holds it, or the folder cannot be made.
    pub fn lock(&self, patience: Duration) -> Result<FolderLock, StoreError> {
        if let Some(above) = self.folder.parent().filter(|above| !above.as_os_str().is_empty()) {
            self.make_folder(above, Access::Public)?;
        }
        self.make_folder(&self.folder, Access::Private)?;
        let lock = FolderLock::wait(&self.folder, patience).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => StoreError::Locked(self.folder.display().to_string()),
            _ => io_error(&self.folder)(error),
        })?;
        for name in ["packs", "points", "pins", "verified", "after"] {
            self.make_folder(&self.folder.join(name), Access::Private)?;
        }
        if lock.is_held() {
            self.remove_partial()?;
        }
        self.ignore_all()?;
        Ok(lock)
    }

    /// Makes a folder that is not there yet. One that is a link is refused: it would lead elsewhere.
    fn make_folder(&self, path: &Path, access: Access) -> Result<(), StoreError> {
        let is_own = access == Access::Private || path.file_name().is_some_and(|name| name == ".readiness");
        match path.symlink_metadata() {
            Ok(found) if found.is_dir() || (!is_own && path.is_dir()) => return Ok(()),
            Ok(_) => {
                let reason = "it is no folder, and must be one: move it away".to_owned();
                return Err(StoreError::Form { path: path.display().to_string(), reason });
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error(path)(error)),
            Err(_) => {}
        }
        let made = match access {
            Access::Public => self.disk.create_folder(path),
            Access::Private => self.disk.create_private_folder(path),
        };
        match made {
            // Another command was faster.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            made => made.and_then(|()| self.disk.sync_name(path)).map_err(io_error(path)),
        }
    }

    /// Keeps the store out of what git shows.
    fn ignore_all(&self) -> Result<(), StoreError> {
        let path = self.folder.join(".gitignore");
        match path.symlink_metadata() {
            Ok(found) if found.len() > 0 => Ok(()),
            _ => self.replace(&path, b"*\n", Access::Private),
        }
    }

    /// Removes what a command that was ended left half made.
    fn remove_partial(&self) -> Result<(), StoreError> {
        for folder in ["packs", "points", "pins", "verified", "after", ""] {
            let folder = self.folder.join(folder);
            for name in packs::names_in(&folder)?.iter().filter(|name| name.starts_with(packs::PARTIAL)) {
                let path = folder.join(name);
                self.disk.remove_file(&path).map_err(io_error(&path))?;
            }
        }
        Ok(())
    }

    /// Writes a file of the store whole or not at all, and durably.
    fn replace(&self, path: &Path, bytes: &[u8], access: Access) -> Result<(), StoreError> {
        let folder = crate::host::files::folder_of(path);
        let partial = folder.join(format!("{}{}", packs::PARTIAL, std::process::id()));
        let written = self.disk.remove_file(&partial).and_then(|()| {
            let file = self.disk.create_file(&partial, access)?;
            let mut file = io::BufWriter::with_capacity(1 << 20, file);
            io::Write::write_all(&mut file, bytes)?;
            file.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
            self.disk.rename(&partial, path)
        });
        if let Err(error) = written {
            let _ = self.disk.remove_file(&partial);
            return Err(io_error(path)(error));
        }
        self.disk.sync_folder(&folder).map_err(io_error(&folder))
    }

    /// Begins a pack. The store must be locked.
    ///
    /// # Errors
    /// What is in the store cannot be read, or the pack cannot be begun.
    pub fn writer(&self) -> Result<Writer<'_>, StoreError> {
        let catalog: Arc<packs::Catalog> = self.fresh_catalog()?;
        Ok(Writer::new(self, catalog))
    }
}
