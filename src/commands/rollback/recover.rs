//! `readiness rollback recover`, and recovering before anything else is done.

use super::judged;
use super::open::{self, Session};
use crate::cli::RollbackRecoverArgs;
use crate::commands::output::{self, Wanted};
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge, recording};
use crate::host::disk::Disk;
use crate::report::{CheckReport, Invocation, Rollback, RollbackAction};
use crate::rollback::restore::{self, Recovered, Restored};
use crate::rollback::settings::Step;
use crate::rollback::steps::Ended;

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &RollbackRecoverArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let session = Session::open(&args.store, world)?;
    if !restore::is_pending(&session.root) {
        writeln!(world.err, "no restore is pending here")?;
        return Ok(0);
    }
    let recorded = recording::target(&args.trail, &session.root)?;
    let _lock = session.lock()?;
    let Some(recovered) = recovered(&session)? else {
        writeln!(world.err, "no restore is pending here")?;
        return Ok(0);
    };
    let id = recovered.id.to_string();
    let details = Rollback {
        action: RollbackAction::Recovered,
        safety: Some(recovered.safety.to_string()),
        validation: super::back::validation(&recovered.restored.validation),
        ..Rollback::default()
    };
    let checks = vec![concluded(&recovered)];
    let judged = judged(&session, None, details, checks, invocation(args, world));
    let report = judge::report(judged, session.config.clone(), None, world);
    judge::show(&report, &targets, &args.output, world)?;
    super::note(recorded.as_deref(), "rollback-recover", &id, &report, args.output.verbose, world)?;
    Ok(report.verdict.exit_code)
}

/// Brings an interrupted restore to its end before something else is done; what it came to.
pub(super) fn first(session: &Session, world: &mut World<'_>) -> Result<Option<Recovered>, Error> {
    if !restore::is_pending(&session.root) {
        return Ok(None);
    }
    let recovered = recovered(session)?;
    if let Some(recovered) = &recovered {
        let how = if recovered.restored.done { "finished" } else { "undone" };
        writeln!(world.err, "an interrupted restore of {} was {how} first", recovered.id)?;
    }
    Ok(recovered)
}

/// What the check `restore` says of it alone.
pub(super) fn concluded(recovered: &Recovered) -> CheckReport {
    restore::conclude(&Restored::default(), Some(recovered), true)
}

fn recovered(session: &Session) -> Result<Option<Recovered>, Error> {
    Ok(restore::recover(session.place(), &|step| declared(session, step), &Disk::real())?)
}

/// Carries out a validation command of an interrupted restore, if the configuration still declares it: the journal lies in the
/// tree, and nothing that lies there alone is a reason to run a program.
fn declared(session: &Session, step: &Step) -> Ended {
    if session.settings().validate.contains(step) {
        return session.carry_out(step);
    }
    let words = "the configuration does not declare this command (any more)".to_owned();
    Ended { good: false, words, took: std::time::Duration::ZERO }
}

pub(super) fn invocation(args: &RollbackRecoverArgs, world: &World<'_>) -> Invocation {
    let RollbackRecoverArgs { store, trail: _, output: _ } = args;
    let mut words = Words::of(&["rollback", "recover"]);
    open::words(store, &mut words);
    Invocation { arguments: words.done(), environment: moment(world.now, world.variable) }
}
