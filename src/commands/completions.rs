//! `readiness completions`: a completion script for a shell.

use clap::CommandFactory as _;

use super::{Error, World};
use crate::cli::{Cli, CompletionsArgs};

/// Prints the script.
pub(super) fn run(args: &CompletionsArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "readiness", &mut script);
    world.out.write_all(&script)?;
    Ok(0)
}
