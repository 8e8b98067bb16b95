//! Whatever fails, and whenever the program ends: every point that is listed is whole, those that were there are still
//! there, nothing is left half made once the next command is at work, and a second run completes.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;

/// What is done while the disk fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    First,
    Capture,
    Prune,
    Export,
    Import,
    Pin,
}

const ACTS: [Act; 6] = [Act::First, Act::Capture, Act::Prune, Act::Export, Act::Import, Act::Pin];

/// What is new in a capture: little, and enough for several writes.
fn new() -> &'static [Vec<u8>] {
    static NEW: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    NEW.get_or_init(|| vec![b"new".to_vec(), noise(300_000, 9), b"text ".repeat(500)])
}

fn shared() -> Vec<u8> {
    noise(700, 1)
}

/// Points that are there before, oldest first: the second pack is mostly waste without the second point.
fn prepare(folder: &Path, act: Act) -> Vec<PointId> {
    if act == Act::First {
        return Vec::new();
    }
    let store = store(folder, None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    let first = captured(&store, "2026-11-01T00:00:00Z", &[noise(900, 5)]).unwrap();
    let second = captured(&store, "2026-11-02T00:00:00Z", &[shared(), noise(9_000, 2)]).unwrap();
    let third = captured(&store, "2026-11-03T00:00:00Z", &[shared(), noise(400, 3)]).unwrap();
    match act {
        Act::Export => std::fs::write(folder.join("carried"), b"old").unwrap(),
        Act::Import => {
            let other = super::store(&folder.join("other"), None);
            std::fs::create_dir(folder.join("other")).unwrap();
            let _lock = other.lock(Duration::ZERO).unwrap();
            let id = captured(&other, "2026-11-02T12:00:00Z", new()).unwrap();
            other.export(&id, &folder.join("carried")).unwrap();
        }
        _ => {}
    }
    vec![first, second, third]
}

fn perform(folder: &Path, act: Act, disk: Disk) -> Result<(), StoreError> {
    let store = store_on(folder, None, disk);
    let _lock = store.lock(Duration::from_secs(5))?;
    match act {
        Act::First => captured(&store, "2026-11-04T00:00:00Z", new()).map(drop),
        // The clock went back.
        Act::Capture => captured(&store, "2026-10-01T00:00:00Z", new()).map(drop),
        Act::Prune => {
            let keep = Keep { count: 1, age: Duration::ZERO };
            store.prune(keep, "2026-12-01T00:00:00Z".parse().unwrap(), false).map(drop)
        }
        Act::Export => store.export(&store.find("20261102")?, &folder.join("carried")).map(drop),
        Act::Import => store.import(&folder.join("carried")).map(drop),
        Act::Pin => {
            let id = store.find("20261102")?;
            store.pin(&id, true)?;
            store.mark_verified(&id, "2026-12-01T00:00:00Z".parse().unwrap())
        }
    }
}

/// What must hold at any moment.
fn assert_sound(folder: &Path, act: Act, before: &[PointId]) {
    let store = store(folder, None);
    let ids = assert_all_whole(&store);
    let needed = if act == Act::Prune { &before[2..] } else { before };
    assert!(needed.iter().all(|id| ids.contains(id)), "{act:?}: {ids:?}");
    if act == Act::Export {
        let bytes = std::fs::read(folder.join("carried")).unwrap();
        if bytes != b"old" {
            assert_carried(folder, &before[1]);
        }
    }
}

fn assert_carried(folder: &Path, id: &PointId) {
    let elsewhere = workplace();
    let store = store(elsewhere.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    assert_eq!(&store.import(&folder.join("carried")).unwrap(), id);
    assert_all_whole(&store);
}

/// A second run on a disk that works brings what the first should have.
fn assert_completes(folder: &Path, act: Act, before: &[PointId]) {
    perform(folder, act, Disk::real()).unwrap();
    assert_sound(folder, act, before);
    let store = store(folder, None);
    let ids = assert_all_whole(&store);
    match act {
        Act::First => assert_eq!(ids.len(), 1),
        Act::Capture => {
            assert_eq!(ids[..3], *before);
            assert_whole(&store, &ids[3], new());
            assert_eq!(ids.len(), 4);
        }
        Act::Prune => {
            assert_eq!(ids, before[2..]);
            assert_eq!(packs_of(&store), 2);
        }
        Act::Export => assert_carried(folder, &before[1]),
        Act::Import => {
            assert_whole(&store, &ids[2], new());
            assert_eq!(ids.len(), 4);
        }
        Act::Pin => {
            let listed = store.list().unwrap();
            assert!(listed[1].pinned && listed[1].verified.is_some());
        }
    }
    let left =
        names_below(folder).into_iter().filter(|name| name.contains(".new-") || name.contains("-export-"));
    assert_eq!(left.count(), 0, "{act:?}");
}

/// How many operations it has.
fn operations(act: Act) -> usize {
    let folder = workplace();
    let before = prepare(folder.path(), act);
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    let disk = Disk::watched(move |_, _| {
        seen.fetch_add(1, SeqCst);
        Ok(())
    });
    perform(folder.path(), act, disk).unwrap();
    assert_completes(folder.path(), act, &before);
    count.load(SeqCst)
}

#[test]
fn an_operation_that_fails_loses_nothing() {
    for act in ACTS {
        let (operations, mut cases) = (operations(act), 0);
        assert!(operations >= 5, "{act:?}: {operations}");
        for failing in 0..operations {
            // ENOSPC, EIO, EACCES; once, or from then on as on a disk that is full or gone.
            for (code, for_good) in [28, 5, 13].into_iter().flat_map(|code| [(code, false), (code, true)]) {
                let folder = workplace();
                let before = prepare(folder.path(), act);
                let at = AtomicUsize::new(0);
                let disk = Disk::watched(move |_, _| {
                    let now = at.fetch_add(1, SeqCst);
                    let fails = now == failing || (for_good && now > failing);
                    if fails { Err(io::Error::from_raw_os_error(code)) } else { Ok(()) }
                });
                let result = perform(folder.path(), act, disk);
                assert!(result.is_err(), "{act:?}, operation {failing}: a failure is told");
                assert_sound(folder.path(), act, &before);
                assert_completes(folder.path(), act, &before);
                cases += 1;
            }
        }
        println!("store, {act:?}: {operations} operations, {cases} failures tried");
    }
}

/// Run by the test below in a process of its own, which ends at the operation that the environment names.
#[test]
#[ignore = "a child of another test"]
fn child_that_is_killed() {
    let Ok(text) = std::env::var("READINESS_TEST_STORE") else { return };
    let mut words = text.splitn(3, ' ');
    let mut number = || words.next().unwrap().parse::<usize>().unwrap();
    let (act, at) = (ACTS[number()], number());
    let seen = AtomicUsize::new(0);
    let disk = Disk::watched(move |_, _| {
        if seen.fetch_add(1, SeqCst) == at {
            // Nothing is tidied up, and no buffer is written.
            let this = rustix::process::getpid();
            rustix::process::kill_process(this, rustix::process::Signal::KILL)?;
        }
        Ok(())
    });
    let _ = perform(Path::new(words.next().unwrap()), act, disk);
    panic!("it should have ended");
}

#[test]
fn ended_at_any_operation_nothing_is_lost() {
    for (number, act) in ACTS.into_iter().enumerate() {
        let operations = operations(act);
        for at in 0..operations {
            let folder = workplace();
            let before = prepare(folder.path(), act);
            let ended = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "rollback::store::tests::crash::child_that_is_killed", "--ignored"])
                .env("READINESS_TEST_STORE", format!("{number} {at} {}", folder.path().display()))
                .output()
                .unwrap();
            assert_eq!(ended.status.code(), None, "a signal ended it: {ended:?}");
            assert_sound(folder.path(), act, &before);
            assert_completes(folder.path(), act, &before);
        }
        println!("store, {act:?}: ended by a signal at each of {operations} operations");
    }
}
