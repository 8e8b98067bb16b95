//! `readiness release prepare`: collect, build, sign, put in place, report.

use super::super::{Error, World};
use crate::cli::PrepareArgs;

/// Runs the command.
pub(super) fn run(_args: &PrepareArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("this command is not built yet", ""))
}
