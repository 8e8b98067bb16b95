//! `readiness audit --sbom FILE`: what is written, where, and when it is refused.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use readiness::formats::sbom::{self, Sbom};

use super::support::{self, write};

const CARGO_LOCK: &str = "\
version = 4

[[package]]
name = \"shop\"
version = \"0.1.0\"
dependencies = [\"wire\"]

[[package]]
name = \"wire\"
version = \"1.4.0\"
source = \"registry+https://github.com/rust-lang/crates.io-index\"
checksum = \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"
";

const NPM_LOCK: &str = r#"{
  "name": "shop-web",
  "version": "2.0.0",
  "lockfileVersion": 3,
  "packages": {
    "": {"name": "shop-web", "version": "2.0.0", "dependencies": {"left": "^1.0.0"}, "devDependencies": {"lint": "^3.0.0"}},
    "node_modules/left": {"version": "1.0.5", "license": "ISC"},
    "node_modules/lint": {"version": "3.2.1", "dev": true}
  }
}
"#;

fn tree() -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("tree").tempdir().unwrap();
    write(folder.path(), "shop/Cargo.toml", "[package]\nname = \"shop\"\n[dependencies]\nwire = \"1\"\n");
    write(folder.path(), "shop/Cargo.lock", CARGO_LOCK);
    write(folder.path(), "shop/web/package-lock.json", NPM_LOCK);
    write(folder.path(), "shop/tests/data/Cargo.lock", CARGO_LOCK.replace("wire", "only-in-tests"));
    write(
        folder.path(),
        "shop/.github/workflows/ci.yml",
        "jobs: {a: {steps: [{uses: actions/checkout@v4}]}}\n",
    );
    write(folder.path(), "shop/Dockerfile", "FROM alpine:3.20\nUSER nobody\n");
    folder
}

fn readiness(folder: &Path, arguments: &[&str]) -> Output {
    support::readiness(folder, arguments, 1_790_000_000)
}

fn written(folder: &Path, name: &str) -> (Vec<u8>, Sbom) {
    let output = readiness(folder, &["audit", "--only", "vulnerabilities", "--sbom", name, "shop"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_ne!(output.status.code(), Some(4), "{error}");
    assert!(!output.stdout.is_empty(), "the report is still written");
    let bytes = std::fs::read(folder.join(name)).unwrap();
    let read = sbom::parse(&bytes).unwrap();
    assert_eq!(read.invalid, [], "{name}");
    (bytes, read)
}

#[test]
fn the_packages_of_the_tree_are_written_in_the_format_of_the_name() {
    let folder = tree();
    for (name, format) in
        [("a.cdx.json", "CycloneDX 1.6"), ("b.spdx.json", "SPDX-2.3"), ("bom", "CycloneDX 1.6")]
    {
        let (bytes, read) = written(folder.path(), name);
        assert_eq!(read.format, format, "{name}");
        assert_eq!(
            (read.subject.as_ref().unwrap().name.as_str(), read.created.as_deref()),
            ("shop", Some("2026-09-21T14:13:20Z"))
        );
        let purls: BTreeSet<String> =
            read.packages.iter().map(|package| package.purl.as_ref().unwrap().to_string()).collect();
        let expected = [
            "pkg:cargo/shop@0.1.0",
            "pkg:cargo/wire@1.4.0",
            "pkg:npm/left@1.0.5",
            "pkg:npm/lint@3.2.1",
            "pkg:npm/shop-web@2.0.0",
            "pkg:oci/alpine?repository_url=docker.io%2Flibrary%2Falpine&tag=3.20",
        ];
        assert_eq!(purls.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{name}");
        let wire = read.packages.iter().find(|package| package.name == "wire").unwrap();
        assert_eq!(wire.hashes.len(), 1);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("web/package-lock.json") && text.contains("tests/data/Cargo.lock, in a test"));
        assert!(!text.contains(&*folder.path().to_string_lossy()), "no path of this machine");
    }
}

#[test]
fn two_runs_write_the_same_bytes() {
    let folder = tree();
    for name in ["a.cdx.json", "a.spdx.json"] {
        let (first, _) = written(folder.path(), name);
        let (second, _) = written(folder.path(), name);
        assert!(first == second, "{name}");
    }
    // The file itself is an SBOM of the next run's tree, and changes nothing in it.
    let (outside, _) = written(folder.path(), "a.cdx.json");
    written(folder.path(), "shop/a.cdx.json");
    let (inside, _) = written(folder.path(), "shop/a.cdx.json");
    assert!(outside == inside);
}

#[test]
fn what_could_not_be_read_is_named() {
    let folder = tree();
    write(folder.path(), "shop/api/poetry.lock", "[[package]\n");
    let (bytes, _) = written(folder.path(), "a.cdx.json");
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("readiness:missing") && text.contains("api/poetry.lock"), "{text}");
    assert!(text.contains("\"incomplete\""));
}

#[test]
fn an_sbom_of_nothing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "shop/src/main.rs", "fn main() {}\n");
    let output = readiness(folder.path(), &["audit", "--sbom", "a.cdx.json", "shop"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("a.cdx.json: 0 packages"));
    assert!(folder.path().join("a.cdx.json").exists());
}

#[test]
fn what_cannot_be_written_is_refused_before_the_run() {
    let folder = tree();
    for (arguments, words) in [
        (vec!["--only", "secrets", "--sbom", "a.json"], "reads packages"),
        (vec!["--skip", "dependencies,sbom,vulnerabilities", "--sbom", "a.json"], "reads packages"),
        (vec!["--sbom", "a.xml"], ".xml"),
        (vec!["--sbom", "a.spdx"], ".spdx"),
        (vec!["--sbom", "-"], "standard output"),
        (vec!["--sbom", "absent/a.json"], "absent/a.json"),
        (vec!["--sbom", "a.json", "--json", "a.json"], "a.json"),
        (vec!["--sbom", "a.json", "--write-manifest"], "--write-manifest"),
    ] {
        let all: Vec<&str> = ["audit"].into_iter().chain(arguments).chain(["shop"]).collect();
        let output = readiness(folder.path(), &all);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "{all:?}");
        assert!(error.contains(words), "{all:?}: {error}");
        assert!(!folder.path().join("a.json").exists(), "{all:?}");
    }
    write(folder.path(), "other.cdx.json", r#"{"bomFormat": "CycloneDX", "specVersion": "1.6"}"#);
    let output = readiness(folder.path(), &["audit", "--scan-sbom", "other.cdx.json", "--sbom", "a.json"]);
    assert_eq!(output.status.code(), Some(4), "single files are no tree");
}
