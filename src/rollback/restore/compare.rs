//! Two states, and what would have to change to make one of the other. Pure: nothing is read.

use std::ffi::OsString;

use crate::report::RollbackChanges;
use crate::rollback::point::{Class, Meta, ObjectId, Point, RawPath, State};

/// Which part of a point is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The git state (head, refs, index, operation in progress) and every file of the tree that git tracks or does not ignore.
    pub git: bool,
    /// Configuration files.
    pub config: bool,
    /// Security-related files.
    pub security: bool,
    /// What lies at or below these paths, relative to the tree or absolute.
    pub paths: Vec<RawPath>,
}

impl Scope {
    /// All of it.
    #[must_use]
    pub const fn whole() -> Self {
        Self { git: true, config: true, security: true, paths: Vec::new() }
    }
}

/// Something at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// What it is.
    pub content: Content,
    /// What it is besides its bytes.
    pub meta: Meta,
    /// Bytes, of files.
    pub size: u64,
}

/// What something is, and where its contents come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file whose contents are an object of the store.
    Object(ObjectId),
    /// A file whose contents are a blob of the repository at this path.
    Blob {
        /// Work tree of the repository, relative to the tree.
        repository: RawPath,
        /// The blob, hex.
        oid: String,
    },
    /// A link and its target.
    Link(RawPath),
    /// A link whose target is a blob of the repository at this path.
    LinkBlob {
        /// Work tree of the repository, relative to the tree.
        repository: RawPath,
        /// The blob, hex.
        oid: String,
    },
    /// A folder.
    Folder,
}

/// What becomes of a path. Where both are there, they differ, or may: whether a file that is an object in one state and a blob
/// in the other differs can only be said by reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Relative to the tree, or absolute. Files of a git directory stand below its path, as the point has it.
    pub path: RawPath,
    /// What is there now.
    pub before: Option<Thing>,
    /// What will be.
    pub after: Option<Thing>,
    /// Why it is captured, by the point that has it.
    pub class: Class,
    /// Whether what is there now is tracked and unchanged: git can give it back, so that it need not be kept.
    pub in_git: bool,
}

/// A ref that gets another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefChange {
    /// Work tree of the repository, relative to the tree.
    pub repository: RawPath,
    /// Full name.
    pub name: String,
    /// What it is now, hex; none when it is not there.
    pub before: Option<String>,
    /// What it will be, hex; none when it was made since, and is removed because everything is to be exact.
    pub after: Option<String>,
}

/// What would have to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Paths, in order.
    pub paths: Vec<Change>,
    /// Refs.
    pub refs: Vec<RefChange>,
    /// Names of environment variables that differ.
    pub environment: Vec<String>,
}

impl Changes {
    /// Whether nothing would change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.refs.is_empty()
    }
}

/// What would have to change in `now` to make `then` of it, as far as `scope` goes. Files made since the point are changes
/// without an `after`; refs made since are changes only when everything is to be `exact`.
#[must_use]
pub fn compare(_now: &State, _then: &State, _scope: &Scope, _exact: bool) -> Changes {
    Changes::default()
}

/// Reads the words of `--only`.
///
/// # Errors
/// What is wrong with one of them.
pub fn parse_scope(_only: &[String]) -> Result<Scope, String> {
    Err("not built".to_owned())
}

/// Names of environment variables whose value is not the one that was captured.
#[must_use]
pub fn environment(_then: &Point, _variable: &dyn Fn(&str) -> Option<OsString>) -> Vec<String> {
    Vec::new()
}

/// Changes as a report has them; at most `limit` are listed.
#[must_use]
pub fn summary(_changes: &Changes, _exact: bool, _limit: usize) -> RollbackChanges {
    RollbackChanges::default()
}
