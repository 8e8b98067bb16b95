//! Attestations of a release: ours vouches for exactly the artifacts, those of others for at least one of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;

use super::outcome::Outcome;
use super::pass::{Content, Seen};
use super::problem::Flaw;
use super::signatures::{Refusal, count, signed_by};
use crate::artifact::signature::TrustedKey;
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::dsse::{Envelope, IN_TOTO};
use crate::formats::intoto::{PROVENANCE_V1, Resource, STATEMENT_V1, Statement};
use crate::formats::release_manifest::{File, FileRole, ReleaseManifest};
use crate::release::statement::{ENVELOPE_PATH, STATEMENT_PATH};

/// Most envelopes of a bundle.
const MOST: usize = 1_000;

/// Whether a file is the provenance that was made with the release.
pub(super) fn is_ours(file: &File) -> bool {
    file.path == ENVELOPE_PATH || file.path == STATEMENT_PATH
}

/// Holds attestations against the manifest.
pub(super) fn compare(
    manifest: &ReleaseManifest,
    seen: &BTreeMap<String, Seen>,
    (keys, at): (&[TrustedKey], Timestamp),
    outcome: &mut Outcome,
) {
    for file in manifest.files.iter().filter(|file| file.role == FileRole::Attestation || is_ours(file)) {
        let result = match seen.get(&file.path).map(|file| &file.content) {
            Some(Content::Attestation(bytes)) if file.path == STATEMENT_PATH => statement(bytes, manifest),
            Some(Content::Attestation(bytes)) if file.path == ENVELOPE_PATH => {
                ours(bytes, file, manifest, (keys, at), outcome)
            }
            Some(Content::Attestation(bytes)) => foreign(bytes, file, manifest, (keys, at), outcome),
            Some(_) => Err("larger than is read".to_owned()),
            None => {
                // It was missed already.
                outcome.attestations.add(false);
                continue;
            }
        };
        outcome.attestations.add(result.is_ok());
        if let Err(why) = result {
            outcome.note(&file.path, Flaw::Provenance(why));
        }
    }
}

/// One envelope, signed with a trusted key, whose payload the manifest binds and whose subjects are the artifacts.
fn ours(
    bytes: &[u8],
    file: &File,
    manifest: &ReleaseManifest,
    (keys, at): (&[TrustedKey], Timestamp),
    outcome: &mut Outcome,
) -> Result<(), String> {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if memchr::memchr(b'\n', line).is_some() {
        return Err("several lines, where one envelope should be".to_owned());
    }
    let envelope = Envelope::parse(line).map_err(|error| error.to_string())?;
    let digest = HashAlgorithm::Sha256.digest(&envelope.payload).to_string();
    if super::lists::is_envelope(file) && digest != file.sha256 {
        return Err("its payload is not the one whose digest the manifest has".to_owned());
    }
    if envelope.payload_type != IN_TOTO {
        return Err(format!("its payload is called `{}`, where {IN_TOTO} is needed", envelope.payload_type));
    }
    if keys.is_empty() {
        if envelope.signatures.is_empty() {
            return Err("the envelope has no signature".to_owned());
        }
    } else {
        signed(&envelope, keys, at, outcome)?;
    }
    statement(&envelope.payload, manifest)
}

/// That a trusted key signed the envelope. One is enough; the hints at keys decide nothing.
fn signed(
    envelope: &Envelope,
    keys: &[TrustedKey],
    at: Timestamp,
    outcome: &mut Outcome,
) -> Result<(), String> {
    let digest = HashAlgorithm::Sha256.digest(&envelope.pae());
    let mut fault = "the envelope has no signature".to_owned();
    for signature in &envelope.signatures {
        match signed_by(&digest, &signature.bytes, keys, at) {
            Ok(attempt) => {
                count(&attempt, outcome);
                return Ok(());
            }
            Err(Refusal::Barred { key, why }) => {
                fault = format!("the envelope is signed by {key}, which {why}");
            }
            Err(Refusal::False(why)) => {
                fault = format!("a signature of the envelope does not verify: {why}");
            }
        }
    }
    Err(fault)
}

/// That a statement is provenance, and its subjects are the artifacts: names and digests before encryption, none more and
/// none less.
fn statement(payload: &[u8], manifest: &ReleaseManifest) -> Result<(), String> {
    let statement = read(payload)?;
    if statement.statement_type != STATEMENT_V1 || statement.predicate_type != PROVENANCE_V1 {
        return Err("it is no SLSA provenance v1 in an in-toto statement v1".to_owned());
    }
    let mut left: BTreeSet<(&str, &str)> = manifest
        .artifacts
        .iter()
        .map(|artifact| (artifact.name.as_str(), artifact.sha256.as_str()))
        .collect();
    for subject in &statement.subjects {
        let (name, digest) =
            (subject.name.as_deref().unwrap_or_default(), sha256(subject).unwrap_or_default());
        if left.remove(&(name, digest)) {
            continue;
        }
        return Err(if manifest.artifacts.iter().any(|artifact| artifact.name == name) {
            format!("it names `{name}` with another digest than the manifest, or twice")
        } else {
            format!("it names `{name}`, which is no artifact of the release")
        });
    }
    match left.first() {
        Some((name, _)) => Err(format!("it does not name the artifact `{name}`")),
        None => Ok(()),
    }
}

/// Envelopes of others: each can be read, and one at least is about an artifact.
fn foreign(
    bytes: &[u8],
    file: &File,
    manifest: &ReleaseManifest,
    (keys, at): (&[TrustedKey], Timestamp),
    outcome: &mut Outcome,
) -> Result<(), String> {
    let envelopes = envelopes(bytes)?;
    let digests: BTreeSet<&str> =
        manifest.artifacts.iter().map(|artifact| artifact.sha256.as_str()).collect();
    let mut about = false;
    let mut verified = true;
    for envelope in &envelopes {
        let statement = read(&envelope.payload)?;
        about = about
            || statement
                .subjects
                .iter()
                .any(|subject| sha256(subject).is_some_and(|it| digests.contains(it)));
        verified = verified && signed(envelope, keys, at, outcome).is_ok();
    }
    if !verified {
        outcome.leave_out(
            &file.path,
            "attestations of others, whose signatures `release verify-provenance` verifies",
        );
    }
    if about { Ok(()) } else { Err("it is about none of the artifacts".to_owned()) }
}

/// The envelopes of a file: one, a bundle of one a line, or one inside a Sigstore bundle.
fn envelopes(bytes: &[u8]) -> Result<Vec<Envelope>, String> {
    #[derive(Deserialize)]
    struct Bundle {
        #[serde(rename = "dsseEnvelope")]
        envelope: serde_json::Value,
    }
    if let Ok(envelope) = Envelope::parse(bytes) {
        return Ok(vec![envelope]);
    }
    if let Ok(bundle) = serde_json::from_slice::<Bundle>(bytes) {
        let inner = bundle.envelope.to_string();
        return Ok(vec![Envelope::parse(inner.as_bytes()).map_err(|error| error.to_string())?]);
    }
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let envelopes: Vec<Envelope> = lines
        .take(MOST + 1)
        .map(Envelope::parse)
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    if envelopes.len() > MOST {
        return Err(format!("more than {MOST} envelopes"));
    }
    if envelopes.is_empty() { Err("it holds no envelope".to_owned()) } else { Ok(envelopes) }
}

fn read(payload: &[u8]) -> Result<Statement, String> {
    Statement::parse(payload).map_err(|error| format!("its payload is no in-toto statement: {error}"))
}

fn sha256(subject: &Resource) -> Option<&str> {
    subject.digest.get("sha256").map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_read_whole_or_refused() {
        let line = b"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}\n";
        assert_eq!(envelopes(&line.repeat(MOST)).map(|all| all.len()), Ok(MOST));
        assert!(envelopes(&line.repeat(MOST + 1)).unwrap_err().contains("more than"));
    }
}
