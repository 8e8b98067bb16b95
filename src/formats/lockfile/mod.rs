//! Lock files and other lists of exact package versions, with lines and graph. One file a kind.

use super::fault::Fault;
use super::package::Package;

/// What a lock file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// Its packages in the order of the file; the project's own ones have [`super::package::Origin::Own`].
    pub packages: Vec<Package>,
    /// Entries that were not understood: nothing is known of the packages they may name.
    pub left_out: Vec<Unread>,
    /// Other files of the same kind that this one includes (`-r other.txt`), as written, with their line.
    pub includes: Vec<(String, u32)>,
}

/// An entry that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its line, from 1.
    pub line: u32,
    /// Why, the same words for all entries of a kind: `no exact version`, `neither name nor version`.
    pub reason: &'static str,
    /// The package, where at least its name is known.
    pub name: String,
}

/// The kinds of lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `Cargo.lock`.
    Cargo,
}

impl Kind {
    /// The kind of the file at a path relative to the tree; by name, and for some by the folder it is in.
    #[must_use]
    pub fn of_path(_path: &str) -> Option<Self> {
        None
    }
}

/// Reads a lock file.
///
/// # Errors
/// When it is not of its kind: nothing is known of any package in it.
pub fn parse(_kind: Kind, _bytes: &[u8]) -> Result<Lockfile, Fault> {
    Err(Fault::new(1, "not read yet"))
}
