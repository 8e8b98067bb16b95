//! DSSE envelopes and the files around them, held against a real key: none can verify.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use readiness::artifact::provenance::{SignerKey, Trust, examine};
use readiness::crypto::certificate::Certificate;
use readiness::crypto::dsse::Envelope;
use readiness::crypto::verifying::parse_verifying_keys;

static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    let pems: [&[u8]; 3] = [
        include_bytes!("../../fixtures/crypto/rsa2048.pub.pem"),
        include_bytes!("../../fixtures/crypto/ec.pub.pem"),
        include_bytes!("../../fixtures/crypto/ed25519.pub.pem"),
    ];
    let keys = pems.into_iter().flat_map(|pem| parse_verifying_keys(pem).unwrap_or_default());
    let keys = keys.map(|key| SignerKey::new("k".to_owned(), key)).collect();
    let roots = Certificate::parse_all(include_bytes!("../../fixtures/crypto/certificate.pem"));
    Trust { keys, roots: roots.unwrap_or_default(), builders: Vec::new() }
});

fuzz_target!(|data: &[u8]| {
    if let Ok(envelope) = Envelope::parse(data) {
        // What is written is read back as the same.
        assert_eq!(Envelope::parse(&envelope.to_line()).as_ref(), Ok(&envelope));
    }
    let now = "2026-01-01T00:00:00Z".parse().expect("a fixed time");
    for attestation in examine(data, &TRUST, now).unwrap_or_default() {
        assert!(attestation.signed.is_empty());
    }
    let _ = Certificate::parse_all(data);
    let _ = parse_verifying_keys(data);
});
