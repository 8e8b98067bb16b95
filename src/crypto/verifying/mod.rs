//! Public keys of every algorithm in use for provenance, and what they say of a signature over a message: RSA (PSS, and
//! PKCS#1 v1.5 with SHA-256, which cosign and KMS keys still make), ECDSA on P-256 and P-384, Ed25519.
//!
//! RSA-PSS goes through our own [`super::rsa_pss`]; the curves through `ring`. Detached signatures of this project are RSA-PSS
//! alone; here are the signatures of others.

#[cfg(test)]
mod tests;

use std::fmt;

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm,
};
use spki::der::Decode as _;
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use super::digest::{Digest, HashAlgorithm};
use super::keys::{KeyError, PublicKey, parse_public_keys};
use super::pem;
use super::rsa_pss::{EncodedMessage, Outcome, SaltPolicy};

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// Largest key file, in bytes.
const MAX_FILE: usize = 1 << 20;

/// A public key that verifies signatures.
#[derive(Clone)]
pub struct VerifyingKey {
    kind: Kind,
    fingerprint: Digest,
}

#[derive(Clone)]
enum Kind {
    /// An RSA key; whether it also verifies PKCS#1 v1.5, which one of id-RSASSA-PSS never does.
    Rsa { key: Box<PublicKey>, pkcs1: bool },
    /// An uncompressed point.
    P256(Vec<u8>),
    /// An uncompressed point.
    P384(Vec<u8>),
    /// 32 bytes.
    Ed25519(Vec<u8>),
}

/// The kind of a signature that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RSA-PSS with this message hash.
    RsaPss(HashAlgorithm),
    /// RSA PKCS#1 v1.5 with SHA-256.
    RsaPkcs1,
    /// ECDSA with this message hash, in DER or as r and s side by side.
    Ecdsa(HashAlgorithm),
    /// Ed25519.
    Ed25519,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPss(hash) => write!(f, "RSA-PSS, {hash}"),
            Self::RsaPkcs1 => f.write_str("RSA PKCS#1 v1.5, sha256"),
            Self::Ecdsa(hash) => write!(f, "ECDSA, {hash}"),
            Self::Ed25519 => f.write_str("Ed25519"),
        }
    }
}

/// The public keys of a file: PEM blocks `PUBLIC KEY` and `RSA PUBLIC KEY`, or one DER SubjectPublicKeyInfo.
///
/// # Errors
/// Any block that is not such a key; no key is taken from a file in which another is wrong. Certificates have their dates
/// and names: see [`super::certificate`].
pub fn parse_verifying_keys(bytes: &[u8]) -> Result<Vec<VerifyingKey>, KeyError> {
    if bytes.len() > MAX_FILE {
        return Err(KeyError::TooLarge { limit: MAX_FILE });
    }
    if !pem::is_armoured(bytes) {
        return VerifyingKey::from_spki(bytes).map(|key| vec![key]);
    }
    pem::blocks(bytes)?
        .iter()
        .map(|block| match block.label.as_str() {
            label if pem::is_private_label(label) => Err(KeyError::PrivateKey),
            "PUBLIC KEY" => VerifyingKey::from_spki(&block.der),
            "RSA PUBLIC KEY" => only_rsa(&block.der).map(VerifyingKey::from),
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Err(KeyError::Certificate),
            label => Err(KeyError::Label { label: label.to_owned() }),
        })
        .collect()
}

fn only_rsa(der: &[u8]) -> Result<PublicKey, KeyError> {
    parse_public_keys(der)?.pop().ok_or(KeyError::NoKey)
}

impl From<PublicKey> for VerifyingKey {
    /// An RSA key. One with parameters of id-RSASSA-PSS verifies PSS alone.
    fn from(key: PublicKey) -> Self {
        let fingerprint = *key.fingerprint();
        let pkcs1 = key.restrictions().is_none();
        Self { kind: Kind::Rsa { key: Box::new(key), pkcs1 }, fingerprint }
    }
}

impl VerifyingKey {
    /// A key from its DER SubjectPublicKeyInfo (RFC 5280, 5480, 8410).
    ///
    /// # Errors
    /// It is none, or of an algorithm that is not among those above.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let Ok(spki) = SubjectPublicKeyInfoRef::from_der(der) else {
            // What it is instead, for the message.
            return only_rsa(der).map(Self::from);
        };
        let bits = spki.subject_public_key.as_bytes().ok_or(KeyError::Malformed)?;
        let other = |algorithm: String| Err(KeyError::NotRsa { algorithm });
        let kind = match spki.algorithm.oid {
            EC => {
                let curve = spki.algorithm.parameters.ok_or(KeyError::Malformed)?;
                let curve: ObjectIdentifier = curve.decode_as().map_err(|_| KeyError::Malformed)?;
                // 0x04: uncompressed. ring checks that the point is on the curve.
                match (curve, bits.len(), bits.first()) {
                    (P256, 65, Some(4)) => Kind::P256(bits.to_vec()),
                    (P384, 97, Some(4)) => Kind::P384(bits.to_vec()),
                    (P256 | P384, ..) => return Err(KeyError::Malformed),
                    (curve, ..) => return other(format!("an elliptic-curve ({curve})")),
                }
            }
            ED if bits.len() == 32 && spki.algorithm.parameters.is_none() => Kind::Ed25519(bits.to_vec()),
            ED => return Err(KeyError::Malformed),
            oid => {
                let key = only_rsa(der)?;
                let pkcs1 = oid == RSA;
                Kind::Rsa { key: Box::new(key), pkcs1 }
            }
        };
        Ok(Self { kind, fingerprint: HashAlgorithm::Sha256.digest(der) })
    }

    /// SHA-256 of the DER SubjectPublicKeyInfo.
    #[must_use]
    pub const fn fingerprint(&self) -> &Digest {
        &self.fingerprint
    }

    /// Its algorithm, for people.
    #[must_use]
    pub fn algorithm(&self) -> String {
        match &self.kind {
            Kind::Rsa { key, .. } => format!("RSA-{}", key.modulus_bits()),
            Kind::P256(_) => "ECDSA P-256".to_owned(),
            Kind::P384(_) => "ECDSA P-384".to_owned(),
            Kind::Ed25519(_) => "Ed25519".to_owned(),
        }
    }

    /// Whether both are one key, however they are wrapped: one signer counts once.
    #[must_use]
    pub fn is_same_key(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Rsa { key: one, .. }, Kind::Rsa { key: other, .. }) => one.is_same_key(other),
            (Kind::P256(one), Kind::P256(other))
            | (Kind::P384(one), Kind::P384(other))
            | (Kind::Ed25519(one), Kind::Ed25519(other)) => one == other,
            _ => false,
        }
    }

    /// What kind of signature of this key over the message it is; none when it is none.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Option<Scheme> {
        let holds = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
        };
        match &self.kind {
            Kind::Rsa { key, pkcs1 } => rsa(key, *pkcs1, message, signature),
            Kind::P256(key) => (holds(&ECDSA_P256_SHA256_ASN1, key) || holds(&ECDSA_P256_SHA256_FIXED, key))
                .then_some(Scheme::Ecdsa(HashAlgorithm::Sha256)),
            Kind::P384(key) => {
                if holds(&ECDSA_P384_SHA384_ASN1, key) || holds(&ECDSA_P384_SHA384_FIXED, key) {
                    Some(Scheme::Ecdsa(HashAlgorithm::Sha384))
                } else {
                    // What Sigstore's tools made with P-384 keys for a long time.
                    holds(&ECDSA_P384_SHA256_ASN1, key).then_some(Scheme::Ecdsa(HashAlgorithm::Sha256))
                }
            }
            Kind::Ed25519(key) => holds(&ED25519, key).then_some(Scheme::Ed25519),
        }
    }
}

/// PSS with any of our hash functions and a salt of any length, or PKCS#1 v1.5 with SHA-256. The latter is opened, and its
/// whole content compared: nothing may stand beside the digest (RFC 8017 section 8.2.2).
fn rsa(key: &PublicKey, pkcs1: bool, message: &[u8], signature: &[u8]) -> Option<Scheme> {
    let opened = EncodedMessage::open(key, signature).ok()?;
    for hash in HashAlgorithm::ALL {
        match opened.check(&hash.digest(message), hash, SaltPolicy::Any) {
            Outcome::Valid { .. } => return Some(Scheme::RsaPss(hash)),
            Outcome::Pkcs1v15 { hash: Some(HashAlgorithm::Sha256), matches: true } if pkcs1 => {
                return Some(Scheme::RsaPkcs1);
            }
            _ => {}
        }
    }
    None
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({}, {})", self.algorithm(), self.fingerprint)
    }
}
