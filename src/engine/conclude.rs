//! The end of a run: every check concludes, and what it said becomes its report.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Check;
use super::Language;
use super::check::{Conclusion, Reads};
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
    say_once(active, &mut reports);
    for (place, blank) in skipped {
        reports.insert(place.min(reports.len()), blank);
    }
    reports
}

/// Where two checks see the same weakness (a CWE that both rules name) on the same line, the severer finding stays; of
/// equally severe ones that of the check which read the file's format rather than its text. A finding that a mark asks to
/// overlook speaks for no other: what one rule is excused from, another rule may still hold against the line.
fn say_once(active: &[Active], reports: &mut [CheckReport]) {
    type Seen = (usize, Severity, bool, String, Vec<String>, bool);
    let mut at: BTreeMap<(String, u32), Vec<Seen>> = BTreeMap::new();
    for (check, report) in reports.iter().enumerate() {
        let Some(Active { check: known, .. }) = active.get(check) else { continue };
        for finding in &report.findings {
            let (Some(path), Some(region)) = (finding.location.path(), finding.location.region()) else {
                continue;
            };
            let parsed = known.reads == Reads::Declarations;
            let marked = finding.suppression.is_some();
            let weaknesses = weaknesses(known, &finding.rule);
            let seen = (check, finding.severity, parsed, finding.rule.clone(), weaknesses, marked);
            at.entry((path.to_owned(), region.line)).or_default().push(seen);
        }
    }
    at.retain(|_, seen| seen.len() > 1);
    for (check, report) in reports.iter_mut().enumerate() {
        report.findings.retain(|finding| {
            let (Some(path), Some(region)) = (finding.location.path(), finding.location.region()) else {
                return true;
            };
            let Some(seen) = at.get(&(path.to_owned(), region.line)) else { return true };
            let Some(own) =
                seen.iter().find(|(owner, _, _, rule, ..)| *owner == check && *rule == finding.rule)
            else {
                return true;
            };
            let rank = |seen: &Seen| (seen.1, seen.2, std::cmp::Reverse(seen.0));
            let shares =
                |other: &&Seen| other.0 != check && !other.5 && other.4.iter().any(|cwe| own.4.contains(cwe));
            !seen.iter().filter(shares).any(|other| rank(other) > rank(own))
        });
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
    let rules = if status.is_evaluated() { (active.check.rules)().len() } else { 0 };
    CheckReport {
        status,
        coverage: said.coverage,
        rules_applied: u32::try_from(rules).unwrap_or(u32::MAX),
        findings: said.findings,
        ..blank(active.check, Status::Passed)
    }
}
