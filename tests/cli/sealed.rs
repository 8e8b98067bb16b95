//! Signatures and encrypted files, through the whole of an audit.

use std::path::Path;
use std::process::Command;

use readiness::report::{CheckReport, Decision, Finding, LeftOutKind, Report, Severity, Status};

use super::support::{audit, findings, repository, write};

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
        "verified by release.pub (RSA-2048, SHA-256, MGF1 SHA-256, salt 222)"
    );
    assert!(message(&report, "SIG-009").contains("222 bytes, longer than the digest's 32"));
    assert_eq!(check(&report, "signatures").status, Status::Passed);
    assert_eq!(check(&report, "signatures").coverage.count("signatures"), 1);
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
fn all_hash_functions_and_any_size() {
    let tree = tree(&[
        ("message.txt", "app"),
        ("rsa3072-sha384.sig", "app.sig"),
        ("rsa3072.pub.pem", "release.pub"),
    ]);
    // Over the bound a file is read in pieces and its contents are not kept.
    trusting(tree.path(), "audit: {max_file_size: 600 B}\n");
    assert!(std::fs::metadata(tree.path().join("app")).unwrap().len() < 600);
    let report = audit(tree.path(), &[]);
    assert_eq!(
        message(&report, "SIG-014"),
        "verified by release.pub (RSA-3072, SHA-384, MGF1 SHA-384, salt 48)"
    );
}

#[test]
fn a_large_file_is_verified_in_pieces() {
    let Some(tree) = openssl_signed(1 << 20, "sha512") else { return };
    trusting(tree.path(), "audit: {max_file_size: 64 KiB}\n");
    let report = audit(tree.path(), &[]);
    assert_eq!(
        message(&report, "SIG-014"),
        "verified by release.pub (RSA-2048, SHA-512, MGF1 SHA-512, salt 64)"
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
