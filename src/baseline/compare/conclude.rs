//! What the checks `baseline-probes` and `baseline-comparison` say.

use super::super::{checks, words};
use super::is_worse_than;
use crate::engine::{Conclusion, Findings, conclude_alone};
use crate::report::{
    Baseline, BaselineMetric, CheckReport, LeftOutKind, MetricState, Outcome, Severity, Status,
};

/// What the check `baseline-probes` says: every probe answered, ranges and targets are kept.
#[must_use]
pub fn conclude_probes(baseline: &Baseline) -> CheckReport {
    conclude_alone(&checks::PROBES, |findings| probes(baseline, findings))
}

/// What the check `baseline-comparison` says.
#[must_use]
pub fn conclude(baseline: &Baseline) -> CheckReport {
    conclude_alone(&checks::COMPARISON, |findings| comparison(baseline, findings))
}

fn probes(baseline: &Baseline, findings: &mut Findings<'_>) -> Conclusion {
    let declared: Vec<&BaselineMetric> =
        baseline.metrics.iter().filter(|metric| metric.state != MetricState::Missing).collect();
    if declared.is_empty() {
        let hint = "declare `baseline.probes` in readiness.yaml, or leave `baseline.defaults` on";
        return Conclusion::Instead(Status::not_applicable("there are no probes", hint));
    }
    let (mut errored, mut absent, mut measured) = (Vec::new(), Vec::new(), 0_u64);
    for metric in &declared {
        let reason = metric.reason.as_deref().unwrap_or("no reason is known");
        match metric.state {
            MetricState::Measured => {
                measured += 1;
                findings.examined("samples", u64::from(metric.samples));
                within(metric, findings);
            }
            MetricState::NotEvaluated if metric.optional => {
                let reason = format!("optional, and nothing to measure: {reason}");
                findings.left_out(LeftOutKind::Excluded, &reason, &metric.name);
            }
            MetricState::NotEvaluated => absent.push(format!("{} ({reason})", metric.name)),
            MetricState::Errored | MetricState::Missing if metric.optional => {
                let reason = format!("optional, and it failed: {reason}");
                findings.left_out(LeftOutKind::Unjudged, &reason, &metric.name);
            }
            MetricState::Errored | MetricState::Missing => {
                errored.push(format!("{}: {reason}", metric.name));
                findings.on_part("BSL-003", &metric.name, None, format!("`{}`: {reason}", metric.name));
            }
        }
    }
    findings.examined("probes", measured);
    let all = declared.len();
    if let Some(first) = errored.first() {
        let reason = format!("{} of {all} probes failed; {first}", errored.len());
        return Conclusion::Instead(Status::Errored { reason });
    }
    if !absent.is_empty() {
        let reason = format!("nothing to measure for {} of {all} probes: {}", absent.len(), listed(&absent));
        let hint = "mark probes `optional: true` whose absence is no gap";
        return Conclusion::Instead(Status::not_evaluated(&reason, hint));
    }
    if measured == 0 {
        return Conclusion::Instead(Status::not_evaluated(
            "all probes are optional, and none had anything to measure",
            "",
        ));
    }
    Conclusion::Evaluated
}

/// The ranges of one metric.
fn within(metric: &BaselineMetric, findings: &mut Findings<'_>) {
    let Some(value) = metric.value else { return };
    let is = format!("`{}` is {}", metric.name, words::value(value, &metric.unit));
    if metric.accepted == Some(false) {
        let accepted = words::bounds(metric.accept.unwrap_or_default(), &metric.unit);
        findings.on_part("BSL-001", &metric.name, None, format!("{is}, accepted are {accepted}"));
    } else if metric.target_met == Some(false) {
        let target = words::bounds(metric.target.unwrap_or_default(), &metric.unit);
        findings.on_part("BSL-002", &metric.name, None, format!("{is}, the target is {target}"));
    }
}

fn comparison(baseline: &Baseline, findings: &mut Findings<'_>) -> Conclusion {
    if baseline.reference.is_none() {
        let hint = "`readiness baseline approve` makes a capture the reference";
        return Conclusion::Instead(Status::not_evaluated("there is no capture to compare with", hint));
    }
    let mut compared = 0_u64;
    let (mut open, mut perhaps): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for metric in &baseline.metrics {
        let fails = metric.comparison.as_ref().is_some_and(|comparison| comparison.verdict == Outcome::Fail);
        if !fails {
            banded(metric, findings);
        }
        let Some(comparison) = &metric.comparison else { continue };
        let name = metric.name.as_str();
        match comparison.verdict {
            Outcome::Fail => findings.on_part("BSL-010", name, None, moved(metric)),
            Outcome::Warn => findings.on_part("BSL-012", name, None, moved(metric)),
            Outcome::Pass => {}
            Outcome::Inconclusive => {
                findings.left_out(LeftOutKind::Unjudged, "the comparison is inconclusive", name);
                // What is beyond the limit as it was measured is not passed over because it may be chance.
                if comparison.change.is_none_or(|change| change > comparison.threshold) && !metric.optional {
                    perhaps.push(name.to_owned());
                }
                open.push(format!("{name}: {}", comparison.reason));
            }
            Outcome::Incomparable => {
                if comparison.before.is_some() && metric.value.is_none() {
                    // What may be absent may have been there by chance.
                    let severity = metric.optional.then_some(Severity::Low);
                    findings.on_part("BSL-013", name, severity, format!("`{name}`: {}", comparison.reason));
                } else if comparison.before.is_some() || metric.value.is_some() || !metric.optional {
                    findings.left_out(
                        LeftOutKind::Unjudged,
                        &format!("not compared: {}", comparison.reason),
                        name,
                    );
                }
                open.push(format!("{name}: {}", comparison.reason));
            }
        }
        compared += u64::from(matches!(comparison.verdict, Outcome::Pass | Outcome::Warn | Outcome::Fail));
    }
    findings.examined("metrics", compared);
    if !perhaps.is_empty() {
        let reason = format!("worse by more than the limit, and it may be chance: {}", listed(&perhaps));
        let hint = "take more `samples`, or compare with more captures in the store: a history tells noise from change";
        return Conclusion::Instead(Status::not_evaluated(&reason, hint));
    }
    if compared > 0 {
        return Conclusion::Evaluated;
    }
    if !baseline.differences.is_empty() {
        let reason = format!("not made under the same conditions: {}", listed(&baseline.differences));
        let hint = "`--any-machine` compares them all the same";
        return Conclusion::Instead(Status::not_evaluated(&reason, hint));
    }
    let reason = match open.first() {
        Some(first) if open.len() > 1 => {
            format!("no metric could be compared; {first} (and {} more)", open.len() - 1)
        }
        Some(first) => format!("no metric could be compared; {first}"),
        None => "there are no metrics to compare".to_owned(),
    };
    Conclusion::Instead(Status::not_evaluated(&reason, ""))
}

/// A value that left the band of its history for the worse.
fn banded(metric: &BaselineMetric, findings: &mut Findings<'_>) {
    if let Some(message) = out_of_band(metric) {
        findings.on_part("BSL-011", &metric.name, None, message);
    }
}

/// `` `load1` is 3.9, the band of 60 captures is 0.2 to 1.1 ``, if it is outside on the side that is worse.
pub(in crate::baseline) fn out_of_band(metric: &BaselineMetric) -> Option<String> {
    let (band, value) = (metric.band.as_ref()?, metric.value?);
    is_worse_than(band, value, metric.better).then(|| {
        let word = |value: f64| words::value(value, &metric.unit);
        format!(
            "`{}` is {}, the band of {} captures is {} to {}",
            metric.name,
            word(value),
            band.points,
            word(band.low),
            word(band.high)
        )
    })
}

/// `` `api_latency` rose from 120 ms to 190 ms: +58 % (limit +20 %) ``; the marks keep the name as it is at the beginning of a message.
fn moved(metric: &BaselineMetric) -> String {
    let (Some(comparison), Some(after)) = (&metric.comparison, metric.value) else {
        return metric.name.clone();
    };
    let before = comparison.before.unwrap_or(0.0);
    let way = match after.total_cmp(&before) {
        std::cmp::Ordering::Greater => "rose",
        std::cmp::Ordering::Less => "fell",
        std::cmp::Ordering::Equal => "stayed",
    };
    let word = |value: f64| words::value(value, &metric.unit);
    format!("`{}` {way} from {} to {}: {}", metric.name, word(before), word(after), comparison.reason)
}

/// The first three, and how many more.
fn listed(all: &[String]) -> String {
    let shown = all.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
