//! Signatures and encrypted files, through the whole of an audit.

use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use readiness::cli::AuditArgs;
use readiness::commands::audit_report;
use readiness::crypto::digest::HashAlgorithm;
use readiness::report::{CheckReport, Decision, Finding, LeftOutKind, Report, Severity, Status};

use super::support::{NOW, audit, findings, repository, write};

fn check<'r>(report: &'r Report, id: &str) -> &'r CheckReport {
    report.checks.iter().find(|check| check.id == id).unwrap()
}

/// Rules reported, without those that only tell something.
fn rules(report: &Report) -> Vec<&str> {
    findings(report)
        .filter(|finding| finding.severity > Severity::Info)
        .map(|finding| finding.rule.as_str())
        .collect()
}

fn message(report: &Report, rule: &str) -> String {
    findings(report).find(|finding| finding.rule == rule).map_or_else(
        || panic!("{rule} is not among {:?}", rules(report)),
        |finding: &Finding| finding.message.clone(),
    )
}

fn left_out(report: &Report, id: &str) -> Vec<(LeftOutKind, String)> {
    let left = &check(report, id).coverage.left_out;
    left.iter().map(|left| (left.kind, left.paths.join(" "))).collect()
}

/// Copies files of `fixtures/crypto` into a tree, some under another name.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let tree = tempfile::Builder::new().prefix("sealed").tempdir().unwrap();
    for (from, to) in files {
        write(tree.path(), to, std::fs::read(repository("fixtures/crypto").join(from)).unwrap());
    }
    tree
}

fn trusting(tree: &Path, settings: &str) {
    write(tree, "readiness.yaml", format!("keys: {{public: [release.pub]}}\n{settings}"));
}

const SIGNED: [(&str, &str); 3] =
    [("message.txt", "dist/app"), ("salt-max.sig", "dist/app.sig"), ("rsa2048.pub.pem", "release.pub")];

#[test]
fn a_verified_signature_is_told_with_all_its_parameters() {
    let tree = tree(&SIGNED);
    trusting(tree.path(), "");
    let report = audit(tree.path(), &[]);
    // OpenSSL's default salt for 2048 bits and SHA-256: 256 - 32 - 2.
    assert_eq!(
        message(&report, "SIG-014"),
        "Verified by release.pub (RSA-2048, SHA-256, MGF1 SHA-256, salt 222)"
    );
    assert!(message(&report, "SIG-009").contains("222 bytes, longer than the digest's 32"));
    assert_eq!(check(&report, "signatures").status, Status::Passed);
    assert_eq!(check(&report, "signatures").coverage.count("signatures"), 1);
}

/// Audits a tree with flags, not deep unless they say so.
fn with_flags(tree: &Path, flags: AuditArgs) -> Report {
    let args = AuditArgs { path: Some(tree.to_owned()), ..flags };
    audit_report(&args, Timestamp::from_second(NOW).unwrap(), &|_| None).unwrap()
}

#[test]
fn a_key_by_flag_replaces_what_the_tree_trusts() {
    let tree = tree(&SIGNED);
    trusting(tree.path(), "");
    let public_key = vec![repository("fixtures/crypto/rsa2048-e3.pub.pem")];
    let report = with_flags(tree.path(), AuditArgs { public_key, ..AuditArgs::default() });
    assert_eq!(rules(&report), ["SIG-012", "SIG-001"]);
    assert_eq!(report.verdict.exit_code, 2);
}

#[test]
fn signatures_are_verified_without_deep_too() {
    let tree = tree(&SIGNED);
    trusting(tree.path(), "");
    let report = with_flags(tree.path(), AuditArgs::default());
    assert!(!report.subject.deep);
    assert!(message(&report, "SIG-014").contains("salt 222"));
}

#[test]
fn a_signature_that_the_user_names_is_never_passed_over() {
    let tree =
        tree(&[("message.txt", "app"), ("salt-0.sig", "other-name"), ("rsa2048.pub.pem", "release.pub")]);
    write(tree.path(), "pgp", "-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\n");
    trusting(tree.path(), "");
    let verify = |signature: &str| {
        let verify_signature = vec![tree.path().join(signature), tree.path().join("app")];
        with_flags(tree.path(), AuditArgs { verify_signature, ..AuditArgs::default() })
    };
    assert!(message(&verify("other-name"), "SIG-014").contains("salt 0"));
    assert_eq!(rules(&verify("release.pub")), ["SIG-003"]);
    let report = verify("pgp");
    let Status::NotEvaluated { reason, .. } = &check(&report, "signatures").status else { panic!() };
    assert!(reason.contains("an OpenPGP signature"), "{reason}");
    assert_eq!(report.verdict.decision, Decision::Incomplete);
}

#[test]
fn signatures_without_a_key_make_the_audit_incomplete() {
    let tree = tree(&SIGNED);
    let report = audit(tree.path(), &[]);
    let Status::NotEvaluated { reason, hint } = &check(&report, "signatures").status else { panic!() };
    assert_eq!(reason, "1 signature, and no key to verify it with");
    assert!(hint.as_deref().unwrap().contains("--public-key"));
    assert_eq!(report.verdict.decision, Decision::Incomplete);
}

#[test]
fn a_tree_without_signatures_asks_for_nothing() {
    let tree = tree(&[("message.txt", "app")]);
    // Standard ML has signatures of its own, and an OpenPGP one is named but asks for no RSA key.
    write(tree.path(), "stack.sig", "signature STACK = sig\n  type 'a stack\nend\n");
    write(tree.path(), "app.asc", "-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\n");
    let report = audit(tree.path(), &[]);
    assert!(matches!(check(&report, "signatures").status, Status::NotApplicable { .. }));
    assert_eq!(left_out(&report, "signatures"), [(LeftOutKind::Unsupported, "app.asc".to_owned())]);
}

#[test]
fn longer_hash_functions() {
    let tree = tree(&[
        ("message.txt", "app"),
        ("rsa3072-sha384.sig", "app.sig"),
        ("rsa3072.pub.pem", "release.pub"),
    ]);
    trusting(tree.path(), "");
    let report = audit(tree.path(), &[]);
    assert_eq!(
        message(&report, "SIG-014"),
        "Verified by release.pub (RSA-3072, SHA-384, MGF1 SHA-384, salt 48)"
    );
}

#[test]
fn a_large_file_is_verified_in_pieces() {
    let Some(tree) = openssl_signed(1 << 20, "sha512") else { return };
    trusting(tree.path(), "audit: {max_file_size: 64 KiB}\n");
    let report = audit(tree.path(), &[]);
    assert_eq!(
        message(&report, "SIG-014"),
        "Verified by release.pub (RSA-2048, SHA-512, MGF1 SHA-512, salt 64)"
    );
    let mut bytes = std::fs::read(tree.path().join("app")).unwrap();
    bytes[700_000] ^= 1;
    write(tree.path(), "app", bytes);
    assert!(rules(&audit(tree.path(), &[])).contains(&"SIG-001"));
}

/// A file of `size` bytes signed by a key made for it, when OpenSSL is here.
fn openssl_signed(size: usize, hash: &str) -> Option<tempfile::TempDir> {
    let tree = tempfile::Builder::new().prefix("sealed").tempdir().unwrap();
    let secrets = tempfile::tempdir().unwrap();
    let key = secrets.path().join("key.pem");
    write(tree.path(), "app", (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect::<Vec<u8>>());
    let run = |arguments: &[&str]| {
        let done = Command::new("openssl").args(arguments).current_dir(tree.path()).output();
        done.is_ok_and(|output| output.status.success())
    };
    let key = key.to_str().unwrap();
    let digest = format!("-{hash}");
    let made = run(&["genrsa", "-out", key, "2048"])
        && run(&["pkey", "-in", key, "-pubout", "-out", "release.pub"])
        && run(&[
            "dgst",
            &digest,
            "-sigopt",
            "rsa_padding_mode:pss",
            "-sigopt",
            "rsa_pss_saltlen:digest",
            "-sign",
            key,
            "-out",
            "app.sig",
            "app",
        ]);
    if !made {
        eprintln!("no OpenSSL here: skipped");
    }
    made.then_some(tree)
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_and_not_verified() {
    let tree = tree(&SIGNED);
    trusting(tree.path(), "signatures: {require: [latest]}\n");
    std::os::unix::fs::symlink("dist/app", tree.path().join("latest")).unwrap();
    std::fs::copy(tree.path().join("dist/app.sig"), tree.path().join("latest.sig")).unwrap();
    let report = audit(tree.path(), &[]);
    assert_eq!(left_out(&report, "signatures"), [(LeftOutKind::Link, "latest.sig".to_owned())]);
    assert!(rules(&report).contains(&"SIG-010"));
}

#[test]
fn built_artefacts_that_git_ignores_are_verified_when_they_are_required() {
    let tree = tree(&SIGNED);
    let git = Command::new("git").args(["init", "-q"]).current_dir(tree.path()).status();
    if !git.is_ok_and(|status| status.success()) {
        eprintln!("no git here: skipped");
        return;
    }
    write(tree.path(), ".gitignore", "dist/\n");
    trusting(tree.path(), "signatures: {require: ['dist/a*']}\n");
    let report = audit(tree.path(), &[]);
    assert!(rules(&report).is_empty(), "{:?}", rules(&report));
    assert!(message(&report, "SIG-014").contains("salt 222"));
}

#[test]
fn required_files_are_held_to_it_without_a_key_too() {
    let tree = tree(&[("message.txt", "app")]);
    write(tree.path(), "readiness.yaml", "signatures: {require: [app, other]}\n");
    let report = audit(tree.path(), &[]);
    assert_eq!(rules(&report), ["SIG-016", "SIG-010"]);
    assert!(matches!(check(&report, "signatures").status, Status::NotEvaluated { .. }));
}

fn encrypted_tree(case: &str) -> tempfile::TempDir {
    let tree = tempfile::Builder::new().prefix("sealed").tempdir().unwrap();
    for entry in std::fs::read_dir(repository("fixtures/rules").join(case)).unwrap() {
        let path = entry.unwrap().path();
        let to = tree.path().join(path.file_name().unwrap());
        std::fs::copy(&path, &to).unwrap();
        close(&to);
    }
    tree
}

#[cfg(unix)]
fn close(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn close(_path: &Path) {}

#[test]
fn without_a_key_a_file_is_looked_at_and_its_content_is_a_gap() {
    let tree = encrypted_tree("ENC-011/good/no-key");
    let report = audit(tree.path(), &[]);
    assert_eq!(check(&report, "encryption").status, Status::Passed);
    assert_eq!(left_out(&report, "encryption"), [(LeftOutKind::Unsupported, "settings.enc".to_owned())]);
    assert_eq!(check(&report, "encryption").coverage.count("encrypted files"), 1);
}

#[test]
fn with_its_key_a_file_is_opened_to_its_end() {
    let tree = encrypted_tree("ENC-005/good/whole");
    let report = audit(tree.path(), &[]);
    // 400 lines of 27 bytes; Tink's first segment holds 4096 - 40 - 16 of them, the others 4096 - 16.
    assert_eq!(
        message(&report, "ENC-011"),
        "Opened to its end by data.key (key 7): streaming, segments: 3, bytes of plaintext: 10800"
    );
    assert!(left_out(&report, "encryption").is_empty());
}

#[test]
fn nothing_of_the_plaintext_or_key_reaches_the_report() {
    for case in ["ENC-003/good/bare", "ENC-004/bad/changed", "ENC-001/bad/text", "ENC-003/bad/other-key"] {
        let tree = encrypted_tree(case);
        let report = serde_json::to_string(&audit(tree.path(), &["encryption", "signatures"])).unwrap();
        for secret in ["release: 1.0", "6465666768", "ZGVmZ2hp"] {
            assert!(!report.contains(secret), "{case}: {secret}");
        }
    }
}

#[test]
fn a_large_file_is_decrypted_in_pieces() {
    // Three segments of 1 MiB, by our own writer; Tink reads it in tests/interop.
    use readiness::crypto::secret_key::SecretKey;
    use readiness::crypto::streaming::{Parameters, Seed, StreamingKey, encrypt};
    let tree = tempfile::Builder::new().prefix("sealed").tempdir().unwrap();
    let parameters = Parameters::new(1 << 20, HashAlgorithm::Sha256).unwrap();
    let key = |bytes: &[u8; 32]| StreamingKey::from_secret(&SecretKey::from_bytes(*bytes), parameters);
    let (right, other) = (b"thirty-two bytes that are a key!", b"thirty-two bytes that are others");
    let mut sealed = Vec::new();
    encrypt(&key(right), b"", &Seed::random().unwrap(), &mut &vec![7; 2_500_000][..], &mut sealed).unwrap();
    write(tree.path(), "data.key", right);
    close(&tree.path().join("data.key"));
    write(
        tree.path(),
        "readiness.yaml",
        "audit: {max_file_size: 64 KiB}\nkeys: {encryption: [data.key]}\nencryption: {files: [big]}\n",
    );
    write(tree.path(), "big", &sealed);
    let report = audit(tree.path(), &[]);
    assert!(message(&report, "ENC-011").ends_with("segments: 3, bytes of plaintext: 2500000"));
    sealed.truncate(2 << 20);
    write(tree.path(), "big", &sealed);
    assert_eq!(rules(&audit(tree.path(), &[])), ["ENC-005"]);
    let mut wrong = Vec::new();
    encrypt(&key(other), b"", &Seed::random().unwrap(), &mut &vec![7; 2_500_000][..], &mut wrong).unwrap();
    write(tree.path(), "big", &wrong);
    assert_eq!(rules(&audit(tree.path(), &[])), ["ENC-003"]);
}

#[test]
fn a_key_file_that_is_none_stops_the_command() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "data.key", "hunter2");
    write(tree.path(), "readiness.yaml", "keys: {encryption: [data.key]}\n");
    let args = AuditArgs { path: Some(tree.path().to_owned()), ..AuditArgs::default() };
    let error = audit_report(&args, Timestamp::UNIX_EPOCH, &|_| None).unwrap_err();
    assert!(matches!(error, readiness::commands::Error::Key { .. }), "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

/// Bytes that look like ciphertext.
fn noise(length: usize) -> Vec<u8> {
    let blocks =
        (0_u64..).flat_map(|block| HashAlgorithm::Sha512.digest(&block.to_be_bytes()).as_bytes().to_vec());
    blocks.take(length).collect()
}

#[test]
fn files_that_must_be_encrypted_and_were_not_examined_do_not_pass() {
    // Over the bound of the bare layout, which must be held in memory whole: nothing can be said of it.
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "data.key", b"thirty-two bytes that are a key!");
    close(&tree.path().join("data.key"));
    let settings = "keys: {encryption: [data.key]}\nencryption: {files: [big.bin]}\n";
    write(tree.path(), "readiness.yaml", settings);
    write(tree.path(), "big.bin", noise(17 << 20));
    let report = audit(tree.path(), &["encryption"]);
    assert!(matches!(check(&report, "encryption").status, Status::NotEvaluated { .. }));
    // Another program has encrypted it: what was asked for holds.
    write(tree.path(), "big.bin", [b"Salted__".to_vec(), noise(80)].concat());
    let report = audit(tree.path(), &["encryption"]);
    assert_eq!(check(&report, "encryption").status, Status::Passed);
}
