//! `readiness release trail`: the record as it is shown and verified, and that it changes no audit.

use super::support::{NOW, readiness, write};

fn run(folder: &std::path::Path, arguments: &[&str]) -> (i32, String, String) {
    let made = readiness(folder, &[&["release", "trail"], arguments].concat(), NOW);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (made.status.code().unwrap(), text(made.stdout), text(made.stderr))
}

/// A folder with three records of gates over something that is no release.
fn recorded() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["one", "two", "three\u{1b}[31m"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        assert!(
            readiness(folder.path(), &["release", "gate", name, "--verbose"], NOW).status.code() < Some(4)
        );
    }
    folder
}

#[test]
fn the_record_is_shown_and_verified() {
    let folder = recorded();
    let (code, shown, _) = run(folder.path(), &[]);
    assert_eq!(code, 0);
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 4, "{shown}");
    assert!(
        lines[0].starts_with("#  time") && lines[3].starts_with("3  2026-06-15T12:00:00Z  gate"),
        "{shown}"
    );
    assert!(lines[3].contains("three\\x1b[31m") && !shown.contains('\u{1b}'), "{shown:?}");

    let (code, json, _) = run(folder.path(), &["--verify", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, report["verdict"]["decision"].as_str()), (0, Some("ready")));
    let head = json.split("\"head\": \"").nth(1).unwrap()[..64].to_owned();
    let last = shell(folder.path(), "tail -n 1 .readiness/trail.jsonl | tr -d '\\n' | sha256sum");
    assert_eq!(last[..64], head);
    assert_eq!(run(folder.path(), &["--verify", "--head", &head.to_uppercase()]).0, 0);
    let first = shell(folder.path(), "head -n 1 .readiness/trail.jsonl | tr -d '\\n' | sha256sum");
    assert_eq!(run(folder.path(), &["--verify", "--head", &first[..64]]).0, 0);
    assert_eq!(run(folder.path(), &["--verify", "--head", &"0".repeat(64)]).0, 2);
    assert_eq!(run(folder.path(), &["--verify", "--head", "abc"]).0, 4);
}

fn shell(folder: &std::path::Path, line: &str) -> String {
    let made = std::process::Command::new("sh").args(["-c", line]).current_dir(folder).output().unwrap();
    String::from_utf8(made.stdout).unwrap()
}

#[test]
fn a_change_is_told_with_its_code() {
    let folder = recorded();
    let trail = folder.path().join(".readiness/trail.jsonl");
    let whole = std::fs::read_to_string(&trail).unwrap();
    write(folder.path(), ".readiness/trail.jsonl", whole.replacen("gate", "none", 1));
    let (code, _, said) = run(folder.path(), &[]);
    assert!(code == 2 && said.contains("REL-040"), "shown, it is told as well: {said}");
    let (code, shown, _) = run(folder.path(), &["--verify"]);
    assert!(code == 2 && shown.contains("Record 2 does not follow from record 1"), "{shown}");
    write(folder.path(), ".readiness/trail.jsonl", format!("{whole}{{"));
    let (code, shown, _) = run(folder.path(), &["--verify", "--all"]);
    assert!(code == 0 && shown.contains("REL-042"), "a crash changes no record: {shown}");
    let (code, _, _) = run(folder.path(), &["--verify", "absent.jsonl"]);
    assert_eq!(code, 3, "nothing to verify is no pass");
}

#[test]
fn the_trail_of_a_tree_changes_no_audit() {
    let folder = recorded();
    write(folder.path(), "app.py", "print('hello')\n");
    let audit = || readiness(folder.path(), &["audit", "--deep", "--format", "json"], NOW);
    let with = audit();
    assert!(String::from_utf8_lossy(&with.stdout).contains("\"tree_digest\""));
    std::fs::remove_dir_all(folder.path().join(".readiness")).unwrap();
    let without = audit();
    assert_eq!(with.status.code(), without.status.code());
    assert_eq!(String::from_utf8(with.stdout), String::from_utf8(without.stdout));
}
