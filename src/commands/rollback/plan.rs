//! `readiness rollback plan`; and the plan of a point, for `run` and `rehearse`.

use super::judged;
use super::open::{self, Session};
use crate::cli::RollbackPlanArgs;
use crate::commands::output::{self, Wanted};
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge};
use crate::host::git::commit_of;
use crate::host::git_since::{Way, way};
use crate::report::Invocation;
use crate::rollback::plan::{self, Facts, Plan};
use crate::rollback::point::{PointId, State, describe};

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &RollbackPlanArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let session = Session::open(&args.store, world)?;
    let id = session.find(&args.point)?;
    let (plan, state) = made(&session, &id)?;
    let commit = state.point.commit().map(str::to_owned);
    let checks = vec![plan::conclude(&plan)];
    let judged = judged(&session, commit, plan::details(&plan), checks, invocation(args, world));
    judge::finish(judged, session.config.clone(), args.fail_on, (&targets, &args.output), world)
}

/// The plan for going back to a point, and what the point says.
pub(super) fn made(session: &Session, id: &PointId) -> Result<(Plan, State), Error> {
    let state = session.store.state(id)?;
    let listed = session.store.list()?;
    let gap = |gap: &crate::rollback::point::Gap| match gap.path.is_empty() {
        true => gap.reason.clone(),
        false => format!("{}: {}", gap.path.text(), gap.reason),
    };
    let mut facts = Facts {
        point: describe(&state.point, state.unchanged.len(), id),
        verified: listed.into_iter().find(|one| one.id == *id).and_then(|one| one.verified),
        gaps: state.point.gaps.iter().map(gap).collect(),
        unknown: None,
    };
    let mut since = Way::default();
    if session.settings().phases.is_empty()
        && let Some(from) = state.point.commit()
    {
        match commit_of(&session.root, "HEAD").and_then(|to| way(&session.root, from, &to)) {
            Ok(found) => since = found,
            Err(reason) => facts.unknown = Some(reason),
        }
    }
    Ok((plan::plan(session.settings(), facts, &since), state))
}

pub(super) fn invocation(args: &RollbackPlanArgs, world: &World<'_>) -> Invocation {
    let RollbackPlanArgs { point, store, fail_on, output: _ } = args;
    let mut words = Words::of(&["rollback", "plan"]);
    open::words(store, &mut words);
    words.fail_on(*fail_on);
    Invocation { arguments: words.ending(&[point]), environment: moment(world.now, world.variable) }
}
