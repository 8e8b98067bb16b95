//! The gate: judges a report by a policy. Pure; it sees nothing but the report.

mod conditions;
mod vex;
mod waivers;

pub use conditions::Conditions;
pub use vex::{Decided, VexDocument, VexScope, VexStatement, Vexes};
pub use waivers::{Area, PackagePattern, Waiver};

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::report::{
    CheckReport, Counts, Decision, Finding, Fingerprint, PolicyUsed, Reason, ReasonKind, Report, Severity,
    Status, Summary, Verdict,
};

/// What a report is judged by.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Lowest severity that fails; inclusive.
    pub fail_on: Severity,
    /// Whether things left out make the verdict incomplete.
    pub strict: bool,
    /// Checks that may stay unevaluated.
    pub optional: Vec<String>,
    /// Waivers that count.
    pub waivers: Vec<Waiver>,
    /// Waivers of a tree whose configuration has no force; shown, never counted.
    pub untrusted_waivers: Vec<Waiver>,
    /// VEX documents, also those that have no force.
    pub vex: Vec<VexDocument>,
    /// Longest life of a waiver from today, in days.
    pub waiver_max_days: Option<u32>,
    /// What vulnerabilities are judged by besides their severity.
    pub conditions: Conditions,
    /// How vulnerabilities are looked for other than by default, in words; shown with the conditions.
    pub looked_for: Vec<String>,
    /// Whether `readiness:ignore` marks in the source count.
    pub marks: bool,
    /// Whether configuration inside the audited tree has force.
    pub tree_trusted: bool,
    /// Where the policy came from.
    pub source: String,
    /// The day (UTC) on which waivers are judged.
    pub today: Date,
}

impl Policy {
    /// The policy of a run without any configuration.
    #[must_use]
    pub fn built_in(today: Date) -> Self {
        Self {
            fail_on: Severity::High,
            strict: false,
            optional: Vec::new(),
            waivers: Vec::new(),
            untrusted_waivers: Vec::new(),
            vex: Vec::new(),
            waiver_max_days: None,
            conditions: Conditions::default(),
            looked_for: Vec::new(),
            marks: true,
            tree_trusted: true,
            source: "built in".to_owned(),
            today,
        }
    }
}

/// Applies waivers and marks to the findings of a report, counts what is open, and decides.
pub fn judge(report: &mut Report, policy: &Policy) {
    waivers::apply(report, policy);
    say_once(report);
    count(report);
    for finding in report.checks.iter_mut().flat_map(|check| &mut check.findings) {
        finding.failing = finding.is_open() && fails(finding, policy);
    }
    let mut reasons = reasons(report, policy);
    reasons.sort_by_key(|reason| reason.kind);
    let failing = report.checks.iter().map(failing).fold(Counts::default(), sum);
    let (decision, exit_code) = if failing.critical > 0 {
        (Decision::NotReady, 2)
    } else if failing.total() > 0 {
        (Decision::NotReady, 1)
    } else if reasons.is_empty() {
        (Decision::Ready, 0)
    } else {
        (Decision::Incomplete, 3)
    };
    report.verdict = Verdict {
        decision,
        exit_code,
        reasons,
        policy: PolicyUsed {
            fail_on: policy.fail_on,
            strict: policy.strict,
            optional: policy.optional.clone(),
            conditions: policy
                .conditions
                .words()
                .into_iter()
                .chain(policy.looked_for.iter().cloned())
                .collect(),
            source: policy.source.clone(),
            tree_trusted: policy.tree_trusted,
        },
    };
}

/// Leaves out what an open finding of another check says better, and the rules that nothing cites any more.
fn say_once(report: &mut Report) {
    let findings = || report.checks.iter().flat_map(|check| &check.findings);
    if findings().all(|finding| finding.said_by.is_empty()) {
        return;
    }
    let open: BTreeSet<Fingerprint> =
        findings().filter(|finding| finding.is_open()).map(|finding| finding.fingerprint.clone()).collect();
    for check in &mut report.checks {
        check.findings.retain(|finding| !finding.said_by.iter().any(|other| open.contains(other)));
    }
    let findings = report.checks.iter().flat_map(|check| &check.findings);
    let cited: BTreeSet<&str> = findings.map(|finding| finding.rule.as_str()).collect();
    report.rules.retain(|rule| cited.contains(rule.id.as_str()));
}

/// Counts findings and checks. A check whose every finding is waived has passed.
fn count(report: &mut Report) {
    let mut summary = Summary::default();
    for check in &mut report.checks {
        let mut open = Counts::default();
        let mut failing: Vec<&str> = Vec::new();
        for finding in &check.findings {
            if finding.is_open() {
                open.add(finding.severity);
                summary.open.add(finding.severity);
                if finding.severity > Severity::Info {
                    failing.push(&finding.rule);
                }
            } else {
                summary.waived.add(finding.severity);
            }
        }
        failing.sort_unstable();
        failing.dedup();
        check.rules_passed =
            check.rules_applied.saturating_sub(u32::try_from(failing.len()).unwrap_or(u32::MAX));
        if check.status.is_evaluated() {
            check.status = if failing.is_empty() { Status::Passed } else { Status::Failed };
        }
        check.open = open;
        match check.status {
            Status::Passed => summary.passed += 1,
            Status::Failed => summary.failed += 1,
            Status::NotApplicable { .. } => summary.not_applicable += 1,
            Status::NotEvaluated { .. } => summary.not_evaluated += 1,
            Status::Errored { .. } => summary.errored += 1,
        }
    }
    report.summary = summary;
}

/// Everything that speaks against `ready`.
fn reasons(report: &Report, policy: &Policy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for check in &report.checks {
        let mut add = |kind, text: String, hint: Option<&str>| {
            reasons.push(Reason { kind, check: Some(check.id.clone()), text, hint: hint.map(str::to_owned) });
        };
        let failing = failing(check);
        if failing.total() > 0 {
            add(ReasonKind::Findings, format!("{}: {}", check.title, failing_words(failing)), None);
        }
        match &check.status {
            _ if policy.optional.contains(&check.id) => {}
            Status::NotEvaluated { reason, hint } => {
                add(ReasonKind::NotEvaluated, format!("{}: {reason}", check.title), hint.as_deref());
            }
            Status::Errored { reason } => {
                add(ReasonKind::Errored, format!("{}: {reason}", check.title), None);
            }
            _ if policy.strict => {
                for left in check.coverage.left_out.iter().filter(|left| left.kind.is_gap()) {
                    add(
                        ReasonKind::LeftOut,
                        format!("{}: {} left out, {}", check.title, left.count, left.reason),
                        None,
                    );
                }
            }
            _ => {}
        }
    }
    let whole = |kind, text: String, hint: &str| Reason {
        kind,
        check: None,
        text,
        hint: Some(hint.to_owned()).filter(|hint| !hint.is_empty()),
    };
    if policy.strict {
        for left in report.coverage.left_out.iter().filter(|left| left.kind.is_gap()) {
            let said = reasons.iter().any(|reason| reason.text.ends_with(&left.reason));
            if !said {
                reasons.push(Reason {
                    kind: ReasonKind::LeftOut,
                    check: None,
                    text: format!("{} left out, {}", left.count, left.reason),
                    hint: None,
                });
            }
        }
    }
    // Absence of evidence is no evidence: a verdict needs something that was looked at.
    let evaluated = report.checks.iter().any(|check| check.status.is_evaluated());
    let optional = report
        .checks
        .iter()
        .any(|check| matches!(check.status, Status::NotEvaluated { .. } | Status::Errored { .. }));
    let said =
        reasons.iter().any(|reason| matches!(reason.kind, ReasonKind::NotEvaluated | ReasonKind::Errored));
    // A measurement reads no tree.
    if report.details.is_none() && report.coverage.count("files") == 0 {
        reasons.push(whole(
            ReasonKind::NotEvaluated,
            "no file was read".to_owned(),
            "name a tree that holds files git does not ignore",
        ));
    } else if !evaluated && !said {
        reasons.push(whole(
            ReasonKind::NotEvaluated,
            if optional {
                "only optional checks apply, and none of them was evaluated"
            } else {
                "no check had anything to look at"
            }
            .to_owned(),
            if optional { "" } else { "readiness audit --deep" },
        ));
    }
    reasons
}

/// The open findings of a check that hold the release up, by severity.
fn failing(check: &CheckReport) -> Counts {
    let mut counts = Counts::default();
    let failing = check.findings.iter().filter(|finding| finding.failing);
    failing.for_each(|finding| counts.add(finding.severity));
    counts
}

fn fails(finding: &Finding, policy: &Policy) -> bool {
    let severe = finding.severity >= policy.fail_on || finding.severity == Severity::Critical;
    match &finding.vulnerability {
        Some(vulnerability) => policy.conditions.fails(vulnerability, severe),
        None => severe,
    }
}

const fn sum(one: Counts, other: Counts) -> Counts {
    Counts {
        critical: one.critical + other.critical,
        high: one.high + other.high,
        medium: one.medium + other.medium,
        low: one.low + other.low,
        info: one.info + other.info,
    }
}

fn failing_words(failing: Counts) -> String {
    let words: Vec<String> = Severity::WORST_FIRST
        .into_iter()
        .filter(|severity| failing.of(*severity) > 0)
        .map(|severity| format!("{} {}", failing.of(severity), severity.word()))
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests;
