//! Signature files in every form, opened with a real key: none can verify.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use readiness::artifact::signature::{TrustedKey, read_signature, verify};
use readiness::crypto::digest::HashAlgorithm;
use readiness::crypto::keys::parse_public_keys;

static KEYS: LazyLock<Vec<TrustedKey>> = LazyLock::new(|| {
    let pem = include_bytes!("../../fixtures/crypto/rsa2048.pub.pem");
    let keys = parse_public_keys(pem).unwrap_or_default();
    keys.into_iter().map(|key| TrustedKey::unconditional("k".to_owned(), key)).collect()
});

fuzz_target!(|data: &[u8]| {
    if let Ok(blob) = read_signature(data) {
        let digests = HashAlgorithm::ALL.map(|hash| hash.digest(b"a message that was never signed"));
        let at = "2026-01-01T00:00:00Z".parse().expect("a fixed time");
        assert!(verify(&digests, &blob.bytes, &KEYS, at).verified().is_none());
    }
});
