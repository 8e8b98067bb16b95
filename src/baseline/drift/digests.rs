//! Digests of what must not be kept: HMAC-SHA256 under a salt, and bound to the place, so that equal secrets at two places do
//! not show that they are equal.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::crypto::keyed::DigestKey;
use crate::formats::hex;

/// What a value begins with that is kept as a digest.
pub(super) const MARK: &str = "hmac:";
/// Digits of a digest that are shown.
const SHOWN: usize = 8;

/// Whether a text is a salt: 32 hex digits in lower case.
pub(in crate::baseline) fn is_salt(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

/// A new salt.
pub(super) fn new_salt() -> String {
    let mut bytes = [0; 16];
    if SystemRandom::new().fill(&mut bytes).is_err() {
        // Not as good, and still another one each time.
        for part in bytes.chunks_exact_mut(8) {
            part.copy_from_slice(&RandomState::new().build_hasher().finish().to_be_bytes());
        }
    }
    hex::encode(&bytes)
}

/// Makes digests under one salt.
#[derive(Debug)]
pub(super) struct Digests(DigestKey);

impl Digests {
    /// Under this salt, which [`is_salt`].
    pub(super) fn new(salt: &str) -> Self {
        let mut key = [0; 32];
        let bytes = hex::decode(salt.as_bytes()).unwrap_or_default();
        key.iter_mut().zip(bytes).for_each(|(target, byte)| *target = byte);
        Self(DigestKey::new(&key))
    }

    /// The digest of some bytes at a place (a file, a key), as hex digits.
    pub(super) fn of(&self, place: &[&str], bytes: &[u8]) -> String {
        let mut hasher = self.0.begin();
        for part in place {
            hasher.update(part.as_bytes());
            hasher.update(&[0]);
        }
        hasher.update(bytes);
        hex::encode(&hasher.finish())
    }

    /// The same as the text of a value.
    pub(super) fn value(&self, place: &[&str], text: &str) -> String {
        format!("{MARK}{}", self.of(place, text.as_bytes()))
    }
}

/// Whether the text of a value is a digest.
pub(super) fn is_digest(text: &str) -> bool {
    text.strip_prefix(MARK)
        .is_some_and(|digits| digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A digest as it is shown: enough to see that it is another one.
pub(super) fn short(digest: &str) -> String {
    let digits = digest.strip_prefix(MARK).unwrap_or(digest);
    format!("{MARK}{}", digits.chars().take(SHOWN).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'config/a.yaml\0key\0hunter2' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102030405060708090a0b0c0d0e0f`
    #[test]
    fn digests_are_those_of_hmac() {
        let digests = Digests::new("000102030405060708090a0b0c0d0e0f");
        let value = digests.value(&["config/a.yaml", "key"], "hunter2");
        assert_eq!(value, "hmac:f12d88554b0a2ce645daecc875b90124fcb3194e741041529b8e957986b50b31");
        assert!(is_digest(&value) && !is_digest("hmac:12") && !is_digest("hunter2"));
        assert_eq!(short(&value).len(), "hmac:12345678".len());
        assert_ne!(value, digests.value(&["config/a.yaml", "other"], "hunter2"));
        assert_ne!(new_salt(), new_salt());
        assert!(is_salt(&new_salt()) && !is_salt("") && !is_salt(&"G".repeat(32)));
    }
}
