//! The signature beside a manifest, verified before anything of the manifest is used.

use std::io;
use std::path::Path;

use jiff::Timestamp;

use crate::artifact::signature::{
    Bar, KeyVerdict, MAX_SIGNATURE_FILE, SignatureCheck, TrustedKey, read_signature, verify,
};
use crate::crypto::digest::HashAlgorithm;
use crate::host::files::read_bounded;

/// What the signature says of the manifest.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// A trusted key made it over these bytes; its name.
    Signed(String),
    /// There is none.
    Absent,
    /// There is one, and no key to verify it with.
    NoKey,
    /// There is one, and it does not hold; why.
    Refused(String),
}

/// Verifies the signature at `location` (the manifest's name with `.sig`) over the manifest's bytes, with keys
/// that must be valid at a moment.
pub(super) fn judge(location: &Path, manifest: &[u8], keys: &[TrustedKey], at: Timestamp) -> Trust {
    let file = match read_bounded(location, MAX_SIGNATURE_FILE as u64) {
        Ok(file) => file,
        // A link that leads nowhere is a signature that cannot be read, not one that was never there.
        Err(error) if error.kind() == io::ErrorKind::NotFound && location.symlink_metadata().is_err() => {
            return Trust::Absent;
        }
        Err(_) if keys.is_empty() => return Trust::NoKey,
        Err(error) => return Trust::Refused(format!("the signature cannot be read: {}", error.kind())),
    };
    if keys.is_empty() {
        return Trust::NoKey;
    }
    let blob = match read_signature(&file) {
        Ok(blob) => blob,
        Err(error) => return Trust::Refused(error.to_string()),
    };
    let digests = HashAlgorithm::ALL.map(|algorithm| algorithm.digest(manifest));
    let check = verify(&digests, &blob.bytes, keys, at);
    match check.verified() {
        Some(attempt) => Trust::Signed(attempt.key_id.clone()),
        None => Trust::Refused(why(&check)),
    }
}

/// The most telling reason: a key that did sign, and may not, says more than one that did not.
fn why(check: &SignatureCheck) -> String {
    let told = check.attempts.iter().find_map(|attempt| {
        let id = &attempt.key_id;
        Some(match &attempt.verdict {
            KeyVerdict::Barred { bar: Bar::Revoked, signed: true } => {
                format!("made with key `{id}`, which is revoked")
            }
            KeyVerdict::Barred { bar: Bar::Expired(end), signed: true } => {
                format!("made with key `{id}`, which expired at {end}")
            }
            KeyVerdict::Barred { bar: Bar::NotYetValid(start), signed: true } => {
                format!("made with key `{id}`, which is not valid before {start}")
            }
            KeyVerdict::HashNotAllowed { hash, mgf1 } => {
                format!("made with key `{id}` over {hash} with MGF1 {mgf1}, which the key does not allow")
            }
            KeyVerdict::SaltNotAllowed { salt_len, demanded } => {
                format!("made with key `{id}` and a salt of {salt_len} bytes; allowed: {demanded}")
            }
            KeyVerdict::Pkcs1v15 { matches: true, .. } => {
                format!("a PKCS#1 v1.5 signature of key `{id}`; RSA-PSS is expected")
            }
            _ => return None,
        })
    });
    told.unwrap_or_else(|| match check.attempts.len() {
        1 => "the trusted key did not make it over this manifest".to_owned(),
        count => format!("none of {count} trusted keys made it over this manifest"),
    })
}
