//! The envelopes and statements in a file: one DSSE envelope, one statement that nobody signed, a bundle of either with one
//! a line (`.intoto.jsonl`), Sigstore bundles, and what `gh attestation download` writes (a Sigstore bundle a line).

use base64::Engine as _;
use serde_json::Value;

use crate::crypto::certificate::{Certificate, CertificateError, MAX_CERTIFICATES};
use crate::crypto::dsse::{DsseError, Envelope};
use crate::crypto::pem::BASE64;

/// Largest file read, in bytes.
pub const MAX_FILE: usize = 16 << 20;
/// Most attestations of one file.
pub const MAX_ITEMS: usize = 1000;

/// Why a file holds no attestation at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Larger than any.
    #[error("larger than {MAX_FILE} bytes")]
    TooLarge,
    /// Nothing in it.
    #[error("empty")]
    Empty,
    /// More than any file has.
    #[error("more than {MAX_ITEMS} attestations")]
    TooMany,
    /// Not JSON.
    #[error("line {line}: not JSON: {what}")]
    Json {
        /// Counted from 1.
        line: usize,
        /// What the parser says.
        what: String,
    },
    /// JSON of another kind.
    #[error("line {0}: neither a DSSE envelope nor a Sigstore bundle nor an in-toto statement")]
    Other(usize),
    /// A Sigstore bundle over a file, not over an envelope.
    #[error("line {0}: a Sigstore bundle that signs a file: there is no provenance in it")]
    NoEnvelope(usize),
    /// The envelope is damaged.
    #[error("line {line}: {reason}")]
    Envelope {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: DsseError,
    },
    /// A certificate in a bundle is damaged.
    #[error("line {line}: certificate in the bundle: {reason}")]
    Certificate {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: CertificateError,
    },
}

/// One thing that a file holds.
#[derive(Clone, Debug)]
pub struct Item {
    /// The line it stands on, from 1.
    pub line: usize,
    /// What it is.
    pub content: Content,
}

/// What an item is.
#[derive(Clone, Debug)]
pub enum Content {
    /// An envelope, with the certificates that came with it, the signer's first.
    Envelope(Envelope, Vec<Certificate>),
    /// A statement that nobody signed.
    Statement(Vec<u8>),
}

/// Whether a text looks like one of these, by its first bytes and the names of its fields: for files whose name says
/// nothing.
#[must_use]
pub fn looks_like_one(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(64 << 10)).unwrap_or_default();
    let has = |text: &[u8]| memchr::memmem::find(head, text).is_some();
    head.trim_ascii_start().starts_with(b"{")
        && (has(b"\"payloadType\"") || has(b"\"dsseEnvelope\"") || has(b"https://in-toto.io/Statement/"))
}

/// Reads a file.
///
/// # Errors
/// The first thing in it that is none of these: nothing of a file counts of which a part cannot be read.
pub fn items(bytes: &[u8]) -> Result<Vec<Item>, FileError> {
    if bytes.len() > MAX_FILE {
        return Err(FileError::TooLarge);
    }
    // One value over several lines, or one a line: a value on the first line alone means the latter.
    let single: Result<Value, _> = serde_json::from_slice(bytes);
    if let Ok(value) = single {
        return one(value, 1, Some(bytes)).map(|item| vec![item]);
    }
    let mut items = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        if items.len() == MAX_ITEMS {
            return Err(FileError::TooMany);
        }
        let value = serde_json::from_slice(text)
            .map_err(|error| FileError::Json { line: index + 1, what: error.to_string() })?;
        items.push(one(value, index + 1, Some(text))?);
    }
    if items.is_empty() { Err(FileError::Empty) } else { Ok(items) }
}

/// One value; `bytes` are its own.
fn one(mut value: Value, line: usize, bytes: Option<&[u8]>) -> Result<Item, FileError> {
    // What GitHub's API answers with: the bundle inside.
    if let Some(bundle) = value.get_mut("bundle").map(Value::take).filter(Value::is_object) {
        return one(bundle, line, None);
    }
    let envelope = |value, certificates| {
        let envelope = Envelope::from_value(value).map_err(|reason| FileError::Envelope { line, reason })?;
        Ok(Item { line, content: Content::Envelope(envelope, certificates) })
    };
    if value.get("payloadType").is_some() && value.get("payload").is_some() {
        let certificates = certificate_of_signature(&value, line)?;
        return envelope(value, certificates);
    }
    if let Some(inner) = value.get_mut("dsseEnvelope").map(Value::take).filter(Value::is_object) {
        let certificates = certificates(&value, line)?;
        return envelope(inner, certificates);
    }
    if value.get("messageSignature").is_some() {
        return Err(FileError::NoEnvelope(line));
    }
    let is_statement = value
        .get("_type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind.starts_with("https://in-toto.io/"));
    match bytes {
        Some(bytes) if is_statement => Ok(Item { line, content: Content::Statement(bytes.to_vec()) }),
        _ => Err(FileError::Other(line)),
    }
}

/// The certificates of a Sigstore bundle: `certificate` (v0.3) or `x509CertificateChain`, in DER and base64. A hint at a
/// public key says nothing that counts.
fn certificates(bundle: &Value, line: usize) -> Result<Vec<Certificate>, FileError> {
    let material = bundle.get("verificationMaterial");
    let mut raw: Vec<&str> = Vec::new();
    if let Some(material) = material {
        raw.extend(material.pointer("/certificate/rawBytes").and_then(Value::as_str));
        let chain = material.pointer("/x509CertificateChain/certificates").and_then(Value::as_array);
        raw.extend(chain.into_iter().flatten().filter_map(|one| one.get("rawBytes")?.as_str()));
    }
    let error = |reason| FileError::Certificate { line, reason };
    if raw.len() > MAX_CERTIFICATES {
        return Err(error(CertificateError::TooMany));
    }
    raw.into_iter()
        .map(|text| {
            let der = BASE64.decode(text).map_err(|_| error(CertificateError::Malformed))?;
            Certificate::from_der(&der).map_err(error)
        })
        .collect()
}

/// The certificate that the first generators of SLSA put beside the signature: PEM in `cert`.
fn certificate_of_signature(envelope: &Value, line: usize) -> Result<Vec<Certificate>, FileError> {
    let Some(pem) = envelope.pointer("/signatures/0/cert").and_then(Value::as_str) else {
        return Ok(Vec::new());
    };
    if pem.trim().is_empty() {
        return Ok(Vec::new());
    }
    Certificate::parse_all(pem.as_bytes()).map_err(|reason| FileError::Certificate { line, reason })
}
