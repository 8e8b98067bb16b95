//! One thing the walk met.

use std::path::PathBuf;

use super::Language;
use crate::report::PathRole;

/// A file or link of the tree, before it is opened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Path relative to the tree, as reports write it.
    pub path: String,
    /// Where it is on this machine.
    pub location: PathBuf,
    /// A file or a link.
    pub kind: EntryKind,
    /// Size in bytes; of a link, the length of its target.
    pub size: u64,
    /// Permission bits (`0o777` and the set-id and sticky bits); 0 where the platform has none.
    pub mode: u32,
    /// What it is for, where that is not the product itself.
    pub role: Option<PathRole>,
    /// Its language, judged by its name.
    pub language: Language,
}

/// What kind of thing an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A symbolic link with its target, which is not followed.
    Link(String),
}

impl Entry {
    /// The last component of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether it is a regular file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.kind == EntryKind::File
    }
}
