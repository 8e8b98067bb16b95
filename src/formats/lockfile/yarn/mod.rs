//! `yarn.lock`, classic (a syntax of its own) and berry (YAML).

mod berry;
mod classic;

use super::Lockfile;
use super::node::LIMITS;
use crate::formats::fault::Fault;

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "yarn.lock"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    if bytes.len() > LIMITS.max_bytes {
        return Err(Fault::new(1, format!("more than the {} bytes that are read", LIMITS.max_bytes)));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before).count().saturating_add(1);
        Fault::new(u32::try_from(line).unwrap_or(u32::MAX), "not UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
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
