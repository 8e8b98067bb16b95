//! Keys are generated here and now, by the library or by OpenSSL; none lies in the tree.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use aes_gcm::aead::common::getrandom::SysRng;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use rsa::rand_core::UnwrapErr;
use rsa::traits::PublicKeyParts as _;
use spki::der::asn1::OctetStringRef;

use super::*;
use crate::crypto::keys::parse_public_keys;

/// A key of 2048 bits, the same for all tests of one run.
pub(in crate::crypto) fn generated() -> &'static RsaPrivateKey {
    static KEY: OnceLock<RsaPrivateKey> = OnceLock::new();
    KEY.get_or_init(|| RsaPrivateKey::new(&mut UnwrapErr(SysRng), 2048).unwrap())
}

/// Three more, for tests of several keys.
pub(crate) fn three() -> &'static [PrivateKey; 3] {
    static KEYS: OnceLock<[PrivateKey; 3]> = OnceLock::new();
    KEYS.get_or_init(|| {
        std::array::from_fn(|_| {
            let made = RsaPrivateKey::new(&mut UnwrapErr(SysRng), 2048).unwrap();
            parse_private_key(made.to_pkcs8_pem(LineEnding::LF).unwrap().as_bytes()).unwrap()
        })
    })
}

/// Runs OpenSSL in a folder; false, and said, when there is none.
pub(crate) fn openssl(folder: &Path, arguments: &str) -> bool {
    let Ok(done) = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output() else {
        eprintln!("no OpenSSL here: skipped");
        return false;
    };
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
    true
}

fn error(bytes: impl AsRef<[u8]>) -> String {
    parse_private_key(bytes.as_ref()).unwrap_err().to_string()
}

fn armoured(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", pem::BASE64.encode(der))
}

/// The generated key as PKCS#1, with changed numbers.
fn changed(change: impl FnOnce(&mut RsaPrivateKeyRef<'_>)) -> String {
    let der = generated().to_pkcs1_der().unwrap();
    let mut numbers = RsaPrivateKeyRef::from_der(der.as_bytes()).unwrap();
    change(&mut numbers);
    armoured("RSA PRIVATE KEY", &numbers.to_der().unwrap())
}

#[test]
fn both_forms_are_one_key() {
    let modulus = generated().n().to_be_bytes();
    for text in [
        generated().to_pkcs8_pem(LineEnding::LF).unwrap(),
        generated().to_pkcs8_pem(LineEnding::CRLF).unwrap(),
        generated().to_pkcs1_pem(LineEnding::LF).unwrap(),
    ] {
        let key = parse_private_key(text.as_bytes()).unwrap();
        assert_eq!(key.public().modulus(), &*modulus);
        assert_eq!((key.public().modulus_bits(), key.public().exponent()), (2048, 65_537));
        assert!(key.public().restrictions().is_none());
    }
    let with_others =
        format!("Bag Attributes\n{}{}", armoured("CERTIFICATE", &[1]), changed(|_| ()).replace('\n', "\r\n"));
    assert!(parse_private_key(with_others.as_bytes()).is_ok());
}

#[test]
fn nothing_of_a_key_is_shown() {
    let key = parse_private_key(changed(|_| ()).as_bytes()).unwrap();
    let fingerprint = key.public().fingerprint().to_string();
    assert_eq!(format!("{key:?}"), format!("PrivateKey(RSA 2048 bits, public half {fingerprint})"));
}

#[test]
fn what_openssl_writes_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let read = |name: &str| std::fs::read(here.join(name)).unwrap();
    let generate = |options: &str, name: &str| {
        openssl(here, &format!("genpkey -quiet {options} -out {name}"))
            && openssl(here, &format!("pkey -in {name} -pubout -out {name}.pub"))
    };
    let pss = "-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048";
    let limits = "-pkeyopt rsa_pss_keygen_md:sha384 -pkeyopt rsa_pss_keygen_mgf1_md:sha384 -pkeyopt rsa_pss_keygen_saltlen:40";
    for (options, restrictions) in [
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", None),
        // Another length than a whole number of bytes, and of limbs.
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2049", None),
        ("-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3", None),
        (pss, None),
        (&format!("{pss} {limits}"), Some((40, crate::crypto::digest::HashAlgorithm::Sha384))),
    ] {
        if !generate(options, "key.pem") {
            return;
        }
        let key = parse_private_key(&read("key.pem")).unwrap();
        let public = parse_public_keys(&read("key.pem.pub")).unwrap().remove(0);
        assert_eq!(key.public().fingerprint(), public.fingerprint(), "{options}");
        let found = key.public().restrictions().map(|found| (found.min_salt, found.hash));
        assert_eq!(found, restrictions, "{options}");
    }

    generate("-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "key.pem");
    openssl(here, "rsa -in key.pem -traditional -out old.pem");
    assert!(read("old.pem").starts_with(b"-----BEGIN RSA"));
    let fingerprint = |name: &str| *parse_private_key(&read(name)).unwrap().public().fingerprint();
    assert_eq!(fingerprint("old.pem"), fingerprint("key.pem"));

    // Both kinds of encryption are refused with the command that helps.
    let command = "openssl pkey -in KEY.pem -out PLAIN.pem";
    for how in ["pkey -in key.pem -aes256", "rsa -in key.pem -traditional -aes256"] {
        openssl(here, &format!("{how} -passout pass:secret -out KEY.pem"));
        assert_eq!(parse_private_key(&read("KEY.pem")).err(), Some(PrivateKeyError::Encrypted));
        assert!(error(read("KEY.pem")).contains(&format!("`{command}`")));
        openssl(here, &format!("{} -passin pass:secret", command.trim_start_matches("openssl ")));
        assert_eq!(fingerprint("PLAIN.pem"), fingerprint("key.pem"));
    }

    openssl(here, "pkey -in key.pem -outform DER -out key.der");
    assert!(error(read("key.der")).contains("openssl pkey -inform DER"));
    assert!(error(read("key.pem.pub")).contains("a public key was given"));
    let twice = [read("key.pem"), read("old.pem")].concat();
    assert!(error(twice).contains("2 private keys"));
    generate("-algorithm RSA -pkeyopt rsa_keygen_bits:1024", "small.pem");
    assert!(error(read("small.pem")).contains("1024 bits; at least 2048"));
    generate("-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "ec.pem");
    assert!(error(read("ec.pem")).contains("an elliptic-curve key"));
    openssl(here, "ec -in ec.pem -out ec-old.pem");
    assert!(error(read("ec-old.pem")).contains("an elliptic-curve key"));
    generate("-algorithm ED25519", "ed.pem");
    assert!(error(read("ed.pem")).contains("an Ed25519 key"));
    generate("-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3", "three.pem");
    assert_eq!(parse_private_key(&read("three.pem")).err(), Some(PrivateKeyError::MultiPrime));
}

#[test]
fn what_is_no_private_key_is_named() {
    assert!(error("").contains("no private key found"));
    assert!(error("text").contains("no private key found"));
    assert!(error([0x30]).contains("no private key found"));
    assert!(error([0x30, 0]).contains("DER, not PEM"));
    assert!(error(vec![b'a'; MAX_FILE + 1]).contains("larger than"));
    assert!(error(armoured("CERTIFICATE", &[1])).contains("a certificate was given"));
    assert!(error(armoured("RSA PUBLIC KEY", &[1])).contains("a public key was given"));
    assert!(error(armoured("OPENSSH PRIVATE KEY", &[1])).contains("ssh-keygen -p -m PEM"));
    assert!(error(armoured("DSA PRIVATE KEY", &[1])).contains("a DSA key"));
    assert!(error(armoured("X25519 PRIVATE KEY", &[1])).contains("a `X25519 PRIVATE KEY` key"));
    assert!(error(armoured("SOMETHING", &[1])).contains("no private key found"));
    assert!(error("-----BEGIN PRIVATE KEY-----\n").contains("no matching end line"));
}

#[test]
fn damaged_structures_are_refused() {
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY"] {
        let malformed = PrivateKeyError::Malformed { label: label.to_owned() };
        let der = match label {
            "PRIVATE KEY" => generated().to_pkcs8_der().unwrap(),
            _ => generated().to_pkcs1_der().unwrap(),
        };
        let refused = |der: &[u8]| {
            let found = parse_private_key(armoured(label, der).as_bytes()).err();
            assert_eq!(found.as_ref(), Some(&malformed));
        };
        refused(&[]);
        refused(&[der.as_bytes(), &[0]].concat());
        for end in (0..der.as_bytes().len()).step_by(97) {
            refused(&der.as_bytes()[..end]);
        }
        // Whatever byte is wrong, the key is refused; only attributes could be changed, and there are none.
        for at in (0..der.as_bytes().len()).step_by(13) {
            let mut bad = der.as_bytes().to_vec();
            bad[at] ^= 1;
            assert!(parse_private_key(armoured(label, &bad).as_bytes()).is_err(), "{label}, byte {at}");
        }
    }
    let inner = generated().to_pkcs1_der().unwrap();
    let oaep = spki::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.7");
    let info = PrivateKeyInfoRef::new(
        AlgorithmIdentifierRef { oid: oaep, parameters: None },
        OctetStringRef::new(inner.as_bytes()).unwrap(),
    );
    assert!(error(armoured("PRIVATE KEY", &info.to_der().unwrap())).contains("a 1.2.840.113549.1.1.7 key"));
}

#[test]
fn numbers_must_belong_together_and_be_in_bounds() {
    let inconsistent = |text: String| {
        assert_eq!(parse_private_key(text.as_bytes()).err(), Some(PrivateKeyError::Inconsistent));
    };
    let number = |bytes: &'static [u8]| UintRef::new(bytes).unwrap();
    for small in [&[0_u8][..], &[1], &[3]] {
        inconsistent(changed(|key| key.private_exponent = number(small)));
        inconsistent(changed(|key| key.prime1 = number(small)));
        inconsistent(changed(|key| key.prime2 = number(small)));
        inconsistent(changed(|key| key.exponent1 = number(small)));
        inconsistent(changed(|key| key.exponent2 = number(small)));
        inconsistent(changed(|key| key.coefficient = number(small)));
    }
    inconsistent(changed(|key| key.prime2 = key.prime1));
    inconsistent(changed(|key| std::mem::swap(&mut key.prime1, &mut key.prime2)));
    inconsistent(changed(|key| key.public_exponent = number(&[17])));
    // 1 · n = n, which are no primes of it.
    inconsistent(changed(|key| (key.prime1, key.prime2) = (number(&[1]), key.modulus)));
    // A number longer than the modulus is not even multiplied.
    static LONG: [u8; 50_000] = [0x55; 50_000];
    let start = std::time::Instant::now();
    inconsistent(changed(|key| (key.prime1, key.prime2) = (number(&LONG), number(&LONG))));
    inconsistent(changed(|key| key.private_exponent = number(&LONG)));
    assert!(error(changed(|key| key.public_exponent = number(&LONG))).contains("too large"));
    assert!(error(changed(|key| key.modulus = number(&LONG))).contains("399999 bits; a key that signs"));
    assert!(start.elapsed().as_secs() < 5);

    // 2^8192 + 1 has 8193 bits; 2^8191 + 1 has 8192 and fails for what comes behind the bounds.
    let power = |bits: usize| {
        let mut bytes = vec![0; bits.div_ceil(8)];
        bytes[0] = 1 << ((bits - 1) % 8);
        *bytes.last_mut().unwrap() |= 1;
        bytes
    };
    for (bits, too_large) in [(8193, true), (8192, false), (2047, false)] {
        let bytes = power(bits);
        let found = parse_private_key(with_modulus(&bytes).as_bytes()).unwrap_err();
        assert_eq!(found == PrivateKeyError::ModulusTooLarge { bits }, too_large, "{found}");
        let too_small = found == PrivateKeyError::Public(KeyError::ModulusTooSmall { bits });
        assert_eq!(too_small, bits == 2047, "{found}");
    }
}

fn with_modulus(modulus: &[u8]) -> String {
    let der = generated().to_pkcs1_der().unwrap();
    let own = RsaPrivateKeyRef::from_der(der.as_bytes()).unwrap();
    let numbers = RsaPrivateKeyRef { modulus: UintRef::new(modulus).unwrap(), ..own };
    armoured("RSA PRIVATE KEY", &numbers.to_der().unwrap())
}
