//! Redis, over its own protocol (RESP): `PING` and `INFO`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Observation, Trouble, unfit};
use crate::baseline::settings::Reading;

/// Asks once.
pub(super) fn observe(
    _address: &str,
    _password: Option<&str>,
    _limit: Duration,
) -> Result<Observation, Trouble> {
    Err(unfit())
}

/// One number of it.
pub(super) fn read(
    _latency: f64,
    _fields: &BTreeMap<String, String>,
    _reading: &Reading,
) -> Result<f64, Trouble> {
    Err(unfit())
}
