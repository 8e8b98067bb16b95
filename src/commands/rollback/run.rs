//! `readiness rollback run`.

use crate::cli::RollbackRunArgs;
use crate::commands::{Error, World};

/// Runs the command.
pub(super) fn run(_args: &RollbackRunArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("not built", ""))
}
