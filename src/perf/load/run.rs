//! The threads of a run: each has its part of the plan and, where it can be, a core; what they saw is added up.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::job::Job;
use super::plan::{Engine, Live, Plan, Target};
use super::recorder::Recording;
use super::{fast, hyper};
use crate::host::usage;
use crate::perf::scenario::Scenario;

/// Files that a process has open besides its connections.
const OTHER_FILES: u64 = 64;

/// Why a run could not be made. What a server does is never one of these: that is in the recording.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The system refused something that every run needs.
    #[error("cannot {what}: {source}")]
    Io {
        /// What was tried: `open a socket`.
        what: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// The engine cannot do what the plan asks for.
    #[error("{0}")]
    Unsupported(&'static str),
    /// A thread ended with a panic, so that its part is missing.
    #[error("a thread of the load generator ended with a panic")]
    Panicked,
}

/// Makes the load of one run and waits for its end.
///
/// # Errors
/// When a thread could not do its part; there is no partial result. `live.stop` is set then, so that the others end too.
pub fn run(plan: &Plan, target: &Target, scenario: &Scenario, live: &Live) -> Result<Recording, LoadError> {
    if scenario.endpoints.is_empty() {
        return Err(LoadError::Unsupported("the scenario has no endpoint"));
    }
    let work: fn(&Job<'_>) -> Result<Recording, LoadError> = match plan.engine {
        Engine::Fast => fast::work,
        Engine::Hyper1 | Engine::Hyper2 => hyper::work,
    };
    if plan.model.concurrency() < plan.share.of {
        return Err(LoadError::Unsupported(
            "fewer connections than programs that share the load: raise --concurrency",
        ));
    }
    let threads = plan.threads_used();
    let plan = Plan { threads, ..plan.clone() };
    make_room(plan.model.concurrency());
    let cores = if plan.pin { cores() } else { Vec::new() };
    let begin = Instant::now();
    let results: Vec<Result<Recording, LoadError>> = std::thread::scope(|scope| {
        let mut running = Vec::new();
        for thread in 0..threads {
            let job = Job { plan: &plan, target, scenario, live, thread, begin };
            // Two threads on one core would be worse than none pinned.
            let core =
                (cores.len() >= threads as usize).then(|| cores.get(thread as usize)).flatten().copied();
            let spawned =
                std::thread::Builder::new().name(format!("load-{thread}")).spawn_scoped(scope, move || {
                    let _others = StopOthers(live);
                    if let Some(core) = core {
                        pin(core);
                    }
                    let (waited, born) = (usage::waited(), Instant::now());
                    let result = work(&job).map(|recording| Recording {
                        waited: usage::waited().saturating_sub(waited),
                        lived: u64::try_from(born.elapsed().as_nanos()).unwrap_or(u64::MAX),
                        ..recording
                    });
                    if result.is_err() {
                        live.stop.store(true, Ordering::Relaxed);
                    }
                    result
                });
            running.push(spawned);
        }
        if running.iter().any(Result::is_err) {
            live.stop.store(true, Ordering::Relaxed);
        }
        running
            .into_iter()
            .map(|spawned| match spawned {
                Ok(thread) => thread.join().unwrap_or(Err(LoadError::Panicked)),
                Err(source) => Err(LoadError::Io { what: "start a thread", source }),
            })
            .collect()
    });
    let mut all = Recording::default();
    for result in results {
        all.add(result?);
    }
    Ok(all)
}

/// Ends the other threads when this one panics: they would otherwise go on for a result that nobody gets.
struct StopOthers<'l>(&'l Live);

impl Drop for StopOthers<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop.store(true, Ordering::Relaxed);
        }
    }
}

/// Processor time of the calling thread so far, in nanoseconds; 0 where the system does not tell.
#[must_use]
pub(super) fn thread_time() -> u64 {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
    }
    #[cfg(not(unix))]
    0
}

/// Cores that the process may use. The last come first: interrupts are mostly served by the first.
#[cfg(target_os = "linux")]
fn cores() -> Vec<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};
    let Ok(allowed) = sched_getaffinity(None) else { return Vec::new() };
    (0..CpuSet::MAX_CPU).rev().filter(|core| allowed.is_set(*core)).collect()
}

#[cfg(not(target_os = "linux"))]
fn cores() -> Vec<usize> {
    Vec::new()
}

/// Keeps the calling thread to a core; when the system does not let it, the run is merely less steady.
#[cfg(target_os = "linux")]
fn pin(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    let _ = rustix::thread::sched_setaffinity(None, &set);
}

#[cfg(not(target_os = "linux"))]
fn pin(_core: usize) {}

/// Raises the number of files that may be open, as far as the system lets it without privileges: usual limits are below
/// what many connections need. When that is not enough, opening a connection says so.
#[cfg(unix)]
fn make_room(connections: u32) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    let needed = u64::from(connections).saturating_add(OTHER_FILES);
    if now.current.is_some_and(|current| current < needed) {
        let current = now.maximum.map_or(needed, |maximum| needed.min(maximum));
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: now.maximum });
    }
}

#[cfg(not(unix))]
fn make_room(_connections: u32) {}
