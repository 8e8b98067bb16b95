//! Head, refs, upstream, operation in progress, and the files that keep them.

use super::Place;
use crate::rollback::point::{Head, RawPath};

/// What is checked out, and what else the repository knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// What is checked out.
    pub head: Head,
    /// The branch's upstream: its ref, and the commit that it is at.
    pub upstream: Option<(String, Option<String>)>,
    /// All refs with their object ids, by name.
    pub refs: Vec<(String, String)>,
    /// Symbolic refs besides `HEAD`, and what they lead to.
    pub symbolic: Vec<(String, String)>,
    /// Operation in progress, see `Repository::operation`.
    pub operation: Option<String>,
    /// What stands in the way of a complete capture, in words: a partial clone, refs that cannot be put back file by file.
    pub gaps: Vec<String>,
}

/// Reads it.
///
/// # Errors
/// Git fails, in words.
pub fn history(place: &Place) -> Result<History, String> {
    Err(format!("{}: not built", place.work.display()))
}

/// Files, and folders that are there and empty, of the git directory that a point captures (see `is_state`), relative to it, in
/// order.
///
/// # Errors
/// A folder cannot be read, in words.
pub fn state_files(_place: &Place) -> Result<Vec<RawPath>, String> {
    Ok(Vec::new())
}

/// First commits of the history, sorted; none when they cannot be found within two seconds.
#[must_use]
pub fn first_commits(_place: &Place) -> Vec<String> {
    Vec::new()
}
