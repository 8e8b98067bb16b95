//! Tink's streaming AEAD `AES256-GCM-HKDF`: files of any size, encrypted and checked in constant memory.
//!
//! ```text
//! file    = header ‖ segment 0 ‖ segment 1 ‖ … ‖ segment n-1
//! header  = 0x28 ‖ salt (32) ‖ nonce prefix (7)                                     40 bytes
//! segment = AES-256-GCM(file key, nonce, no associated data) ‖ tag (16)
//! file key = HKDF(main key, salt, info = associated data)                           32 bytes
//! nonce   = nonce prefix ‖ segment number (4, big-endian) ‖ 1 for the last segment, else 0
//! ```
//!
//! Every segment but the last fills `segment_size` bytes of ciphertext; the first shares its space with the header.
//! There is always at least one segment. `docs/encrypted-files.md` describes the format for users.

mod decrypt;
mod encrypt;
mod header;

pub use decrypt::{Decryptor, StreamError, StreamSummary};
pub use encrypt::{EncryptError, Seed, encrypt};
pub use header::{Header, HeaderError, Plan, inspect};

use hkdf::Hkdf;
use zeroize::Zeroizing;

use super::aes_gcm::{Cipher, NONCE_LEN, TAG_LEN};
use super::digest::HashAlgorithm;
use super::secret_key::SecretKey;

/// Ciphertext bytes of a full segment unless another size is configured: 1 MiB.
pub const DEFAULT_SEGMENT_SIZE: usize = 1 << 20;
/// Largest segment accepted; a reader must hold one whole segment before it may release any of it.
pub const MAX_SEGMENT_SIZE: usize = 64 << 20;
/// Bytes of the header, and its first byte.
pub const HEADER_LEN: usize = 1 + SALT_LEN + PREFIX_LEN;

const SALT_LEN: usize = 32;
const PREFIX_LEN: usize = 7;
/// Segment numbers are 32 bits wide.
const MAX_SEGMENTS: u64 = 1 << 32;

/// What writer and reader must agree on besides the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    segment_size: usize,
    hkdf_hash: HashAlgorithm,
}

/// Parameters or a main key that the format does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// The segment size leaves no room for data, or more than this program holds in memory.
    #[error("a segment size of {0} bytes; it must be more than {least} and at most {MAX_SEGMENT_SIZE}", least = HEADER_LEN + TAG_LEN)]
    SegmentSize(usize),
    /// The main key is shorter than the derived one, or absurdly long.
    #[error("a main key of {0} bytes; it must have 32 to 1024")]
    KeyLength(usize),
}

impl Default for Parameters {
    fn default() -> Self {
        Self { segment_size: DEFAULT_SEGMENT_SIZE, hkdf_hash: HashAlgorithm::Sha256 }
    }
}

impl Parameters {
    /// Parameters with another segment size (in bytes of ciphertext, header included in the first) or HKDF hash.
    ///
    /// # Errors
    /// The segment size is out of range.
    pub fn new(segment_size: usize, hkdf_hash: HashAlgorithm) -> Result<Self, ParameterError> {
        if segment_size <= HEADER_LEN + TAG_LEN || segment_size > MAX_SEGMENT_SIZE {
            return Err(ParameterError::SegmentSize(segment_size));
        }
        Ok(Self { segment_size, hkdf_hash })
    }

    /// Ciphertext bytes of a full segment.
    pub fn segment_size(&self) -> usize {
        self.segment_size
    }

    /// Bytes that segment `number` may take in the file, tag included, header not.
    fn room(&self, number: u64) -> usize {
        if number == 0 { self.segment_size - HEADER_LEN } else { self.segment_size }
    }
}

/// A main key and its parameters. `Debug` shows the parameters only.
#[derive(Clone)]
pub struct StreamingKey {
    main: Zeroizing<Vec<u8>>,
    parameters: Parameters,
}

impl StreamingKey {
    /// A key from the main key's bytes.
    ///
    /// # Errors
    /// The main key has fewer than 32 or more than 1024 bytes.
    pub fn new(main: &[u8], parameters: Parameters) -> Result<Self, ParameterError> {
        if !(32..=1024).contains(&main.len()) {
            return Err(ParameterError::KeyLength(main.len()));
        }
        Ok(Self { main: Zeroizing::new(main.to_vec()), parameters })
    }

    /// A plain 256-bit key used as the main key.
    pub fn from_secret(key: &SecretKey, parameters: Parameters) -> Self {
        Self { main: Zeroizing::new(key.bytes().to_vec()), parameters }
    }

    /// The parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// What other keys are derived from.
    pub(super) fn main(&self) -> &[u8] {
        &self.main
    }

    /// The cipher of one file.
    fn file_cipher(&self, salt: &[u8; SALT_LEN], associated_data: &[u8]) -> Option<Cipher> {
        let mut derived = Zeroizing::new([0; 32]);
        let output = &mut derived[..];
        match self.parameters.hkdf_hash {
            HashAlgorithm::Sha256 => {
                Hkdf::<sha2::Sha256>::new(Some(salt), &self.main).expand(associated_data, output)
            }
            HashAlgorithm::Sha384 => {
                Hkdf::<sha2::Sha384>::new(Some(salt), &self.main).expand(associated_data, output)
            }
            HashAlgorithm::Sha512 => {
                Hkdf::<sha2::Sha512>::new(Some(salt), &self.main).expand(associated_data, output)
            }
        }
        .ok()?;
        Some(Cipher::new(&SecretKey::from_bytes(*derived)))
    }
}

impl std::fmt::Debug for StreamingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StreamingKey({:?}, ..)", self.parameters)
    }
}

fn nonce(prefix: &[u8; PREFIX_LEN], number: u32, last: bool) -> [u8; NONCE_LEN] {
    let [a, b, c, d, e, f, g] = *prefix;
    let [h, i, j, k] = number.to_be_bytes();
    [a, b, c, d, e, f, g, h, i, j, k, u8::from(last)]
}

#[cfg(test)]
mod tests;
