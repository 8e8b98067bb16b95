//! Measurements that are not to be trusted end with exit code 3, and say why.

use std::path::Path;
use std::time::{Duration, Instant};

use readiness::report::{Decision, DoubtKind, Perf};
use rustix::process::{Pid, Signal, kill_process};

use super::server::{Server, ok, serve, slow};
use super::{Ran, load, perf, report, start};
use crate::oracle::alone;

fn doubts(perf: &Perf) -> Vec<DoubtKind> {
    perf.doubts.iter().map(|doubt| doubt.kind).collect()
}

#[test]
fn a_header_that_is_missing_means_another_server() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = serve(|_| {
        std::thread::sleep(Duration::from_millis(2));
        ok().header("x-build: 7")
    });
    let url = server.url("/");
    let arguments = ["--url", &url, "-n", "120", "-c", "4", "--json", "report.json"];
    for (header, code) in [("x-build=7", 0), ("x-build", 0), ("x-build=8", 3), ("x-other", 3)] {
        let ran = perf(folder.path(), &[&arguments[..], &["--expect-header", header]].concat());
        ran.exits(code);
        let other = doubts(&load(folder.path(), "report.json")).contains(&DoubtKind::OtherTarget);
        assert_eq!(other, code == 3, "{header}");
    }
}

#[test]
fn a_rate_that_cannot_be_sent_is_no_measurement() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(Duration::from_millis(20));
    let url = server.url("/");
    let arguments =
        ["--url", &url, "-r", "400", "-c", "4", "-d", "1s", "--warm-up", "0s", "--json", "report.json"];
    let ran = perf(folder.path(), &arguments);
    ran.exits(3);
    assert_eq!(report(folder.path(), "report.json").verdict.decision, Decision::Incomplete);
    let perf = load(folder.path(), "report.json");
    assert!(doubts(&perf).contains(&DoubtKind::RateMissed), "{:?}", perf.doubts);
    // Four answers at most in 20 ms: 200 of 400.
    assert!(perf.total.counts.dropped >= 150, "{:?}", perf.total.counts);
    assert!(ran.out.contains("were sent"), "{}", ran.out);
}

#[test]
fn too_few_answers_say_nothing() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(Duration::from_millis(1));
    let url = server.url("/");
    let arguments = ["--url", &url, "-c", "4", "--json", "report.json"];
    let few = perf(folder.path(), &[&arguments[..], &["-n", "99"]].concat());
    few.exits(3);
    assert!(few.out.contains("good answers in all"), "{}", few.out);
    assert!(doubts(&load(folder.path(), "report.json")).contains(&DoubtKind::TooFew));
    perf(folder.path(), &[&arguments[..], &["-n", "100"]].concat()).exits(0);
}

/// Loads for a long time and presses Ctrl-C once the server was asked so often.
fn interrupted(folder: &Path, server: &Server, after: usize, more: &[&str]) -> (Ran, Duration) {
    let url = server.url("/");
    let usual = ["--url", &url, "--json", "report.json", "--markdown", "report.md", "-c", "2"];
    let child = start(folder, &[&usual[..], more].concat(), &[]);
    server.wait_for(after);
    let pressed = Instant::now();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    (ran, pressed.elapsed())
}

/// Far under the length of the loads, far over what a busy machine needs.
const SOON: Duration = Duration::from_secs(8);

#[test]
fn ctrl_c_ends_with_a_report() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(Duration::from_millis(2));
    let (ran, took) = interrupted(folder.path(), &server, 300, &["-d", "20s", "--warm-up", "0s"]);
    ran.exits(3);
    assert!(took < SOON, "{took:?}");
    let perf = load(folder.path(), "report.json");
    assert!(perf.aborted && doubts(&perf).contains(&DoubtKind::Aborted), "{:?}", perf.doubts);
    // One request came before the load, two may be under way.
    assert!(perf.total.counts.ok >= 297, "{:?}", perf.total.counts);
    assert!(folder.path().join("report.md").exists());
    assert!(ran.out.contains("ended early"), "{}", ran.out);
}

#[test]
fn ctrl_c_is_heard_while_nothing_answers() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = serve(|asked| {
        if asked.number > 0 {
            std::thread::sleep(Duration::from_secs(10));
        }
        ok()
    });
    let (ran, took) = interrupted(folder.path(), &server, 3, &["-d", "20s"]);
    ran.exits(3);
    assert!(took < SOON, "{took:?}");
    assert!(load(folder.path(), "report.json").aborted);
}

#[test]
fn ctrl_c_is_heard_before_the_load_begins_and_between_runs() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(Duration::from_millis(2));
    let (ran, took) =
        interrupted(folder.path(), &server, 300, &["-d", "20s", "--runs", "5", "--warm-up", "19s"]);
    ran.exits(3);
    assert!(took < SOON, "{took:?}");
    let perf = load(folder.path(), "report.json");
    assert!(perf.aborted);
    assert_eq!((perf.runs.len(), perf.total.counts.ok), (1, 0));
}
