//! `readiness perf compare`: two reports of earlier runs.

use super::super::judge::{self, Judged};
use super::super::output::{self, Wanted};
use super::super::{Error, World};
use super::{flags, invocation, load, reports};
use crate::cli::CompareArgs;
use crate::perf::checks;
use crate::report::Details;

/// Runs the command. The numbers of the report are those of the new build.
pub(super) fn run(args: &CompareArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let config = super::configuration(args.config.as_deref(), args.no_tree_config)?;
    let (before, old) = reports::comparable(&args.before)?;
    let (after, mut new) = reports::comparable(&args.after)?;
    let thresholds = flags::thresholds(&args.judging, config.perf.thresholds)?;
    let settings = load::comparing(&config, thresholds, &args.judging.vary, false);
    new.comparison =
        Some(load::compared((&before, &old, &args.before), (&new, &after.tool.version), &settings)?);
    let limits = load::limits(&config, config.perf.max_error_rate);
    let checks = vec![checks::load(&new, &limits), checks::regression(&new)];
    let judged = Judged::measured(
        args.after.display().to_string(),
        Details::Perf(Box::new(new)),
        checks,
        invocation::of_compare(args),
    );
    judge::finish(judged, config, args.judging.fail_on, (&targets, &args.output), world)
}
