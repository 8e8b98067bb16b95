//! Verbs that several commands share: typed results, no findings, nothing printed.
//!
//! - [`contents`]: what an artifact holds.
//! - [`provenance`]: envelopes and the provenance in them.
//! - [`signature`]: a detached signature against a list of trusted keys, at a time.
//! - [`keys`]: the key files that a user or a setting names.
//! - [`encrypted`]: what an encrypted file is, without and with its key.
//! - [`sbom`]: a software bill of materials from lists of packages, as CycloneDX or SPDX.

pub mod contents;
pub mod encrypted;
pub mod keys;
pub mod provenance;
pub mod sbom;
pub mod signature;
