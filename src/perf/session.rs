//! A whole measurement: the runs of a load one after the other, two servers in turn, or a load that rises.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::doubts::{Facts, doubts};
use super::load::{self, Engine, Live, LoadError, Model, Plan, Recording, Stop, Target};
use super::login::Token;
use super::measure;
use super::scenario::Scenario;
use super::steps::{self, Limits};
use super::watch::{Watch, watch};
use crate::host::listener;
use crate::host::machine::machine;
use crate::host::usage::Process;
use crate::report::{Doubt, DoubtKind, Headline, LoadPart, LoadRun, LoadShape, LoadStep, Perf, PerfTarget};

/// Time between two looks at what processes use.
const WATCH: Duration = Duration::from_millis(500);
/// Pause between two runs: what one left behind (connections in their last state) does not fall to the next.
const PAUSE: Duration = Duration::from_millis(200);

/// A server that a probe has met.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it is called while it is measured: empty, `before` or `after`.
    pub name: String,
    /// Where it is.
    pub target: Target,
    /// Who sends.
    pub engine: Engine,
    /// What reports say of it.
    pub shown: PerfTarget,
    /// Token that it gave at the login; without one the plan's is used.
    pub token: Option<Token>,
    /// Its process, if it can be watched.
    pub pid: Option<u32>,
    /// Who listened there before the load, if that could be seen.
    pub listener: Option<listener::Listener>,
}

/// What is measured, of each server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// One run.
    pub plan: Plan,
    /// Runs.
    pub runs: u32,
    /// Loads of a rising load, ascending; empty for any other.
    pub steps: Vec<u32>,
    /// Whether they are requests per second, and not requests under way.
    pub rates: bool,
    /// Where a rising load ends.
    pub limits: Limits,
    /// Name of the profile.
    pub profile: Option<String>,
    /// What the user says of the build.
    pub labels: BTreeMap<String, String>,
}

/// How far a measurement is, and the wish that it ends.
#[derive(Debug, Default)]
pub struct Course {
    /// Set to end early.
    pub stop: Arc<AtomicBool>,
    stage: Mutex<Option<Stage>>,
}

/// A run that is under way.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Which: `run 2 of 5`.
    pub what: String,
    /// What its threads say.
    pub live: Arc<Live>,
    /// When it began.
    pub begun: Instant,
    /// How long it will take, if that is known.
    pub length: Option<Duration>,
}

impl Course {
    /// The run that is under way.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the measurement shall end.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn begin(&self, what: String, plan: &Plan) -> Arc<Live> {
        let live = Arc::new(Live::stopped_by(Arc::clone(&self.stop), plan.threads_used()));
        let length = match plan.stop {
            Stop::After(length) => Some(plan.warm_up.saturating_add(length)),
            Stop::Requests(_) => None,
        };
        let stage = Stage { what, live: Arc::clone(&live), begun: Instant::now(), length };
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = Some(stage);
        live
    }
}

/// Why a measurement came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The generator could not work.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The numbers could not be put together.
    #[error(transparent)]
    Measure(#[from] measure::MeasureError),
}

/// Measures each server; several take turns, run by run, and in the other order every second time, so that what drifts
/// meets all of them alike.
///
/// # Errors
/// When the generator cannot work at all. A server that fails is a result.
pub fn measure(
    sides: &[Side],
    scenario: &Scenario,
    settings: &Settings,
    course: &Course,
) -> Result<Vec<Perf>, SessionError> {
    if !settings.steps.is_empty() {
        return sides.iter().map(|side| rising(side, scenario, settings, course)).collect();
    }
    let mut runs: Vec<Vec<Run>> = sides.iter().map(|_| Vec::new()).collect();
    for number in 1..=settings.runs {
        let mut order: Vec<usize> = (0..sides.len()).collect();
        if number % 2 == 0 {
            order.reverse();
        }
        for at in order {
            let (Some(side), Some(done)) = (sides.get(at), runs.get_mut(at)) else { continue };
            if course.stopped() {
                break;
            }
            let what = match (side.name.as_str(), settings.runs) {
                ("", 1) => "load".to_owned(),
                ("", all) => format!("run {number} of {all}"),
                (name, all) => format!("run {number} of {all}, {name}"),
            };
            let several = (settings.runs > 1).then_some(number);
            done.push(run(side, scenario, &settings.plan, (what, several), course)?);
        }
        if number < settings.runs && !course.stopped() {
            std::thread::sleep(PAUSE);
        }
    }
    sides.iter().zip(runs).map(|(side, runs)| put_together(side, scenario, settings, runs)).collect()
}

/// One run and what speaks against it.
struct Run {
    numbers: LoadRun,
    doubts: Vec<Doubt>,
    aborted: bool,
}

fn run(
    side: &Side,
    scenario: &Scenario,
    plan: &Plan,
    (what, number): (String, Option<u32>),
    course: &Course,
) -> Result<Run, SessionError> {
    let token = side.token.as_ref().map_or_else(|| Arc::clone(&plan.token), Token::reveal);
    let plan = Plan { engine: side.engine, token, ..plan.clone() };
    let live = course.begin(what, &plan);
    let watched = Watch {
        target: side.pid.and_then(Process::of),
        warm_up: plan.warm_up,
        length: match plan.stop {
            Stop::After(length) => Some(length),
            Stop::Requests(_) => None,
        },
        interval: WATCH,
    };
    let seen = watch(watched, || load::run(&plan, &side.target, scenario, &live));
    let recording: Recording = seen.result?;
    let names: Vec<&str> = scenario.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
    let numbers = measure::run(&names, headline(&plan), &recording, seen.generator, seen.target)?;
    let now = listener::listener(side.target.address);
    let doubts = doubts(
        &recording,
        &Facts {
            run: number,
            endpoints: names,
            expected_header: plan.expect_header.as_ref().map(|(name, _)| name.as_str()),
            listener_before: side.listener.as_ref(),
            listener_after: now.as_ref(),
            target_ended: seen.target_ended,
        },
    );
    Ok(Run { numbers, doubts, aborted: recording.aborted })
}

/// Which latency is the one to read.
#[must_use]
pub const fn headline(plan: &Plan) -> Headline {
    match plan.model {
        Model::Closed { .. } => Headline::ServiceTime,
        Model::Rate { .. } => Headline::ResponseTime,
    }
}

fn put_together(
    side: &Side,
    scenario: &Scenario,
    settings: &Settings,
    runs: Vec<Run>,
) -> Result<Perf, SessionError> {
    let plan = &settings.plan;
    let aborted = runs.is_empty() || runs.iter().any(|run| run.aborted);
    let mut doubts: Vec<Doubt> = Vec::new();
    for doubt in runs.iter().flat_map(|run| &run.doubts) {
        // Of many runs with the same trouble, the first one says it.
        if doubts.iter().all(|known| known.kind != doubt.kind) {
            doubts.push(doubt.clone());
        }
    }
    let runs: Vec<LoadRun> = runs.into_iter().map(|run| run.numbers).collect();
    let headline = headline(plan);
    let shape = shape(side, scenario, settings);
    let perf = measure::assemble(machine(), side.shown.clone(), shape, headline, runs, doubts)?;
    Ok(Perf { aborted, ..perf })
}

/// Raises the load step by step until something breaks. The run that is reported is that of the best load that held.
fn rising(
    side: &Side,
    scenario: &Scenario,
    settings: &Settings,
    course: &Course,
) -> Result<Perf, SessionError> {
    let mut taken: Vec<LoadStep> = Vec::new();
    let mut kept: Vec<(u32, Run)> = Vec::new();
    let all = settings.steps.len();
    for (number, load) in settings.steps.iter().enumerate() {
        if course.stopped() {
            break;
        }
        if number > 0 {
            std::thread::sleep(PAUSE);
        }
        let plan = step_plan(&settings.plan, *load, settings.rates);
        let unit = if settings.rates { "requests a second" } else { "connections" };
        let what = format!("step {} of at most {all}, {load} {unit}", number + 1);
        let run = run(side, scenario, &plan, (what, None), course)?;
        if run.aborted && course.stopped() {
            // Half a step says nothing of where the server is saturated; it is better than nothing at all.
            if kept.is_empty() {
                kept.push((*load, run));
            }
            break;
        }
        let (total, _) = measure::pool(std::slice::from_ref(&run.numbers), headline(&plan))?;
        let rate = match plan.model {
            Model::Closed { .. } => None,
            Model::Rate { per_second, .. } => Some(per_second),
        };
        // A rate that was not kept is what the rise looks for, not a doubt about it.
        let told = run.doubts.iter().filter(|doubt| doubt.kind != DoubtKind::RateMissed).cloned().collect();
        taken.push(LoadStep {
            concurrency: plan.model.concurrency(),
            rate,
            throughput: total.throughput,
            error_rate: total.error_rate,
            latency: total.response.unwrap_or(total.service),
            broke: None,
            doubts: told,
        });
        kept.push((*load, run));
        let broke = steps::broke(&taken, settings.limits);
        if let (Some(last), true) = (taken.last_mut(), broke.is_some()) {
            last.broke = broke;
            break;
        }
    }
    let saturation = steps::saturation(&taken);
    let best = saturation.as_ref().map_or_else(
        || taken.iter().rposition(|step| step.broke.is_none()).unwrap_or(0),
        |found| {
            taken
                .iter()
                .position(|step| step.concurrency == found.concurrency && step.rate == found.rate)
                .unwrap_or(0)
        },
    );
    // What made the rise end because of the generator is a doubt about the whole.
    let last = taken.last().map(|step| step.doubts.clone()).unwrap_or_default();
    let (load, mut run) = match kept.into_iter().nth(best) {
        Some(kept) => kept,
        None => return put_together(side, scenario, settings, Vec::new()),
    };
    run.doubts.retain(|doubt| doubt.kind != DoubtKind::RateMissed);
    run.doubts.extend(last);
    let plan = step_plan(&settings.plan, load, settings.rates);
    let settings = Settings { plan, ..settings.clone() };
    let perf = put_together(side, scenario, &settings, vec![run])?;
    let aborted = perf.aborted || course.stopped();
    Ok(Perf { steps: taken, saturation, aborted, ..perf })
}

/// The plan of one step.
fn step_plan(plan: &Plan, load: u32, rates: bool) -> Plan {
    let model = if rates {
        Model::Rate { per_second: f64::from(load), in_flight: plan.model.concurrency() }
    } else {
        Model::Closed { concurrency: load }
    };
    Plan { model, ..plan.clone() }
}

/// The load as reports have it: the part of this generator.
fn shape(side: &Side, scenario: &Scenario, settings: &Settings) -> LoadShape {
    let plan = &settings.plan;
    let part = |all: u64| load::share(all, plan.share.index, plan.share.of);
    let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let (duration_ns, requests) = match plan.stop {
        Stop::After(length) => (nanoseconds(length), None),
        Stop::Requests(all) => (0, Some(part(all))),
    };
    LoadShape {
        profile: settings.profile.clone(),
        concurrency: u32::try_from(part(u64::from(plan.model.concurrency()))).unwrap_or(u32::MAX),
        rate: match plan.model {
            Model::Closed { .. } => None,
            Model::Rate { per_second, .. } => Some(per_second / f64::from(plan.share.of.max(1))),
        },
        duration_ns,
        requests,
        warm_up_ns: nanoseconds(plan.warm_up),
        ramp_ns: nanoseconds(plan.ramp),
        timeout_ns: nanoseconds(plan.timeout),
        retries: plan.retries,
        threads: plan.threads_used(),
        streams: plan.streams,
        keep_alive: plan.keep_alive,
        share: (plan.share.of > 1).then_some(LoadPart { index: plan.share.index, of: plan.share.of }),
        engine: match side.engine {
            Engine::Fast => "fast",
            Engine::Hyper1 | Engine::Hyper2 => "hyper",
        }
        .to_owned(),
        scenario: scenario.name.clone(),
        scenario_digest: scenario.digest.clone(),
        labels: settings.labels.clone(),
    }
}
