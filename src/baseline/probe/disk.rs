//! A disk: a small file written, synced and removed.

use std::path::Path;
use std::time::Duration;

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::Reading;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Sample {}

/// Writes, syncs, removes.
pub(super) fn observe(_path: &Path, _around: &Surroundings<'_>, _limit: Duration) -> Result<Sample, Trouble> {
    Err(unfit())
}

/// Numbers of it.
pub(super) fn read(_sample: &Sample, _reading: &Reading) -> Result<Vec<f64>, Trouble> {
    Err(unfit())
}
