//! When a run that only a number of requests ends is given up: against a server that hangs it would otherwise take its
//! number times the time limit.

use super::plan::{Plan, Stop};
use crate::report::ErrorClass;

/// Requests in a row that must go without an answer.
const FAILURES: u32 = 10;

/// What speaks for giving up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Twice the time limit of a request, in nanoseconds; none where time ends the run anyway.
    longest: Option<u64>,
    /// Since when no request has been answered, and how many have not.
    since: Option<u64>,
    failures: u32,
}

impl Patience {
    pub(super) fn new(plan: &Plan) -> Self {
        let twice = u64::try_from(plan.timeout.as_nanos()).unwrap_or(u64::MAX).saturating_mul(2);
        let longest = matches!(plan.stop, Stop::Requests(_)).then_some(twice);
        Self { longest, since: None, failures: 0 }
    }

    /// A request ended at this moment, well without a class.
    pub(super) fn ended(&mut self, class: Option<ErrorClass>, now: u64) {
        if matches!(class, None | Some(ErrorClass::Status | ErrorClass::Check)) {
            self.since = None;
            self.failures = 0;
        } else {
            self.since = self.since.or(Some(now));
            self.failures = self.failures.saturating_add(1);
        }
    }

    /// Whether there is no hope left.
    pub(super) fn is_out(&self, now: u64) -> bool {
        self.failures >= FAILURES
            && self
                .longest
                .zip(self.since)
                .is_some_and(|(longest, since)| now.saturating_sub(since) > longest)
    }
}
