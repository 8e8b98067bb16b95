//! What was done with a rollback point, as sections.

use super::Section;
use crate::report::Rollback;

/// The sections of a rollback.
pub(super) fn sections(_rollback: &Rollback) -> Vec<Section<'_>> {
    Vec::new()
}
