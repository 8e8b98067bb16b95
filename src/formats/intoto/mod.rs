//! in-toto statements (v1, and v0.1 as older tools write it) and the SLSA provenance in them (v1, and v0.2).
//!
//! Sources: in-toto attestation framework, `spec/v1/statement.md` and `resource_descriptor.md`; SLSA v1.2,
//! `build-provenance.md`. Fields that are not known are ignored, as both demand; absent, null and empty mean the same.
//!
//! - [`Statement::parse`], [`SlsaProvenance::of`]: bytes to values, bounded.
//! - [`Pattern`]: who is expected to have built. [`same_source`]: whether two URIs name one repository.

mod pattern;
mod slsa;
mod source;
mod statement;
mod unique;

pub use pattern::{Pattern, PatternError};
pub use slsa::ProvenanceError;
pub use source::same_source;
pub use statement::StatementError;

use std::collections::BTreeMap;

use serde_json::Value;

/// Type of a statement.
pub const STATEMENT_V1: &str = "https://in-toto.io/Statement/v1";
/// Type of SLSA provenance, for all of 1.x.
pub const PROVENANCE_V1: &str = "https://slsa.dev/provenance/v1";
/// Type of a statement, as older tools write it.
pub const STATEMENT_V0_1: &str = "https://in-toto.io/Statement/v0.1";
/// Largest statement read, in bytes: ten thousand subjects take a quarter of it.
pub const MAX_STATEMENT: usize = 8 << 20;
/// Most subjects of a statement, and most dependencies of a provenance.
pub const MAX_RESOURCES: usize = 10_000;
/// Type of the SLSA provenance before it.
pub const PROVENANCE_V0_2: &str = "https://slsa.dev/provenance/v0.2";

/// A statement: what is said of which artifacts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// `_type`.
    pub statement_type: String,
    /// What it is about; each has a digest.
    pub subjects: Vec<Resource>,
    /// What kind of thing is said.
    pub predicate_type: String,
    /// What is said.
    pub predicate: Value,
}

/// A thing that a statement names (ResourceDescriptor).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// Its name.
    pub name: Option<String>,
    /// Where it is, or what it is called everywhere.
    pub uri: Option<String>,
    /// Digests (lower-case hex) by algorithm: `sha256`, `gitCommit`.
    pub digest: BTreeMap<String, String>,
}

/// SLSA provenance, of either version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlsaProvenance {
    /// Who built: `runDetails.builder.id`.
    pub builder_id: String,
    /// How: `buildDefinition.buildType`.
    pub build_type: String,
    /// What the one who asked for the build could choose.
    pub external_parameters: Value,
    /// What the platform chose.
    pub internal_parameters: Value,
    /// What went into it.
    pub resolved_dependencies: Vec<Resource>,
    /// The run.
    pub invocation_id: Option<String>,
    /// When it began, RFC 3339.
    pub started_on: Option<String>,
    /// When it ended, RFC 3339.
    pub finished_on: Option<String>,
    /// Names of the parameters that whoever asked for the build gave.
    pub parameter_names: Vec<String>,
}
