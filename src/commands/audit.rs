//! `readiness audit`: plan, run, judge, render.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::output::Wanted;
use super::settings::{self, Plan};
use super::vex::{self, Project};
use super::{Error, Variable, World, assemble, invocation, output, progress, sbom, scanners};
use crate::audit::integrity;
use crate::audit::inventory::Inventory;
use crate::cli::AuditArgs;
use crate::engine::{self, Progress};
use crate::formats::manifest;
use crate::gate::{self, VexDocument};
use crate::host::files;
use crate::render::Options;
use crate::report::{Report, Severity, Subject};

/// Runs the command; the exit code is the verdict's.
pub(super) fn run(args: &AuditArgs, world: &mut World<'_>) -> Result<u8, Error> {
    if args.write_manifest {
        return write_manifest(args, world);
    }
    let begun = Instant::now();
    let targets = output::targets(&Wanted::of_audit(args), world)?;
    let sbom_target = sbom::target(args)?;
    vex::check_target(args)?;
    let plan = settings::plan(args, world.now, world.variable)?;
    if args.verbose {
        for note in &plan.notes {
            writeln!(world.err, "{note}")?;
        }
    }
    for warning in plan.vex.iter().flat_map(vex::Loaded::warnings) {
        writeln!(world.err, "{warning}")?;
    }
    let fail_on = plan.policy.fail_on;
    let name = plan.name.clone();
    let invocation = invocation::of(args, world.now, &plan.required_env, world.variable);
    let Judged { mut report, vex, inventory } = judged(plan, args.deep, world.now, world.progress)?;
    report.tool.invocation = Some(invocation);
    if let Some(target) = sbom_target {
        sbom::write(&target, &inventory.assembled(), &name, args.verbose, world)?;
    }
    if let Some(path) = &args.vex_out {
        vex::write(path, &report, &vex, &Project::of(&inventory.assembled()), world)?;
    }

    // What is hidden cannot be explained.
    let usual = if args.explain { Severity::Info } else { fail_on.min(Severity::High) };
    let options = Options {
        show: args.show.map_or(usual, Into::into),
        all: args.all,
        explain: args.explain,
        colour: output::colours(args.color, world),
        width: world.terminal.unwrap_or(100),
        elapsed: world.terminal.map(|_| begun.elapsed()),
        sarif_omit_suppressed: args.sarif_omit_suppressed,
        ..Options::default()
    };
    output::write(&targets, &report, &options, world)?;
    Ok(report.verdict.exit_code)
}

/// Records the digests of the tree instead of judging it.
fn write_manifest(args: &AuditArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let plan = settings::plan(args, world.now, world.variable)?;
    let target = args.manifest.clone().unwrap_or_else(|| plan.subject.join(manifest::FILE_NAME));
    let shown = target.display().to_string();
    let file_error = |source| Error::File { path: shown.clone(), source };
    files::check_writable(&target).map_err(file_error)?;
    let counted = Progress::default();
    let made = progress::during(world.progress, &counted, || {
        integrity::write_manifest(&plan.subject, &target, &plan.reading, world.now, &counted)
    });
    let made =
        made.map_err(|error| Error::usage(error.to_string(), "a manifest must cover everything it claims"))?;
    files::write_atomic(&target, &made.to_bytes()).map_err(file_error)?;
    writeln!(world.err, "wrote {shown}: {} entries", made.entries().len())?;
    Ok(0)
}

/// The judged report of an audit as of `now` in the environment that `variable` knows: the command without its output.
///
/// # Errors
/// As the command.
pub fn audit_report(args: &AuditArgs, now: Timestamp, variable: Variable<'_>) -> Result<Report, Error> {
    judged(settings::plan(args, now, variable)?, args.deep, now, false).map(|judged| judged.report)
}

/// A report, and what the documents beside it need.
struct Judged {
    report: Report,
    vex: Vec<VexDocument>,
    inventory: Arc<Inventory>,
}

fn judged(plan: Plan, deep: bool, now: Timestamp, show_progress: bool) -> Result<Judged, Error> {
    let Plan { subject, name, reading, started, mut policy, told, inventory, scanners, vex, .. } = plan;
    let (asked, reports) = scanners;
    let counted = Progress::default();
    let outcome = progress::during(show_progress, &counted, || {
        let _ = reports.set(scanners::given(asked));
        engine::run(&subject, &reading, started, &counted)
    })?;
    let engine::Outcome { checks, coverage, commit, tree_digest } = outcome;
    let mut report = assemble::report(checks, Subject { name, deep, commit, tree_digest }, coverage, now);
    let parts = told.take();
    (report.advisories, report.since, report.inventory) = (parts.advisories, parts.since, parts.inventory);
    if !vex.is_empty() {
        let project = Project::of(&inventory.assembled());
        policy.vex = vex.into_iter().map(|loaded| loaded.about(&project)).collect();
    }
    gate::judge(&mut report, &policy);
    Ok(Judged { report, vex: policy.vex, inventory })
}
