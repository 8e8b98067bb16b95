//! What an import does with what was there, and with inputs that are broken or made to do harm.

mod bundles;

use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use jiff::Timestamp;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::host::files::write_atomic;

const NOW: &str = "2026-06-15T12:00:00Z";

/// A folder with a database and inputs in it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("advisories.db")
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_atomic(&path, bytes).unwrap();
        path
    }

    fn try_import(&self, paths: &[PathBuf], replace: bool, now: &str) -> Result<Outcome, ImportError> {
        run(&Request {
            paths,
            database: &self.database(),
            replace,
            now: now.parse::<Timestamp>().unwrap(),
            verify: None,
            progress: &Progress::default(),
        })
    }

    fn import(&self, paths: &[PathBuf]) -> Outcome {
        self.try_import(paths, false, NOW).unwrap()
    }

    fn open(&self) -> Database {
        Database::open(&self.database()).unwrap()
    }

    /// Ids of the advisories of a package.
    fn ids(&self, family: Family, name: &str) -> Vec<String> {
        let found = self.open().advisories(&Ecosystem::of(family), name).unwrap();
        found.into_iter().map(|advisory| advisory.id).collect()
    }
}

fn record(id: &str, day: u32, packages: &[(&str, &str)]) -> String {
    let affected: Vec<String> = packages
        .iter()
        .map(|(ecosystem, name)| {
            format!(
                r#"{{"package": {{"ecosystem": "{ecosystem}", "name": "{name}"}}, "versions": ["{day}.0"]}}"#
            )
        })
        .collect();
    format!(
        r#"{{"id": "{id}", "modified": "2026-05-{day:02}T00:00:00Z", "affected": [{}]}}"#,
        affected.join(",")
    )
}

fn zipped(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn an_export_covers_its_family_and_no_other() {
    let place = Place::new();
    let both = record("GHSA-1", 1, &[("npm", "a"), ("Go", "example.com/a")]);
    place.write("osv/npm/all.zip", &zipped(&[("GHSA-1.json", &both), ("README.txt", "no record")]));
    place.write("osv/PyPI.zip", &zipped(&[("PYSEC-1.json", &record("PYSEC-1", 1, &[("PyPI", "p")]))]));
    place.write("osv/RubyGems/GHSA-2.json", record("GHSA-2", 1, &[("RubyGems", "r")]).as_bytes());
    place.write("osv/modified_id.csv", b"2026-05-01T00:00:00Z,GHSA-1\n");
    let outcome = place.import(&[place.0.path().join("osv")]);
    assert_eq!((outcome.records, outcome.skipped, outcome.faults), (3, 2, 0));
    assert_eq!(outcome.brought, ["PyPI", "RubyGems", "npm"]);
    let database = place.open();
    assert!(database.covers(&Ecosystem::of(Family::Npm)));
    assert!(
        !database.covers(&Ecosystem::of(Family::Go)),
        "one advisory that concerns Go too is not all of Go"
    );
    assert_eq!(place.ids(Family::Go, "example.com/a"), ["GHSA-1"], "but it is known");
}

/// The folder that an update keeps is one to import from, also on another machine.
#[test]
fn what_an_update_notes_beside_its_files_is_no_record() {
    let place = Place::new();
    let archive = zipped(&[("A.json", &record("A", 1, &[("npm", "a")]))]);
    let state = br#"{"url": "https://example.org/npm/all.zip", "bytes": 9, "validators": {}}"#;
    for (name, bytes) in [
        ("d/npm/all.zip", &archive[..]),
        ("d/npm/all.zip.state.json", state),
        ("d/PyPI/all.zip.part", &archive[..30]),
        ("d/PyPI/all.zip.part.json", state),
        ("d/known_exploited_vulnerabilities.json.state.json", state),
        ("d/epss_scores-current.csv.gz.state.json", state),
    ] {
        place.write(name, bytes);
    }
    let outcome = place.import(&[place.0.path().join("d")]);
    assert_eq!((outcome.records, outcome.faults, outcome.skipped), (1, 0, 5));
    assert_eq!(outcome.brought, ["npm"]);
    // A record that merely ends so is one.
    place.write("d/npm/B.state.json", record("B", 1, &[("npm", "a")]).as_bytes());
    place.import(&[place.0.path().join("d")]);
    assert_eq!(place.ids(Family::Npm, "a"), ["A", "B"]);
}

#[test]
fn a_mixture_covers_what_is_in_it() {
    let place = Place::new();
    let (one, two) = (record("A", 1, &[("npm", "a")]), record("B", 1, &[("Go", "b")]));
    let outcome = place.import(&[place.write("all.zip", &zipped(&[("A.json", &one), ("B.json", &two)]))]);
    assert_eq!(outcome.brought, ["Go", "npm"]);
    // Without a name that says so, a family that nearly all records belong to is what the archive is of.
    let place = Place::new();
    let both = record("C", 1, &[("npm", "a"), ("Go", "b")]);
    let outcome = place.import(&[place.write("all.zip", &zipped(&[("A.json", &one), ("C.json", &both)]))]);
    assert_eq!(outcome.brought, ["npm"]);
}

#[test]
fn what_is_brought_replaces_and_the_rest_stays() {
    let place = Place::new();
    let npm = |entries: &[(&str, &str)]| place.write("npm/all.zip", &zipped(entries));
    let go = place.write("Go/all.zip", &zipped(&[("G.json", &record("G", 1, &[("Go", "g")]))]));
    let old = record("OLD", 1, &[("npm", "a")]);
    let shared = record("S", 2, &[("npm", "a"), ("Go", "g")]);
    place.import(&[npm(&[("OLD.json", &old), ("S.json", &shared)]), go]);
    assert_eq!(place.ids(Family::Npm, "a"), ["OLD", "S"]);

    let new = record("NEW", 3, &[("npm", "a")]);
    let later = "2026-06-16T12:00:00Z";
    let outcome = place.try_import(&[npm(&[("NEW.json", &new)])], false, later).unwrap();
    assert_eq!(outcome.brought, ["npm"]);
    assert_eq!(place.ids(Family::Npm, "a"), ["NEW"], "what the new export has no more is gone");
    assert_eq!(place.ids(Family::Go, "g"), ["G", "S"], "and stays where it was not brought anew");
    assert_eq!(place.open().advisory("S").unwrap().unwrap().affected.len(), 1);
    assert!(place.open().advisory("OLD").unwrap().is_none());
    let imported: Vec<_> = place
        .open()
        .contents()
        .sources
        .iter()
        .map(|source| (source.name.clone(), source.imported.clone()))
        .collect();
    assert_eq!(imported, [("Go".to_owned(), NOW.to_owned()), ("npm".to_owned(), later.to_owned())]);

    // The record of an older export does not undo a newer one that is there for another family.
    let older = record("G", 1, &[("npm", "a"), ("Go", "g")]).replace("05-01", "04-01");
    place.import(&[npm(&[("G.json", &older)])]);
    assert_eq!(place.open().advisory("G").unwrap().unwrap().modified, "2026-05-01T00:00:00Z");

    place.try_import(&[npm(&[("NEW.json", &new)])], true, later).unwrap();
    assert!(place.ids(Family::Go, "g").is_empty() && !place.open().covers(&Ecosystem::of(Family::Go)));
}

#[test]
fn a_part_does_not_take_the_place_of_the_whole() {
    let place = Place::new();
    let entries: Vec<(String, String)> =
        (0..100).map(|n| (format!("{n}.json"), record(&format!("A{n}"), 1, &[("npm", "a")]))).collect();
    let first = |count: usize| -> PathBuf {
        let entries: Vec<(&str, &str)> =
            entries[..count].iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        place.write("npm.zip", &zipped(&entries))
    };
    place.import(&[first(100)]);
    let before = std::fs::read(place.database()).unwrap();
    // One record alone, and a cut export: all else of npm would read as sound.
    let one = place.write("one.json", record("B", 2, &[("npm", "b")]).as_bytes());
    for part in [one.clone(), first(49)] {
        let error = place.try_import(&[part], false, NOW).unwrap_err();
        assert!(matches!(error, ImportError::Shrunk { before: 100, .. }), "{error}");
        assert_eq!(std::fs::read(place.database()).unwrap(), before);
    }
    place.import(&[first(100), one.clone()]);
    assert_eq!(place.ids(Family::Npm, "b"), ["B"], "beside the whole it is welcome");
    place.import(&[first(51)]);
    place.try_import(&[one], true, NOW).unwrap();
    assert!(place.ids(Family::Npm, "a").is_empty(), "what is asked for is done");
}

#[test]
fn of_one_id_the_newest_counts_in_any_order() {
    let versions = [
        record("X", 3, &[("npm", "a")]),
        record("X", 5, &[("npm", "b")]),
        record("X", 5, &[("npm", "c")])
            .replace("\"affected\"", "\"aliases\": [\"CVE-2026-0001\"], \"affected\""),
    ];
    let mut seen: Vec<(String, Vec<String>)> = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
        let place = Place::new();
        let paths: Vec<PathBuf> = order
            .iter()
            .map(|index| place.write(&format!("{index}.json"), versions[*index].as_bytes()))
            .collect();
        let outcome = place.import(&paths);
        let whole = place.open().advisory("X").unwrap().unwrap();
        let mut names: Vec<String> = whole.affected.into_iter().map(|affected| affected.name).collect();
        names.sort_unstable();
        seen.push((outcome.contents.digest, names));
        assert_eq!(place.open().aliases("X").unwrap(), ["CVE-2026-0001", "X"]);
    }
    assert_eq!(seen[0].1, ["b", "c"], "equally new ones both count");
    seen.dedup();
    assert_eq!(seen.len(), 1, "nothing depends on the order");
}

#[test]
fn the_digest_is_of_the_content() {
    let (one, two) = (record("A", 1, &[("npm", "a")]), record("B", 1, &[("npm", "b")]));
    let digest = |entries: &[(&str, &str)]| {
        let place = Place::new();
        place.import(&[place.write("npm.zip", &zipped(entries))]).contents.digest
    };
    let all = digest(&[("A.json", &one), ("B.json", &two)]);
    assert_eq!(all, digest(&[("sub/B.json", &two), ("x.json", &one)]));
    assert_ne!(all, digest(&[("A.json", &one)]));
    assert_ne!(all, digest(&[("A.json", &one), ("B.json", &two.replace("1.0", "1.1"))]));
    assert_ne!(all, digest(&[("A.json", &one), ("B.json", &two.replace("05-01", "05-02"))]));
}

#[test]
fn entries_from_the_future_make_nothing_fresh() {
    let place = Place::new();
    let entries =
        [record("A", 1, &[("npm", "a")]), record("B", 1, &[("npm", "a")]).replace("2026-05", "2999-05")];
    let outcome =
        place.import(&[place.write("npm.zip", &zipped(&[("A.json", &entries[0]), ("B.json", &entries[1])]))]);
    assert_eq!(outcome.contents.sources[0].newest, "2026-05-01T00:00:00Z");
}

#[test]
fn a_broken_import_leaves_what_was_there() {
    let place = Place::new();
    place.import(&[place.write("npm.zip", &zipped(&[("A.json", &record("A", 1, &[("npm", "a")]))]))]);
    let before = std::fs::read(place.database()).unwrap();
    let record = record("B", 9, &[("npm", "a")]);
    let good = zipped(&[("B.json", &record), ("C.json", &record.replace("\"B\"", "\"C\""))]);
    let fine = place.write("fine.json", record.as_bytes());
    // A byte of the last entry's content, behind the first of the two places that name it.
    let mut damaged = good.clone();
    damaged[memchr::memmem::find(&good, b"C.json").unwrap() + 20] ^= 0xFF;
    for (name, bytes) in [
        ("x.txt", &b"text"[..]),
        ("x.db", &before),
        ("empty", b""),
        ("x.csv", b"cve,epss,percentile\nCVE-2026-0001,2,0\n"),
        ("damaged.zip", &damaged),
    ] {
        place.try_import(&[fine.clone(), place.write(name, bytes)], false, NOW).unwrap_err();
    }
    std::fs::create_dir(place.0.path().join("nothing")).unwrap();
    assert!(matches!(
        place.try_import(&[place.0.path().join("nothing")], false, NOW),
        Err(ImportError::Nothing)
    ));
    assert_eq!(std::fs::read(place.database()).unwrap(), before);
    let left = std::fs::read_dir(place.0.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".tmp"));
    assert_eq!(left.count(), 0, "no unfinished file is left");
}

#[test]
fn an_unusable_database_is_not_lost_unasked() {
    let place = Place::new();
    place.write("advisories.db", b"something else");
    let input = place.write("A.json", record("A", 1, &[("npm", "a")]).as_bytes());
    let error = place.try_import(std::slice::from_ref(&input), false, NOW).unwrap_err();
    assert!(matches!(error, ImportError::Existing(_)), "{error}");
    place.try_import(&[input], true, NOW).unwrap();
    assert_eq!(place.ids(Family::Npm, "a"), ["A"]);
}

#[test]
fn only_one_import_at_a_time() {
    let place = Place::new();
    let input = place.write("A.json", record("A", 1, &[("npm", "a")]).as_bytes());
    let held = lock(&place.database(), "advisories.db").unwrap();
    let error = place.try_import(std::slice::from_ref(&input), false, NOW).unwrap_err();
    assert!(error.to_string().contains("another import"), "{error}");
    drop(held);
    // What an import left that was ended from outside is removed by the next.
    let leftover = place.write(".advisories.db-x1.tmp", b"half");
    let other = place.write(".other.db-x1.tmp", b"half");
    place.import(&[input]);
    assert!(!leftover.exists() && other.exists());
}

#[test]
fn few_faults_are_named_and_many_are_refused() {
    let place = Place::new();
    let entries: Vec<(String, String)> = (0..50)
        .map(|n| {
            (
                format!("{n}.json"),
                if n < 20 { "{\"id\": 1}".to_owned() } else { record(&format!("A{n}"), 1, &[("npm", "a")]) },
            )
        })
        .collect();
    let some = |from: usize| -> Vec<(&str, &str)> {
        entries[from..].iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
    };
    let outcome = place.import(&[place.write("npm.zip", &zipped(&some(0)))]);
    assert_eq!((outcome.records, outcome.faults, outcome.told.len()), (50, 20, 20));
    assert!(outcome.told[0].name.ends_with("npm.zip: 0.json") && !outcome.told[0].reason.is_empty());
    let one_more = place.write("bad.json", b"{\"id\": \"A\", \"modified\": \"yesterday\"}");
    let error =
        place.try_import(&[place.write("npm.zip", &zipped(&some(0))), one_more], false, NOW).unwrap_err();
    assert!(error.to_string().starts_with("21 of 51 records are at fault"), "{error}");
}

/// Name, newest entry, pause and faults of each source.
fn told(place: &Place) -> Vec<(String, String, Option<u32>, u64)> {
    let sources = place.open().contents().sources.clone();
    sources.into_iter().map(|source| (source.name, source.newest, source.pause, source.faults)).collect()
}

#[test]
fn what_another_export_brings_along_makes_no_source_newer() {
    let place = Place::new();
    let days =
        [1, 2, 4, 9, 11].map(|day| (format!("{day}.json"), record(&format!("G-{day}"), day, &[("Go", "g")])));
    let go: Vec<(&str, &str)> = days.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    place.import(&[place.write("Go.zip", &zipped(&go))]);
    // From the 4th to the 9th it is five days.
    let before = [("Go".to_owned(), "2026-05-11T00:00:00Z".to_owned(), Some(5), 0)];
    assert_eq!(told(&place), before);
    let both = record("S", 30, &[("npm", "a"), ("Go", "g")]);
    place.import(&[place.write("npm.zip", &zipped(&[("S.json", &both)]))]);
    assert_eq!(place.ids(Family::Go, "g").len(), 6, "it is known of Go too");
    let npm = ("npm".to_owned(), "2026-05-30T00:00:00Z".to_owned(), None, 0);
    assert_eq!(told(&place), [before[0].clone(), npm.clone()]);
    // In one import, and in a bundle of it, the same.
    let at_once = Place::new();
    at_once.import(&[place.0.path().join("npm.zip"), place.0.path().join("Go.zip")]);
    assert_eq!(told(&at_once), [before[0].clone(), npm]);
    assert_eq!(at_once.ids(Family::Go, "g").len(), 6);
    let other = Place::new();
    other.try_import(&[export(&at_once, "b")], false, "2026-07-01T00:00:00Z").unwrap();
    assert_eq!(told(&other), told(&at_once));
}

#[test]
fn faults_are_kept_with_their_source_until_it_is_imported_anew() {
    let place = Place::new();
    let counts = |place: &Place| -> Vec<(String, u64)> {
        told(place).into_iter().map(|(name, _, _, faults)| (name, faults)).collect()
    };
    let expect = |pairs: &[(&str, u64)]| -> Vec<(String, u64)> {
        pairs.iter().map(|(name, faults)| ((*name).to_owned(), *faults)).collect()
    };
    let (npm, go) = (record("A", 1, &[("npm", "a")]), record("B", 1, &[("Go", "b")]));
    let bad = "{\"id\": 1}";
    place.import(&[
        place.write("npm.zip", &zipped(&[("A.json", &npm), ("x.json", bad), ("y.json", bad)])),
        place.write("Go.zip", &zipped(&[("B.json", &go)])),
        place.write("e.csv", b"cve,epss,percentile\nCVE-2026-0001,0.5,0.9\n"),
    ]);
    assert_eq!(counts(&place), expect(&[("EPSS", 0), ("Go", 0), ("npm", 2)]));
    let bundle = export(&place, "b");
    let other = Place::new();
    other.import(std::slice::from_ref(&bundle));
    assert_eq!(counts(&other), counts(&place), "a bundle keeps them");

    // A record that stands alone may have been of any source that came with it.
    place.import(&[place.0.path().join("Go.zip"), place.write("bad.json", bad.as_bytes())]);
    assert_eq!(counts(&place), expect(&[("EPSS", 0), ("Go", 1), ("npm", 2)]));
    // What bears the name of a source is that one's, and tells nothing of others.
    let foreign = place.write("PyPI/bad.json", bad.as_bytes());
    place.import(&[place.0.path().join("Go.zip"), foreign]);
    assert_eq!(counts(&place), expect(&[("EPSS", 0), ("Go", 0), ("npm", 2)]));
    let own = place.write("npm/bad.json", bad.as_bytes());
    place.import(&[place.write("npm.zip", &zipped(&[("A.json", &npm)])), own]);
    assert_eq!(counts(&place), expect(&[("EPSS", 0), ("Go", 0), ("npm", 1)]));
    place.import(&[place.0.path().join("npm.zip"), bundle]);
    assert_eq!(
        counts(&place),
        expect(&[("EPSS", 0), ("Go", 0), ("npm", 2)]),
        "the bundle's part lacks them still"
    );
    place.import(&[place.0.path().join("npm.zip")]);
    assert_eq!(counts(&place), expect(&[("EPSS", 0), ("Go", 0), ("npm", 0)]));
    // In a mixture it may be of each.
    place.import(&[place.write("all.zip", &zipped(&[("A.json", &npm), ("B.json", &go), ("x.json", bad)]))]);
    assert_eq!(counts(&place), expect(&[("EPSS", 0), ("Go", 1), ("npm", 1)]));
}

#[test]
fn a_record_is_as_new_as_its_publication() {
    let place = Place::new();
    let entry = record("A", 1, &[("Go", "a")]).replace(
        "\"modified\": \"2026-05-01",
        "\"published\": \"2026-04-09T00:00:00Z\", \"modified\": \"0001-01-01",
    );
    let outcome = place.import(&[place.write("Go.zip", &zipped(&[("A.json", &entry)]))]);
    assert_eq!(outcome.contents.sources[0].newest, "2026-04-09T00:00:00Z");
}

fn export(place: &Place, name: &str) -> PathBuf {
    let path = place.0.path().join(name);
    crate::advisories::bundle::export(&place.database(), &path, None).unwrap();
    path
}
