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

    /// Which place of how many the thread has, so that requests are numbered, due and shared out without gaps over
    /// several machines. Programs take turns first and then each one's threads: programs on machines with other numbers
    /// of cores have other numbers of threads, and their parts must fit together all the same.
    fn place(&self) -> (u32, u32) {
        let (threads, share) = (self.plan.threads_used(), self.plan.share);
        let of = share.of.max(1);
        (of.saturating_mul(self.thread).saturating_add(share.index), of.saturating_mul(threads))
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

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::perf::load::{Engine, Share};

    /// What each thread of a program with so many threads has: connections, requests, and when they are due.
    fn all(share: Share, threads: u32, concurrency: u32) -> Vec<(u32, u64, Schedule)> {
        let plan = Plan {
            model: Model::Rate { per_second: 1000.0, in_flight: concurrency },
            stop: Stop::Requests(101),
            warm_up: Duration::ZERO,
            ramp: Duration::ZERO,
            timeout: Duration::from_secs(1),
            retries: 0,
            back_off: Duration::ZERO,
            threads,
            pin: false,
            engine: Engine::Fast,
            streams: 1,
            keep_alive: true,
            expect_header: None,
            token: Arc::from(""),
            seed: 1,
            share,
        };
        let target =
            Target { address: SocketAddr::from(([127, 0, 0, 1], 1)), authority: String::new(), tls: None };
        let (scenario, live) = (Scenario::default(), Live::default());
        (0..plan.threads_used())
            .map(|thread| {
                let begin = Instant::now();
                let job =
                    Job { plan: &plan, target: &target, scenario: &scenario, live: &live, thread, begin };
                (job.concurrency(), job.quota().unwrap(), job.schedule().unwrap())
            })
            .collect()
    }

    #[test]
    fn programs_with_other_numbers_of_threads_share_a_load_without_gaps() {
        let programs = [(0, 1), (1, 4), (2, 3)];
        let each = |index, threads| (Share { index, of: 3 }, threads);
        let mut due = Vec::new();
        let (mut requests, mut connections) = (0, 0);
        for (share, threads) in programs.map(|(index, threads)| each(index, threads)) {
            for (own, quota, mut schedule) in all(share, threads, 20) {
                connections += own;
                requests += quota;
                while schedule.due() < 60_000_000 {
                    due.push(schedule.due());
                    schedule.advance();
                }
            }
        }
        due.sort_unstable();
        assert_eq!(due, (0..60).map(|number| number * 1_000_000).collect::<Vec<u64>>());
        assert_eq!((requests, connections), (101, 20));
    }

    #[test]
    fn no_thread_is_without_a_connection() {
        for (of, threads, concurrency) in [(1, 8, 3), (3, 4, 3), (3, 4, 11), (4, 2, 8)] {
            for index in 0..of {
                let own = all(Share { index, of }, threads, concurrency);
                assert!(own.iter().all(|(connections, ..)| *connections > 0), "{of} {threads} {own:?}");
            }
        }
    }
}
