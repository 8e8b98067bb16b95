//! `manifest.json` of a release directory: what was released, from what, and what was done for it.
//!
//! Its bytes depend on nothing but its inputs and `SOURCE_DATE_EPOCH`: digests of ciphertexts and of signed envelopes,
//! which differ at every run, stand in `SHA256SUMS` alone, and that lists this manifest. So `SHA256SUMS` and its signature
//! bind every byte of a release, and this manifest and its signature bind what the release is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{entry_path, hex};

/// Name of the file in a release directory.
pub const FILE_NAME: &str = "manifest.json";
/// Name of the list of digests in a release directory.
pub const SUMS_NAME: &str = "SHA256SUMS";
/// What the name of a signature adds to that of the file it is of.
pub const SIGNATURE_ENDING: &str = ".sig";
/// What the name of an encrypted file adds to that of its plaintext.
pub const ENCRYPTED_ENDING: &str = ".enc";
/// How releases are signed.
pub const SIGNATURE_ALGORITHM: &str = "RSASSA-PSS, SHA-256, MGF1 with SHA-256, salt of 32 bytes";
/// How artifacts are encrypted.
pub const ENCRYPTION_FORMAT: &str = "AES256-GCM-HKDF-SHA256 streaming (Tink)";
/// Version of this wire form; raised when a reader of the older form could misread the newer one.
pub const SCHEMA: u32 = 1;
/// Largest manifest read, in bytes.
pub const MAX_BYTES: usize = 16 << 20;
/// Most artifacts or other files in one.
pub const MAX_FILES: usize = 20_000;

/// The manifest of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseManifest {
    /// Version of this wire form, see [`SCHEMA`].
    pub schema: u32,
    /// Name of what is released.
    pub name: String,
    /// Its version, as it was given or as the tag of the commit says.
    pub version: String,
    /// When the release was made: RFC 3339 in UTC, to the second. It is what the windows of keys are judged by.
    pub created: String,
    /// The profile, such as `prod`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profile: Option<String>,
    /// What it was made from.
    pub source: Source,
    /// The program that made it, `readiness` and its version.
    pub tool: String,
    /// What protects it.
    pub enterprise: Enterprise,
    /// What was tried before it was released.
    pub validation: Validation,
    /// The key that signed it; none of a release that is not signed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signature: Option<SignatureInfo>,
    /// How artifacts are encrypted; none of a release that is not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub encryption: Option<EncryptionInfo>,
    /// Optional steps that were asked for and did not succeed, in words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub degraded: Vec<Degraded>,
    /// What is released, by path.
    pub artifacts: Vec<Artifact>,
    /// Every other file, by path; not this one, not the list of digests, no signature.
    pub files: Vec<File>,
}

/// What a release was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The commit, hex; none outside a git work tree.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commit: Option<String>,
    /// Whether the work tree held changes that the commit does not; none where it could not be told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dirty: Option<bool>,
    /// The tag of the commit that names the version, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tag: Option<String>,
    /// Where the repository is published, without user and password.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub repository: Option<String>,
}

/// What protects a release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enterprise {
    /// Every file has a signature beside it.
    pub signed: bool,
    /// Artifacts are encrypted.
    pub encrypted: bool,
    /// There are bills of materials.
    pub sbom: bool,
    /// There is SLSA provenance.
    pub slsa: bool,
}

/// What was tried before a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// The load test.
    pub performance_tests: Tried,
    /// The audit.
    pub security_audit: Tried,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case", deny_unknown_fields)]
pub enum Tried {
    /// Its verdict is ready.
    Passed {
        /// The report, relative to the release.
        report: String,
    },
    /// Its verdict is another one.
    Failed {
        /// The report, relative to the release.
        report: String,
        /// The verdict and its reasons, in words.
        reason: String,
    },
    /// It was not run, or did not come to an end.
    NotRun {
        /// Why.
        reason: String,
    },
}

impl Default for Tried {
    fn default() -> Self {
        Self::NotRun { reason: "not asked for".to_owned() }
    }
}

/// The key that signed a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureInfo {
    /// Always [`SIGNATURE_ALGORITHM`].
    pub algorithm: String,
    /// SHA-256 (hex) of the public key's SubjectPublicKeyInfo.
    pub key: String,
}

/// How artifacts are encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncryptionInfo {
    /// Always [`ENCRYPTION_FORMAT`].
    pub format: String,
    /// Bytes of ciphertext in a full segment.
    pub segment_size: u64,
}

/// An optional step that did not succeed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Degraded {
    /// The step: `sbom`, `slsa`, `security_audit`, `performance_tests`, `notes`.
    pub step: String,
    /// Why.
    pub reason: String,
}

/// An artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// Its file name before encryption.
    pub name: String,
    /// The file in the release, relative, separated by `/`.
    pub path: String,
    /// Bytes, before encryption.
    pub size: u64,
    /// SHA-256 (hex), before encryption.
    pub sha256: String,
    /// Bytes of the file in the release, when that is encrypted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub encrypted_size: Option<u64>,
}

/// A file that is no artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The file in the release, relative, separated by `/`.
    pub path: String,
    /// What it is.
    pub role: FileRole,
    /// Bytes; none of an envelope that was signed with the release, because it is another one at every run. Provenance
    /// that others signed is an input, and has its size.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub size: Option<u64>,
    /// SHA-256 (hex) of its bytes; of a file without a size that of its payload.
    pub sha256: String,
}

/// What a file of a release is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileRole {
    /// A document for people.
    #[default]
    Document,
    /// A software bill of materials.
    Sbom,
    /// A signed statement: a DSSE envelope.
    Attestation,
    /// A report of this program.
    Report,
}

/// Why a manifest cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseManifestError {
    /// Larger than any manifest.
    #[error("larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not JSON, or not of this form.
    #[error("line {line}: {what}")]
    Shape {
        /// Line counted from 1.
        line: usize,
        /// What is wrong, without values.
        what: String,
    },
    /// Of another version.
    #[error("its schema is {0}, and this program reads {SCHEMA}")]
    Schema(u32),
    /// It says something that no release can be.
    #[error("{0}")]
    Content(String),
}

impl ReleaseManifest {
    /// Reads a manifest and holds it to what a release can be: plain relative paths, each once, digests of 64 hex digits.
    ///
    /// # Errors
    /// What is wrong with it; the whole file is refused then.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReleaseManifestError> {
        /// The version alone, for files of which nothing else is known.
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        if bytes.len() > MAX_BYTES {
            return Err(ReleaseManifestError::TooLarge);
        }
        if let Ok(Version { schema }) = serde_json::from_slice(bytes)
            && schema != SCHEMA
        {
            return Err(ReleaseManifestError::Schema(schema));
        }
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| ReleaseManifestError::Shape {
            line: error.line(),
            what: shape(&error).to_owned(),
        })?;
        manifest.check().map_err(ReleaseManifestError::Content)?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        if self.artifacts.len() + self.files.len() > MAX_FILES {
            return Err(format!("more than {MAX_FILES} files"));
        }
        let mut seen = BTreeSet::new();
        let artifacts = self.artifacts.iter().map(|artifact| (&artifact.path, &artifact.sha256));
        for (path, digest) in artifacts.chain(self.files.iter().map(|file| (&file.path, &file.sha256))) {
            match entry_path::normalise(path) {
                Ok(plain) if plain == *path => {}
                Ok(_) => return Err("a path is not written in its plain form".to_owned()),
                Err(problem) => return Err(format!("a path is none of a release: {problem}")),
            }
            if !seen.insert(path) {
                return Err(format!("`{path}` stands twice"));
            }
            let plain = digest.len() == 64
                && digest.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
                && hex::decode(digest.as_bytes()).is_ok();
            if !plain {
                return Err(format!("the digest of `{path}` is not 64 hex digits"));
            }
        }
        Ok(())
    }

    /// The bytes of the file: JSON, indented by two, with a line end.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings and numbers alone: nothing that JSON cannot hold.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// What is wrong, without a value of the file.
fn shape(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a field is missing, unknown, or of another type",
        serde_json::error::Category::Io => "it cannot be read",
    }
}
