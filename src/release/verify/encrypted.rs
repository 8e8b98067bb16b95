//! Encrypted artifacts: from outside without a key, to the last byte with one.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::outcome::Outcome;
use super::pass::{Content, Seen};
use super::problem::Flaw;
use crate::crypto::digest::{Digest, HashAlgorithm, Hasher};
use crate::crypto::secret_key::{FileKey, Material};
use crate::crypto::streaming::{Decryptor, Parameters, StreamError, StreamingKey, inspect};
use crate::formats::release_manifest::{Artifact, ReleaseManifest};

/// What an encrypted file was before encryption.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    pub(super) size: u64,
    pub(super) digest: Digest,
}

/// A decryption with every key at once; those that do not fit fall out at the first segment.
pub(super) struct Opener {
    running: Vec<(Decryptor, Sink)>,
    fault: Option<StreamError>,
}

/// Takes plaintext in and keeps its digest alone.
struct Sink(Hasher);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Opener {
    /// A decryption of nothing yet.
    pub(super) fn new(manifest: &ReleaseManifest, keys: &[FileKey]) -> Result<Self, String> {
        let parameters = parameters(manifest)?;
        let running: Vec<_> = keys
            .iter()
            .filter_map(|key| match &key.material {
                Material::Plain(secret) => Some(StreamingKey::from_secret(secret, parameters)),
                Material::Streaming(streaming) => Some(streaming.clone()),
                Material::Gcm { .. } => None,
            })
            .map(|key| (Decryptor::new(&key, b""), Sink(Hasher::new(HashAlgorithm::Sha256))))
            .collect();
        if running.is_empty() {
            return Err("none of the keys given is for this format".to_owned());
        }
        Ok(Self { running, fault: None })
    }

    /// Takes in more of the file.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let fault = &mut self.fault;
        self.running.retain_mut(|(decryptor, sink)| match decryptor.update(bytes, sink) {
            Ok(()) => true,
            Err(error) => {
                keep(fault, error);
                false
            }
        });
    }

    /// What it was, now that there is no more of it.
    pub(super) fn finish(mut self) -> Result<Plain, String> {
        for (decryptor, mut sink) in self.running {
            match decryptor.finish(&mut sink) {
                Ok(summary) => return Ok(Plain { size: summary.plaintext_size, digest: sink.0.finish() }),
                Err(error) => keep(&mut self.fault, error),
            }
        }
        Err(self.fault.map_or_else(|| "it does not open".to_owned(), |error| error.to_string()))
    }
}

/// A key under which some of it opened says more than one under which nothing did.
fn keep(fault: &mut Option<StreamError>, error: StreamError) {
    if fault.is_none() || matches!(fault, Some(StreamError::FirstSegment)) {
        *fault = Some(error);
    }
}

fn parameters(manifest: &ReleaseManifest) -> Result<Parameters, String> {
    let size = manifest.encryption.as_ref().map_or(0, |info| info.segment_size);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    Parameters::new(size, HashAlgorithm::Sha256).map_err(|error| format!("the manifest says {error}"))
}

/// Holds encrypted artifacts against the manifest.
pub(super) fn compare(
    manifest: &ReleaseManifest,
    seen: &BTreeMap<String, Seen>,
    with_key: bool,
    outcome: &mut Outcome,
) {
    for artifact in manifest.artifacts.iter().filter(|artifact| artifact.encrypted_size.is_some()) {
        let Some(file) = seen.get(&artifact.path) else {
            outcome.decrypted.add(false);
            continue;
        };
        let fault = match &file.content {
            Content::Plain(result) => inside(artifact, result),
            _ => outside(manifest, artifact, file),
        };
        outcome.decrypted.add(with_key && fault.is_none());
        if !with_key {
            outcome.leave_out(&artifact.path, "encrypted artifacts that were not decrypted: no key");
        }
        if let Some(fault) = fault {
            outcome.note(&artifact.path, Flaw::Ciphertext(fault));
        }
    }
}

/// What is wrong with what came out.
fn inside(artifact: &Artifact, result: &Result<Plain, String>) -> Option<String> {
    let plain = match result {
        Ok(plain) => plain,
        Err(error) => return Some(error.clone()),
    };
    if plain.size != artifact.size {
        return Some(format!("it decrypts to {} bytes, the manifest says {}", plain.size, artifact.size));
    }
    let found = plain.digest.to_string();
    (found != artifact.sha256)
        .then(|| "it decrypts, but to other bytes than those whose digest the manifest has".to_owned())
}

/// What can be wrong without a key: header and size.
fn outside(manifest: &ReleaseManifest, artifact: &Artifact, file: &Seen) -> Option<String> {
    let parameters = match parameters(manifest) {
        Ok(parameters) => parameters,
        Err(error) => return Some(error),
    };
    match inspect(&file.head, file.size, &parameters) {
        Ok((_, plan)) if plan.plaintext_size != artifact.size => Some(format!(
            "its size is that of {} bytes encrypted, the manifest says {}",
            plan.plaintext_size, artifact.size
        )),
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}
