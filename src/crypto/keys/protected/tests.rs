//! Keys under passphrases, by OpenSSL and by us, and files that were made to keep the program busy.

use std::time::{Duration, Instant};

use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use spki::der::asn1::{AnyRef, UintRef};

use super::*;
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::keys::private::tests::{generated, openssl};
use crate::crypto::keys::{
    PrivateKey, PrivateKeyError, parse_private_key, parse_private_key_with, parse_public_keys,
};
use crate::crypto::pem;
use crate::crypto::rsa_pss::{self, Outcome, SaltPolicy};

const PASSPHRASE: &str = "correct horse battery";

fn key() -> PrivateKey {
    parse_private_key(generated().to_pkcs8_pem(LineEnding::LF).unwrap().as_bytes()).unwrap()
}

fn read(text: &[u8], passphrase: &str) -> Result<PrivateKey, PrivateKeyError> {
    parse_private_key_with(text, &mut || Ok(Zeroizing::new(passphrase.to_owned())))
}

/// DER by hand: a tag, a length and what it holds.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut all = vec![tag];
    match body.len() {
        short @ 0..=127 => all.push(short as u8),
        middle @ 128..=255 => all.extend([0x81, middle as u8]),
        long => all.extend([0x82, (long >> 8) as u8, long as u8]),
    }
    all.extend(body);
    all
}

fn oid(text: &str) -> Vec<u8> {
    ObjectIdentifier::new_unwrap(text).to_der().unwrap()
}

fn integer(number: u64) -> Vec<u8> {
    UintRef::new(&number.to_be_bytes()).unwrap().to_der().unwrap()
}

const CBC: &str = "2.16.840.1.101.3.4.1.42";
const SHA256: &str = "1.2.840.113549.2.9";

/// A whole structure around a key derivation and a cipher.
fn structure(scheme: &str, derivation: &[u8], cipher: &str) -> Vec<u8> {
    let cipher = tlv(0x30, &[&oid(cipher), &tlv(4, &[&[7; 16]])]);
    let scheme = tlv(0x30, &[&oid(scheme), &tlv(0x30, &[derivation, &cipher])]);
    tlv(0x30, &[&scheme, &tlv(4, &[&[9; 64]])])
}

fn pbkdf2(iterations: u64, prf: &str) -> Vec<u8> {
    let prf = tlv(0x30, &[&oid(prf), &AnyRef::NULL.to_der().unwrap()]);
    let parameters = tlv(0x30, &[&tlv(4, &[&[1; 16]]), &integer(iterations), &prf]);
    tlv(0x30, &[&oid("1.2.840.113549.1.5.12"), &parameters])
}

fn scrypt(n: u64, r: u64, p: u64) -> Vec<u8> {
    let parameters = tlv(0x30, &[&tlv(4, &[&[1; 16]]), &integer(n), &integer(r), &integer(p)]);
    tlv(0x30, &[&oid("1.3.6.1.4.1.11591.4.11"), &parameters])
}

const PBES2: &str = "1.2.840.113549.1.5.13";

#[test]
fn numbers_that_burn_time_or_memory_are_refused_before_anybody_is_asked() {
    let start = Instant::now();
    let found = |derivation: &[u8]| describe(&structure(PBES2, derivation, CBC));
    let costly = |derivation: &[u8]| {
        assert!(matches!(found(derivation), Err(ProtectionError::TooCostly(_))), "{:?}", found(derivation));
        let text = pem::armoured("ENCRYPTED PRIVATE KEY", &structure(PBES2, derivation, CBC));
        let asked = parse_private_key_with(text.as_bytes(), &mut || panic!("asked for nothing"));
        assert!(matches!(asked, Err(PrivateKeyError::Protection(ProtectionError::TooCostly(_)))));
    };
    costly(&pbkdf2(10_000_001, SHA256));
    costly(&pbkdf2(u64::from(u32::MAX), SHA256));
    costly(&scrypt(1 << 19, 8, 1));
    costly(&scrypt(1 << 63, 8, 1));
    costly(&scrypt(1 << 62, 0xffff, 0xffff));
    costly(&scrypt(1 << 18, 8, 3));
    costly(&scrypt(128, 1, 0xffff));
    assert!(start.elapsed() < Duration::from_secs(5));
    let malformed = Err(ProtectionError::Malformed);
    for derivation in [
        pbkdf2(0, SHA256),
        scrypt(0, 8, 1),
        scrypt(1, 8, 1),
        scrypt(3, 8, 1),
        scrypt(16, 0, 1),
        scrypt(16, 8, 0),
    ] {
        assert_eq!(found(&derivation), malformed);
    }
    assert_eq!(found(&pbkdf2(1 << 32, SHA256)), malformed, "more than the library can count");
    let strength = |derivation: &[u8]| {
        let found = found(derivation).unwrap();
        (found.derivation, found.weak)
    };
    let words = |text: &str, weak| (text.to_owned(), weak);
    assert_eq!(strength(&pbkdf2(2048, SHA256)), words("PBKDF2-HMAC-SHA-256, 2048 iterations", true));
    assert!(!strength(&pbkdf2(100_000, SHA256)).1 && strength(&pbkdf2(99_999, SHA256)).1);
    assert!(!strength(&pbkdf2(10_000_000, SHA256)).1);
    assert_eq!(strength(&scrypt(16_384, 8, 1)), words("scrypt, N = 16384, r = 8, p = 1", false));
    assert!(strength(&scrypt(8192, 8, 1)).1);
}

#[test]
fn what_is_not_supported_is_named() {
    let found = |scheme: &str, derivation: &[u8], cipher: &str| {
        describe(&structure(scheme, derivation, cipher)).unwrap_err().to_string()
    };
    let fine = pbkdf2(2048, SHA256);
    for (text, expected) in [
        (found("1.2.840.113549.1.5.3", &fine, CBC), "DES and MD5 (PBES1)"),
        (found("1.2.840.113549.1.12.1.3", &fine, CBC), "triple DES of PKCS#12"),
        (found(PBES2, &pbkdf2(2048, "1.2.840.113549.2.7"), CBC), "PBKDF2-HMAC-SHA-1"),
        (found(PBES2, &pbkdf2(2048, "1.2.3.4"), CBC), "1.2.3.4"),
        (found(PBES2, &tlv(0x30, &[&oid("1.2.3.5"), &[5, 0]]), CBC), "1.2.3.5"),
        (found(PBES2, &fine, "1.2.840.113549.3.7"), "triple DES"),
    ] {
        assert!(
            text.contains(&format!("encrypted with {expected},")) && text.contains("openssl pkcs8"),
            "{text}"
        );
    }
}

#[test]
fn cut_and_changed_structures_are_refused() {
    let sealed = seal(generated().to_pkcs8_der().unwrap().as_bytes(), PASSPHRASE).unwrap();
    let head = sealed.len() - 1000;
    for end in (0..sealed.len()).step_by(11) {
        assert_eq!(describe(&sealed[..end]), Err(ProtectionError::Malformed), "cut at {end}");
    }
    assert_eq!(describe(&[&sealed[..], &[0]].concat()), Err(ProtectionError::Malformed));
    // Whatever byte of the parameters is changed, it is refused or needs no longer than the bounds allow.
    for at in 0..head.min(110) {
        let mut bad = sealed.clone();
        bad[at] ^= 0x81;
        let _ = describe(&bad);
    }
    // A changed ciphertext is found by the structure inside or by the key's own numbers.
    let armoured = |der: &[u8]| pem::armoured("ENCRYPTED PRIVATE KEY", der);
    for at in [head, sealed.len() / 2, sealed.len() - 1] {
        let mut bad = sealed.clone();
        bad[at] ^= 1;
        assert!(read(armoured(&bad).as_bytes(), PASSPHRASE).is_err(), "byte {at}");
    }
    assert!(read(armoured(&sealed).as_bytes(), PASSPHRASE).is_ok());
}

#[test]
fn a_key_is_sealed_anew_every_time_and_opened_by_its_passphrase_alone() {
    let key = key();
    let (one, two) = (key.to_protected_pem(PASSPHRASE).unwrap(), key.to_protected_pem(PASSPHRASE).unwrap());
    assert_ne!(*one, *two);
    for text in [&one, &two] {
        let found = read(text.as_bytes(), PASSPHRASE).unwrap();
        assert_eq!(found.public().fingerprint(), key.public().fingerprint());
    }
    let wrong = Some(PrivateKeyError::Protection(ProtectionError::WrongPassphrase));
    for passphrase in ["", "correct horse batterY", "correct horse battery "] {
        assert_eq!(read(one.as_bytes(), passphrase).err(), wrong);
    }
    assert_eq!(parse_private_key(one.as_bytes()).err(), Some(PrivateKeyError::Encrypted));
    let nobody = parse_private_key_with(one.as_bytes(), &mut || Err("nobody to ask".to_owned())).err();
    assert_eq!(nobody, Some(PrivateKeyError::NoPassphrase("nobody to ask".to_owned())));
    let clear = key.to_pem().unwrap();
    assert_eq!(clear.as_str(), generated().to_pkcs8_pem(LineEnding::LF).unwrap().as_str());
    let public = parse_public_keys(key.public().to_pem().as_bytes()).unwrap().remove(0);
    assert_eq!(public.fingerprint(), key.public().fingerprint());
}

#[test]
fn openssl_reads_what_we_write_and_signs_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let key = key();
    std::fs::write(here.join("signing.key"), key.to_protected_pem("pass-phrase-12").unwrap().as_bytes())
        .unwrap();
    std::fs::write(here.join("signing.pub"), key.public().to_pem()).unwrap();
    if !openssl(here, "pkey -in signing.key -passin pass:pass-phrase-12 -check -noout") {
        return;
    }
    openssl(here, "pkey -in signing.key -passin pass:pass-phrase-12 -pubout -out theirs.pub");
    let file = |name: &str| std::fs::read(here.join(name)).unwrap();
    assert_eq!(file("theirs.pub"), file("signing.pub"));
    std::fs::write(here.join("data"), "what is signed").unwrap();
    let digest = HashAlgorithm::Sha256.digest(b"what is signed");
    // OpenSSL's `auto` is the longest salt when it signs: 256 - 32 - 2 bytes.
    for (salt, expected) in [("digest", 32), ("auto", 222), ("max", 222)] {
        openssl(
            here,
            &format!(
                "dgst -sha256 -sign signing.key -passin pass:pass-phrase-12 -sigopt rsa_padding_mode:pss -sigopt \
                 rsa_pss_saltlen:{salt} -out sig data"
            ),
        );
        let found =
            rsa_pss::verify(key.public(), &digest, HashAlgorithm::Sha256, SaltPolicy::Any, &file("sig"));
        let sha256 = HashAlgorithm::Sha256;
        assert_eq!(found, Outcome::Valid { salt_len: expected, hash: sha256, mgf1: sha256 }, "{salt}");
    }
    let opened = read(&file("signing.key"), "pass-phrase-12").unwrap();
    std::fs::write(here.join("ours.sig"), rsa_pss::sign(&opened, &digest).unwrap()).unwrap();
    openssl(
        here,
        "dgst -sha256 -verify signing.pub -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -signature ours.sig data",
    );
}

#[test]
fn what_openssl_protects_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let fingerprint = *key().public().fingerprint();
    std::fs::write(here.join("key.pem"), key().to_pem().unwrap().as_bytes()).unwrap();
    let convert = "pkcs8 -topk8 -in key.pem -passout pass:secret -out out.pem";
    for (how, fine) in [
        ("-v2 aes-256-cbc -iter 2048", true),
        ("-v2 aes-192-cbc -v2prf hmacWithSHA384 -iter 100000", true),
        ("-v2 aes-128-cbc -v2prf hmacWithSHA512", true),
        ("-scrypt", true),
        ("-scrypt -scrypt_N 1024 -scrypt_r 8 -scrypt_p 16", true),
        ("-v2 des3", false),
        ("-v2 aes-256-cbc -v2prf hmacWithSHA1", false),
        ("-v1 PBE-SHA1-3DES", false),
    ] {
        if !openssl(here, &format!("{convert} {how}")) {
            return;
        }
        let text = std::fs::read(here.join("out.pem")).unwrap();
        let found = read(&text, "secret");
        if fine {
            assert_eq!(*found.unwrap().public().fingerprint(), fingerprint, "{how}");
            let wrong = read(&text, "Secret").err();
            assert_eq!(wrong, Some(PrivateKeyError::Protection(ProtectionError::WrongPassphrase)), "{how}");
        } else {
            let error = found.unwrap_err();
            let unsupported = matches!(&error, PrivateKeyError::Protection(ProtectionError::Unsupported(_)));
            assert!(unsupported, "{how}: {error}");
        }
    }
    openssl(
        here,
        "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -aes256 -pass pass:secret -out out.pem",
    );
    assert!(read(&std::fs::read(here.join("out.pem")).unwrap(), "secret").is_ok());
    // The old way, and the command that its refusal names.
    openssl(here, "rsa -in key.pem -traditional -aes256 -passout pass:secret -out KEY.pem");
    let refused = read(&std::fs::read(here.join("KEY.pem")).unwrap(), "secret").unwrap_err();
    assert_eq!(refused, PrivateKeyError::OldEncryption);
    let text = refused.to_string();
    let command = text.split('`').nth(3).unwrap().strip_prefix("openssl ").unwrap();
    openssl(here, &format!("{command} -passin pass:secret -passout pass:secret"));
    let converted = read(&std::fs::read(here.join("NEW.pem")).unwrap(), "secret").unwrap();
    assert_eq!(*converted.public().fingerprint(), fingerprint);
}
