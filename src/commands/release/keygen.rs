//! `readiness release keygen`: new keys.

use super::super::{Error, World};
use crate::cli::KeygenArgs;

/// Runs the command.
pub(super) fn run(_args: &KeygenArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("this command is not built yet", ""))
}
