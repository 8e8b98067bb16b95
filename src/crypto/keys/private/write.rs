//! New RSA keys, and how they are written: PKCS#8 in PEM, in the clear or under a passphrase.

use aes_gcm::aead::common::Generate as _;
use aes_gcm::aead::common::getrandom::SysRng;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey as _, SecretDocument};
use rsa::rand_core::UnwrapErr;
use zeroize::Zeroizing;

use super::{PrivateKey, PrivateKeyError, from_pkcs8};
use crate::crypto::keys::protected::{self, ProtectionError};
use crate::crypto::pem;

/// Sizes of keys that are made, in bits: 128 bits of strength and above (NIST SP 800-57 part 1, table 2).
pub const GENERATED_BITS: [u16; 2] = [3072, 4096];

/// Why no key was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// Another size.
    #[error("RSA keys are made with 3072 or 4096 bits, not {0}")]
    Bits(u16),
    /// The operating system gives no random bytes, or the search for primes failed.
    #[error("no key could be made (no random bytes, or a fault of the arithmetic)")]
    Failed,
    /// What was made cannot be read back.
    #[error("the key that was made is not sound, so it was thrown away: {0}")]
    Unsound(PrivateKeyError),
}

impl PrivateKey {
    /// A new key of one of [`GENERATED_BITS`], with the exponent 65537 and primes from the operating system's random
    /// bytes. Takes seconds.
    ///
    /// # Errors
    /// Another size, or no sound key came out.
    pub fn generate(bits: u16) -> Result<Self, GenerateError> {
        if !GENERATED_BITS.contains(&bits) {
            return Err(GenerateError::Bits(bits));
        }
        // The library wants a source that cannot fail; one that does is found out here.
        <[u8; 32]>::try_generate().map_err(|_| GenerateError::Failed)?;
        let made = RsaPrivateKey::new(&mut UnwrapErr(SysRng), usize::from(bits));
        let made = made.map_err(|_| GenerateError::Failed)?;
        // Through the reader, whose demands every key has to meet.
        let info = made.to_pkcs8_der().map_err(|_| GenerateError::Failed)?;
        let malformed = || PrivateKeyError::Malformed { label: "PRIVATE KEY".to_owned() };
        from_pkcs8(info.as_bytes(), &malformed).map_err(GenerateError::Unsound)
    }

    /// PKCS#8 in the clear: PEM `PRIVATE KEY`, with rsaEncryption whatever the key was read as.
    ///
    /// # Errors
    /// The library refuses the numbers.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, ProtectionError> {
        Ok(pem::armoured("PRIVATE KEY", self.info()?.as_bytes()))
    }

    /// PKCS#8 under a passphrase: PEM `ENCRYPTED PRIVATE KEY` (PBKDF2-HMAC-SHA-256, AES-256-CBC). Takes
    /// part of a second.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub fn to_protected_pem(&self, passphrase: &str) -> Result<Zeroizing<String>, ProtectionError> {
        let sealed = protected::seal(self.info()?.as_bytes(), passphrase)?;
        Ok(pem::armoured("ENCRYPTED PRIVATE KEY", &sealed))
    }

    fn info(&self) -> Result<SecretDocument, ProtectionError> {
        self.rsa.to_pkcs8_der().map_err(|_| ProtectionError::Failed)
    }
}
