//! `readiness init`: a commented configuration fitted to the tree.

use super::{Error, World};
use crate::cli::InitArgs;

/// Writes the configuration.
pub(super) fn run(_args: &InitArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("not yet", ""))
}
