//! Certificates in DER and PEM: no certificate that is made up goes back to a root of somebody else.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use readiness::crypto::certificate::Certificate;

static ROOTS: LazyLock<Vec<Certificate>> = LazyLock::new(|| {
    Certificate::parse_all(include_bytes!("../../fixtures/crypto/certificate.pem")).expect("a fixture")
});

fuzz_target!(|data: &[u8]| {
    let mut certificates = Certificate::parse_all(data).unwrap_or_default();
    certificates.extend(Certificate::from_der(data));
    for certificate in &certificates {
        let trusted = ROOTS.iter().any(|root| root.fingerprint == certificate.fingerprint);
        let chain = certificate.verify_chain(&certificates, &ROOTS);
        assert!(chain.is_err() || trusted);
        let _ = certificate.identity();
    }
});
