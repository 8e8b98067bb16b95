//! `readiness rollback verify`.

use super::judged;
use super::open::{self, Session, following};
use crate::cli::RollbackVerifyArgs;
use crate::commands::output::{self, Wanted};
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge, recording};
use crate::report::{Invocation, Rollback, RollbackAction, Status};
use crate::rollback::point::{PointId, describe};
use crate::rollback::verify::{self, Order, Verified};

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &RollbackVerifyArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let session = Session::open(&args.store, world)?;
    let recorded = recording::target(&args.trail, &session.root)?;
    let _lock = session.lock()?;
    let recovered = super::recover::first(&session, world)?;
    let id = session.find(&args.point)?;
    let verified = seen(&session, &id, world);
    let check = verify::conclude(&verified);
    if check.status == Status::Passed {
        session.store.mark_verified(&id, world.now)?;
    }

    let point = verified.state.as_ref().map(|state| describe(&state.point, state.unchanged.len(), &id));
    let commit = point.as_ref().and_then(|point| point.commit.clone());
    let details = Rollback { action: RollbackAction::Verified, point, ..Rollback::default() };
    let mut checks = vec![check];
    checks.extend(recovered.as_ref().map(super::recover::concluded));
    let judged = judged(&session, commit, details, checks, invocation(args, world));
    let report = judge::report(judged, session.config.clone(), args.fail_on, world);
    judge::show(&report, &targets, &args.output, world)?;
    super::note(recorded.as_deref(), "rollback-verify", id.as_str(), &report, args.output.verbose, world)?;
    Ok(report.verdict.exit_code)
}

/// Verifies a point against this tree.
pub(super) fn seen(session: &Session, id: &PointId, world: &World<'_>) -> Verified {
    following("Verifying", world, |course| {
        let note = |what, done, of| course.note(what, done, of);
        verify::verify(&Order {
            store: &session.store,
            id,
            root: Some(&session.root),
            outside: None,
            progress: &note,
        })
    })
}

pub(super) fn invocation(args: &RollbackVerifyArgs, world: &World<'_>) -> Invocation {
    let RollbackVerifyArgs { point, store, trail: _, fail_on, output: _ } = args;
    let mut words = Words::of(&["rollback", "verify"]);
    open::words(store, &mut words);
    words.fail_on(*fail_on);
    Invocation { arguments: words.ending(&[point]), environment: moment(world.now, world.variable) }
}
