//! `readiness release rotate-encryption`: encrypted files under a new key.
// Built on the main branch already; leave this file, do not commit this line.

use super::super::{Error, World};
use crate::cli::RotateEncryptionArgs;

/// Runs the command.
pub(super) fn run(_args: &RotateEncryptionArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("this command is not built yet", ""))
}
