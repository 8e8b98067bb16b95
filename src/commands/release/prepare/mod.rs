//! `readiness release prepare`: collect, build, sign, put in place, report.

mod children;
mod facts;
mod gather;
mod invocation;
mod keys;
mod plan;

use std::sync::atomic::Ordering::Relaxed;

use indicatif::HumanBytes;

use self::plan::Request;
use super::super::judge::{self, Judged};
use super::super::output::{self, Target, Wanted};
use super::super::recording;
use super::super::{Error, World, progress};
use crate::cli::PrepareArgs;
use crate::gate::Area;
use crate::host::clock;
use crate::host::disk::Disk;
use crate::release::prepare::{self, BuildError, Course, Trial};
use crate::release::trail::Event;
use crate::report::{Details, Release, Report, Subject};

/// Runs the command.
pub(super) fn run(args: &PrepareArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let request = plan::of(args, world)?;
    for note in &request.notes {
        writeln!(world.err, "{note}")?;
    }
    if args.dry_run {
        let planned = request.plan.release();
        return Ok(shown(args, (&request, planned, &[]), &targets, world)?.verdict.exit_code);
    }
    let recorded = recording::target(&args.trail, &request.source)?;
    let keys = keys::load(args, &request, world)?;
    let gathered = gather::all(args, &request, world)?;
    let materials = gathered.materials;
    let course = Course::default();
    let total = request.plan.size();
    let message = || {
        let (bytes, signatures) = (course.bytes.load(Relaxed), course.signatures.load(Relaxed));
        if signatures == 0 {
            format!("{} of {}", HumanBytes(bytes), HumanBytes(total))
        } else {
            format!("{signatures} signatures")
        }
    };
    let now = world.now;
    let finished = || clock::rfc3339(clock::now().max(now));
    let built = progress::with(world.progress, "Writing", message, || {
        prepare::build(&request.plan, &materials, &keys, &Disk::real(), (&course, &finished))
    });
    let built = built.map_err(|error| of_build(&error))?;
    for folder in &built.removed {
        writeln!(world.err, "removed {folder}, which a preparation that was ended left behind")?;
    }
    let release = prepare::steps(&request.plan, &materials, &built);
    let report = shown(args, (&request, release, &gathered.trials), &targets, world)?;
    let plan = &request.plan;
    let event = Event {
        time: clock::rfc3339(now),
        action: "prepare".to_owned(),
        subject: format!("{} {}", plan.name, plan.version),
        commit: plan.source.commit.clone(),
        release: Some(built.sums),
        outcome: report.verdict.decision.words().to_owned(),
        exit_code: report.verdict.exit_code,
    };
    recording::note(recorded.as_deref(), &event, args.output.verbose, world)?;
    Ok(report.verdict.exit_code)
}

/// Judges what was made, or would be, and shows it.
fn shown(
    args: &PrepareArgs,
    (request, release, trials): (&Request, Release, &[Trial]),
    targets: &[Target],
    world: &mut World<'_>,
) -> Result<Report, Error> {
    let check = prepare::conclude(&release, trials, &request.plan.steps);
    let subject = Subject {
        name: format!("{} {}", release.name, release.version),
        commit: release.commit.clone(),
        ..Subject::default()
    };
    let judged = Judged {
        subject,
        areas: &[Area::Releases],
        details: Details::Release(Box::new(release)),
        checks: vec![check],
        invocation: invocation::of(args, world.now, world.variable),
    };
    let report = judge::report(judged, request.config.clone(), args.fail_on, world);
    judge::show(&report, targets, &args.output, world)?;
    Ok(report)
}

/// Why there is no release.
fn of_build(error: &BuildError) -> Error {
    let hint = match error {
        BuildError::Unforced { .. } => "",
        _ => "nothing was made; no part of a release was left behind",
    };
    Error::usage(error.to_string(), hint)
}
