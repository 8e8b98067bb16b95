//! Files: a value in them, their size, their age.

use std::path::Path;

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::Reading;

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Sample {}

/// Reads it once.
pub(super) fn observe(_path: &Path, _around: &Surroundings<'_>) -> Result<Sample, Trouble> {
    Err(unfit())
}

/// One number of it.
pub(super) fn read(_sample: &Sample, _reading: &Reading) -> Result<f64, Trouble> {
    Err(unfit())
}
