//! `readiness rollback restore` and `emergency`.

use std::path::Path;

use super::back::{self, Gone, Wish};
use super::open::{self, Session};
use super::{judged, recover, verify};
use crate::cli::{OutputArgs, RollbackEmergencyArgs, RollbackRestoreArgs, SeverityArg};
use crate::commands::output::{self, Target, Wanted};
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge, recording};
use crate::report::{CheckReport, Invocation, Status};
use crate::rollback::point::{PointId, Reason};
use crate::rollback::restore::{self, Scope, parse_scope};
use crate::rollback::verify as verification;

/// Runs `restore`; the exit code is the verdict's.
pub(super) fn run(args: &RollbackRestoreArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let wish = Wish {
        scope: scope(&args.only)?,
        exact: args.exact,
        dry_run: args.dry_run,
        validate: !args.no_validate,
        allow_incomplete: args.allow_incomplete,
        into_other_tree: args.into_other_tree,
        outside: args.outside,
        yes: args.yes,
    };
    let session = Session::open(&args.store, world)?;
    if args.dry_run {
        if restore::is_pending(&session.root) {
            let hint = "`readiness rollback recover` brings it to its end";
            return Err(Error::usage("an interrupted restore is pending here", hint));
        }
        let id = session.find(&args.point)?;
        let gone = back::go(&session, &id, &wish, None, world)?;
        let judged = judged(&session, gone.commit, gone.details, vec![gone.check], invocation(args, world));
        return judge::finish(judged, session.config.clone(), args.fail_on, (&targets, &args.output), world);
    }
    let recorded = recording::target(&args.trail, &session.root)?;
    let _lock = session.lock()?;
    let recovered = recover::first(&session, world)?;
    let id = session.find(&args.point)?;
    let gone = back::go(&session, &id, &wish, recovered.as_ref(), world)?;
    let way = Way {
        session: &session,
        id: &id,
        action: "rollback-restore",
        invocation: invocation(args, world),
        fail_on: args.fail_on,
        recorded: recorded.as_deref(),
        targets: &targets,
        output: &args.output,
    };
    finish(way, gone, Vec::new(), world)
}

/// Runs `emergency`; the exit code is the verdict's.
pub(super) fn emergency(args: &RollbackEmergencyArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let session = Session::open(&args.store, world)?;
    let recorded = recording::target(&args.trail, &session.root)?;
    let _lock = session.lock()?;
    let recovered = recover::first(&session, world)?;
    let (id, check) = newest_good(&session, world)?;
    let wish = Wish {
        scope: Scope::whole(),
        exact: false,
        dry_run: false,
        validate: true,
        allow_incomplete: false,
        into_other_tree: false,
        outside: false,
        yes: args.yes,
    };
    let gone = back::go(&session, &id, &wish, recovered.as_ref(), world)?;
    let way = Way {
        session: &session,
        id: &id,
        action: "rollback-emergency",
        invocation: emergency_invocation(args, world),
        fail_on: None,
        recorded: recorded.as_deref(),
        targets: &targets,
        output: &args.output,
    };
    finish(way, gone, vec![check], world)
}

/// The newest complete point that was verified, or else the newest complete one; seen again to be whole.
fn newest_good(session: &Session, world: &mut World<'_>) -> Result<(PointId, CheckReport), Error> {
    let listed = session.store.list()?;
    let usable = |verified: bool| {
        listed.iter().rev().filter(move |listed| {
            listed.verified.is_some() == verified
                && listed.head.as_ref().is_ok_and(|head| head.complete && head.reason == Reason::Asked)
        })
    };
    for listed in usable(true).chain(usable(false)) {
        let check = verification::conclude(&verify::seen(session, &listed.id, world));
        // What was not looked at, and what speaks against it, is no way back in an emergency; a note is.
        let grave = check.findings.iter().any(|finding| finding.severity >= crate::report::Severity::High);
        if !grave && !matches!(check.status, Status::NotEvaluated { .. } | Status::Errored { .. }) {
            writeln!(world.err, "{}: whole", listed.id)?;
            return Ok((listed.id.clone(), check));
        }
        writeln!(world.err, "{}: passed over, {}", listed.id, check.status.words())?;
    }
    Err(Error::usage(
        "there is no complete point that could be restored",
        "`readiness rollback list` shows those that there are; `readiness rollback verify POINT` says what is wrong with one",
    ))
}

/// What is told of a restore, and where to.
struct Way<'a> {
    session: &'a Session,
    id: &'a PointId,
    action: &'a str,
    invocation: Invocation,
    fail_on: Option<SeverityArg>,
    recorded: Option<&'a Path>,
    targets: &'a [Target],
    output: &'a OutputArgs,
}

/// Judges, tells and records; `checks` are those that stand before that of the restore.
fn finish(
    way: Way<'_>,
    gone: Gone,
    mut checks: Vec<CheckReport>,
    world: &mut World<'_>,
) -> Result<u8, Error> {
    checks.push(gone.check);
    let judged = judged(way.session, gone.commit, gone.details, checks, way.invocation);
    let report = judge::report(judged, way.session.config.clone(), way.fail_on, world);
    judge::show(&report, way.targets, way.output, world)?;
    super::note(way.recorded, way.action, way.id.as_str(), &report, way.output.verbose, world)?;
    Ok(report.verdict.exit_code)
}

/// What `--only` says.
pub(super) fn scope(only: &[String]) -> Result<Scope, Error> {
    if only.is_empty() {
        return Ok(Scope::whole());
    }
    parse_scope(only)
        .map_err(|reason| Error::usage(format!("--only: {reason}"), "git, config, security, or a path"))
}

pub(super) fn invocation(args: &RollbackRestoreArgs, world: &World<'_>) -> Invocation {
    let RollbackRestoreArgs {
        point,
        only,
        dry_run,
        exact,
        no_validate,
        allow_incomplete,
        into_other_tree,
        outside,
        yes,
        store,
        trail: _,
        fail_on,
        output: _,
    } = args;
    let mut words = Words::of(&["rollback", "restore"]);
    only.iter().for_each(|part| words.add("--only", Some(part)));
    words.switch("--dry-run", *dry_run);
    words.switch("--exact", *exact);
    words.switch("--no-validate", *no_validate);
    words.switch("--allow-incomplete", *allow_incomplete);
    words.switch("--into-other-tree", *into_other_tree);
    words.switch("--outside", *outside);
    words.switch("--yes", *yes);
    open::words(store, &mut words);
    words.fail_on(*fail_on);
    Invocation { arguments: words.ending(&[point]), environment: moment(world.now, world.variable) }
}

pub(super) fn emergency_invocation(args: &RollbackEmergencyArgs, world: &World<'_>) -> Invocation {
    let RollbackEmergencyArgs { yes, store, trail: _, output: _ } = args;
    let mut words = Words::of(&["rollback", "emergency"]);
    words.switch("--yes", *yes);
    open::words(store, &mut words);
    Invocation { arguments: words.done(), environment: moment(world.now, world.variable) }
}
