//! Whether a report agrees with itself: counts, statuses and verdict follow from its findings. Whoever edits one of them by
//! hand seldom edits all.

use std::collections::BTreeSet;

use crate::report::{CheckReport, Counts, Decision, Finding, Report, Severity, Status, Summary};

/// What a report says against itself, in words.
pub(super) fn contradiction(report: &Report) -> Option<String> {
    if report.checks.is_empty() {
        return Some("it contradicts itself: nothing was looked at".to_owned());
    }
    let told = |what: String| Some(format!("it contradicts itself: {what}"));
    let mut summary = Summary::default();
    for check in &report.checks {
        let open = count(check, Finding::is_open);
        if open != check.open {
            return told(format!("the counts of {} are not those of its findings", check.id));
        }
        add(&mut summary.open, &open);
        add(&mut summary.waived, &count(check, |finding| !finding.is_open()));
        let failed = open.total() > open.info;
        match check.status {
            Status::Passed if failed => return told(format!("{} passed with open findings", check.id)),
            Status::Failed if !failed => return told(format!("{} failed without an open finding", check.id)),
            Status::Passed => summary.passed += 1,
            Status::Failed => summary.failed += 1,
            Status::NotApplicable { .. } => summary.not_applicable += 1,
            Status::NotEvaluated { .. } => summary.not_evaluated += 1,
            Status::Errored { .. } => summary.errored += 1,
        }
    }
    if summary != report.summary {
        return told("its summary is not that of its checks".to_owned());
    }
    verdict(report)
        .or_else(|| super::rehearsal::contradiction(report))
        .or_else(|| super::baseline::contradiction(report))
        .map(|what| format!("it contradicts itself: {what}"))
}

/// What the verdict says against the findings.
fn verdict(report: &Report) -> Option<String> {
    let fail_on = report.verdict.policy.fail_on;
    let carried: BTreeSet<&str> = report.rules.iter().map(|rule| rule.id.as_str()).collect();
    let mut failing = Counts::default();
    for (_, finding) in report.findings() {
        // What a vulnerability is judged by besides its severity is for the gate to know.
        let must = finding.vulnerability.is_none()
            && (finding.severity >= fail_on || finding.severity == Severity::Critical);
        if finding.is_open() && must && !finding.failing {
            return Some(format!("an open finding of {} is said to hold nothing up", finding.rule));
        }
        if finding.failing && !finding.is_open() {
            return Some(format!("a finding of {} is covered and holds the release up", finding.rule));
        }
        if finding.failing {
            failing.add(finding.severity);
        }
        if !carried.contains(finding.rule.as_str()) {
            return Some(format!("it cites {} and does not carry it", finding.rule));
        }
    }
    let optional = &report.verdict.policy.optional;
    let unevaluated = report.checks.iter().any(|check| {
        matches!(check.status, Status::NotEvaluated { .. } | Status::Errored { .. })
            && !optional.contains(&check.id)
    });
    let expected = if failing.critical > 0 {
        (Decision::NotReady, 2)
    } else if failing.total() > 0 {
        (Decision::NotReady, 1)
    } else if unevaluated || !report.verdict.reasons.is_empty() {
        (Decision::Incomplete, 3)
    } else {
        (Decision::Ready, 0)
    };
    let said = (report.verdict.decision, report.verdict.exit_code);
    (said != expected).then(|| {
        let words = |(decision, code): (Decision, u8)| format!("{} [{code}]", decision.words());
        format!("its verdict is {}, its findings say {}", words(said), words(expected))
    })
}

fn count(check: &CheckReport, wanted: impl Fn(&Finding) -> bool) -> Counts {
    let mut counts = Counts::default();
    check.findings.iter().filter(|finding| wanted(finding)).for_each(|finding| counts.add(finding.severity));
    counts
}

const fn add(to: &mut Counts, more: &Counts) {
    to.critical += more.critical;
    to.high += more.high;
    to.medium += more.medium;
    to.low += more.low;
    to.info += more.info;
}
