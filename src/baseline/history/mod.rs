//! Metrics over time: bands, trends and change points. Pure.

use super::settings::Bands;
use super::store::Shelf;
use crate::engine::conclude_alone;
use crate::report::{Baseline, BaselineMetric, Better, CheckReport, Status};

/// The course of a metric. `better` is which way is better, of the newest capture that says it.
#[must_use]
pub fn history(
    _shelf: &Shelf,
    metric: &str,
    _machine: Option<&str>,
    _better: Better,
    _bands: Bands,
) -> BaselineMetric {
    BaselineMetric { name: metric.to_owned(), ..BaselineMetric::default() }
}

/// What the check `baseline-history` says.
#[must_use]
pub fn conclude(_baseline: &Baseline) -> CheckReport {
    conclude_alone(&super::checks::HISTORY, |_| {
        crate::engine::Conclusion::Instead(Status::not_evaluated("not written yet", ""))
    })
}
