//! Where points and their contents are kept.
//!
//! - `packs`: objects, compressed (and encrypted), many in one file; each object once, whichever points need it.
//! - `points`: manifests, pins, marks of verification; finding one by id, name or `latest`.
//! - `prune`: removing points, and the packs that no point needs.
//! - `portable`: one point as one file, out and in.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::point::{Contents, Meta, ObjectId, Point, PointError, PointId, Reason, State};
use super::settings::Keep;
use crate::crypto::secret_key::FileKey;
use crate::host::disk::Disk;
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
    #[error("there is no point {0}; `readiness rollback list` shows those that there are")]
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

/// A key of a store, with what is derived from it.
#[derive(Clone)]
pub struct StoreKey {
    /// Tells keys apart, see [`Contents::Encrypted`].
    mark: String,
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StoreKey({})", self.mark)
    }
}

impl StoreKey {
    /// The key of a store, from one for files.
    ///
    /// # Errors
    /// It is not one that streams can be encrypted with.
    pub fn new(_key: &FileKey) -> Result<Self, String> {
        Err("not built".to_owned())
    }

    /// Tells keys apart.
    #[must_use]
    pub fn mark(&self) -> &str {
        &self.mark
    }
}

/// A store of points.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    key: Option<StoreKey>,
    disk: Disk,
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
    /// Bytes that became free.
    pub freed: u64,
    /// What is worth knowing, in words.
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

/// Where captured contents go: into a store, or nowhere but through the digest.
#[derive(Debug)]
pub enum Sink<'s> {
    /// Into a pack of a store.
    Store(Writer<'s>),
    /// Only digested, as the store with this key would name them; none for plain names.
    Digest(Option<StoreKey>),
}

/// New objects of one capture, in the making; nothing of them is there until [`Writer::finish`].
#[derive(Debug)]
pub struct Writer<'s> {
    /// The store.
    pub store: &'s Store,
}

impl Sink<'_> {
    /// Takes bytes.
    ///
    /// # Errors
    /// The pack cannot be written.
    pub fn add_bytes(&mut self, _bytes: &[u8]) -> Result<ObjectId, StoreError> {
        Ok(ObjectId([0; 32]))
    }

    /// Takes all that a reader gives, whose length need not be known; the object and its bytes.
    ///
    /// # Errors
    /// The reader fails, or the pack cannot be written.
    pub fn add_reader(&mut self, _reader: &mut dyn io::Read) -> Result<(ObjectId, u64), StoreError> {
        Ok((ObjectId([0; 32]), 0))
    }

    /// Takes regular files, several at a time; the answers are in the order of the paths. A file that changes while it is
    /// read is read again, three times at the most.
    ///
    /// # Errors
    /// The pack cannot be written. What is wrong with a single file is its own answer, in words.
    pub fn add_files(
        &mut self,
        _paths: &[PathBuf],
        _taken: &mut dyn FnMut(u64),
    ) -> Result<Vec<Result<Taken, String>>, StoreError> {
        Ok(Vec::new())
    }

    /// How contents are named and kept.
    #[must_use]
    pub fn contents(&self) -> Contents {
        Contents::Plain {}
    }
}

impl Writer<'_> {
    /// Makes the new objects part of the store, and durable; the bytes that it grew by.
    ///
    /// # Errors
    /// The pack cannot be written.
    pub fn finish(self) -> Result<u64, StoreError> {
        Ok(0)
    }
}

impl Store {
    /// A store in a folder, which need not be there yet: it is made by the first thing that is written.
    #[must_use]
    pub const fn at(folder: PathBuf, key: Option<StoreKey>, disk: Disk) -> Self {
        Self { folder, key, disk }
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

    /// Keeps other commands that write out of the store, until it is dropped; makes the store's folders. Those that only read
    /// need it not. Others are waited for, `patience` at the most.
    ///
    /// # Errors
    /// Another command holds it, or the folder cannot be made.
    pub fn lock(&self, _patience: Duration) -> Result<FolderLock, StoreError> {
        FolderLock::take(&self.folder)
            .map_err(|source| StoreError::Io { path: self.folder.display().to_string(), source })
    }

    /// Begins a pack. The store must be locked.
    ///
    /// # Errors
    /// What is in the store cannot be read, or the pack cannot be begun.
    pub fn writer(&self) -> Result<Writer<'_>, StoreError> {
        Ok(Writer { store: self })
    }

    /// Whether the store has an object; its bytes are not looked at.
    ///
    /// # Errors
    /// The list of objects cannot be read.
    pub fn has(&self, _object: ObjectId) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Copies the contents of an object of a point and sees that they are right; its bytes. What was written is to be thrown
    /// away when this fails.
    ///
    /// # Errors
    /// It is missing, damaged, encrypted with another key, or the writer fails.
    pub fn copy_to(
        &self,
        object: ObjectId,
        _contents: &Contents,
        _out: &mut dyn Write,
    ) -> Result<u64, StoreError> {
        Err(StoreError::Missing(object))
    }

    /// The contents of an object of at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Self::copy_to`]; it is larger.
    pub fn read(&self, object: ObjectId, _contents: &Contents, _limit: u64) -> Result<Vec<u8>, StoreError> {
        Err(StoreError::Missing(object))
    }

    /// Stores a manifest, whose objects must be there. The store must be locked.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self, _point: &Point) -> Result<PointId, StoreError> {
        Err(StoreError::NoPoint(String::new()))
    }

    /// Reads a point.
    ///
    /// # Errors
    /// There is none, it was changed, or it cannot be read.
    pub fn load(&self, id: &PointId) -> Result<Point, StoreError> {
        Err(StoreError::NoPoint(id.to_string()))
    }

    /// Reads a point and its list of what git can give back.
    ///
    /// # Errors
    /// As [`Self::load`] and [`Self::read`].
    pub fn state(&self, id: &PointId) -> Result<State, StoreError> {
        Err(StoreError::NoPoint(id.to_string()))
    }

    /// All points, oldest first; those that cannot be read too.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, StoreError> {
        Ok(Vec::new())
    }

    /// The point that a text names: an id, the beginning of one or of its digest, a name (the newest of that name), or
    /// `latest` (the newest that the user asked for).
    ///
    /// # Errors
    /// None, or more than one.
    pub fn find(&self, text: &str) -> Result<PointId, StoreError> {
        Err(StoreError::NoPoint(text.to_owned()))
    }

    /// Pins a point, or lets it go. The store must be locked.
    ///
    /// # Errors
    /// There is none, or it cannot be written.
    pub fn pin(&self, id: &PointId, _pinned: bool) -> Result<(), StoreError> {
        Err(StoreError::NoPoint(id.to_string()))
    }

    /// Notes that a point was verified and found good. The store must be locked.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn mark_verified(&self, id: &PointId, _now: Timestamp) -> Result<(), StoreError> {
        Err(StoreError::NoPoint(id.to_string()))
    }

    /// Removes points that `keep` does not cover, and what no other needs; never the newest, the newest complete one, a pinned
    /// one, or one that cannot be read. With `plan` nothing is removed. The store must be locked.
    ///
    /// # Errors
    /// Something cannot be read or removed; what is left is sound.
    pub fn prune(&self, _keep: Keep, _now: Timestamp, _plan: bool) -> Result<Pruned, StoreError> {
        Ok(Pruned::default())
    }

    /// Writes a point and all its objects into one file, whole or not at all; its bytes.
    ///
    /// # Errors
    /// Something is missing or damaged, or the file cannot be written.
    pub fn export(&self, id: &PointId, _file: &Path) -> Result<u64, StoreError> {
        Err(StoreError::NoPoint(id.to_string()))
    }

    /// Takes a point in from a file of [`Self::export`], every object checked. The store must be locked.
    ///
    /// # Errors
    /// The file is none, was changed, or the store cannot be written.
    pub fn import(&self, file: &Path) -> Result<PointId, StoreError> {
        Err(StoreError::NoPoint(file.display().to_string()))
    }
}
