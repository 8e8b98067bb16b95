use std::process::Command;

use super::super::dsse::{Envelope, pae};
use super::*;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/crypto/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn key(name: &str) -> VerifyingKey {
    parse_verifying_keys(&fixture(name)).unwrap().pop().unwrap()
}

fn pem(body: &str) -> VerifyingKey {
    let text = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
    parse_verifying_keys(text.as_bytes()).unwrap().pop().unwrap()
}

// The numbers of the key and the envelope stand in protocol.md of DSSE; the key as PEM was made of them with Python.
#[test]
fn the_example_of_the_dsse_specification() {
    let key = pem(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ805D3eqNZywjCI19lInBJOp7YMrCrzAH3CVTAOQ0jgMeCvVTiaRJaRPRDOv8UMs6U4SvKc6pnrIDOoSYI3fdA==",
    );
    let envelope = Envelope::parse(
        br#"{"payload": "aGVsbG8gd29ybGQ=",
            "payloadType": "http://example.com/HelloWorld",
            "signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}"#,
    )
    .unwrap();
    let signature = &envelope.signatures[0].bytes;
    assert_eq!(key.verify(&envelope.pae(), signature), Some(Scheme::Ecdsa(HashAlgorithm::Sha256)));
    assert_eq!(key.algorithm(), "ECDSA P-256");
    assert_eq!(key.verify(b"hello world", signature), None, "the payload alone was not signed");
    assert_eq!(key.verify(&pae("http://example.com/HelloWorlD", b"hello world"), signature), None);
    assert_eq!(key.verify(&pae("http://example.com/HelloWorld", b"hello worle"), signature), None);
    for place in 0..signature.len() {
        let mut other = signature.clone();
        other[place] ^= 1;
        assert_eq!(key.verify(&envelope.pae(), &other), None, "byte {place}");
    }
    for length in [0, 63, 65] {
        let mut other = signature.clone();
        other.resize(length, 0);
        assert_eq!(key.verify(&envelope.pae(), &other), None, "{length} bytes");
    }
}

// Vectors of the DSSE project with the first two keys of RFC 8032 section 7.1.
#[test]
fn vectors_with_ed25519() {
    let spki = |public: &str| {
        let der = [
            crate::formats::hex::decode(b"302a300506032b6570032100"),
            crate::formats::hex::decode(public.as_bytes()),
        ];
        VerifyingKey::from_spki(&der.map(Result::unwrap).concat()).unwrap()
    };
    let a = spki("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let b = spki("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    let kind = "application/vnd.in-toto+json";
    let statement = "eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==";
    let by_a = "2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==";
    let by_b = "c1+67/aT0yqEpwx8PsVY3MLHsj9D0CZ014/Fv/QlG59P+9CobUZ7xECJ/V3USG0Ob9CiE5LjReEZUzNF2l7eBw==";
    for (key, kind, payload, signature, expected) in [
        (&a, kind, statement, by_a, true),
        (&b, kind, statement, by_b, true),
        (&b, kind, statement, by_a, false),
        (&a, "application/vnd.example.other+json", statement, by_a, false),
        (
            &a,
            kind,
            "-_-_Pj8=",
            "P-_KHICeR7tI6S_YyejJTRtrXhcQyQ2LYPaL8h90KjC9qN8HU_svOQ6TuDOT1HIrsGW886DbWNWcCmX5twLrAw==",
            true,
        ),
        (
            &a,
            "application/vnd.exämple+json",
            statement,
            "xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw==",
            true,
        ),
        (
            &a,
            kind,
            "",
            "gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg==",
            true,
        ),
    ] {
        let json = format!(
            r#"{{"payload":"{payload}","payloadType":"{kind}","signatures":[{{"sig":"{signature}","keyid":"A"}}]}}"#
        );
        let envelope = Envelope::parse(json.as_bytes()).unwrap();
        assert_eq!(key.verify(&envelope.pae(), &envelope.signatures[0].bytes).is_some(), expected, "{json}");
    }
    assert!(a.is_same_key(&a.clone()) && !a.is_same_key(&b));
}

#[test]
fn signatures_that_openssl_made_with_rsa() {
    let message = fixture("message.txt");
    for (name, signature, expected) in [
        ("rsa2048.pub.pem", "salt-digest.sig", Some(Scheme::RsaPss(HashAlgorithm::Sha256))),
        ("rsa2048.pub.pem", "salt-max.sig", Some(Scheme::RsaPss(HashAlgorithm::Sha256))),
        ("rsa2048.pkcs1.pem", "pkcs1v15-sha256.sig", Some(Scheme::RsaPkcs1)),
        ("rsa2048.pub.pem", "pkcs1v15-sha1.sig", None),
        ("rsa3072.pub.pem", "rsa3072-sha384.sig", Some(Scheme::RsaPss(HashAlgorithm::Sha384))),
        ("rsa3072.pub.pem", "salt-digest.sig", None),
        // A key bound to PSS verifies nothing else, whatever the numbers say.
        ("rsa2048-as-pss.pub.pem", "pkcs1v15-sha256.sig", None),
        ("pss2048.pub.pem", "pss2048.sig", Some(Scheme::RsaPss(HashAlgorithm::Sha256))),
    ] {
        assert_eq!(key(name).verify(&message, &fixture(signature)), expected, "{name} {signature}");
    }
    assert_eq!(key("rsa2048.pub.pem").verify(b"other", &fixture("pkcs1v15-sha256.sig")), None);
    assert!(key("rsa2048.pub.pem").is_same_key(&key("rsa2048.pkcs1.pem")));
}

/// What OpenSSL signs with keys of every kind, and refuses when it was signed by another.
#[test]
fn signatures_of_openssl_with_curves() {
    let folder = tempfile::tempdir().unwrap();
    let run = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let done = Command::new("openssl").args(words).current_dir(folder.path()).output();
        done.is_ok_and(|output| output.status.success())
    };
    std::fs::write(folder.path().join("m"), b"a message").unwrap();
    if !run("version") {
        eprintln!("no OpenSSL here: skipped");
        return;
    }
    for (make, sign, scheme) in [
        (
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out k",
            "dgst -sha256 -sign k -out s m",
            Scheme::Ecdsa(HashAlgorithm::Sha256),
        ),
        (
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out k",
            "dgst -sha384 -sign k -out s m",
            Scheme::Ecdsa(HashAlgorithm::Sha384),
        ),
        (
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out k",
            "dgst -sha256 -sign k -out s m",
            Scheme::Ecdsa(HashAlgorithm::Sha256),
        ),
        ("genpkey -algorithm ed25519 -out k", "pkeyutl -sign -inkey k -rawin -in m -out s", Scheme::Ed25519),
    ] {
        assert!(run(make) && run("pkey -in k -pubout -out p") && run(sign), "{make}");
        let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        let key = parse_verifying_keys(&read("p")).unwrap().pop().unwrap();
        assert_eq!(key.verify(b"a message", &read("s")), Some(scheme), "{make}");
        assert_eq!(key.verify(b"a messagf", &read("s")), None, "{make}");
        assert!(matches!(parse_verifying_keys(&read("k")), Err(KeyError::PrivateKey)));
    }
}

#[test]
fn keys_of_no_use_are_refused() {
    assert!(matches!(
        parse_verifying_keys(&fixture("rsa1024.pub.pem")),
        Err(KeyError::ModulusTooSmall { .. })
    ));
    assert!(matches!(parse_verifying_keys(&fixture("certificate.pem")), Err(KeyError::Certificate)));
    assert!(parse_verifying_keys(b"nothing").is_err());
    assert_eq!(key("ec.pub.pem").algorithm(), "ECDSA P-256");
    // A compressed point, and a point of the wrong length.
    let mut der = pem::blocks(&fixture("ec.pub.pem")).unwrap().remove(0).der;
    let at = der.len() - 65;
    der[at] = 2;
    assert!(matches!(VerifyingKey::from_spki(&der), Err(KeyError::Malformed)));
}
