//! The disk fails, or the process is ended, at every operation in turn. Afterwards there is no release or a whole one, what
//! is released is untouched, and a second preparation completes.

use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;

/// Tells the process that is to be ended where it works and at which operation.
const FOLDER: &str = "READINESS_TEST_PREPARE_FOLDER";
const NUMBER: &str = "READINESS_TEST_PREPARE_OPERATION";
const SIGNING: &str = "READINESS_TEST_PREPARE_KEY";

/// A disk that fails from its `from`th operation on, `times` times.
fn failing(from: usize, times: usize) -> Disk {
    let count = AtomicUsize::new(0);
    Disk::watched(move |_, _| {
        let now = count.fetch_add(1, SeqCst);
        if (from..from.saturating_add(times)).contains(&now) {
            return Err(io::Error::other("the disk fails here"));
        }
        Ok(())
    })
}

/// How many operations a preparation has.
fn operations(root: &Path, keys: &Keys) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&count);
    let disk = Disk::watched(move |_, _| {
        counting.fetch_add(1, SeqCst);
        Ok(())
    });
    made(&plan(root), keys, &disk).unwrap();
    std::fs::remove_dir_all(root.join("out")).unwrap();
    count.load(SeqCst)
}

fn sources(root: &Path) -> Vec<(String, Vec<u8>)> {
    listed(&root.join("dist"))
        .into_iter()
        .map(|name| (name.clone(), std::fs::read(root.join("dist").join(name)).unwrap()))
        .collect()
}

/// A project in memory where the system has such a place: forcing thousands of files to a disk takes its time.
fn workplace() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// Takes everything away that a preparation made, so that the next one has the same operations.
fn clear(root: &Path) {
    if root.join("out").exists() {
        std::fs::remove_dir_all(root.join("out")).unwrap();
    }
}

/// What stands beside the release.
fn left_over(root: &Path) -> Vec<String> {
    let beside = std::fs::read_dir(root.join("out/releases")).into_iter().flatten();
    let names = beside.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name != "v1").collect()
}

#[test]
fn a_disk_that_fails_leaves_no_release_and_a_second_run_completes() {
    let folder = workplace();
    let root = folder.path();
    project(root);
    let (key, before) = (here(), sources(root));
    let keys = keys(key.as_deref());
    let count = operations(root, &keys);
    let target = root.join("out/releases/v1");
    for at in 0..count {
        let error = made(&plan(root), &keys, &failing(at, 1)).map(drop).unwrap_err();
        assert!(error.to_string().contains("fails here"), "operation {at}: {error}");
        assert!(!target.exists() && left_over(root).is_empty(), "operation {at}: {error}");
        assert!(sources(root) == before, "operation {at}");
        if at % 8 == 0 {
            let built = made(&plan(root), &keys, &Disk::real()).unwrap();
            assert_whole(&target, root, key.is_some());
            assert!(built.removed.is_empty());
        }
        clear(root);
    }
    eprintln!("prepare: the disk failed at each of {count} operations");
}

#[test]
fn a_disk_that_stays_broken_is_cleaned_by_the_next_run() {
    let folder = workplace();
    let root = folder.path();
    project(root);
    let keys = keys(None);
    let count = operations(root, &keys);
    let target = root.join("out/releases/v1");
    for at in 0..count {
        let error = made(&plan(root), &keys, &failing(at, usize::MAX)).map(drop).unwrap_err();
        assert_eq!(target.exists(), matches!(error, BuildError::Unforced { .. }), "operation {at}: {error}");
        assert!(
            !target.exists() || at + 1 == count,
            "only the last operation comes too late to take it back"
        );
        if !target.exists() {
            let left = left_over(root);
            let built = made(&plan(root), &keys, &Disk::real()).unwrap();
            assert_eq!(built.removed.len(), left.len(), "operation {at}");
        }
        assert!(left_over(root).is_empty(), "operation {at}");
        assert_whole(&target, root, false);
        clear(root);
    }
    eprintln!("prepare: the disk failed from each of {count} operations on");
}

#[test]
fn a_process_that_is_ended_leaves_no_release_or_a_whole_one() {
    let folder = workplace();
    let root = folder.path();
    project(root);
    let (key, before) = (here(), sources(root));
    let keys = keys(key.as_deref());
    let count = operations(root, &keys);
    let program = std::env::current_exe().unwrap();
    let target = root.join("out/releases/v1");
    let (mut whole, mut left) = (0, 0);
    for at in 0..count {
        let ended = Command::new(&program)
            .args([
                "release::prepare::tests::faults::ended_at_an_operation",
                "--exact",
                "--ignored",
                "--quiet",
            ])
            .env(FOLDER, root)
            .env(NUMBER, at.to_string())
            .envs(key.iter().map(|path| (SIGNING, path)))
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), None, "operation {at}: no signal ended it");
        assert!(sources(root) == before, "operation {at}");
        if target.exists() {
            whole += 1;
            assert_whole(&target, root, key.is_some());
        } else if at % 4 == 0 || at + 4 > count {
            let beside = left_over(root).len();
            left += beside;
            let built = made(&plan(root), &keys, &Disk::real()).unwrap();
            assert_eq!(built.removed.len(), beside, "operation {at}");
            assert_whole(&target, root, key.is_some());
            assert!(left_over(root).is_empty(), "operation {at}");
        }
        clear(root);
    }
    assert_eq!(whole, 1, "before its name was forced to the disk, and at no other moment");
    assert!(left > 0);
    eprintln!("prepare: ended at each of {count} operations");
}

/// The process that is ended; without a folder to work in it is not asked to be.
#[test]
#[ignore = "run by the test above, in a process of its own"]
fn ended_at_an_operation() {
    let Some(root) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let at: usize = std::env::var(NUMBER).unwrap().parse().unwrap();
    let key = std::env::var_os(SIGNING).map(PathBuf::from);
    let count = AtomicUsize::new(0);
    let disk = Disk::watched(move |_, _| {
        if count.fetch_add(1, SeqCst) == at {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
        Ok(())
    });
    made(&plan(&root), &keys(key.as_deref()), &disk).unwrap();
}

#[test]
fn what_someone_works_in_is_not_removed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    project(root);
    let busy = root.join("out/releases/.v1.readiness-partial-1");
    std::fs::create_dir_all(&busy).unwrap();
    // What only looks like one stays, too.
    let other = root.join("out/releases/.v1.readiness-partial-x");
    std::fs::create_dir(&other).unwrap();
    let held = std::fs::File::open(&busy).unwrap();
    held.try_lock().unwrap();
    let error = made(&plan(root), &Keys::default(), &Disk::real()).unwrap_err();
    assert!(matches!(&error, BuildError::Busy(path) if path.ends_with("partial-1")), "{error}");
    assert!(busy.exists());
    drop(held);
    let built = made(&plan(root), &Keys::default(), &Disk::real()).unwrap();
    assert!(built.removed.len() == 1 && !busy.exists() && other.exists());
}
