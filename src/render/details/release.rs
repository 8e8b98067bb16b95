//! What was done with a release, as sections.

use super::Section;
use crate::report::{Provenance, Release};

/// The sections of a release.
pub(super) fn sections(_release: &Release) -> Vec<Section<'_>> {
    Vec::new()
}

/// The sections of provenance.
pub(super) fn provenance(provenance: &Provenance) -> Vec<Section<'_>> {
    super::provenance::sections(provenance)
}
