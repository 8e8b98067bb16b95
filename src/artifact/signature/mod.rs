//! Verifies a detached signature against the keys that are trusted, each in its window of validity.
//!
//! The answer names the key that verified, or says for every key why it did not. A revoked or expired key never
//! verifies, but a signature that it did make is recognised, because "made with the revoked key" calls for another
//! remedy than "made with an unknown key".

use base64::Engine as _;
use jiff::Timestamp;

use crate::crypto::digest::{Digest, HashAlgorithm};
use crate::crypto::keys::{KeySetEntry, PublicKey, Validity, WindowState};
use crate::crypto::pem::{self, BASE64, BASE64_URL};
use crate::crypto::rsa_pss::{EncodedMessage, Outcome, SaltPolicy};
use crate::formats::hex;

/// Larger blobs are no RSA signature: one of 16384 bits in hexadecimal takes a tenth of it.
pub const MAX_SIGNATURE_FILE: usize = 64 << 10;

/// How a signature file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureForm {
    /// The bytes themselves.
    Raw,
    /// Base64, standard or URL-safe alphabet, with or without line breaks.
    Base64,
    /// Hexadecimal digits, with or without line breaks.
    Hex,
    /// Base64 between `BEGIN` and `END` lines.
    Pem,
}

/// A signature's bytes and how they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureBlob {
    /// How it was written.
    pub form: SignatureForm,
    /// The signature.
    pub bytes: Vec<u8>,
}

/// Why a file holds no RSA signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFileError {
    /// Nothing, or white space only.
    #[error("the signature file is empty")]
    Empty,
    /// Larger than [`MAX_SIGNATURE_FILE`].
    #[error("larger than {MAX_SIGNATURE_FILE} bytes, so not a detached RSA signature")]
    TooLarge,
    /// A signature of another system.
    #[error("{0}, which is not a detached RSA-PSS signature")]
    OtherSystem(&'static str),
    /// Armour that is damaged or holds several blocks.
    #[error("the armour must hold exactly one readable block")]
    Armour,
    /// A private key.
    #[error("the file holds a private key, not a signature")]
    PrivateKey,
}

/// A key that is trusted, with the conditions under which it is.
#[derive(Debug, Clone)]
pub struct TrustedKey {
    /// Its name in reports.
    pub id: String,
    /// The key.
    pub key: PublicKey,
    /// When it may verify.
    pub validity: Validity,
    /// A revoked key never verifies.
    pub revoked: bool,
    /// The only message hash accepted, when given; else every hash that a digest was given for.
    pub hash: Option<HashAlgorithm>,
    /// The mask generation hash; as the message hash when absent (or as the key's own parameters say).
    pub mgf1: Option<HashAlgorithm>,
    /// What the salt length must be.
    pub salt: SaltPolicy,
}

/// Why a key may not verify now, whatever the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// It, or another entry with the same modulus, is revoked.
    Revoked,
    /// Its window begins at this instant.
    NotYetValid(Timestamp),
    /// Its window ended with this instant.
    Expired(Timestamp),
}

/// What one key says of the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyVerdict {
    /// It verifies.
    Verified {
        /// Message hash.
        hash: HashAlgorithm,
        /// Mask generation hash.
        mgf1: HashAlgorithm,
        /// Salt length in bytes, as found.
        salt_len: usize,
    },
    /// The key may not verify; `signed` says whether it made this signature over this file all the same.
    Barred {
        /// Why not.
        bar: Bar,
        /// Whether the signature is otherwise a true one of this key.
        signed: bool,
    },
    /// A true signature, but with hash functions that the key's entry or its own parameters do not allow.
    HashNotAllowed {
        /// Message hash found.
        hash: HashAlgorithm,
        /// Mask generation hash found.
        mgf1: HashAlgorithm,
    },
    /// A true signature, but its salt has a length that is not allowed.
    SaltNotAllowed {
        /// Salt length in bytes, as found.
        salt_len: usize,
        /// What the entry demands (a restricted key may demand more).
        demanded: SaltPolicy,
    },
    /// As long as no signature of this key.
    WrongLength {
        /// Bytes a signature of this key has.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// A PKCS#1 v1.5 signature of this key.
    Pkcs1v15 {
        /// The hash it names, where it is one of ours.
        hash: Option<HashAlgorithm>,
        /// Whether it was made over this file (false also when the digest it needs was not given).
        matches: bool,
    },
    /// Not made by this key over this file.
    Mismatch,
    /// No digest was given that the key's entry accepts, so nothing was compared.
    NoDigest(HashAlgorithm),
}

/// One key and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The entry's name.
    pub key_id: String,
    /// SHA-256 of the key's SubjectPublicKeyInfo.
    pub fingerprint: Digest,
    /// What it says.
    pub verdict: KeyVerdict,
}

/// What all keys say, in their order; a verification ends the search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureCheck {
    /// Every key that was tried.
    pub attempts: Vec<Attempt>,
}

impl SignatureCheck {
    /// The attempt that verified; `None` means the signature is not accepted.
    pub fn verified(&self) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| matches!(attempt.verdict, KeyVerdict::Verified { .. }))
    }
}

impl TrustedKey {
    /// A key without conditions, as from a plain PEM file.
    pub fn unconditional(id: String, key: PublicKey) -> Self {
        let validity = Validity::default();
        Self { id, key, validity, revoked: false, hash: None, mgf1: None, salt: SaltPolicy::Any }
    }

    /// A key with the conditions of its key-set entry.
    pub fn from_entry(entry: &KeySetEntry, key: PublicKey) -> Self {
        let KeySetEntry { id, validity, revoked, hash, mgf1, salt, source: _, endorsement: _ } = entry;
        let (id, validity, revoked) = (id.clone(), *validity, *revoked);
        Self { id, key, validity, revoked, hash: *hash, mgf1: *mgf1, salt: *salt }
    }

    fn allows(&self, hash: HashAlgorithm, mgf1: HashAlgorithm) -> bool {
        let limits = self.key.restrictions();
        // The key's own limits are held by the check itself; here they only supply the default.
        let mgf1_wanted = self.mgf1.or(limits.map(|limits| limits.mgf1)).unwrap_or(hash);
        self.hash.is_none_or(|only| only == hash) && mgf1 == mgf1_wanted
    }
}

/// Reads a signature file in whichever form it is written.
///
/// # Errors
/// The file is empty, too large, or recognisably something else.
pub fn read_signature(file: &[u8]) -> Result<SignatureBlob, SignatureFileError> {
    if file.len() > MAX_SIGNATURE_FILE {
        return Err(SignatureFileError::TooLarge);
    }
    let raw = || SignatureBlob { form: SignatureForm::Raw, bytes: file.to_vec() };
    // A raw signature is random bytes: 2048 bits that are all printable do not happen.
    if !file.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
        return Ok(raw());
    }
    let text = file.trim_ascii();
    if text.is_empty() {
        return Err(SignatureFileError::Empty);
    }
    let marks: [(&[u8], &str); 6] = [
        (b"-----BEGIN PGP", "an OpenPGP signature"),
        (b"-----BEGIN SSH SIGNATURE", "an OpenSSH signature"),
        (b"-----BEGIN PKCS7", "a CMS (PKCS#7) signature"),
        (b"-----BEGIN CMS", "a CMS signature"),
        (b"untrusted comment:", "a minisign or signify signature"),
        (b"{", "a JSON document (perhaps a Sigstore bundle or an envelope)"),
    ];
    if let Some((_, system)) = marks.iter().find(|(mark, _)| text.starts_with(mark)) {
        return Err(SignatureFileError::OtherSystem(system));
    }
    if pem::is_armoured(text) {
        let mut blocks = pem::blocks(text).map_err(|_| SignatureFileError::Armour)?;
        return match (blocks.pop(), blocks.is_empty()) {
            (Some(block), _) if pem::is_private_label(&block.label) => Err(SignatureFileError::PrivateKey),
            (Some(block), true) => Ok(SignatureBlob { form: SignatureForm::Pem, bytes: block.der }),
            _ => Err(SignatureFileError::Armour),
        };
    }
    let dense: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    // Hexadecimal first: its digits are base64 characters too, but hundreds of them never come by chance.
    if let Ok(bytes) = hex::decode(&dense) {
        return Ok(SignatureBlob { form: SignatureForm::Hex, bytes });
    }
    match BASE64.decode(&dense).or_else(|_| BASE64_URL.decode(&dense)) {
        Ok(bytes) => Ok(SignatureBlob { form: SignatureForm::Base64, bytes }),
        Err(_) => Ok(raw()),
    }
}

/// Verifies a signature over a file, given by its digests, with the keys in their order, as of `at`.
///
/// Give the digests of every hash function that may have been used (all three when unsure): what has no digest
/// cannot be recognised.
pub fn verify(digests: &[Digest], signature: &[u8], keys: &[TrustedKey], at: Timestamp) -> SignatureCheck {
    let mut attempts = Vec::new();
    for key in keys {
        let bar = bar(key, keys, at);
        let verdict = match (bar, examine(digests, signature, key)) {
            (None, verdict) => verdict,
            // A length that cannot be this key's, or no digest at all, says more than the bar does.
            (Some(_), verdict @ (KeyVerdict::WrongLength { .. } | KeyVerdict::NoDigest(_))) => verdict,
            (Some(bar), verdict) => KeyVerdict::Barred { bar, signed: is_by_key(&verdict) },
        };
        let verified = matches!(verdict, KeyVerdict::Verified { .. });
        attempts.push(Attempt { key_id: key.id.clone(), fingerprint: *key.key.fingerprint(), verdict });
        if verified {
            break;
        }
    }
    SignatureCheck { attempts }
}

fn bar(key: &TrustedKey, keys: &[TrustedKey], at: Timestamp) -> Option<Bar> {
    // The same key under two names is one key: revoking either revokes it.
    if keys.iter().any(|other| other.revoked && other.key.is_same_key(&key.key)) {
        return Some(Bar::Revoked);
    }
    match key.validity.at(at) {
        WindowState::Valid => None,
        WindowState::NotYet(from) => Some(Bar::NotYetValid(from)),
        WindowState::Expired(to) => Some(Bar::Expired(to)),
    }
}

fn is_by_key(verdict: &KeyVerdict) -> bool {
    match verdict {
        KeyVerdict::Verified { .. }
        | KeyVerdict::HashNotAllowed { .. }
        | KeyVerdict::SaltNotAllowed { .. } => true,
        KeyVerdict::Pkcs1v15 { matches, .. } => *matches,
        _ => false,
    }
}

/// What the key says of the signature, its window and revocation aside.
fn examine(digests: &[Digest], signature: &[u8], key: &TrustedKey) -> KeyVerdict {
    let message = match EncodedMessage::open(&key.key, signature) {
        Ok(message) => message,
        Err(Outcome::WrongLength { expected, found }) => return KeyVerdict::WrongLength { expected, found },
        Err(_) => return KeyVerdict::Mismatch,
    };
    let mut pkcs1v15 = None;
    let mut refused = None;
    for digest in digests {
        let hash = digest.algorithm();
        for mgf1 in HashAlgorithm::ALL {
            if key.allows(hash, mgf1) {
                match message.check(digest, mgf1, key.salt) {
                    Outcome::Valid { salt_len, .. } => return KeyVerdict::Verified { hash, mgf1, salt_len },
                    Outcome::SaltPolicyViolated { salt_len } => {
                        refused = Some(KeyVerdict::SaltNotAllowed { salt_len, demanded: key.salt });
                    }
                    _ => {}
                }
            }
            match message.examine(digest, mgf1, SaltPolicy::Any) {
                Outcome::Valid { .. } => {
                    refused = refused.or(Some(KeyVerdict::HashNotAllowed { hash, mgf1 }));
                }
                Outcome::Pkcs1v15 { hash, matches } => {
                    let before = matches!(pkcs1v15, Some(KeyVerdict::Pkcs1v15 { matches: true, .. }));
                    pkcs1v15 = Some(KeyVerdict::Pkcs1v15 { hash, matches: matches || before });
                }
                _ => {}
            }
        }
    }
    let wanted = key.hash.or(key.key.restrictions().map(|limits| limits.hash));
    let missing = wanted.filter(|hash| digests.iter().all(|digest| digest.algorithm() != *hash));
    refused
        .or(pkcs1v15)
        .or(missing.or(digests.is_empty().then_some(HashAlgorithm::Sha256)).map(KeyVerdict::NoDigest))
        .unwrap_or(KeyVerdict::Mismatch)
}

#[cfg(test)]
mod tests;
