//! Two captures compared, metric by metric: pure.

use super::capture::Capture;
use super::settings::Bands;
use super::store::Shelf;
use crate::engine::conclude_alone;
use crate::report::{Baseline, BaselineMetric, CheckReport, Status};

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The capture that is judged.
    pub now: &'a Capture,
    /// The one that it is compared with.
    pub then: &'a Capture,
    /// Earlier captures, of which bands are made; empty for none.
    pub past: &'a Shelf,
    /// How bands are made.
    pub bands: Bands,
    /// Whether captures of different machines are compared all the same.
    pub any_machine: bool,
}

/// Why the two were not made under the same conditions; empty when they were.
#[must_use]
pub const fn differences(_sides: &Sides<'_>) -> Vec<String> {
    Vec::new()
}

/// Every metric of both, in the order of the newer one; those that only the reference has come last.
#[must_use]
pub const fn compare(_sides: &Sides<'_>) -> Vec<BaselineMetric> {
    Vec::new()
}

/// The metrics of one capture, with ranges and targets judged and nothing compared.
#[must_use]
pub const fn alone(_now: &Capture) -> Vec<BaselineMetric> {
    Vec::new()
}

/// What the check `baseline-comparison` says.
#[must_use]
pub fn conclude(_baseline: &Baseline) -> CheckReport {
    conclude_alone(&super::checks::COMPARISON, |_| {
        crate::engine::Conclusion::Instead(Status::not_evaluated("not written yet", ""))
    })
}

/// What the check `baseline-probes` says: every probe answered, ranges and targets are kept.
#[must_use]
pub fn conclude_probes(_baseline: &Baseline) -> CheckReport {
    conclude_alone(&super::checks::PROBES, |_| {
        crate::engine::Conclusion::Instead(Status::not_evaluated("not written yet", ""))
    })
}
