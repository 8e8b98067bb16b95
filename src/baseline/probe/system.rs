//! The machine: processors, memory, file systems, descriptors.

use std::path::Path;
use std::time::Duration;

use super::{Trouble, unfit};
use crate::baseline::settings::Reading;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Sample {}

/// Looks once; processors are watched for a fifth of a second.
pub(super) fn observe(_path: &Path, _limit: Duration) -> Result<Sample, Trouble> {
    Err(unfit())
}

/// One number of it.
pub(super) fn read(_sample: &Sample, _reading: &Reading) -> Result<f64, Trouble> {
    Err(unfit())
}
