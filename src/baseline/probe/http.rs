//! HTTP servers: requests one after another over one connection.

use std::time::Duration;

use super::{Surroundings, Trouble, unfit};
use crate::baseline::settings::{Ask, Reading};

/// One request and its answer.
#[derive(Clone, Debug, Default)]
pub struct Exchange {}

/// Sends the requests.
pub(super) fn observe(
    _ask: &Ask,
    _around: &Surroundings<'_>,
    _limit: Duration,
) -> Result<Vec<Exchange>, Trouble> {
    Err(unfit())
}

/// Numbers of it: latencies one by one, anything else as one number.
pub(super) fn read(_exchanges: &[Exchange], _reading: &Reading) -> Result<Vec<f64>, Trouble> {
    Err(unfit())
}
