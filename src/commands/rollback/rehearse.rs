//! `readiness rollback rehearse`.

use std::ffi::OsString;

use super::open::{self, Session, following};
use super::{judged, plan as planning};
use crate::cli::RollbackRehearseArgs;
use crate::commands::output::{self, Wanted};
use crate::commands::table::visible;
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge, recording};
use crate::host::files::path_text;
use crate::host::signals::Interrupt;
use crate::report::Invocation;
use crate::rollback::rehearse::{Order, RehearseError, conclude, details, rehearse};
use crate::rollback::restore;

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &RollbackRehearseArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let session = Session::open(&args.store, world)?;
    if restore::is_pending(&session.root) {
        let hint = "`readiness rollback recover` brings it to its end";
        return Err(Error::usage("an interrupted restore is pending here", hint));
    }
    let recorded = recording::target(&args.trail, &session.root)?;
    let id = session.find(&args.point)?;
    let (plan, then) = planning::made(&session, &id)?;
    let interrupt = Interrupt::listen()?;
    let variable = |name: &str| (world.variable)(name).map(OsString::from);
    let rehearsed = following("Rehearsing", world, |course| {
        let note = |what, done, of| course.note(what, done, of);
        rehearse(&Order {
            root: &session.root,
            settings: session.settings(),
            plan: &plan,
            store: &session.store,
            id: &id,
            then: &then,
            environment: &session.environment,
            variable: &variable,
            now: world.now,
            network: args.network,
            keep: args.keep,
            parent: &std::env::temp_dir(),
            stop: &|| interrupt.came(),
            progress: &note,
        })
    })?;
    drop(interrupt);
    if args.network {
        writeln!(world.err, "commands could use the network, because of --network")?;
    }
    for note in &rehearsed.notes {
        writeln!(world.err, "{}", visible(note))?;
    }
    if let Some(path) = rehearsed.scratch.as_deref().filter(|_| args.keep) {
        writeln!(world.err, "the scratch copy is {}", visible(&path_text(path)))?;
    }
    let details = details(&plan, session.settings(), &rehearsed, world.now);
    let checks = vec![crate::rollback::plan::conclude(&plan), conclude(&plan, &rehearsed)];
    // The commit that is checked out now is the one that one would go back from: a gate over its release asks for this.
    let judged = judged(&session, rehearsed.commit.clone(), details, checks, invocation(args, world));
    let report = judge::report(judged, session.config.clone(), args.fail_on, world);
    judge::show(&report, &targets, &args.output, world)?;
    super::note(recorded.as_deref(), "rollback-rehearse", id.as_str(), &report, args.output.verbose, world)?;
    Ok(report.verdict.exit_code)
}

impl From<RehearseError> for Error {
    fn from(error: RehearseError) -> Self {
        Self::usage(error.to_string(), "nothing of the tree was touched")
    }
}

pub(super) fn invocation(args: &RollbackRehearseArgs, world: &World<'_>) -> Invocation {
    let RollbackRehearseArgs { point, keep, network, store, trail: _, fail_on, output: _ } = args;
    let mut words = Words::of(&["rollback", "rehearse"]);
    words.switch("--keep", *keep);
    words.switch("--network", *network);
    open::words(store, &mut words);
    words.fail_on(*fail_on);
    Invocation { arguments: words.ending(&[point]), environment: moment(world.now, world.variable) }
}
