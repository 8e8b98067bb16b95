//! `readiness release`: keys, prepare, verify, gate, trail.

mod gate;
mod keygen;
mod keys;
mod prepare;
mod provenance;
mod rotate;
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use jiff::Timestamp;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(arguments: &[String]) -> ReleaseCommand {
        let words = ["readiness".to_owned()].into_iter().chain(arguments.iter().cloned());
        match Cli::try_parse_from(words).unwrap().command {
            Command::Release(args) => args.command,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_recorded_is_read_back_as_the_same_command() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let variable = |_: &str| None;
        let now = Timestamp::UNIX_EPOCH;
        let world =
            World { out: &mut out, err: &mut err, terminal: None, progress: false, now, variable: &variable };
        for line in [
            "release verify --key a --key=-b --root-key r --encryption-key e --passphrase-file p --fail-on low --strict d",
            "release verify -- -d",
            "release gate --report a --report b --key k --root-key r --encryption-key e --passphrase-file p --config c \
             --fail-on critical --strict -- -d",
            "release verify-provenance --artifact a --artifact=-b --key k --root r --identity i --builder b \
             --source-uri s --level 2 --config c --fail-on low -- -f",
            "release trail --verify --head 3f5a -- -t",
            "release trail",
        ] {
            let given: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let command = parsed(&given);
            let recorded = match &command {
                ReleaseCommand::Verify(args) => verify::invocation(args, &world),
                ReleaseCommand::Gate(args) => gate::invocation(args, &world),
                ReleaseCommand::VerifyProvenance(args) => provenance::invocation(args, &world),
                ReleaseCommand::Trail(args) => trail::invocation(args, &world),
                other => panic!("{other:?}"),
            };
            assert_eq!(format!("{:?}", parsed(&recorded.arguments)), format!("{command:?}"), "{recorded:?}");
        }
    }
}
