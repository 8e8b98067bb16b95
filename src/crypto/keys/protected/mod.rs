//! Keys under a passphrase: PKCS#8 EncryptedPrivateKeyInfo (RFC 5958 section 3) with PBES2 (RFC 8018 section 6.2).
//!
//! PBKDF2 with HMAC-SHA-2 and scrypt are opened, with AES in CBC or GCM; what is written is PBKDF2-HMAC-SHA-256 and
//! AES-256-CBC, which OpenSSL opens since 1.0.0 (it refuses scrypt of a cost that would be worth more). The numbers of a
//! file decide how long opening takes and how much memory it needs, so they are bounded before anything is derived.

use aes_gcm::aead::common::Generate as _;
use pkcs8::pkcs5::pbes2::{self, Kdf, PBES2_OID, Pbkdf2Prf};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, pkcs5};
use spki::AlgorithmIdentifierRef;
use spki::ObjectIdentifier;
use spki::der::asn1::OctetStringRef;
use spki::der::{self, Decode as _, Encode as _, Reader as _, SliceReader};
use zeroize::Zeroizing;

/// PBKDF2 iterations of what is written: what OWASP asks of HMAC-SHA-256.
const ITERATIONS: u32 = 600_000;
/// Most PBKDF2 iterations: some seconds.
const MAX_ITERATIONS: u32 = 10_000_000;
/// Most memory that scrypt may take, in bytes (128 · N · r).
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;
/// Most work that scrypt may be (N · r · p): some seconds.
const MAX_SCRYPT_WORK: u64 = 1 << 22;
/// Below so many iterations a passphrase is guessed too cheaply. OpenSSL writes 2048 unless it is told otherwise.
const WEAK_ITERATIONS: u32 = 100_000;
/// The same for scrypt (N · r · p), where OpenSSL's own N = 16384, r = 8 is just enough.
const WEAK_SCRYPT_WORK: u64 = 1 << 17;

/// Why a key under a passphrase cannot be opened or made. No message repeats any of its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtectionError {
    /// The structure is not EncryptedPrivateKeyInfo in DER, or its parameters contradict each other.
    #[error("the content of `ENCRYPTED PRIVATE KEY` is not well-formed")]
    Malformed,
    /// Another scheme, key derivation or cipher.
    #[error(
        "the key is encrypted with {0}, which is not supported; convert it with `openssl pkcs8 -topk8 -v2 aes-256-cbc \
         -v2prf hmacWithSHA256 -iter 600000 -in KEY.pem -out NEW.pem`"
    )]
    Unsupported(String),
    /// Numbers that would make opening it take too long or too much memory.
    #[error(
        "opening the key asks for {0}, more than is accepted; it may have been made to keep this program busy"
    )]
    TooCostly(String),
    /// The passphrase does not open it; that cannot be told from damage.
    #[error("the passphrase is not the right one, or the key file is damaged")]
    WrongPassphrase,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    Random,
    /// The library refuses what was made here.
    #[error("the key could not be encrypted")]
    Failed,
}

/// How strongly a passphrase protects a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    /// The derivation and its numbers, in words.
    pub derivation: String,
    /// Whether guessing the passphrase is too cheap for anything but a random one.
    pub weak: bool,
}

/// How a key is protected, as far as its file tells without the passphrase.
///
/// # Errors
/// It cannot be opened whatever the passphrase.
pub(in crate::crypto) fn describe(der: &[u8]) -> Result<Strength, ProtectionError> {
    strength(&parts(der)?.0.kdf)
}

/// The PrivateKeyInfo inside, in DER.
pub(in crate::crypto) fn open(der: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, ProtectionError> {
    let (parameters, data) = parts(der)?;
    strength(&parameters.kdf)?;
    let mut buffer = Zeroizing::new(data.to_vec());
    let opened = parameters.decrypt_in_place(passphrase, &mut buffer).map(<[u8]>::len);
    let length = opened.map_err(|error| match error {
        pkcs5::Error::UnsupportedAlgorithm { oid } => ProtectionError::Unsupported(name(oid)),
        pkcs5::Error::AlgorithmParametersInvalid { .. } => ProtectionError::Malformed,
        _ => ProtectionError::WrongPassphrase,
    })?;
    buffer.truncate(length);
    // One wrong passphrase in 256 leaves something that looks padded.
    match PrivateKeyInfoRef::from_der(&buffer) {
        Ok(_) => Ok(buffer),
        Err(_) => Err(ProtectionError::WrongPassphrase),
    }
}

/// A PrivateKeyInfo (DER) under a passphrase, with a salt and an initialisation vector of its own.
pub(in crate::crypto) fn seal(plain: &[u8], passphrase: &str) -> Result<Vec<u8>, ProtectionError> {
    let random = |_| ProtectionError::Random;
    let failed = |_| ProtectionError::Failed;
    let salt = <[u8; 16]>::try_generate().map_err(random)?;
    let vector = <[u8; 16]>::try_generate().map_err(random)?;
    let parameters =
        pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, &salt, vector).map_err(failed)?;
    let mut buffer = Zeroizing::new(vec![0; plain.len() + 16]);
    buffer.iter_mut().zip(plain).for_each(|(to, from)| *to = *from);
    let sealed = parameters.encrypt_in_place(passphrase, &mut buffer, plain.len()).map_err(failed)?;
    let encrypted_data = OctetStringRef::new(sealed).map_err(|_| ProtectionError::Failed)?;
    let info = EncryptedPrivateKeyInfoRef { encryption_algorithm: parameters.clone().into(), encrypted_data };
    info.to_der().map_err(|_| ProtectionError::Failed)
}

/// EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm AlgorithmIdentifier, encryptedData OCTET STRING }.
fn parts(der: &[u8]) -> Result<(pbes2::Parameters, &[u8]), ProtectionError> {
    let outline = || -> Result<_, der::Error> {
        let mut reader = SliceReader::new(der)?;
        let outline = reader.sequence(|inner| {
            Ok::<_, der::Error>((
                AlgorithmIdentifierRef::decode(inner)?,
                <&OctetStringRef>::decode(inner)?.as_bytes(),
            ))
        })?;
        reader.finish()?;
        Ok(outline)
    };
    let (algorithm, data) = outline().map_err(|_| ProtectionError::Malformed)?;
    if algorithm.oid != PBES2_OID {
        return Err(ProtectionError::Unsupported(name(algorithm.oid)));
    }
    let parameters = algorithm.parameters.ok_or(ProtectionError::Malformed)?;
    match pbes2::Parameters::try_from(parameters) {
        Ok(parameters) => Ok((parameters, data)),
        Err(error) => Err(match error.kind() {
            der::ErrorKind::OidUnknown { oid } => ProtectionError::Unsupported(name(oid)),
            _ => ProtectionError::Malformed,
        }),
    }
}

/// The numbers of a key derivation, if they are within the bounds.
fn strength(kdf: &Kdf) -> Result<Strength, ProtectionError> {
    match kdf {
        Kdf::Pbkdf2(parameters) => {
            let hash = match parameters.prf {
                Pbkdf2Prf::HmacWithSha224 => "SHA-224",
                Pbkdf2Prf::HmacWithSha256 => "SHA-256",
                Pbkdf2Prf::HmacWithSha384 => "SHA-384",
                Pbkdf2Prf::HmacWithSha512 => "SHA-512",
                other => return Err(ProtectionError::Unsupported(name(other.oid()))),
            };
            let iterations = parameters.iteration_count;
            let derivation = format!("PBKDF2-HMAC-{hash}, {iterations} iterations");
            match iterations {
                0 => Err(ProtectionError::Malformed),
                many if many > MAX_ITERATIONS => Err(ProtectionError::TooCostly(derivation)),
                few => Ok(Strength { derivation, weak: few < WEAK_ITERATIONS }),
            }
        }
        Kdf::Scrypt(parameters) => {
            let (n, r) = (parameters.cost_parameter, u64::from(parameters.block_size));
            let p = u64::from(parameters.parallelization);
            if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
                return Err(ProtectionError::Malformed);
            }
            let derivation = format!("scrypt, N = {n}, r = {r}, p = {p}");
            let (memory, work) =
                (n.saturating_mul(r).saturating_mul(128), n.saturating_mul(r).saturating_mul(p));
            if memory > MAX_SCRYPT_MEMORY || work > MAX_SCRYPT_WORK {
                return Err(ProtectionError::TooCostly(derivation));
            }
            Ok(Strength { derivation, weak: work < WEAK_SCRYPT_WORK })
        }
        _ => Err(ProtectionError::Unsupported("another key derivation".to_owned())),
    }
}

fn name(oid: ObjectIdentifier) -> String {
    let known = [
        ("1.2.840.113549.2.7", "PBKDF2-HMAC-SHA-1"),
        ("1.2.840.113549.3.7", "triple DES"),
        ("1.2.840.113549.3.2", "RC2"),
        ("1.3.14.3.2.7", "DES"),
        ("1.2.840.113549.1.5.3", "DES and MD5 (PBES1)"),
        ("1.2.840.113549.1.5.10", "DES and SHA-1 (PBES1)"),
        ("1.2.840.113549.1.12.1.3", "triple DES of PKCS#12"),
        ("1.2.840.113549.1.12.1.6", "RC2 of PKCS#12"),
    ];
    let text = oid.to_string();
    known.iter().find(|(id, _)| *id == text).map_or_else(|| text.clone(), |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests;
