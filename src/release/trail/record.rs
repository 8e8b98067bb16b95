//! The form of a record and of the head.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::formats::hex;

/// Longest line of a trail, in bytes, with its end.
pub const MAX_LINE: usize = 64 << 10;
/// Longest text kept of an event, in characters; a line with all texts of this length stays within [`MAX_LINE`], even when
/// every character needs an escape.
pub const MAX_FIELD: usize = 1_000;
/// What stands for the digest of the record before the first one.
pub const NO_RECORD: &str = "0000000000000000000000000000000000000000000000000000000000000000";

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

/// A line of the trail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// `prepare`, `verify` or `gate`.
    pub action: String,
    /// What it was about.
    pub subject: String,
    /// The commit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// SHA-256 (hex) of `SHA256SUMS` of the release directory.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub release: Option<String>,
    /// The verdict's words.
    pub outcome: String,
    /// The exit code.
    pub exit_code: u8,
    /// The program that wrote it, and its version.
    pub tool: String,
    /// Whether a torn line was removed before this one was written.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub recovered: bool,
    /// SHA-256 (hex) of the bytes of the line before, without its end; [`NO_RECORD`] of the first.
    pub prev: String,
}

/// Why a line is no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Longer than [`MAX_LINE`].
    #[error("it is longer than {MAX_LINE} bytes")]
    TooLong,
    /// Not JSON, or not of this form. What the line holds is not repeated.
    #[error("it is no record")]
    Shape,
    /// The digest of the record before is none.
    #[error("its `prev` is not 64 hex digits")]
    Digest,
}

impl Record {
    /// The record of an event that follows another one.
    #[must_use]
    pub fn of(event: &Event, tool: &str, seq: u64, prev: &str, recovered: bool) -> Self {
        let short = |text: &str| text.chars().take(MAX_FIELD).collect::<String>();
        Self {
            seq,
            time: short(&event.time),
            action: short(&event.action),
            subject: short(&event.subject),
            commit: event.commit.as_deref().map(short),
            release: event.release.as_deref().map(short),
            outcome: short(&event.outcome),
            exit_code: event.exit_code,
            tool: short(tool),
            recovered,
            prev: prev.to_owned(),
        }
    }

    /// Reads a line, without its end.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &[u8]) -> Result<Self, LineError> {
        if line.len() >= MAX_LINE {
            return Err(LineError::TooLong);
        }
        let record: Self = serde_json::from_slice(line).map_err(|_| LineError::Shape)?;
        if is_digest(&record.prev) { Ok(record) } else { Err(LineError::Digest) }
    }

    /// The line, without its end.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        // Strings and numbers alone: nothing that JSON cannot hold.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// SHA-256 (hex) of a line, without its end: what the next record calls `prev`, and the head its digest.
#[must_use]
pub fn digest(line: &[u8]) -> String {
    hex::encode(&Sha256::digest(line))
}

/// Whether a text is a SHA-256 in lower-case hex digits.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The last record of a trail, as the file beside it names it: `NUMBER SHA256` and a line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number; 0 before the first record.
    pub seq: u64,
    /// Its digest; [`NO_RECORD`] before the first record.
    pub sha256: String,
}

impl Head {
    /// Longest head file, in bytes.
    pub(super) const MAX_BYTES: u64 = 128;

    /// The head before the first record.
    pub(super) fn none() -> Self {
        Self { seq: 0, sha256: NO_RECORD.to_owned() }
    }

    /// Reads the file; only the very bytes that [`Head::to_bytes`] writes are taken.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let line = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        let (seq, sha256) = line.split_once(' ')?;
        let head = Self { seq: seq.parse().ok()?, sha256: sha256.to_owned() };
        (is_digest(&head.sha256) && head.to_bytes() == bytes).then_some(head)
    }

    /// The bytes of the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        format!("{} {}\n", self.seq, self.sha256).into_bytes()
    }
}
