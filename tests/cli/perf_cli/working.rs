//! Loads that go well, what of them is written, and what never is.

use std::time::Duration;

use readiness::report::{Decision, Headline};

use super::server::{Server, ok, serve, slow, status};
use super::{Ran, everything, load, perf, report, start};
use crate::oracle::alone;
use crate::oracle::load::attempts;
use crate::support::write;

const MILLISECOND: Duration = Duration::from_millis(1);

/// Requests that the server saw beside the one before the load.
fn under_load(server: &Server) -> u64 {
    server.seen().len() as u64 - 1
}

#[test]
fn a_closed_loop_counts_what_the_server_counts() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(2 * MILLISECOND);
    let url = server.url("/shop?key=hidden-query");
    let arguments = ["--url", &url, "-n", "400", "-c", "4", "--output-json", "report.json"];
    let ran = perf(folder.path(), &arguments);
    ran.exits(0);
    assert_eq!(under_load(&server), 400);
    let whole = report(folder.path(), "report.json");
    assert_eq!(whole.verdict.decision, Decision::Ready);
    assert_eq!(whole.subject.name, server.url("/shop"));
    let text = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["details"]["kind"], "perf");
    let perf = load(folder.path(), "report.json");
    assert_eq!((perf.total.counts.ok, perf.total.counts.errors()), (400, 0));
    assert_eq!(perf.headline, Headline::ServiceTime);
    assert_eq!((perf.load.concurrency, perf.load.requests), (4, Some(400)));
    assert_eq!(perf.target.address, server.address.to_string());
    assert!(perf.total.service.min >= 2_000_000, "{:?}", perf.total.service);
    assert!(perf.doubts.is_empty() && !perf.aborted);
    // The query goes to the server and stands nowhere.
    assert!(server.seen().iter().all(|asked| asked.path == "/shop?key=hidden-query"));
    for (place, text) in everything(folder.path(), &ran) {
        assert!(!text.contains("hidden-query"), "{place}");
    }
}

#[test]
fn a_time_is_kept_and_what_is_outside_it_is_counted_apart() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(2 * MILLISECOND);
    let url = server.url("/");
    let arguments = ["--url", &url, "-d", "500ms", "--warm-up", "200ms", "-c", "4", "--json", "report.json"];
    perf(folder.path(), &arguments).exits(0);
    let perf = load(folder.path(), "report.json");
    let counts = &perf.total.counts;
    assert_eq!(attempts(counts), under_load(&server), "{counts:?}");
    assert!(counts.warm_up > 0, "{counts:?}");
    assert_eq!((perf.load.duration_ns, perf.load.warm_up_ns), (500_000_000, 200_000_000));
}

#[test]
fn a_rate_is_kept() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(MILLISECOND);
    let url = server.url("/");
    let arguments = ["--url", &url, "-r", "200", "-d", "1s", "--warm-up", "0s", "--json", "report.json"];
    perf(folder.path(), &arguments).exits(0);
    let perf = load(folder.path(), "report.json");
    assert_eq!(perf.headline, Headline::ResponseTime);
    assert!(perf.total.response.is_some());
    let counts = &perf.total.counts;
    assert_eq!(attempts(counts), under_load(&server), "{counts:?}");
    // 200 are due in the second from 0 on.
    assert!((199..=201).contains(&(counts.ok + counts.aborted)), "{counts:?}");
    let kept = perf.runs[0].rate.as_ref().unwrap();
    assert!((kept.offered - 200.0).abs() < 2.5, "{kept:?}");
}

/// Runs a load with all reports and nothing kept back, with a token in the environment.
fn with_everything(folder: &std::path::Path, more: &[&str], environment: &[(&str, &str)]) -> Ran {
    let all = [
        "--verbose",
        "--all",
        "-n",
        "120",
        "-c",
        "4",
        "--json",
        "report.json",
        "--html",
        "report.html",
        "--markdown",
        "report.md",
        "--junit",
        "report.xml",
    ];
    let ran = start(folder, &[more, &all].concat(), environment).wait_with_output().unwrap();
    Ran::of(ran)
}

#[test]
fn a_token_of_the_environment_reaches_the_server_and_nobody_else() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(2 * MILLISECOND);
    let url = server.url("/");
    let ran = with_everything(
        folder.path(),
        &["--url", &url],
        &[("READINESS_AUTH_TOKEN", "tok-4711-very-private")],
    );
    ran.exits(0);
    let seen = server.seen();
    assert_eq!(seen.len(), 121);
    for asked in &seen {
        let line = asked.head.lines().find(|line| line.to_ascii_lowercase().starts_with("authorization:"));
        let (_, value) = line.unwrap().split_once(':').unwrap();
        assert_eq!(value.trim(), "Bearer tok-4711-very-private");
    }
    let all = everything(folder.path(), &ran);
    assert_eq!(all.len(), 6, "stdout, stderr and four reports");
    for (place, text) in all {
        assert!(!text.is_empty() && !text.contains("very-private"), "{place}: {text}");
    }
}

#[test]
fn the_token_of_a_login_reaches_the_server_and_nobody_else() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = serve(|asked| {
        if asked.path == "/login" {
            return ok().body(r#"{"access": {"token": "jwt-0815-very-private"}}"#);
        }
        std::thread::sleep(2 * MILLISECOND);
        let right = asked.head.contains("Bearer jwt-0815-very-private");
        if right { ok() } else { status(401) }
    });
    let scenario = "\
login:
  method: POST
  path: /login
  json: {user: me, password: '${env.PERF_PASSWORD}'}
  token: /access/token
endpoints:
  - path: /orders
    headers: {authorization: 'Bearer ${token}'}
";
    write(folder.path(), "shop.yaml", scenario);
    let url = server.url("");
    let ran = with_everything(
        folder.path(),
        &["--url", &url, "--config", "shop.yaml"],
        &[("PERF_PASSWORD", "pass-2342-very-private")],
    );
    ran.exits(0);
    let seen = server.seen();
    assert_eq!(seen.iter().filter(|asked| asked.path == "/login").count(), 1);
    assert_eq!(load(folder.path(), "report.json").total.counts.ok, 120);
    for (place, text) in everything(folder.path(), &ran) {
        assert!(!text.contains("very-private"), "{place}: {text}");
    }
}

#[test]
fn retries_are_counted_apart_and_make_no_percentile_better() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let tried = std::sync::Mutex::new(std::collections::BTreeSet::new());
    let server = serve(move |asked| {
        let first = tried.lock().unwrap().insert(asked.path.clone());
        if first && asked.number > 0 { status(503) } else { ok() }
    });
    write(folder.path(), "jobs.yaml", "endpoints:\n  - path: /job/${counter}\n    name: job\n");
    let url = server.url("");
    let arguments = ["--url", &url, "--config", "jobs.yaml", "-n", "120", "-c", "8"];
    let with = [&arguments[..], &["--retries", "3", "--json", "report.json"]].concat();
    perf(folder.path(), &with).exits(0);
    let perf_with = load(folder.path(), "report.json");
    let counts = &perf_with.total.counts;
    assert_eq!((counts.ok, counts.errors()), (120, 0));
    // The request before the load was number 0 already, so that this one goes well at once.
    assert_eq!(counts.retries, 119);
    assert_eq!(under_load(&server), 239);
    let service = &perf_with.total.service;
    assert!(service.p50 >= 100_000_000, "the pause of 100 ms is part of it: {service:?}");
}

#[test]
fn without_retries_the_same_server_fails() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = serve(|asked| {
        std::thread::sleep(2 * MILLISECOND);
        if asked.number % 2 == 1 { status(503) } else { ok() }
    });
    let url = server.url("/");
    perf(folder.path(), &["--url", &url, "-n", "240", "-c", "4", "--json", "report.json"]).exits(1);
    let counts = load(folder.path(), "report.json").total.counts;
    assert_eq!((counts.ok, counts.errors(), counts.retries), (120, 120, 0));
}

#[test]
fn every_form_of_report_can_be_written() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = serve(|asked| {
        std::thread::sleep(2 * MILLISECOND);
        if asked.number % 5 == 4 { status(500) } else { ok() }
    });
    let url = server.url("/");
    for (format, begins, has) in [
        ("terminal", "", "PRF-001"),
        ("json", "{", "PRF-001"),
        ("markdown", "", "PRF-001"),
        ("html", "<!", "<svg"),
        ("sarif", "{", "PRF-001"),
        ("junit", "<?xml", "PRF-001"),
        ("github", "", "PRF-001"),
    ] {
        let ran = perf(folder.path(), &["--url", &url, "-n", "200", "-c", "4", "--format", format]);
        ran.exits(1);
        assert!(ran.out.starts_with(begins) && ran.out.contains(has), "{format}: {}", ran.out);
        if ["json", "sarif"].contains(&format) {
            serde_json::from_str::<serde_json::Value>(&ran.out).unwrap();
        }
    }
}
