//! `readiness.yaml`: found, read with line numbers, checked whole. All problems of a file are told at once.
//!
//! Precedence is file < environment < flags; the command line merges the latter two (see `cli`).

mod baseline;
mod command;
mod decode;
mod pattern;
mod perf;
mod problems;
mod provenance;
mod read;
mod release;
mod rollback;
mod value;
mod variables;

pub(crate) use decode::closest;
pub use problems::{Problem, Problems};
pub use provenance::{BuilderConfig, ProvenanceConfig};

use std::path::{Path, PathBuf};

use crate::baseline::settings as baseline_settings;
use crate::formats::scanner::Scanner;
use crate::gate::{Conditions, Waiver};
use crate::perf::scenario::PerfConfig;
use crate::release::settings as release_settings;
use crate::report::Severity;
use crate::rollback::settings as rollback_settings;

/// Name of the configuration file at the root of a tree.
pub const FILE_NAME: &str = "readiness.yaml";
/// Largest configuration file read, in bytes.
const LIMIT: u64 = 1 << 20;

/// What a configuration file says. Everything is optional; what is absent keeps its built-in value.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The file it was read from, as it is named in reports; empty without a file.
    pub source: String,
    /// Folder that relative paths in it start from.
    pub folder: PathBuf,
    /// `audit.exclude`: globs over paths that are left out.
    pub exclude: Vec<String>,
    /// `audit.max_file_size`, in bytes.
    pub max_file_size: Option<u64>,
    /// `keys.public`: files with public keys or key sets.
    pub public_keys: Vec<String>,
    /// `keys.encryption`: files with AES-256 keys.
    pub encryption_keys: Vec<String>,
    /// `integrity.manifest`: path of the manifest.
    pub manifest: Option<String>,
    /// `integrity.critical`: globs over files that the manifest must cover.
    pub critical: Vec<String>,
    /// `integrity.require_signature`: whether the manifest must be signed.
    pub require_signed_manifest: bool,
    /// `signatures.require`: globs over files that must have a valid signature.
    pub require_signatures: Vec<String>,
    /// `signatures.salt`: `digest` demands a salt as long as the digest; `any` reports what was used.
    pub salt_must_equal_digest: bool,
    /// `encryption.files`: globs over files that must be encrypted.
    pub encrypted: Vec<String>,
    /// `configuration.files`: globs over application profiles.
    pub profiles: Vec<String>,
    /// `configuration.required_env`: environment variables that a release needs.
    pub required_env: Vec<String>,
    /// `gate.fail_on`.
    pub fail_on: Option<Severity>,
    /// `gate.strict`.
    pub strict: Option<bool>,
    /// `gate.optional`: checks that may stay unevaluated.
    pub optional: Vec<String>,
    /// `gate.waiver_max_days`.
    pub waiver_max_days: Option<u32>,
    /// `gate.marks`: whether `readiness:ignore` marks count.
    pub marks: Option<bool>,
    /// `gate.vulnerabilities`.
    pub conditions: Conditions,
    /// `vulnerabilities.max_advisory_age`, in days; none for the built-in bound.
    pub max_advisory_age: Option<u32>,
    /// `vulnerabilities.unknown_severity`.
    pub unknown_severity: Option<Severity>,
    /// `vulnerabilities.vex`: `OpenVEX` documents.
    pub vex: Vec<String>,
    /// `vulnerabilities.scanners`: which programs `--with` runs. It has force only in a file outside the audited tree.
    pub scanners: Vec<Program>,
    /// `sbom.files`: SBOMs besides those that are named as such, relative to the tree.
    pub sboms: Vec<String>,
    /// `waivers`.
    pub waivers: Vec<Waiver>,
    /// `perf`: the load test.
    pub perf: PerfConfig,
    /// `provenance`: who builds, and what provenance must say.
    pub provenance: ProvenanceConfig,
    /// `release`: what is released, and what a gate asks for.
    pub release: release_settings::Settings,
    /// `rollback`: what is captured, and how one goes back.
    pub rollback: rollback_settings::Settings,
    /// `baseline`: what is measured, and what it should be.
    pub baseline: baseline_settings::Settings,
}

/// The program of a scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The scanner.
    pub scanner: Scanner,
    /// The program's file, relative to the folder of the configuration; none for the one in `PATH`.
    pub path: Option<PathBuf>,
    /// The SHA-256 that it must have.
    pub sha256: Option<[u8; 32]>,
}

/// What names a configuration may use: ids of checks and rules.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Ids of all checks.
    pub checks: &'a [&'a str],
    /// Ids of all rules; asked for only where a configuration names rules, because all rule files are read for it.
    pub rules: fn() -> Vec<&'static str>,
}

/// Why a configuration could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// As the user named it.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file says something that makes no sense.
    #[error("{0}")]
    Problems(Problems),
}

/// Reads the configuration file at `path`; reports call it `name`.
///
/// # Errors
/// When it cannot be read, or with every problem in it.
pub fn load(path: &Path, name: &str, known: Known<'_>) -> Result<Config, Error> {
    let mut config = read::read(&bytes(path, name)?, name, known).map_err(Error::Problems)?;
    config.folder = folder(path);
    config.perf.folder.clone_from(&config.folder);
    Ok(config)
}

/// Reads the configuration file of a load test: a `readiness.yaml`, or a scenario file, which has the keys of the section
/// `perf` at its top. A file with any of these is taken for a scenario.
///
/// # Errors
/// As [`load`].
pub fn load_either(path: &Path, name: &str, known: Known<'_>) -> Result<Config, Error> {
    if !perf::looks_like_scenario(&bytes(path, name)?) {
        return load(path, name, known);
    }
    let perf = load_scenario(path, name)?;
    Ok(Config { source: name.to_owned(), folder: perf.folder.clone(), perf, ..Config::default() })
}

/// Reads a scenario file: the keys of the section `perf`, at the top of a file of their own.
///
/// # Errors
/// When it cannot be read, or with every problem in it.
pub fn load_scenario(path: &Path, name: &str) -> Result<PerfConfig, Error> {
    let mut config = read_scenario(&bytes(path, name)?, name).map_err(Error::Problems)?;
    config.folder = folder(path);
    Ok(config)
}

/// Reads the text of a scenario file that problems call `name`; its folder stays empty.
///
/// # Errors
/// Every problem in it.
pub fn read_scenario(text: &[u8], name: &str) -> Result<PerfConfig, Problems> {
    perf::read_scenario(text, name)
}

fn bytes(path: &Path, name: &str) -> Result<Vec<u8>, Error> {
    crate::host::files::read_bounded(path, LIMIT)
        .map_err(|source| Error::Read { path: name.to_owned(), source })
}

fn folder(path: &Path) -> PathBuf {
    std::path::absolute(path).ok().and_then(|path| path.parent().map(Path::to_owned)).unwrap_or_default()
}

/// Reads the configuration of a tree, if it has one.
///
/// # Errors
/// As [`load`].
pub fn find(root: &Path, known: Known<'_>) -> Result<Option<Config>, Error> {
    let path = root.join(FILE_NAME);
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    load(&path, FILE_NAME, known).map(Some)
}
