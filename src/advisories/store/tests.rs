use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::Connection;

use super::*;
use crate::advisories::import::{self, Progress, Request};
use crate::host::files::write_atomic;

const RECORDS: &[&str] = &[
    r#"{"id": "GHSA-aaaa-aaaa-aaaa", "modified": "2026-01-02T03:04:05Z", "aliases": ["CVE-2026-0001"], "affected": [
        {"package": {"ecosystem": "PyPI", "name": "Zope.Interface"}, "ranges": [{"type": "ECOSYSTEM",
         "events": [{"introduced": "0"}, {"fixed": "5.0"}]}]},
        {"package": {"ecosystem": "PyPI", "name": "other"}, "versions": ["1.0"]}]}"#,
    r#"{"id": "PYSEC-2026-1", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2026-0001", "PYSEC-2026-9"], "affected": [
        {"package": {"ecosystem": "PyPI", "name": "zope-interface"}, "versions": ["4.0"]}]}"#,
    r#"{"id": "PYSEC-2026-2", "modified": "2026-01-01T00:00:00Z", "withdrawn": "2026-02-01T00:00:00Z",
        "aliases": ["CVE-2026-0001", "CVE-2026-7777"], "affected": [{"package": {"ecosystem": "PyPI", "name": "gone"}}]}"#,
    r#"{"id": "DSA-1-1", "modified": "2026-01-03T00:00:00Z", "upstream": ["CVE-2026-0001"], "affected": [
        {"package": {"ecosystem": "Debian:12", "name": "xz"}}, {"package": {"ecosystem": "Debian:13", "name": "xz"}}]}"#,
];

fn database() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("records");
    std::fs::create_dir(&records).unwrap();
    for (index, record) in RECORDS.iter().enumerate() {
        write_atomic(&records.join(format!("{index}.json")), record.as_bytes()).unwrap();
    }
    let epss = folder.path().join("scores.csv");
    write_atomic(&epss, b"cve,epss,percentile\nCVE-2026-0001,0.12345,0.99999\nCVE-2026-0002,1,0\n").unwrap();
    let kev = folder.path().join("kev.json");
    write_atomic(
        &kev,
        br#"{"catalogVersion": "1", "dateReleased": "2026-01-05T00:00:00Z", "vulnerabilities":
            [{"cveID": "CVE-2026-0001", "dateAdded": "2026-01-04", "knownRansomwareCampaignUse": "Known"}]}"#,
    )
    .unwrap();
    // A name in which every character means something to a URI.
    let path = folder.path().join("a b?mode=rwc#100%25.db");
    let request = Request {
        paths: &[records, epss, kev],
        database: &path,
        replace: false,
        now: "2026-06-15T12:00:00Z".parse::<Timestamp>().unwrap(),
        verify: None,
        progress: &Progress::default(),
    };
    import::run(&request).unwrap();
    (folder, path)
}

fn python() -> Ecosystem {
    Ecosystem::of(Family::PyPi)
}

#[test]
fn answers_by_package_whatever_its_spelling() {
    let (folder, path) = database();
    let database = Database::open(&path).unwrap();
    let found = database.advisories(&python(), "zope_interface").unwrap();
    let ids: Vec<&str> = found.iter().map(|advisory| advisory.id.as_str()).collect();
    assert_eq!(ids, ["GHSA-aaaa-aaaa-aaaa", "PYSEC-2026-1"]);
    assert_eq!(found[0].affected.len(), 1, "only what concerns the package");
    assert_eq!(
        (found[0].affected[0].name.as_str(), found[0].modified.as_str()),
        ("Zope.Interface", "2026-01-02T03:04:05Z")
    );
    assert!(
        database.advisories(&python(), "gone").unwrap()[0].withdrawn.is_some(),
        "withdrawn ones are kept"
    );
    assert!(database.advisories(&Ecosystem::of(Family::Npm), "other").unwrap().is_empty());

    let whole = database.advisory("GHSA-aaaa-aaaa-aaaa").unwrap().unwrap();
    assert_eq!(whole.affected.len(), 2);
    assert_eq!(database.advisory("GHSA-none").unwrap(), None);

    assert!(database.covers(&python()) && !database.covers(&Ecosystem::of(Family::Npm)));
    assert_eq!(database.releases(Family::Debian).collect::<Vec<_>>(), ["12", "13"]);
    let xz = database.advisories(&Ecosystem::parse("Debian:12").unwrap(), "xz").unwrap();
    assert_eq!(xz[0].affected.len(), 2, "the release is for the matching to compare");

    // Reading leaves nothing beside the file.
    let names = std::fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("a b"));
    assert_eq!(names.count(), 2, "the database and its lock");
}

#[test]
fn aliases_are_joined_over_all_that_are_not_withdrawn() {
    let (_folder, path) = database();
    let database = Database::open(&path).unwrap();
    let group = ["CVE-2026-0001", "GHSA-aaaa-aaaa-aaaa", "PYSEC-2026-1", "PYSEC-2026-9"];
    for id in group {
        assert_eq!(database.aliases(id).unwrap(), group);
    }
    assert_eq!(database.aliases("PYSEC-2026-2").unwrap(), ["PYSEC-2026-2"]);
    assert_eq!(database.aliases("DSA-1-1").unwrap(), ["DSA-1-1"], "upstream is no alias");
    assert_eq!(database.aliases("unknown").unwrap(), ["unknown"]);
}

#[test]
fn scores_and_the_list_of_the_exploited() {
    let (_folder, path) = database();
    let database = Database::open(&path).unwrap();
    assert_eq!(
        database.epss("CVE-2026-0001").unwrap(),
        Some(Epss { probability: 0.12345, percentile: 0.99999 })
    );
    assert_eq!(database.epss("CVE-2026-0002").unwrap(), Some(Epss { probability: 1.0, percentile: 0.0 }));
    assert_eq!(database.epss("CVE-2026-0003").unwrap(), None);
    assert_eq!(database.epss("GHSA-aaaa-aaaa-aaaa").unwrap(), None);
    let listed = Exploited { added: "2026-01-04".to_owned(), ransomware: true };
    assert_eq!(database.exploited("CVE-2026-0001").unwrap(), Some(listed));
    assert_eq!(database.exploited("CVE-2026-0002").unwrap(), None);
}

#[test]
fn contents_are_counted() {
    let (_folder, path) = database();
    let database = Database::open(&path).unwrap();
    let contents = database.contents();
    let rows: Vec<_> = contents
        .sources
        .iter()
        .map(|source| (source.name.as_str(), source.count, source.withdrawn, source.newest.as_str()))
        .collect();
    assert_eq!(
        rows,
        [
            ("Debian", 1, 0, "2026-01-03T00:00:00Z"),
            ("EPSS", 2, 0, ""),
            ("KEV", 1, 0, "2026-01-05T00:00:00Z"),
            ("PyPI", 3, 1, "2026-01-02T03:04:05Z"),
        ]
    );
    assert!(
        contents
            .sources
            .iter()
            .all(|source| source.imported == "2026-06-15T12:00:00Z" && source.digest.len() == 64)
    );
    assert_eq!((contents.imported.as_str(), contents.digest.len()), ("2026-06-15T12:00:00Z", 64));
}

fn refusal(path: &Path) -> String {
    match Database::open(path) {
        Err(StoreError::Unusable { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_database_of_ours() {
    let (folder, path) = database();
    assert!(matches!(Database::open(&folder.path().join("absent")), Err(StoreError::Missing(_))));
    assert!(refusal(folder.path()).contains("regular file"));
    let good = std::fs::read(&path).unwrap();
    let changed = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        let file = folder.path().join("bad.db");
        write_atomic(&file, &bad).unwrap();
        refusal(&file)
    };
    assert!(changed(0, b"PK").contains("not an advisory database"));
    assert!(changed(68, &[0; 4]).contains("another program"));
    assert!(changed(60, &[0, 0, 0, 9]).contains("layout 9"));
    assert!(changed(60, &[0, 0, 0, 1]).contains("layout 1, where this version reads 2"));
    assert!(changed(18, &[2, 2]).contains("write-ahead"));
    for length in [0, 1, 50, 99, 100, 4096, good.len() / 2, good.len() - 1] {
        let file = folder.path().join("short.db");
        write_atomic(&file, &good[..length]).unwrap();
        refusal(&file);
    }
}

#[test]
fn another_schema_is_refused() {
    let (folder, path) = database();
    for change in [
        "CREATE VIEW more AS SELECT 1",
        "DROP TABLE kev; CREATE VIEW kev AS WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x FROM n) SELECT x AS cve, x AS added, x AS ransomware FROM n",
        "CREATE TRIGGER t AFTER INSERT ON kev BEGIN SELECT 1; END",
        "DROP INDEX alias_joined",
        "ALTER TABLE epss ADD COLUMN more",
    ] {
        let file = folder.path().join("changed.db");
        std::fs::copy(&path, &file).unwrap();
        Connection::open(&file).unwrap().execute_batch(change).unwrap();
        assert!(refusal(&file).contains("tables are not those"), "{change}");
    }
}

#[test]
fn wrong_values_are_errors() {
    let (folder, path) = database();
    for change in [
        "UPDATE advisory SET head = x'00'",
        "UPDATE advisory SET head = 'text'",
        "UPDATE advisory SET head = zeroblob(17000000)",
        "UPDATE affected SET part = x'01ff'",
        "UPDATE affected SET part = x'07'",
        // A JSON of the wrong shape.
        "UPDATE affected SET part = x'007b7d'",
    ] {
        let file = folder.path().join("changed.db");
        std::fs::copy(&path, &file).unwrap();
        Connection::open(&file).unwrap().execute_batch(change).unwrap();
        let database = Database::open(&file).unwrap();
        let found = database.advisories(&python(), "zope-interface");
        assert!(matches!(found, Err(StoreError::Unusable { .. })), "{change}: {found:?}");
        assert!(database.advisory("PYSEC-2026-1").is_err(), "{change}");
    }
    // What leads nowhere reads as no advisory at all if it is passed over.
    for change in ["DELETE FROM advisory", "UPDATE package SET n = n + 4294967296"] {
        let file = folder.path().join("loose.db");
        std::fs::copy(&path, &file).unwrap();
        Connection::open(&file).unwrap().execute_batch(change).unwrap();
        let found = Database::open(&file).unwrap().advisories(&python(), "zope-interface");
        assert!(matches!(found, Err(StoreError::Unusable { .. })), "{change}: {found:?}");
    }
    let file = folder.path().join("negative.db");
    std::fs::copy(&path, &file).unwrap();
    Connection::open(&file).unwrap().execute_batch("UPDATE source SET count = -1").unwrap();
    refusal(&file);
}

/// Every byte of the file in turn is another one: no panic, and no endless work.
#[test]
fn damaged_files_end_in_errors_or_answers() {
    let (folder, path) = database();
    let good = std::fs::read(&path).unwrap();
    let file = folder.path().join("damaged.db");
    for at in (0..good.len()).step_by(97) {
        let mut bad = good.clone();
        bad[at] ^= 0xA5;
        // No atomic write: thousands of these would wait for the disk.
        std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), &bad).unwrap();
        if let Ok(database) = Database::open(&file) {
            let _ = database.advisories(&python(), "zope-interface");
            let _ = database.advisory("DSA-1-1");
            let _ = database.aliases("CVE-2026-0001");
            let _ = database.epss("CVE-2026-0001");
            let _ = database.exploited("CVE-2026-0001");
        }
    }
}
