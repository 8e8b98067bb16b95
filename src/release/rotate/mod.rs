//! Encrypted files under a new key: at every moment each file is readable under exactly one known key.
//!
//! A file is decrypted and encrypted anew in one stream, into a file beside it; no plaintext touches the disk. What was
//! written is forced to the disk, read back, decrypted with the new key and compared with what came out of the old file.
//! Only then does it take the old one's place, in one step. A file says by itself under which key it is, so that no
//! journal is needed: what was ended is run again, and goes on with the files that are still under the old key.

mod file;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use globset::GlobSet;

use crate::artifact::keys::LoadedKey;
use crate::crypto::secret_key::{FileKey, Material};
use crate::crypto::streaming::{Decryptor, Parameters, Seed, StreamingKey, encrypt};
use crate::formats::glob::{self, GlobError};
use crate::formats::release_manifest;
use crate::host::disk::Disk;
use crate::host::files::path_text;
use crate::host::lock::FolderLock;

/// What the names of files in the making begin and end with; between them stands the name of the file they are for.
const MAKING: (&str, &str) = (".", ".readiness-rotate");
/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 128;
/// Most files and folders that are looked at.
const MAX_ENTRIES: usize = 5_000_000;

/// What is rotated, and between which keys.
#[derive(Debug)]
pub struct Rotation {
    old: Vec<StreamingKey>,
    new: StreamingKey,
    names: GlobSet,
}

/// What became of one file.
#[derive(Debug)]
pub enum Turn {
    /// It was under the old key and is under the new one; bytes of plaintext.
    Rotated(u64),
    /// It would be; bytes of the file.
    Planned(u64),
    /// It is under the new key already.
    Already,
    /// It is under neither key, or was not touched for another reason.
    Left(String),
    /// It could not be rotated, and is as it was.
    Failed(String),
}

/// One file and what became of it.
#[derive(Debug)]
pub struct Turned {
    /// Relative to the folder.
    pub path: PathBuf,
    /// What became of it.
    pub turn: Turn,
}

/// How far a rotation is.
#[derive(Debug, Default)]
pub struct Course {
    /// Files that are done.
    pub files: AtomicU64,
    /// Bytes read of the old files.
    pub bytes: AtomicU64,
}

/// Why nothing was rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// A key file without a key for streams.
    #[error("{0}: no key for files in segments (a Tink keyset for bare AES-GCM has none)")]
    NoKey(String),
    /// Both are the same key: a file would be under both.
    #[error("the old and the new key are the same")]
    SameKey,
    /// A pattern is none.
    #[error(transparent)]
    Glob(#[from] GlobError),
    /// A pattern is for paths.
    #[error("`{0}`: patterns are for names of files, without `/`")]
    Path(String),
    /// Another rotation is at work in the folder.
    #[error("{0}: another rotation is at work here; wait for its end")]
    Locked(String),
    /// The folder cannot be read, or a left-over cannot be removed.
    #[error("{path}: {source}")]
    Io {
        /// What.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// More than `MAX_ENTRIES` files and folders.
    #[error("more than {MAX_ENTRIES} files and folders; rotate parts of the tree in turn")]
    TooMany,
}

impl Rotation {
    /// A rotation between the keys of two files, of files whose names match one of some globs.
    ///
    /// # Errors
    /// A file has no key for streams, both are the same, or a glob is none.
    pub fn new(old: &LoadedKey, new: &LoadedKey, names: &[String]) -> Result<Self, RotateError> {
        let streams =
            |loaded: &LoadedKey| -> Vec<StreamingKey> { loaded.keys.iter().filter_map(stream).collect() };
        let old_keys = streams(old);
        // The first is the primary one, which new data is encrypted with.
        let new_key = new.keys.iter().filter(|key| key.primary).find_map(stream);
        let none = |loaded: &LoadedKey| RotateError::NoKey(loaded.name.clone());
        let new_key = new_key.ok_or_else(|| none(new))?;
        if old_keys.is_empty() {
            return Err(none(old));
        }
        if old_keys.iter().any(|key| opens_what_the_other_seals(key, &new_key)) {
            return Err(RotateError::SameKey);
        }
        if let Some(path) = names.iter().find(|name| name.contains('/')) {
            return Err(RotateError::Path(path.clone()));
        }
        let names = glob::set(names.iter().map(String::as_str))?;
        Ok(Self { old: old_keys, new: new_key, names })
    }

    /// Rotates the files below a folder, by path; links are not followed. With `plan` nothing is changed.
    ///
    /// # Errors
    /// The folder cannot be read or is being rotated already. What happens to single files is told, file by file.
    pub fn run(
        &self,
        folder: &Path,
        plan: bool,
        disk: &Disk,
        course: &Course,
    ) -> Result<Vec<Turned>, RotateError> {
        let _lock = lock(folder)?;
        let found = find(folder, &self.names)?;
        if !plan {
            for left_over in &found.left_over {
                remove(disk, left_over)?;
            }
        }
        let mut turned = Vec::new();
        for (path, in_release) in found.files {
            let turn = if in_release {
                let reason =
                    "it is part of a release, whose signed list binds its bytes: prepare the release again";
                Turn::Left(reason.to_owned())
            } else {
                file::turn(self, &path, plan, disk, course)
            };
            course.files.fetch_add(1, Relaxed);
            turned
                .push(Turned { path: path.strip_prefix(folder).map_or(path.clone(), Path::to_owned), turn });
        }
        Ok(turned)
    }
}

/// The key of a file's key for streams. A plain one is taken with the usual parameters.
fn stream(key: &FileKey) -> Option<StreamingKey> {
    match &key.material {
        Material::Plain(secret) => Some(StreamingKey::from_secret(secret, Parameters::default())),
        Material::Streaming(streaming) => Some(streaming.clone()),
        Material::Gcm { .. } => None,
    }
}

/// Whether two keys are the same, found out by using them.
fn opens_what_the_other_seals(one: &StreamingKey, other: &StreamingKey) -> bool {
    let mut sealed = Vec::new();
    let seed = Seed::fixed([0; 32], [0; 7]);
    let probe = encrypt(other, b"readiness probe", &seed, &mut io::empty(), &mut sealed);
    let mut decryptor = Decryptor::new(one, b"readiness probe");
    probe.is_ok()
        && decryptor.update(&sealed, &mut io::sink()).is_ok()
        && decryptor.finish(&mut io::sink()).is_ok()
}

/// Keeps other rotations out of a folder, until it is dropped or the program ends.
fn lock(folder: &Path) -> Result<FolderLock, RotateError> {
    FolderLock::take(folder).map_err(|source| match source.kind() {
        io::ErrorKind::WouldBlock => RotateError::Locked(path_text(folder)),
        _ => RotateError::Io { path: path_text(folder), source },
    })
}

/// What lies below a folder.
#[derive(Default)]
struct Found {
    /// Files to look at, and whether they are part of a release.
    files: Vec<(PathBuf, bool)>,
    /// Files in the making that an earlier run left.
    left_over: Vec<PathBuf>,
}

fn find(folder: &Path, names: &GlobSet) -> Result<Found, RotateError> {
    let mut found = Found::default();
    let mut seen = 0;
    let mut folders = vec![(folder.to_owned(), 0_usize, false)];
    while let Some((folder, depth, in_release)) = folders.pop() {
        let error = |source| RotateError::Io { path: path_text(&folder), source };
        let is_there = |name: &str| folder.join(name).symlink_metadata().is_ok_and(|found| found.is_file());
        let in_release =
            in_release || (is_there(release_manifest::FILE_NAME) && is_there(release_manifest::SUMS_NAME));
        for entry in std::fs::read_dir(&folder).map_err(error)? {
            let entry = entry.map_err(error)?;
            seen += 1;
            if seen > MAX_ENTRIES {
                return Err(RotateError::TooMany);
            }
            let (path, name) = (entry.path(), entry.file_name());
            // Of the entry itself: a link is neither.
            let kind = entry.file_type().map_err(error)?;
            if kind.is_dir() && depth < MAX_DEPTH {
                folders.push((path, depth + 1, in_release));
            } else if kind.is_dir() {
                let source = io::Error::other(format!("more than {MAX_DEPTH} folders deep"));
                return Err(RotateError::Io { path: path_text(&path), source });
            } else if kind.is_file() {
                let made_for =
                    name.to_str().and_then(|name| name.strip_prefix(MAKING.0)?.strip_suffix(MAKING.1));
                if made_for.is_some_and(|target| names.is_match(target)) {
                    found.left_over.push(path);
                } else if names.is_match(Path::new(&name)) {
                    found.files.push((path, in_release));
                }
            }
        }
    }
    found.files.sort();
    found.left_over.sort();
    Ok(found)
}

fn remove(disk: &Disk, path: &Path) -> Result<(), RotateError> {
    disk.remove_file(path).map_err(|source| RotateError::Io { path: path_text(path), source })
}
