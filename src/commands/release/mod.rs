//! `readiness release`: keys, prepare, verify, gate, trail.

mod gate;
mod keygen;
mod keys;
mod passphrase;
mod prepare;
mod provenance;
mod rotate;
mod table;
mod trail;
mod verify;

use super::{Error, World};
use crate::cli::{ReleaseArgs, ReleaseCommand};

/// Runs the command.
pub(super) fn run(args: &ReleaseArgs, world: &mut World<'_>) -> Result<u8, Error> {
    match &args.command {
        ReleaseCommand::Prepare(args) => prepare::run(args, world),
        ReleaseCommand::Verify(args) => verify::run(args, world),
        ReleaseCommand::VerifyProvenance(args) => provenance::run(args, world),
        ReleaseCommand::Gate(args) => gate::run(args, world),
        ReleaseCommand::Trail(args) => trail::run(args, world),
        ReleaseCommand::Keygen(args) => keygen::run(args, world),
        ReleaseCommand::Keys(args) => keys::run(args, world),
        ReleaseCommand::RotateEncryption(args) => rotate::run(args, world),
    }
}
