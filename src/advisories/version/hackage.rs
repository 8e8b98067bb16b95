//! Versions of Haskell packages: numbers with dots between them, fewer before more (Cabal's `Version`).

use std::cmp::Ordering;

use super::number::{listed, take_dotted};

/// Reads a version.
pub(super) fn parse(text: &str) -> Option<&[u8]> {
    let (numbers, rest) = take_dotted(text.as_bytes());
    (!numbers.is_empty() && rest.is_empty()).then_some(numbers)
}

/// The order of two versions.
pub(super) fn order(one: &&[u8], other: &&[u8]) -> Ordering {
    listed(one, other)
}
