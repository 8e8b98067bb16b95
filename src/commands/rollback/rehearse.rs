//! `readiness rollback rehearse`.

use crate::cli::RollbackRehearseArgs;
use crate::commands::{Error, World};

/// Runs the command.
pub(super) fn run(_args: &RollbackRehearseArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("not built", ""))
}
