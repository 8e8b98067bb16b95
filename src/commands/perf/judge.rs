//! From measurements to the verdict and its reports, the same for every command of `readiness perf`.

use super::super::output::{self, Target};
use super::super::{Error, World, assemble};
use crate::cli::{OutputArgs, SeverityArg};
use crate::config::Config;
use crate::gate::{self, Policy};
use crate::host::clock;
use crate::render::Options;
use crate::report::{CheckReport, Coverage, Details, Invocation, Severity, Subject};

/// What was measured, and what the checks say of it.
pub(super) struct Measured {
    /// Name of the subject.
    pub(super) name: String,
    /// The numbers.
    pub(super) details: Details,
    /// What checks say.
    pub(super) checks: Vec<CheckReport>,
    /// The command.
    pub(super) invocation: Invocation,
}

/// Judges, writes the reports, and returns the exit code.
pub(super) fn finish(
    measured: Measured,
    config: Config,
    fail_on: Option<SeverityArg>,
    (targets, args): (&[Target], &OutputArgs),
    world: &mut World<'_>,
) -> Result<u8, Error> {
    let Measured { name, details, checks, invocation } = measured;
    let coverage = whole(&checks);
    let subject = Subject { name, ..Subject::default() };
    let mut report = assemble::report(checks, subject, coverage, world.now);
    report.details = Some(details);
    report.tool.invocation = Some(invocation);
    let usual = Policy::built_in(clock::utc_day(world.now));
    let policy = Policy {
        fail_on: fail_on.map(Into::into).or(config.fail_on).unwrap_or(usual.fail_on),
        strict: config.strict.unwrap_or(usual.strict),
        optional: config.optional,
        // Those of the tree have nothing to cover here, and would be told as unused.
        waivers: config
            .waivers
            .into_iter()
            .filter(|waiver| waiver.is_of_measurements() != Some(false))
            .collect(),
        waiver_max_days: config.waiver_max_days,
        source: if config.source.is_empty() { usual.source.clone() } else { config.source },
        ..usual
    };
    gate::judge(&mut report, &policy);
    let options = Options {
        // What is worse without being a regression yet is worth a line.
        show: policy.fail_on.min(Severity::Medium),
        all: args.all,
        colour: output::colours(args.color, world),
        width: world.terminal.unwrap_or(100),
        ..Options::default()
    };
    output::write(targets, &report, &options, world)?;
    Ok(report.verdict.exit_code)
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
