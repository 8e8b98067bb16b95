//! SHA-2 digests (FIPS 180-4), streaming, with their text form.

use std::fmt;

use sha2::Digest as _;

use crate::formats::hex;

/// The hash functions that signatures, manifests and key derivation may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl HashAlgorithm {
    /// Every algorithm, shortest output first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Length of the digest in bytes: 32, 48 or 64.
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The name in configuration and reports: `sha256`, `sha384`, `sha512`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The algorithm of a name, in any case and with or without the hyphen (`sha256`, `SHA-256`).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| {
            let plain = name.chars().filter(|&c| c != '-').flat_map(char::to_lowercase);
            plain.eq(algorithm.name().chars())
        })
    }

    /// The digest of bytes that are in memory already.
    pub fn digest(self, bytes: &[u8]) -> Digest {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A running digest: feed it in pieces of any size.
#[derive(Debug, Clone)]
pub struct Hasher(State);

#[derive(Debug, Clone)]
enum State {
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl Hasher {
    /// A digest of nothing yet.
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self(match algorithm {
            HashAlgorithm::Sha256 => State::Sha256(sha2::Sha256::new()),
            HashAlgorithm::Sha384 => State::Sha384(sha2::Sha384::new()),
            HashAlgorithm::Sha512 => State::Sha512(sha2::Sha512::new()),
        })
    }

    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sha256(state) => state.update(bytes),
            State::Sha384(state) => state.update(bytes),
            State::Sha512(state) => state.update(bytes),
        }
    }

    /// The digest of everything fed so far.
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sha256(state) => Digest::copied(HashAlgorithm::Sha256, &state.finalize()),
            State::Sha384(state) => Digest::copied(HashAlgorithm::Sha384, &state.finalize()),
            State::Sha512(state) => Digest::copied(HashAlgorithm::Sha512, &state.finalize()),
        }
    }
}

/// A finished digest together with the algorithm that made it. Displays as lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: HashAlgorithm,
    // Bytes past the algorithm's length stay zero, so that the derived comparison is right.
    bytes: [u8; 64],
}

/// Why a text is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// The text has another number of digits than the algorithm needs.
    #[error("a {algorithm} digest has {} hexadecimal digits, not {found}", algorithm.output_len() * 2)]
    Length {
        /// The algorithm asked for.
        algorithm: HashAlgorithm,
        /// Characters (bytes) found.
        found: usize,
    },
    /// A character is not a hexadecimal digit.
    #[error("character {position} of the digest is not a hexadecimal digit")]
    NotHex {
        /// Position of the first wrong byte, counted from 1.
        position: usize,
    },
}

impl Digest {
    fn copied(algorithm: HashAlgorithm, from: &[u8]) -> Self {
        let mut bytes = [0; 64];
        for (to, &byte) in bytes.iter_mut().zip(from) {
            *to = byte;
        }
        Self { algorithm, bytes }
    }

    /// A digest from raw bytes; `None` when their number is not the algorithm's.
    pub fn from_bytes(algorithm: HashAlgorithm, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == algorithm.output_len()).then(|| Self::copied(algorithm, bytes))
    }

    /// A digest from hexadecimal text in any case, without surrounding space.
    ///
    /// # Errors
    /// The number of digits is wrong, or one of them is no hexadecimal digit.
    pub fn parse(algorithm: HashAlgorithm, text: &str) -> Result<Self, DigestError> {
        if text.len() != algorithm.output_len() * 2 {
            return Err(DigestError::Length { algorithm, found: text.len() });
        }
        let bytes = hex::decode(text.as_bytes()).map_err(|at| DigestError::NotHex { position: at + 1 })?;
        Ok(Self::copied(algorithm, &bytes))
    }

    /// The algorithm that made it.
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The raw bytes, as many as the algorithm gives.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.output_len()).unwrap_or(&self.bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{self}", self.algorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // FIPS 180-4 examples for the message "abc", as published with the standard.
    const ABC_256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const ABC_384: &str = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
                           8086072ba1e7cc2358baeca134c825a7";
    const ABC_512: &str = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                           2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

    #[test]
    fn published_examples_in_any_number_of_pieces() {
        for (algorithm, expected) in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512]
            .into_iter()
            .zip([ABC_256, ABC_384, ABC_512])
        {
            let mut hasher = Hasher::new(algorithm);
            for byte in b"abc" {
                hasher.update(&[*byte]);
            }
            assert_eq!(hasher.finish().to_string(), expected);
            assert_eq!(algorithm.digest(b"abc").to_string(), expected);
        }
    }

    #[test]
    fn text_is_read_in_any_case_and_refused_when_wrong() {
        let digest = HashAlgorithm::Sha256.digest(b"abc");
        assert_eq!(Digest::parse(HashAlgorithm::Sha256, ABC_256), Ok(digest));
        assert_eq!(Digest::parse(HashAlgorithm::Sha256, &ABC_256.to_uppercase()), Ok(digest));
        assert_eq!(
            Digest::parse(HashAlgorithm::Sha256, ABC_384),
            Err(DigestError::Length { algorithm: HashAlgorithm::Sha256, found: 96 })
        );
        let wrong = ABC_256.replace("ba78", "ba7g");
        assert_eq!(Digest::parse(HashAlgorithm::Sha256, &wrong), Err(DigestError::NotHex { position: 4 }));
        // 64 bytes of text, but of two-byte characters.
        assert!(Digest::parse(HashAlgorithm::Sha256, &"é".repeat(32)).is_err());
    }

    #[test]
    fn names() {
        assert_eq!(HashAlgorithm::from_name("SHA-384"), Some(HashAlgorithm::Sha384));
        assert_eq!(HashAlgorithm::from_name("sha512"), Some(HashAlgorithm::Sha512));
        assert_eq!(HashAlgorithm::from_name("sha1"), None);
        assert_eq!(HashAlgorithm::from_name("sha2567"), None);
    }
}
