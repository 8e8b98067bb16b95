//! Detached RSA signatures with PSS padding (RFC 8017 sections 8.1.2 and 9.1.2), over a digest that the caller has.
//!
//! The salt length is read out of the signature and reported: signers differ (`openssl dgst` takes the longest that
//! fits, TLS and JWS the digest's length, older Java 20), so a verifier that assumes one calls good signatures bad.
//! A policy may still demand a length. PKCS#1 v1.5 signatures are named as what they are and never accepted.
//!
//! Only public values are handled by verification, so nothing of it needs to run in constant time. [`sign`] handles
//! private ones, and leaves the arithmetic on them to the library, blinded.

mod sign;

pub use sign::{SignError, sign};

use std::fmt;

use rsa::BoxedUint;
use rsa::hazmat::rsa_encrypt;

use super::digest::{Digest, HashAlgorithm, Hasher};
use super::keys::PublicKey;

/// What the salt length of a signature must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SaltPolicy {
    /// Any length, 0 included.
    #[default]
    Any,
    /// As long as the digest (FIPS 186-5 allows no longer one; TLS 1.3 and JWS demand this).
    DigestLength,
    /// Exactly this many bytes.
    Exactly(usize),
}

impl SaltPolicy {
    fn allows(self, salt_len: usize, hash: HashAlgorithm) -> bool {
        match self {
            Self::Any => true,
            Self::DigestLength => salt_len == hash.output_len(),
            Self::Exactly(wanted) => salt_len == wanted,
        }
    }
}

impl fmt::Display for SaltPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::DigestLength => f.write_str("digest"),
            Self::Exactly(bytes) => write!(f, "{bytes}"),
        }
    }
}

/// What a signature turned out to be. Only [`Outcome::Valid`] is an acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A PSS signature of this digest by this key, within the policy.
    Valid {
        /// Salt length in bytes, as found in the signature.
        salt_len: usize,
        /// Hash function of the message.
        hash: HashAlgorithm,
        /// Hash function of the mask generation.
        mgf1: HashAlgorithm,
    },
    /// The signature is not as long as the modulus; leading zero bytes belong to it.
    WrongLength {
        /// The modulus' length in bytes.
        expected: usize,
        /// The signature's length in bytes.
        found: usize,
    },
    /// A PKCS#1 v1.5 signature, whose padding is another than the one asked for.
    Pkcs1v15 {
        /// The hash function it names, where it is one of ours.
        hash: Option<HashAlgorithm>,
        /// Whether it was made over this digest.
        matches: bool,
    },
    /// Not a signature of this digest by this key with these hash functions.
    Mismatch,
    /// A true PSS signature of this digest whose salt has a length that the policy or the key forbids.
    SaltPolicyViolated {
        /// Salt length in bytes, as found in the signature.
        salt_len: usize,
    },
    /// The key's own parameters (RFC 4055 section 1.2) forbid this use.
    KeyUnusable(KeyRestriction),
}

/// How the parameters inside an id-RSASSA-PSS key limit its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRestriction {
    /// The key is bound to another message hash.
    #[error("the key is restricted to {allowed}, not {asked}")]
    Hash {
        /// What the key names.
        allowed: HashAlgorithm,
        /// What was asked for.
        asked: HashAlgorithm,
    },
    /// The key is bound to another mask generation hash.
    #[error("the key is restricted to MGF1 with {allowed}, not {asked}")]
    Mgf1 {
        /// What the key names.
        allowed: HashAlgorithm,
        /// What was asked for.
        asked: HashAlgorithm,
    },
}

/// The encoded message that a signature opens to under a key; one costly operation, then cheap comparisons.
#[derive(Clone)]
pub struct EncodedMessage<'k> {
    key: &'k PublicKey,
    /// As long as the modulus; one byte longer than RFC 8017's EM when modBits ≡ 1 (mod 8).
    bytes: Vec<u8>,
}

/// Verifies one signature over one digest with named hash functions.
pub fn verify(
    key: &PublicKey,
    digest: &Digest,
    mgf1: HashAlgorithm,
    salt: SaltPolicy,
    signature: &[u8],
) -> Outcome {
    match EncodedMessage::open(key, signature) {
        Ok(message) => message.check(digest, mgf1, salt),
        Err(outcome) => outcome,
    }
}

impl<'k> EncodedMessage<'k> {
    /// Applies the public key to the signature (RSAVP1).
    ///
    /// # Errors
    /// The outcome that follows already: a wrong length, or a number not below the modulus.
    pub fn open(key: &'k PublicKey, signature: &[u8]) -> Result<Self, Outcome> {
        let expected = key.modulus_len();
        if signature.len() != expected {
            return Err(Outcome::WrongLength { expected, found: signature.len() });
        }
        // Equal lengths, so the order of the bytes is the order of the numbers.
        if signature >= key.modulus() {
            return Err(Outcome::Mismatch);
        }
        let rsa = key.rsa();
        let precision = rsa::traits::PublicKeyParts::n(rsa).as_ref().bits_precision();
        let number = BoxedUint::from_be_slice(signature, precision).map_err(|_| Outcome::Mismatch)?;
        let opened = rsa_encrypt(rsa, &number).map_err(|_| Outcome::Mismatch)?.to_be_bytes();
        // The library's integers are whole limbs; what lies before the modulus' length is zero.
        let skip = opened.len().saturating_sub(expected);
        let mut bytes = vec![0; expected.saturating_sub(opened.len())];
        bytes.extend(opened.iter().skip(skip));
        Ok(Self { key, bytes })
    }

    /// Judges the message against a digest, with these hash functions and this policy.
    pub fn check(&self, digest: &Digest, mgf1: HashAlgorithm, salt: SaltPolicy) -> Outcome {
        let outcome = self.examine(digest, mgf1, salt);
        let Some(limits) = self.key.restrictions() else { return outcome };
        let hash = digest.algorithm();
        match outcome {
            Outcome::Pkcs1v15 { .. } => outcome,
            _ if limits.hash != hash => {
                Outcome::KeyUnusable(KeyRestriction::Hash { allowed: limits.hash, asked: hash })
            }
            _ if limits.mgf1 != mgf1 => {
                Outcome::KeyUnusable(KeyRestriction::Mgf1 { allowed: limits.mgf1, asked: mgf1 })
            }
            Outcome::Valid { salt_len, .. } if salt_len < limits.min_salt => {
                Outcome::SaltPolicyViolated { salt_len }
            }
            _ => outcome,
        }
    }

    /// What the message is mathematically, the limits inside the key aside: for saying what a refused signature
    /// was, never for accepting one.
    pub fn examine(&self, digest: &Digest, mgf1: HashAlgorithm, salt: SaltPolicy) -> Outcome {
        let hash = digest.algorithm();
        if let Some(outcome) = self.pkcs1v15(digest) {
            return outcome;
        }
        match self.salt_len(digest, mgf1) {
            None => Outcome::Mismatch,
            Some(salt_len) if !salt.allows(salt_len, hash) => Outcome::SaltPolicyViolated { salt_len },
            Some(salt_len) => Outcome::Valid { salt_len, hash, mgf1 },
        }
    }

    /// EMSA-PSS-VERIFY with the salt length recovered: its length when the encoding is consistent.
    fn salt_len(&self, digest: &Digest, mgf1: HashAlgorithm) -> Option<usize> {
        let hash = digest.algorithm();
        let em_bits = self.key.modulus_bits().checked_sub(1)?;
        let em_len = em_bits.div_ceil(8);
        // modBits ≡ 1 (mod 8): EM is one byte shorter than the modulus and the byte before it must be zero
        // (RFC 8017 section 8.1.2 step 2c, "message representative too large").
        let (before, em) = self.bytes.split_at_checked(self.bytes.len().checked_sub(em_len)?)?;
        if before.iter().any(|&byte| byte != 0) {
            return None;
        }
        let (&0xbc, em) = em.split_last()? else { return None };
        let (masked, h) = em.split_at_checked(em.len().checked_sub(hash.output_len())?)?;
        let unused_bits = 8 * em_len - em_bits;
        // 0 to 7 by construction.
        let keep = 0xff_u8.checked_shr(u32::try_from(unused_bits).ok()?)?;
        if masked.first()? & !keep != 0 {
            return None;
        }
        let mut db = masked.to_vec();
        mgf1_xor(mgf1, h, &mut db);
        *db.first_mut()? &= keep;
        let one = db.iter().position(|&byte| byte != 0)?;
        let (&1, salt) = db.get(one..)?.split_first()? else { return None };
        let mut hasher = Hasher::new(hash);
        hasher.update(&[0; 8]);
        hasher.update(digest.as_bytes());
        hasher.update(salt);
        (hasher.finish().as_bytes() == h).then_some(salt.len())
    }

    /// Recognises `00 01 FF…FF 00 DigestInfo` (RFC 8017 section 9.2). At least eight bytes of FF and nothing but
    /// the DigestInfo behind the zero: what is laxer is not a signature but an attempt.
    fn pkcs1v15(&self, digest: &Digest) -> Option<Outcome> {
        let rest = self.bytes.strip_prefix(&[0, 1])?;
        let padding = rest.iter().position(|&byte| byte != 0xff)?;
        let info = rest.get(padding..)?.strip_prefix(&[0])?;
        if padding < 8 {
            return None;
        }
        for hash in HashAlgorithm::ALL {
            if let Some(value) = strip_digest_info(hash, info) {
                let matches = hash == digest.algorithm() && value == digest.as_bytes();
                return Some(Outcome::Pkcs1v15 { hash: Some(hash), matches });
            }
        }
        // Other hash functions (SHA-1, SHA-3 …): a SEQUENCE that fills the rest is enough to name the padding.
        let (&0x30, body) = info.split_first()? else { return None };
        let (&length, body) = body.split_first()?;
        (usize::from(length) == body.len()).then_some(Outcome::Pkcs1v15 { hash: None, matches: false })
    }
}

/// The digest inside a DER DigestInfo of this hash function; the NULL parameters may be absent (RFC 8017 B.1).
fn strip_digest_info(hash: HashAlgorithm, info: &[u8]) -> Option<&[u8]> {
    let (with_null, oid_end) = match hash {
        HashAlgorithm::Sha256 => (0x31, 1),
        HashAlgorithm::Sha384 => (0x41, 2),
        HashAlgorithm::Sha512 => (0x51, 3),
    };
    let length = u8::try_from(hash.output_len()).ok()?;
    // OID 2.16.840.1.101.3.4.2.x
    let oid = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, oid_end];
    let strict = info
        .strip_prefix(&[0x30, with_null, 0x30, 0x0d])
        .and_then(|rest| rest.strip_prefix(&oid))
        .and_then(|rest| rest.strip_prefix(&[0x05, 0x00]));
    let bare = info.strip_prefix(&[0x30, with_null - 2, 0x30, 0x0b]).and_then(|rest| rest.strip_prefix(&oid));
    let value = strict.or(bare)?.strip_prefix(&[0x04, length])?;
    (value.len() == hash.output_len()).then_some(value)
}

/// XORs the mask of MGF1 (RFC 8017 B.2.1) over `data`.
fn mgf1_xor(hash: HashAlgorithm, seed: &[u8], data: &mut [u8]) {
    for (counter, block) in (0_u32..).zip(data.chunks_mut(hash.output_len())) {
        let mut hasher = Hasher::new(hash);
        hasher.update(seed);
        hasher.update(&counter.to_be_bytes());
        for (byte, mask) in block.iter_mut().zip(hasher.finish().as_bytes()) {
            *byte ^= mask;
        }
    }
}

#[cfg(test)]
mod tests;
