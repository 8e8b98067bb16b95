//! Whole audits of real lock files, with real advisory data, against the results of other tools.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use jiff::Timestamp;
use readiness::cli::AuditArgs;
use readiness::commands::audit_report;
use readiness::report::Report;
use serde_json::Value;

use super::support::{NOW, corpora};

/// Package, version and advisory.
type Row = (String, String, String);

/// The advisory database of the corpora, imported once.
static DATABASE: LazyLock<Option<(tempfile::TempDir, PathBuf)>> = LazyLock::new(|| {
    let corpora = corpora("advisory data")?;
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("advisories.db");
    let output = Command::new(env!("CARGO_BIN_EXE_readiness"))
        .args(["advisories", "import", "--advisories"])
        .arg(&database)
        .arg(corpora.join("vuln/osv"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some((folder, database))
});

/// Audits one lock file, alone in a tree.
fn audit(lock: &Path) -> Report {
    let tree = tempfile::tempdir().unwrap();
    std::fs::copy(lock, tree.path().join(lock.file_name().unwrap())).unwrap();
    let args = AuditArgs {
        path: Some(tree.path().to_owned()),
        only: vec!["vulnerabilities".to_owned()],
        advisories: DATABASE.as_ref().map(|(_, database)| database.clone()),
        max_advisory_age: Some(10_000),
        ..AuditArgs::default()
    };
    audit_report(&args, Timestamp::from_second(NOW).unwrap(), &|_| None).unwrap()
}

/// Package, version and advisory of every match.
fn matches(report: &Report) -> BTreeSet<Row> {
    let known = report.findings().filter_map(|(_, finding)| finding.vulnerability.as_deref());
    known
        .flat_map(|known| {
            let package = &known.package;
            known
                .matches
                .iter()
                .map(|each| (package.name.clone(), package.version.clone(), each.advisory.clone()))
        })
        .collect()
}

/// The set that the oracle expects, and what it is not certain of.
fn expected(folder: &Path) -> (BTreeSet<Row>, BTreeSet<Row>) {
    let text = std::fs::read(folder.join("expected.json")).unwrap();
    let value: Value = serde_json::from_slice(&text).unwrap();
    let set = |key: &str| {
        let rows = value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        rows.iter()
            .map(|row| {
                let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                (text("package"), text("version"), text("id"))
            })
            .collect()
    };
    (set("findings"), set("uncertain"))
}

/// Differences from the oracles, each with its reason: advisory, package, `+` where we report more.
const EXPLAINED: &[(&str, &str, char, &str)] = &[
    ("GHSA-77rm-9x9h-xj3g", "protobuf", '+', FROM_MAVEN),
    ("GHSA-qppj-fm5r-hxr3", "golang.org/x/net", '+', FROM_MAVEN),
    ("GHSA-qppj-fm5r-hxr3", "google.golang.org/grpc", '+', FROM_MAVEN),
];
/// The oracle read the archive of one ecosystem alone.
const FROM_MAVEN: &str =
    "the record stands in Maven's archive and names this package of another ecosystem too";

#[test]
fn corpora_lock_files_have_the_advisories_of_the_oracles() {
    let Some(corpora) = corpora("vulnerabilities of lock files") else { return };
    let mut problems = Vec::new();
    for ecosystem in ["crates.io", "PyPI", "npm", "Go", "Packagist"] {
        let (mut same, mut missing, mut more, mut files) = (0, 0, 0, 0);
        let mut folders: Vec<PathBuf> = std::fs::read_dir(corpora.join("vuln/lockfiles").join(ecosystem))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        folders.sort();
        for folder in folders {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let lock = std::fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .find(|path| !path.ends_with("expected.json"))
                .unwrap();
            let report = audit(&lock);
            let (found, (wanted, uncertain)) = (matches(&report), expected(&folder));
            files += 1;
            same += wanted.intersection(&found).count();
            let differences = wanted.difference(&found).map(|row| (row, '-')).chain(
                found.difference(&wanted).filter(|row| !uncertain.contains(*row)).map(|row| (row, '+')),
            );
            for ((package, version, id), sign) in differences {
                let explained = EXPLAINED
                    .iter()
                    .any(|(known, of, direction, _)| (*known, *of, *direction) == (id, package, sign));
                *(if sign == '-' { &mut missing } else { &mut more }) += 1;
                if !explained {
                    problems.push(format!("{ecosystem}/{name}: {sign} {package} {version} {id}"));
                }
            }
        }
        println!(
            "{ecosystem}: {files} lock files, {same} matches as the oracle, {missing} missing, {more} more"
        );
    }
    assert!(problems.is_empty(), "{} differences:\n{}", problems.len(), problems.join("\n"));
}
