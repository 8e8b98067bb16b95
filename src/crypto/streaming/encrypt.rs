//! Writing the format: one segment in memory, whatever the size.

use std::io::{self, Read, Write};

use aes_gcm::aead::common::Generate as _;
use zeroize::Zeroizing;

use super::{HEADER_LEN, Header, PREFIX_LEN, SALT_LEN, StreamingKey, TAG_LEN, nonce};

/// The random values of one file.
#[derive(Debug, Clone, Copy)]
pub struct Seed(Header);

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum EncryptError {
    /// The source could not be read.
    #[error("cannot read the plaintext: {0}")]
    Read(#[source] io::Error),
    /// The destination could not be written.
    #[error("cannot write the ciphertext: {0}")]
    Write(#[source] io::Error),
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    Random,
    /// More than 2^32 segments.
    #[error("the plaintext is too long for the segment size")]
    TooLong,
}

impl Seed {
    /// Fresh values from the operating system; one per file.
    ///
    /// # Errors
    /// The operating system gives none.
    pub fn random() -> Result<Self, EncryptError> {
        let salt = <[u8; SALT_LEN]>::try_generate().map_err(|_| EncryptError::Random)?;
        let prefix = <[u8; PREFIX_LEN]>::try_generate().map_err(|_| EncryptError::Random)?;
        Ok(Self(Header { salt, prefix }))
    }

    /// Given values, for tests against known ciphertexts; used twice under one key they break the encryption.
    pub fn fixed(salt: [u8; 32], prefix: [u8; 7]) -> Self {
        Self(Header { salt, prefix })
    }
}

/// Encrypts all of `from` and returns the number of plaintext bytes.
///
/// # Errors
/// Reading or writing fails, or the plaintext is too long; what was written until then is not a valid file.
pub fn encrypt(
    key: &StreamingKey,
    associated_data: &[u8],
    seed: &Seed,
    from: &mut dyn Read,
    to: &mut dyn Write,
) -> Result<u64, EncryptError> {
    let Seed(header) = seed;
    let cipher = key.file_cipher(&header.salt, associated_data).ok_or(EncryptError::TooLong)?;
    to.write_all(&header.to_bytes()).map_err(EncryptError::Write)?;
    let mut total = 0;
    let mut segment = Zeroizing::new(Vec::new());
    let mut ahead = Zeroizing::new(Vec::new());
    fill(from, &mut segment, key.parameters.segment_size - HEADER_LEN - TAG_LEN)?;
    // A segment is the last one exactly when nothing follows it, so one is always read ahead.
    for number in 0_u32..=u32::MAX {
        fill(from, &mut ahead, key.parameters.segment_size - TAG_LEN)?;
        let last = ahead.is_empty();
        total += u64::try_from(segment.len()).unwrap_or_default();
        let tag = cipher
            .encrypt(&nonce(&header.prefix, number, last), &[], &mut segment)
            .map_err(|_| EncryptError::TooLong)?;
        to.write_all(&segment).and_then(|()| to.write_all(&tag)).map_err(EncryptError::Write)?;
        if last {
            return Ok(total);
        }
        std::mem::swap(&mut segment, &mut ahead);
    }
    Err(EncryptError::TooLong)
}

/// Replaces the buffer's content by the next `length` bytes, or fewer at the end. It is as large as it gets from the first
/// time on: a growing one would be copied, and leave copies of plaintext behind.
fn fill(from: &mut dyn Read, buffer: &mut Vec<u8>, length: usize) -> Result<(), EncryptError> {
    buffer.clear();
    buffer.reserve_exact(length);
    let limit = u64::try_from(length).unwrap_or(u64::MAX);
    from.take(limit).read_to_end(buffer).map(|_| ()).map_err(EncryptError::Read)
}
