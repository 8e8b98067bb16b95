//! The loopback interface: a connection from this program to itself, on a port of the system's choice.

use std::time::Duration;

use super::{Trouble, unfit};
use crate::baseline::settings::Reading;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub struct Sample {}

/// Echoes, then a stream of bytes.
pub(super) fn observe(_limit: Duration) -> Result<Sample, Trouble> {
    Err(unfit())
}

/// Numbers of it.
pub(super) fn read(_sample: &Sample, _reading: &Reading) -> Result<Vec<f64>, Trouble> {
    Err(unfit())
}
