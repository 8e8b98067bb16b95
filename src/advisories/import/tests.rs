//! What an import does with what was there, and with inputs that are broken or made to do harm. Long because archives
//! that do harm are made here byte by byte.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::archive::{Archive, ArchiveError};
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

/// Counts what is read.
struct Counted<'a>(Cursor<&'a [u8]>, &'a std::cell::Cell<usize>);

impl std::io::Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.set(self.1.get() + count);
        Ok(count)
    }
}

impl std::io::Seek for Counted<'_> {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn the_directory_is_read_once() {
    let entries: Vec<(String, String)> = (0..2_000).map(|n| (format!("{n}.json"), "{}".to_owned())).collect();
    let entries: Vec<(&str, &str)> =
        entries.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let bytes = zipped(&entries);
    let read = std::cell::Cell::new(0);
    let mut seen = 0;
    Archive::open(Counted(Cursor::new(&bytes), &read))
        .unwrap()
        .for_each(
            |_| true,
            |_, _| {
                seen += 1;
                Ok::<(), ArchiveError>(())
            },
        )
        .unwrap();
    assert_eq!(seen, 2_000);
    // Once each: the end record and what lies before it, the directory, the entries, with what the buffers read ahead.
    assert!(read.get() < 4 * bytes.len(), "{} bytes of {} were read", read.get(), bytes.len());
}

/// Why an archive is refused.
fn refusal(bytes: &[u8]) -> String {
    let read = |bytes: &[u8]| -> Result<(), ArchiveError> {
        Archive::open(Cursor::new(bytes))?.for_each(|_| true, |_, _| Ok(()))
    };
    read(bytes).expect_err("the archive is refused").to_string()
}

#[test]
fn archives_are_read_as_they_were_written() {
    let long = "x".repeat(300_000);
    let entries =
        [("a.json", "{}"), ("sub/b.json", long.as_str()), ("empty.json", ""), ("c.txt", "not wanted")];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for large in [false, true] {
            let options = SimpleFileOptions::default().compression_method(method).large_file(large);
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            writer.add_directory("sub", options).unwrap();
            for (name, content) in entries {
                writer.start_file(name, options).unwrap();
                writer.write_all(content.as_bytes()).unwrap();
            }
            writer.set_comment("a comment").unwrap();
            let bytes = writer.finish().unwrap().into_inner();
            let mut archive = Archive::open(Cursor::new(&bytes)).unwrap();
            let mut seen = Vec::new();
            let wanted = |name: &str| name.ends_with(".json");
            let read: Result<(), ArchiveError> = archive.for_each(wanted, |name, content| {
                seen.push((name.to_owned(), String::from_utf8(content.to_vec()).unwrap()));
                Ok(())
            });
            read.unwrap();
            let expected: Vec<_> = entries[..3]
                .iter()
                .map(|(name, content)| ((*name).to_owned(), (*content).to_owned()))
                .collect();
            assert_eq!(seen, expected);
        }
    }
}

#[test]
fn hostile_names_are_refused() {
    for (name, word) in [
        ("../a.json", "`..`"),
        ("a/../../b.json", "`..`"),
        ("/etc/a.json", "absolute"),
        ("\\a.json", "absolute"),
        ("C:\\a.json", "drive"),
        ("a\0.json", "NUL"),
    ] {
        // The writer mends names, so the name is put in afterwards.
        let plain = "x".repeat(name.len());
        let mut bytes = zipped(&[(&plain, "{}")]);
        let places: Vec<usize> = memchr::memmem::find_iter(&bytes, plain.as_bytes()).collect();
        for at in places {
            bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
        }
        assert!(refusal(&bytes).contains(word), "{name}: {}", refusal(&bytes));
    }
    let twice = zipped(&[("a.json", "{}"), ("b.json", "{}")]);
    let changed: Vec<u8> = {
        let mut bytes = twice.clone();
        for at in memchr::memmem::find_iter(&twice, b"b.json") {
            bytes[at] = b'a';
        }
        bytes
    };
    assert!(refusal(&changed).contains("named twice"));
}

#[test]
fn links_and_encrypted_entries_are_refused() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.add_symlink("a.json", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    assert!(refusal(&writer.finish().unwrap().into_inner()).contains("symbolic link"));
    let good = zipped(&[("a.json", "{}")]);
    let directory = memchr::memmem::find(&good, b"PK\x01\x02").unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[directory + at] = byte;
        refusal(&bytes)
    };
    assert!(changed(8, 1).contains("encrypted"));
    assert!(changed(10, 12).contains("method 12"));
    assert!(changed(16, 0x55).contains("checksum"));
    assert!(changed(24, 9).contains("size"));
    assert!(changed(42, 3).contains("another name"));
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a.json", SimpleFileOptions::default()).unwrap();
    writer.write_all(&vec![b' '; 2 << 20]).unwrap();
    assert!(refusal(&writer.finish().unwrap().into_inner()).contains("200 times"));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a.json", SimpleFileOptions::default()).unwrap();
    writer.write_all(&vec![b' '; (16 << 20) + 1]).unwrap();
    let large = writer.finish().unwrap().into_inner();
    assert!(refusal(&large).contains("16 MiB"));
    // The same with a directory that says that it is small.
    let mut lying = large.clone();
    let directory = memchr::memmem::rfind(&lying, b"PK\x01\x02").unwrap();
    lying[directory + 24..directory + 28].copy_from_slice(&1000u32.to_le_bytes());
    assert!(refusal(&lying).contains("size"));

    // A million entries, by the word of the end record alone.
    let mut many = vec![0; 76];
    many[..4].copy_from_slice(b"PK\x06\x06");
    many[24..32].copy_from_slice(&1_000_000u64.to_le_bytes());
    many[32..40].copy_from_slice(&1_000_000u64.to_le_bytes());
    many[56..60].copy_from_slice(b"PK\x06\x07");
    let mut end = b"PK\x05\x06".to_vec();
    end.extend([0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0]);
    many.extend(end);
    assert!(refusal(&many).contains("1000000 entries"), "{}", refusal(&many));

    // Entries that share one content.
    let shared = {
        let content: String = (0..40_000).map(|n| format!("{n} ")).collect();
        let good = zipped(&[("a.json", &content)]);
        let directory = memchr::memmem::rfind(&good, b"PK\x01\x02").unwrap();
        let end = memchr::memmem::rfind(&good, b"PK\x05\x06").unwrap();
        let (before, record) = (good[..directory].to_vec(), good[directory..end].to_vec());
        let mut bytes = before;
        for name in *b"abcdefgh" {
            let mut record = record.clone();
            record[46] = name;
            bytes.extend(record);
        }
        let mut last = good[end..].to_vec();
        last[8..12].copy_from_slice(&[8, 0, 8, 0]);
        last[12..16].copy_from_slice(&u32::try_from(record.len() * 8).unwrap().to_le_bytes());
        bytes.extend(last);
        bytes
    };
    let reason = refusal(&shared);
    assert!(reason.contains("another name") || reason.contains("overlap"), "{reason}");
}

#[test]
fn end_records_that_lie_are_refused() {
    let good = zipped(&[("a.json", "{}"), ("b.json", "{}")]);
    let end = memchr::memmem::rfind(&good, b"PK\x05\x06").unwrap();
    let changed = |at: usize, bytes: &[u8]| {
        let mut bad = good.clone();
        bad[end + at..end + at + bytes.len()].copy_from_slice(bytes);
        refusal(&bad)
    };
    assert!(changed(8, &[1, 0, 1, 0]).contains("more entries"));
    assert!(changed(8, &[3, 0, 3, 0]).contains("shorter"));
    assert!(changed(8, &[1, 0]).contains("several files"));
    assert!(changed(16, &[0]).contains("not where"));
    assert!(changed(8, &[255, 255, 255, 255]).contains("zip64"));
    assert!(refusal(&[good.clone(), vec![0; 10]].concat()).contains("no end record"));
    assert!(refusal(&[vec![0; 10], good.clone()].concat()).contains("not where"));
    for length in 0..good.len() {
        refusal(&good[..length]);
    }
}

#[test]
fn changed_bytes_are_refused_or_read() {
    let good = zipped(&[("a.json", "{\"id\": \"A\"}"), ("sub/b.json", &"{}".repeat(100))]);
    for at in 0..good.len() {
        for change in [0xFF, 0x01, 0x80] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            let read = Archive::open(Cursor::new(bytes))
                .and_then(|mut archive| archive.for_each(|_| true, |_, _| Ok::<(), ArchiveError>(())));
            drop(read);
        }
    }
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

#[test]
fn a_bundle_brings_the_same_data_with_its_dates() {
    let place = Place::new();
    let epss = place.write("e.csv", b"#model_version:v1,score_date:2026-06-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-0001,0.5,0.9\n");
    let npm = place.write("npm.zip", &zipped(&[("A.json", &record("A", 1, &[("npm", "a"), ("Go", "g")]))]));
    let before = place.import(&[npm, epss]);
    assert_eq!(before.contents.sources[0].newest, "2026-06-01T00:00:00Z");
    let bundle = export(&place, "one.bundle");
    assert_eq!(std::fs::read(&bundle).unwrap(), std::fs::read(export(&place, "two.bundle")).unwrap());

    let other = Place::new();
    let outcome = other.try_import(&[bundle], false, "2026-06-20T00:00:00Z").unwrap();
    assert_eq!(outcome.contents, before.contents, "the dates are those of the data, not of the journey");
    assert_eq!(other.ids(Family::Npm, "a"), ["A"]);
    assert!(!other.open().covers(&Ecosystem::of(Family::Go)));
    assert_eq!(other.open().epss("CVE-2026-0001").unwrap().unwrap().percentile, 0.9);
}

#[test]
fn damaged_bundles_are_refused() {
    let place = Place::new();
    place.import(&[place.write("A.json", record("A", 1, &[("npm", "a")]).as_bytes())]);
    let good = std::fs::read(export(&place, "good.bundle")).unwrap();
    let other = Place::new();
    let refusal =
        |bytes: &[u8]| other.try_import(&[other.write("b", bytes)], false, NOW).unwrap_err().to_string();
    for at in [30, good.len() / 2, good.len() - 3] {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        refusal(&bad);
    }
    assert!(refusal(&good[..good.len() - 9]).contains("unpacked"));
    assert!(refusal(&[good.clone(), b"more".to_vec()].concat()).contains("follows"));
    let line = good.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).nth(1).unwrap();
    let manifest = String::from_utf8(good[..=line].to_vec()).unwrap();
    let size: String = manifest.split("\"size\":").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let lying = manifest.replace(&format!("\"size\":{size}"), "\"size\":4096");
    assert!(refusal(&[lying.as_bytes(), &good[line + 1..]].concat()).contains("describes"));
    assert!(!other.database().exists());
}

#[test]
fn signatures_are_asked_for_before_anything_is_unpacked() {
    let place = Place::new();
    let record = place.write("A.json", record("A", 1, &[("npm", "a")]).as_bytes());
    place.import(std::slice::from_ref(&record));
    let bundle = export(&place, "b");
    let other = Place::new();
    let import = |path: &Path, verify: Verify<'_>| {
        run(&Request {
            paths: &[path.to_owned()],
            database: &other.database(),
            replace: false,
            now: NOW.parse().unwrap(),
            verify: Some(verify),
            progress: &Progress::default(),
        })
    };
    let yes = |digests: &[Digest], signature: &[u8]| {
        assert_eq!((digests.len(), signature), (3, &b"good"[..]));
        Ok(())
    };
    let no = |_: &[Digest], _: &[u8]| Err("not ours".to_owned());
    assert!(import(&bundle, &yes).unwrap_err().to_string().contains("no signature"));
    place.write("b.sig", b"good");
    assert!(import(&bundle, &no).unwrap_err().to_string().contains("not ours"));
    assert!(import(&record, &yes).unwrap_err().to_string().contains("not a bundle"));
    assert!(import(place.0.path(), &yes).unwrap_err().to_string().contains("folder"));
    assert!(!other.database().exists());
    import(&bundle, &yes).unwrap();
    assert_eq!(other.ids(Family::Npm, "a"), ["A"]);
}
