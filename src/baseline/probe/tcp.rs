//! Ports: the time until a connection stands.

use std::time::Duration;

use super::Trouble;
use crate::host::dial;

/// Connects once; seconds that it took.
pub(super) fn observe(address: &str, limit: Duration) -> Result<f64, Trouble> {
    let (_, took) = dial::connect(address, limit).map_err(Trouble::failed)?;
    Ok(took.as_secs_f64())
}
