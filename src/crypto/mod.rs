//! Cryptography: bytes in, bytes out; no paths, no printing, nothing of ours is imported.
//!
//! - [`digest`]: SHA-2, streaming.
//! - [`keys`]: public keys (PEM, DER), their quality, and the key-set file with validity windows.
//! - [`rsa_pss`]: detached RSA-PSS signatures with the salt length detected and reported.
//! - [`pem`]: the textual armour around keys and signatures.

pub mod digest;
pub mod keys;
pub mod pem;
pub mod rsa_pss;
