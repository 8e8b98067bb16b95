//! Every file, link and folder of a tree with what it is besides its bytes.

use std::path::Path;

use crate::rollback::point::{Meta, RawPath};

/// Something that lies in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Relative to the tree.
    pub path: RawPath,
    /// What it is.
    pub kind: Kind,
    /// What it is besides its bytes.
    pub meta: Meta,
    /// Bytes, of files.
    pub size: u64,
    /// Whether it is a folder with a `.git` of its own, whose inside is not walked.
    pub repository: bool,
}

/// What something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A folder.
    Folder,
    /// A pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device.
    Device,
}

/// Walks a tree, on several threads; the answer is in order of paths. `enter` says which folders are entered; the git directory
/// and `.readiness` of the tree itself are not. What cannot be read is told with its reason.
#[must_use]
pub fn walk(
    _root: &Path,
    _enter: &(dyn Fn(&RawPath) -> bool + Sync),
) -> (Vec<Found>, Vec<(RawPath, String)>) {
    (Vec::new(), Vec::new())
}
