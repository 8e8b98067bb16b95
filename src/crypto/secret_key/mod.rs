//! Symmetric key files: 32 raw bytes, hexadecimal, base64, a Tink cleartext keyset in JSON, or PEM under a passphrase.
//!
//! Keys leave memory when they are dropped, and no `Debug` or error text shows any of their content. The bytes of
//! the file itself belong to the caller, who should hold them in [`zeroize::Zeroizing`] too.

mod keyset;
mod protected;

use std::fmt;

use aes_gcm::aead::common::Generate as _;
use base64::Engine as _;
use zeroize::{Zeroize as _, Zeroizing};

pub use super::keys::Ask;
use super::keys::ProtectionError;
use super::pem::{BASE64, BASE64_URL};
use super::streaming::StreamingKey;
use crate::formats::hex;

/// Larger files hold no key: a keyset of [`MAX_KEYS`] keys needs a fraction of it.
const MAX_FILE: usize = 1 << 20;
/// Most keys that a keyset may hold.
pub const MAX_KEYS: usize = 100;

/// A 256-bit key. `Debug` shows that there is one, never what it is.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// A key from its bytes.
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let key = Self(Zeroizing::new(bytes));
        bytes.zeroize();
        key
    }

    /// A new key from the operating system's random bytes.
    ///
    /// # Errors
    /// The operating system gives none.
    pub fn generate() -> Result<Self, ProtectionError> {
        <[u8; 32]>::try_generate().map(Self::from_bytes).map_err(|_| ProtectionError::Random)
    }

    /// The key under a passphrase: PEM `ENCRYPTED PRIVATE KEY` around PKCS#8 with id-aes256-GCM. Takes part of a second.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn to_protected_pem(&self, passphrase: &str) -> Result<Zeroizing<String>, ProtectionError> {
        protected::write(self, passphrase)
    }

    /// The key in the clear as a Tink keyset: the main key of Tink's streaming encryption with the parameters that
    /// [`Parameters::default`](super::streaming::Parameters) has, under a random number.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn to_keyset(&self) -> Result<Zeroizing<String>, ProtectionError> {
        // Tink wants numbers other than zero.
        let id = <[u8; 4]>::try_generate().map_err(|_| ProtectionError::Random)?;
        Ok(keyset::write(self, u32::from_be_bytes(id).max(1)))
    }

    fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// How the key file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// 32 bytes, perhaps with a line end after them.
    Raw,
    /// 64 hexadecimal digits.
    Hex,
    /// Base64 of 32 bytes, standard or URL-safe alphabet.
    Base64,
    /// Tink's JSON keyset in the clear.
    TinkKeyset,
    /// PEM under a passphrase.
    Protected,
}

/// What one key of a file is for.
#[derive(Debug, Clone)]
pub enum Material {
    /// 32 bytes without a stated purpose: either layout.
    Plain(SecretKey),
    /// Tink's streaming encryption, with its parameters.
    Streaming(StreamingKey),
    /// Tink's AES-GCM: the bare layout behind the given prefix.
    Gcm {
        /// The key.
        key: SecretKey,
        /// What every ciphertext starts with: nothing, or a byte and the key's number.
        prefix: Vec<u8>,
    },
}

/// One key of a key file.
#[derive(Debug, Clone)]
pub struct FileKey {
    /// Its number in the keyset; `None` for a file that holds just a key.
    pub id: Option<u32>,
    /// Whether new data is encrypted with it.
    pub primary: bool,
    /// The key itself.
    pub material: Material,
}

/// The enabled keys of a file, at least one.
#[derive(Debug, Clone)]
pub struct KeyFile {
    /// How it is written.
    pub form: KeyForm,
    /// The keys, the primary one first.
    pub keys: Vec<FileKey>,
}

/// Why a file yields no key. No message repeats any of the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeyError {
    /// Nothing, or white space only.
    #[error("the key file is empty")]
    Empty,
    /// Far larger than a key.
    #[error("larger than {MAX_FILE} bytes, so not a key file")]
    TooLarge,
    /// A key, but of another size.
    #[error("the {form} holds {bits} bits; AES-256 needs 256")]
    Size {
        /// How it is written.
        form: &'static str,
        /// Size found.
        bits: usize,
    },
    /// None of the known forms.
    #[error("not a key: neither 32 raw bytes, 64 hexadecimal digits, base64 of 32 bytes nor a Tink keyset")]
    Unknown,
    /// Every byte is the same: a placeholder.
    #[error("every byte of the key is the same, so it is a placeholder")]
    Placeholder,
    /// A PEM file.
    #[error("a PEM file holds no AES key")]
    Pem,
    /// A key under a passphrase where none is asked for.
    #[error(
        "the key is under a passphrase, and none is asked for here; `readiness release keys export` writes it in the clear"
    )]
    Protected,
    /// A key under a passphrase, and there is none.
    #[error("the key is under a passphrase: {0}")]
    NoPassphrase(String),
    /// What protects the key cannot be opened.
    #[error(transparent)]
    Protection(#[from] ProtectionError),
    /// A key under a passphrase that is none of AES-256.
    #[error("the key under the passphrase has the algorithm {0}, not id-aes256-GCM; is it the signing key?")]
    OtherAlgorithm(String),
    /// A keyset that needs a master key or a KMS.
    #[error("the Tink keyset is encrypted; a cleartext keyset is needed")]
    EncryptedKeyset,
    /// JSON, but not a keyset.
    #[error("line {line}: not a Tink keyset in JSON")]
    KeysetShape {
        /// Line counted from 1; 0 when unknown.
        line: usize,
    },
    /// More than [`MAX_KEYS`] keys.
    #[error("the keyset has more than {MAX_KEYS} keys")]
    TooManyKeys,
    /// No enabled key.
    #[error("the keyset has no enabled key")]
    NoEnabledKey,
    /// The primary key is missing or not enabled.
    #[error("the keyset's primary key {0} is missing or not enabled")]
    NoPrimary(u32),
    /// An enabled key that cannot be used.
    #[error("key {id} of the keyset: {what}")]
    KeysetKey {
        /// Its number.
        id: u32,
        /// What is wrong, without any of its content.
        what: String,
    },
}

/// Reads a key file in whichever form it is.
///
/// # Errors
/// The content is not a 256-bit key or a keyset with usable keys, or a passphrase protects it.
pub fn parse_key_file(bytes: &[u8]) -> Result<KeyFile, SecretKeyError> {
    parse(bytes, None)
}

/// As [`parse_key_file`], and also a key under a passphrase.
///
/// # Errors
/// As there; or there is no passphrase, it is not the right one, or the protection is none that can be opened.
pub fn parse_key_file_with(bytes: &[u8], ask: Ask<'_>) -> Result<KeyFile, SecretKeyError> {
    parse(bytes, Some(ask))
}

fn parse(bytes: &[u8], ask: Option<Ask<'_>>) -> Result<KeyFile, SecretKeyError> {
    if bytes.len() > MAX_FILE {
        return Err(SecretKeyError::TooLarge);
    }
    let text = bytes.trim_ascii();
    if text.is_empty() {
        return Err(SecretKeyError::Empty);
    }
    if text.starts_with(b"{") && text.ends_with(b"}") && text.len() > 64 {
        return keyset::parse(text);
    }
    if super::pem::is_armoured(text) {
        return protected::parse(text, ask);
    }
    let (form, key) = plain(bytes, text)?;
    if key.bytes().iter().all(|byte| Some(byte) == key.bytes().first()) {
        return Err(SecretKeyError::Placeholder);
    }
    let key = FileKey { id: None, primary: true, material: Material::Plain(key) };
    Ok(KeyFile { form, keys: vec![key] })
}

fn plain(bytes: &[u8], text: &[u8]) -> Result<(KeyForm, SecretKey), SecretKeyError> {
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    // 32 or 48 digits are a shorter key in hexadecimal, never 32 raw bytes that happen to look so.
    if let Ok(decoded) = hex::decode(digits).map(Zeroizing::new) {
        let size = SecretKeyError::Size { form: "hexadecimal text", bits: decoded.len() * 8 };
        return SecretKey::from_slice(&decoded).map(|key| (KeyForm::Hex, key)).ok_or(size);
    }
    // Editors and `echo` leave a line end after raw bytes; the raw bytes themselves may be white space.
    let raw = match bytes.len() {
        33 => bytes.strip_suffix(b"\n"),
        34 => bytes.strip_suffix(b"\r\n"),
        _ => Some(bytes),
    };
    if let Some(key) = raw.and_then(SecretKey::from_slice) {
        return Ok((KeyForm::Raw, key));
    }
    let decoded = BASE64.decode(text).or_else(|_| BASE64_URL.decode(text)).map(Zeroizing::new);
    let decoded = decoded.map_err(|_| SecretKeyError::Unknown)?;
    let size = SecretKeyError::Size { form: "base64 text", bits: decoded.len() * 8 };
    SecretKey::from_slice(&decoded).map(|key| (KeyForm::Base64, key)).ok_or(size)
}

#[cfg(test)]
mod tests;
