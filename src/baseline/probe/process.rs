//! Processes, all that are meant together.

use std::time::Duration;

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::{Reading, Which};

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Sample {}

/// Looks for them and at them.
pub(super) fn observe(
    _which: &Which,
    _around: &Surroundings<'_>,
    _limit: Duration,
) -> Result<Sample, Trouble> {
    Err(unfit())
}

/// One number of it.
pub(super) fn read(_sample: &Sample, _reading: &Reading) -> Result<f64, Trouble> {
    Err(unfit())
}
