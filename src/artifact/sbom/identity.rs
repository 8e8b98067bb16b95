//! Identifiers that follow from content.

use crate::crypto::digest::HashAlgorithm;

/// A UUID of version 8 (RFC 9562, section 5.8) from the SHA-256 digest of some content.
pub(super) fn uuid(content: &[u8]) -> String {
    let digest = HashAlgorithm::Sha256.digest(content);
    let mut hex: Vec<char> = digest.to_string().chars().take(32).collect();
    if let Some(version) = hex.get_mut(12) {
        *version = '8';
    }
    // The variant is the two bits `10`, in front of two bits of content.
    if let Some(variant) = hex.get_mut(16) {
        let bits = variant.to_digit(16).unwrap_or_default() & 3;
        *variant = char::from_digit(8 | bits, 16).unwrap_or('8');
    }
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
    let groups = groups.map(|range| hex.get(range).unwrap_or_default().iter().collect::<String>());
    groups.join("-")
}

/// A name in letters, digits, dots and hyphens, at most 64 of them, for use inside an identifier.
pub(super) fn plain(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.chars().take(64) {
        if letter.is_ascii_alphanumeric() || letter == '.' {
            plain.push(letter);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    plain.truncate(plain.trim_end_matches('-').len());
    plain
}

/// The first 16 hexadecimal digits of a text's SHA-256 digest.
pub(super) fn short(text: &str) -> String {
    HashAlgorithm::Sha256.digest(text.as_bytes()).to_string().chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_version_and_variant() {
        // SHA-256 of nothing: e3b0c442 98fc 1c14 9afb f4c8996fb924…
        assert_eq!(uuid(b""), "e3b0c442-98fc-8c14-9afb-f4c8996fb924");
        // SHA-256 of "abc": ba7816bf 8f01 cfea 4141 40de5dae2223…; the fourth group's 4 becomes 8.
        assert_eq!(uuid(b"abc"), "ba7816bf-8f01-8fea-8141-40de5dae2223");
    }

    #[test]
    fn names_become_plain() {
        assert_eq!(plain("@scope/na me_1.0"), "scope-na-me-1.0");
        assert_eq!(plain("日本"), "");
        assert_eq!(plain(&"a".repeat(100)).len(), 64);
    }
}
