//! What is to be made: a value, which a dry run shows and a build follows.

use std::path::PathBuf;

use super::artifacts::Artifact;
use super::policy::Steps;
use crate::formats::release_manifest::{ENCRYPTED_ENDING, SIGNATURE_ENDING, Source};
use crate::release::statement::{ENVELOPE_PATH, STATEMENT_PATH};
use crate::report::{Release, ReleaseAction, ReleaseArtifact, ReleaseStep, StepOutcome};

/// A release that is to be made.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The directory to make.
    pub target: PathBuf,
    /// The same, as it was named.
    pub directory: String,
    /// What is released.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its profile.
    pub profile: Option<String>,
    /// When it is made: RFC 3339 in UTC, to the second.
    pub created: String,
    /// What it is made from.
    pub source: Source,
    /// The files to release, by name.
    pub artifacts: Vec<Artifact>,
    /// What is asked for besides.
    pub asked: Asked,
    /// What failing means.
    pub steps: Steps,
}

/// What is asked for besides the artifacts; what is none is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// File of the key that signs, as it was named.
    pub sign: Option<String>,
    /// File of the key that encrypts, as it was named.
    pub encrypt: Option<String>,
    /// Whether bills of materials are made.
    pub sbom: bool,
    /// Whether provenance is made.
    pub slsa: bool,
    /// Provenance that others made, as it was named.
    pub provenance: Vec<String>,
    /// The audit, in words: what runs, and for how long at the most.
    pub security_audit: Option<String>,
    /// The load test, in words.
    pub performance_tests: Option<String>,
}

impl Plan {
    /// The file in the release that an artifact becomes.
    #[must_use]
    pub fn path_of(&self, artifact: &Artifact) -> String {
        let ending = if self.asked.encrypt.is_some() { ENCRYPTED_ENDING } else { "" };
        format!("artifacts/{}{ending}", artifact.name)
    }

    /// Bytes of all artifacts.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.artifacts.iter().map(|artifact| artifact.size).sum()
    }

    /// What would be done, as reports show it.
    #[must_use]
    pub fn release(&self) -> Release {
        Release {
            action: ReleaseAction::Planned,
            name: self.name.clone(),
            version: self.version.clone(),
            made: Some(self.created.clone()),
            profile: self.profile.clone(),
            commit: self.source.commit.clone(),
            dirty: self.source.dirty,
            directory: self.directory.clone(),
            artifacts: self
                .artifacts
                .iter()
                .map(|artifact| ReleaseArtifact {
                    path: self.path_of(artifact),
                    size: artifact.size,
                    sha256: None,
                    encrypted: self.asked.encrypt.is_some(),
                })
                .collect(),
            steps: self.planned(),
            ..Release::default()
        }
    }

    /// Every step, in order, with what it would do.
    fn planned(&self) -> Vec<ReleaseStep> {
        let step = |name: &str, detail: Option<String>| ReleaseStep {
            name: name.to_owned(),
            outcome: if detail.is_some() { StepOutcome::Planned } else { StepOutcome::Skipped },
            detail: detail.unwrap_or_else(|| "not asked for".to_owned()),
        };
        let Asked { sign, encrypt, sbom, slsa, provenance, security_audit, performance_tests } = &self.asked;
        let slsa = slsa.then(|| if sign.is_some() { ENVELOPE_PATH } else { STATEMENT_PATH });
        let slsa: Vec<String> = slsa
            .map(str::to_owned)
            .into_iter()
            .chain(provenance.iter().map(|file| format!("{file} of the CI")))
            .collect();
        let artifacts = match self.artifacts.len() {
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        };
        vec![
            step("security_audit", security_audit.clone()),
            step("performance_tests", performance_tests.clone()),
            step(
                "sbom",
                sbom.then(|| {
                    "CycloneDX and SPDX of the source tree, and of artifacts that can be looked into"
                        .to_owned()
                }),
            ),
            step("documents", Some("README, CHANGELOG and release notes, where there are any".to_owned())),
            step("artifacts", Some(format!("{artifacts}, {} bytes", self.size()))),
            step("encrypt", encrypt.as_ref().map(|key| format!("each artifact, with {key}"))),
            step("slsa", (!slsa.is_empty()).then(|| slsa.join(", "))),
            step(
                "sign",
                sign.as_ref().map(|key| format!("NAME{SIGNATURE_ENDING} beside every file, with {key}")),
            ),
        ]
    }
}
