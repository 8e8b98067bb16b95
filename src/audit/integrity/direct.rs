//! Verifies listed paths that the walk did not show: files that git ignores, links that checksum files mean to be
//! followed, digests that the engine does not make. Whatever a list names gets an answer.

use std::fs::{self, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest, Sha256, Sha384, Sha512};

use super::claim::{self, Difference, Expected};
use crate::formats::checksums::Algorithm;
use crate::host::files::{open_regular, path_text};

/// Size of a piece that is hashed at once, in bytes.
const PIECE: usize = 256 << 10;

/// Compares what stands at `path` below `root` (absolute, without links) with what is expected there. With no
/// difference, the permission bits of the file, if it is one.
pub(super) fn verify(root: &Path, path: &str, expected: &Expected) -> Result<Option<u32>, Difference> {
    let location = root.join(path);
    match expected {
        Expected::Sum(algorithm, _) => {
            let real = location.canonicalize().map_err(|error| unreachable(&error))?;
            if !real.starts_with(root) {
                return Err(Difference::Unverified("a link leads out of the tree".to_owned()));
            }
            contents(&real, *algorithm, expected)
        }
        Expected::File { .. } | Expected::Link(_) => {
            let folder = location.parent().unwrap_or(root);
            let real = folder.canonicalize().map_err(|error| unreachable(&error))?;
            if real != folder {
                return Err(Difference::Kind("a path through a symbolic link"));
            }
            let metadata = fs::symlink_metadata(&location).map_err(|error| unreachable(&error))?;
            if metadata.is_symlink() {
                let target = fs::read_link(&location).map_err(|error| unreachable(&error))?;
                return claim::link(expected, &path_text(&target)).map_or(Ok(None), Err);
            }
            contents(&location, Algorithm::Sha256, expected)
        }
    }
}

fn contents(path: &Path, algorithm: Algorithm, expected: &Expected) -> Result<Option<u32>, Difference> {
    if fs::symlink_metadata(path).map_err(|error| unreachable(&error))?.is_dir() {
        return Err(Difference::Kind("a folder"));
    }
    let read = match algorithm {
        Algorithm::Sha256 => digest::<Sha256>(path),
        Algorithm::Sha384 => digest::<Sha384>(path),
        Algorithm::Sha512 => digest::<Sha512>(path),
    };
    let (size, digest, metadata) = read.map_err(|error| unreachable(&error))?;
    match claim::contents(expected, size, &digest) {
        Some(difference) => Err(difference),
        None => Ok(mode(&metadata)),
    }
}

fn digest<D: Digest>(path: &Path) -> io::Result<(u64, Vec<u8>, Metadata)> {
    let (mut file, before) = open_regular(path)?;
    let (mut hasher, mut piece, mut size) = (D::new(), vec![0; PIECE], 0_u64);
    // A file that grows for ever must not hold the audit up.
    while size <= before.len() {
        match file.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(piece.get(..count).unwrap_or_default());
                size += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let after = file.metadata()?;
    if size != before.len() || after.len() != before.len() || after.modified().ok() != before.modified().ok()
    {
        return Err(io::Error::other("changed while it was read"));
    }
    Ok((size, hasher.finalize().to_vec(), after))
}

fn unreachable(error: &io::Error) -> Difference {
    match error.kind() {
        // A file where the path has a folder is as good as nothing.
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Difference::Missing,
        io::ErrorKind::PermissionDenied => Difference::Unverified("permission denied".to_owned()),
        io::ErrorKind::InvalidInput => Difference::Kind("neither a file nor a link"),
        io::ErrorKind::Other => Difference::Unverified(error.to_string()),
        kind => Difference::Unverified(kind.to_string()),
    }
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    Some(metadata.mode() & 0o7777)
}

#[cfg(not(unix))]
fn mode(_metadata: &Metadata) -> Option<u32> {
    None
}
