//! What is derived from an encryption key: keys for other purposes (HKDF-SHA256, RFC 5869), and digests that only who has
//! the key can make (HMAC-SHA256, RFC 2104).

use hkdf::Hkdf;
use ring::hmac;
use zeroize::Zeroizing;

use super::secret_key::{FileKey, Material};

/// 32 bytes for one purpose, from the main key of a file's key; none of a key that streams are not encrypted with. Other
/// purposes, and the keys of encrypted files, which all have a random salt, get other bytes.
#[must_use]
pub fn derive(key: &FileKey, purpose: &str) -> Option<Zeroizing<[u8; 32]>> {
    let main: &[u8] = match &key.material {
        Material::Plain(secret) => secret.bytes(),
        Material::Streaming(streaming) => streaming.main(),
        Material::Gcm { .. } => return None,
    };
    let mut derived = Zeroizing::new([0; 32]);
    Hkdf::<sha2::Sha256>::new(None, main).expand(purpose.as_bytes(), &mut derived[..]).ok()?;
    Some(derived)
}

/// A key for digests. `Debug` shows that there is one, never what it is.
#[derive(Clone)]
pub struct DigestKey(hmac::Key);

impl DigestKey {
    /// A key of 32 bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// A digest of nothing yet.
    #[must_use]
    pub fn begin(&self) -> KeyedHasher {
        KeyedHasher(hmac::Context::with_key(&self.0))
    }
}

impl std::fmt::Debug for DigestKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DigestKey(..)")
    }
}

/// A running digest under a key: feed it in pieces of any size.
#[derive(Clone)]
pub struct KeyedHasher(hmac::Context);

impl KeyedHasher {
    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything fed so far.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.sign().as_ref().try_into().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::secret_key::parse_key_file;
    use crate::formats::hex;

    // RFC 4231, test case 1, its key of 20 bytes filled up with zeros, which HMAC does by itself.
    #[test]
    fn a_published_digest() {
        let mut key = [0; 32];
        key[..20].fill(0x0b);
        let mut hasher = DigestKey::new(&key).begin();
        hasher.update(b"Hi ");
        hasher.update(b"There");
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(hex::encode(&hasher.finish()), expected);
    }

    /// `openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:6b…6b6c -kdfopt info:a HKDF`
    #[test]
    fn purposes_have_their_own_bytes() {
        let file = parse_key_file(b"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkl").unwrap();
        let of = |purpose| hex::encode(&derive(&file.keys[0], purpose).unwrap()[..]);
        assert_eq!(of("a"), "3f27fa66323ae3bf8ecfafa63bb8ef2f39c213aea631a388c8a4311098aa10a1");
        assert_ne!(of("a"), of("b"));
    }
}
