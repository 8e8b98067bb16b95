//! Public keys out of PEM and DER.

use spki::der::asn1::{AnyRef, BitStringRef, UintRef};
use spki::der::{self, Decode as _, Encode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use spki::{AlgorithmIdentifierRef, ObjectIdentifier, SubjectPublicKeyInfoRef};

use super::{KeyError, PssRestrictions, PublicKey};
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::pem;

/// A key of 16384 bits is 3 KB of PEM; a file may hold many and their explanations.
const MAX_FILE: usize = 1 << 20;

pub(super) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// The public keys of a file: every PEM block in order, or one DER structure.
///
/// # Errors
/// Any block that is not a public RSA key within the quality bounds; a private key or certificate among them is
/// named as such. No key is taken from a file in which another is wrong.
pub fn parse_public_keys(bytes: &[u8]) -> Result<Vec<PublicKey>, KeyError> {
    if bytes.len() > MAX_FILE {
        return Err(KeyError::TooLarge { limit: MAX_FILE });
    }
    if !pem::is_armoured(bytes) {
        return Ok(vec![from_der(bytes)?]);
    }
    let blocks = pem::blocks(bytes)?;
    blocks
        .iter()
        .map(|block| match block.label.as_str() {
            label if pem::is_private_label(label) => Err(KeyError::PrivateKey),
            "PUBLIC KEY" => from_spki(&block.der),
            "RSA PUBLIC KEY" => from_pkcs1(&block.der),
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Err(KeyError::Certificate),
            label => Err(KeyError::Label { label: label.to_owned() }),
        })
        .collect()
}

/// What a DER file is, is told by the first elements of its outer SEQUENCE.
fn from_der(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    let Ok((first, second)) = outline(bytes) else {
        return Err(if bytes.first() == Some(&0x30) { KeyError::Malformed } else { KeyError::NoKey });
    };
    match (first.tag(), second.tag()) {
        (Tag::Sequence, Tag::BitString) => from_spki(bytes),
        // The version of PKCS#1 and PKCS#8 private keys; a modulus is never so short.
        (Tag::Integer, Tag::Integer | Tag::Sequence | Tag::OctetString) if first.value().len() == 1 => {
            Err(KeyError::PrivateKey)
        }
        (Tag::Integer, Tag::Integer) => from_pkcs1(bytes),
        // PKCS#8 EncryptedPrivateKeyInfo.
        (Tag::Sequence, Tag::OctetString) => Err(KeyError::PrivateKey),
        (Tag::Sequence, Tag::Sequence) => Err(KeyError::Certificate),
        _ => Err(KeyError::Malformed),
    }
}

fn outline(bytes: &[u8]) -> Result<(AnyRef<'_>, AnyRef<'_>), der::Error> {
    let mut reader = SliceReader::new(bytes)?;
    reader.sequence(|inner| {
        let elements = (AnyRef::decode(inner)?, AnyRef::decode(inner)?);
        while !inner.is_finished() {
            AnyRef::decode(inner)?;
        }
        Ok(elements)
    })
}

pub(super) fn from_spki(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    let spki = SubjectPublicKeyInfoRef::from_der(bytes).map_err(|_| KeyError::Malformed)?;
    let restrictions = match spki.algorithm.oid {
        RSA_ENCRYPTION => None,
        RSASSA_PSS => spki.algorithm.parameters.map(pss_parameters).transpose()?,
        other => return Err(KeyError::NotRsa { algorithm: algorithm_name(other) }),
    };
    let inner = spki.subject_public_key.as_bytes().ok_or(KeyError::Malformed)?;
    build(inner, restrictions, bytes)
}

fn from_pkcs1(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    let wrapped = SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) },
        subject_public_key: BitStringRef::from_bytes(bytes).map_err(|_| KeyError::Malformed)?,
    };
    let spki = wrapped.to_der().map_err(|_| KeyError::Malformed)?;
    build(bytes, None, &spki)
}

fn build(pkcs1: &[u8], restrictions: Option<PssRestrictions>, spki: &[u8]) -> Result<PublicKey, KeyError> {
    let (modulus, exponent) = rsa_public_key(pkcs1).map_err(|_| KeyError::Malformed)?;
    PublicKey::new(modulus.as_bytes(), exponent.as_bytes(), restrictions, spki)
}

/// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 8017 A.1.1); negative numbers and
/// trailing data are refused.
fn rsa_public_key(bytes: &[u8]) -> Result<(UintRef<'_>, UintRef<'_>), der::Error> {
    let mut reader = SliceReader::new(bytes)?;
    let numbers =
        reader.sequence(|inner| Ok::<_, der::Error>((UintRef::decode(inner)?, UintRef::decode(inner)?)))?;
    reader.finish()?;
    Ok(numbers)
}

/// RSASSA-PSS-params (RFC 4055 section 3.1). Defaults written out are tolerated, as some encoders do that.
fn pss_parameters(parameters: AnyRef<'_>) -> Result<PssRestrictions, KeyError> {
    let (hash, mgf1, min_salt, trailer) = parameters
        .sequence(|reader| {
            let hash = explicit::<AlgorithmIdentifierRef<'_>>(reader, 0)?;
            let mgf = explicit::<AlgorithmIdentifierRef<'_>>(reader, 1)?;
            let salt = explicit::<UintRef<'_>>(reader, 2)?.map(|salt| salt.as_bytes());
            let trailer = explicit::<UintRef<'_>>(reader, 3)?.map(|trailer| trailer.as_bytes());
            Ok::<_, der::Error>((hash, mgf, salt, trailer))
        })
        .map_err(|_| KeyError::Malformed)?;
    let unsupported = |what: String| KeyError::PssParameters { what };
    if !matches!(trailer, None | Some([1])) {
        return Err(unsupported("another trailer than 0xbc".to_owned()));
    }
    // An absent hash means SHA-1, which is refused by name.
    let hash = hash_of(hash.map_or(SHA1, |hash| hash.oid))?;
    let mgf1 = match mgf1 {
        None => return Err(unsupported("MGF1 with SHA-1".to_owned())),
        Some(mgf) if mgf.oid == MGF1 => {
            let inner = mgf.parameters.ok_or(KeyError::Malformed)?;
            let inner = inner.decode_as::<AlgorithmIdentifierRef<'_>>().map_err(|_| KeyError::Malformed)?;
            hash_of(inner.oid)?
        }
        Some(other) => return Err(unsupported(format!("mask generation {}", other.oid))),
    };
    let min_salt = match min_salt {
        None => 20,
        Some(bytes) if bytes.len() <= 4 => bytes.iter().fold(0, |sum, &byte| (sum << 8) | usize::from(byte)),
        Some(_) => return Err(unsupported("an absurd salt length".to_owned())),
    };
    Ok(PssRestrictions { hash, mgf1, min_salt })
}

/// An optional `[number] EXPLICIT` field.
fn explicit<'r, T>(reader: &mut SliceReader<'r>, number: u32) -> Result<Option<T>, der::Error>
where
    T: der::Decode<'r, Error = der::Error>,
{
    let wanted = Tag::ContextSpecific { constructed: true, number: TagNumber(number) };
    if reader.is_finished() || Tag::peek(reader)? != wanted {
        return Ok(None);
    }
    let field = AnyRef::decode(reader)?;
    let mut inner = SliceReader::new(field.value())?;
    let value = T::decode(&mut inner)?;
    inner.finish()?;
    Ok(Some(value))
}

fn hash_of(oid: ObjectIdentifier) -> Result<HashAlgorithm, KeyError> {
    match oid {
        SHA256 => Ok(HashAlgorithm::Sha256),
        SHA384 => Ok(HashAlgorithm::Sha384),
        SHA512 => Ok(HashAlgorithm::Sha512),
        SHA1 => Err(KeyError::PssParameters { what: "SHA-1".to_owned() }),
        other => Err(KeyError::PssParameters { what: format!("hash {other}") }),
    }
}

pub(super) fn algorithm_name(oid: ObjectIdentifier) -> String {
    let known = [
        ("1.2.840.10045.2.1", "an elliptic-curve"),
        ("1.3.101.112", "an Ed25519"),
        ("1.3.101.113", "an Ed448"),
        ("1.2.840.10040.4.1", "a DSA"),
        ("2.16.840.1.101.3.4.3.17", "an ML-DSA-44"),
        ("2.16.840.1.101.3.4.3.18", "an ML-DSA-65"),
        ("2.16.840.1.101.3.4.3.19", "an ML-DSA-87"),
    ];
    let text = oid.to_string();
    known
        .iter()
        .find(|(id, _)| *id == text)
        .map_or_else(|| format!("a {text}"), |(_, name)| (*name).to_owned())
}
