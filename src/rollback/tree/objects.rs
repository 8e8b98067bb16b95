//! Bundles, blobs, and bringing back what a repository lost.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::Place;

/// Takes a blob: its number in the list, its contents, its bytes.
pub type Taker<'t> = dyn FnMut(usize, &mut dyn Read, u64) -> Result<(), String> + 't;

/// Those of some objects (hex) that the repository does not have.
///
/// # Errors
/// Git fails, in words.
pub fn missing(_place: &Place, _oids: &[String]) -> Result<Vec<String>, String> {
    Ok(Vec::new())
}

/// The contents of blobs (hex), as they are, one after the other: number in the list, reader, bytes. What a reader leaves is
/// skipped.
///
/// # Errors
/// Git fails, a blob is missing, or the taker fails; in words.
pub fn blobs(_place: &Place, _oids: &[String], _each: &mut Taker<'_>) -> Result<(), String> {
    Ok(())
}

/// The blobs (hex) that regular files would be, no filter applied, in order.
///
/// # Errors
/// Git fails, in words.
pub fn blob_ids(_place: &Place, _files: &[PathBuf]) -> Result<Vec<String>, String> {
    Ok(Vec::new())
}

/// Writes a git bundle (v2, or v3 of a SHA-256 repository) with everything that `roots` (commits, tags, trees, blobs; hex)
/// reach and that `have` (commits) do not; `refs` are the names that it tells. Nothing is written when there is nothing new;
/// false then.
///
/// # Errors
/// Git fails, or the writer; in words.
pub fn make_bundle(
    _place: &Place,
    _roots: &[String],
    _have: &[String],
    _refs: &[(String, String)],
    _out: &mut dyn Write,
) -> Result<bool, String> {
    Ok(false)
}

/// Sees that bundles, oldest first, are ones that git reads whole, and that together they hold or build upon everything that
/// they name. It is tried in a repository of its own below `scratch`, an empty folder.
///
/// # Errors
/// What git says, in words.
pub fn check_bundle(_bundles: &[PathBuf], _wanted: &[String], _scratch: &Path) -> Result<(), String> {
    Err("not built".to_owned())
}

/// Brings the objects of bundles, oldest first, into a repository. Objects are only added, by git itself.
///
/// # Errors
/// What git says, in words.
pub fn bring_back(_place: &Place, _bundles: &[PathBuf]) -> Result<(), String> {
    Err("not built".to_owned())
}
