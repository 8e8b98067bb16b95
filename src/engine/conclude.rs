//! The end of a run: every check concludes, and what it said becomes its report.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Check;
use super::Language;
use super::check::Conclusion;
use super::findings::{Findings, fingerprint, settle};
use super::worker::{Active, Said, note_error};
use crate::report::{CheckReport, Counts, Coverage, Severity, Status};

/// Makes the reports of all checks, in the order in which they were given.
pub(super) fn conclude(
    active: &[Active],
    said: Vec<Said>,
    skipped: Vec<(usize, CheckReport)>,
) -> Vec<CheckReport> {
    let mut reports: Vec<CheckReport> =
        active.iter().zip(said).map(|(active, said)| report(active, said)).collect();
    for (place, blank) in skipped {
        reports.insert(place.min(reports.len()), blank);
    }
    reports
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

fn report(active: &Active, mut said: Said) -> CheckReport {
    let (mut hits, mut secrets, mut unknown_rule) = (Vec::new(), Vec::new(), None);
    let mut findings = Findings {
        check: active.check,
        entry: None,
        hits: &mut hits,
        secrets: &mut secrets,
        coverage: &mut said.coverage,
        unknown_rule: &mut unknown_rule,
    };
    let conclusion = catch_unwind(AssertUnwindSafe(|| active.inspect.finish(&mut findings)));
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
        (None, Ok(Conclusion::Instead(status))) => status,
        (None, Ok(Conclusion::Evaluated))
            if said.findings.iter().any(|finding| finding.severity > Severity::Info) =>
        {
            Status::Failed
        }
        (None, Ok(Conclusion::Evaluated)) => Status::Passed,
    };
    let rules = if status.is_evaluated() { (active.check.rules)().len() } else { 0 };
    CheckReport {
        status,
        coverage: said.coverage,
        rules_applied: u32::try_from(rules).unwrap_or(u32::MAX),
        findings: said.findings,
        ..blank(active.check, Status::Passed)
    }
}
