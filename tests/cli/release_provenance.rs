//! `readiness release verify-provenance`, and the check of the same name, as the program runs them.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::support::{NOW, readiness, repository, write};

/// A fixture of the rule, copied: the tree holds `app.txt`, the attestation, keys and settings.
fn fixture(case: &str) -> tempfile::TempDir {
    let copy = tempfile::Builder::new().prefix("case").tempdir().unwrap();
    let from = repository("fixtures/rules").join(case);
    let done = Command::new("cp").arg("-r").arg(format!("{}/.", from.display())).arg(copy.path()).status();
    assert!(done.unwrap().success());
    copy
}

/// Exit code and report of the command in a folder.
fn verify(folder: &Path, more: &[&str]) -> (i32, Value) {
    let fixed = ["release", "verify-provenance", "--json", "-"];
    let arguments: Vec<&str> = fixed.into_iter().chain(more.iter().copied()).collect();
    let output = readiness(folder, &arguments, NOW);
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{more:?}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), report)
}

fn rules(report: &Value) -> Vec<String> {
    let findings = report["checks"][0]["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

const FILE: &str = "app.txt.intoto.jsonl";

#[test]
fn the_level_is_that_of_the_pair_and_of_nothing_else() {
    let tree = fixture("PRV-001/good/p256");
    let level = |report: &Value| report["details"]["level"].as_u64();
    // The settings beside it name the builder, its key and level 2.
    let (code, report) = verify(tree.path(), &[FILE, "--artifact", "app.txt"]);
    assert_eq!((code, level(&report), rules(&report)), (0, Some(2), vec!["PRV-012".to_owned()]), "{report}");
    std::fs::remove_file(tree.path().join("readiness.yaml")).unwrap();

    let (code, report) = verify(tree.path(), &[FILE, "--artifact", "app.txt"]);
    assert_eq!((code, level(&report)), (3, Some(1)), "no key: incomplete");
    let key = ["--artifact", "app.txt", "--key", "builder.pub"];
    let with = |more: &[&str]| verify(tree.path(), &[&[FILE], &key[..], more].concat());
    let (code, report) = with(&[]);
    assert_eq!((code, level(&report)), (0, Some(1)), "a key for no builder");
    let (code, report) = with(&["--level", "2"]);
    assert_eq!((code, level(&report), rules(&report)), (1, Some(1), vec!["PRV-007".to_owned()]));
    let (code, report) = with(&["--builder", "https://ci.example.org/acme/*", "--level", "3"]);
    assert_eq!((code, level(&report)), (0, Some(3)), "who verifies says what the pair is worth");
    let (code, report) = with(&["--builder", "https://ci.example.org/acm/*", "--level", "3"]);
    assert_eq!((code, level(&report)), (1, Some(1)));
    assert!(rules(&report).contains(&"PRV-005".to_owned()), "{report}");
    let (code, report) = with(&["--source-uri", "https://git.example.org/acme/app.git"]);
    assert_eq!((code, report["details"]["commit"].as_str()), (0, Some("c0".repeat(20).as_str())));
    assert_eq!(with(&["--source-uri", "https://git.example.org/acme/other"]).0, 1);
}

#[test]
fn another_artifact_is_not_vouched_for() {
    let tree = fixture("PRV-001/good/p256");
    write(tree.path(), "other.txt", "other\n");
    write(tree.path(), "sub/app.txt", "changed\n");
    for artifact in ["other.txt", "sub/app.txt"] {
        let (code, report) = verify(tree.path(), &[FILE, "--artifact", artifact]);
        assert_eq!((code, rules(&report)), (2, vec!["PRV-002".to_owned()]), "{artifact}");
        assert_eq!(report["details"]["level"], 0);
        assert_eq!(report["checks"][0]["findings"][0]["location"]["name"], artifact, "{report}");
    }
    let (code, _) = verify(tree.path(), &[FILE, "--artifact", "app.txt", "--artifact", "other.txt"]);
    assert_eq!(code, 2, "each of them must be vouched for");
    let (code, _) = verify(tree.path(), &["app.txt", "--artifact", "app.txt"]);
    assert_eq!(code, 1, "what is no attestation is a finding");
}

#[test]
fn every_changed_byte_of_an_envelope_is_found() {
    let tree = fixture("PRV-001/good/p256");
    let whole = std::fs::read(tree.path().join(FILE)).unwrap();
    let trust = readiness::artifact::provenance::Trust {
        keys: readiness::artifact::provenance::load_signer_keys(&[tree.path().join("builder.pub")]).unwrap(),
        ..Default::default()
    };
    let now = jiff::Timestamp::from_second(NOW).unwrap();
    let trusted = |bytes: &[u8]| {
        let read = readiness::artifact::provenance::examine(bytes, &trust, now).ok()?;
        let payload: Vec<_> =
            read.iter().filter(|one| !one.signed.is_empty()).map(|one| one.statement.clone()).collect();
        (!payload.is_empty()).then_some(payload)
    };
    let original = trusted(&whole).unwrap();
    let mut accepted = 0;
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        // Spaces between fields, and an unused bit of base64, say nothing; what is said must be the same then.
        if let Some(said) = trusted(&changed) {
            assert_eq!(said, original, "byte {place}");
            accepted += 1;
        }
    }
    println!("{} bytes changed in turn, {accepted} of them in places that say nothing", whole.len());
    assert!(accepted < 10, "{accepted}");
}

#[test]
fn a_root_certifies_everyone_and_trusts_no_one() {
    let tree = fixture("PRV-001/good/certificate");
    std::fs::remove_file(tree.path().join("readiness.yaml")).unwrap();
    let run = |more: &[&str]| {
        let fixed = ["app.txt.sigstore.json", "--artifact", "app.txt", "--root", "root.pem"];
        verify(tree.path(), &[&fixed[..], more].concat())
    };
    let (code, report) = run(&[]);
    assert_eq!(code, 3, "{report}");
    let (code, report) = run(&["--builder", "https://ci.example.org/acme/*", "--level", "3"]);
    assert_eq!((code, report["details"]["level"].as_u64()), (0, Some(3)), "{report}");
    let reason = report["details"]["level_reason"].as_str().unwrap();
    assert!(reason.contains("transparency log"), "{reason}");
    let (code, report) = run(&["--builder", "https://ci.example.org/other/*"]);
    assert_eq!((code, rules(&report)), (2, vec!["PRV-001".to_owned()]));
    let (code, report) = run(&["--identity", "https://ci.example.org/acme/build@*"]);
    assert_eq!((code, report["details"]["level"].as_u64()), (0, Some(1)), "{report}");
}

#[test]
fn reports_are_for_people_too() {
    let tree = fixture("PRV-001/good/p256");
    let arguments = ["release", "verify-provenance", FILE, "--artifact", "app.txt", "--format"];
    for (format, expected) in [("terminal", "SLSA Build L2"), ("markdown", "SLSA Build L2")] {
        let output = readiness(tree.path(), &[&arguments[..], &[format]].concat(), NOW);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(expected) && text.contains("builder.pub"), "{format}: {text}");
    }
}

#[test]
fn mistakes_of_the_user_are_told() {
    let tree = fixture("PRV-001/good/p256");
    for (more, expected) in [
        (
            &["--builder", "https://ci.example.org/acme*", "--key", "builder.pub"][..],
            "--builder: a `*` at the end",
        ),
        (&["--key", "absent.pub"], "absent.pub"),
        (&["--key", "app.txt"], "app.txt"),
        (&["--root", "builder.pub"], "builder.pub: no certificate"),
        (&["--level", "4"], "4 is not in 0..=3"),
        (&["--identity", "x"], "--root"),
    ] {
        let fixed = ["release", "verify-provenance", FILE, "--artifact", "app.txt"];
        let output = readiness(tree.path(), &[&fixed[..], more].concat(), NOW);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(4) && text.contains(expected), "{more:?}: {text}");
    }
}

/// The same key as a certificate, which openssl made of it, is trusted within the certificate's dates.
#[test]
fn a_certificate_that_is_named_is_its_key_within_its_dates() {
    let folder = tempfile::tempdir().unwrap();
    let openssl = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let output = Command::new("openssl").args(words).current_dir(folder.path()).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !openssl("version") {
        eprintln!("no OpenSSL here: skipped");
        return;
    }
    write(folder.path(), "app", "an artifact\n");
    assert!(openssl("ecparam -name prime256v1 -genkey -noout -out k"));
    assert!(openssl("req -x509 -new -key k -subj /CN=ci -days 30 -out c.pem"));
    let sum = readiness::crypto::digest::HashAlgorithm::Sha256.digest(b"an artifact\n");
    for (finished, fine) in [("2001-01-01T00:00:00Z", false), ("", true)] {
        // Without a time of its own, now counts: that of the certificate's making.
        let body = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{{"digest":{{"sha256":"{sum}"}}}}],"predicateType":"https://slsa.dev/provenance/v1","predicate":{{"buildDefinition":{{"buildType":"t","externalParameters":{{"a":1}}}},"runDetails":{{"builder":{{"id":"b"}},"metadata":{{"finishedOn":"{finished}"}}}}}}}}"#
        );
        write(
            folder.path(),
            "m",
            readiness::crypto::dsse::pae("application/vnd.in-toto+json", body.as_bytes()),
        );
        assert!(openssl("dgst -sha256 -sign k -out s m"));
        let base64 = |bytes: &[u8]| {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(bytes)
        };
        let signature = base64(&std::fs::read(folder.path().join("s")).unwrap());
        let payload = base64(body.as_bytes());
        write(
            folder.path(),
            "p.json",
            format!(
                r#"{{"payload":"{payload}","payloadType":"application/vnd.in-toto+json","signatures":[{{"sig":"{signature}"}}]}}"#
            ),
        );
        let now = jiff::Timestamp::now().as_second() + 60;
        let arguments =
            ["release", "verify-provenance", "p.json", "--artifact", "app", "--key", "c.pem", "--json", "-"];
        let output = readiness(folder.path(), &arguments, now);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code() == Some(0), fine, "{finished}: {report}");
        assert_eq!(rules(&report), [if fine { "PRV-012" } else { "PRV-011" }]);
    }
}

/// A key set that holds its key itself must not be taken for bare armour, which would lose that the key is revoked.
#[test]
fn a_key_set_keeps_its_conditions() {
    let tree = fixture("PRV-012/bad/key-of-no-builder");
    let pem = std::fs::read_to_string(tree.path().join("release.pub")).unwrap();
    let indented: String = pem.lines().map(|line| format!("      {line}\n")).collect();
    for (revoked, code) in [("true", 2), ("false", 0)] {
        write(
            tree.path(),
            "set.txt",
            format!("keys:\n  - id: a\n    revoked: {revoked}\n    pem: |\n{indented}"),
        );
        let set: PathBuf = "set.txt".into();
        let arguments = [FILE, "--artifact", "app.txt", "--key", set.to_str().unwrap()];
        assert_eq!(verify(tree.path(), &arguments).0, code, "revoked: {revoked}");
    }
}
