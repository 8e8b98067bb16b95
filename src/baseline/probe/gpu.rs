//! Graphics processors, by `nvidia-smi` or by what the kernel tells of them.

use std::time::Duration;

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::Reading;

/// One of them.
#[derive(Clone, Debug, Default)]
pub struct Sample {}

/// Looks at all of them; none is [`Trouble::Absent`].
pub(super) fn observe(_around: &Surroundings<'_>, _limit: Duration) -> Result<Vec<Sample>, Trouble> {
    Err(unfit())
}

/// One number of it.
pub(super) fn read(_samples: &[Sample], _reading: &Reading) -> Result<f64, Trouble> {
    Err(unfit())
}
