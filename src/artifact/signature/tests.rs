//! Signatures made by OpenSSL (`fixtures/crypto/README.md`) against keys under conditions.

use super::*;
use crate::crypto::keys::{KeySource, parse_key_set, parse_public_keys};

use HashAlgorithm::{Sha256, Sha384, Sha512};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/crypto/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn trusted(name: &str) -> TrustedKey {
    let key = parse_public_keys(&fixture(&format!("{name}.pub.pem"))).unwrap().remove(0);
    TrustedKey::unconditional(name.to_owned(), key)
}

fn digests() -> Vec<Digest> {
    HashAlgorithm::ALL.map(|hash| hash.digest(&fixture("message.txt"))).to_vec()
}

fn now() -> Timestamp {
    "2026-06-15T12:00:00Z".parse().unwrap()
}

fn check(signature: &str, keys: &[TrustedKey]) -> SignatureCheck {
    let blob = read_signature(&fixture(signature)).unwrap();
    verify(&digests(), &blob.bytes, keys, now())
}

fn verdict(signature: &str, key: TrustedKey) -> KeyVerdict {
    check(signature, &[key]).attempts.remove(0).verdict
}

fn verified(hash: HashAlgorithm, mgf1: HashAlgorithm, salt_len: usize) -> KeyVerdict {
    KeyVerdict::Verified { hash, mgf1, salt_len }
}

#[test]
fn the_form_is_detected() {
    let raw = fixture("salt-digest.sig");
    for (name, form) in [
        ("salt-digest.sig", SignatureForm::Raw),
        ("salt-digest.sig.b64", SignatureForm::Base64),
        ("salt-digest.sig.hex", SignatureForm::Hex),
        ("salt-digest.sig.pem", SignatureForm::Pem),
    ] {
        assert_eq!(read_signature(&fixture(name)), Ok(SignatureBlob { form, bytes: raw.clone() }), "{name}");
    }
    let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&raw);
    assert_eq!(read_signature(url.as_bytes()).map(|blob| blob.bytes), Ok(raw));
}

#[test]
fn other_files_are_named() {
    assert_eq!(read_signature(b"\n \n"), Err(SignatureFileError::Empty));
    assert_eq!(read_signature(&vec![0; 65 << 10]), Err(SignatureFileError::TooLarge));
    for text in [
        "-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----\n",
        "untrusted comment: x\nRW\n",
        "{\"payload\":\"\"}",
        "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----",
    ] {
        assert!(matches!(read_signature(text.as_bytes()), Err(SignatureFileError::OtherSystem(_))), "{text}");
    }
    let private = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert_eq!(read_signature(private), Err(SignatureFileError::PrivateKey));
    let two = b"-----BEGIN SIGNATURE-----\nAAAA\n-----END SIGNATURE-----\n".repeat(2);
    assert_eq!(read_signature(&two), Err(SignatureFileError::Armour));
}

#[test]
fn the_verifying_key_is_named_and_the_others_say_why_not() {
    let result = check(
        "salt-max.sig",
        &[trusted("rsa3072"), trusted("rsa2048-e3"), trusted("rsa2048"), trusted("pss2048")],
    );
    let verdicts: Vec<_> = result.attempts.iter().map(|attempt| attempt.verdict.clone()).collect();
    assert_eq!(
        verdicts,
        [
            KeyVerdict::WrongLength { expected: 384, found: 256 },
            KeyVerdict::Mismatch,
            verified(Sha256, Sha256, 222)
        ]
    );
    assert_eq!(result.verified().map(|attempt| attempt.key_id.as_str()), Some("rsa2048"));
    assert!(check("salt-max.sig", &[]).verified().is_none());
}

#[test]
fn windows_and_revocation_bar_a_key() {
    let window = |not_before: &str, not_after: &str| Validity {
        not_before: not_before.parse().ok(),
        not_after: not_after.parse().ok(),
    };
    let with = |validity| TrustedKey { validity, ..trusted("rsa2048") };
    let inside = with(window("2026-06-15T12:00:00Z", "2026-06-15T12:00:00Z"));
    assert_eq!(verdict("salt-0.sig", inside), verified(Sha256, Sha256, 0));
    let past = window("2025-01-01T00:00:00Z", "2026-06-15T11:59:59Z");
    let bar = Bar::Expired(past.not_after.unwrap());
    assert_eq!(verdict("salt-0.sig", with(past)), KeyVerdict::Barred { bar, signed: true });
    assert_eq!(verdict("rsa2048-e3.sig", with(past)), KeyVerdict::Barred { bar, signed: false });
    let future = window("2026-06-15T12:00:01Z", "");
    let bar = Bar::NotYetValid(future.not_before.unwrap());
    assert_eq!(verdict("salt-0.sig", with(future)), KeyVerdict::Barred { bar, signed: true });
    let revoked = || TrustedKey { revoked: true, id: "old".to_owned(), ..trusted("rsa2048") };
    let bar = Bar::Revoked;
    assert_eq!(verdict("salt-0.sig", revoked()), KeyVerdict::Barred { bar, signed: true });
    // The same key under a second name, even in another wrapping and before the revoked entry.
    for second in [trusted("rsa2048"), trusted("rsa2048-as-pss")] {
        let result = check("salt-max.sig", &[second, revoked()]);
        assert!(result.verified().is_none(), "{result:?}");
        assert!(
            result
                .attempts
                .iter()
                .all(|attempt| matches!(attempt.verdict, KeyVerdict::Barred { bar: Bar::Revoked, .. }))
        );
    }
}

#[test]
fn conditions_on_hash_and_salt() {
    let free = || trusted("rsa2048");
    let only = |hash| TrustedKey { hash: Some(hash), ..free() };
    assert_eq!(verdict("salt-20.sig", only(Sha256)), verified(Sha256, Sha256, 20));
    let found = KeyVerdict::HashNotAllowed { hash: Sha256, mgf1: Sha256 };
    assert_eq!(verdict("salt-20.sig", only(Sha384)), found);
    // Another mask hash than the message's must be asked for.
    let found = KeyVerdict::HashNotAllowed { hash: Sha512, mgf1: Sha256 };
    assert_eq!(verdict("sha512-mgf1-sha256.sig", free()), found);
    let named = TrustedKey { mgf1: Some(Sha256), ..free() };
    assert_eq!(verdict("sha512-mgf1-sha256.sig", named), verified(Sha512, Sha256, 32));
    let strict = || TrustedKey { salt: SaltPolicy::DigestLength, ..free() };
    let refused = KeyVerdict::SaltNotAllowed { salt_len: 222, demanded: SaltPolicy::DigestLength };
    assert_eq!(verdict("salt-max.sig", strict()), refused);
    assert_eq!(verdict("salt-digest.sig", strict()), verified(Sha256, Sha256, 32));
    // Limits inside the key: SHA-256 only, at least 32 bytes of salt.
    let refused = KeyVerdict::SaltNotAllowed { salt_len: 20, demanded: SaltPolicy::Any };
    assert_eq!(verdict("salt-20.sig", trusted("rsa2048-as-pss")), refused);
    let found = KeyVerdict::HashNotAllowed { hash: Sha512, mgf1: Sha256 };
    assert_eq!(verdict("sha512-mgf1-sha256.sig", trusted("rsa2048-as-pss")), found);
    assert_eq!(verdict("pss2048.sig", trusted("pss2048")), verified(Sha256, Sha256, 32));
}

#[test]
fn other_paddings_and_missing_digests() {
    let named = |hash, matches| KeyVerdict::Pkcs1v15 { hash, matches };
    assert_eq!(verdict("pkcs1v15-sha256.sig", trusted("rsa2048")), named(Some(Sha256), true));
    assert_eq!(verdict("pkcs1v15-sha1.sig", trusted("rsa2048")), named(None, false));
    let sha256 = [Sha256.digest(&fixture("message.txt"))];
    let demands = TrustedKey { hash: Some(Sha384), ..trusted("rsa3072") };
    let result = verify(&sha256, &fixture("rsa3072-sha384.sig"), &[demands], now());
    assert_eq!(result.attempts[0].verdict, KeyVerdict::NoDigest(Sha384));
    let result = verify(&[], &fixture("salt-0.sig"), &[trusted("rsa2048")], now());
    assert!(result.verified().is_none());
    let other = [Sha256.digest(b"another file")];
    let result = verify(&other, &fixture("salt-0.sig"), &[trusted("rsa2048")], now());
    assert_eq!(result.attempts[0].verdict, KeyVerdict::Mismatch);
}

#[test]
fn a_key_set_gives_its_conditions() {
    let text = "keys:\n  - id: a\n    file: rsa2048.pub.pem\n    not_after: 2026-06-14\n    salt: 20\n    hash: sha256\n";
    let entry = parse_key_set(text.as_bytes()).unwrap().remove(0);
    let KeySource::File(path) = &entry.source else { panic!("{entry:?}") };
    let key = parse_public_keys(&fixture(path)).unwrap().remove(0);
    let trusted = TrustedKey::from_entry(&entry, key);
    let Attempt { key_id, verdict, .. } = check("salt-20.sig", &[trusted]).attempts.remove(0);
    assert_eq!(key_id, "a");
    assert!(matches!(verdict, KeyVerdict::Barred { bar: Bar::Expired(_), signed: true }));
}
