//! Builds the directory of a release: artifacts first, then everything that speaks of them, signatures last.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::artifacts::Artifact;
use super::copy::{self, CopyError};
use super::names;
use super::plan::Plan;
use super::policy::Failure;
use super::protection::Keys;
use super::staging::{Staging, StagingError};
use super::write::Files;
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::dsse::{Envelope, IN_TOTO};
use crate::crypto::rsa_pss::SignError;
use crate::formats::release_manifest::{
    self as wire, Degraded, ENCRYPTED_ENDING, EncryptionInfo, Enterprise, FILE_NAME, FileRole,
    ReleaseManifest, SCHEMA, SUMS_NAME, SignatureInfo, Validation,
};
use crate::host::disk::Disk;
use crate::release::statement::{self, Build, ENVELOPE_PATH, STATEMENT_PATH};

/// A file of a release that is no artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    /// Its place, relative, separated by `/`.
    pub path: String,
    /// What it is.
    pub role: FileRole,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Everything besides the artifacts that goes into a release, made before anything is written.
#[derive(Clone, Debug, Default)]
pub struct Materials {
    /// Bills of materials, reports, documents, provenance of others.
    pub extras: Vec<Extra>,
    /// What was tried.
    pub validation: Validation,
    /// Steps that failed and need not succeed.
    pub degraded: Vec<Degraded>,
    /// What the provenance says, without its subjects and its end; none when none is made.
    pub provenance: Option<Build>,
    /// What bills of materials lack, in words.
    pub remarks: Vec<String>,
}

/// How far a build is, for a progress line.
#[derive(Debug, Default)]
pub struct Course {
    /// Bytes of artifacts that were read.
    pub bytes: AtomicU64,
    /// Signatures that were made.
    pub signatures: AtomicU64,
}

/// A release that was made.
#[derive(Clone, Debug)]
pub struct Built {
    /// Its manifest.
    pub manifest: ReleaseManifest,
    /// SHA-256 (hex) of its list of digests.
    pub sums: String,
    /// How many signatures stand in it.
    pub signatures: u64,
    /// Folders of earlier preparations that were ended, and that were removed.
    pub removed: Vec<String>,
}

/// Why there is no release.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Something has the name of the directory.
    #[error("{0} is there already; a release is never changed: choose another directory, or remove it")]
    Exists(String),
    /// Someone else makes the same release.
    #[error("another preparation of this release is at work in {0}")]
    Busy(String),
    /// An artifact cannot be copied.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// A file cannot be written.
    #[error("{path}: {source}")]
    Write {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// It is there, but may not survive that the machine stops now.
    #[error(
        "{path} is there and whole, but its name could not be forced to the disk ({source}): verify it before use"
    )]
    Unforced {
        /// The directory.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Two files of the release have one name.
    #[error("two files of the release would be called {0}")]
    Twice(String),
    /// A signature of a file would be one of something else as well.
    #[error(
        "{path} is not signed, because it is {what}: its signature would hold there, too; release an archive of it"
    )]
    Meaning {
        /// The file.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// A signature cannot be made.
    #[error("the signing key: {0}")]
    Sign(#[source] SignError),
    /// A step failed that must not.
    #[error(transparent)]
    Mandatory(#[from] Failure),
    /// The manifest would be none that a reader takes.
    #[error("{FILE_NAME}: {0}")]
    Manifest(String),
}

impl BuildError {
    pub(super) fn write(path: &str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Write { path, source }
    }
}

impl From<StagingError> for BuildError {
    fn from(error: StagingError) -> Self {
        match error {
            StagingError::Exists(path) => Self::Exists(path),
            StagingError::Busy(path) => Self::Busy(path),
            StagingError::Disk { path, source } => Self::Write { path, source },
            StagingError::Unforced { path, source } => Self::Unforced { path, source },
        }
    }
}

/// Makes the release. Until the last step there is nothing under its name; after an error there is nothing left of it.
/// `finished` is asked for the moment at which the artifacts were complete, RFC 3339 in UTC.
///
/// # Errors
/// Why there is no release.
pub fn build(
    plan: &Plan,
    materials: &Materials,
    keys: &Keys,
    disk: &Disk,
    (course, finished): (&Course, &dyn Fn() -> String),
) -> Result<Built, BuildError> {
    let (staging, removed) = Staging::begin(&plan.target, disk)?;
    let written = {
        let mut work = Work {
            plan,
            materials,
            keys,
            disk,
            staging: &staging,
            course,
            files: Files::new(disk, &staging),
        };
        work.all(finished).map(|built| (built, work.files.folders()))
    };
    match written {
        Ok((built, folders)) => {
            let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
            staging.put_in_place(&folders)?;
            Ok(Built { removed, ..built })
        }
        Err(error) => {
            staging.abandon();
            Err(error)
        }
    }
}

struct Work<'a> {
    plan: &'a Plan,
    materials: &'a Materials,
    keys: &'a Keys,
    disk: &'a Disk,
    staging: &'a Staging<'a>,
    course: &'a Course,
    files: Files<'a>,
}

impl Work<'_> {
    fn all(&mut self, finished: &dyn Fn() -> String) -> Result<Built, BuildError> {
        let artifacts =
            self.plan.artifacts.iter().map(|artifact| self.artifact(artifact)).collect::<Result<Vec<_>, _>>();
        let artifacts = artifacts?;
        let mut listed = self.extras()?;
        let mut degraded = self.materials.degraded.clone();
        if let Some(build) = &self.materials.provenance {
            match self.provenance(build, &artifacts, finished())? {
                Ok(file) => listed.push(file),
                Err(reason) => degraded.push(self.plan.steps.degraded("slsa", reason)?),
            }
        }
        listed.sort_by(|one, other| one.path.cmp(&other.path));
        let manifest = self.manifest(artifacts, listed, degraded);
        let bytes = manifest.to_bytes();
        // What no reader takes must not be released.
        ReleaseManifest::parse(&bytes).map_err(|error| BuildError::Manifest(error.to_string()))?;
        self.files.write(FILE_NAME, &bytes)?;
        let sums = self.files.sums();
        let sums = self.files.write(SUMS_NAME, sums.as_bytes())?;
        let signatures = match &self.keys.signing {
            Some(key) => self.files.sign(key, || {
                self.course.signatures.fetch_add(1, Relaxed);
            })?,
            None => 0,
        };
        Ok(Built { manifest, sums: sums.to_string(), signatures, removed: Vec::new() })
    }

    fn artifact(&mut self, artifact: &Artifact) -> Result<wire::Artifact, BuildError> {
        let key = self.keys.encryption.as_ref();
        let ending = if key.is_some() { ENCRYPTED_ENDING } else { "" };
        let path = format!("artifacts/{}{ending}", artifact.name);
        self.files.make_folder(&path)?;
        let place = self.staging.place(&path);
        let copied = copy::copy(artifact, (&place, &path), key, self.disk, &self.course.bytes)?;
        self.files.note(&path, copied.stored)?;
        Ok(wire::Artifact {
            name: artifact.name.clone(),
            path,
            size: artifact.size,
            sha256: copied.plain.to_string(),
            encrypted_size: key.map(|_| copied.size),
        })
    }

    fn extras(&mut self) -> Result<Vec<wire::File>, BuildError> {
        let mut extras: Vec<&Extra> = self.materials.extras.iter().collect();
        extras.sort_by(|one, other| one.path.cmp(&other.path));
        let mut listed = Vec::new();
        for Extra { path, role, bytes } in extras {
            let sha256 = self.files.write(path, bytes)?.to_string();
            listed.push(wire::File {
                path: path.clone(),
                role: *role,
                size: Some(bytes.len() as u64),
                sha256,
            });
        }
        Ok(listed)
    }

    /// Our own provenance. The inner error is a step that failed.
    fn provenance(
        &mut self,
        build: &Build,
        artifacts: &[wire::Artifact],
        finished: String,
    ) -> Result<Result<wire::File, String>, BuildError> {
        let subjects =
            artifacts.iter().map(|artifact| (artifact.name.clone(), artifact.sha256.clone())).collect();
        let build = Build { subjects, finished: finished.max(build.started.clone()), ..build.clone() };
        let statement = statement::statement(&build);
        if statement.is_empty() {
            return Ok(Err("no statement could be made".to_owned()));
        }
        let sha256 = HashAlgorithm::Sha256.digest(&statement).to_string();
        let role = FileRole::Attestation;
        let Some(key) = &self.keys.signing else {
            self.files.write(STATEMENT_PATH, &statement)?;
            let size = Some(statement.len() as u64);
            return Ok(Ok(wire::File { path: STATEMENT_PATH.to_owned(), role, size, sha256 }));
        };
        let envelope = Envelope::signed(key, IN_TOTO, statement).map_err(BuildError::Sign)?;
        self.files.write(ENVELOPE_PATH, &envelope.to_line())?;
        // The envelope is another one at every run; what it says is not.
        Ok(Ok(wire::File { path: ENVELOPE_PATH.to_owned(), role, size: None, sha256 }))
    }

    fn manifest(
        &self,
        artifacts: Vec<wire::Artifact>,
        files: Vec<wire::File>,
        degraded: Vec<Degraded>,
    ) -> ReleaseManifest {
        let has = |role| files.iter().any(|file| file.role == role);
        let Plan { name, version, created, profile, source, .. } = self.plan;
        ReleaseManifest {
            schema: SCHEMA,
            name: name.clone(),
            version: version.clone(),
            created: created.clone(),
            profile: profile.clone(),
            source: source.clone(),
            tool: format!("readiness {}", env!("CARGO_PKG_VERSION")),
            enterprise: Enterprise {
                signed: self.keys.signing.is_some(),
                encrypted: self.keys.encryption.is_some(),
                sbom: has(FileRole::Sbom),
                slsa: has(FileRole::Attestation),
            },
            validation: self.materials.validation.clone(),
            signature: self.keys.signing.as_ref().map(|key| SignatureInfo {
                algorithm: wire::SIGNATURE_ALGORITHM.to_owned(),
                key: key.public().fingerprint().to_string(),
            }),
            encryption: self.keys.encryption.as_ref().map(|key| EncryptionInfo {
                format: wire::ENCRYPTION_FORMAT.to_owned(),
                segment_size: key.parameters().segment_size() as u64,
            }),
            degraded,
            artifacts,
            files,
        }
    }
}

impl Plan {
    /// What the source tree's bill of materials is called: the release, unless an artifact has that name.
    #[must_use]
    pub fn source_bill(&self) -> String {
        let stem = names::stem(&self.name);
        let taken = |stem: &str| {
            self.artifacts.iter().any(|artifact| names::folded(&artifact.name) == names::folded(stem))
        };
        if taken(&stem) { format!("{stem}.source") } else { stem }
    }
}
