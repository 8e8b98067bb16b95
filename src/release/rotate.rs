//! Encrypted files under a new key: at every moment each file is readable under exactly one known key.
