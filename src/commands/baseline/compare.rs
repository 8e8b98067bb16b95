//! `readiness baseline compare`.

use super::measured::{Wanted, measured};
use super::open::{self, Named, Session};
use super::{capture, judged};
use crate::baseline::compare::{self, Sides};
use crate::baseline::store::Shelf;
use crate::cli::BaselineCompareArgs;
use crate::commands::output::{self, Wanted as WantedOutput};
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge};
use crate::host::signals::{Interrupt, end_programs};
use crate::report::{Baseline, BaselineAction, Invocation};

/// Stands for a capture that is made now.
const NOW: &str = "now";

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &BaselineCompareArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&WantedOutput::of(&args.output), world)?;
    let session = Session::open(&args.store)?;
    if args.keep && args.capture != NOW {
        return Err(Error::usage("--keep keeps what is measured now", "leave out the capture, or --keep"));
    }
    // What is not there, or is not what was approved, is told before anything is measured.
    let shelf = session.store.look()?;
    let named = match args.to.as_deref() {
        Some(to) => Some(session.named(&shelf, to)?),
        None => session.reference()?,
    };
    let (now, then) = if args.capture == NOW {
        measured_now(args, &session, (&shelf, named), world)?
    } else {
        let now = session.named(&shelf, &args.capture)?;
        let then = session.or_newest(named, &shelf, &now.capture)?;
        (now, then)
    };
    if then.as_ref().is_some_and(|then| then.capture.id == now.capture.id) {
        let message = format!("{} would be compared with itself", now.capture.id);
        return Err(Error::usage(message, "name another capture with --to"));
    }
    let mut details = Baseline {
        action: BaselineAction::Compared,
        capture: Some(now.described()),
        reference: then.as_ref().map(Named::described),
        modules: now.capture.modules.clone(),
        files: now.capture.files.clone(),
        skipped: shelf.skipped.clone(),
        ..Baseline::default()
    };
    match &then {
        Some(then) => {
            let sides = Sides {
                now: &now.capture,
                then: &then.capture,
                past: &shelf,
                bands: session.settings().bands,
                any_machine: args.any_machine,
            };
            details.differences = compare::differences(&sides);
            details.metrics = compare::compare(&sides);
        }
        None => details.metrics = compare::alone(&now.capture),
    }
    let mut checks = capture::checks(&details, &now.capture);
    checks.insert(1, compare::conclude(&details));
    let judged = judged(&session, &now.capture, details, checks, invocation(args, world));
    judge::finish(judged, session.config, args.fail_on, (&targets, &args.output), world)
}

/// What is measured now, and what it is compared with: taken from the store before the new one is kept, which may push it out.
fn measured_now(
    args: &BaselineCompareArgs,
    session: &Session,
    (shelf, named): (&Shelf, Option<Named>),
    world: &mut World<'_>,
) -> Result<(Named, Option<Named>), Error> {
    let wanted = Wanted { label: args.label.as_deref(), only: &[] };
    let interrupt = Interrupt::listen()?;
    end_programs();
    let mut capture = measured(session, &wanted, world.now, world)?;
    capture::whole(&interrupt)?;
    let then = session.or_newest(named, shelf, &capture)?;
    let file = if args.keep { Some(capture::keep(session, &mut capture, world)?) } else { None };
    Ok((Named { capture, file, approved: None }, then))
}

pub(super) fn invocation(args: &BaselineCompareArgs, world: &World<'_>) -> Invocation {
    let BaselineCompareArgs { capture, to, keep, label, any_machine, store, fail_on, output: _ } = args;
    let mut words = Words::of(&["baseline", "compare"]);
    words.add("--to", to.as_ref());
    words.switch("--keep", *keep);
    words.add("--label", label.as_ref());
    words.switch("--any-machine", *any_machine);
    open::words(store, &mut words);
    words.fail_on(*fail_on);
    Invocation { arguments: words.ending(&[capture]), environment: moment(world.now, world.variable) }
}
