//! What a baseline must say besides what every report must: of when its measurement is, and what it was compared with.

use crate::report::{
    Baseline, BaselineAction, BaselineMetric, CheckReport, Details, MetricState, Outcome, Report, Status,
};

/// What a report of `readiness baseline` is evidence of. A capture by itself says only what was measured, and a history what
/// was before.
pub(super) const fn kind(baseline: &Baseline) -> Option<&'static str> {
    match baseline.action {
        BaselineAction::Compared => Some("baseline"),
        BaselineAction::Drift => Some("drift"),
        BaselineAction::Captured | BaselineAction::History => None,
    }
}

/// When it was measured, where that is not when the report was made: a comparison of an old capture is old.
pub(super) fn measured(baseline: &Baseline) -> Option<&str> {
    baseline.capture.as_ref().map(|capture| capture.created.as_str())
}

/// Why it proves nothing of the release, although it is sound: only what was measured of the commit as it is, and held against
/// what somebody approved, says what a gate wants to know.
pub(super) fn refusal(baseline: &Baseline, checks: &[CheckReport]) -> Option<String> {
    let Some(reference) = &baseline.reference else {
        return Some("it was compared with nothing".to_owned());
    };
    if reference.approved.is_none() {
        return Some("it was compared with a capture that nobody approved".to_owned());
    }
    let Some(capture) = &baseline.capture else {
        return Some("it does not say what was compared".to_owned());
    };
    if capture.id == reference.id {
        return Some("a capture was compared with itself".to_owned());
    }
    if capture.dirty != Some(false) {
        return Some("the tree had changes that the commit does not have, or it does not say so".to_owned());
    }
    if let Some((name, words)) = baseline.metrics.iter().find_map(|metric| {
        let lowered = metric.comparison.as_ref()?.lowered.as_deref()?;
        Some((&metric.name, lowered))
    }) {
        return Some(format!("{name} was judged more loosely than what was approved: {words}"));
    }
    let idle = checks.iter().find(|check| matches!(check.status, Status::NotApplicable { .. }));
    idle.map(|check| format!("its check {} had nothing to look at", check.id))
}

/// What a report of a baseline says against itself, in words: whoever edits a finding away must edit the numbers, too.
pub(super) fn contradiction(report: &Report) -> Option<String> {
    let Some(Details::Baseline(baseline)) = &report.details else { return None };
    kind(baseline)?;
    if baseline.capture.as_ref().is_some_and(|capture| capture.commit != report.subject.commit) {
        return Some("it is about one commit, and its capture about another".to_owned());
    }
    let approved = baseline.reference.as_ref().and_then(|of| Some((&of.id, &of.approved.as_ref()?.capture)));
    if approved.is_some_and(|(id, approved)| id != approved) {
        return Some("the capture that was approved is not the one that it was compared with".to_owned());
    }
    let found = |rule: &str, part: Option<&str>| {
        let fits = |of: Option<&str>| part.is_none() || of == part;
        report.findings().any(|(_, finding)| finding.rule == rule && fits(finding.location.part()))
    };
    if let Some(change) = baseline.drift.iter().find(|change| !found(&change.rule, None)) {
        return Some(format!("{} changed, and there is no finding of {}", change.place, change.rule));
    }
    if baseline.action == BaselineAction::Drift {
        return None;
    }
    let silent = |metric: &BaselineMetric| {
        let rule = expected(metric)?;
        (!found(rule, Some(&metric.name)))
            .then(|| format!("what it says of {} is a finding of {rule}, and there is none", metric.name))
    };
    let compared = |metric: &BaselineMetric| {
        let verdict = metric.comparison.as_ref().map(|comparison| comparison.verdict);
        matches!(verdict, Some(Outcome::Pass | Outcome::Warn | Outcome::Fail))
    };
    let passed = |check: &CheckReport| check.status == Status::Passed;
    baseline.metrics.iter().find_map(silent).or_else(|| {
        (report.checks.iter().all(passed) && !baseline.metrics.iter().any(compared))
            .then(|| "it passed, and no metric was compared".to_owned())
    })
}

/// The rule of the finding that a metric must have by its numbers.
fn expected(metric: &BaselineMetric) -> Option<&'static str> {
    let holds = |bounds: Option<[Option<f64>; 2]>| match (bounds, metric.value) {
        (Some([least, most]), Some(value)) => {
            least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most)
        }
        _ => true,
    };
    let comparison = metric.comparison.as_ref();
    let verdict = comparison.map(|comparison| comparison.verdict);
    if metric.state == MetricState::Errored && !metric.optional {
        Some("BSL-003")
    } else if !holds(metric.accept) {
        Some("BSL-001")
    } else if verdict == Some(Outcome::Fail) {
        Some("BSL-010")
    } else if metric.value.is_none() && comparison.is_some_and(|comparison| comparison.before.is_some()) {
        Some("BSL-013")
    } else if verdict == Some(Outcome::Warn) {
        Some("BSL-012")
    } else if !holds(metric.target) {
        Some("BSL-002")
    } else {
        None
    }
}

/// Who approved what it was compared with.
pub(super) fn against(baseline: &Baseline) -> Option<String> {
    let approval = baseline.reference.as_ref()?.approved.as_ref()?;
    Some(format!("compared with what {} approved", approval.owner))
}
