//! The files of a git directory that say what is going on.

use std::fs::FileType;
use std::path::Path;

use super::first_line;
use crate::host::files::open_regular;
use crate::rollback::point::{RawPath, is_state};
use crate::rollback::tree::Place;

/// Most files of operations in progress: a rebase by patches has one for each.
const MOST: usize = 100_000;
/// Deepest folder of an operation.
const DEPTH: u32 = 8;
/// Most parts of a split index that are captured besides the one in use.
const PARTS: usize = 9;

/// The operation in progress, see `Repository::operation`. A merge within a rebase is part of the rebase.
pub(super) fn operation(git_dir: &Path) -> Option<String> {
    let is_there = |name: &str| git_dir.join(name).symlink_metadata().is_ok();
    let sequence = || {
        // The first line that is left to do.
        let line = first_line(&git_dir.join("sequencer/todo"))?;
        Some(if line.starts_with("revert") { "revert" } else { "cherry-pick" })
    };
    let name = if is_there("rebase-merge") {
        "rebase"
    } else if is_there("rebase-apply") {
        if is_there("rebase-apply/applying") { "am" } else { "rebase" }
    } else if is_there("MERGE_HEAD") {
        "merge"
    } else if is_there("CHERRY_PICK_HEAD") {
        "cherry-pick"
    } else if is_there("REVERT_HEAD") {
        "revert"
    } else if let Some(name) = sequence() {
        name
    } else if is_there("BISECT_LOG") {
        "bisect"
    } else {
        return None;
    };
    Some(name.to_owned())
}

/// Files, links among them, and folders that are there and empty, of the git directory that a point captures (see
/// `is_state`), relative to it, in order.
///
/// # Errors
/// A folder cannot be read, or holds more than any operation of git's, in words.
pub fn state_files(place: &Place) -> Result<Vec<RawPath>, String> {
    let mut list = Vec::new();
    let mut parts = Vec::new();
    for (name, kind) in entries(&place.git_dir, &RawPath::default())? {
        if name.bytes().starts_with(b"sharedindex.") {
            if is_state(&name) && kind.is_file() {
                parts.push(name);
            }
        } else if name.bytes() == b"info" && kind.is_dir() {
            let inside = entries(&place.git_dir, &name)?;
            for (name, kind) in inside.into_iter().filter(|(name, _)| is_state(name)) {
                collect(&place.git_dir, name, kind, DEPTH, &mut list)?;
            }
        } else if is_state(&name) {
            collect(&place.git_dir, name, kind, DEPTH, &mut list)?;
        }
    }
    if parts.len() > PARTS {
        let used = shared_part(&place.git_dir);
        parts.retain(|part| used.iter().any(|used| used == part));
    }
    list.extend(parts);
    list.sort_unstable();
    Ok(list)
}

/// What lies in a folder of the git directory.
fn entries(git_dir: &Path, folder: &RawPath) -> Result<Vec<(RawPath, FileType)>, String> {
    let path = git_dir.join(folder.to_path());
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut list = Vec::new();
    for entry in path.read_dir().map_err(told)? {
        let entry = entry.map_err(told)?;
        list.push((folder.join(entry.file_name().as_encoded_bytes()), entry.file_type().map_err(told)?));
        if list.len() > MOST {
            return Err(format!("{}: more than {MOST} files", path.display()));
        }
    }
    Ok(list)
}

fn collect(
    git_dir: &Path,
    path: RawPath,
    kind: FileType,
    depth: u32,
    list: &mut Vec<RawPath>,
) -> Result<(), String> {
    if list.len() >= MOST || depth == 0 {
        let path = git_dir.join(path.to_path());
        return Err(format!(
            "{}: more than an operation of git leaves ({MOST} files, {DEPTH} folders deep)",
            path.display()
        ));
    }
    if kind.is_file() || kind.is_symlink() {
        list.push(path);
    } else if kind.is_dir() {
        let inside = entries(git_dir, &path)?;
        if inside.is_empty() {
            list.push(path);
        }
        for (path, kind) in inside {
            collect(git_dir, path, kind, depth - 1, list)?;
        }
    }
    Ok(())
}

/// The parts that the index may build upon: what its extension `link` names, which a checksum follows at most.
fn shared_part(git_dir: &Path) -> Vec<RawPath> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    // A split index is small; its extension stands after its entries.
    const TAIL: u64 = 64 << 20;
    let tail = || -> std::io::Result<Vec<u8>> {
        let (mut file, meta) = open_regular(&git_dir.join("index"))?;
        file.seek(SeekFrom::Start(meta.len().saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = tail().unwrap_or_default();
    let mut names = Vec::new();
    for at in memchr::memmem::find_iter(&bytes, b"link") {
        // The name is followed by a size of four bytes, and then the digest, of 20 or 32.
        for length in [20, 32] {
            let digest = bytes.get(at + 8..at + 8 + length).unwrap_or_default();
            let name = format!("sharedindex.{}", crate::formats::hex::encode(digest));
            if git_dir.join(&name).is_file() {
                names.push(RawPath::from_bytes(name.as_bytes()));
            }
        }
    }
    names
}
