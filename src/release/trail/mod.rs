//! The trail: what was prepared, verified and judged, one line of JSON each, every line bound to the one before it.
//!
//! - `record`: the form of a line and of the head.
//! - `append`: adding a record; two programs at once, a crash at any moment.
//! - `verify`: reading the whole of it again; what speaks against it as findings.
//!
//! A trail `trail.jsonl` has two files beside it: `trail.head`, the number and the digest of its last record, so that it is
//! seen when the end was cut off; and `trail.lock`, which holds nothing. The order of writing is head before (when it lags),
//! record, head after; so whenever a program ends, the head is at most one record behind, and never ahead.

mod append;
mod record;
mod verify;

pub use append::{append, ensure};
pub use record::{Event, Head, LineError, MAX_FIELD, MAX_LINE, NO_RECORD, Record, digest};
pub use verify::{Fault, MAX_BYTES, Noted, Verified, conclude, noted, read, verify};

use std::path::{Path, PathBuf};

/// File of the trail, relative to the project.
pub const FILE_NAME: &str = ".readiness/trail.jsonl";

/// The file beside a trail that names its last record.
#[must_use]
pub fn head_path(trail: &Path) -> PathBuf {
    beside(trail, "head")
}

/// The file beside a trail that whoever writes it holds.
#[must_use]
pub fn lock_path(trail: &Path) -> PathBuf {
    beside(trail, "lock")
}

/// `trail.jsonl` and `trail.head`; a name without the usual ending keeps it, so that no two files are the same.
fn beside(trail: &Path, ending: &str) -> PathBuf {
    if trail.extension().is_some_and(|extension| extension == "jsonl") {
        return trail.with_extension(ending);
    }
    let mut name = trail.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
