//! Keys in every wrapping, and what is refused; the files are described in `fixtures/crypto/README.md`.

use super::*;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/crypto/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn error(bytes: &[u8]) -> Option<KeyError> {
    parse_public_keys(bytes).err()
}

#[test]
fn one_key_in_four_wrappings() {
    // `openssl pkey -pubin -in rsa2048.pub.pem -outform DER | sha256sum`
    let expected = "d845ea61e56b1876a31fe77619cc3a93dd5d824109b1d5710e5b11c79d5462c6";
    for name in ["rsa2048.pub.pem", "rsa2048.pkcs1.pem", "rsa2048.spki.der", "rsa2048.pkcs1.der"] {
        let keys = parse_public_keys(&fixture(name)).unwrap();
        assert_eq!(keys.len(), 1, "{name}");
        assert_eq!(keys[0].fingerprint().to_string(), expected, "{name}");
        assert_eq!((keys[0].modulus_bits(), keys[0].exponent()), (2048, 65537), "{name}");
        assert_eq!(keys[0].restrictions(), None, "{name}");
    }
}

#[test]
fn several_keys_in_one_file() {
    let file =
        [fixture("rsa2048.pub.pem"), b"\nthe old one:\n".to_vec(), fixture("pss2048.pub.pem")].concat();
    let keys = parse_public_keys(&file).unwrap();
    assert_eq!(keys.len(), 2);
    assert!(!keys[0].is_same_key(&keys[1]));
    // `openssl pkey -pubin -in pss2048.pub.pem -outform DER | sha256sum`
    assert_eq!(
        keys[1].fingerprint().to_string(),
        "273290d383f2da5f6d887e73e36bb5f99fa7cdce02310f6f247df8c36598fdd2"
    );
}

#[test]
fn parameters_of_pss_keys() {
    let restricted = parse_public_keys(&fixture("pss2048.pub.pem")).unwrap().remove(0);
    let sha256 = HashAlgorithm::Sha256;
    let expected = PssRestrictions { hash: sha256, mgf1: sha256, min_salt: 32 };
    assert_eq!(restricted.restrictions(), Some(&expected));
    let free = parse_public_keys(&fixture("pss2048-free.pub.pem")).unwrap().remove(0);
    assert_eq!(free.restrictions(), None);
    let plain = parse_public_keys(&fixture("rsa2048.pub.pem")).unwrap().remove(0);
    let wrapped = parse_public_keys(&fixture("rsa2048-as-pss.pub.pem")).unwrap().remove(0);
    assert!(plain.is_same_key(&wrapped));
    assert_ne!(plain.fingerprint(), wrapped.fingerprint());
}

#[test]
fn what_is_not_a_public_rsa_key_is_named() {
    assert_eq!(error(&fixture("certificate.pem")), Some(KeyError::Certificate));
    assert_eq!(error(&fixture("rsa1024.pub.pem")), Some(KeyError::ModulusTooSmall { bits: 1024 }));
    let named = |algorithm: &str| Some(KeyError::NotRsa { algorithm: algorithm.to_owned() });
    assert_eq!(error(&fixture("ec.pub.pem")), named("an elliptic-curve"));
    assert_eq!(error(&fixture("ed25519.pub.pem")), named("an Ed25519"));
    assert_eq!(error(b""), Some(KeyError::NoKey));
    assert_eq!(error(b"ssh-rsa AAAA"), Some(KeyError::NoKey));
    assert_eq!(error(b"\x30\x05\x02"), Some(KeyError::Malformed));
    assert_eq!(error(&vec![b'x'; 2 << 20]), Some(KeyError::TooLarge { limit: 1 << 20 }));
    let other = b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    assert_eq!(error(other), Some(KeyError::Label { label: "X509 CRL".to_owned() }));
    let warned = parse_public_keys(&fixture("rsa2048-e3.pub.pem")).unwrap().remove(0);
    assert_eq!(warned.warnings(), vec![KeyWarning::SmallExponent(3)]);
}

#[test]
fn private_keys_are_refused_in_every_wrapping() {
    for label in
        ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"]
    {
        let block = format!("-----BEGIN {label}-----\nnot even base64!\n-----END {label}-----\n");
        assert_eq!(error(block.as_bytes()), Some(KeyError::PrivateKey), "{label}");
        let beside = [fixture("rsa2048.pub.pem"), block.into_bytes()].concat();
        assert_eq!(error(&beside), Some(KeyError::PrivateKey), "{label}");
    }
    // PKCS#1: version, modulus …; PKCS#8: version, algorithm, OCTET STRING; encrypted PKCS#8; SEC1.
    assert_eq!(error(b"\x30\x06\x02\x01\x00\x02\x01\x05"), Some(KeyError::PrivateKey));
    assert_eq!(error(b"\x30\x07\x02\x01\x00\x30\x00\x04\x00"), Some(KeyError::PrivateKey));
    assert_eq!(error(b"\x30\x04\x30\x00\x04\x00"), Some(KeyError::PrivateKey));
    assert_eq!(error(b"\x30\x06\x02\x01\x01\x04\x01\x05"), Some(KeyError::PrivateKey));
}

#[test]
fn damaged_der_is_refused_at_every_byte() {
    let whole = fixture("pss2048.pub.pem");
    let der = crate::crypto::pem::blocks(&whole).unwrap().remove(0).der;
    for end in 0..der.len() {
        assert!(parse_public_keys(&der[..end]).is_err(), "cut at {end}");
    }
    let longer = [&der[..], &[0]].concat();
    assert!(parse_public_keys(&longer).is_err());
}

#[test]
fn key_set_file() {
    let pem = String::from_utf8(fixture("rsa2048.pub.pem")).unwrap().replace('\n', "\n      ");
    let text = format!(
        "keys:\n  - id: release-2026\n    pem: |\n      {pem}\n    not_before: 2026-01-01\n    not_after: 2026-12-31\n    \
         hash: SHA-384\n    mgf1: sha256\n    salt: digest\n  - id: 2025\n    file: old/2025.pem\n    revoked: true\n    \
         salt: 32\n"
    );
    let entries = parse_key_set(text.as_bytes()).unwrap();
    assert_eq!(entries.len(), 2);
    let (first, second) = (&entries[0], &entries[1]);
    assert_eq!((first.id.as_str(), first.revoked), ("release-2026", false));
    assert!(matches!(&first.source, KeySource::Inline(key) if key.modulus_bits() == 2048));
    assert_eq!((first.hash, first.mgf1), (Some(HashAlgorithm::Sha384), Some(HashAlgorithm::Sha256)));
    assert_eq!(first.salt, crate::crypto::rsa_pss::SaltPolicy::DigestLength);
    assert_eq!(first.validity.not_after, "2026-12-31T23:59:59.999999999Z".parse().ok());
    assert_eq!((second.id.as_str(), second.revoked), ("2025", true));
    assert!(matches!(&second.source, KeySource::File(path) if path == "old/2025.pem"));
    assert_eq!(second.salt, crate::crypto::rsa_pss::SaltPolicy::Exactly(32));
    assert_eq!(second.validity, Validity::default());
}

#[test]
fn key_set_mistakes() {
    let fails = |text: &str| parse_key_set(text.as_bytes()).unwrap_err();
    let entry = |rest: &str| format!("keys:\n  - id: a\n    {rest}\n");
    assert_eq!(fails("keys: []\n"), KeySetError::Empty);
    assert!(matches!(fails("kees: []\n"), KeySetError::Shape { .. }));
    assert!(matches!(fails(""), KeySetError::Shape { .. }));
    assert!(matches!(fails(&entry("file: a\n    revokd: true")), KeySetError::Shape { line: 4, .. }));
    assert!(matches!(fails(&entry("file: a\n    revoked: perhaps")), KeySetError::Shape { line: 4, .. }));
    assert!(matches!(fails(&entry("file: a\n  - id: a\n    file: b")), KeySetError::DuplicateId(_)));
    for wrong in [
        "revoked: false",
        "file: a\n    pem: b",
        "file: ../a",
        "file: /a",
        "file: 'C:\\a'",
        "file: a\n    not_after: 2026-13-01",
        "file: a\n    not_before: 2026-02-01\n    not_after: 2026-01-31",
        "file: a\n    hash: sha1",
        "file: a\n    salt: -1",
        "file: a\n    salt: long",
    ] {
        assert!(
            matches!(fails(&entry(wrong)), KeySetError::Entry { .. }),
            "{wrong}: {:?}",
            fails(&entry(wrong))
        );
    }
    assert!(matches!(fails(&entry("pem: nothing")), KeySetError::Key { error: KeyError::NoKey, .. }));
}

#[test]
fn a_private_key_in_a_key_set_is_not_echoed() {
    let text = "keys:\n  - id: a\n    hash: |\n      -----BEGIN PRIVATE KEY-----\n      c2VjcmV0\n      -----END PRIVATE KEY-----\n";
    let error = parse_key_set(text.as_bytes()).unwrap_err();
    assert_eq!(error, KeySetError::PrivateKey);
    assert!(!format!("{error} {error:?}").contains("c2Vj"));
}
