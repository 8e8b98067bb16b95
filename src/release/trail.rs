//! The trail: what was prepared, verified and judged, one line of JSON each, every line bound to the one before it.

use std::io;
use std::path::Path;

use crate::report::ReleaseTrail;

/// File of the trail, relative to the project.
pub const FILE_NAME: &str = ".readiness/trail.jsonl";

/// What is recorded of one command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// `prepare`, `verify` or `gate`.
    pub action: String,
    /// What it was about: name and version of the release, or the directory.
    pub subject: String,
    /// The commit.
    pub commit: Option<String>,
    /// SHA-256 (hex) of `SHA256SUMS` of the release directory, where there is one.
    pub release: Option<String>,
    /// The verdict's words.
    pub outcome: String,
    /// The exit code.
    pub exit_code: u8,
}

/// Adds an event to the trail of a project; makes the trail if there is none.
///
/// # Errors
/// The trail cannot be written, or is not one.
pub fn append(_trail: &Path, _event: &Event, _tool_version: &str) -> io::Result<ReleaseTrail> {
    Err(io::ErrorKind::Unsupported.into())
}
