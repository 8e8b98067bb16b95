//! What an encrypted file is: by its first bytes and size alone, or with its key by reading it to the end.
//!
//! Without a key little can be said honestly. Tink's streaming format has one fixed byte, so a match is
//! *plausible*, not proven; the bare layout `nonce ‖ ciphertext ‖ tag` has no mark at all. What can be told with
//! certainty is what a file is **not**: too short, text, or of a known unencrypted format.

use std::io;

use zeroize::Zeroizing;

use crate::crypto::aes_gcm::{self, GcmError};
use crate::crypto::secret_key::{FileKey, Material, SecretKey};
use crate::crypto::streaming::{
    Decryptor, Header, HeaderError, Parameters, Plan, StreamError, StreamSummary, StreamingKey, inspect,
};

/// How many first bytes [`classify`] makes use of; more are ignored, fewer make it less certain.
pub const HEAD_LEN: usize = 4096;

/// What the head and size of a file allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Classification {
    /// Header byte, size and randomness fit Tink's streaming format with the given parameters.
    Streaming {
        /// Salt and nonce prefix, to be compared with those of other files under the same key.
        header: Header,
        /// Segments and plaintext size, should it be one.
        plan: Plan,
    },
    /// It begins as a streaming file does, but no such file has this size: cut, or other parameters.
    StreamingImplausible(HeaderError),
    /// Random-looking and long enough for `nonce ‖ ciphertext ‖ tag`; compressed data looks the same.
    Opaque {
        /// The first 12 bytes: the nonce, should it be the bare layout. It must not recur under the same key.
        nonce: [u8; aes_gcm::NONCE_LEN],
    },
    /// Not encrypted: the content shows structure.
    NotEncrypted(Plainness),
    /// Shorter than any layout.
    TooShort,
}

/// What shows that a file is not encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plainness {
    /// The signature bytes of a known format, which is named.
    Format(&'static str),
    /// Printable text.
    Text,
    /// Bytes so unevenly distributed that they are neither encrypted nor compressed.
    Structured,
}

/// Classifies a file by its first bytes and its size.
pub fn classify(head: &[u8], size: u64, parameters: &Parameters) -> Classification {
    let head = head.get(..HEAD_LEN).unwrap_or(head);
    let Some(nonce) = head.first_chunk() else { return Classification::TooShort };
    if let Some(format) = known_format(head) {
        return Classification::NotEncrypted(Plainness::Format(format));
    }
    if let Some(plainness) = plainness(head) {
        return Classification::NotEncrypted(plainness);
    }
    match inspect(head, size, parameters) {
        Ok((header, plan)) => Classification::Streaming { header, plan },
        Err(error @ (HeaderError::LastSegment { .. } | HeaderError::TooLong))
            if Header::parse(head).is_ok() =>
        {
            Classification::StreamingImplausible(error)
        }
        _ if usize::try_from(size).is_ok_and(|size| size < aes_gcm::OVERHEAD) => Classification::TooShort,
        _ => Classification::Opaque { nonce: *nonce },
    }
}

/// Formats that an artifact is likely to have and that begin with a mark of their own.
fn known_format(head: &[u8]) -> Option<&'static str> {
    let marks: [(&[u8], &str); 17] = [
        (b"\x1f\x8b\x08", "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xfd7zXZ\0", "xz"),
        (b"BZh", "bzip2"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"\x7fELF", "ELF"),
        (b"\xca\xfe\xba\xbe", "Java class or Mach-O"),
        (b"\xcf\xfa\xed\xfe", "Mach-O"),
        (b"\0asm", "WebAssembly"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"%PDF-", "PDF"),
        (b"SQLite format 3\0", "SQLite"),
        (b"!<arch>\n", "ar archive or Debian package"),
        (b"\xed\xab\xee\xdb", "RPM package"),
        (b"age-encryption.org/v1\n", "age (encrypted, but another format)"),
    ];
    marks.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, format)| *format)
}

fn plainness(head: &[u8]) -> Option<Plainness> {
    // A header's length byte may be the only thing that is not random; 32 random bytes hold about 20 that are
    // not printable, and 3 or fewer in one case of 10^12.
    let printable = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let odd = head.iter().filter(|byte| !printable(byte)).count();
    if head.len() >= 32 && odd * 10 < head.len() {
        return Some(Plainness::Text);
    }
    // Chi-squared against the even distribution: mean 255, deviation about 23 for any number of random bytes, so
    // 600 lies fifteen deviations out. Below 512 bytes nothing is claimed.
    if head.len() < 512 {
        return None;
    }
    let mut counts = [0_u64; 256];
    for &byte in head {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = u64::try_from(head.len()).unwrap_or(u64::MAX);
    let squares: u64 = counts.iter().map(|count| count * count).sum();
    let chi_squared = (256 * squares / total).saturating_sub(total);
    (chi_squared > 600).then_some(Plainness::Structured)
}

/// Which layout a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Tink's streaming format; the parameters hold for plain keys, keyset keys bring their own.
    Streaming(Parameters),
    /// `nonce ‖ ciphertext ‖ tag` (behind the prefix that a keyset key demands), held in memory up to this size.
    Bare {
        /// Largest file in bytes.
        limit: usize,
    },
}

/// A file that was decrypted to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authentic {
    /// Number of the keyset key that opened it; `None` for a plain key.
    pub key_id: Option<u32>,
    /// Whether that key is the one that new data is encrypted with.
    pub primary: bool,
    /// Bytes of plaintext.
    pub plaintext_size: u64,
    /// Segments; 1 for the bare layout.
    pub segments: u64,
}

/// Why a file was not found authentic.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// No key given fits the layout.
    #[error("none of the keys is for this layout")]
    NoKey,
    /// The streaming format did not open; the error of the key that came farthest.
    #[error(transparent)]
    Streaming(#[from] StreamError),
    /// The bare layout did not open with any key.
    #[error(transparent)]
    Bare(#[from] GcmError),
    /// A keyset key's ciphertexts begin with its number, and this file does not.
    #[error("the file does not begin with the number of any key of the keyset")]
    Prefix,
    /// The bare layout cannot be checked in pieces.
    #[error("larger than {limit} bytes: the bare layout must be held in memory whole, so it was not checked")]
    TooLarge {
        /// The bound given.
        limit: usize,
    },
}

/// A check in progress: feed it the file in pieces of any size. Plaintext is discarded.
pub struct Checker(State);

enum State {
    /// One decryption a key; those that fail drop out, which leaves one after the first segment.
    Streaming { running: Vec<(Option<u32>, bool, Decryptor)>, farthest: Option<StreamError> },
    Bare {
        keys: Vec<(Option<u32>, bool, SecretKey, Vec<u8>)>,
        content: Zeroizing<Vec<u8>>,
        limit: usize,
        over: bool,
        associated_data: Vec<u8>,
    },
}

impl Checker {
    /// A check with the keys of a key file; `associated_data` is what the writer bound to the ciphertext, often nothing.
    ///
    /// # Errors
    /// No key is for this layout.
    pub fn new(layout: Layout, keys: &[FileKey], associated_data: &[u8]) -> Result<Self, CheckError> {
        let state = match layout {
            Layout::Streaming(parameters) => {
                let streaming = |key: &FileKey| match &key.material {
                    Material::Plain(secret) => Some(StreamingKey::from_secret(secret, parameters)),
                    Material::Streaming(streaming) => Some(streaming.clone()),
                    Material::Gcm { .. } => None,
                };
                let running = keys
                    .iter()
                    .filter_map(|key| {
                        Some((key.id, key.primary, Decryptor::new(&streaming(key)?, associated_data)))
                    })
                    .collect();
                State::Streaming { running, farthest: None }
            }
            Layout::Bare { limit } => {
                let bare = |key: &FileKey| match &key.material {
                    Material::Plain(secret) => Some((secret.clone(), Vec::new())),
                    Material::Gcm { key, prefix } => Some((key.clone(), prefix.clone())),
                    Material::Streaming(_) => None,
                };
                let keys = keys
                    .iter()
                    .filter_map(|key| bare(key).map(|(secret, prefix)| (key.id, key.primary, secret, prefix)))
                    .collect();
                State::Bare {
                    keys,
                    content: Zeroizing::new(Vec::new()),
                    limit,
                    over: false,
                    associated_data: associated_data.to_vec(),
                }
            }
        };
        let none = match &state {
            State::Streaming { running, .. } => running.is_empty(),
            State::Bare { keys, .. } => keys.is_empty(),
        };
        if none { Err(CheckError::NoKey) } else { Ok(Self(state)) }
    }

    /// Takes in more of the file. `false` means that the answer is settled and the rest need not be read.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        match &mut self.0 {
            State::Streaming { running, farthest } => {
                running.retain_mut(|(_, _, decryptor)| match decryptor.update(bytes, &mut io::sink()) {
                    Ok(()) => true,
                    Err(error) => {
                        keep_farthest(farthest, error);
                        false
                    }
                });
                !running.is_empty()
            }
            State::Bare { content, limit, over, .. } => {
                *over = *over || content.len().saturating_add(bytes.len()) > *limit;
                if *over {
                    content.clear();
                } else {
                    content.extend_from_slice(bytes);
                }
                !*over
            }
        }
    }

    /// The answer, now that the file is at its end (or [`Checker::feed`] said that it is settled).
    ///
    /// # Errors
    /// The file is not authentic under any of the keys, or could not be checked.
    pub fn finish(self) -> Result<Authentic, CheckError> {
        match self.0 {
            State::Streaming { running, mut farthest } => {
                for (key_id, primary, decryptor) in running {
                    match decryptor.finish(&mut io::sink()) {
                        Ok(StreamSummary { segments, plaintext_size }) => {
                            return Ok(Authentic { key_id, primary, plaintext_size, segments });
                        }
                        Err(error) => keep_farthest(&mut farthest, error),
                    }
                }
                Err(farthest.map_or(CheckError::NoKey, CheckError::Streaming))
            }
            State::Bare { limit, over: true, .. } => Err(CheckError::TooLarge { limit }),
            State::Bare { keys, content, associated_data, .. } => {
                let mut error = CheckError::Prefix;
                for (key_id, primary, key, prefix) in keys {
                    let Some(sealed) = content.strip_prefix(prefix.as_slice()) else { continue };
                    match aes_gcm::open(&key, &associated_data, sealed).map(Zeroizing::new) {
                        Ok(plaintext) => {
                            let plaintext_size = u64::try_from(plaintext.len()).unwrap_or_default();
                            return Ok(Authentic { key_id, primary, plaintext_size, segments: 1 });
                        }
                        Err(failed) => error = failed.into(),
                    }
                }
                Err(error)
            }
        }
    }
}

/// A key under which some segments opened tells more than one under which none did.
fn keep_farthest(farthest: &mut Option<StreamError>, error: StreamError) {
    let progress = |error: &StreamError| match error {
        StreamError::Damaged { segment } => *segment,
        StreamError::Truncated { segment } | StreamError::TrailingData { segment } => segment + 1,
        _ => 0,
    };
    if farthest.as_ref().is_none_or(|before| progress(before) < progress(&error)) {
        *farthest = Some(error);
    }
}

#[cfg(test)]
mod tests;
