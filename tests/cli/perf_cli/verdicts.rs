//! Verdicts: errors, objectives, regressions, conditions, saturation.

use std::path::Path;
use std::time::Duration;

use readiness::report::{LoadStep, Metric, Outcome};

use super::server::{capacity, ok, serve, slow, status};
use super::{load, perf, report, rules};
use crate::oracle::alone;
use crate::support::write;

const MILLISECOND: Duration = Duration::from_millis(1);

#[test]
fn errors_over_the_limit_are_a_finding() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = serve(|asked| {
        std::thread::sleep(MILLISECOND);
        if asked.number % 10 == 9 { status(500) } else { ok() }
    });
    let url = server.url("/");
    let arguments = ["--url", &url, "-n", "400", "-c", "4", "--json", "report.json"];
    perf(folder.path(), &arguments).exits(1);
    assert_eq!(rules(&report(folder.path(), "report.json")), ["PRF-001"]);
    assert_eq!(load(folder.path(), "report.json").total.counts.errors(), 40);
    perf(folder.path(), &[&arguments[..], &["--max-error-rate", "11%"]].concat()).exits(0);
}

#[test]
fn nothing_that_works_is_critical() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = serve(|_| status(500));
    let url = server.url("/");
    perf(folder.path(), &["--url", &url, "-n", "50", "-c", "2", "--json", "report.json"]).exits(2);
    assert_eq!(rules(&report(folder.path(), "report.json")), ["PRF-001"]);
}

#[test]
fn objectives_that_are_missed_are_findings() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(5 * MILLISECOND);
    let url = server.url("/");
    let judged = |name: &str, text: &str, code: i32| {
        write(folder.path(), name, text);
        let arguments = ["--url", &url, "-n", "200", "-c", "4", "--config", name, "--json", "report.json"];
        perf(folder.path(), &arguments).exits(code);
        let report = report(folder.path(), "report.json");
        let expected: &[&str] = if code == 1 { &["PRF-002"] } else { &[] };
        assert_eq!(rules(&report), expected, "{name}");
    };
    judged("missed.yaml", "objectives: {p95: 4ms}\n", 1);
    judged("met.yaml", "objectives: {p95: 10s, throughput: 1}\n", 0);
    // Four at a time, 5 ms each: 800 a second at the most.
    judged("throughput.yaml", "objectives: {throughput: 1000}\n", 1);
    judged("endpoint.yaml", "endpoints:\n  - path: /\n    objectives: {p95: 4ms}\n", 1);
    judged("wider.yaml", "objectives: {p95: 4ms}\nendpoints:\n  - path: /\n    objectives: {p95: 10s}\n", 0);
}

/// A load of five short runs.
const RUNS: [&str; 8] = ["-c", "4", "-d", "400ms", "--warm-up", "50ms", "--runs", "5"];

#[track_caller]
fn outcome(folder: &Path, name: &str, metric: Metric) -> Outcome {
    let comparison = load(folder, name).comparison.unwrap();
    assert_eq!(comparison.incomparable, [""; 0]);
    comparison.metrics.iter().find(|verdict| verdict.metric == metric).unwrap().verdict
}

#[test]
fn a_slower_build_is_found_in_all_ways() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let (quick, late) = (slow(4 * MILLISECOND), slow(10 * MILLISECOND));
    let (quick_url, late_url) = (quick.url("/"), late.url("/"));
    let folder = folder.path();
    let found = |more: &[&str]| {
        perf(folder, more).exits(1);
        let report = report(folder, "report.json");
        let rules = rules(&report);
        assert!(rules.contains(&"PRF-010") && rules.contains(&"PRF-012"), "{rules:?}");
        assert_eq!(outcome(folder, "report.json", Metric::P95), Outcome::Fail);
        load(folder, "report.json").comparison.unwrap()
    };

    let pair = ["--url", &late_url, "--against", &quick_url, "--json", "report.json"];
    let comparison = found(&[&RUNS[..], &pair].concat());
    assert!(comparison.interleaved);
    assert_eq!(comparison.baseline, quick_url);

    perf(folder, &[&RUNS[..], &["--url", &quick_url, "--json", "quick.json"]].concat()).exits(0);
    let later = ["--url", &late_url, "--baseline", "quick.json", "--json", "report.json"];
    let comparison = found(&[&RUNS[..], &later].concat());
    assert!(!comparison.interleaved);
    assert_eq!(comparison.baseline, "quick.json");
    std::fs::copy(folder.join("report.json"), folder.join("late.json")).unwrap();

    found(&["compare", "quick.json", "late.json", "--json", "report.json"]);
    // 10 ms after 4 ms are 150 % more: under a limit of 900 % and a drop of 95 % that is no regression.
    let wide = ["--threshold", "p95=900%", "--threshold", "p99=900%", "--threshold", "throughput=95%"];
    let ran =
        perf(folder, &[&["compare", "quick.json", "late.json", "--json", "report.json"], &wide[..]].concat());
    assert_ne!(ran.code, Some(1), "{}", ran.out);
    // The other way round it is quicker, and the same is the same.
    for pair in [["late.json", "quick.json"], ["quick.json", "quick.json"]] {
        let ran = perf(folder, &[&["compare"], &pair[..]].concat());
        assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.out);
    }
}

#[test]
fn equal_builds_are_no_regression() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(8 * MILLISECOND);
    let url = server.url("/");
    // A busy machine moves percentiles by more than a tenth; what is proven here is not how often.
    let wide = ["--threshold", "p95=100%", "--threshold", "throughput=50%", "--json", "report.json"];
    let ran = perf(folder.path(), &[&RUNS[..], &["--url", &url, "--against", &url], &wide].concat());
    assert!(matches!(ran.code, Some(0 | 3)), "{:?} {}", ran.code, ran.out);
    let perf = load(folder.path(), "report.json");
    assert_eq!(perf.runs.len(), 5);
    assert!(perf.comparison.unwrap().metrics.iter().all(|verdict| verdict.verdict != Outcome::Fail));
}

#[test]
fn only_what_is_alike_is_compared() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = slow(2 * MILLISECOND);
    let url = server.url("/");
    let folder = folder.path();
    let measured = |name: &str, connections: &str, label: &str| {
        perf(folder, &["--url", &url, "-n", "400", "-c", connections, "--label", label, "--json", name])
            .exits(0);
    };
    measured("off.json", "4", "encryption=off");
    measured("on.json", "4", "encryption=on");
    measured("more.json", "8", "encryption=off");
    let compared = |other: &str, more: &[&str]| {
        let ran = perf(folder, &[&["compare", "off.json", other, "--json", "report.json"], more].concat());
        (ran.code, load(folder, "report.json").comparison.unwrap())
    };
    let (code, comparison) = compared("on.json", &[]);
    assert_eq!(code, Some(3));
    assert!(comparison.incomparable.iter().any(|why| why.contains("encryption")), "{comparison:?}");
    assert!(comparison.metrics.iter().all(|verdict| verdict.verdict == Outcome::Incomparable));
    let (_, comparison) = compared("on.json", &["--vary", "encryption"]);
    assert_eq!(comparison.incomparable, [""; 0]);
    let (code, comparison) = compared("on.json", &["--vary", "build"]);
    assert_eq!((code, comparison.incomparable.len()), (Some(3), 1));
    let (code, comparison) = compared("more.json", &[]);
    assert_eq!((code, comparison.incomparable.len()), (Some(3), 1), "{comparison:?}");
    // The same, as a baseline of a load.
    let again = ["--url", &url, "-n", "400", "-c", "8", "--runs", "1", "--label", "encryption=off"];
    let ran = perf(folder, &[&again[..], &["--baseline", "off.json"]].concat());
    ran.exits(3);
    assert!(ran.out.contains("not comparable"), "{}", ran.out);
}

#[test]
fn a_rising_load_names_where_the_server_is_saturated() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let server = capacity(2, 5 * MILLISECOND);
    let url = server.url("/");
    let arguments =
        ["--url", &url, "--steps", "1,2,4,8", "-d", "1s", "--warm-up", "0s", "--json", "report.json"];
    let ran = perf(folder.path(), &arguments);
    ran.exits(0);
    let perf = load(folder.path(), "report.json");
    let loads: Vec<u32> = perf.steps.iter().map(|step| step.concurrency).collect();
    assert_eq!(loads, [1, 2, 4, 8]);
    // Two workers answer at most 400 a second, one connection gets at most 200.
    let most = |step: &LoadStep| if step.concurrency == 1 { 205.0 } else { 410.0 };
    assert!(perf.steps.iter().all(|step| step.throughput <= most(step)), "{:?}", perf.steps);
    let saturation = perf.saturation.unwrap();
    assert!([2, 4].contains(&saturation.concurrency), "{saturation:?} {:?}", perf.steps);
    assert!(ran.out.contains("aturat"), "{}", ran.out);
}
