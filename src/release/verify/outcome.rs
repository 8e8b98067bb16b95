//! All that was seen of a release directory.

use crate::formats::release_manifest::ReleaseManifest;
use crate::report::LeftOutKind;

use super::problem::{Flaw, Problem};

/// What a release directory came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The manifest, when it can be read; whether it is to be believed, the problems say.
    pub manifest: Option<ReleaseManifest>,
    /// SHA-256 (hex) of `SHA256SUMS`, when it is there: it stands for the whole release.
    pub sums_digest: Option<String>,
    /// Whether any public key was given.
    pub trusted: bool,
    /// Files read, and their bytes.
    pub files: u64,
    /// See `files`.
    pub bytes: u64,
    /// Files with the digests that both lists say, of those listed.
    pub digests: Count,
    /// Signatures that hold, of those there should be and those there are.
    pub signatures: Count,
    /// Encrypted artifacts that decrypt to what was released.
    pub decrypted: Count,
    /// Bills of materials that can be read and are about the release.
    pub sboms: Count,
    /// Attestations that vouch for the artifacts.
    pub attestations: Count,
    /// Reports that can be read and agree with the manifest.
    pub reports: Count,
    /// Keys whose signatures hold, by name.
    pub signers: Vec<Signer>,
    /// What the reports inside say.
    pub verdicts: Vec<Verdict>,
    /// What was not looked at.
    pub unseen: Vec<Unseen>,
    /// What is wrong, by path.
    pub problems: Vec<Problem>,
}

/// How many of a kind hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that hold.
    pub good: u64,
    /// All.
    pub of: u64,
}

impl Count {
    pub(super) fn add(&mut self, good: bool) {
        self.of += 1;
        self.good += u64::from(good);
    }
}

/// A key whose signatures hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Its name, as the verifier calls it.
    pub key: String,
    /// SHA-256 (hex) of its SubjectPublicKeyInfo.
    pub fingerprint: String,
    /// How many.
    pub signatures: u64,
}

/// What a report inside a release says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The file.
    pub path: String,
    /// Whether its verdict is ready.
    pub ready: bool,
    /// The verdict in words.
    pub words: String,
}

/// Something that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The file.
    pub path: String,
    /// Of which kind this is.
    pub kind: LeftOutKind,
    /// Why.
    pub reason: &'static str,
}

impl Outcome {
    pub(super) fn note(&mut self, path: &str, flaw: Flaw) {
        self.problems.push(Problem::new(path, flaw));
    }

    pub(super) fn leave_out(&mut self, path: &str, reason: &'static str) {
        self.unseen.push(Unseen { path: path.to_owned(), kind: LeftOutKind::Unjudged, reason });
    }
}
