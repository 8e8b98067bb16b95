//! Signatures are judged by our verifier, by OpenSSL, and by what must be refused.

use std::path::Path;

use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};

use super::*;
use crate::crypto::keys::{generated, openssl, parse_private_key, parse_public_keys};

use HashAlgorithm::{Sha256, Sha384, Sha512};

fn key() -> PrivateKey {
    let text = generated().to_pkcs8_pem(LineEnding::LF).unwrap();
    parse_private_key(text.as_bytes()).unwrap()
}

fn load(path: &Path) -> PrivateKey {
    parse_private_key(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_signature_verifies_with_its_own_key_and_digest_only() {
    let key = key();
    let fixture = format!("{}/fixtures/crypto/rsa2048.pub.pem", env!("CARGO_MANIFEST_DIR"));
    let other = parse_public_keys(&std::fs::read(fixture).unwrap()).unwrap().remove(0);
    for hash in HashAlgorithm::ALL {
        let digest = hash.digest(b"a bundle");
        let signature = sign(&key, &digest).unwrap();
        let outcome = |key: &PublicKey, digest: &Digest| {
            verify(key, digest, digest.algorithm(), SaltPolicy::Any, &signature)
        };
        let valid = Outcome::Valid { salt_len: hash.output_len(), hash, mgf1: hash };
        assert_eq!(outcome(key.public(), &digest), valid);
        assert_eq!(outcome(key.public(), &hash.digest(b"another")), Outcome::Mismatch);
        assert_eq!(outcome(&other, &digest), Outcome::Mismatch);
        assert_ne!(sign(&key, &digest).unwrap(), signature, "the salt is fresh");
    }
}

#[test]
fn a_faulty_signature_is_not_given_out() {
    let (key, digest) = (key(), Sha256.digest(b"a bundle"));
    let good = sign(&key, &digest).unwrap();
    assert_eq!(checked(key.public(), &digest, good.clone()), Ok(good.clone()));
    let mut bad = good.clone();
    bad[100] ^= 1;
    assert_eq!(checked(key.public(), &digest, bad), Err(SignError::Faulty));
    assert_eq!(checked(key.public(), &Sha512.digest(b"a bundle"), good), Err(SignError::Faulty));
    assert_eq!(checked(key.public(), &digest, Vec::new()), Err(SignError::Faulty));
}

#[test]
fn openssl_accepts_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("bundle"), "a bundle").unwrap();
    for (bits, hash) in [(2048, Sha256), (2049, Sha384), (3072, Sha512), (2056, Sha512)] {
        if !openssl(
            here,
            &format!("genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out key.pem"),
        ) {
            return;
        }
        openssl(here, "pkey -in key.pem -pubout -out key.pub");
        let signature = sign(&load(&here.join("key.pem")), &hash.digest(b"a bundle")).unwrap();
        std::fs::write(here.join("bundle.sig"), signature).unwrap();
        openssl(
            here,
            &format!(
                "dgst -{hash} -verify key.pub -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest \
                 -sigopt rsa_mgf1_md:{hash} -signature bundle.sig bundle"
            ),
        );
    }
}

#[test]
fn the_limits_inside_a_key_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("bundle"), "a bundle").unwrap();
    let restricted = |hash: &str, mgf1: &str, salt: usize| {
        let generated = openssl(
            here,
            &format!(
                "genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:{hash} \
                 -pkeyopt rsa_pss_keygen_mgf1_md:{mgf1} -pkeyopt rsa_pss_keygen_saltlen:{salt} -out key.pem"
            ),
        );
        generated.then(|| load(&here.join("key.pem")))
    };
    let Some(key) = restricted("sha384", "sha384", 48) else { return };
    let signature = sign(&key, &Sha384.digest(b"a bundle")).unwrap();
    std::fs::write(here.join("bundle.sig"), signature).unwrap();
    openssl(here, "pkey -in key.pem -pubout -out key.pub");
    openssl(here, "dgst -sha384 -verify key.pub -signature bundle.sig bundle");
    let refused = SignError::Restricted(KeyRestriction::Hash { allowed: Sha384, asked: Sha256 });
    assert_eq!(sign(&key, &Sha256.digest(b"a bundle")), Err(refused));
    let Some(key) = restricted("sha256", "sha512", 32) else { return };
    let refused = SignError::Restricted(KeyRestriction::Mgf1 { allowed: Sha512, asked: Sha256 });
    assert_eq!(sign(&key, &Sha256.digest(b"a bundle")), Err(refused));
    let Some(key) = restricted("sha256", "sha256", 33) else { return };
    let refused = SignError::Salt { least: 33, hash: Sha256 };
    assert_eq!(sign(&key, &Sha256.digest(b"a bundle")), Err(refused));
    assert!(refused.to_string().ends_with("at least 33 bytes; signatures over sha256 are made with 32"));
}
