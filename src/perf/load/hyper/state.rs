//! What the slots of a thread share: which request is next, and where they write.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::alarm::Alarm;
use super::request::Prepared;
use crate::perf::load::patience::Patience;
use crate::perf::load::{Job, Plan, Recorder, Rotation, Schedule, Target, Times, Window};
use crate::perf::scenario::Source;

/// State of a thread.
pub(super) struct Shared {
    pub(super) plan: Plan,
    pub(super) target: Target,
    pub(super) endpoints: Vec<Prepared>,
    pub(super) begin: Instant,
    pub(super) window: Window,
    pub(super) recorder: RefCell<Recorder>,
    pub(super) source: RefCell<Source>,
    pub(super) rotation: RefCell<Rotation>,
    /// Buffer of whoever renders.
    pub(super) scratch: RefCell<Vec<u8>>,
    pub(super) seats: Vec<Seat>,
    schedule: Option<RefCell<Schedule>>,
    quota: Option<u64>,
    /// Measured requests that were begun or dropped.
    admitted: Cell<u64>,
    offered: Cell<u64>,
    sent: Cell<u64>,
    pub(super) other_target: Cell<u64>,
    /// Whether a run that a number of requests ends is still worth it.
    pub(super) patience: Cell<Patience>,
    /// When the last measured request ended.
    pub(super) last: Cell<u64>,
    /// Times that a slot had something to do; whoever spins sees by it whether it was alone.
    work: Cell<u64>,
    /// Time spent spinning, in nanoseconds.
    pub(super) spun: Cell<u64>,
    /// Seats without a request, the one that waits longest first.
    idle: RefCell<VecDeque<usize>>,
    /// Whoever hands out requests that are due, while there is no idle seat.
    hand: RefCell<Option<Waker>>,
}

/// What others need to know of a slot.
#[derive(Default)]
pub(super) struct Seat {
    /// When its attempt ends for lack of time; 0 without one.
    pub(super) deadline: Cell<u64>,
    expired: Cell<bool>,
    waker: RefCell<Option<Waker>>,
    /// The request under way.
    pub(super) flight: Cell<Option<(usize, Times)>>,
    /// The request handed to it, by the moment at which it is due.
    given: Cell<Option<u64>>,
}

/// The attempt took too long.
#[derive(Debug)]
pub(super) struct Expired;

impl Shared {
    pub(super) fn new(job: &Job<'_>) -> Self {
        let source = job.source();
        let way = (job.plan.engine, job.target.tls.is_some(), job.plan.keep_alive);
        let prepare = |endpoint| Prepared::new(endpoint, &job.target.authority, way, &source);
        Self {
            plan: job.plan.clone(),
            target: job.target.clone(),
            endpoints: job.scenario.endpoints.iter().map(prepare).collect(),
            begin: job.begin,
            window: job.window(),
            recorder: RefCell::new(job.recorder()),
            rotation: RefCell::new(job.rotation()),
            scratch: RefCell::default(),
            seats: (0..job.concurrency()).map(|_| Seat::default()).collect(),
            schedule: job.schedule().map(RefCell::new),
            quota: job.quota(),
            admitted: Cell::new(0),
            offered: Cell::new(0),
            sent: Cell::new(0),
            other_target: Cell::new(0),
            patience: Cell::new(Patience::new(job.plan)),
            last: Cell::new(0),
            work: Cell::new(0),
            spun: Cell::new(0),
            idle: RefCell::default(),
            hand: RefCell::default(),
            source: RefCell::new(source),
        }
    }

    /// Nanoseconds since the beginning of the run.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// The moment from which the next request of a slot counts: with a constant rate when it was due; in a closed loop now,
    /// until it is sent. None when there is none any more.
    pub(super) async fn next(&self, number: usize) -> Option<u64> {
        if self.schedule.is_none() {
            let now = self.now();
            return (now < self.window.end && !self.is_full(now)).then_some(now);
        }
        if let Some(due) = self.take(self.now()) {
            return Some(due);
        }
        self.idle.borrow_mut().push_back(number);
        if let Some(hand) = self.hand.borrow_mut().take() {
            hand.wake();
        }
        let seat = self.seats.get(number)?;
        poll_fn(|cx| match seat.given.take() {
            Some(due) => Poll::Ready(Some(due)),
            None => {
                seat.wait(cx.waker());
                Poll::Pending
            }
        })
        .await
    }

    /// Whether a closed loop may send a request now; it then counts.
    pub(super) fn admit(&self, now: u64) -> bool {
        if now >= self.window.end || self.is_full(now) {
            return false;
        }
        self.admitted.set(self.admitted.get() + u64::from(now >= self.window.begin));
        true
    }

    /// Whether all measured requests are begun.
    fn is_full(&self, due: u64) -> bool {
        due >= self.window.begin && self.quota.is_some_and(|quota| self.admitted.get() >= quota)
    }

    /// Whether the run is over: its time, or all of its requests.
    pub(super) fn is_over(&self, now: u64) -> bool {
        now >= self.window.end || self.is_full(now) && self.seats.iter().all(Seat::is_free)
    }

    /// The next request that was due by then, if it is still worth sending.
    fn take(&self, now: u64) -> Option<u64> {
        let mut schedule = self.schedule.as_ref()?.borrow_mut();
        let timeout = nanoseconds(self.plan.timeout);
        loop {
            let due = schedule.due();
            if due > now || due >= self.window.end || self.is_full(due) {
                return None;
            }
            schedule.advance();
            let measured = u64::from(due >= self.window.begin);
            self.admitted.set(self.admitted.get() + measured);
            self.offered.set(self.offered.get() + measured);
            if now - due <= timeout {
                self.sent.set(self.sent.get() + measured);
                return Some(due);
            }
            self.recorder.borrow_mut().dropped(self.rotation.borrow_mut().turn(), due);
            if measured > 0 {
                self.last.set(now);
            }
        }
    }

    /// Whether a request that is due then is measured.
    pub(super) fn measures(&self, due: u64) -> bool {
        due >= self.window.begin && due < self.window.end
    }

    /// Hands requests to idle slots when they are due, for as long as there are some.
    pub(super) async fn hand_out(&self) {
        /// Waking up takes up to this long, in nanoseconds; so much is waited for awake.
        const SPIN: u64 = 50_000;
        /// A turn of the loop in which nothing happened is shorter; what is longer was another program's time.
        const TURN: u64 = 20_000;
        let Some(schedule) = &self.schedule else { return };
        let alarm = Alarm::new();
        loop {
            let now = self.now();
            while !self.idle.borrow().is_empty() {
                let Some(due) = self.take(now) else { break };
                let seat = self.idle.borrow_mut().pop_front().and_then(|number| self.seats.get(number));
                if let Some(seat) = seat {
                    seat.given.set(Some(due));
                    seat.wake();
                }
            }
            let due = schedule.borrow().due();
            if due >= self.window.end || self.is_full(due) {
                return;
            }
            if self.idle.borrow().is_empty() {
                poll_fn(|cx| {
                    if self.idle.borrow().is_empty() {
                        *self.hand.borrow_mut() = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                    Poll::Ready(())
                })
                .await;
                continue;
            }
            let wait = due.saturating_sub(now);
            if wait > SPIN {
                alarm.sleep(Duration::from_nanos(wait - SPIN)).await;
            } else {
                let work = self.work.get();
                let begin = self.now();
                tokio::task::yield_now().await;
                if self.work.get() == work {
                    let turn = self.now().saturating_sub(begin);
                    self.spun.set(self.spun.get() + turn.min(TURN));
                }
            }
        }
    }

    /// Waits for a slot's attempt, but not longer than its deadline.
    pub(super) async fn limited<F: Future>(&self, seat: &Seat, future: F) -> Result<F::Output, Expired> {
        let mut future = pin!(future);
        seat.expired.set(false);
        seat.deadline.set(self.now().saturating_add(nanoseconds(self.plan.timeout)));
        let result = poll_fn(|cx| {
            self.work.set(self.work.get().wrapping_add(1));
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            if seat.expired.get() {
                return Poll::Ready(Err(Expired));
            }
            seat.wait(cx.waker());
            Poll::Pending
        })
        .await;
        seat.deadline.set(0);
        result
    }

    /// Ends attempts that took too long; one look for all slots, a few times a second.
    pub(super) fn expire(&self, now: u64) {
        for seat in &self.seats {
            if seat.deadline.get() != 0 && now >= seat.deadline.get() {
                seat.expired.set(true);
                seat.wake();
            }
        }
    }

    /// Counts what was due and never taken, and what was under way; `now` is the end.
    pub(super) fn settle(&self, now: u64) {
        let end = self.window.end.min(now);
        let mut recorder = self.recorder.borrow_mut();
        for (endpoint, times) in self.seats.iter().filter_map(|seat| seat.flight.take()) {
            recorder.aborted(endpoint, times);
        }
        let Some(schedule) = &self.schedule else { return };
        let mut schedule = schedule.borrow_mut();
        while schedule.due() < end && !self.is_full(schedule.due()) {
            let due = schedule.due();
            schedule.advance();
            let measured = u64::from(due >= self.window.begin);
            self.admitted.set(self.admitted.get() + measured);
            self.offered.set(self.offered.get() + measured);
            recorder.dropped(self.rotation.borrow_mut().turn(), due);
        }
    }

    /// Requests due in the measured time, and those of them that were sent.
    pub(super) fn rate(&self) -> (u64, u64) {
        (self.offered.get(), self.sent.get())
    }
}

impl Seat {
    /// Whether no request is under way, nor handed to it.
    fn is_free(&self) -> bool {
        self.flight.get().is_none() && self.given.get().is_none()
    }

    fn wait(&self, waker: &Waker) {
        let mut own = self.waker.borrow_mut();
        match own.as_ref() {
            Some(had) if had.will_wake(waker) => {}
            _ => *own = Some(waker.clone()),
        }
    }

    fn wake(&self) {
        if let Some(waker) = self.waker.borrow().as_ref() {
            waker.wake_by_ref();
        }
    }
}

/// A duration in nanoseconds.
pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
