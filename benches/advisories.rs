//! Advisory data: importing it, and holding ten thousand packages against a small and a thirty times larger database.
//!
//! `cargo bench --bench advisories`; with real exports, laid out as OSV publishes them:
//! `READINESS_OSV=osv/ cargo bench --bench advisories`. Against another program: `benches/compare_advisories.sh`.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a benchmark that goes wrong should stop"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use readiness::advisories::import::{self, Progress, Request};
use readiness::cli::AuditArgs;
use readiness::commands::audit_report;

/// Packages of the lock file.
const PACKAGES: usize = 10_000;

/// Advisories for packages of npm, as records of OSV; one package in ten has two.
fn records(folder: &Path, count: usize) -> PathBuf {
    let npm = folder.join("npm");
    fs::create_dir_all(&npm).unwrap();
    for number in 0..count {
        let package = number / 11 * 10 + number % 11 % 10;
        let record = format!(
            r#"{{"id":"GHSA-{number:08}","modified":"2026-06-01T00:00:00Z","aliases":["CVE-2026-{number:06}"],
               "summary":"A fault in package {package}","severity":[{{"type":"CVSS_V3",
               "score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}}],"affected":[{{"package":
               {{"ecosystem":"npm","name":"package-{package}"}},"ranges":[{{"type":"SEMVER","events":
               [{{"introduced":"0"}},{{"fixed":"1.2.{}"}}]}}]}}]}}"#,
            number % 9
        );
        File::create(npm.join(format!("GHSA-{number:08}.json")))
            .unwrap()
            .write_all(record.as_bytes())
            .unwrap();
    }
    folder.to_owned()
}

/// A lock file of which every hundredth package may be affected.
fn lock(folder: &Path) {
    let mut text = String::from("{\n  \"name\": \"app\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n");
    for number in 0..PACKAGES {
        let name = if number % 100 == 0 { format!("package-{number}") } else { format!("healthy-{number}") };
        let comma = if number + 1 < PACKAGES { "," } else { "" };
        let _ = writeln!(text, "    \"node_modules/{name}\": {{ \"version\": \"1.2.3\" }}{comma}");
    }
    text.push_str("  }\n}\n");
    File::create(folder.join("package-lock.json")).unwrap().write_all(text.as_bytes()).unwrap();
}

fn import_into(database: &Path, from: &Path) {
    let request = Request {
        paths: &[from.to_owned()],
        database,
        replace: true,
        now: Timestamp::UNIX_EPOCH,
        verify: None,
        progress: &Progress::default(),
    };
    import::run(&request).expect("the data can be imported");
}

fn advisories(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let given = std::env::var_os("READINESS_OSV").map(PathBuf::from);
    let small = given.clone().unwrap_or_else(|| records(&folder.path().join("small"), 2_000));
    let large = records(&folder.path().join("large"), 60_000);

    let mut group = criterion.benchmark_group("advisories");
    group.sample_size(10);
    let database = folder.path().join("imported.db");
    let name = if given.is_some() { "import, as given" } else { "import, 2,000 records" };
    group.bench_function(name, |bencher| bencher.iter(|| import_into(&database, &small)));

    let tree = folder.path().join("tree");
    fs::create_dir_all(&tree).unwrap();
    lock(&tree);
    group.throughput(Throughput::Elements(PACKAGES as u64));
    for (name, from) in [("match, small database", &small), ("match, 60,000 records", &large)] {
        let database = folder.path().join(format!("{}.db", name.len()));
        import_into(&database, from);
        let args = AuditArgs {
            path: Some(tree.clone()),
            only: vec!["vulnerabilities".to_owned()],
            advisories: Some(database),
            ..AuditArgs::default()
        };
        group.bench_function(name, |bencher| {
            bencher
                .iter(|| audit_report(&args, Timestamp::UNIX_EPOCH, &|_| None).expect("it can be audited"));
        });
    }
    group.finish();
}

criterion_group!(benches, advisories);
criterion_main!(benches);
