//! What is at a path now, no link followed, and whether it is what it should be.

use std::fs::Metadata;
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::host::disk::Description;
use crate::host::files::open_regular;
use crate::rollback::point::{Meta, ObjectId, RawPath};
pub(super) use crate::rollback::tree::meta_of;

/// What was found at a path, or will be: enough to know it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub(super) enum Print {
    /// Nothing.
    Absent {},
    /// A regular file.
    File {
        /// SHA-256 of its bytes, whatever contents are named by in the store.
        sha256: ObjectId,
        /// Its bytes.
        size: u64,
        /// What it is besides.
        meta: Meta,
    },
    /// A symbolic link.
    Link {
        /// What it leads to.
        target: RawPath,
    },
    /// A folder.
    Folder {
        /// What it is besides what lies in it.
        meta: Meta,
    },
    /// A pipe, a socket, a device.
    Other {},
}

/// What the system says of a name; none when nothing has it.
pub(super) fn lstat(path: &Path) -> io::Result<Option<Metadata>> {
    match path.symlink_metadata() {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Whether a real folder has a name.
pub(super) fn is_folder(path: &Path) -> io::Result<bool> {
    Ok(lstat(path)?.is_some_and(|found| found.is_dir()))
}

/// Numbers of the file system, and of the file on it.
#[cfg(unix)]
pub(super) fn numbers(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
pub(super) fn numbers(_metadata: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// SHA-256 and length of a regular file.
pub(super) fn digest(path: &Path) -> io::Result<(ObjectId, u64)> {
    let (mut file, _) = open_regular(path)?;
    let (mut hasher, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => return Ok((ObjectId(hasher.finalize().into()), size)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(buffer.get(..count).unwrap_or_default());
        size += count as u64;
    }
}

/// What is at a path, its bytes read.
pub(super) fn print(path: &Path) -> io::Result<Print> {
    let Some(metadata) = lstat(path)? else { return Ok(Print::Absent {}) };
    let meta = meta_of(&metadata);
    Ok(if metadata.is_file() {
        let (sha256, size) = digest(path)?;
        Print::File { sha256, size, meta }
    } else if metadata.is_symlink() {
        Print::Link { target: RawPath::of(&path.read_link()?) }
    } else if metadata.is_dir() {
        Print::Folder { meta }
    } else {
        Print::Other {}
    })
}

/// Whether what is at a path has these contents: kind, bytes, target. Its mode, owner and time are not looked at.
pub(super) fn holds(path: &Path, wanted: &Print) -> io::Result<bool> {
    let Some(found) = lstat(path)? else { return Ok(matches!(wanted, Print::Absent {})) };
    Ok(match wanted {
        Print::Absent {} => false,
        Print::File { sha256, size, .. } => {
            found.is_file() && found.len() == *size && digest(path)?.0 == *sha256
        }
        Print::Link { target } => found.is_symlink() && RawPath::of(&path.read_link()?) == *target,
        Print::Folder { .. } => found.is_dir(),
        Print::Other {} => !found.is_file() && !found.is_symlink() && !found.is_dir(),
    })
}

/// What has to be set of something that is `now` so to make it `wanted`. The owner only where it is another: only the
/// system's administrator may give files away.
pub(super) fn description(now: &Meta, wanted: &Meta) -> Description {
    let owner = (wanted.uid, wanted.gid);
    Description {
        mode: Some(wanted.mode),
        owner: Some(owner).filter(|owner| *owner != (now.uid, now.gid)),
        modified: Some((wanted.seconds, wanted.nanoseconds)),
    }
}

/// Bytes that the file system of a folder can still take from this user; none where the system does not say.
#[cfg(unix)]
pub(super) fn room(folder: &Path) -> Option<u64> {
    let facts = rustix::fs::statvfs(folder).ok()?;
    // Some file systems have no such bound, and say zero of everything.
    (facts.f_blocks > 0).then(|| facts.f_bavail.saturating_mul(facts.f_frsize))
}

#[cfg(not(unix))]
pub(super) fn room(_folder: &Path) -> Option<u64> {
    None
}
