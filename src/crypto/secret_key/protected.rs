//! AES-256 keys under a passphrase: PKCS#8 in PEM, as private keys are kept, with the algorithm id-aes256-GCM
//! (2.16.840.1.101.3.4.1.46) and the 32 bytes of the key as its content.

use rsa::pkcs8::PrivateKeyInfoRef;
use spki::der::asn1::OctetStringRef;
use spki::der::{Decode as _, Encode as _};
use spki::{AlgorithmIdentifierRef, ObjectIdentifier};
use zeroize::Zeroizing;

use super::{Ask, FileKey, KeyFile, KeyForm, Material, SecretKey, SecretKeyError};
use crate::crypto::keys::protected::{open, seal};
use crate::crypto::keys::{ProtectionError, describe};
use crate::crypto::pem::{self, Encryption};

const AES_256_GCM: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.46");

/// Reads the one key of a PEM file.
pub(super) fn parse(text: &[u8], ask: Option<Ask<'_>>) -> Result<KeyFile, SecretKeyError> {
    let mut blocks = pem::private_blocks(text).map_err(|_| SecretKeyError::Pem)?;
    let (Some(block), true) = (blocks.pop(), blocks.is_empty()) else {
        return Err(SecretKeyError::Pem);
    };
    if block.encryption != Encryption::Structure {
        return Err(SecretKeyError::Pem);
    }
    let Some(ask) = ask else { return Err(SecretKeyError::Protected) };
    // What cannot be opened is told before anybody is asked.
    describe(&block.der)?;
    let passphrase = ask().map_err(SecretKeyError::NoPassphrase)?;
    let info = open(&block.der, &passphrase)?;
    let info = PrivateKeyInfoRef::from_der(&info).map_err(|_| ProtectionError::Malformed)?;
    let bytes = info.private_key.as_bytes();
    if info.algorithm.oid != AES_256_GCM {
        return Err(SecretKeyError::OtherAlgorithm(info.algorithm.oid.to_string()));
    }
    let size = SecretKeyError::Size { form: "key under a passphrase", bits: bytes.len() * 8 };
    let key = SecretKey::from_slice(bytes).ok_or(size)?;
    Ok(KeyFile {
        form: KeyForm::Protected,
        keys: vec![FileKey { id: None, primary: true, material: Material::Plain(key) }],
    })
}

/// The PEM of a key under a passphrase.
pub(super) fn write(key: &SecretKey, passphrase: &str) -> Result<Zeroizing<String>, ProtectionError> {
    let algorithm = AlgorithmIdentifierRef { oid: AES_256_GCM, parameters: None };
    let private_key = OctetStringRef::new(key.bytes()).map_err(|_| ProtectionError::Failed)?;
    let info = PrivateKeyInfoRef::new(algorithm, private_key);
    let info = Zeroizing::new(info.to_der().map_err(|_| ProtectionError::Failed)?);
    Ok(pem::armoured("ENCRYPTED PRIVATE KEY", &seal(&info, passphrase)?))
}
