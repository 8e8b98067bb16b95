//! The partial file of a download, and what must be known to go on with it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{HttpError, Validators};
use crate::host::files;

/// What the name of a partial file has behind the target's.
pub const PART: &str = ".part";
/// What the name of the file beside it has, which tells what it is a part of.
pub const PART_STATE: &str = ".part.json";

/// Longest state file that is read, in bytes.
const STATE_LIMIT: u64 = 64 << 10;

/// What is known of the file that a part is the beginning of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Where it comes from.
    pub(super) url: String,
    /// Which version it is.
    pub(super) validators: Validators,
    /// Its whole length in bytes, if the server said.
    pub(super) total: Option<u64>,
}

/// `NAME.part` beside the target, locked, with `NAME.part.json`.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    state_path: PathBuf,
    file: File,
    /// How much of it there is.
    pub(super) length: u64,
}

impl Part {
    /// Opens or makes the part that belongs to `target`. Never follows a symbolic link.
    pub(super) fn open(target: &Path) -> Result<Self, HttpError> {
        let path = beside(target, PART);
        let fault = |source: io::Error| HttpError::File { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
            options.custom_flags(flags.bits().cast_signed());
        }
        let file = options.open(&path).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(HttpError::Busy { path }),
            Err(TryLockError::Error(source)) => return Err(fault(source)),
        }
        let metadata = file.metadata().map_err(fault)?;
        if !metadata.is_file() {
            return Err(fault(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
        }
        Ok(Self { state_path: beside(target, PART_STATE), length: metadata.len(), path, file })
    }

    /// What the part is the beginning of; none when it is empty, unknown or of another address.
    pub(super) fn state(&self, url: &str) -> Option<State> {
        let bytes = files::read_bounded(&self.state_path, STATE_LIMIT).ok()?;
        let state: State = serde_json::from_slice(&bytes).ok()?;
        let fits = state.total.is_none_or(|total| self.length < total);
        (self.length > 0 && state.url == url && fits).then_some(state)
    }

    /// Forgets what there is and notes what will come.
    pub(super) fn restart(&mut self, state: &State) -> Result<(), HttpError> {
        self.file.set_len(0).map_err(|source| self.fault(source))?;
        self.length = 0;
        let text = serde_json::to_vec(state).map_err(|error| self.fault(error.into()))?;
        files::write_atomic(&self.state_path, &text)
            .map_err(|source| HttpError::File { path: self.state_path.clone(), source })
    }

    /// Adds bytes at the end.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), HttpError> {
        let written = self.file.seek(SeekFrom::Start(self.length)).and_then(|_| self.file.write_all(bytes));
        written.map_err(|source| self.fault(source))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// The file from its beginning, for verification.
    pub(super) fn rewound(&mut self) -> Result<&File, HttpError> {
        self.file.seek(SeekFrom::Start(0)).map_err(|source| self.fault(source))?;
        Ok(&self.file)
    }

    /// Puts the whole file in the target's place.
    pub(super) fn finish(self, target: &Path) -> Result<(), HttpError> {
        self.file.sync_all().map_err(|source| self.fault(source))?;
        std::fs::rename(&self.path, target)
            .map_err(|source| HttpError::File { path: target.to_owned(), source })?;
        #[cfg(unix)]
        if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(|source| HttpError::File { path: folder.to_owned(), source })?;
        }
        let _ = std::fs::remove_file(&self.state_path);
        Ok(())
    }

    /// Removes the part: it is not wanted, or not what it should be.
    pub(super) fn discard(self) {
        let _ = std::fs::remove_file(&self.state_path);
        let _ = std::fs::remove_file(&self.path);
    }

    fn fault(&self, source: io::Error) -> HttpError {
        HttpError::File { path: self.path.clone(), source }
    }
}

/// `NAME` with something added to its end.
fn beside(target: &Path, suffix: &str) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
