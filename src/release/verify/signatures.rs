//! The signatures beside the files, as of the moment that the release says it was made.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::lists::Lists;
use super::outcome::{Outcome, Signer};
use super::pass::{Content, Seen, each};
use super::problem::{Flaw, Problem};
use crate::artifact::signature::{
    Attempt, Bar, KeyVerdict, SignatureForm, TrustedKey, read_signature, verify as check,
};
use crate::crypto::digest::{Digest, HashAlgorithm};
use crate::formats::release_manifest::{FILE_NAME, SIGNATURE_ENDING, SUMS_NAME};
use crate::host::clock;
use crate::release::settings::SIGNING_BITS;

/// Bytes of salt: as long as the digest, which is the only length that the commands in our documents take.
const SALT: usize = 32;

/// A signature and what it should be over.
struct Pair<'a> {
    of: &'a str,
    path: String,
    digest: Digest,
    content: &'a Content,
}

/// Verifies every signature that is there, and misses those that are not.
pub(super) fn verify(
    lists: &Lists,
    seen: &BTreeMap<String, Seen>,
    keys: &[TrustedKey],
    outcome: &mut Outcome,
) {
    let mut signable: BTreeSet<&str> = lists.listed();
    signable.insert(SUMS_NAME);
    let signatures = seen.keys().filter_map(|path| path.strip_suffix(SIGNATURE_ENDING));
    let there: BTreeSet<&str> = signatures.filter(|of| signable.contains(of)).collect();
    // When no manifest can be read, any signature shows that the release was meant to be signed.
    let signed = lists.signed().unwrap_or(!there.is_empty());
    if !signed {
        outcome.note(FILE_NAME, Flaw::Unsigned);
        for of in &there {
            let why = "the manifest says that the release is not signed".to_owned();
            outcome.note(&format!("{of}{SIGNATURE_ENDING}"), Flaw::SignatureUnasked(why));
        }
    }
    let mut pairs = Vec::new();
    for of in &signable {
        let path = format!("{of}{SIGNATURE_ENDING}");
        let digest = if *of == SUMS_NAME { lists.sums_digest } else { seen.get(*of).map(|file| file.digest) };
        match (seen.get(&path), digest) {
            // The file was missed already; a signature alone says nothing.
            (_, None) => {}
            (Some(file), Some(digest)) => {
                pairs.push(Pair { of, path, digest, content: &file.content });
                continue;
            }
            (None, Some(_)) if signed => {
                let name = of.rsplit('/').next().unwrap_or(of).to_owned();
                outcome.note(of, Flaw::SignatureMissing(name));
            }
            (None, Some(_)) => continue,
        }
        outcome.signatures.of += u64::from(signed);
    }
    let expected = lists.manifest.as_ref().and_then(|manifest| manifest.signature.as_ref());
    let expected = expected.map(|info| info.key.as_str());
    let answers = each(&pairs, |pair| judge(pair, keys, lists.at, expected));
    if let Some(flaw) = shared(&answers) {
        // One wrong key is one thing that is wrong, however many files it signed.
        outcome.signatures.of += answers.len() as u64;
        outcome.note(&format!("{SUMS_NAME}{SIGNATURE_ENDING}"), flaw);
        return;
    }
    for (pair, answer) in pairs.iter().zip(answers) {
        match answer {
            Ok(Some(attempt)) => {
                outcome.signatures.add(true);
                count(&attempt, outcome);
            }
            // Without a key it was looked at from outside alone.
            Ok(None) => {
                outcome.signatures.add(false);
                outcome.leave_out(&pair.path, "signatures that were not verified: no key");
            }
            Err(flaw) => {
                outcome.signatures.add(false);
                outcome.problems.push(Problem::new(&pair.path, flaw));
            }
        }
    }
}

/// What is wrong with all signatures alike, if they are many and it is.
fn shared(answers: &[Result<Option<Attempt>, Flaw>]) -> Option<Flaw> {
    const MANY: usize = 3;
    let others = answers.len().checked_sub(1).filter(|others| *others >= MANY)?;
    let first = answers.first()?.as_ref().err()?;
    let alike = |answer: &Result<Option<Attempt>, Flaw>| match (first, answer) {
        (Flaw::KeyBarred { .. }, Err(flaw)) => flaw == first,
        (Flaw::SignatureFalse { why, .. }, Err(Flaw::SignatureFalse { why: other, .. })) => why == other,
        _ => false,
    };
    if !answers.iter().all(alike) {
        return None;
    }
    Some(match first {
        Flaw::KeyBarred { key, why } => {
            Flaw::KeyBarred { key: key.clone(), why: format!("{why}; so are the {others} other files") }
        }
        Flaw::SignatureFalse { why, .. } => Flaw::SignatureFalse {
            of: SUMS_NAME.to_owned(),
            why: format!(
                "{why}; nor is any of the {others} other signatures, so see that the key is the right one"
            ),
        },
        other => other.clone(),
    })
}

/// Who signed; none when nobody is trusted.
fn judge(
    pair: &Pair<'_>,
    keys: &[TrustedKey],
    at: Timestamp,
    expected: Option<&str>,
) -> Result<Option<Attempt>, Flaw> {
    let form = |why: String| Flaw::SignatureForm { of: pair.of.to_owned(), why };
    let bytes = match pair.content {
        Content::Signature(bytes) => bytes,
        _ => return Err(form("it is larger than any signature".to_owned())),
    };
    if !SIGNING_BITS.contains(&(bytes.len() * 8)) {
        return Err(form(form_words(bytes)));
    }
    if keys.is_empty() {
        return Ok(None);
    }
    let attempt = signed_by(&pair.digest, bytes, keys, at).map_err(|refusal| match refusal {
        Refusal::Barred { key, why } => Flaw::KeyBarred { key, why },
        Refusal::False(why) => Flaw::SignatureFalse { of: pair.of.to_owned(), why },
    })?;
    let fingerprint = attempt.fingerprint.to_string();
    match expected.filter(|expected| *expected != fingerprint) {
        None => Ok(Some(attempt)),
        Some(other) => Err(Flaw::SignatureFalse {
            of: pair.of.to_owned(),
            why: format!(
                "it is by {}, and the manifest says that another key signed ({}…)",
                attempt.key_id,
                other.chars().take(16).collect::<String>()
            ),
        }),
    }
}

/// What is the matter with bytes that have the length of no signature.
fn form_words(bytes: &[u8]) -> String {
    let length =
        format!("{} bytes, where the raw 384 or 512 bytes of an RSA signature are needed", bytes.len());
    match read_signature(bytes) {
        Ok(blob) if blob.form == SignatureForm::Base64 => format!("{length}; it is base64, or damaged"),
        Ok(blob) if blob.form == SignatureForm::Hex => format!("{length}; it is hexadecimal"),
        Ok(blob) if blob.form == SignatureForm::Pem => format!("{length}; it is PEM"),
        Ok(_) => length,
        Err(error) => format!("{length}; {error}"),
    }
}

/// Why a signature is not accepted.
pub(super) enum Refusal {
    /// It is a true one of a key that may not make it.
    Barred {
        /// The key's name.
        key: String,
        /// Why it may not.
        why: String,
    },
    /// It is none of a trusted key; in words.
    False(String),
}

/// The key that signed: with PSS as this program and its documents have it, SHA-256 throughout and 32 bytes of salt.
pub(super) fn signed_by(
    digest: &Digest,
    signature: &[u8],
    keys: &[TrustedKey],
    at: Timestamp,
) -> Result<Attempt, Refusal> {
    let check = check(std::slice::from_ref(digest), signature, keys, at);
    if let Some(attempt) = check.verified() {
        return match &attempt.verdict {
            KeyVerdict::Verified {
                hash: HashAlgorithm::Sha256,
                mgf1: HashAlgorithm::Sha256,
                salt_len: SALT,
            } => Ok(attempt.clone()),
            KeyVerdict::Verified { salt_len, .. } => {
                Err(Refusal::False(salt_words(&attempt.key_id, *salt_len)))
            }
            _ => Err(Refusal::False("it is by no trusted key".to_owned())),
        };
    }
    // A key that made it and may not says more than the others, which did not.
    for attempt in &check.attempts {
        if let KeyVerdict::Barred { bar, signed: true } = &attempt.verdict {
            return Err(Refusal::Barred { key: attempt.key_id.clone(), why: bar_words(bar) });
        }
    }
    let telling = check.attempts.iter().find_map(|attempt| {
        let key = &attempt.key_id;
        match &attempt.verdict {
            KeyVerdict::SaltNotAllowed { salt_len, .. } => Some(salt_words(key, *salt_len)),
            KeyVerdict::HashNotAllowed { hash, mgf1 } => {
                Some(format!("it is by {key}, with {hash} and MGF1 with {mgf1}, which is not allowed"))
            }
            KeyVerdict::Pkcs1v15 { matches: true, .. } => {
                Some(format!("it is by {key}, with PKCS #1 v1.5 padding, where PSS is needed"))
            }
            KeyVerdict::NoDigest(hash) => {
                Some(format!("{key} may sign with {hash} alone, releases use sha256"))
            }
            _ => None,
        }
    });
    Err(Refusal::False(telling.unwrap_or_else(|| match check.attempts.as_slice() {
        [only] => format!("it is not by {}", only.key_id),
        several => format!("it is by none of the {} trusted keys", several.len()),
    })))
}

fn salt_words(key: &str, salt: usize) -> String {
    format!(
        "it is by {key}, but with a salt of {salt} bytes, where {SALT} are needed (rsa_pss_saltlen:digest)"
    )
}

fn bar_words(bar: &Bar) -> String {
    match bar {
        Bar::Revoked => "is revoked".to_owned(),
        Bar::NotYetValid(from) => format!("is valid only from {} on", clock::rfc3339(*from)),
        Bar::Expired(to) => format!("was valid only until {}", clock::rfc3339(*to)),
    }
}

/// Notes one more signature of a key.
pub(super) fn count(attempt: &Attempt, outcome: &mut Outcome) {
    let fingerprint = attempt.fingerprint.to_string();
    let known = outcome
        .signers
        .iter_mut()
        .find(|signer| signer.fingerprint == fingerprint && signer.key == attempt.key_id);
    match known {
        Some(signer) => signer.signatures += 1,
        None => outcome.signers.push(Signer { key: attempt.key_id.clone(), fingerprint, signatures: 1 }),
    }
}
