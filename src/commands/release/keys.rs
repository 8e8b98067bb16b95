//! `readiness release keys`: list, inspect, endorse, revoke.

use super::super::{Error, World};
use crate::cli::KeysArgs;

/// Runs the command.
pub(super) fn run(_args: &KeysArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("this command is not built yet", ""))
}
