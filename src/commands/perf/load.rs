//! `readiness perf --url …`: a load test from the first connection to the verdict.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::super::judge::{self, Judged};
use super::super::output::{self, Wanted};
use super::super::{Error, World};
use super::plan::{self, Asked};
use super::{invocation, progress, reports};
use crate::cli::{EngineArg, LoadArgs};
use crate::commands::interrupt;
use crate::config::Config;
use crate::host::clock;
use crate::host::listener;
use crate::perf::checks;
use crate::perf::load::{Engine, LoadError};
use crate::perf::login;
use crate::perf::probe::{self, Probe, Way};
use crate::perf::regression;
use crate::perf::scenario::Thresholds;
use crate::perf::session::{self, Course, SessionError, Settings, Side};
use crate::perf::url::Url;
use crate::report::{Details, Listener, Perf, PerfComparison, Report};

/// Version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs the command.
pub(super) fn run(args: &LoadArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let targets = output::targets(&Wanted::of(&args.output), world)?;
    let asked = plan::of(args, world)?;
    // A baseline that cannot be read is worth knowing before the load, not after it.
    let baseline = args.baseline.as_deref().map(reports::comparable).transpose()?;
    let (mut perf, before) = measured(&asked, args, world)?;
    let settings = comparing(&asked.config, asked.thresholds, &args.judging.vary, before.is_some());
    perf.comparison = match (&baseline, &before, &args.baseline) {
        (Some((report, old)), _, Some(path)) => {
            Some(compared((report, old, path), (&perf, VERSION), &settings)?)
        }
        (_, Some(old), _) => {
            let then = regression::Side { perf: old, name: &old.target.url, created: None, version: VERSION };
            Some(against(&then, (&perf, VERSION), &settings)?)
        }
        _ => None,
    };
    let checks =
        vec![checks::load(&perf, &limits(&asked.config, asked.max_error_rate)), checks::regression(&perf)];
    let invocation = invocation::of_load(args, world.now, world.variable);
    let details = Details::Perf(Box::new(perf));
    let judged = Judged::measured(asked.url.shown(), details, checks, invocation);
    judge::finish(judged, asked.config, args.judging.fail_on, (&targets, &args.output), world)
}

/// The comparison with a report of an earlier run.
pub(super) fn compared(
    (report, old, path): (&Report, &Perf, &Path),
    (new, made_by): (&Perf, &str),
    settings: &regression::Settings,
) -> Result<PerfComparison, Error> {
    let name = path.display().to_string();
    let version = &report.tool.version;
    let then = regression::Side { perf: old, name: &name, created: Some(&report.created), version };
    against(&then, (new, made_by), settings)
}

/// `made_by` is the version of the program that measured the new build, which need not be this one.
fn against(
    then: &regression::Side<'_>,
    (new, made_by): (&Perf, &str),
    settings: &regression::Settings,
) -> Result<PerfComparison, Error> {
    let now = regression::Side { perf: new, name: &new.target.url, created: None, version: made_by };
    regression::compare(then, &now, settings).map_err(|error| Error::usage(error.to_string(), ""))
}

/// How comparisons are made.
pub(super) fn comparing(
    config: &Config,
    thresholds: Thresholds,
    vary: &[String],
    interleaved: bool,
) -> regression::Settings {
    let endpoints: BTreeMap<String, Thresholds> =
        config.perf.endpoints.iter().map(|endpoint| (endpoint.name.clone(), endpoint.thresholds)).collect();
    regression::Settings { thresholds, endpoints, vary: vary.to_vec(), interleaved }
}

/// The absolute limits.
pub(super) fn limits(config: &Config, max_error_rate: Option<f64>) -> checks::LoadLimits {
    let usual = checks::LoadLimits::default();
    checks::LoadLimits {
        max_error_rate: max_error_rate.unwrap_or(usual.max_error_rate),
        p95_ns: config.perf.objectives.p95,
        p99_ns: config.perf.objectives.p99,
        throughput: config.perf.objectives.throughput,
        endpoints: config
            .perf
            .endpoints
            .iter()
            .map(|endpoint| (endpoint.name.clone(), config.perf.objectives_of(&endpoint.name)))
            .collect(),
    }
}

/// Meets the servers and loads them: the new build, and the one before if it runs, too.
fn measured(asked: &Asked, args: &LoadArgs, world: &mut World<'_>) -> Result<(Perf, Option<Perf>), Error> {
    let mut plan = asked.plan.clone();
    let mut sides = Vec::new();
    if let Some(url) = &asked.against {
        sides.push(met(asked, url, "before", args)?);
    }
    let name = if asked.against.is_some() { "after" } else { "" };
    sides.push(met(asked, &asked.url, name, args)?);
    if !asked.threads_given {
        let here = sides.iter().any(|side| side.target.address.ip().is_loopback());
        plan.threads = threads(here, plan.model.concurrency());
    }
    let settings = Settings {
        plan,
        runs: asked.runs,
        steps: asked.steps.clone(),
        rates: asked.rates,
        limits: asked.limits,
        profile: asked.profile.map(|profile| profile.word().to_owned()),
        labels: asked.labels.clone(),
    };
    if args.output.verbose {
        for side in &sides {
            let shown = &side.shown;
            writeln!(world.err, "{}: {} at {}, {}", shown.url, shown.protocol, shown.address, shown.status)?;
        }
        writeln!(world.err, "threads: {}, runs: {}", settings.plan.threads, settings.runs)?;
    }
    let course = Course::default();
    let measured = interrupt::heard(&course.stop, || {
        super::super::progress::with(
            world.progress,
            "Loading",
            || progress::line(&course),
            || {
                if let Some(start) = asked.start {
                    wait_until(start, &course);
                }
                session::measure(&sides, &asked.scenario, &settings, &course)
            },
        )
    })?;
    let mut measured = measured.map_err(|error| Error::usage(error.to_string(), hint(&error)))?;
    let new = measured.pop().ok_or_else(|| Error::usage("nothing was measured", ""))?;
    Ok((new, measured.pop()))
}

/// Meets a server: the login if there is one, then one request.
fn met(asked: &Asked, url: &Url, name: &str, args: &LoadArgs) -> Result<Side, Error> {
    let plan = &asked.plan;
    let way = Way { url, wish: asked.wish, trust: &asked.trust, timeout: plan.timeout };
    // Each server has its own: what one gave need not open the other.
    let login = asked.scenario.login.as_ref();
    let token = login.map(|login| login::login(&way, login, &plan.token, plan.seed)).transpose();
    let token = token.map_err(|error| Error::usage(error.to_string(), ""))?;
    let bearer = token.as_ref().map_or_else(|| Arc::clone(&plan.token), login::Token::reveal);
    let expected = plan.expect_header.as_ref();
    let Probe { target, engine, mut shown, .. } =
        probe::probe(&way, &asked.scenario, expected, &bearer, plan.seed)
            .map_err(|error| Error::usage(error.to_string(), ""))?;
    let engine =
        if args.engine == Some(EngineArg::Hyper) && engine == Engine::Fast { Engine::Hyper1 } else { engine };
    let found = listener::listener(target.address);
    // What only a part of the server uses is not what the server uses.
    let pid = found.as_ref().filter(|found| found.whole).map(|found| found.pid);
    let pid = args.target_pid.filter(|_| name != "before").or(pid);
    shown.listener = found.as_ref().map(|found| Listener { pid: found.pid, program: found.program.clone() });
    Ok(Side { name: name.to_owned(), target, engine, shown, token, pid, listener: found })
}

/// What helps a generator that cannot work.
fn hint(error: &SessionError) -> &'static str {
    match error {
        SessionError::Load(LoadError::Io { source, .. }) if source.to_string().contains("open files") => {
            "raise the limit of open files (`ulimit -n 20000`), or use fewer connections"
        }
        _ => "",
    }
}

/// Threads, unless said otherwise: a server on this machine keeps half of the cores.
fn threads(here: bool, concurrency: u32) -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cores = u32::try_from(cores).unwrap_or(u32::MAX);
    let usable = if here { (cores / 2).max(1) } else { cores };
    usable.min(concurrency.max(1))
}

/// Waits for a moment, or for the wish to end.
fn wait_until(start: Timestamp, course: &Course) {
    while !course.stopped() {
        let left = start.as_nanosecond() - clock::now().as_nanosecond();
        let Ok(left) = u64::try_from(left) else { return };
        std::thread::sleep(Duration::from_nanos(left.min(50_000_000)));
    }
}
