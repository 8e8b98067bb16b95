//! What was seen of a release directory, as findings.

use std::collections::BTreeMap;

use super::outcome::Outcome;
use super::problem::Flaw;
use crate::engine::{Conclusion, Findings, conclude_alone};
use crate::formats::release_manifest::{FILE_NAME, SUMS_NAME};
use crate::release::checks::RELEASE;
use crate::report::{CheckReport, LeftOutKind, Severity, Status};

/// Most findings of one rule; a directory that has nothing to do with its lists would fill a report with the same words.
const MOST: usize = 200;

/// Concludes whether the directory is what was released. Without a trusted key it can fail, and cannot pass: whoever
/// changes a release can make it agree with itself.
#[must_use]
pub fn conclude(outcome: &Outcome) -> CheckReport {
    conclude_alone(&RELEASE, |findings| {
        findings.examined("files", outcome.files);
        findings.examined("bytes", outcome.bytes);
        findings.examined("signatures", outcome.signatures.good);
        for unseen in &outcome.unseen {
            findings.left_out(unseen.kind, unseen.reason, &unseen.path);
        }
        let mut said: BTreeMap<&str, usize> = BTreeMap::new();
        for problem in &outcome.problems {
            let rule = rule(&problem.flaw);
            let count = said.entry(rule).or_default();
            *count += 1;
            if *count > MOST {
                let reason = format!("more than {MOST} findings of {rule}");
                findings.left_out(LeftOutKind::Capped, &reason, &problem.path);
                continue;
            }
            report(findings, rule, &problem.path, &problem.flaw, outcome.trusted);
        }
        if outcome.trusted {
            return Conclusion::Evaluated;
        }
        Conclusion::Instead(Status::not_evaluated(
            "no trusted key was given, so only the directory's agreement with itself was looked at",
            "`--key signing.pub` names a public key that you did not get with the release",
        ))
    })
}

fn report(findings: &mut Findings<'_>, rule: &str, path: &str, flaw: &Flaw, trusted: bool) {
    match severity(path, flaw, trusted) {
        Some(severity) => findings.on_path_rated(rule, severity, path, flaw.to_string()),
        None => findings.on_path(rule, path, flaw.to_string()),
    }
}

/// Where a case is worse than its rule says in general.
fn severity(path: &str, flaw: &Flaw, trusted: bool) -> Option<Severity> {
    let nothing_holds = match flaw {
        // Whoever names a key wants a signature of it; to take all signatures away is the simplest forgery.
        Flaw::Unsigned => trusted,
        Flaw::SignatureMissing(_) => path == SUMS_NAME || path == FILE_NAME,
        // It is a file that nobody listed, whatever else it is.
        Flaw::NotPlain { listed, .. } => !listed,
        _ => false,
    };
    nothing_holds.then_some(Severity::Critical)
}

/// The rule of a flaw.
const fn rule(flaw: &Flaw) -> &'static str {
    match flaw {
        Flaw::Changed { .. } => "REL-001",
        Flaw::Missing { .. } | Flaw::Unreadable(_) => "REL-002",
        Flaw::Unlisted { .. } | Flaw::SignatureUnasked(_) | Flaw::EmptyFolder | Flaw::TooMuch(_) => "REL-003",
        Flaw::SignatureForm { .. } | Flaw::SignatureFalse { .. } => "REL-004",
        Flaw::SignatureMissing(_) => "REL-005",
        Flaw::KeyBarred { .. } => "REL-006",
        Flaw::Unsound(_) => "REL-007",
        Flaw::Ciphertext(_) => "REL-008",
        Flaw::Sbom(_) => "REL-009",
        Flaw::Provenance(_) => "REL-010",
        Flaw::Report(_) => "REL-011",
        Flaw::Unsigned => "REL-012",
        Flaw::NotPlain { .. } | Flaw::Name(_) => "REL-013",
    }
}
