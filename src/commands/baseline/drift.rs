//! `readiness baseline drift`.

use super::measured::{besides, snapshot};
use super::open::{self, Named, Session};
use crate::baseline::drift;
use crate::cli::BaselineDriftArgs;
use crate::commands::judge::Judged;
use crate::commands::output::{self, Wanted};
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge, progress};
use crate::gate::Area;
use crate::host::clock;
use crate::host::git::work_tree;
use crate::report::{Baseline, BaselineAction, BaselineCapture, Details, Invocation, Subject};

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &BaselineDriftArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let session = Session::open(&args.store)?;
    let shelf = session.store.look()?;
    let then = match args.to.as_deref() {
        Some(to) => Some(session.named(&shelf, to)?),
        // Only what somebody approved says what should be: the capture before this one may be what drifted.
        None => session.reference()?,
    };
    let before = then.as_ref().and_then(|then| then.capture.snapshot.as_ref());
    let salt = before.map(|snapshot| snapshot.salt.as_str());
    let what = || "the configuration".to_owned();
    let now = progress::with(world.progress, "Reading", what, || snapshot(&session, salt, world.now))?;
    let tree = work_tree(&session.root, &besides(&session)).ok().flatten();
    let system = BaselineCapture {
        id: "now".to_owned(),
        created: clock::rfc3339(world.now),
        commit: tree.as_ref().and_then(|tree| tree.commit.clone()),
        dirty: tree.as_ref().map(|tree| tree.changed > 0),
        ..BaselineCapture::default()
    };
    let commit = system.commit.clone();
    let details = Baseline {
        action: BaselineAction::Drift,
        capture: Some(system),
        reference: then.as_ref().map(Named::described),
        drift: before.map(|before| drift::changes(before, &now)).unwrap_or_default(),
        ..Baseline::default()
    };
    let checks = vec![drift::conclude(&details, before, &now)];
    let judged = Judged {
        subject: Subject { name: session.name.clone(), commit, ..Subject::default() },
        areas: &[Area::Baselines],
        details: Details::Baseline(Box::new(details)),
        checks,
        invocation: invocation(args, world),
    };
    judge::finish(judged, session.config, args.fail_on, (&targets, &args.output), world)
}

pub(super) fn invocation(args: &BaselineDriftArgs, world: &World<'_>) -> Invocation {
    let BaselineDriftArgs { to, store, fail_on, output: _ } = args;
    let mut words = Words::of(&["baseline", "drift"]);
    words.add("--to", to.as_ref());
    open::words(store, &mut words);
    words.fail_on(*fail_on);
    Invocation { arguments: words.done(), environment: moment(world.now, world.variable) }
}
