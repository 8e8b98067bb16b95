//! What cannot run ends with exit code 4 and says what is wrong, before any request is sent.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use super::server::{Server, slow};
use super::{Ran, perf};
use crate::oracle::alone;
use crate::support::write;

/// Runs a load that must be refused; the message has all of some words.
#[track_caller]
fn refused(folder: &Path, arguments: &[&str], words: &[&str]) -> Ran {
    let ran = perf(folder, arguments);
    ran.exits(4);
    assert!(ran.out.is_empty(), "{}", ran.out);
    for word in words {
        assert!(ran.err.contains(word), "{arguments:?}: no `{word}` in: {}", ran.err);
    }
    ran
}

fn server() -> Server {
    slow(Duration::from_millis(2))
}

#[test]
fn servers_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    refused(folder.path(), &["--url", &url, "-n", "10"], &["refused", &port.to_string()]);
    refused(folder.path(), &["-n", "10"], &["--url"]);
    for url in ["example", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999", "http://a b"] {
        refused(folder.path(), &["--url", url], &["--url", "URL"]);
    }
    let ran = refused(folder.path(), &["--url", "http://me:hunter-2@127.0.0.1:1/x"], &["password"]);
    assert!(!ran.err.contains("hunter-2") && !ran.err.contains("me:"), "{}", ran.err);
    let good = format!("http://127.0.0.1:{port}/");
    let ran = refused(folder.path(), &["--url", &good, "--against", "http://me:hunter-2@h/"], &["--against"]);
    assert!(!ran.err.contains("hunter-2"), "{}", ran.err);
}

#[test]
fn flags_that_make_no_sense() {
    let folder = tempfile::tempdir().unwrap();
    let server = server();
    let url = server.url("/");
    for (flag, value) in [
        ("--threshold", "p95"),
        ("--threshold", "p95=-1%"),
        ("--threshold", "p96=5%"),
        ("--threshold", "p95=NaN"),
        ("--threshold", "floor=fast"),
        ("--label", "build"),
        ("--label", "=1"),
        ("--share", "2/2"),
        ("--share", "half"),
        ("--share", "0/0"),
        ("--steps", "0"),
        ("--steps", "4,2"),
        ("--steps", "a"),
        ("--steps", "20000"),
        ("--start-at", "soon"),
        ("--start-at", "2001-01-01T00:00:00Z"),
        ("--duration", "0"),
        ("--duration", "-1s"),
        ("--duration", "8784h"),
        ("--requests", "0"),
        ("--concurrency", "0"),
        ("--concurrency", "10001"),
        ("--rate", "0"),
        ("--rate", "inf"),
        ("--rate", "NaN"),
        ("--rate", "-5"),
        ("--retries", "11"),
        ("--runs", "0"),
        ("--threads", "0"),
        ("--timeout", "0"),
        ("--expect-header", "no header"),
        ("--max-error-rate", "many"),
        ("--http", "3"),
    ] {
        let flag_value = format!("{flag}={value}");
        refused(folder.path(), &["--url", &url, &flag_value], &[flag.trim_start_matches('-')]);
    }
    refused(folder.path(), &["--url", &url, "--cacert", "missing.pem"], &["missing.pem"]);
    assert!(server.seen().is_empty());
}

#[test]
fn scenarios_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = server();
    let url = server.url("/");
    let config = |name: &str, words: &[&str]| {
        refused(folder.path(), &["--url", &url, "--config", name], words);
    };
    config("missing.yaml", &["missing.yaml"]);
    config(".", &["."]);
    write(folder.path(), "unknown.yaml", "concurrency: 4\nendpoints:\n  - path: /\n    wieght: 3\n");
    config("unknown.yaml", &["unknown.yaml:4:5", "wieght", "weight"]);
    write(folder.path(), "under.yaml", "perf:\n  duration: 30s\n  duratoin: 30s\n");
    config("under.yaml", &["under.yaml:3:3", "duratoin"]);
    write(folder.path(), "data.yaml", "data: rows.csv\nendpoints:\n  - path: /${row.name}\n");
    config("data.yaml", &["data.yaml:1:7", "cannot be read"]);
    write(folder.path(), "variable.yaml", "endpoints:\n  - path: /${env.NOT_SET_HERE}\n");
    config("variable.yaml", &["NOT_SET_HERE"]);
    write(folder.path(), "garbage.yaml", b"\xFF\xFE{{{[");
    config("garbage.yaml", &["garbage.yaml"]);
    // The one of this folder counts without being named.
    write(folder.path(), "readiness.yaml", "perf:\n  concurency: 5\n");
    refused(folder.path(), &["--url", &url], &["readiness.yaml:2:3", "concurency"]);
    assert!(server.seen().is_empty());
}

#[test]
fn reports_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let server = server();
    let url = server.url("/");
    write(folder.path(), "file", "");
    for flag in ["--output", "--json", "--html", "--markdown", "--junit"] {
        for path in ["missing/report", ".", "file/report"] {
            refused(folder.path(), &["--url", &url, "-n", "100", flag, path], &[path]);
        }
    }
    refused(folder.path(), &["--url", &url, "--json", "-", "--html", "-"], &["standard output"]);
    refused(folder.path(), &["--url", &url, "--json", "same", "--html", "same"], &["same"]);
    assert!(server.seen().is_empty());
}

#[test]
fn baselines_that_are_none() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let server = server();
    let url = server.url("/");
    perf(folder.path(), &["--url", &url, "-n", "400", "-c", "4", "--json", "good.json"]).exits(0);
    let good = std::fs::read_to_string(folder.path().join("good.json")).unwrap();
    let before = server.seen().len();

    let mut files: Vec<(&str, String)> = vec![
        ("empty.json", String::new()),
        ("garbage.json", "\u{0}\u{1b}[31mred".to_owned()),
        ("truncated.json", good[..good.len() / 2].to_owned()),
        ("deep.json", "[".repeat(100_000)),
        ("array.json", "[]".to_owned()),
        ("form.json", good.replacen("\"schema\": 1", "\"schema\": 99", 1)),
        ("huge.json", good.replacen("\"ok\": 400", "\"ok\": 99999999999999999999999", 1)),
        ("infinite.json", good.replacen("\"ok\": 400", "\"ok\": 1e999", 1)),
        ("negative.json", good.replacen("\"ok\": 400", "\"ok\": -1", 1)),
    ];
    let altered = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value: serde_json::Value = serde_json::from_str(&good).unwrap();
        change(&mut value);
        value.to_string()
    };
    files.push((
        "details.json",
        altered(&|value| {
            value.as_object_mut().unwrap().remove("details");
        }),
    ));
    files.push((
        "histogram.json",
        altered(&|value| {
            value["details"]["runs"][0]["endpoints"][0]["service"] = "AAAA".into();
            for block in value["details"]["runs"][0]["endpoints"][0]["blocks"].as_array_mut().unwrap() {
                block["histogram"] = "AAAA".into();
            }
        }),
    ));
    for (name, text) in &files {
        assert_ne!(text, &good, "{name} is changed");
        write(folder.path(), name, text);
    }
    write(folder.path(), "tree/a.txt", "nothing");
    let audit =
        crate::support::readiness(folder.path(), &["audit", "tree", "--json", "audit.json"], 1_800_000_000);
    assert!(folder.path().join("audit.json").exists(), "{audit:?}");
    perf(folder.path(), &["exec", "--command", "true", "--runs", "5", "--json", "exec.json"]);
    assert!(folder.path().join("exec.json").exists());

    let names = files.iter().map(|(name, _)| *name);
    for name in names.chain(["missing.json", "tree", "audit.json", "exec.json"]) {
        let load = ["--url", &url, "-n", "400", "-c", "4", "--runs", "1", "--baseline", name];
        let ran = refused(folder.path(), &load, &[name]);
        assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
        refused(folder.path(), &["compare", name, "good.json"], &[name]);
        refused(folder.path(), &["compare", "good.json", name], &[name]);
        refused(folder.path(), &["merge", "good.json", name], &[name]);
    }
    assert_eq!(server.seen().len(), before, "no load was made for a baseline that is none");
}
