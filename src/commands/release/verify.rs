//! `readiness release verify`: read a release directory again and say what holds.

use super::super::{Error, World};
use crate::cli::VerifyArgs;

/// Runs the command.
pub(super) fn run(_args: &VerifyArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("this command is not built yet", ""))
}
