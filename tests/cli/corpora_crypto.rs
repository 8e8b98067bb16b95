//! Cryptographic vectors published by others, read from the corpora folder when `READINESS_CORPORA` names it.

use std::path::PathBuf;

use readiness::crypto::aes_gcm::{self, GcmError};
use readiness::crypto::digest::HashAlgorithm;
use readiness::crypto::keys::parse_public_keys;
use readiness::crypto::rsa_pss::{Outcome, SaltPolicy, verify};
use readiness::crypto::secret_key::SecretKey;
use serde_json::Value;

/// The Wycheproof folder, or `None` after saying on stderr that the test looks at nothing.
fn wycheproof(test: &str) -> Option<PathBuf> {
    let Some(corpora) = std::env::var_os("READINESS_CORPORA") else {
        eprintln!("{test}: skipped, READINESS_CORPORA is not set");
        return None;
    };
    Some(PathBuf::from(corpora).join("crypto/wycheproof"))
}

fn read(path: &PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn bytes(test: &Value, field: &str) -> Vec<u8> {
    let text = test[field].as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn rsa_pss_vectors() {
    let Some(folder) = wycheproof("rsa_pss_vectors") else { return };
    let (mut files, mut agreed) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_string_lossy().starts_with("rsa_pss_") {
            continue;
        }
        files += 1;
        for group in read(&path)["testGroups"].as_array().unwrap() {
            let hash = HashAlgorithm::from_name(group["sha"].as_str().unwrap()).unwrap();
            let mgf1 = HashAlgorithm::from_name(group["mgfSha"].as_str().unwrap()).unwrap();
            let salt = SaltPolicy::Exactly(usize::try_from(group["sLen"].as_u64().unwrap()).unwrap());
            // The same key in both encodings must give the same answers.
            let der = parse_public_keys(&bytes(group, "publicKeyDer")).unwrap().remove(0);
            let pem =
                parse_public_keys(group["publicKeyPem"].as_str().unwrap().as_bytes()).unwrap().remove(0);
            assert_eq!(group["keySize"].as_u64(), u64::try_from(der.modulus_bits()).ok());
            for test in group["tests"].as_array().unwrap() {
                let digest = hash.digest(&bytes(test, "msg"));
                for key in [&der, &pem] {
                    let outcome = verify(key, &digest, mgf1, salt, &bytes(test, "sig"));
                    let accepted = matches!(outcome, Outcome::Valid { .. });
                    assert_eq!(
                        accepted,
                        test["result"] == "valid",
                        "{} {}: {outcome:?}",
                        path.display(),
                        test["tcId"]
                    );
                }
                agreed += 1;
            }
        }
    }
    eprintln!("RSA-PSS: {agreed} vectors of {files} files agree");
    assert_eq!((files, agreed), (5, 568));
}

/// The published file has no group of the sizes that we support (256, 96, 128): those are in the copy that the unit
/// tests read. What is left to show here is that no other nonce length slips through as the bare layout.
#[test]
fn aes_gcm_vectors() {
    let Some(folder) = wycheproof("aes_gcm_vectors") else { return };
    let (mut agreed, mut refused, mut unsupported) = (0, 0, 0);
    for group in read(&folder.join("aes_gcm_test.json"))["testGroups"].as_array().unwrap() {
        let sizes = ["keySize", "ivSize", "tagSize"].map(|field| group[field].as_u64());
        for test in group["tests"].as_array().unwrap() {
            let Ok(key) = bytes(test, "key").try_into().map(SecretKey::from_bytes) else {
                unsupported += 1;
                continue;
            };
            let sealed = [bytes(test, "iv"), bytes(test, "ct"), bytes(test, "tag")].concat();
            let opened = aes_gcm::open(&key, &bytes(test, "aad"), &sealed);
            if sizes == [Some(256), Some(96), Some(128)] {
                let expected = if test["result"] == "valid" {
                    Ok(bytes(test, "msg"))
                } else {
                    Err(GcmError::Unauthentic)
                };
                assert_eq!(opened, expected, "{}", test["tcId"]);
                agreed += 1;
            } else {
                assert!(opened.is_err(), "{}", test["tcId"]);
                refused += 1;
            }
        }
    }
    eprintln!(
        "AES-GCM: {agreed} agree, {refused} of other nonce lengths refused, {unsupported} of other key sizes"
    );
    assert_eq!(agreed + refused + unsupported, 154);
    assert!(agreed + refused >= 28);
}
