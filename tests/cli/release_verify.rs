//! `readiness release verify` as a whole: the program itself over a directory, with keys in files and nothing else.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::release_made::{FULL, Files, OURS, Recipe, SECRET, SMALL, THEIRS, draft, made, write_all};
use super::support::{NOW, readiness, write};

/// A folder with `release` and the keys beside it.
fn place(files: &Files) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_all(&folder.path().join("release"), files);
    write(folder.path(), "signing.pub", &OURS.public);
    write(folder.path(), "other.pub", &THEIRS.public);
    write(folder.path(), "encryption.key", SECRET);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = fs::Permissions::from_mode(0o600);
        fs::set_permissions(folder.path().join("encryption.key"), private).unwrap();
    }
    folder
}

fn verify(folder: &Path, more: &[&str]) -> Output {
    let arguments = [&["release", "verify", "release", "--no-trail"], more].concat();
    readiness(folder, &arguments, NOW)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const KEYS: [&str; 4] = ["--key", "signing.pub", "--encryption-key", "encryption.key"];

#[test]
fn a_release_as_it_was_made_is_ready() {
    let folder = place(&made(FULL));
    let done = verify(folder.path(), &KEYS);
    let out = text(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{out}{}", text(&done.stderr));
    for word in ["acme 1.2.3", "READY", "digests", "14 of 14", "15 of 15", "1 of 1", "signing.pub"] {
        assert!(out.contains(word), "{word}: {out}");
    }
    assert!(out.contains(&OURS.fingerprint), "the fingerprint is there whole: {out}");
    // Nothing was left behind, and nothing is taken from here: neither a configuration nor another key.
    write(folder.path(), "readiness.yaml", "gate: {optional: [release], fail_on: critical}\n");
    assert_eq!(verify(folder.path(), &[]).status.code(), Some(3));
    assert!(!folder.path().join(".readiness").exists());
}

#[test]
fn without_a_key_nothing_is_ready_and_what_is_broken_is_said() {
    let mut files = made(FULL);
    let folder = place(&files);
    let done = verify(folder.path(), &[]);
    let out = text(&done.stdout);
    assert_eq!(done.status.code(), Some(3), "{out}");
    assert!(out.contains("INCOMPLETE") && out.contains("--key signing.pub"), "{out}");
    files.get_mut("artifacts/app.tar").unwrap()[5] ^= 1;
    let folder = place(&files);
    let done = verify(folder.path(), &[]);
    assert_eq!(done.status.code(), Some(2), "{}", text(&done.stdout));
    assert!(text(&done.stdout).contains("REL-001"));
}

#[test]
fn a_signed_release_of_nothing_is_not_ready() {
    let mut draft = draft(SMALL);
    draft.files.clear();
    draft.artifacts.clear();
    let manifest = draft.manifest();
    let folder = place(&draft.finish(&manifest));
    let done = verify(folder.path(), &KEYS);
    let out = text(&done.stdout);
    assert_eq!(done.status.code(), Some(2), "{out}");
    assert!(out.contains("REL-007") && out.contains("no artifact"), "{out}");
}

#[test]
fn what_was_left_out_counts_under_strict() {
    let folder = place(&made(FULL));
    let done = verify(folder.path(), &["--key", "signing.pub"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stdout));
    let done = verify(folder.path(), &["--key", "signing.pub", "--strict"]);
    let out = text(&done.stdout);
    assert_eq!(done.status.code(), Some(3), "{out}");
    assert!(out.contains("not decrypted: no key"), "{out}");
    assert_eq!(verify(folder.path(), &[&KEYS[..], &["--strict"]].concat()).status.code(), Some(0));
}

#[test]
fn the_wrong_key_is_one_finding_that_says_so() {
    let folder = place(&made(FULL));
    let done = verify(folder.path(), &["--key", "other.pub"]);
    let out = text(&done.stdout);
    assert_eq!(done.status.code(), Some(2), "{out}");
    assert_eq!(out.matches("REL-004").count(), 1, "{out}");
    assert!(out.contains("other.pub") && out.contains("see that the key is the right one"), "{out}");
    // Both together are fine: one of them signed.
    let done = verify(folder.path(), &["--key", "other.pub", "--key", "signing.pub"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stdout));
}

#[test]
fn a_release_without_signatures_does_not_pass_whatever_the_threshold() {
    let folder = place(&made(Recipe { signed: false, ..FULL }));
    for threshold in ["high", "critical"] {
        let done = verify(folder.path(), &["--key", "signing.pub", "--fail-on", threshold]);
        assert_eq!(done.status.code(), Some(2), "{}", text(&done.stdout));
    }
    assert_eq!(verify(folder.path(), &[]).status.code(), Some(1));
}

#[test]
fn a_key_set_judges_by_the_time_of_signing() {
    let folder = place(&made(FULL));
    let pem: String = OURS.public.lines().map(|line| format!("      {line}\n")).collect();
    for (conditions, code) in [
        ("not_before: 2026-06-15\n    not_after: 2026-06-15", 0),
        ("not_after: 2026-06-14", 2),
        ("not_before: 2026-06-16", 2),
        ("revoked: true", 2),
        ("salt: digest", 0),
    ] {
        let set = format!("keys:\n  - id: release-2026\n    {conditions}\n    pem: |\n{pem}");
        write(folder.path(), "keys.yaml", set);
        let done = verify(folder.path(), &["--key", "keys.yaml"]);
        let out = text(&done.stdout);
        assert_eq!(done.status.code(), Some(code), "{conditions}: {out}{}", text(&done.stderr));
        assert!(
            out.contains("release-2026") && out.contains("REL-006") == (code == 2),
            "{conditions}: {out}"
        );
    }
}

#[test]
fn the_report_reads_in_every_form() {
    let mut files = made(FULL);
    files.insert("artifacts/extra".to_owned(), b"x".to_vec());
    let folder = place(&files);
    let more = ["--output-json", "report.json", "--output-md", "report.md"];
    let done = verify(folder.path(), &[&KEYS[..], &more].concat());
    assert_eq!(done.status.code(), Some(2), "{}", text(&done.stderr));
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    let details = report["details"].as_object().unwrap();
    assert!(
        details.values().any(|value| value == "1.2.3") || report["details"].to_string().contains("1.2.3")
    );
    let finding = &report["checks"][0]["findings"][0];
    assert_eq!(
        (finding["rule"].as_str(), finding["location"]["path"].as_str()),
        (Some("REL-003"), Some("artifacts/extra"))
    );
    assert_eq!(report["subject"]["commit"], "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c");
    let command = report["tool"]["invocation"]["arguments"].as_array().unwrap();
    assert!(command.iter().any(|word| word == "signing.pub") && !report.to_string().contains(SECRET));
    let markdown = fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(markdown.contains("artifacts/extra") && markdown.contains("acme 1.2.3"), "{markdown}");
}

#[test]
fn keys_in_the_release_itself_are_refused() {
    let folder = place(&made(FULL));
    write(folder.path(), "release/signing.pub", &OURS.public);
    #[cfg(unix)]
    std::os::unix::fs::symlink("release/signing.pub", folder.path().join("linked.pub")).unwrap();
    for key in ["release/signing.pub", "linked.pub"] {
        let done = verify(folder.path(), &["--key", key]);
        assert_eq!(done.status.code(), Some(4), "{}", text(&done.stdout));
        assert!(text(&done.stderr).contains("lies in the release"), "{}", text(&done.stderr));
    }
}

#[test]
fn what_cannot_be_run_is_code_4() {
    let folder = place(&made(FULL));
    for arguments in [
        &["release", "verify", "nowhere", "--no-trail"][..],
        &["release", "verify", "signing.pub", "--no-trail"],
        &["release", "verify", "release", "--no-trail", "--key", "absent.pub"],
        &["release", "verify", "release", "--no-trail", "--key", "encryption.key"],
        &["release", "verify", "release", "--no-trail", "--encryption-key", "signing.pub"],
        &["release", "verify"],
    ] {
        let done = readiness(folder.path(), arguments, NOW);
        assert_eq!(done.status.code(), Some(4), "{arguments:?}: {}", text(&done.stdout));
    }
}

#[test]
fn hostile_directories_end_soon_and_drive_no_terminal() {
    // Nothing in it.
    let folder = place(&Files::new());
    fs::create_dir(folder.path().join("release")).unwrap();
    let done = verify(folder.path(), &KEYS);
    assert_eq!(done.status.code(), Some(2), "{}", text(&done.stdout));
    // Lists that are huge: sparse files of 100 MB cost nothing to make.
    let folder = place(&made(FULL));
    for list in ["manifest.json", "SHA256SUMS"] {
        let file = fs::File::options().write(true).open(folder.path().join("release").join(list)).unwrap();
        file.set_len(100 << 20).unwrap();
    }
    let done = verify(folder.path(), &KEYS);
    let out = text(&done.stdout);
    assert_eq!(done.status.code(), Some(2), "{out}");
    assert!(out.contains("Larger than 16777216 bytes"), "{out}");
    // Names that are escapes.
    let mut files = made(FULL);
    files.insert("artifacts/\u{1b}[2J\u{1b}]0;owned\u{7}".to_owned(), b"x".to_vec());
    files.insert("artifacts/a\n::error::b".to_owned(), b"x".to_vec());
    let folder = place(&files);
    for format in ["terminal", "markdown", "github", "html"] {
        let done = verify(folder.path(), &[&KEYS[..], &["--format", format]].concat());
        let out = text(&done.stdout);
        assert!(!out.contains('\u{1b}') && !out.contains('\u{7}') && !out.contains("\n::error::b"), "{out}");
        assert!(out.contains("REL-003"), "{format}: {out}");
    }
}

#[test]
fn more_files_than_any_release_has_are_not_read() {
    let folder = place(&Files::new());
    let release = folder.path().join("release");
    fs::create_dir(&release).unwrap();
    let first = release.join("0");
    write(&release, "0", b"");
    for number in 1..=60_000 {
        // Another name for the same file is made faster than another file; some systems allow fewer of them.
        let name = release.join(number.to_string());
        if fs::hard_link(&first, &name).is_err() {
            write(&release, &number.to_string(), b"");
        }
    }
    let done = verify(folder.path(), &KEYS);
    let out = text(&done.stdout);
    assert_eq!(done.status.code(), Some(2), "{out}");
    assert!(out.contains("More than 60000 files and folders"), "{out}");
}

#[test]
fn lists_that_are_neither_text_nor_json_are_findings() {
    for (list, bytes) in [
        ("manifest.json", &b"{"[..]),
        ("manifest.json", b"\xff\xfe\0"),
        ("manifest.json", b"[[[[[[[["),
        ("SHA256SUMS", b"\xff\xff\n"),
        ("SHA256SUMS", b""),
        ("SHA256SUMS", b"\n\n# comment\n"),
    ] {
        let mut files = made(FULL);
        files.insert(list.to_owned(), bytes.to_vec());
        let done = verify(place(&files).path(), &KEYS);
        let out = text(&done.stdout);
        assert_eq!(done.status.code(), Some(2), "{out}");
        assert!(out.contains("REL-007") && out.contains(list), "{list}: {out}");
    }
}
