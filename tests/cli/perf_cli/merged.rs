//! Reports of several generators, added.

use std::collections::BTreeMap;
use std::time::Duration;

use readiness::report::{Perf, RequestCounts};
use readiness::stats::Histogram;

use super::server::slow;
use super::{Ran, load, perf, start};
use crate::oracle::alone;
use crate::support::write;

/// The service times of all runs.
fn service(perf: &Perf) -> Histogram {
    let mut all = Histogram::new();
    for endpoint in perf.runs.iter().flat_map(|run| &run.endpoints) {
        all.add(&Histogram::decode(&endpoint.service).unwrap());
    }
    all
}

#[test]
fn two_shares_are_one_load() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    let server = slow(Duration::from_millis(3));
    let url = server.url("");
    write(folder, "items.yaml", "endpoints:\n  - path: /item/${counter}\n    name: item\n");
    let part = |share: &str, name: &str| {
        let common = ["--url", &url, "--config", "items.yaml", "-n", "501", "-c", "6"];
        start(folder, &[&common[..], &["--share", share, "--json", name]].concat(), &[])
    };
    let both = [part("0/2", "a.json"), part("1/2", "b.json")];
    for child in both {
        Ran::of(child.wait_with_output().unwrap()).exits(0);
    }
    perf(folder, &["merge", "a.json", "b.json", "--json", "all.json"]).exits(0);
    let (a, b, all) = (load(folder, "a.json"), load(folder, "b.json"), load(folder, "all.json"));

    assert_eq!((a.total.counts.ok, b.total.counts.ok), (251, 250));
    assert_eq!((a.load.concurrency, b.load.concurrency, all.load.concurrency), (3, 3, 6));
    assert_eq!((all.generators, all.load.requests), (2, Some(501)));
    let mut sum = RequestCounts::default();
    sum.add(&a.total.counts);
    sum.add(&b.total.counts);
    assert_eq!(sum, all.total.counts);
    assert_eq!(sum, all.runs[0].endpoints[0].counts);

    let mut union = service(&a);
    union.add(&service(&b));
    let merged = service(&all);
    assert_eq!(union.count(), 501);
    assert_eq!(union.recorded().collect::<Vec<_>>(), merged.recorded().collect::<Vec<_>>());
    assert_eq!(all.total.service.p95, union.quantile(0.95));
    assert_eq!(all.total.service.max, a.total.service.max.max(b.total.service.max));

    // Both together count without a gap; each has sent one request before its load.
    let mut numbers: BTreeMap<u64, u32> = BTreeMap::new();
    for asked in server.seen() {
        *numbers.entry(asked.counter()).or_default() += 1;
    }
    assert!(numbers.keys().copied().eq(0..501), "{numbers:?}");
    assert_eq!(numbers.values().sum::<u32>(), 503);
}

#[test]
fn reports_of_different_loads_are_not_added() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    let server = slow(Duration::from_millis(2));
    let url = server.url("");
    for (name, path) in [("a", "/one"), ("b", "/two"), ("c", "/one")] {
        write(folder, &format!("{name}.yaml"), format!("endpoints:\n  - path: {path}\n    name: item\n"));
        let (config, json) = (format!("{name}.yaml"), format!("{name}.json"));
        perf(folder, &["--url", &url, "-n", "120", "-c", "2", "--config", &config, "--json", &json]).exits(0);
    }
    let ran = perf(folder, &["merge", "a.json", "b.json"]);
    ran.exits(4);
    assert!(ran.err.contains("b.json") && ran.err.contains("scenario"), "{}", ran.err);
    perf(folder, &["merge", "a.json", "c.json"]).exits(0);
    let twice = perf(folder, &["merge", "a.json", "a.json"]);
    twice.exits(4);
    assert!(twice.err.contains("count twice"), "{}", twice.err);
}

#[test]
fn a_load_of_which_a_part_is_missing_is_no_measurement() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    let server = slow(Duration::from_millis(2));
    let url = server.url("");
    for part in ["0", "1"] {
        let (share, json) = (format!("{part}/2"), format!("{part}.json"));
        perf(folder, &["--url", &url, "-n", "240", "-c", "4", "--share", &share, "--json", &json]).exits(0);
    }
    perf(folder, &["merge", "0.json", "1.json"]).exits(0);
    let half = perf(folder, &["merge", "1.json"]);
    half.exits(3);
    assert!(half.out.contains("1 of the 2 parts"), "{}", half.out);
}

#[test]
fn a_report_is_compared_as_of_the_version_that_made_it() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let folder = folder.path();
    let server = slow(Duration::from_millis(2));
    perf(folder, &["--url", &server.url(""), "-n", "120", "-c", "2", "--json", "now.json"]).exits(0);
    let text = std::fs::read_to_string(folder.join("now.json")).unwrap();
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version), "the version stands in the report");
    write(folder, "then.json", text.replacen(&version, "\"version\": \"0.0.1\"", 1));
    for pair in [["then.json", "now.json"], ["now.json", "then.json"]] {
        let other = perf(folder, &["compare", pair[0], pair[1]]);
        other.exits(3);
        assert!(other.out.contains("version of readiness"), "{pair:?}: {}", other.out);
    }
    let same = perf(folder, &["compare", "then.json", "then.json"]);
    assert!(!same.out.contains("version of readiness"), "{}", same.out);
}
