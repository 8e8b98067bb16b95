//! The second engine: hyper, for HTTP/2 and as the check of the first. One single-threaded runtime a thread; a slot for
//! each request that may be under way is a task that lives as long as the run.
//!
//! hyper does not tell how many bytes came over the wire. Heads are counted as HTTP/1.1 would write them, bodies without
//! the marks of chunks and frames; sent and received alike.

mod alarm;
mod connect;
mod drive;
mod failure;
pub(in crate::perf) mod once;
mod request;
mod slot;
mod state;
#[cfg(test)]
mod tests;

use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::task::LocalSet;

use self::connect::Line;
use self::slot::Slot;
use self::state::{Shared, nanoseconds};
use super::plan::{Engine, Pulse};
use super::{Job, LoadError, Recorder, Recording};

/// Pause between two looks at deadlines and at the wish to end.
const LOOK: Duration = Duration::from_millis(20);
/// So long before the end of a second its percentiles are looked at, in nanoseconds.
const EARLIER: u64 = 150_000_000;
/// Looks from one pulse to the next.
const PULSE: u32 = 5;

/// Makes this thread's part of the load, in this thread.
///
/// # Errors
/// When the system refuses what a runtime needs, or the plan is for the other engine.
pub(super) fn work(job: &Job<'_>) -> Result<Recording, LoadError> {
    if job.plan.engine == Engine::Fast {
        return Err(LoadError::Unsupported("this engine is not the one that the plan names"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|source| LoadError::Io { what: "start a loop for connections", source })?;
    let local = LocalSet::new();
    let shared = Rc::new(Shared::new(job));
    let streams =
        if job.plan.engine == Engine::Hyper2 && job.plan.keep_alive { job.plan.streams.max(1) } else { 1 };
    let mut line = None;
    for number in 0..job.concurrency() {
        if streams > 1 && number % streams == 0 {
            line = Some(Rc::new(Line::default()));
        }
        let slot = Slot::new(Rc::clone(&shared), number as usize, line.clone());
        local.spawn_local(slot.run(job.first_send(number)));
    }
    let hand = Rc::clone(&shared);
    local.spawn_local(async move { hand.hand_out().await });
    let watched = runtime.block_on(local.run_until(watch(job, &shared)));
    // What is under way ends here, before it is counted as aborted.
    drop(local);
    drop(runtime);
    Ok(finish(&shared, &watched))
}

/// What was seen of the run as a whole.
struct Watched {
    end: u64,
    busy: u64,
    aborted: bool,
}

/// Looks after the run until it is over.
async fn watch(job: &Job<'_>, shared: &Shared) -> Watched {
    let mut measured_from = None;
    let mut pulse = Beat::default();
    let mut looks = 0_u32;
    loop {
        let now = job.now();
        if now >= shared.window.begin && measured_from.is_none() {
            measured_from = Some((processor_time(), shared.spun.get()));
        }
        let aborted = job.live.stop.load(Ordering::Relaxed) || shared.patience.get().is_out(now);
        if aborted || shared.is_over(now) {
            let (begun, spun) = measured_from.unwrap_or((processor_time(), shared.spun.get()));
            let busy = processor_time().saturating_sub(begun);
            let busy = busy.saturating_sub(shared.spun.get().saturating_sub(spun));
            return Watched { end: now, busy, aborted: aborted && !shared.is_over(now) };
        }
        shared.expire(now);
        shared.recorder.borrow_mut().tick(now);
        if looks.is_multiple_of(PULSE) {
            pulse.beat(job, &shared.recorder.borrow(), now);
        }
        looks = looks.wrapping_add(1);
        let moment = if measured_from.is_none() { shared.window.begin } else { shared.window.end };
        let wait = moment.saturating_sub(now).min(nanoseconds(LOOK));
        tokio::time::sleep(Duration::from_nanos(wait)).await;
    }
}

/// What the last pulses said.
#[derive(Default)]
struct Beat {
    second: u64,
    ok: u64,
    /// Throughput and percentiles of the last whole second.
    whole: (u64, u64, u64),
}

impl Beat {
    fn beat(&mut self, job: &Job<'_>, recorder: &Recorder, now: u64) {
        let (ok, failed) = recorder.so_far();
        let begin = job.window().begin;
        // Shortly before the end of a piece, when it holds most of its second: looking at it costs too much to be done
        // each time.
        let second = now.saturating_sub(begin).saturating_add(EARLIER) / 1_000_000_000;
        if second > self.second {
            let seconds = second - self.second;
            let glimpse = recorder.glimpse();
            self.whole =
                (ok.saturating_sub(self.ok) / seconds, glimpse.quantile(0.5), glimpse.quantile(0.99));
            (self.second, self.ok) = (second, ok);
        }
        if let Some(place) = job.live.pulses.get(job.thread as usize)
            && let Ok(mut place) = place.lock()
        {
            let (throughput, p50, p99) = self.whole;
            *place = Pulse { measuring: now >= begin, ok, failed, throughput, p50, p99 };
        }
    }
}

/// Puts together what was seen.
fn finish(shared: &Rc<Shared>, watched: &Watched) -> Recording {
    let quiet = shared.window.end == u64::MAX && !watched.aborted;
    // Where a number of requests ends the run, its last answer does.
    let end = if quiet { shared.last.get().max(shared.window.begin) } else { watched.end };
    shared.settle(end);
    let recorder = std::mem::replace(
        &mut *shared.recorder.borrow_mut(),
        Recorder::new(0, crate::report::Headline::ServiceTime, shared.window),
    );
    let mut recording = recorder.finish(end);
    (recording.offered, recording.sent) = shared.rate();
    recording.busy = watched.busy;
    recording.available = recording.measured;
    recording.aborted = watched.aborted;
    recording.other_target = shared.other_target.get();
    recording
}

/// Processor time of this thread, in nanoseconds.
fn processor_time() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
}
