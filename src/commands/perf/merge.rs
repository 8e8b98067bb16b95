//! `readiness perf merge`: the reports of generators that loaded one server together, as one.

use super::super::judge::{self, Judged};
use super::super::output::{self, Wanted};
use super::super::{Error, World};
use super::{flags, invocation, load, reports};
use crate::cli::MergeArgs;
use crate::perf::{checks, merge};
use crate::report::Details;

/// Most reports merged at once.
const MOST: usize = 1_000;

/// Runs the command.
pub(super) fn run(args: &MergeArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let config = super::configuration(args.config.as_deref(), args.no_tree_config)?;
    if args.reports.len() > MOST {
        return Err(Error::usage(format!("more than {MOST} reports"), ""));
    }
    let baseline = args.baseline.as_deref().map(reports::comparable).transpose()?;
    let parts = args
        .reports
        .iter()
        .map(|path| {
            let (report, perf) = reports::load(path)?;
            Ok(merge::Part { name: path.display().to_string(), version: report.tool.version, perf })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    // They are all of one version, or are refused.
    let made_by = parts.first().map(|part| part.version.clone()).unwrap_or_default();
    let mut merged = merge::merge(parts).map_err(|error| Error::usage(error.to_string(), ""))?;
    let thresholds = flags::thresholds(&args.judging, config.perf.thresholds)?;
    if let (Some((report, old)), Some(path)) = (&baseline, &args.baseline) {
        let settings = load::comparing(&config, thresholds, &args.judging.vary, false);
        merged.comparison = Some(load::compared((report, old, path), (&merged, &made_by), &settings)?);
    }
    let limits = load::limits(&config, config.perf.max_error_rate);
    let checks = vec![checks::load(&merged, &limits), checks::regression(&merged)];
    let judged = Judged::measured(
        merged.target.url.clone(),
        Details::Perf(Box::new(merged)),
        checks,
        invocation::of_merge(args),
    );
    judge::finish(judged, config, args.judging.fail_on, (&targets, &args.output), world)
}
