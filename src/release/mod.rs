//! `readiness release`: a release directory that anyone can verify.
//!
//! - [`authorization`]: what a gate decided, as a statement to be signed.
//! - [`checks`]: what speaks against a release, as findings.
//! - [`keygen`]: new keys; [`key_set`]: which keys are trusted, when, and who vouches for them.
//! - [`rotate`]: encrypted files under a new key, crash-safe.
//! - [`prepare`]: the directory, built beside its place and put there whole; [`notes`]: its documents.
//! - [`settings`]: what `readiness.yaml` says of releases.
//! - [`statement`]: the provenance of what was prepared here.
//! - [`verify`]: everything in a directory again, from public keys alone.
//! - [`evidence`]: which reports count for a release.
//! - [`trail`]: the hash-chained record of what was done.
//!
//! A release is laid out so:
//!
//! ```text
//! manifest.json      what it is: artifacts, digests before encryption, source, validation
//! SHA256SUMS         every file but signatures and itself
//! artifacts/         what is released, NAME or NAME.enc
//! sbom/              NAME.cdx.json and NAME.spdx.json: of the source tree, of artifacts that can be looked into
//! slsa/              provenance.intoto.jsonl (signed) or provenance.statement.json
//! security_audit/    report.json, report.md
//! performance/       report.json, report.md
//! README.md CHANGELOG.md RELEASE_NOTES.md
//! *.sig              beside every file, when it is signed: RSA-PSS over its bytes
//! ```

pub mod authorization;
pub mod checks;
pub mod evidence;
pub mod key_set;
pub mod keygen;
pub mod notes;
pub mod prepare;
pub mod rotate;
pub mod settings;
pub mod statement;
pub mod trail;
pub mod verify;
