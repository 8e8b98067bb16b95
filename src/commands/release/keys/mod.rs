//! `readiness release keys`: list, inspect, endorse, revoke.

mod change;
mod show;

use super::super::{Error, World};
use crate::cli::{KeysArgs, KeysCommand};

/// Runs the command.
pub(super) fn run(args: &KeysArgs, world: &mut World<'_>) -> Result<u8, Error> {
    match &args.command {
        KeysCommand::List(args) => show::list(args, world),
        KeysCommand::Inspect(args) => show::inspect(args, world),
        KeysCommand::Verify(args) => show::verify(args, world),
        KeysCommand::Rotate(args) => change::rotate(args, world),
        KeysCommand::Revoke(args) => change::revoke(args, world),
        KeysCommand::Export(args) => change::export(args, world),
    }
}
