//! Making signatures (RFC 8017 sections 8.1.1 and 9.1.1): MGF1 with the hash of the message, and a salt as long as the
//! digest, fresh from the operating system.

use rsa::Pss;

use super::{KeyRestriction, Outcome, SaltPolicy, verify};
use crate::crypto::digest::{Digest, HashAlgorithm};
use crate::crypto::keys::{PrivateKey, PublicKey};

/// Why no signature was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key's own parameters forbid the hash function.
    #[error(transparent)]
    Restricted(#[from] KeyRestriction),
    /// The key's own parameters demand a longer salt than the digest.
    #[error("the key demands a salt of at least {least} bytes; signatures over {hash} are made with {}", hash.output_len())]
    Salt {
        /// What the key demands.
        least: usize,
        /// The hash function.
        hash: HashAlgorithm,
    },
    /// The operating system gives no random bytes, or the arithmetic failed.
    #[error("the signature could not be computed (no random bytes, or a fault of the arithmetic)")]
    Failed,
    /// What was computed does not verify: a fault of the machine, or a key whose primes are none. A faulty signature
    /// can give the key away (Boneh, DeMillo and Lipton 1997), so it is kept.
    #[error("the signature made does not verify with the key's public half, so it was thrown away")]
    Faulty,
}

/// Signs a digest. Every call gives another signature, as long as the modulus.
///
/// The private operation is blinded with random bytes of the operating system, and the result is verified before it is
/// given out.
///
/// # Errors
/// The key's own parameters forbid it, or no sound signature came out.
pub fn sign(key: &PrivateKey, digest: &Digest) -> Result<Vec<u8>, SignError> {
    let hash = digest.algorithm();
    if let Some(limits) = key.public().restrictions() {
        if limits.hash != hash {
            return Err(KeyRestriction::Hash { allowed: limits.hash, asked: hash }.into());
        }
        if limits.mgf1 != hash {
            return Err(KeyRestriction::Mgf1 { allowed: limits.mgf1, asked: hash }.into());
        }
        if limits.min_salt > hash.output_len() {
            return Err(SignError::Salt { least: limits.min_salt, hash });
        }
    }
    // Both the salt and the blinding come from the operating system: the library's `getrandom` feature, without which
    // signing fails. `new` makes the salt as long as the digest.
    let (rsa, bytes) = (key.rsa_private(), digest.as_bytes());
    let signature = match hash {
        HashAlgorithm::Sha256 => rsa.sign(Pss::<sha2::Sha256>::new_blinded(), bytes),
        HashAlgorithm::Sha384 => rsa.sign(Pss::<sha2::Sha384>::new_blinded(), bytes),
        HashAlgorithm::Sha512 => rsa.sign(Pss::<sha2::Sha512>::new_blinded(), bytes),
    };
    checked(key.public(), digest, signature.map_err(|_| SignError::Failed)?)
}

/// Gives a signature out only if it is the one that was asked for.
fn checked(key: &PublicKey, digest: &Digest, signature: Vec<u8>) -> Result<Vec<u8>, SignError> {
    let hash = digest.algorithm();
    let wanted = Outcome::Valid { salt_len: hash.output_len(), hash, mgf1: hash };
    let found = verify(key, digest, hash, SaltPolicy::DigestLength, &signature);
    if found == wanted { Ok(signature) } else { Err(SignError::Faulty) }
}

#[cfg(test)]
mod tests;
