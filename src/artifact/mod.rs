//! Verbs that several commands share: typed results, no findings, nothing printed.
//!
//! - [`signature`]: a detached signature against a list of trusted keys, at a time.
//! - [`keys`]: the key files that a user or a setting names.
//! - [`encrypted`]: what an encrypted file is, without and with its key.
//! - [`sbom`]: a software bill of materials from lists of packages, as CycloneDX or SPDX.

pub mod encrypted;
pub mod keys;
pub mod sbom;
pub mod signature;
