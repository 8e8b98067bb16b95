//! `readiness release gate`: one verdict over a release and its evidence.

use super::super::{Error, World};
use crate::cli::GateArgs;

/// Runs the command.
pub(super) fn run(_args: &GateArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("this command is not built yet", ""))
}
