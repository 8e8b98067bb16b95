//! `readiness rollback`: points are captured, looked at, verified and kept; trees go back to them; plans are told, rehearsed
//! and carried out.
//!
//! - `open`: tree, settings and store of every command. `present`: what the tree is now.
//! - `back`: the way back that `restore`, `emergency` and a plan's steps share.

mod back;
mod capture;
mod diff;
mod keep;
mod list;
mod open;
mod plan;
mod portable;
mod present;
mod recover;
mod rehearse;
mod restore;
mod run;
mod show;
mod verify;

use std::path::Path;

use super::judge::Judged;
use super::{Error, World, recording};
use crate::cli::{RollbackArgs, RollbackCommand};
use crate::gate::Area;
use crate::release::trail::Event;
use crate::report::{CheckReport, Details, Invocation, Report, Rollback, Subject};

use self::open::Session;

/// Runs the command.
pub(super) fn run(args: &RollbackArgs, world: &mut World<'_>) -> Result<u8, Error> {
    match &args.command {
        RollbackCommand::Capture(args) => capture::run(args, world),
        RollbackCommand::List(args) => list::run(args, world),
        RollbackCommand::Show(args) => show::run(args, world),
        RollbackCommand::Diff(args) => diff::run(args, world),
        RollbackCommand::Verify(args) => verify::run(args, world),
        RollbackCommand::Restore(args) => restore::run(args, world),
        RollbackCommand::Emergency(args) => restore::emergency(args, world),
        RollbackCommand::Recover(args) => recover::run(args, world),
        RollbackCommand::Plan(args) => plan::run(args, world),
        RollbackCommand::Run(args) => run::run(args, world),
        RollbackCommand::Rehearse(args) => rehearse::run(args, world),
        RollbackCommand::Prune(args) => keep::prune(args, world),
        RollbackCommand::Pin(args) => keep::pin(args, world),
        RollbackCommand::Export(args) => portable::export(args, world),
        RollbackCommand::Import(args) => portable::import(args, world),
    }
}

/// What the gate is to judge: checks about this tree and a point.
fn judged(
    session: &Session,
    commit: Option<String>,
    details: Rollback,
    checks: Vec<CheckReport>,
    invocation: Invocation,
) -> Judged {
    Judged {
        subject: Subject { name: session.name.clone(), commit, ..Subject::default() },
        areas: &[Area::Rollbacks],
        details: Details::Rollback(Box::new(details)),
        checks,
        invocation,
    }
}

/// Records what a command came to.
fn note(
    target: Option<&Path>,
    action: &str,
    subject: &str,
    report: &Report,
    verbose: bool,
    world: &mut World<'_>,
) -> Result<(), Error> {
    let event = Event {
        time: report.created.clone(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        commit: report.subject.commit.clone(),
        release: None,
        outcome: report.verdict.decision.words().to_owned(),
        exit_code: report.verdict.exit_code,
    };
    recording::note(target, &event, verbose, world)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use jiff::Timestamp;

    use super::*;
    use crate::cli::{Cli, Command};

    fn parsed(arguments: &[String]) -> RollbackCommand {
        let words = ["readiness".to_owned()].into_iter().chain(arguments.iter().cloned());
        match Cli::try_parse_from(words).unwrap().command {
            Command::Rollback(args) => args.command,
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
        let common = "--tree t --store s --key k --passphrase-file p --config c";
        for line in [
            format!(
                "rollback capture --name=-n --include g --include h --protect p --env E --no-bundle --pin {common} --fail-on low"
            ),
            format!("rollback verify {common} --fail-on low -- -p"),
            format!("rollback show --only git --only=-x --bundle b {common} p"),
            format!(
                "rollback restore --only config --dry-run --exact --no-validate --allow-incomplete --into-other-tree --outside --yes \
                 {common} --fail-on critical -- -p"
            ),
            format!("rollback emergency --yes {common}"),
            format!("rollback recover {common}"),
            "rollback restore --no-tree-config p".to_owned(),
        ] {
            let given: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let command = parsed(&given);
            let recorded = match &command {
                RollbackCommand::Capture(args) => capture::invocation(args, &world),
                RollbackCommand::Verify(args) => verify::invocation(args, &world),
                RollbackCommand::Show(args) => show::invocation(args, &world),
                RollbackCommand::Restore(args) => restore::invocation(args, &world),
                RollbackCommand::Emergency(args) => restore::emergency_invocation(args, &world),
                RollbackCommand::Recover(args) => recover::invocation(args, &world),
                other => panic!("{other:?}"),
            };
            assert_eq!(format!("{:?}", parsed(&recorded.arguments)), format!("{command:?}"), "{recorded:?}");
        }
    }
}
