//! Provenance: who signed it, what it is about, and which SLSA Build level that supports.
//!
//! - [`mod@file`]: the envelopes and statements in a file, whatever tool wrapped them.
//! - [`trust`]: whose signature counts, and for which builder.
//! - [`mod@examine`]: which signatures hold, and what the verified bytes say.
//! - [`policy`]: what is expected of it, and the level.
//!
//! The order is that of SLSA (`verifying-artifacts.md`): signatures first, over the bytes as they are; then the subjects, by
//! digest alone; then builder and level; then what was expected. A level above 1 never comes out of a file: it is that of
//! the pair of signer and builder which the one who verifies has configured.

pub mod examine;
pub mod file;
pub mod policy;
pub mod trust;

pub use examine::{Attestation, Refusal, Signed, examine};
pub use file::{FileError, MAX_FILE};
pub use policy::{
    Artifact, Level, Policy, SubjectMatch, expected_builder, level, other_source, subject_of,
    unexpected_parameters,
};
pub use trust::{Builder, SignerKey, Trust, load_certificates, load_signer_keys};
