//! Subresource integrity (<https://www.w3.org/TR/SRI/>): `sha512-BASE64`, several apart by spaces.

use super::super::reading::base64_hash;
use crate::formats::package::{Hash, HashFunction};

/// The digests of an integrity text. What is no digest of a known function is not among them.
pub(in crate::formats::lockfile) fn hashes(integrity: &str) -> Vec<Hash> {
    let mut hashes: Vec<Hash> = integrity.split_ascii_whitespace().filter_map(digest).collect();
    hashes.sort();
    hashes.dedup();
    hashes
}

fn digest(text: &str) -> Option<Hash> {
    let (function, digest) = text.split_once('-')?;
    let algorithm = match function {
        "md5" => HashFunction::Md5,
        "sha1" => HashFunction::Sha1,
        "sha256" => HashFunction::Sha256,
        "sha384" => HashFunction::Sha384,
        "sha512" => HashFunction::Sha512,
        _ => return None,
    };
    base64_hash(algorithm, digest.split('?').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_become_hexadecimal() {
        // The digests of nothing, as sha1sum and sha256sum print them.
        let both = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=?x sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
        let found = hashes(both);
        assert_eq!(
            found.iter().map(|hash| hash.hex.as_str()).collect::<Vec<_>>(),
            [
                "da39a3ee5e6b4b0d3255bfef95601890afd80709",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ]
        );
        assert_eq!(found[0].algorithm, HashFunction::Sha1);
    }

    #[test]
    fn what_is_no_digest_is_none() {
        for text in ["", "sha1", "sha1-", "sha1-AAAA", "sha9-2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "10c0/abc"] {
            assert_eq!(hashes(text), [], "{text}");
        }
    }
}
