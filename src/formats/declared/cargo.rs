//! Project files of one kind.

use super::Declared;
use crate::formats::fault::Fault;

/// Whether a file with this name is of the kind.
pub(super) fn is_name(_name: &str) -> bool {
    false
}

/// Reads it.
pub(super) fn parse(_bytes: &[u8]) -> Result<Declared, Fault> {
    Err(Fault::new(1, "this kind of file is not read yet"))
}
