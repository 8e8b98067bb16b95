//! What is tracked, what differs, what is ignored, in git's own words.

mod convert;
mod staged;
#[cfg(test)]
mod tests;

pub use convert::converted;
pub use staged::staged;

use std::time::Duration;

use super::Place;
use super::place::{oid_of, path_of, records};
use crate::host::git_stream::stream;
use crate::rollback::point::RawPath;

/// Longest that git may take to read its index and look at the files that it names.
const PATIENCE: Duration = Duration::from_secs(300);

/// An entry of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// Relative to the work tree.
    pub path: RawPath,
    /// Git's mode: `0o100644`, `0o100755`, `0o120000` (link), `0o160000` (submodule).
    pub mode: u32,
    /// The blob or commit, hex.
    pub oid: String,
    /// 0, or 1 to 3 of a file in conflict.
    pub stage: u8,
    /// Whether git was told not to look at the file (`skip-worktree`, `assume-unchanged`): what differs is then not told.
    pub hidden: bool,
}

/// What git ignores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Files and links, relative to the work tree, in order.
    pub files: Vec<RawPath>,
    /// Folders of which everything is ignored, in order; what is in them stands nowhere.
    pub folders: Vec<RawPath>,
}

/// How the bytes of a tracked file come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// Git LFS: the blob is a pointer.
    Lfs {
        /// SHA-256 (hex) of the contents.
        sha256: String,
        /// Their bytes.
        size: u64,
        /// The file that has them, when the repository has it.
        file: Option<std::path::PathBuf>,
    },
    /// Line ends, encoding, `ident` or a filter may make other bytes of it.
    Other,
}

/// All entries of the index, in order; of files in conflict each stage.
///
/// # Errors
/// Git fails, in words.
pub fn tracked(place: &Place) -> Result<Vec<Tracked>, String> {
    // A sparse index is expanded.
    let call = place.about_tree(["ls-files", "--stage", "-v", "-z"]).within(PATIENCE);
    let mut list = Vec::new();
    stream(&call, None, &mut |reader| {
        records(reader, 0, &mut |record| {
            list.push(tracked_of(record)?);
            Ok(())
        })
    })?;
    list.sort_unstable_by(|a, b| (&a.path, a.stage).cmp(&(&b.path, b.stage)));
    Ok(list)
}

/// `TAG MODE OID STAGE<tab>PATH`. The tag is in lower case when the file is assumed to be unchanged, and `S` when it is
/// skipped.
fn tracked_of(record: &[u8]) -> Result<Tracked, String> {
    let odd = || "its output is not understood".to_owned();
    let (tag, rest) = record.split_first_chunk::<2>().ok_or_else(odd)?;
    let tab = rest.iter().position(|byte| *byte == b'\t').ok_or_else(odd)?;
    let (fields, path) = rest.split_at(tab);
    let mut fields = fields.split(|byte| *byte == b' ');
    let mut field = || fields.next().unwrap_or_default();
    let mode = mode_of(field()).ok_or_else(odd)?;
    let oid = oid_of(field())?;
    let stage = match field() {
        [digit @ b'0'..=b'3'] => digit - b'0',
        _ => return Err(odd()),
    };
    let hidden = tag[0].is_ascii_lowercase() || tag[0] == b'S';
    Ok(Tracked { path: path_of(path.get(1..).unwrap_or_default())?, mode, oid, stage, hidden })
}

/// A mode as git writes it: octal digits.
fn mode_of(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

/// Tracked files that differ from the index, or may, or are gone, in order, relative to the work tree. No filter is run.
///
/// # Errors
/// Git fails, in words.
pub fn differing(place: &Place) -> Result<Vec<RawPath>, String> {
    // Without a refresh of the index, what was only touched is told too. Files written at the moment of the index are read.
    let call = place.about_tree(["diff-files", "--raw", "-z", "--no-renames", "--ignore-submodules=all"]);
    let call = place.without_filters(call)?.within(PATIENCE);
    let mut paths = Vec::new();
    stream(&call, None, &mut |reader| {
        records(reader, 0, &mut |record| {
            // What was changed stands in a record that begins with a colon, the path in the next.
            if record.first() != Some(&b':') {
                paths.push(path_of(record)?);
            }
            Ok(())
        })
    })?;
    paths.sort_unstable();
    paths.dedup();
    Ok(paths)
}

/// What is ignored and not tracked.
///
/// # Errors
/// Git fails, in words.
pub fn ignored(place: &Place) -> Result<Ignored, String> {
    let arguments = ["ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z"];
    let call = place.about_tree(arguments).within(PATIENCE);
    let mut list: Vec<Vec<u8>> = Vec::new();
    stream(&call, None, &mut |reader| {
        records(reader, 0, &mut |record| {
            path_of(record.strip_suffix(b"/").unwrap_or(record))?;
            list.push(record.to_vec());
            Ok(())
        })
    })?;
    list.sort_unstable();
    let mut answer = Ignored::default();
    for (at, item) in list.iter().enumerate() {
        match item.strip_suffix(b"/") {
            // A folder in which git found something to name is not ignored itself: other files may come to lie in it, and
            // repositories in it are not ignored.
            Some(_) if list.get(at + 1).is_some_and(|next| next.starts_with(item)) => {}
            Some(folder) => answer.folders.push(RawPath::from_bytes(folder)),
            None => answer.files.push(RawPath::from_bytes(item)),
        }
    }
    answer.folders.sort_unstable();
    Ok(answer)
}
