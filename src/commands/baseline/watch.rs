//! `readiness baseline watch`.

use crate::cli::BaselineWatchArgs;
use crate::commands::{Error, World};

/// Runs the command.
pub(super) fn run(_args: &BaselineWatchArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Ok(4)
}
