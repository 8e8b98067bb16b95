//! `readiness baseline capture`.

use super::judged;
use super::measured::{Wanted, measured};
use super::open::{self, Named, Session};
use crate::baseline::capture::Capture;
use crate::baseline::store::new_id;
use crate::baseline::{compare, files, modules};
use crate::cli::BaselineCaptureArgs;
use crate::commands::output::{self, Wanted as WantedOutput};
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge};
use crate::host::files::path_text;
use crate::host::signals::{Interrupt, end_programs};
use crate::host::terminal::clean;
use crate::report::{Baseline, BaselineAction, CheckReport, Invocation};

/// How often another id is taken when one is taken already.
const ATTEMPTS: u32 = 5;

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &BaselineCaptureArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&WantedOutput::of(&args.output), world)?;
    let session = Session::open(&args.store)?;
    let wanted = Wanted { label: args.label.as_deref(), only: &args.only };
    let interrupt = Interrupt::listen()?;
    end_programs();
    let mut capture = measured(&session, &wanted, world.now, world)?;
    whole(&interrupt)?;
    let file = if args.no_keep { None } else { Some(keep(&session, &mut capture, world)?) };
    let named = Named { capture, file, approved: None };
    let details = Baseline {
        action: BaselineAction::Captured,
        capture: Some(named.described()),
        metrics: compare::alone(&named.capture),
        modules: named.capture.modules.clone(),
        files: named.capture.files.clone(),
        ..Baseline::default()
    };
    let checks = checks(&details, &named.capture);
    let judged = judged(&session, &named.capture, details, checks, invocation(args, world));
    judge::finish(judged, session.config, args.fail_on, (&targets, &args.output), world)
}

/// Says so when a signal came: what was measured until then is no capture.
pub(super) fn whole(interrupt: &Interrupt) -> Result<(), Error> {
    if interrupt.came() { Err(Error::usage("interrupted", "nothing was kept")) } else { Ok(()) }
}

/// Keeps a capture, and what the settings let be kept of older ones; its file. That older ones could not be removed is told, and
/// is no reason to be without this one.
pub(super) fn keep(session: &Session, capture: &mut Capture, world: &mut World<'_>) -> Result<String, Error> {
    let mut attempts = 0;
    let file = loop {
        match session.store.keep(capture) {
            // Another capture of the same millisecond has the same digits: once in four thousand millions.
            Err(error) if error.is_collision() && attempts < ATTEMPTS => {
                attempts += 1;
                capture.id = new_id(capture.moment().unwrap_or_default());
            }
            result => break result?,
        }
    };
    if let Some(keep) = session.settings().keep
        && let Err(error) = session.store.prune(keep, &capture.id)
    {
        writeln!(world.err, "warning: older captures were not removed: {}", clean(&error.to_string()))?;
    }
    let shown = file.strip_prefix(&session.root).unwrap_or(&file);
    Ok(path_text(shown))
}

/// What a capture says by itself.
pub(super) fn checks(details: &Baseline, capture: &Capture) -> Vec<CheckReport> {
    let mut checks = vec![compare::conclude_probes(details)];
    if !capture.modules.is_empty() {
        checks.push(modules::conclude(&capture.modules));
    }
    if !capture.files.is_empty() {
        checks.push(files::conclude(&capture.files));
    }
    checks
}

pub(super) fn invocation(args: &BaselineCaptureArgs, world: &World<'_>) -> Invocation {
    let BaselineCaptureArgs { label, only, no_keep, store, fail_on, output: _ } = args;
    let mut words = Words::of(&["baseline", "capture"]);
    words.add("--label", label.as_ref());
    only.iter().for_each(|name| words.add("--only", Some(name)));
    words.switch("--no-keep", *no_keep);
    open::words(store, &mut words);
    words.fail_on(*fail_on);
    Invocation { arguments: words.done(), environment: moment(world.now, world.variable) }
}
