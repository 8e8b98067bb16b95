//! The end of a run: every check concludes, and what it said becomes its report.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Check;
use super::Language;
use super::check::{Conclusion, Reads};
use super::findings::{Findings, fingerprint, settle};
use super::worker::{Active, Said, note_error};
use crate::report::{CheckReport, Counts, Coverage, Finding, Fingerprint, Severity, Status};

/// Makes the reports of all checks, in the order in which they were given.
pub(super) fn conclude(
    active: &[Active],
    said: Vec<Said>,
    skipped: Vec<(usize, CheckReport)>,
) -> Vec<CheckReport> {
    let mut reports: Vec<CheckReport> = active
        .iter()
        .zip(said)
        .map(|(active, said)| report(active.check, said, |findings| active.inspect.finish(findings)))
        .collect();
    say_once(active, &mut reports);
    for (place, blank) in skipped {
        reports.insert(place.min(reports.len()), blank);
    }
    reports
}

/// Where two checks see the same weakness (a CWE that both rules name) on the same line, the severer finding says it; of
/// equally severe ones that of the check which read the file's format rather than its text. The other one stays, with
/// the name of the first: whether the first one counts is for the gate to say.
fn say_once(active: &[Active], reports: &mut [CheckReport]) {
    struct Seen {
        rank: (Severity, bool, std::cmp::Reverse<usize>),
        weaknesses: Vec<String>,
        fingerprint: Fingerprint,
    }
    let place = |finding: &Finding| {
        let line = finding.location.region()?.line;
        Some((finding.location.path()?.to_owned(), line))
    };
    let mut at: BTreeMap<(String, u32), Vec<Seen>> = BTreeMap::new();
    for (number, (Active { check, .. }, report)) in active.iter().zip(&*reports).enumerate() {
        for finding in &report.findings {
            let Some(place) = place(finding) else { continue };
            at.entry(place).or_default().push(Seen {
                rank: (finding.severity, check.reads == Reads::Declarations, std::cmp::Reverse(number)),
                weaknesses: weaknesses(check, &finding.rule),
                fingerprint: finding.fingerprint.clone(),
            });
        }
    }
    at.retain(|_, seen| seen.len() > 1);
    for finding in reports.iter_mut().flat_map(|report| &mut report.findings) {
        let Some(seen) = place(finding).and_then(|place| at.get(&place)) else { continue };
        let Some(own) = seen.iter().find(|seen| seen.fingerprint == finding.fingerprint) else { continue };
        let better = seen.iter().filter(|other| {
            other.rank.2 != own.rank.2
                && other.rank > own.rank
                && other.weaknesses.iter().any(|cwe| own.weaknesses.contains(cwe))
        });
        finding.said_by = better.map(|other| other.fingerprint.clone()).collect();
    }
}

/// The CWE ids of a rule.
fn weaknesses(check: &Check, rule: &str) -> Vec<String> {
    let rule = (check.rules)().iter().find(|known| known.id == rule);
    rule.and_then(|rule| rule.mappings.get("CWE")).cloned().unwrap_or_default()
}

/// The report of a check that did not take part.
pub(super) fn blank(check: &Check, status: Status) -> CheckReport {
    CheckReport {
        id: check.id.to_owned(),
        title: check.title.to_owned(),
        status,
        coverage: Coverage::default(),
        rules_applied: 0,
        rules_passed: 0,
        open: Counts::default(),
        findings: Vec::new(),
    }
}

/// The report of a check that looks at no tree but at numbers that are there already: it says what it sees, once.
#[must_use]
pub fn conclude_alone(
    check: &'static Check,
    conclude: impl FnOnce(&mut Findings<'_>) -> Conclusion,
) -> CheckReport {
    report(check, Said::default(), conclude)
}

fn report(
    check: &'static Check,
    mut said: Said,
    conclude: impl FnOnce(&mut Findings<'_>) -> Conclusion,
) -> CheckReport {
    let (mut hits, mut secrets, mut unknown_rule) = (Vec::new(), Vec::new(), None);
    let mut findings = Findings {
        check,
        entry: None,
        hits: &mut hits,
        secrets: &mut secrets,
        coverage: &mut said.coverage,
        unknown_rule: &mut unknown_rule,
    };
    let conclusion = catch_unwind(AssertUnwindSafe(|| conclude(&mut findings)));
    if let Some(rule) = unknown_rule {
        note_error(&mut said.error, format!("rule {rule} is not in the catalogue"));
    }
    said.findings.append(&mut settle(&mut hits, &[], None, &[], Language::Other));
    said.findings.sort_by(|one, other| {
        (&one.location, &one.rule, &one.message).cmp(&(&other.location, &other.rule, &other.message))
    });
    said.findings.dedup_by(|later, kept| {
        later.rule == kept.rule && later.location == kept.location && later.message == kept.message
    });
    fingerprint(&mut said.findings);

    let status = match (said.error, conclusion) {
        (Some(reason), _) => Status::Errored { reason },
        (None, Err(_)) => Status::Errored { reason: "internal error at the end of the check".to_owned() },
        // What could not be read may be the very thing that the check is for.
        (None, Ok(Conclusion::Instead(Status::NotApplicable { .. }))) if said.unread > 0 => {
            let reason = format!("files that it is for could not be read: {}", said.unread);
            Status::not_evaluated(&reason, "")
        }
        (None, Ok(Conclusion::Instead(status))) => status,
        (None, Ok(Conclusion::Evaluated))
            if said.findings.iter().any(|finding| finding.severity > Severity::Info) =>
        {
            Status::Failed
        }
        (None, Ok(Conclusion::Evaluated)) => Status::Passed,
    };
    let rules = if status.is_evaluated() { (check.rules)().len() } else { 0 };
    CheckReport {
        status,
        coverage: said.coverage,
        rules_applied: u32::try_from(rules).unwrap_or(u32::MAX),
        findings: said.findings,
        ..blank(check, Status::Passed)
    }
}
