use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

use super::*;

fn authority(name: &str) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    (params, KeyPair::generate().unwrap())
}

/// A DER UTF8String of less than 128 bytes.
fn utf8(text: &str) -> Vec<u8> {
    [&[0x0c, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

fn leaf(purpose: ExtendedKeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.subject_alt_names = vec![SanType::URI("https://ci.example.org/acme/app".try_into().unwrap())];
    params.extended_key_usages = vec![purpose];
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2024, 1, 2);
    for (number, content) in [
        (1, b"https://old.example.org".to_vec()),
        (8, utf8("https://issuer.example.org")),
        (9, utf8("https://ci.example.org/acme/app")),
        (12, utf8("https://example.org/acme/app")),
        (13, utf8("c0ffee")),
        (14, utf8("refs/heads/main")),
    ] {
        let id = [1, 3, 6, 1, 4, 1, 57264, 1, number];
        params.custom_extensions.push(CustomExtension::from_oid_content(&id, content));
    }
    params
}

fn read(der: &[u8]) -> Certificate {
    Certificate::from_der(der).unwrap()
}

#[test]
fn a_chain_is_followed_to_a_root_and_no_further() {
    let (mut root, root_key) = authority("root");
    root.not_before = rcgen::date_time_ymd(2020, 1, 1);
    let root_der = root.self_signed(&root_key).unwrap();
    let (mut between, between_key) = authority("between");
    between.not_before = rcgen::date_time_ymd(2020, 1, 1);
    let between_der = between.signed_by(&between_key, &Issuer::from_params(&root, &root_key)).unwrap();
    let issuer = Issuer::from_params(&between, &between_key);
    let key = KeyPair::generate().unwrap();
    let signer = read(leaf(ExtendedKeyUsagePurpose::CodeSigning).signed_by(&key, &issuer).unwrap().der());
    let (root, between) = (read(root_der.der()), read(between_der.der()));

    assert_eq!(signer.identity(), "https://ci.example.org/acme/app");
    assert_eq!(signer.fulcio.issuer.as_deref(), Some("https://issuer.example.org"));
    assert_eq!(signer.fulcio.source.as_deref(), Some("https://example.org/acme/app"));
    assert_eq!(signer.fulcio.source_digest.as_deref(), Some("c0ffee"));
    assert_eq!(signer.fulcio.source_ref.as_deref(), Some("refs/heads/main"));
    assert_eq!(signer.validity.not_before, Some("2024-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!((root.subject.as_str(), root.identity()), ("root", "root"));

    // Long expired: judged at the time of the certificate itself.
    let roots = std::slice::from_ref(&root);
    assert_eq!(signer.verify_chain(std::slice::from_ref(&between), roots), Ok(()));
    assert_eq!(
        signer.verify_chain(&[], std::slice::from_ref(&between)),
        Ok(()),
        "the one between is trusted"
    );
    assert!(matches!(signer.verify_chain(&[], roots), Err(CertificateError::Chain(_))));
    assert!(matches!(
        signer.verify_chain(std::slice::from_ref(&between), &[]),
        Err(CertificateError::Chain(_))
    ));

    let (other, other_key) = authority("root");
    let other = read(other.self_signed(&other_key).unwrap().der());
    assert!(
        signer.verify_chain(std::slice::from_ref(&between), &[other]).is_err(),
        "the same name, another key"
    );
    let server = read(leaf(ExtendedKeyUsagePurpose::ServerAuth).signed_by(&key, &issuer).unwrap().der());
    assert!(server.verify_chain(std::slice::from_ref(&between), roots).is_err(), "not for signing code");
    let mut early = leaf(ExtendedKeyUsagePurpose::CodeSigning);
    early.not_before = rcgen::date_time_ymd(2019, 1, 1);
    let early = read(early.signed_by(&key, &issuer).unwrap().der());
    assert!(
        early.verify_chain(std::slice::from_ref(&between), roots).is_err(),
        "before its issuer was valid"
    );
    // One that is itself an authority signs no code.
    assert!(between.verify_chain(&[], roots).is_err());
}

#[test]
fn files_hold_certificates_alone() {
    let fixture =
        |name: &str| std::fs::read(format!("{}/fixtures/crypto/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let one = Certificate::parse_all(&fixture("certificate.pem")).unwrap();
    assert_eq!((one.len(), one[0].subject.as_str()), (1, "example"));
    assert!(one[0].key.algorithm().starts_with("RSA-"));
    assert_eq!(Certificate::parse_all(&one[0].der).unwrap()[0].fingerprint, one[0].fingerprint);
    assert!(matches!(Certificate::parse_all(&fixture("rsa2048.pub.pem")), Err(CertificateError::None)));
    assert!(matches!(Certificate::parse_all(b""), Err(CertificateError::Malformed)));
    let many = fixture("certificate.pem").repeat(MAX_CERTIFICATES + 1);
    assert!(matches!(Certificate::parse_all(&many), Err(CertificateError::TooMany)));
    for length in 0..one[0].der.len() {
        assert!(Certificate::from_der(&one[0].der[..length]).is_err(), "cut at {length}");
    }
}
