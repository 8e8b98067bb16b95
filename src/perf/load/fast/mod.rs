//! HTTP/1.1 on our own path: one loop a thread over non-blocking sockets. Requests are prepared once, an answer calls for
//! the next request in the same turn, and every connection has its place from beginning to end, so that nothing on the
//! way of a request allocates or waits for another thread.

mod connection;
mod exchange;
mod life;
mod requests;
mod timer;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use mio::{Events, Poll, Token};

use self::connection::Connection;
use self::requests::Requests;
use self::timer::{TIMER, Timer};
use super::job::Job;
use super::patience::Patience;
use super::recorder::{Recorder, Recording, Window};
use super::rotation::Rotation;
use super::run::{LoadError, thread_time};
use super::schedule::Schedule;
use crate::perf::scenario::Source;

/// Events taken at once.
const EVENTS: usize = 1024;
/// How often time limits are looked at, in nanoseconds.
const SCAN: u64 = 20_000_000;
/// How often the thread says how far it is.
const PULSE: u64 = 100_000_000;
/// So long before the end of a second it looks at how fast it was.
const EARLIER: u64 = 150_000_000;
/// How often it says how fast it is.
const SECOND: u64 = 1_000_000_000;
/// The last stretch before a request of a constant rate is due, in which the thread looks for events without sleeping:
/// waking up takes up to this long.
const SPIN: u64 = 50_000;
/// Bytes read at once; a record of TLS is as long.
const READ: usize = 16 * 1024;
/// Connections that are opened in the same millisecond: more would overflow the queue of a usual listener.
const OPENED_AT_ONCE: u64 = 128;

/// Makes one thread's part of a run.
///
/// # Errors
/// When the system refuses what every run needs: an event queue, a timer, a socket.
pub(super) fn work(job: &Job<'_>) -> Result<Recording, LoadError> {
    let io = |what| move |source| LoadError::Io { what, source };
    let mut poll = Poll::new().map_err(io("make an event queue"))?;
    let timer = Timer::new(&poll).map_err(io("make a timer"))?;
    let registry = poll.registry().try_clone().map_err(io("share an event queue"))?;
    let mut worker = Worker::new(job, registry);
    worker.prepare();
    let ended = worker.turn_until_the_end(&mut poll, timer).map_err(io("wait for sockets"))?;
    if let Some(source) = worker.broken.take() {
        return Err(LoadError::Io { what: "open a socket", source });
    }
    Ok(worker.finish(ended))
}

/// A thread's state.
struct Worker<'a> {
    job: &'a Job<'a>,
    registry: mio::Registry,
    connections: Vec<Connection>,
    requests: Requests,
    source: Source,
    rotation: Rotation,
    recorder: Recorder,
    window: Window,
    /// Moments at which connections end their pause. Each connection has one at the most.
    pauses: BinaryHeap<Reverse<(u64, usize)>>,
    /// When requests are due; none in a closed loop.
    schedule: Option<Schedule>,
    /// The moment of the next one, kept because it takes a root to compute.
    due: u64,
    /// Connections that wait for one to be due; the last one used is the next one used.
    idle: Vec<usize>,
    /// Connections that have more to read than their turn allowed.
    unread: Vec<usize>,
    /// Measured requests that may still begin.
    left: u64,
    /// Whether a number of requests ends the run.
    counted: bool,
    quota: u64,
    /// Measured requests that were dropped.
    dropped: u64,
    patience: Patience,
    timeout: u64,
    offered: u64,
    sent: u64,
    other_target: u64,
    last: u64,
    progress: Progress,
    /// Processor time when the measured time began, and since then in deliberate spinning.
    busy_from: Option<u64>,
    spun: u64,
    aborted: bool,
    /// The system has no more sockets for us: the run would measure that.
    broken: Option<io::Error>,
}

/// What is said of the last second.
#[derive(Default)]
struct Progress {
    next: u64,
    next_second: u64,
    second_from: u64,
    ok_from: u64,
    throughput: u64,
    p50: u64,
    p99: u64,
}

impl<'a> Worker<'a> {
    fn new(job: &'a Job<'a>, registry: mio::Registry) -> Self {
        let source = job.source();
        let count = job.concurrency() as usize;
        let schedule = job.schedule();
        let quota = job.quota();
        Self {
            job,
            registry,
            connections: (0..count).map(|_| Connection::new()).collect(),
            requests: Requests::new(job.scenario, job.plan, job.target, &source),
            source,
            rotation: job.rotation(),
            recorder: job.recorder(),
            window: job.window(),
            pauses: BinaryHeap::with_capacity(count + 1),
            due: schedule.as_ref().map_or(u64::MAX, Schedule::due),
            schedule,
            idle: Vec::with_capacity(count),
            unread: Vec::with_capacity(2 * count),
            left: quota.unwrap_or(u64::MAX),
            counted: quota.is_some(),
            quota: quota.unwrap_or(u64::MAX),
            dropped: 0,
            patience: Patience::new(job.plan),
            timeout: u64::try_from(job.plan.timeout.as_nanos()).unwrap_or(u64::MAX),
            offered: 0,
            sent: 0,
            other_target: 0,
            last: 0,
            progress: Progress::default(),
            busy_from: None,
            spun: 0,
            aborted: false,
            broken: None,
        }
    }

    /// Says when each connection begins.
    fn prepare(&mut self) {
        for index in 0..self.connections.len() {
            let number = index as u64;
            let together = number / OPENED_AT_ONCE * 1_000_000;
            let first = self.job.first_send(u32::try_from(index).unwrap_or(u32::MAX)).max(together);
            self.pause(index, first);
        }
    }

    /// Turns until the run ends; returns when that was.
    fn turn_until_the_end(&mut self, poll: &mut Poll, mut timer: Timer) -> io::Result<u64> {
        let mut events = Events::with_capacity(EVENTS);
        let mut wire = vec![0; READ];
        let mut plain = vec![0; if self.job.target.tls.is_some() { READ } else { 0 }];
        let mut next_scan = SCAN;
        loop {
            let now = self.job.now();
            if self.busy_from.is_none() && now >= self.window.begin {
                self.busy_from = Some(thread_time());
            }
            if self.is_over(now) {
                return Ok(now);
            }
            self.end_pauses(now);
            if self.due <= now {
                self.send_what_is_due(now);
            }
            if now >= next_scan {
                next_scan = self.enforce_time_limits(now).max(now + SCAN);
            }
            if now >= self.progress.next {
                self.tell(now);
            }
            let coarse = next_scan.min(self.progress.next).min(self.window.end).min(self.next_boundary(now));
            self.wait(poll, &mut timer, &mut events, coarse)?;
            for event in &events {
                let Token(index) = event.token();
                if event.token() != TIMER {
                    let closed = event.is_read_closed() || event.is_error();
                    self.ready(index, closed, &mut wire, &mut plain);
                }
            }
            self.read_on(&mut wire, &mut plain);
        }
    }

    /// The beginning of the measured time while it is ahead.
    const fn next_boundary(&self, now: u64) -> u64 {
        if self.window.begin > now { self.window.begin } else { u64::MAX }
    }

    fn is_over(&mut self, now: u64) -> bool {
        let (ok, failed) = self.recorder.so_far();
        let done = self.broken.is_some()
            || now >= self.window.end
            || (self.counted && ok + failed + self.dropped >= self.quota);
        self.aborted = !done && (self.job.live.stop.load(Ordering::Relaxed) || self.patience.is_out(now));
        done || self.aborted
    }

    /// Waits for events. Shortly before a request is due, and a connection is there to send it, it spins.
    fn wait(
        &mut self,
        poll: &mut Poll,
        timer: &mut Timer,
        events: &mut Events,
        coarse: u64,
    ) -> io::Result<()> {
        let pause = self.pauses.peek().map_or(u64::MAX, |Reverse((moment, _))| *moment);
        let due = if self.idle.is_empty() || self.left == 0 { u64::MAX } else { self.due };
        let now = self.job.now();
        if !self.unread.is_empty() {
            return timer.wait(poll, events, now, now, now);
        }
        if due > now.saturating_add(SPIN) {
            return timer.wait(poll, events, now, pause.min(due - SPIN), coarse);
        }
        if due <= now {
            return timer.wait(poll, events, now, now, now);
        }
        let before = thread_time();
        loop {
            timer.wait(poll, events, now, now, now)?;
            if !events.is_empty() || self.job.now() >= due {
                break;
            }
        }
        if self.busy_from.is_some() {
            self.spun += thread_time().saturating_sub(before);
        }
        Ok(())
    }

    /// Lets connections go on whose pause has ended.
    fn end_pauses(&mut self, now: u64) {
        while let Some(Reverse((moment, index))) = self.pauses.peek().copied()
            && moment <= now
        {
            self.pauses.pop();
            if let Some(connection) = self.connections.get_mut(index)
                && connection.wake == moment
            {
                connection.wake = u64::MAX;
                self.resume(index, now);
            }
        }
    }

    /// Sends what is due as far as connections wait for it, and drops what has waited too long.
    fn send_what_is_due(&mut self, now: u64) {
        while self.due <= now && self.due < self.window.end && self.left > 0 {
            if now - self.due > self.timeout {
                self.drop_one(now);
                continue;
            }
            let Some(index) = self.idle.pop() else { return };
            let Some(connection) = self.connections.get_mut(index) else { continue };
            connection.listed = false;
            // One that pauses comes back when it has paused.
            if connection.wake == u64::MAX {
                let due = self.take_due();
                self.begin(index, due, now);
            }
        }
    }

    /// Takes the request that is due next off the schedule.
    fn take_due(&mut self) -> u64 {
        let due = self.due;
        if let Some(schedule) = &mut self.schedule {
            schedule.advance();
            self.due = schedule.due();
        }
        self.offered += u64::from(self.recorder.measures(due));
        due
    }

    /// Gives up the request that is due next. It is one of the number that ends the run: a server that hangs would
    /// otherwise be waited for that many times.
    fn drop_one(&mut self, now: u64) {
        let due = self.take_due();
        let endpoint = self.rotation.turn();
        self.recorder.dropped(endpoint, due);
        if self.recorder.measures(due) {
            self.left -= 1;
            self.dropped += 1;
            self.last = now;
        }
    }

    /// Ends what takes too long. Returns when the next can be: limits that are set later are later than this.
    fn enforce_time_limits(&mut self, now: u64) -> u64 {
        let mut next = now.saturating_add(self.timeout);
        for index in 0..self.connections.len() {
            let deadline = self.connections.get(index).map_or(u64::MAX, |connection| connection.deadline);
            if deadline <= now {
                self.too_late(index, now);
            } else {
                next = next.min(deadline);
            }
        }
        next
    }

    /// Lets those connections read on that had more than a turn allows; those that still have more stand behind.
    fn read_on(&mut self, wire: &mut [u8], plain: &mut [u8]) {
        let count = self.unread.len();
        for at in 0..count {
            let index = self.unread.get(at).copied().unwrap_or(usize::MAX);
            if let Some(connection) = self.connections.get_mut(index) {
                connection.unread = false;
                self.ready(index, true, wire, plain);
            }
        }
        self.unread.drain(..count);
    }

    /// Looks at a connection again in the next turn, whatever the system says of it.
    fn look_again(&mut self, index: usize) {
        if let Some(connection) = self.connections.get_mut(index)
            && !connection.unread
        {
            connection.unread = true;
            self.unread.push(index);
        }
    }

    /// Says how far the thread is.
    fn tell(&mut self, now: u64) {
        self.progress.next = now + PULSE;
        let (ok, failed) = self.recorder.so_far();
        let progress = &mut self.progress;
        if now >= progress.next_second {
            let all = self.recorder.glimpse();
            let nanoseconds = (now - progress.second_from).max(1);
            let throughput = u128::from(ok - progress.ok_from) * u128::from(SECOND) / u128::from(nanoseconds);
            progress.throughput = u64::try_from(throughput).unwrap_or(u64::MAX);
            (progress.p50, progress.p99) = (all.quantile(0.5), all.quantile(0.99));
            (progress.second_from, progress.ok_from) = (now.max(self.window.begin), ok);
            // Shortly before the end of a piece, when that holds most of its second.
            let into = now.saturating_sub(self.window.begin) % SECOND;
            progress.next_second = (now - into).max(self.window.begin) + SECOND - EARLIER;
            if into + EARLIER >= SECOND {
                progress.next_second += SECOND;
            }
        }
        self.recorder.tick(now);
        if let Some(pulse) = self.job.live.pulses.get(self.job.thread as usize) {
            let mut pulse = pulse.lock().unwrap_or_else(PoisonError::into_inner);
            pulse.measuring = now >= self.window.begin;
            (pulse.ok, pulse.failed) = (ok, failed);
            pulse.throughput = progress.throughput;
            (pulse.p50, pulse.p99) = (progress.p50, progress.p99);
        }
    }

    /// Counts what is under way and what was due and never sent.
    fn finish(mut self, ended: u64) -> Recording {
        let end = if self.counted && !self.aborted { self.last } else { ended.min(self.window.end) };
        let busy =
            self.busy_from.map_or(0, |from| thread_time().saturating_sub(from).saturating_sub(self.spun));
        while self.due < end && self.left > 0 {
            self.drop_one(end);
        }
        for connection in &self.connections {
            let exchange = &connection.exchange;
            // In a closed loop connecting is before the request.
            if exchange.active && (self.schedule.is_some() || exchange.begun || exchange.again > 0) {
                self.recorder.aborted(connection.exchange.endpoint, connection.exchange.times);
            }
        }
        let mut recording = self.recorder.finish(end);
        recording.busy = busy;
        recording.available = recording.measured;
        recording.aborted = self.aborted;
        recording.offered = self.offered;
        recording.sent = self.sent;
        recording.other_target = self.other_target;
        recording
    }
}

#[cfg(test)]
mod tests;
