//! `readiness rollback plan`.

use crate::cli::RollbackPlanArgs;
use crate::commands::{Error, World};

/// Runs the command.
pub(super) fn run(_args: &RollbackPlanArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("not built", ""))
}
