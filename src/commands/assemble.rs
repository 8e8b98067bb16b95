//! Puts a report together from what checks said; the gate has not seen it yet.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::catalog;
use crate::host::clock;
use crate::report::{CheckReport, Coverage, Report, SCHEMA, Subject, Summary, Tool, Verdict};

/// The report of some checks over a subject, with the rules that they cite.
pub(super) fn report(
    checks: Vec<CheckReport>,
    subject: Subject,
    coverage: Coverage,
    now: Timestamp,
) -> Report {
    let cited: BTreeSet<&str> =
        checks.iter().flat_map(|check| &check.findings).map(|finding| finding.rule.as_str()).collect();
    // Only the rule files of checks that found something are read.
    let found = |id: &str| checks.iter().any(|check| check.id == id && !check.findings.is_empty());
    let mut rules: Vec<_> = catalog::checks()
        .filter(|check| found(check.id))
        .flat_map(|check| (check.rules)())
        .filter(|rule| cited.contains(rule.id.as_str()))
        .cloned()
        .collect();
    rules.sort_by(|one, other| one.id.cmp(&other.id));
    Report {
        schema: SCHEMA,
        tool: Tool {
            name: "readiness".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules_digest: catalog::digest(),
            invocation: None,
        },
        subject,
        created: clock::rfc3339(now),
        verdict: Verdict::unjudged(),
        summary: Summary::default(),
        checks,
        coverage,
        waivers: Vec::new(),
        rules,
        advisories: None,
        inventory: Vec::new(),
        since: None,
        details: None,
    }
}
