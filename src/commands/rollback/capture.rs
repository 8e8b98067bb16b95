//! `readiness rollback capture`.

use super::open::{self, Session};
use super::{judged, present};
use crate::cli::RollbackCaptureArgs;
use crate::commands::output::{self, Wanted};
use crate::commands::words::{Words, moment};
use crate::commands::{Error, World, judge, recording};
use crate::report::{CheckReport, Invocation, Rollback, RollbackAction};
use crate::rollback::point::{Reason, describe};
use crate::rollback::settings::Settings;
use crate::rollback::verify::{self, Verified};

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &RollbackCaptureArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let session = Session::open(&args.store, world)?;
    let settings = wanted(args, session.settings())?;
    let recorded = recording::target(&args.trail, &session.root)?;
    let _lock = session.lock()?;
    let recovered = super::recover::first(&session, world)?;
    let captured = present::capture(&session, &settings, args.name.as_deref(), Reason::Asked, world)?;
    let (id, grown, state) = captured.keep(&session)?;
    if args.pin {
        session.store.pin(&id, true)?;
    }

    let mut point = describe(&state.point, state.unchanged.len(), &id);
    point.stored = Some(grown);
    let commit = point.commit.clone();
    let details = Rollback { action: RollbackAction::Captured, point: Some(point), ..Rollback::default() };
    let mut verified = Verified { problems: verify::gaps(&state.point), ..Verified::default() };
    verified.objects = state.point.objects().count() as u64;
    // That everything was captured, and the history with it; whether it could be restored, `verify` says.
    let mut checks = vec![CheckReport { rules_applied: 2, ..verify::conclude(&verified) }];
    checks.extend(recovered.as_ref().map(super::recover::concluded));
    let judged = judged(&session, commit, details, checks, invocation(args, world));
    let report = judge::report(judged, session.config.clone(), args.fail_on, world);
    judge::show(&report, &targets, &args.output, world)?;
    super::note(recorded.as_deref(), "rollback-capture", id.as_str(), &report, args.output.verbose, world)?;
    Ok(report.verdict.exit_code)
}

/// The settings with what the flags add.
fn wanted(args: &RollbackCaptureArgs, settings: &Settings) -> Result<Settings, Error> {
    let mut settings = settings.clone();
    settings.ignored.extend(args.include.iter().cloned());
    settings.environment.extend(args.env.iter().cloned());
    settings.environment.sort();
    settings.environment.dedup();
    settings.bundle &= !args.no_bundle;
    for path in &args.protect {
        let absolute = std::path::absolute(path)
            .map_err(|source| Error::File { path: path.display().to_string(), source })?;
        let text = absolute.to_str().ok_or_else(|| {
            Error::usage(format!("--protect {}: the name is not UTF-8", path.display()), "protect its folder")
        })?;
        settings.config.push(globset::escape(text));
    }
    Ok(settings)
}

pub(super) fn invocation(args: &RollbackCaptureArgs, world: &World<'_>) -> Invocation {
    let RollbackCaptureArgs {
        name,
        include,
        protect,
        env,
        no_bundle,
        pin,
        store,
        trail: _,
        fail_on,
        output: _,
    } = args;
    let mut words = Words::of(&["rollback", "capture"]);
    words.add("--name", name.as_ref());
    include.iter().for_each(|glob| words.add("--include", Some(glob)));
    words.paths("--protect", protect);
    env.iter().for_each(|name| words.add("--env", Some(name)));
    words.switch("--no-bundle", *no_bundle);
    words.switch("--pin", *pin);
    open::words(store, &mut words);
    words.fail_on(*fail_on);
    Invocation { arguments: words.done(), environment: moment(world.now, world.variable) }
}
