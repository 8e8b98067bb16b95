//! From which change on something is a regression.

use crate::perf::scenario::Thresholds;

/// Limits of one endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Relative growth of p95.
    pub p95: f64,
    /// Relative growth of p99.
    pub p99: f64,
    /// Relative loss of throughput.
    pub throughput: f64,
    /// Growth of the share of errors.
    pub error_rate: f64,
    /// Growth of a latency that never counts, in nanoseconds.
    pub floor_ns: u64,
}

impl Default for Limits {
    /// The floor is 0.1 ms: what timers, the scheduler and the loopback interface add and take away from one build of a program to
    /// the next (the layout of its code, the order of its sockets) is tens of microseconds, and a millisecond would hide
    /// that a service of 200 µs has become five times as slow.
    fn default() -> Self {
        Self { p95: 0.10, p99: 0.15, throughput: 0.10, error_rate: 0.01, floor_ns: 100_000 }
    }
}

impl Limits {
    /// These, where the settings do not say otherwise.
    #[must_use]
    pub fn with(self, own: &Thresholds) -> Self {
        Self {
            p95: own.p95.unwrap_or(self.p95),
            p99: own.p99.unwrap_or(self.p99),
            throughput: own.throughput.unwrap_or(self.throughput),
            error_rate: own.error_rate.unwrap_or(self.error_rate),
            floor_ns: own.floor_ns.unwrap_or(self.floor_ns),
        }
    }
}
