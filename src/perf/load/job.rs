//! What one thread of the generator is given.

use std::time::Instant;

use super::plan::{Live, Model, Plan, Stop, Target};
use super::recorder::{Recorder, Window};
use super::rotation::Rotation;
use super::schedule::{Schedule, share};
use crate::perf::scenario::{Scenario, Source};
use crate::report::Headline;

/// The part of a run that one thread has.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The run.
    pub plan: &'a Plan,
    /// The server.
    pub target: &'a Target,
    /// What is sent.
    pub scenario: &'a Scenario,
    /// Where to say how far it is, and to hear that it shall end.
    pub live: &'a Live,
    /// Which thread, from 0.
    pub thread: u32,
    /// The beginning of the run; all moments count from here.
    pub begin: Instant,
}

impl Job<'_> {
    /// Nanoseconds since the beginning of the run.
    #[must_use]
    pub fn now(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Which of all threads of all generators this is, and how many there are: so that requests are numbered, due and
    /// shared out without gaps over several machines.
    fn place(&self) -> (u32, u32) {
        let (threads, share) = (self.plan.threads.max(1), self.plan.share);
        (
            share.index.saturating_mul(threads).saturating_add(self.thread),
            threads.saturating_mul(share.of.max(1)),
        )
    }

    /// Requests that this thread has under way at the most; 0 when others have them all.
    #[must_use]
    pub fn concurrency(&self) -> u32 {
        let all = u64::from(self.plan.model.concurrency());
        let (thread, threads) = self.place();
        u32::try_from(share(all, thread, threads)).unwrap_or(u32::MAX)
    }

    /// Measured requests that end the run for this thread; none when time ends it.
    #[must_use]
    pub fn quota(&self) -> Option<u64> {
        let (thread, threads) = self.place();
        match self.plan.stop {
            Stop::After(_) => None,
            Stop::Requests(all) => Some(share(all, thread, threads)),
        }
    }

    /// The measured time.
    #[must_use]
    pub fn window(&self) -> Window {
        let begin = u64::try_from(self.plan.warm_up.as_nanos()).unwrap_or(u64::MAX);
        let end = match self.plan.stop {
            Stop::After(length) => begin.saturating_add(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)),
            Stop::Requests(_) => u64::MAX,
        };
        Window { begin, end }
    }

    /// When requests are due, for a constant rate.
    #[must_use]
    pub fn schedule(&self) -> Option<Schedule> {
        match self.plan.model {
            Model::Closed { .. } => None,
            Model::Rate { per_second, .. } => {
                let (thread, threads) = self.place();
                Some(Schedule::new(per_second, self.plan.ramp, thread, threads))
            }
        }
    }

    /// When connection `number` of this thread's begins to send, for a closed loop that rises.
    #[must_use]
    pub fn first_send(&self, number: u32) -> u64 {
        let ramp = u64::try_from(self.plan.ramp.as_nanos()).unwrap_or(u64::MAX);
        let all = u64::from(self.concurrency().max(1));
        match self.plan.model {
            Model::Closed { .. } => (ramp / all).saturating_mul(u64::from(number)),
            Model::Rate { .. } => 0,
        }
    }

    /// Which endpoint is next.
    #[must_use]
    pub fn rotation(&self) -> Rotation {
        let weights: Vec<u32> = self.scenario.endpoints.iter().map(|endpoint| endpoint.weight).collect();
        Rotation::new(&weights, self.place().0)
    }

    /// What changes from request to request.
    #[must_use]
    pub fn source(&self) -> Source {
        let table = self.scenario.table.as_ref();
        let (thread, threads) = self.place();
        Source::new(table, &self.plan.token, thread, threads, self.plan.seed)
    }

    /// Where the thread writes down what it sees.
    #[must_use]
    pub fn recorder(&self) -> Recorder {
        let headline = match self.plan.model {
            Model::Closed { .. } => Headline::ServiceTime,
            Model::Rate { .. } => Headline::ResponseTime,
        };
        Recorder::new(self.scenario.endpoints.len(), headline, self.window())
    }
}
