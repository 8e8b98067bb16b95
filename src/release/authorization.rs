//! The authorization of a release: what a gate decided, over which release, at which risk, under which conditions, as an
//! in-toto statement that whoever decides signs.
//!
//! Its subjects are the release's list of digests, which binds every byte of it, and the artifacts before encryption. A
//! decision against a release is stated like one for it: the predicate says which.

use serde_json::{Value, json};

use crate::formats::intoto::STATEMENT_V1;
use crate::formats::release_manifest::SUMS_NAME;
use crate::report::{Counts, Details, Release, Report, WaiverState};

/// The type of the predicate. `docs/release-gate.md` describes it; the name does not resolve, for the project has no address
/// of its own yet.
pub const PREDICATE_TYPE: &str = "https://readiness.invalid/attestations/authorization/v1";

/// The statement over a judged report: JSON, fields in a fixed order, the same bytes for the same report. `sums` is the
/// SHA-256 (hex) of the release's list of digests, `report_sha256` that of the report as JSON. None for a report that is
/// not one of a release.
#[must_use]
pub fn statement(report: &Report, sums: &str, report_sha256: &str) -> Option<Vec<u8>> {
    let Some(Details::Release(release)) = &report.details else { return None };
    let mut subjects = vec![subject(SUMS_NAME, sums)];
    subjects.extend(
        release
            .artifacts
            .iter()
            .filter_map(|artifact| Some(subject(&artifact.path, artifact.sha256.as_deref()?))),
    );
    let statement = json!({
        "_type": STATEMENT_V1,
        "subject": subjects,
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate(report, release, report_sha256),
    });
    // Texts, lists and numbers alone: nothing that JSON cannot hold.
    Some(serde_json::to_vec(&statement).unwrap_or_default())
}

fn subject(name: &str, sha256: &str) -> Value {
    json!({"name": name, "digest": {"sha256": sha256}})
}

fn predicate(report: &Report, release: &Release, report_sha256: &str) -> Value {
    let policy = &report.verdict.policy;
    let reasons: Vec<&str> = report.verdict.reasons.iter().map(|reason| reason.text.as_str()).collect();
    let in_force =
        report.waivers.iter().filter(|waiver| waiver.findings > 0 && waiver.state != WaiverState::Expired);
    let waivers: Vec<Value> = in_force
        .map(|waiver| {
            json!({
                "scope": waiver.scope,
                "reason": waiver.reason,
                "owner": waiver.owner,
                "expires": waiver.expires,
                "findings": waiver.findings,
            })
        })
        .collect();
    let evidence: Vec<Value> = release
        .evidence
        .iter()
        .map(|each| {
            json!({
                "kind": each.kind,
                "file": each.file,
                "made": each.made,
                "commit": each.commit,
                "accepted": each.accepted,
                "words": each.words,
            })
        })
        .collect();
    json!({
        "decision": report.verdict.decision.words(),
        "exitCode": report.verdict.exit_code,
        "reasons": reasons,
        "decidedOn": report.created,
        "scope": {
            "name": release.name,
            "version": release.version,
            "profile": release.profile,
            "commit": release.commit,
        },
        "risk": {"open": counts(report.summary.open), "waived": counts(report.summary.waived)},
        "conditions": {
            "policy": policy.source,
            "failOn": policy.fail_on.word(),
            "strict": policy.strict,
            "optional": policy.optional,
            "rules": policy.conditions,
            "waivers": waivers,
        },
        "evidence": evidence,
        "report": {"digest": {"sha256": report_sha256}},
        "decider": {"name": report.tool.name, "version": report.tool.version, "rules": report.tool.rules_digest},
    })
}

fn counts(counts: Counts) -> Value {
    json!({
        "critical": counts.critical,
        "high": counts.high,
        "medium": counts.medium,
        "low": counts.low,
        "info": counts.info,
    })
}
