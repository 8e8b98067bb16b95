//! What `readiness release` made, verified or weighed, beside its findings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A release: as it was prepared, verified or judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// What the numbers are of.
    pub action: ReleaseAction,
    /// Name of what is released; empty when it could not be read.
    pub name: String,
    /// Its version; empty when it could not be read.
    pub version: String,
    /// When it was made, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub made: Option<String>,
    /// Its profile.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profile: Option<String>,
    /// The commit it was made from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Whether the work tree held changes that the commit does not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dirty: Option<bool>,
    /// The directory, as it was named.
    pub directory: String,
    /// What is released.
    pub artifacts: Vec<ReleaseArtifact>,
    /// What was done, or would be, in order; empty for what was not prepared here.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub steps: Vec<ReleaseStep>,
    /// What was tried before it was released.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub validation: Vec<ReleaseTrial>,
    /// What vouches for it: each kind of thing that was verified, and how many.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub verified: Vec<ReleaseVerified>,
    /// The keys whose signatures hold.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub signers: Vec<ReleaseSigner>,
    /// The reports that a gate weighed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub evidence: Vec<ReleaseEvidence>,
    /// The trail that was verified, as far as it goes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trail: Option<ReleaseTrail>,
}

/// What was done with a release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseAction {
    /// It was prepared.
    #[default]
    Prepared,
    /// What preparing it would do was told, and nothing done.
    Planned,
    /// It was verified.
    Verified,
    /// It was judged together with its evidence.
    Judged,
    /// The trail was verified.
    Trail,
}

/// An artifact of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseArtifact {
    /// The file in the release.
    pub path: String,
    /// Bytes, before encryption.
    pub size: u64,
    /// SHA-256 (hex), before encryption; none where nothing was read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
    /// Whether it is encrypted.
    pub encrypted: bool,
}

/// A step of preparing a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseStep {
    /// Its name: `artifacts`, `encrypt`, `sbom`, `slsa`, `security_audit`, `performance_tests`, `documents`, `sign`.
    pub name: String,
    /// How it ended.
    pub outcome: StepOutcome,
    /// What it made, what it would make, or why it did not, in words.
    pub detail: String,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// As it should.
    Done,
    /// It did not succeed.
    Failed,
    /// It was not asked for.
    Skipped,
    /// It would be done.
    Planned,
}

/// A trial before a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseTrial {
    /// `security_audit` or `performance_tests`.
    pub name: String,
    /// `passed`, `failed` or `not_run`.
    pub status: String,
    /// The verdict, or why there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The report in the release.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<String>,
}

/// How many things of a kind were verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseVerified {
    /// The kind, in the plural: `digests`, `signatures`, `encrypted artifacts decrypted`.
    pub what: String,
    /// How many hold.
    pub good: u64,
    /// How many there are.
    pub of: u64,
}

/// A key whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseSigner {
    /// Its name, as the verifier calls it.
    pub key: String,
    /// SHA-256 (hex) of its SubjectPublicKeyInfo.
    pub fingerprint: String,
    /// How many signatures of it hold.
    pub signatures: u64,
}

/// A report that a gate weighed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseEvidence {
    /// What it is: `audit`, `perf`, `benchmark`, `verification`.
    pub kind: String,
    /// Where it was read.
    pub file: String,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub made: Option<String>,
    /// The commit it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Whether it counts.
    pub accepted: bool,
    /// Its own verdict, or why it does not count.
    pub words: String,
}

/// A trail as far as it was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseTrail {
    /// Records that follow from each other.
    pub records: u64,
    /// SHA-256 (hex) of the last of them: who has noted it can tell later that nothing was removed.
    pub head: String,
    /// What is worth knowing and speaks against nothing, in words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
}

/// Provenance, and what it supports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The file, as it was named.
    pub file: String,
    /// The type of the predicate.
    pub predicate_type: String,
    /// Who built.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub builder: Option<String>,
    /// How it was built.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub build_type: Option<String>,
    /// The source it was built from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    /// The commit of the source.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// SLSA Build level (v1.x) that the evidence supports: 0 to 3.
    pub level: u8,
    /// Why this level and no other, in words.
    pub level_reason: String,
    /// Who signed, as far as signatures hold: names of keys, or identities of certificates.
    pub signers: Vec<String>,
    /// The artifacts that it vouches for, among those that were named.
    pub artifacts: Vec<String>,
    /// How many subjects it names.
    pub subjects: u64,
}
