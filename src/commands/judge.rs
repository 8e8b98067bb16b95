//! From what was measured or verified to the verdict and its reports, the same for every command that audits no tree.

use super::output::{self, Target};
use super::{Error, World, assemble};
use crate::cli::{OutputArgs, SeverityArg};
use crate::config::Config;
use crate::gate::{self, Area, Policy};
use crate::host::clock;
use crate::render::Options;
use crate::report::{CheckReport, Coverage, Details, Invocation, Report, Severity, Subject};

/// What was measured or verified, and what the checks say of it.
pub(super) struct Judged {
    /// What it is about.
    pub(super) subject: Subject,
    /// What waivers must speak of to count: those of anything else have nothing to cover, and would be told as unused.
    pub(super) areas: &'static [Area],
    /// The numbers.
    pub(super) details: Details,
    /// What checks say.
    pub(super) checks: Vec<CheckReport>,
    /// The command.
    pub(super) invocation: Invocation,
}

impl Judged {
    /// Numbers of a measurement, by the name of what was measured.
    pub(super) fn measured(
        name: String,
        details: Details,
        checks: Vec<CheckReport>,
        invocation: Invocation,
    ) -> Self {
        let subject = Subject { name, ..Subject::default() };
        Self { subject, areas: &[Area::Measurements], details, checks, invocation }
    }
}

/// Judges, writes the reports, and returns the exit code.
pub(super) fn finish(
    judged: Judged,
    config: Config,
    fail_on: Option<SeverityArg>,
    (targets, args): (&[Target], &OutputArgs),
    world: &mut World<'_>,
) -> Result<u8, Error> {
    let report = report(judged, config, fail_on, world);
    show(&report, targets, args, world)?;
    Ok(report.verdict.exit_code)
}

/// The judged report.
pub(super) fn report(
    judged: Judged,
    config: Config,
    fail_on: Option<SeverityArg>,
    world: &World<'_>,
) -> Report {
    let Judged { subject, areas, details, checks, invocation } = judged;
    let coverage = whole(&checks);
    let mut report = assemble::report(checks, subject, coverage, world.now);
    report.details = Some(details);
    report.tool.invocation = Some(invocation);
    let usual = Policy::built_in(clock::utc_day(world.now));
    let policy = Policy {
        fail_on: fail_on.map(Into::into).or(config.fail_on).unwrap_or(usual.fail_on),
        strict: config.strict.unwrap_or(usual.strict),
        optional: config.optional,
        waivers: config
            .waivers
            .into_iter()
            .filter(|waiver| waiver.area().is_none_or(|area| areas.contains(&area)))
            .collect(),
        waiver_max_days: config.waiver_max_days,
        source: if config.source.is_empty() { usual.source.clone() } else { config.source },
        ..usual
    };
    gate::judge(&mut report, &policy);
    report
}

/// Writes a judged report to where it goes.
pub(super) fn show(
    report: &Report,
    targets: &[Target],
    args: &OutputArgs,
    world: &mut World<'_>,
) -> Result<(), Error> {
    let options = Options {
        // What is worse without being a regression yet is worth a line.
        show: if args.all { Severity::Info } else { report.verdict.policy.fail_on.min(Severity::Medium) },
        all: args.all,
        show_flag: false,
        colour: output::colours(args.color, world),
        width: world.terminal.unwrap_or(100),
        ..Options::default()
    };
    output::write(targets, report, &options, world)
}

/// What was looked at as a whole: every check looks at the same measurement, so that nothing is counted twice.
fn whole(checks: &[CheckReport]) -> Coverage {
    let mut whole = Coverage::default();
    for check in checks {
        let Coverage { examined, left_out } = check.coverage.clone();
        whole.merge(Coverage { left_out, ..Coverage::default() });
        for (unit, count) in examined {
            whole.add(&unit, count.saturating_sub(whole.count(&unit)));
        }
    }
    whole
}
