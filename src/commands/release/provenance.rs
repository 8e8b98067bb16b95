//! `readiness release verify-provenance`: what an envelope is worth for an artifact.

use super::super::{Error, World};
use crate::cli::VerifyProvenanceArgs;

/// Runs the command.
pub(super) fn run(_args: &VerifyProvenanceArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("this command is not built yet", ""))
}
