//! Where a repository keeps its things, and how git is asked.

use std::path::{Path, PathBuf};

/// A git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its work tree, absolute and without links.
    pub work: PathBuf,
    /// Its own git directory, absolute and without links; of a linked work tree, the one under `worktrees`.
    pub git_dir: PathBuf,
    /// The git directory that holds refs and objects.
    pub common_dir: PathBuf,
    /// Whether refs are loose files and `packed-refs`; else they are kept in another form (reftable), which is read through
    /// git and cannot be put back file by file.
    pub files_of_refs: bool,
}

/// The repository whose work tree is `work` (which has a `.git` of its own); none where there is none. A repository above is
/// not looked for.
///
/// # Errors
/// There is a `.git` that git cannot use, in words.
pub fn place(_work: &Path) -> Result<Option<Place>, String> {
    Ok(None)
}
