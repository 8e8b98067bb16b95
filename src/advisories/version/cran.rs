//! Versions of R packages: numbers with `.` or `-` between them (R's `package_version`).

use std::cmp::Ordering;

use super::number::listed;

/// Reads a version.
pub(super) fn parse(text: &str) -> Option<&[u8]> {
    let text = text.as_bytes();
    let numbers = text.split(|byte| matches!(byte, b'.' | b'-'));
    numbers
        .into_iter()
        .all(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
        .then_some(text)
}

/// The order of two versions: number by number, fewer before more.
pub(super) fn order(one: &&[u8], other: &&[u8]) -> Ordering {
    listed(one, other)
}
