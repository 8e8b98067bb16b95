//! Cryptography: bytes in, bytes out; no paths, no printing, nothing of ours is imported.
//!
//! - [`digest`]: SHA-2, streaming.
//! - [`dsse`]: signed envelopes.
//! - [`keys`]: public keys (PEM, DER), their quality, and the key-set file with validity windows; private RSA keys.
//! - [`rsa_pss`]: detached RSA-PSS signatures, made, and verified with the salt length detected and reported.
//! - [`verifying`]: public keys of other algorithms too, for signatures that others made; [`certificate`]: whose they are.
//! - [`pem`]: the textual armour around keys and signatures.
//! - [`aes_gcm`]: AES-256-GCM over one buffer.
//! - [`streaming`]: Tink's streaming encryption of files of any size, in constant memory.
//! - [`keyed`]: keys derived for other purposes, and digests under a key.
//! - [`secret_key`]: symmetric keys out of raw, hexadecimal, base64 and Tink keyset files.

pub mod aes_gcm;
pub mod certificate;
pub mod digest;
pub mod dsse;
pub mod keyed;
pub mod keys;
pub mod pem;
pub mod rsa_pss;
pub mod secret_key;
pub mod streaming;
pub mod verifying;
