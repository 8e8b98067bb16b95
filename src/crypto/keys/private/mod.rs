//! RSA private keys that sign: out of PEM, judged, and out of memory when they are dropped.
//!
//! A key is taken in the clear or under a passphrase as PKCS#8 has it; OpenSSL's older way is refused with the command
//! that converts it. Its numbers must belong together, those of the Chinese remainder theorem too, although they are computed anew: a file
//! in which they do not was damaged or forged.

#[cfg(test)]
pub(crate) mod tests;
mod write;

pub use write::{GENERATED_BITS, GenerateError};

use std::fmt;

use rsa::pkcs1::{RsaPrivateKeyRef, RsaPublicKeyRef, UintRef};
use rsa::pkcs8::PrivateKeyInfoRef;
use rsa::traits::PrivateKeyParts as _;
use rsa::{BoxedUint, RsaPrivateKey};
use spki::der::asn1::{AnyRef, BitStringRef};
use spki::der::{Decode as _, Encode as _, Tag, Tagged as _};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use zeroize::Zeroizing;

use super::parse::{RSA_ENCRYPTION, RSASSA_PSS, algorithm_name, from_spki};
use super::protected::{self, ProtectionError, Strength, describe};
use super::{KeyError, PublicKey, bit_length, without_leading_zeros};
use crate::crypto::pem::{self, Encryption};

/// Largest modulus of a key that signs, in bits: what the arithmetic below is made for. Verifying goes further.
pub const MAX_PRIVATE_BITS: usize = 8192;

/// A key of 8192 bits is 6 KB of PEM; certificates may stand beside it.
const MAX_FILE: usize = 256 << 10;

/// Why bytes do not yield a private key that can sign. No message repeats any of the key's content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrivateKeyError {
    /// The file is larger than any private key.
    #[error("larger than {MAX_FILE} bytes, so not a private key")]
    TooLarge,
    /// Nothing that looks like a private key.
    #[error("no private key found: no PEM block `PRIVATE KEY` or `RSA PRIVATE KEY`")]
    NoKey,
    /// DER without armour.
    #[error("DER, not PEM; convert it with `openssl pkey -inform DER -in KEY.der -out KEY.pem`")]
    Der,
    /// The armour is damaged.
    #[error(transparent)]
    Pem(#[from] pem::PemError),
    /// More than one private key: which of them signs must be plain.
    #[error("{count} private keys; a key file for signing holds exactly one")]
    Several {
        /// How many.
        count: usize,
    },
    /// A passphrase protects it.
    #[error(
        "the private key is encrypted, and no passphrase is asked for; decrypt a copy with \
         `openssl pkey -in KEY.pem -out PLAIN.pem`, and remove the copy after signing"
    )]
    Encrypted,
    /// A passphrase protects it, and there is none.
    #[error("the private key is under a passphrase: {0}")]
    NoPassphrase(String),
    /// OpenSSL's own encryption by headers, whose key is one round of MD5.
    #[error(
        "the private key is encrypted in the old way of OpenSSL (`Proc-Type: 4,ENCRYPTED`), which is not supported; \
         convert it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000 -in KEY.pem -out \
         NEW.pem`"
    )]
    OldEncryption,
    /// What protects it cannot be opened.
    #[error(transparent)]
    Protection(#[from] ProtectionError),
    /// A public key where the private one belongs.
    #[error("a public key was given where the private key that signs is wanted")]
    PublicKey,
    /// A certificate where the private key belongs.
    #[error("a certificate was given where the private key that signs is wanted")]
    Certificate,
    /// OpenSSH's own format.
    #[error("an OpenSSH private key; convert a copy with `ssh-keygen -p -m PEM -f COPY`")]
    OpenSsh,
    /// A key of another algorithm.
    #[error("{algorithm} key; only RSA keys make RSA-PSS signatures")]
    NotRsa {
        /// Name or object identifier of its algorithm, with an article.
        algorithm: String,
    },
    /// The structure is not the one that the label names.
    #[error("the content of `{label}` is not a well-formed RSA private key in DER")]
    Malformed {
        /// The label of the PEM block.
        label: String,
    },
    /// More than two primes (RFC 8017 version 1).
    #[error("the key has more than two primes, which is not supported")]
    MultiPrime,
    /// The modulus has more than [`MAX_PRIVATE_BITS`] bits.
    #[error("the modulus has {bits} bits; a key that signs may have at most {MAX_PRIVATE_BITS}")]
    ModulusTooLarge {
        /// Its size in bits.
        bits: usize,
    },
    /// Its public half is not accepted.
    #[error(transparent)]
    Public(#[from] KeyError),
    /// Modulus, exponents and primes are not those of one key.
    #[error("the numbers of the private key do not belong together, so it is damaged")]
    Inconsistent,
}

/// An RSA private key of 2048 to 8192 bits whose numbers belong together.
///
/// The numbers leave memory when it is dropped, as far as the arithmetic library clears what it made of them. `Debug`
/// shows the public half's size and fingerprint, nothing of the key.
pub struct PrivateKey {
    rsa: RsaPrivateKey,
    public: PublicKey,
}

impl PrivateKey {
    /// The public half, with the limits that an id-RSASSA-PSS key carries. Its fingerprint is that of the public key
    /// which `openssl pkey -pubout` writes.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(in crate::crypto) fn rsa_private(&self) -> &RsaPrivateKey {
        &self.rsa
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PrivateKey(RSA {} bits, public half {})",
            self.public.modulus_bits, self.public.fingerprint
        )
    }
}

/// The one private key of a PEM file: PKCS#8 (rsaEncryption or id-RSASSA-PSS) or PKCS#1. Other blocks, such as the
/// certificate of the key, may stand beside it.
///
/// The bytes belong to the caller, who should hold them in [`Zeroizing`].
///
/// # Errors
/// There is not exactly one private key, a passphrase protects it, or it cannot sign here.
pub fn parse_private_key(bytes: &[u8]) -> Result<PrivateKey, PrivateKeyError> {
    parse(bytes, None)
}

/// Gives the passphrase, or says in words why there is none; called only for a key that needs one.
pub type Ask<'a> = &'a mut dyn FnMut() -> Result<Zeroizing<String>, String>;

/// As [`parse_private_key`], and also a key under a passphrase (PKCS#8 `ENCRYPTED PRIVATE KEY` with PBES2).
///
/// # Errors
/// As there; or there is no passphrase, it is not the right one, or the protection is none that can be opened.
pub fn parse_private_key_with(bytes: &[u8], ask: Ask<'_>) -> Result<PrivateKey, PrivateKeyError> {
    parse(bytes, Some(ask))
}

fn parse(bytes: &[u8], ask: Option<Ask<'_>>) -> Result<PrivateKey, PrivateKeyError> {
    if bytes.len() > MAX_FILE {
        return Err(PrivateKeyError::TooLarge);
    }
    if !pem::is_armoured(bytes) {
        let is_der = AnyRef::from_der(bytes).is_ok_and(|outer| outer.tag() == Tag::Sequence);
        return Err(if is_der { PrivateKeyError::Der } else { PrivateKeyError::NoKey });
    }
    let mut keys = pem::private_blocks(bytes)?;
    let count = keys.len();
    let (Some(block), 1) = (keys.pop(), count) else {
        return Err(if count == 0 { instead(bytes)? } else { PrivateKeyError::Several { count } });
    };
    let other = |algorithm: &str| PrivateKeyError::NotRsa { algorithm: algorithm.to_owned() };
    let malformed = || PrivateKeyError::Malformed { label: block.label.clone() };
    match (block.encryption, ask) {
        (Encryption::None, _) => {}
        (Encryption::Headers, Some(_)) if block.label.contains("ENCRYPTED") => {
            return Err(other(&format!("a `{}`", block.label)));
        }
        (Encryption::Headers, Some(_)) => return Err(PrivateKeyError::OldEncryption),
        (_, None) => return Err(PrivateKeyError::Encrypted),
        (Encryption::Structure, Some(ask)) => {
            // What cannot be opened is told before anybody is asked.
            describe(&block.der)?;
            let passphrase = ask().map_err(PrivateKeyError::NoPassphrase)?;
            return from_pkcs8(&protected::open(&block.der, &passphrase)?, &malformed);
        }
    }
    match block.label.as_str() {
        "PRIVATE KEY" => from_pkcs8(&block.der, &malformed),
        "RSA PRIVATE KEY" => {
            let algorithm = AlgorithmIdentifierRef { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
            from_pkcs1(&block.der, algorithm, &malformed)
        }
        "OPENSSH PRIVATE KEY" => Err(PrivateKeyError::OpenSsh),
        "EC PRIVATE KEY" => Err(other("an elliptic-curve")),
        "DSA PRIVATE KEY" => Err(other("a DSA")),
        label => Err(other(&format!("a `{label}`"))),
    }
}

/// How the first key of a file is protected by a passphrase, as far as it tells by itself; `None` when it is not, or when
/// there is none.
///
/// # Errors
/// The armour is damaged, or the key cannot be opened whatever the passphrase.
pub fn protection(bytes: &[u8]) -> Result<Option<Strength>, PrivateKeyError> {
    if !pem::is_armoured(bytes) {
        return Ok(None);
    }
    match pem::private_blocks(bytes)?.first() {
        Some(block) if block.encryption == Encryption::Structure => Ok(Some(describe(&block.der)?)),
        Some(block) if block.encryption == Encryption::Headers => Err(PrivateKeyError::OldEncryption),
        _ => Ok(None),
    }
}

/// What a PEM file without any private key holds instead of one.
fn instead(bytes: &[u8]) -> Result<PrivateKeyError, PrivateKeyError> {
    let blocks = pem::blocks(bytes)?;
    Ok(match blocks.first().map_or("", |block| block.label.as_str()) {
        "PUBLIC KEY" | "RSA PUBLIC KEY" => PrivateKeyError::PublicKey,
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => PrivateKeyError::Certificate,
        _ => PrivateKeyError::NoKey,
    })
}

/// PrivateKeyInfo (RFC 5208) or OneAsymmetricKey (RFC 5958).
fn from_pkcs8(der: &[u8], malformed: &dyn Fn() -> PrivateKeyError) -> Result<PrivateKey, PrivateKeyError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| malformed())?;
    match info.algorithm.oid {
        RSA_ENCRYPTION | RSASSA_PSS => from_pkcs1(info.private_key.as_bytes(), info.algorithm, malformed),
        other => Err(PrivateKeyError::NotRsa { algorithm: algorithm_name(other) }),
    }
}

/// RSAPrivateKey (RFC 8017 A.1.2); the algorithm goes into the public half.
fn from_pkcs1(
    der: &[u8],
    algorithm: AlgorithmIdentifierRef<'_>,
    malformed: &dyn Fn() -> PrivateKeyError,
) -> Result<PrivateKey, PrivateKeyError> {
    let numbers = RsaPrivateKeyRef::from_der(der).map_err(|_| malformed())?;
    if numbers.other_prime_infos.is_some() {
        return Err(PrivateKeyError::MultiPrime);
    }
    let modulus = without_leading_zeros(numbers.modulus.as_bytes());
    let bits = bit_length(modulus);
    if bits > MAX_PRIVATE_BITS {
        return Err(PrivateKeyError::ModulusTooLarge { bits });
    }
    let half = RsaPublicKeyRef { modulus: numbers.modulus, public_exponent: numbers.public_exponent };
    let half = half.to_der().map_err(|_| malformed())?;
    let subject_public_key = BitStringRef::from_bytes(&half).map_err(|_| malformed())?;
    let spki = SubjectPublicKeyInfoRef { algorithm, subject_public_key };
    let public = from_spki(&spki.to_der().map_err(|_| malformed())?)?;
    let rsa = assembled(&numbers, &public).ok_or(PrivateKeyError::Inconsistent)?;
    Ok(PrivateKey { rsa, public })
}

/// The key of these numbers, if they are those of one key.
fn assembled(numbers: &RsaPrivateKeyRef<'_>, public: &PublicKey) -> Option<RsaPrivateKey> {
    let modulus = public.modulus();
    // No number of a key is longer than its modulus; multiplying what is would cost any time.
    let precision = u32::try_from(modulus.len()).ok()?.checked_mul(8)?;
    let number = |number: UintRef<'_>| BoxedUint::from_be_slice(number.as_bytes(), precision).ok();
    let primes = vec![number(numbers.prime1)?, number(numbers.prime2)?];
    if primes.first() == primes.last() {
        return None;
    }
    let rsa = RsaPrivateKey::from_components(
        BoxedUint::from_be_slice(modulus, precision).ok()?,
        BoxedUint::from(public.exponent()),
        number(numbers.private_exponent)?,
        primes,
    )
    .ok()?;
    let same = |computed: &BoxedUint, given: UintRef<'_>| {
        let computed = Zeroizing::new(computed.to_be_bytes());
        without_leading_zeros(&computed) == without_leading_zeros(given.as_bytes())
    };
    let coefficient = Zeroizing::new(rsa.crt_coefficient()?);
    let belong = same(rsa.dp()?, numbers.exponent1)
        && same(rsa.dq()?, numbers.exponent2)
        && same(&coefficient, numbers.coefficient);
    belong.then_some(rsa)
}
