//! Files that have the name of an encrypted file, but another format: encrypted by another program (named, not
//! examined), or nothing of the kind.

use base64::Engine as _;

use crate::artifact::encrypted::{Classification, classify};
use crate::crypto::pem::{BASE64, BASE64_URL};
use crate::crypto::streaming::Parameters;
use crate::formats::hex;

/// The encryption format of another program, by the first bytes of a file.
pub(super) fn other_format(head: &[u8]) -> Option<&'static str> {
    let marks: [(&[u8], &str); 15] = [
        (b"Salted__", "openssl enc"),
        (b"U2FsdGVkX1", "openssl enc in base64"),
        (b"age-encryption.org/v1", "age"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----", "age"),
        (b"-----BEGIN PGP MESSAGE-----", "OpenPGP"),
        (b"-----BEGIN PKCS7-----", "CMS"),
        (b"-----BEGIN CMS-----", "CMS"),
        (b"-----BEGIN ENCRYPTED PRIVATE KEY-----", "PKCS#8"),
        (b"$ANSIBLE_VAULT;", "Ansible Vault"),
        (b"\0GITCRYPT\0", "git-crypt"),
        (b"LUKS\xba\xbe", "LUKS"),
        (b"AES\x02", "AES Crypt"),
        (b"AES\x03", "AES Crypt"),
        (b"vault:v", "Vault transit"),
        (b"gAAAAA", "Fernet"),
    ];
    if let Some((_, format)) = marks.iter().find(|(mark, _)| head.starts_with(mark)) {
        return Some(format);
    }
    if is_openpgp(head) {
        return Some("OpenPGP");
    }
    let text = std::str::from_utf8(head.get(..head.len().min(2_000)).unwrap_or_default()).ok()?.trim();
    if text.contains("ENC[AES256_GCM,") {
        return Some("SOPS");
    }
    if text.starts_with('{') && (text.contains("\"ciphertext\"") || text.contains("\"encrypted")) {
        return Some("a JSON envelope");
    }
    let base64 = |part: &str| !part.is_empty() && BASE64.decode(part).is_ok();
    // Rails writes ciphertext, nonce and tag in base64, joined by two hyphens.
    if text.contains("--") && text.split("--").count() == 3 && text.split("--").all(base64) {
        return Some("Rails credentials");
    }
    (text.starts_with("eyJ") && text.split('.').count() == 5).then_some("JWE")
}

/// Ciphertext written as base64 or hexadecimal digits, judged by what it decodes to: base64 of a text is no encryption.
pub(super) fn is_armoured_ciphertext(head: &[u8]) -> bool {
    let mut dense: Vec<u8> = head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    dense.truncate(dense.len() / 4 * 4);
    let decoded = hex::decode(&dense)
        .ok()
        .or_else(|| BASE64.decode(&dense).ok())
        .or_else(|| BASE64_URL.decode(&dense).ok())
        .unwrap_or_default();
    let size = u64::try_from(decoded.len()).unwrap_or_default();
    matches!(
        classify(&decoded, size, &Parameters::default()),
        Classification::Streaming { .. } | Classification::Opaque { .. }
    )
}

/// Tables of character encodings, which are called `.enc` in Tcl, TeX and groff. They say so in a comment at their
/// start; Tcl's may also begin with their kind and the code of the character for what has none.
pub(super) fn is_encoding_table(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    if text
        .lines()
        .take(5)
        .any(|line| line.starts_with(['#', '%', '/']) && line.to_ascii_lowercase().contains("encoding"))
    {
        return true;
    }
    let is_hex = |word: &str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    matches!(lines.next(), Some("S" | "D" | "M" | "E"))
        && lines.next().and_then(|line| line.split(' ').next()).is_some_and(is_hex)
}

/// An encrypted session key packet (RFC 9580 sections 5.1 and 5.3) with a version in use, in either header form.
fn is_openpgp(head: &[u8]) -> bool {
    match head {
        // Public-key: old form with one or two bytes of length, new form.
        [0x84, _, 3 | 6, ..] | [0x85, _, _, 3 | 6, ..] => true,
        [0xc1, length, 3 | 6, ..] if *length < 192 => true,
        [0xc1, 192..=223, _, 3 | 6, ..] => true,
        // Passphrase: always short; version 4 names a cipher (1 to 13) and a key derivation (0 to 4).
        [0x8c | 0xc3, length, 4, 1..=13, 0..=4, ..] => *length < 64,
        [0x8c | 0xc3, length, 5 | 6, ..] => *length < 128,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_programs_are_named() {
        for (head, expected) in [
            (&b"Salted__\x01\x02\x03\x04\x05\x06\x07\x08abc"[..], Some("openssl enc")),
            (b"age-encryption.org/v1\n-> X25519 abc\n", Some("age")),
            // gpg --symmetric writes 8c 0d 04 09 03 …, gpg --encrypt to RSA-2048 85 01 0c 03 ….
            (b"\x8c\x0d\x04\x09\x03\x02\x11\x22", Some("OpenPGP")),
            (b"\x85\x01\x0c\x03\xaa\xbb\xcc\xdd", Some("OpenPGP")),
            (b"data: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops:\n", Some("SOPS")),
            (b"c2VjcmV0IHNlY3JldA==--bm9uY2Vub25jZQ==--dGFndGFndGFndGFn\n", Some("Rails credentials")),
            (b"(\x12\x34\x56\x78\x9a", None),
            (b"DB_HOST=example.org\n", None),
        ] {
            assert_eq!(other_format(head), expected, "{head:?}");
        }
    }

    #[test]
    fn base64_of_text_is_no_encryption() {
        let text = BASE64.encode("the quick brown fox jumps over the lazy dog, and again over the dog");
        assert!(!is_armoured_ciphertext(text.as_bytes()));
        let random: Vec<u8> = (0..120_u32).map(|at| (at * at * 31 + at * 201 + 77) as u8).collect();
        assert!(is_armoured_ciphertext(BASE64.encode(&random).as_bytes()));
        assert!(!is_armoured_ciphertext(b"A = 1\n"));
    }

    #[test]
    fn encoding_tables() {
        assert!(is_encoding_table(b"# Encoding file: cp1252, single-byte\nS\n003F 0 1\n"));
        assert!(is_encoding_table(b"% @psencodingfile{\n/TeXBase1Encoding [\n/.notdef /dotaccent\n"));
        assert!(is_encoding_table(b"#\n# This is the font encoding used by grops\n#\nasciicircum 0\n"));
        assert!(is_encoding_table(b"S\n006F 0 1\n00\n0000000100020003"));
        assert!(!is_encoding_table(b"API_URL=/v1\n"));
        assert!(!is_encoding_table(b"S\nsecret 0 1\n"));
    }
}
