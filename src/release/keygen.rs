//! New keys: RSA for signatures, AES-256 for encryption, under a passphrase unless that is refused.
