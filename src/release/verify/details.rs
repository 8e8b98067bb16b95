//! What was seen of a release directory, as the numbers of a report.

use super::outcome::{Count, Outcome};
use crate::formats::release_manifest::{ReleaseManifest, Tried};
use crate::report::{Release, ReleaseAction, ReleaseArtifact, ReleaseSigner, ReleaseTrial, ReleaseVerified};

/// The numbers of a verified release; `directory` is what the user called it.
#[must_use]
pub fn details(outcome: &Outcome, directory: &str) -> Release {
    let of_manifest = outcome.manifest.as_ref().map(|manifest| of_manifest(manifest, outcome));
    Release {
        action: ReleaseAction::Verified,
        directory: directory.to_owned(),
        verified: verified(outcome),
        signers: outcome
            .signers
            .iter()
            .map(|signer| ReleaseSigner {
                key: signer.key.clone(),
                fingerprint: signer.fingerprint.clone(),
                signatures: signer.signatures,
            })
            .collect(),
        ..of_manifest.unwrap_or_default()
    }
}

fn of_manifest(manifest: &ReleaseManifest, outcome: &Outcome) -> Release {
    let artifact = |artifact: &crate::formats::release_manifest::Artifact| ReleaseArtifact {
        path: artifact.path.clone(),
        size: artifact.size,
        sha256: Some(artifact.sha256.clone()),
        encrypted: artifact.encrypted_size.is_some(),
    };
    Release {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        made: Some(manifest.created.clone()),
        profile: manifest.profile.clone(),
        commit: manifest.source.commit.clone(),
        dirty: manifest.source.dirty,
        artifacts: manifest.artifacts.iter().map(artifact).collect(),
        validation: vec![
            trial("security_audit", &manifest.validation.security_audit, outcome),
            trial("performance_tests", &manifest.validation.performance_tests, outcome),
        ],
        ..Release::default()
    }
}

/// How a trial ended; the verdict is the report's own where that can be read.
fn trial(name: &str, tried: &Tried, outcome: &Outcome) -> ReleaseTrial {
    let verdict = |path: &str| {
        outcome.verdicts.iter().find(|verdict| verdict.path == path).map(|verdict| verdict.words.clone())
    };
    let (status, reason, report) = match tried {
        Tried::Passed { report } => ("passed", verdict(report), Some(report.clone())),
        Tried::Failed { report, reason } => {
            ("failed", verdict(report).or_else(|| Some(reason.clone())), Some(report.clone()))
        }
        Tried::NotRun { reason } => ("not_run", Some(reason.clone()), None),
    };
    ReleaseTrial { name: name.to_owned(), status: status.to_owned(), reason, report }
}

/// The counts of what there is to verify; signatures and digests always.
fn verified(outcome: &Outcome) -> Vec<ReleaseVerified> {
    let counts = [
        ("digests", outcome.digests, true),
        ("signatures", outcome.signatures, true),
        ("encrypted artifacts decrypted", outcome.decrypted, false),
        ("bills of materials", outcome.sboms, false),
        ("attestations", outcome.attestations, false),
        ("reports", outcome.reports, false),
    ];
    let shown = counts.into_iter().filter(|(_, count, always)| *always || count.of > 0);
    shown.map(|(what, Count { good, of }, _)| ReleaseVerified { what: what.to_owned(), good, of }).collect()
}
