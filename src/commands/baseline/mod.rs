//! `readiness baseline`: what is normal is measured, kept and approved; what moved or was configured differently is told.
//!
//! - `open`: tree, settings and store of every command. `measured`: one measurement.
//! - `weigh`: what the audit knows of settings and of the tree.

mod approve;
mod capture;
mod compare;
mod drift;
mod export;
mod history;
mod list;
mod measured;
mod open;
mod redact;
mod watch;
mod weigh;

use super::judge::Judged;
use super::{Error, World};
use crate::baseline::capture::Capture;
use crate::cli::{BaselineArgs, BaselineCommand};
use crate::gate::Area;
use crate::report::{Baseline, CheckReport, Details, Invocation, Subject};

use self::open::Session;

/// Runs the command.
pub(super) fn run(args: &BaselineArgs, world: &mut World<'_>) -> Result<u8, Error> {
    match &args.command {
        BaselineCommand::Capture(args) => capture::run(args, world),
        BaselineCommand::Compare(args) => compare::run(args, world),
        BaselineCommand::History(args) => history::run(args, world),
        BaselineCommand::Drift(args) => drift::run(args, world),
        BaselineCommand::Approve(args) => approve::run(args, world),
        BaselineCommand::List(args) => list::run(args, world),
        BaselineCommand::Export(args) => export::run(args, world),
        BaselineCommand::Watch(args) => watch::run(args, world),
    }
}

/// What the gate is to judge: checks about this tree as a capture saw it.
fn judged(
    session: &Session,
    capture: &Capture,
    details: Baseline,
    checks: Vec<CheckReport>,
    invocation: Invocation,
) -> Judged {
    Judged {
        subject: Subject { name: session.name.clone(), commit: capture.commit.clone(), ..Subject::default() },
        areas: &[Area::Baselines],
        details: Details::Baseline(Box::new(details)),
        checks,
        invocation,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use jiff::Timestamp;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(arguments: &[String]) -> BaselineCommand {
        let words = ["readiness".to_owned()].into_iter().chain(arguments.iter().cloned());
        match Cli::try_parse_from(words).unwrap().command {
            Command::Baseline(args) => args.command,
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
        let common = "--tree t --store s --config c --fail-on low";
        for line in [
            format!("baseline capture --label=-l --only a --only=-b {common}"),
            "baseline capture --no-keep --no-tree-config".to_owned(),
            format!("baseline compare --to x --any-machine {common} -- -p"),
            "baseline compare --keep --label l".to_owned(),
            format!("baseline history --any-machine {common} a b"),
            format!("baseline drift --to x {common}"),
        ] {
            let given: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let command = parsed(&given);
            let recorded = match &command {
                BaselineCommand::Capture(args) => capture::invocation(args, &world),
                BaselineCommand::Compare(args) => compare::invocation(args, &world),
                BaselineCommand::History(args) => history::invocation(args, &world),
                BaselineCommand::Drift(args) => drift::invocation(args, &world),
                other => panic!("{other:?}"),
            };
            assert_eq!(format!("{:?}", parsed(&recorded.arguments)), format!("{command:?}"), "{recorded:?}");
        }
    }
}
