//! `readiness release trail`: show or verify the record; and recording itself, for the other commands.
#![allow(dead_code, reason = "for the commands that are built next")]

use std::path::{Path, PathBuf};

use super::super::{Error, World};
use crate::cli::{TrailArgs, TrailFile};
use crate::release::trail::Event;

/// Runs the command.
pub(super) fn run(_args: &TrailArgs, _world: &mut World<'_>) -> Result<u8, Error> {
    Err(Error::usage("this command is not built yet", ""))
}

/// Where a command is recorded; none when the user wants no record. That it can be written is looked at now.
pub(super) fn target(_args: &TrailFile, _project: &Path) -> Result<Option<PathBuf>, Error> {
    Ok(None)
}

/// Records what a command came to; says on standard error what the new head is, when the user wants to know.
pub(super) fn note(
    target: Option<&Path>,
    _event: &Event,
    _verbose: bool,
    _world: &mut World<'_>,
) -> Result<(), Error> {
    debug_assert!(target.is_none(), "recording is not built yet");
    Ok(())
}
