//! `readiness rollback`: capture, list, show, diff, verify, restore, emergency, recover, plan, run, rehearse, prune, pin,
//! export, import.

mod plan;
mod rehearse;
mod run;

use super::{Error, World};
use crate::cli::{RollbackArgs, RollbackCommand};

/// Runs the command.
pub(super) fn run(args: &RollbackArgs, world: &mut World<'_>) -> Result<u8, Error> {
    match &args.command {
        RollbackCommand::Plan(args) => plan::run(args, world),
        RollbackCommand::Run(args) => run::run(args, world),
        RollbackCommand::Rehearse(args) => rehearse::run(args, world),
        _ => Err(Error::usage("not built", "")),
    }
}
