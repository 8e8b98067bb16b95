//! Two load tests, compared.

use std::collections::BTreeMap;

use super::conditions::differences;
use super::units::{Error, METRICS, Units, check_size, units};
use super::{Limits, correct, judge_samples};
use crate::perf::scenario::Thresholds;
use crate::report::{DoubtKind, EndpointResult, Metric, MetricVerdict, Outcome, Perf, PerfComparison};

/// One of the two measurements.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// Its numbers.
    pub perf: &'a Perf,
    /// What people call it: a file name, a URL.
    pub name: &'a str,
    /// When it was made, RFC 3339 in UTC, if that is known.
    pub created: Option<&'a str>,
    /// Version of the program that made it.
    pub version: &'a str,
}

/// How to compare.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Limits of all endpoints, where they are not the usual ones.
    pub thresholds: Thresholds,
    /// Limits of single endpoints, by name.
    pub endpoints: BTreeMap<String, Thresholds>,
    /// Labels that may differ, because their difference is the question; `tls` lets one side have TLS and the other not.
    pub vary: Vec<String>,
    /// Whether the two took turns on one machine.
    pub interleaved: bool,
}

impl Settings {
    /// The limits of an endpoint.
    fn limits_of(&self, endpoint: &str) -> Limits {
        let limits = Limits::default().with(&self.thresholds);
        self.endpoints.get(endpoint).map_or(limits, |own| limits.with(own))
    }
}

/// Compares a measurement with an earlier one. An endpoint that one of the two lacks is incomparable.
///
/// # Errors
/// When a report's histograms cannot be read.
pub fn compare(before: &Side<'_>, after: &Side<'_>, settings: &Settings) -> Result<PerfComparison, Error> {
    check_size(before.perf, before.name)?;
    check_size(after.perf, after.name)?;
    let mut comparison = PerfComparison {
        baseline: before.name.to_owned(),
        measured: before.created.map(str::to_owned),
        interleaved: settings.interleaved,
        incomparable: differences(before, after, &settings.vary),
        metrics: Vec::new(),
    };
    let known = |perf: &Perf, name: &str| perf.endpoints.iter().any(|endpoint| endpoint.name == name);
    for endpoint in &after.perf.endpoints {
        let limits = settings.limits_of(&endpoint.name);
        let unjudged = |metric, reason| {
            unjudged((before.perf, after.perf), &endpoint.name, metric, limits, Outcome::Incomparable, reason)
        };
        if !comparison.incomparable.is_empty() {
            let reason = "the two were not measured under the same conditions";
            comparison.metrics.extend(METRICS.map(|metric| unjudged(metric, reason)));
        } else if !known(before.perf, &endpoint.name) {
            comparison
                .metrics
                .extend(METRICS.map(|metric| unjudged(metric, "the baseline has no such endpoint")));
        } else {
            let sides = ((before.perf, before.name), (after.perf, after.name));
            let all = units(sides.0, sides.1, &endpoint.name)?;
            let verdicts = METRICS
                .into_iter()
                .zip(all)
                .map(|(metric, units)| judged(sides.0.0, sides.1.0, &endpoint.name, metric, units, limits));
            comparison.metrics.extend(verdicts);
        }
    }
    // What is measured no more is not silently as good as before.
    for endpoint in before.perf.endpoints.iter().filter(|earlier| !known(after.perf, &earlier.name)) {
        let limits = settings.limits_of(&endpoint.name);
        let reason = "only the baseline has this endpoint";
        let of_metric = |metric| {
            unjudged((before.perf, after.perf), &endpoint.name, metric, limits, Outcome::Incomparable, reason)
        };
        comparison.metrics.extend(METRICS.map(of_metric));
    }
    correct(&mut comparison.metrics);
    doubt(before, after, &mut comparison.metrics);
    errors_first(&mut comparison.metrics);
    if after.perf.load.rate.is_some() {
        rate_is_given(&mut comparison.metrics);
    }
    Ok(comparison)
}

fn judged(
    before: &Perf,
    after: &Perf,
    endpoint: &str,
    metric: Metric,
    units: Units,
    limits: Limits,
) -> MetricVerdict {
    if let Some(reason) = units.too_few {
        return unjudged((before, after), endpoint, metric, limits, Outcome::Inconclusive, &reason);
    }
    let (threshold, floor) = of_metric(metric, limits);
    judge_samples(endpoint, metric, &units.before, &units.after, threshold, floor)
}

/// A verdict without a test: with what the reports say of the whole.
fn unjudged(
    (before, after): (&Perf, &Perf),
    endpoint: &str,
    metric: Metric,
    limits: Limits,
    verdict: Outcome,
    reason: &str,
) -> MetricVerdict {
    let value = |perf: &Perf| {
        let found = perf.endpoints.iter().find(|known| known.name == endpoint);
        found.map_or(0.0, |found| whole(perf, found, metric))
    };
    MetricVerdict {
        endpoint: endpoint.to_owned(),
        metric,
        before: value(before),
        after: value(after),
        change: 0.0,
        interval: None,
        p: None,
        threshold: of_metric(metric, limits).0,
        units: String::new(),
        verdict,
        reason: reason.to_owned(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "times are below 2^53 nanoseconds")]
fn whole(perf: &Perf, endpoint: &EndpointResult, metric: Metric) -> f64 {
    let latency = match perf.headline {
        crate::report::Headline::ServiceTime => &endpoint.service,
        crate::report::Headline::ResponseTime => endpoint.response.as_ref().unwrap_or(&endpoint.service),
    };
    match metric {
        Metric::ErrorRate => endpoint.error_rate,
        Metric::Throughput => endpoint.throughput,
        Metric::P99 => latency.p99.unwrap_or(0) as f64,
        _ => latency.p95 as f64,
    }
}

/// Threshold and floor.
#[expect(clippy::cast_precision_loss, reason = "a floor is a short time")]
const fn of_metric(metric: Metric, limits: Limits) -> (f64, f64) {
    match metric {
        Metric::ErrorRate => (limits.error_rate, 0.0),
        Metric::Throughput => (limits.throughput, 0.0),
        Metric::P99 => (limits.p99, limits.floor_ns as f64),
        _ => (limits.p95, limits.floor_ns as f64),
    }
}

/// A measurement that is in doubt proves nothing: neither that something is worse nor that it is not. More errors are
/// errors all the same, unless another server or the generator itself may have made them.
fn doubt(before: &Side<'_>, after: &Side<'_>, verdicts: &mut [MetricVerdict]) {
    for (side, which) in [(before, "the baseline"), (after, "this measurement")] {
        let kinds = || side.perf.doubts.iter().map(|doubt| doubt.kind);
        let reason = match side.perf.doubts.first() {
            Some(doubt) => format!("{which} is in doubt: {}", doubt.text),
            None if side.perf.aborted => format!("{which} was ended before its time"),
            None => continue,
        };
        let no_fault = kinds().any(|kind| matches!(kind, DoubtKind::OtherTarget | DoubtKind::GeneratorBound));
        for verdict in verdicts.iter_mut() {
            let stands = match verdict.verdict {
                Outcome::Incomparable => true,
                Outcome::Fail => verdict.metric == Metric::ErrorRate && !no_fault,
                Outcome::Pass | Outcome::Warn | Outcome::Inconclusive => false,
            };
            if !stands {
                verdict.verdict = Outcome::Inconclusive;
                verdict.reason.clone_from(&reason);
            }
        }
    }
}

/// Where more requests fail, those that are answered are no fair sample: that they are no slower says nothing.
fn errors_first(verdicts: &mut [MetricVerdict]) {
    let failing: Vec<String> = verdicts
        .iter()
        .filter(|verdict| verdict.metric == Metric::ErrorRate && verdict.verdict == Outcome::Fail)
        .map(|verdict| verdict.endpoint.clone())
        .collect();
    for verdict in verdicts.iter_mut().filter(|verdict| {
        matches!(verdict.metric, Metric::P95 | Metric::P99) && failing.contains(&verdict.endpoint)
    }) {
        if matches!(verdict.verdict, Outcome::Pass | Outcome::Warn) {
            verdict.verdict = Outcome::Inconclusive;
            verdict.reason = "more requests fail: the answers that are left cannot be compared".to_owned();
        }
    }
}

/// With a constant rate, throughput says nothing of speed.
fn rate_is_given(verdicts: &mut [MetricVerdict]) {
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.metric == Metric::Throughput) {
        if matches!(verdict.verdict, Outcome::Pass | Outcome::Warn) {
            verdict.verdict = Outcome::Pass;
            verdict.reason = format!("the rate, which was given, was kept: {}", verdict.reason);
        }
    }
}
