//! `readiness perf exec`: a benchmark of commands from the first run to the verdict.

use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use super::super::judge::{self, Judged};
use super::super::output::{self, Wanted};
use super::super::{Error, World};
use super::{flags, invocation, reports};
use crate::cli::ExecArgs;
use crate::commands::interrupt;
use crate::host::machine::machine;
use crate::perf::exec::{self, ExecSettings, Step, Subject};
use crate::perf::regression::{self, CommandLimits, CommandSide};
use crate::perf::{checks, measure};
use crate::report::{CommandBench, Details, PerfComparison, Report};

/// Version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs the command.
pub(super) fn run(args: &ExecArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let config = super::configuration(args.config.as_deref(), args.no_tree_config)?;
    let settings = settings(args)?;
    let limits = limits(args)?;
    let baseline =
        args.baseline.as_deref().map(|path| earlier(path).map(|found| (path, found))).transpose()?;
    let mut bench = measured(&settings, world)?;
    bench.environment = measure::environment(machine());
    let side = |result, name, aborted| CommandSide {
        result,
        environment: &bench.environment,
        labels: &bench.labels,
        name,
        created: None,
        version: VERSION,
        memory_floor: bench.memory_floor,
        aborted,
    };
    let comparison = match (bench.commands.as_slice(), &baseline) {
        ([before, after], _) => {
            let (one, two) = (side(before, "before", bench.aborted), side(after, "after", bench.aborted));
            Some(regression::compare_commands("after", &one, &two, limits, &[], true))
        }
        ([command], Some((path, found))) => {
            Some(against(path, found, &side(command, "command", bench.aborted), limits)?)
        }
        _ => None,
    };
    bench.comparison = comparison;
    let checks = vec![checks::benchmark(&bench)];
    let name = match &settings.subject {
        Subject::Pair { .. } => "before and after".to_owned(),
        Subject::One(_) => "command".to_owned(),
    };
    let details = Details::Command(Box::new(bench));
    let judged = Judged::measured(name, details, checks, invocation::of_exec(args));
    judge::finish(judged, config, args.fail_on, (&targets, &args.output), world)
}

fn settings(args: &ExecArgs) -> Result<ExecSettings, Error> {
    let subject = match (&args.before, &args.after, &args.command) {
        (Some(before), Some(after), _) => Subject::Pair { before: before.clone(), after: after.clone() },
        (_, _, Some(command)) => Subject::One(command.clone()),
        _ => return Err(Error::usage("which command?", "--before CMD --after CMD, or --command CMD")),
    };
    let usual = ExecSettings::new(subject);
    let timeout = args.timeout.as_deref().map(|text| flags::time("--timeout", text)).transpose()?;
    Ok(ExecSettings {
        shell: args.shell,
        runs: args.runs.unwrap_or(usual.runs),
        warm_ups: args.warm_up.unwrap_or(usual.warm_ups),
        prepare: args.prepare.clone(),
        cleanup: args.cleanup.clone(),
        timeout: timeout.unwrap_or(usual.timeout),
        input: args.input.clone().filter(|path| path.as_os_str() != "null"),
        folder: args.dir.clone(),
        ignore_failure: args.ignore_failure,
        show_output: args.show_output,
        labels: flags::labels(&args.label)?,
        ..usual
    })
}

fn limits(args: &ExecArgs) -> Result<CommandLimits, Error> {
    let usual = CommandLimits::default();
    let Some(text) = &args.threshold else { return Ok(usual) };
    // A bare number is a percentage, as nobody means a change to 20 times as much.
    let percent = text.trim().trim_end_matches('%');
    let threshold = flags::share("--threshold", &format!("{percent}%"))?;
    if threshold > 0.0 {
        return Ok(CommandLimits { threshold, ..usual });
    }
    Err(Error::usage("--threshold: any change at all is noise", "above 0, such as `20%`"))
}

/// The benchmark of an earlier report.
fn earlier(path: &std::path::Path) -> Result<(Report, CommandBench), Error> {
    let mut report = reports::read(path)?;
    match report.details.take() {
        Some(Details::Command(bench)) => Ok((report, *bench)),
        _ => Err(Error::usage(
            format!("{}: this is a load test, not a benchmark of commands", path.display()),
            "a report of `readiness perf exec --output-json FILE` is needed",
        )),
    }
}

/// The comparison with the command of an earlier report: its only one, or the newer of two.
fn against(
    path: &std::path::Path,
    (report, old): &(Report, CommandBench),
    now: &CommandSide<'_>,
    limits: CommandLimits,
) -> Result<PerfComparison, Error> {
    let name = path.display().to_string();
    let result = old
        .commands
        .last()
        .ok_or_else(|| Error::usage(format!("{name}: the report holds no command"), ""))?;
    let then = CommandSide {
        result,
        environment: &old.environment,
        labels: &old.labels,
        name: &name,
        created: Some(&report.created),
        version: &report.tool.version,
        memory_floor: old.memory_floor,
        aborted: old.aborted,
    };
    Ok(regression::compare_commands("command", &then, now, limits, &[], false))
}

fn measured(settings: &ExecSettings, world: &World<'_>) -> Result<CommandBench, Error> {
    let stop = AtomicBool::new(false);
    let latest: Mutex<Option<Step>> = Mutex::new(None);
    let line = || match *latest.lock().unwrap_or_else(PoisonError::into_inner) {
        None => "preparing".to_owned(),
        Some(step) => {
            let kind = if step.counted { "run" } else { "warm-up" };
            format!("{kind} {} of {}, {}", step.number, step.of, step.name)
        }
    };
    let told = |step: Step| *latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(step);
    let bench = interrupt::heard(&stop, || {
        super::super::progress::with(world.progress, "Running", line, || exec::bench(settings, &told, &stop))
    })?;
    bench.map_err(|error| {
        let hint = error.hint().map(str::to_owned).unwrap_or_default();
        Error::usage(error.to_string(), hint)
    })
}
