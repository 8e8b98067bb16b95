//! `yarn.lock`, classic (a syntax of its own) and berry (YAML).

mod berry;
mod classic;

use super::{Lockfile, reading};
use crate::formats::fault::Fault;

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "yarn.lock"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let text = reading::text(bytes)?;
    for (number, line) in (1..).zip(text.lines()) {
        if line.starts_with("<<<<<<< ") {
            return Err(Fault::new(number, "a conflict of a merge that is not resolved"));
        }
        if line.starts_with("__metadata:") {
            return berry::parse(bytes);
        }
    }
    classic::parse(text)
}

#[cfg(test)]
mod tests;
