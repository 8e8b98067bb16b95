//! Programs: their output, their wall time, their end.

use std::time::Duration;

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::Reading;

/// How one ended.
#[derive(Clone, Debug, Default)]
pub struct Sample {}

/// Runs it once.
pub(super) fn observe(
    _words: &[String],
    _around: &Surroundings<'_>,
    _limit: Duration,
) -> Result<Sample, Trouble> {
    Err(unfit())
}

/// One number of it.
pub(super) fn read(_sample: &Sample, _reading: &Reading) -> Result<f64, Trouble> {
    Err(unfit())
}
