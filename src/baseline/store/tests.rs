//! Stores in folders of their own: what is kept is found, and what is odd hides nothing.
#![allow(clippy::disallowed_methods, reason = "what is damaged is written by hand")]

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::baseline::capture::{Machine, Metric, SCHEMA, time_text};
use crate::host::disk::Operation;
use crate::report::{Better, MetricState};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).unwrap()
}

fn metric(name: &str, samples: &[f64]) -> Metric {
    Metric {
        name: name.to_owned(),
        category: "network".to_owned(),
        unit: "seconds".to_owned(),
        better: Better::Lower,
        state: if samples.is_empty() { MetricState::Errored } else { MetricState::Measured },
        reason: None,
        samples: samples.to_vec(),
        target: None,
        accept: None,
        threshold: 0.2,
        floor: 0.0,
        kind: None,
        interval_ms: None,
        optional: false,
        labels: std::collections::BTreeMap::new(),
    }
}

fn capture(second: i64, metrics: Vec<Metric>) -> Capture {
    Capture {
        schema: SCHEMA,
        id: new_id(at(second)),
        created: time_text(at(second)),
        version: "0.1.0".to_owned(),
        machine: Machine { fingerprint: "0011223344556677".to_owned(), ..Machine::default() },
        metrics,
        ..Capture::default()
    }
}

/// Where the index of a test lies: beside the store, in a folder that is made.
fn index_of(folder: &Path) -> PathBuf {
    folder.join("cache/baselines/store.json")
}

/// A store with three captures, oldest first.
fn filled() -> (tempfile::TempDir, Store, Vec<Capture>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("deep/store")).with_index(index_of(folder.path()));
    let mut captures = vec![
        capture(1, vec![metric("latency", &[1.0, 3.0, 2.0]), metric("load", &[])]),
        capture(2, vec![metric("load", &[0.5]), metric("latency", &[4.0])]),
        capture(3, vec![metric("latency", &[5.0])]),
    ];
    captures[0].label = Some("release".to_owned());
    captures[1].label = Some("release".to_owned());
    captures[0].commit = Some("0123456789abcdef0123456789abcdef01234567".to_owned());
    captures[1].commit = captures[0].commit.clone();
    captures[2].commit = Some("0123456ffffff000000000000000000000000000".to_owned());
    captures[2].machine.fingerprint = "other".to_owned();
    // In another order than they were made.
    for place in [2, 0, 1] {
        store.keep(&captures[place]).unwrap();
    }
    (folder, store, captures)
}

#[test]
fn what_is_kept_is_found() {
    let (folder, store, captures) = filled();
    for round in ["without an index", "with one"] {
        let shelf = store.look().unwrap();
        let ids: Vec<&str> = shelf.captures.iter().map(|capture| capture.id.as_str()).collect();
        assert_eq!(ids, captures.iter().map(|capture| capture.id.as_str()).collect::<Vec<_>>(), "{round}");
        assert_eq!(shelf.names(), ["latency", "load"], "{round}");
        assert_eq!(shelf.series("latency", None), [(0, 2.0), (1, 4.0), (2, 5.0)], "{round}");
        assert_eq!(shelf.series("latency", Some("other")), [(2, 5.0)], "{round}");
        assert_eq!(shelf.series("load", None), [(1, 0.5)], "{round}");
        assert_eq!(shelf.series("absent", None), [], "{round}");
        assert_eq!(shelf.points("load", None)[0].time, "2026-01-01T00:00:02Z");
        assert_eq!(shelf.captures[0].created, at(1));
        assert!(shelf.skipped.is_empty(), "{round}: {:?}", shelf.skipped);
        assert!(index_of(folder.path()).exists());
        assert_eq!(std::fs::read_dir(store.folder()).unwrap().count(), 3, "captures and nothing else");
        let same = Shelf::of(&captures);
        assert_eq!((same.series("load", None), same.captures), (vec![(1, 0.5)], shelf.captures.clone()));
    }
    assert_eq!(store.load(&captures[1].id).unwrap(), captures[1]);
    let file = store.folder().join(format!("{}.json", captures[2].id));
    assert_eq!(read_file(&file).unwrap(), captures[2]);
    assert!(Store::at(store.folder().join("none")).look().unwrap().captures.is_empty());
}

#[test]
fn captures_are_found_by_what_they_are_called() {
    let (_folder, store, captures) = filled();
    let shelf = store.look().unwrap();
    let find = |text: &str| store.find(&shelf, text).map_err(|error| error.to_string());
    for (text, place) in [
        (captures[0].id.as_str(), 0),
        ("20260101T000001", 0),
        ("latest", 2),
        ("release", 1),
        ("0123456789", 1),
        ("0123456789ABCDEF0123456789ABCDEF01234567", 1),
        ("0123456f", 2),
    ] {
        assert_eq!(find(text), Ok(captures[place].id.clone()), "{text}");
    }
    for (text, says) in [
        ("2026", "fits 3 captures: 2026"),
        ("0123456", "fits 3 captures"),
        ("012345", "no capture is called"),
        ("reference", "baseline approve"),
        ("", "no capture is called"),
        ("../../x\u{1b}", "`../../x\\u{1b}`"),
    ] {
        assert!(find(text).unwrap_err().contains(says), "{text}: {:?}", find(text));
    }
    let empty = Store::at(store.folder().join("none"));
    let error = empty.find(&empty.look().unwrap(), "latest").unwrap_err();
    assert!(error.to_string().contains("baseline capture"), "{error}");
    for id in ["../store/x", "/etc/passwd", "reference", ".index"] {
        assert!(matches!(store.load(id), Err(StoreError::Unknown(_))), "{id}");
    }
}

#[test]
fn nothing_takes_the_place_of_a_capture() {
    let (_folder, store, captures) = filled();
    let mut other = captures[0].clone();
    other.label = Some("other".to_owned());
    assert!(store.keep(&other).unwrap_err().is_collision());
    assert_eq!(store.load(&other.id).unwrap(), captures[0]);
    other.id = "../escaped".to_owned();
    assert!(store.keep(&other).is_err());
    assert!(!store.folder().parent().unwrap().join("escaped.json").exists());
    let left: Vec<_> =
        std::fs::read_dir(store.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn a_capture_is_kept_whole_or_not_at_all() {
    for wrong in [
        Operation::CreateFile,
        Operation::Write,
        Operation::SyncFile,
        Operation::Rename,
        Operation::SyncFolder,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let disk =
            Disk::watched(
                move |operation, _| {
                    if operation == wrong { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
                },
            );
        let store = Store::on(folder.path().to_owned(), disk);
        let error = store.keep(&capture(1, vec![metric("latency", &[1.0])])).unwrap_err();
        assert!(
            matches!(&error, StoreError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull)
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{wrong:?}");
    }
}

#[test]
fn what_is_odd_is_skipped_and_hides_nothing() {
    let (_folder, store, captures) = filled();
    let file = |name: &str| store.folder().join(name);
    let whole = std::fs::read(file(&format!("{}.json", captures[0].id))).unwrap();
    let id = |digit: u32| format!("20250101T00000000{digit}Z-0000000{digit}.json");
    std::fs::write(file(&id(1)), b"").unwrap();
    std::fs::write(file(&id(2)), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(file(&id(3)), &whole).unwrap();
    std::fs::create_dir(file(&id(4))).unwrap();
    std::fs::write(file("notes.json"), b"{}").unwrap();
    // What a writer that was ended left behind, and what is nobody's document.
    std::fs::write(file(".20250101T000000005Z-00000005.tmp"), &whole[..10]).unwrap();
    std::fs::write(file("README.txt"), b"captures").unwrap();
    let mut expected = vec![
        (id(1), "empty"),
        (id(2), "EOF"),
        (id(3), "the document is that of"),
        (id(4), "not a regular file"),
        ("notes.json".to_owned(), "not that of a capture"),
    ];
    #[cfg(unix)]
    {
        let target = file(&format!("{}.json", captures[0].id));
        std::os::unix::fs::symlink(target, file(&id(5))).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(file(&id(6))).status().unwrap().success());
        expected.splice(4..4, [(id(5), "not a regular file"), (id(6), "not a regular file")]);
    }
    for round in ["without an index", "with one"] {
        let shelf = store.look().unwrap();
        assert_eq!(shelf.captures.len(), 3, "{round}");
        assert_eq!(shelf.skipped.len(), expected.len(), "{round}: {:?}", shelf.skipped);
        for (skipped, (name, reason)) in shelf.skipped.iter().zip(&expected) {
            assert_eq!(&skipped.file, name, "{round}");
            assert!(skipped.reason.contains(reason), "{round}: {skipped:?}");
        }
    }
    // One that is skipped is read once it was mended.
    let mut mended = captures[0].clone();
    mended.id = id(1).trim_end_matches(".json").to_owned();
    mended.created = "2025-01-01T00:00:00.001Z".to_owned();
    std::fs::write(file(&id(1)), mended.write().unwrap()).unwrap();
    assert_eq!(store.look().unwrap().captures.len(), 4);
}

#[test]
fn an_index_is_believed_only_as_far_as_it_fits() {
    let (folder, store, captures) = filled();
    let expected = store.look().unwrap();
    let index = index_of(folder.path());
    let good = std::fs::read(&index).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let odd: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{".to_vec(),
        good[..good.len() / 2].to_vec(),
        text.replace("\"schema\":1", "\"schema\":9").into_bytes(),
        text.replace("\"latency\",\"load\"", "\"latency\"").into_bytes(),
        text.replace(&captures[0].id, "../../etc/passwd").into_bytes(),
        text.replace("\"values\":\"", "\"values\":\"AAAA").into_bytes(),
        // Not one capture of it is there.
        text.replace("20260101T", "20250101T").into_bytes(),
        br#"{"schema":1,"metrics":[],"shapes":[],"machines":[],"captures":[],"values":""}"#.to_vec(),
        br#"{"schema":1,"metrics":[],"shapes":[[],[],[]],"machines":[],"captures":[],"values":""}"#.to_vec(),
        // More shapes than captures, and a name that no shape has.
        text.replace("\"shapes\":[", "\"shapes\":[[],[],[],").into_bytes(),
        text.replace("\"metrics\":[", "\"metrics\":[\"more\",").into_bytes(),
        br#"{"schema":1,"metrics":["a"],"shapes":[[0,0]],"machines":[],"captures":[],"values":""}"#.to_vec(),
    ];
    for bytes in odd {
        std::fs::write(&index, &bytes).unwrap();
        let shelf = store.look().unwrap();
        assert_eq!(shelf.captures, expected.captures, "{}", String::from_utf8_lossy(&bytes));
        assert_eq!(shelf.series("latency", None), expected.series("latency", None));
        assert_eq!(std::fs::read(&index).unwrap().len(), good.len(), "it was made anew");
    }
    // A document that was changed is read again, one that went is gone, and a folder in its place does no harm.
    let mut changed = captures[0].clone();
    changed.metrics[0].samples = vec![7.0, 8.0, 9.0, 10.0];
    std::fs::write(store.folder().join(format!("{}.json", changed.id)), changed.write().unwrap()).unwrap();
    std::fs::remove_file(store.folder().join(format!("{}.json", captures[1].id))).unwrap();
    assert_eq!(store.look().unwrap().series("latency", None), [(0, 8.5), (1, 5.0)]);
    assert_eq!(store.look().unwrap().names(), ["latency"]);
    std::fs::remove_file(&index).unwrap();
    std::fs::create_dir(&index).unwrap();
    assert_eq!(store.look().unwrap().captures.len(), 2);
}

#[cfg(unix)]
#[test]
fn a_store_that_cannot_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, store, captures) = filled();
    let mode =
        |mode| std::fs::set_permissions(store.folder(), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    let shelf = store.look();
    let kept = store.keep(&capture(9, Vec::new()));
    mode(0o755);
    assert_eq!(shelf.unwrap().captures.len(), captures.len());
    // The administrator writes everywhere.
    assert!(kept.is_err() || rustix::process::geteuid().is_root());
}

#[test]
fn an_approval_holds_for_the_document_it_was_made_of() {
    let (_folder, store, captures) = filled();
    assert!(store.reference().unwrap().is_none());
    let approval = store.approve(&captures[1].id, " Ann ", "as agreed", at(9)).unwrap();
    let expected = (captures[1].id.as_str(), "Ann", "as agreed", "2026-01-01T00:00:09Z");
    let said = |approval: &BaselineApproval| {
        (approval.capture.clone(), approval.owner.clone(), approval.reason.clone(), approval.time.clone())
    };
    let (capture, owner, reason, time) = said(&approval);
    assert_eq!((capture.as_str(), owner.as_str(), reason.as_str(), time.as_str()), expected);
    assert_eq!(store.reference().unwrap(), Some(approval));
    assert_eq!(store.find(&store.look().unwrap(), "reference").unwrap(), captures[1].id);
    assert!(store.approve(&captures[1].id, "", "x", at(9)).is_err());
    assert!(store.approve(&captures[1].id, "Ann", " ", at(9)).is_err());
    assert!(store.approve(&new_id(at(77)), "Ann", "x", at(9)).is_err());
    // Another capture takes its place.
    store.approve(&captures[2].id, "Bo", "newer", at(10)).unwrap();
    assert_eq!(store.reference().unwrap().unwrap().owner, "Bo");
    let mut changed = captures[2].clone();
    changed.metrics[0].samples = vec![500.0];
    let document = store.folder().join(format!("{}.json", changed.id));
    std::fs::write(&document, changed.write().unwrap()).unwrap();
    let error = store.reference().unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }) && error.to_string().contains("SHA-256"), "{error}");
    assert!(store.prune(0, "").is_err() && store.look().unwrap().captures.len() == 3);
    std::fs::remove_file(&document).unwrap();
    assert!(store.reference().unwrap_err().to_string().contains("is gone"));
    for wrong in ["", "{}", "[1]", r#"{"capture":"../x","sha256":"","owner":"","reason":"","time":""}"#] {
        std::fs::write(store.folder().join(REFERENCE), wrong).unwrap();
        assert!(matches!(store.reference(), Err(StoreError::Damaged { .. })), "{wrong}");
    }
}

#[test]
fn the_oldest_go_and_what_counts_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().to_owned());
    let mut captures: Vec<Capture> = (0..6).map(|second| capture(second, Vec::new())).collect();
    captures[1].label = Some("kept".to_owned());
    for capture in &captures {
        store.keep(capture).unwrap();
    }
    store.approve(&captures[2].id, "Ann", "good", at(9)).unwrap();
    assert_eq!(store.prune(2, &captures[5].id).unwrap(), 2);
    let left: Vec<String> = store.look().unwrap().captures.into_iter().map(|capture| capture.id).collect();
    assert_eq!(left, [1, 2, 4, 5].map(|place: usize| captures[place].id.clone()));
    assert_eq!(store.prune(100, &captures[5].id).unwrap(), 0);
}

/// An index in which the labels of two captures are swapped, as if nothing else had changed.
fn lie(folder: &Path, swap: [&str; 2]) {
    let index = index_of(folder);
    let text = std::fs::read_to_string(&index).unwrap();
    let [one, other] = swap.map(|label| format!("\"{label}\""));
    assert!(text.contains(&one) && text.contains(&other));
    let text = text.replace(&one, "\"\u{0}\"").replace(&other, &one).replace("\"\u{0}\"", &other);
    std::fs::write(index, text).unwrap();
}

#[test]
fn what_is_found_has_the_label_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("store")).with_index(index_of(folder.path()));
    let mut captures = [capture(1, Vec::new()), capture(2, Vec::new())];
    for (capture, label) in captures.iter_mut().zip(["one", "two"]) {
        capture.label = Some(label.to_owned());
        store.keep(capture).unwrap();
    }
    store.look().unwrap();
    lie(folder.path(), ["one", "two"]);
    let shelf = store.look().unwrap();
    assert_eq!(shelf.captures[0].label.as_deref(), Some("two"), "the index is believed as it stands");
    assert_eq!(store.find(&shelf, "one").unwrap(), captures[0].id);
    assert_eq!(store.find(&shelf, "two").unwrap(), captures[1].id);
}

#[test]
fn an_index_that_came_with_the_captures_is_not_used() {
    let (folder, store, captures) = filled();
    store.look().unwrap();
    let text = std::fs::read_to_string(index_of(folder.path())).unwrap().replace("release", "invented");
    std::fs::write(store.folder().join(".index.json"), &text).unwrap();
    for store in [store.clone(), Store::at(store.folder().to_owned())] {
        let shelf = store.look().unwrap();
        assert_eq!((shelf.captures.len(), shelf.skipped.len()), (3, 0));
        assert_eq!(shelf.captures[0].label, captures[0].label);
    }
    // Nor is one that others may write, or a link.
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let index = index_of(folder.path());
        assert_eq!(std::fs::metadata(&index).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(index.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        std::fs::write(&index, &text).unwrap();
        assert_eq!(store.look().unwrap().captures[0].label.as_deref(), Some("invented"));
        let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
        // Into a folder that others may write, they can put whatever this user wrote elsewhere.
        mode(index.parent().unwrap(), 0o770).unwrap();
        assert_eq!(store.look().unwrap().captures[0].label, captures[0].label);
        mode(index.parent().unwrap(), 0o700).unwrap();
        assert_eq!(store.look().unwrap().captures[0].label.as_deref(), Some("invented"));
        mode(&index, 0o620).unwrap();
        assert_eq!(store.look().unwrap().captures[0].label, captures[0].label);
        std::fs::remove_file(&index).unwrap();
        std::os::unix::fs::symlink(store.folder().join(".index.json"), &index).unwrap();
        assert_eq!(store.look().unwrap().captures[0].label, captures[0].label);
    }
}

#[test]
fn nothing_goes_by_what_an_index_says() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("store")).with_index(index_of(folder.path()));
    let mut captures: Vec<Capture> = (0..3).map(|second| capture(second, Vec::new())).collect();
    captures[0].label = Some("kept".to_owned());
    for capture in &captures {
        store.keep(capture).unwrap();
    }
    store.look().unwrap();
    let index = index_of(folder.path());
    let text = std::fs::read_to_string(&index).unwrap().replace("\"kept\"", "null");
    std::fs::write(&index, text).unwrap();
    assert_eq!(store.look().unwrap().captures[0].label, None, "the index is believed as it stands");
    assert_eq!(store.prune(1, &captures[2].id).unwrap(), 1);
    assert!(store.load(&captures[0].id).is_ok() && store.load(&captures[1].id).is_err());
}

#[test]
fn the_future_pushes_nothing_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().to_owned());
    let captures: Vec<Capture> =
        [1, 2, 3, 900_000_000, 900_000_001].map(|second| capture(second, Vec::new())).into();
    for capture in &captures {
        store.keep(capture).unwrap();
    }
    assert_eq!(store.prune(2, &captures[2].id).unwrap(), 1);
    assert!(store.load(&captures[0].id).is_err());
    assert_eq!(store.look().unwrap().captures.len(), 4);
    // Not even where nothing is to be kept does the one go that was just made.
    assert_eq!(store.prune(0, &captures[2].id).unwrap(), 1);
    assert!(store.load(&captures[2].id).is_ok());
}

#[test]
fn what_is_dated_in_the_future_is_not_the_newest() {
    let (_folder, store, captures) = filled();
    // The year 2200.
    let later = Capture {
        label: captures[1].label.clone(),
        commit: captures[1].commit.clone(),
        ..capture(5_500_000_000, vec![metric("latency", &[9.0])])
    };
    store.keep(&later).unwrap();
    let shelf = store.look().unwrap();
    for name in ["release", "0123456789"] {
        assert_eq!(store.find(&shelf, name).unwrap(), captures[1].id, "{name}");
    }
    assert_eq!(store.find(&shelf, "latest").unwrap(), captures[2].id);
    assert_eq!(store.find(&shelf, &later.id).unwrap(), later.id, "it is found by its name");
    let shelf = shelf.until(clock::now());
    assert_eq!(shelf.captures.last().unwrap().id, captures[2].id);
    assert_eq!(shelf.series("latency", None).len(), 3);
    assert!(shelf.skipped[0].file.starts_with(&later.id) && shelf.skipped[0].reason.contains("future"));
    // Where the clock of this machine is behind all of them, the newest is the newest.
    assert_eq!(store.look().unwrap().until(at(-1_000)).captures.len(), 4);
}

#[test]
fn nothing_is_approved_that_goes_at_the_same_time() {
    let (_folder, store, captures) = filled();
    let (other, id) = (store.clone(), captures[2].id.clone());
    let approved = std::sync::Arc::new(std::sync::Mutex::new(None));
    let told = std::sync::Arc::clone(&approved);
    let pruning = Store::on(
        store.folder().to_owned(),
        Disk::watched(move |operation, _| {
            if operation == Operation::RemoveFile {
                *told.lock().unwrap() = Some(other.approve(&id, "o", "r", at(9)));
            }
            Ok(())
        }),
    );
    assert_eq!(pruning.prune(0, "").unwrap(), 1);
    let told = approved.lock().unwrap().take().unwrap();
    assert!(matches!(told, Err(StoreError::Busy(_))), "{told:?}");
    assert!(store.reference().unwrap().is_none());
}

#[test]
#[cfg(unix)]
fn what_cannot_be_read_does_not_make_the_index_anew() {
    use std::os::unix::fs::MetadataExt as _;
    let (folder, store, captures) = filled();
    std::fs::write(store.folder().join("20260101T000009000Z-00000000.json"), "{").unwrap();
    let looked = || {
        assert_eq!(store.look().unwrap().skipped.len(), 1);
        std::fs::metadata(index_of(folder.path())).unwrap().ino()
    };
    assert_eq!(looked(), looked());
    // What can be read does.
    let before = looked();
    store.keep(&Capture { id: new_id(at(4)), created: time_text(at(4)), ..captures[2].clone() }).unwrap();
    assert_ne!(looked(), before);
}

#[test]
fn rests_of_writers_that_were_ended_go() {
    let (_folder, store, _) = filled();
    let file = |name: &str| store.folder().join(name);
    let old = std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let rest = ".19700101T000000000Z-0000000a.tmp";
    let stay = [".19700101T000000000Z-0000000b.tmp", ".notes.tmp", "19700101T000000000Z-0000000c.tmp"];
    for name in stay.into_iter().chain([rest]) {
        std::fs::write(file(name), b"{").unwrap();
    }
    for name in [rest, stay[1], stay[2]] {
        std::fs::File::options().write(true).open(file(name)).unwrap().set_modified(old).unwrap();
    }
    std::fs::create_dir(file(".19700101T000000000Z-0000000d.tmp")).unwrap();
    store.keep(&capture(9, Vec::new())).unwrap();
    assert!(!file(rest).exists());
    assert!(stay.iter().all(|name| file(name).exists()));
    assert!(file(".19700101T000000000Z-0000000d.tmp").exists());
}

#[test]
fn captures_made_at_once_do_not_collide() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().join("store"));
    // All of them in the same millisecond, and the store is looked at meanwhile.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    while let Err(error) = store.keep(&capture(1, vec![metric("latency", &[1.0])])) {
                        assert!(error.is_collision(), "{error}");
                    }
                }
            });
        }
        for _ in 0..20 {
            assert!(store.look().unwrap().skipped.is_empty());
        }
    });
    let shelf = store.look().unwrap();
    assert_eq!((shelf.captures.len(), shelf.skipped.len()), (400, 0));
    assert_eq!(shelf.series("latency", None).len(), 400);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever captures there are, the index says of them what they say themselves, through additions and removals.
    #[test]
    fn an_index_says_what_the_documents_say(
        rounds in prop::collection::vec(
            prop::collection::vec((0_i64..50, prop::collection::btree_map("[a-d]", -1e300_f64..1e300, 0..4)), 0..5),
            1..4,
        ),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let cache = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path().to_owned()).with_index(index_of(cache.path()));
        let mut all: Vec<Capture> = Vec::new();
        for round in rounds {
            for (second, values) in round {
                let metrics = values.iter().map(|(name, value)| metric(name, &[*value])).collect();
                let made = capture(second, metrics);
                store.keep(&made).unwrap();
                all.push(made);
            }
            all.sort_by(|one, other| one.id.cmp(&other.id));
            if all.len() > 3 {
                let gone = all.remove(1);
                std::fs::remove_file(folder.path().join(format!("{}.json", gone.id))).unwrap();
            }
            for _ in 0..2 {
                let shelf = store.look().unwrap();
                let expected = Shelf::of(&all);
                prop_assert_eq!(&shelf.captures, &expected.captures);
                prop_assert_eq!(shelf.names(), expected.names());
                for name in ["a", "b", "c", "d"] {
                    prop_assert_eq!(shelf.series(name, None), expected.series(name, None));
                }
            }
        }
    }
}

/// `cargo test --release --lib ten_thousand -- --ignored --nocapture`
#[test]
#[ignore = "a measurement: it writes 10,000 files"]
fn ten_thousand_captures_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let store = Store::at(folder.path().to_owned()).with_index(index_of(cache.path()));
    for number in 0..10_000 {
        let metrics = (0..50)
            .map(|metric_number| metric(&format!("metric_{metric_number}"), &[f64::from(number) / 7.0]))
            .collect();
        let made = capture(i64::from(number), metrics);
        std::fs::write(folder.path().join(format!("{}.json", made.id)), made.write().unwrap()).unwrap();
    }
    let look = || {
        let begun = Instant::now();
        let series = store.look().unwrap().series("metric_49", None);
        assert_eq!(series.len(), 10_000);
        assert!((series[9_999].1 - 9_999.0 / 7.0).abs() < 1e-9);
        begun.elapsed()
    };
    let cold = look();
    let warm = (0..5).map(|_| look()).min().unwrap();
    let index = std::fs::metadata(index_of(cache.path())).unwrap().len();
    println!("10,000 captures of 50 metrics: without an index {cold:?}, with one {warm:?} ({index} bytes)");
    if !cfg!(debug_assertions) {
        assert!(warm < Duration::from_millis(200), "{warm:?}");
    }
}
