//! Whatever fails, and whenever the program ends: every file opens under exactly one of the keys and says what it said
//! before, and a second run completes.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::*;
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::secret_key::{KeyFile, parse_key_file};
use crate::host::disk::{Disk, Operation};

const OLD: &[u8] = b"0123456789abcdef0123456789abcdeX";
const NEW: &[u8] = b"fedcba9876543210fedcba987654321Y";

fn loaded(bytes: &[u8]) -> LoadedKey {
    let KeyFile { keys, .. } = parse_key_file(bytes).unwrap();
    LoadedKey { name: "key".to_owned(), keys, too_open: None }
}

/// A key for small segments: what is tried is the order of things, not the cipher.
fn key(bytes: &[u8]) -> StreamingKey {
    StreamingKey::new(bytes, Parameters::new(4096, HashAlgorithm::Sha256).unwrap()).unwrap()
}

fn rotation() -> Rotation {
    Rotation { old: vec![key(OLD)], new: key(NEW), names: glob::set(["*.enc"]).unwrap() }
}

/// What the files hold: none, little, and more than a segment.
fn plaintexts() -> BTreeMap<&'static str, Vec<u8>> {
    let long = (0..10_000_u32).flat_map(|number| [number.to_le_bytes()[0] ^ 0x5a]).collect();
    BTreeMap::from([("a.enc", Vec::new()), ("b/b.enc", b"one secret".to_vec()), ("b/c.enc", long)])
}

fn seal(bytes: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::new();
    encrypt(&key(bytes), &[], &Seed::random().unwrap(), &mut &*plaintext, &mut sealed).unwrap();
    sealed
}

fn open(bytes: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let mut decryptor = Decryptor::new(&key(bytes), &[]);
    let mut plain = Vec::new();
    decryptor.update(sealed, &mut plain).ok()?;
    decryptor.finish(&mut plain).ok()?;
    Some(plain)
}

fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("b")).unwrap();
    for (path, plaintext) in plaintexts() {
        std::fs::write(folder.path().join(path), seal(OLD, &plaintext)).unwrap();
    }
    folder
}

/// How many files are under the new key; each must be whole under exactly one.
fn under_new(folder: &Path) -> usize {
    let mut count = 0;
    for (path, plaintext) in plaintexts() {
        let sealed = std::fs::read(folder.join(path)).unwrap();
        let (old, new) = (open(OLD, &sealed), open(NEW, &sealed));
        assert_ne!(old.is_some(), new.is_some(), "{path} is under exactly one key");
        assert!(old.or_else(|| new.clone()) == Some(plaintext), "{path} says what it said");
        count += usize::from(new.is_some());
    }
    count
}

fn run(folder: &Path, disk: &Disk) -> Result<Vec<Turned>, RotateError> {
    rotation().run(folder, false, disk, &Course::default())
}

fn completes(folder: &Path) {
    let turned = run(folder, &Disk::real()).unwrap();
    assert!(turned.iter().all(|file| matches!(file.turn, Turn::Rotated(_) | Turn::Already)), "{turned:?}");
    assert_eq!(under_new(folder), 3);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2, "nothing is left over");
    assert_eq!(std::fs::read_dir(folder.join("b")).unwrap().count(), 2, "nothing is left over");
}

/// A disk that counts what is asked of it.
fn counting() -> (Disk, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    let disk = Disk::watched(move |_, _| {
        seen.fetch_add(1, SeqCst);
        Ok(())
    });
    (disk, count)
}

fn operations() -> usize {
    let folder = tree();
    let (disk, count) = counting();
    run(folder.path(), &disk).unwrap();
    assert_eq!(under_new(folder.path()), 3);
    count.load(SeqCst)
}

#[test]
fn an_operation_that_fails_loses_nothing() {
    let operations = operations();
    let mut cases = 0;
    for failing in 0..operations {
        // One operation fails; or it and all that follow, as on a disk that is full or gone.
        for for_good in [false, true] {
            let folder = tree();
            let at = AtomicUsize::new(0);
            let disk = Disk::watched(move |_, _| {
                let now = at.fetch_add(1, SeqCst);
                let fails = now == failing || (for_good && now > failing);
                if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
            });
            let turned = run(folder.path(), &disk).unwrap();
            assert!(turned.iter().any(|file| matches!(file.turn, Turn::Failed(_))), "operation {failing}");
            under_new(folder.path());
            completes(folder.path());
            cases += 1;
        }
    }
    println!("rotation under failing operations: {cases} cases");
}

/// Run by the test below in a process of its own, which ends at the operation that the environment names.
#[test]
#[ignore = "a child of another test"]
fn child_that_is_killed() {
    let Ok(text) = std::env::var("READINESS_TEST_ROTATION") else { return };
    let (at, folder) = text.split_once(' ').unwrap();
    let (at, seen) = (at.parse::<usize>().unwrap(), AtomicUsize::new(0));
    let disk = Disk::watched(move |_, _| {
        if seen.fetch_add(1, SeqCst) == at {
            // Nothing is tidied up, and no buffer is written.
            let this = rustix::process::getpid();
            rustix::process::kill_process(this, rustix::process::Signal::KILL)?;
        }
        Ok(())
    });
    let _ = run(Path::new(folder), &disk);
    panic!("it should have ended");
}

#[cfg(unix)]
#[test]
fn ended_at_any_operation_nothing_is_lost() {
    let operations = operations();
    for at in 0..operations {
        let folder = tree();
        let ended = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "release::rotate::tests::child_that_is_killed", "--ignored"])
            .env("READINESS_TEST_ROTATION", format!("{at} {}", folder.path().display()))
            .output()
            .unwrap();
        assert_eq!(ended.status.code(), None, "a signal ended it: {ended:?}");
        under_new(folder.path());
        completes(folder.path());
    }
    println!("rotation ended by a signal: {operations} cases");
}

#[test]
fn the_new_file_takes_the_place_only_when_it_reads_back() {
    let folder = tree();
    let before = std::fs::read(folder.path().join("b/c.enc")).unwrap();
    let making = folder.path().join("b/.c.enc.readiness-rotate");
    // What reached the disk is not what was written, just before it is read back.
    let disk = Disk::watched(move |operation, path| {
        if operation == Operation::SyncFile && path == making {
            let mut bytes = std::fs::read(path)?;
            bytes[7_000] ^= 1;
            std::fs::write(path, bytes)?;
        }
        Ok(())
    });
    let turned = run(folder.path(), &disk).unwrap();
    let last = turned.iter().find(|file| file.path == Path::new("b/c.enc")).unwrap();
    assert!(matches!(&last.turn, Turn::Failed(reason) if reason.contains("read back")), "{turned:?}");
    assert!(std::fs::read(folder.path().join("b/c.enc")).unwrap() == before);
    assert_eq!(under_new(folder.path()), 2);
    completes(folder.path());
}

#[test]
fn damaged_and_strange_files_are_named_and_left() {
    let folder = tree();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let mut cut = seal(OLD, &plaintexts()["b/c.enc"]);
    cut.truncate(9_000);
    write("cut.enc", &cut);
    write("strange.enc", &seal(b"another key, of thirty-two bytes", b"text"));
    write("text.enc", b"no ciphertext at all");
    write("empty.enc", b"");
    write("a.txt", b"not asked for");
    let turned = run(folder.path(), &Disk::real()).unwrap();
    let words = |name: &str| {
        let of = turned.iter().find(|file| file.path == Path::new(name)).unwrap();
        match &of.turn {
            Turn::Failed(reason) => format!("failed: {reason}"),
            Turn::Left(reason) => format!("left: {reason}"),
            other => format!("{other:?}"),
        }
    };
    assert!(words("cut.enc").starts_with("failed: under the old key, but not sound"), "{}", words("cut.enc"));
    for name in ["strange.enc", "text.enc", "empty.enc"] {
        assert!(words(name).starts_with("left: it does not open with either key"), "{}", words(name));
    }
    assert_eq!(std::fs::read(folder.path().join("cut.enc")).unwrap(), cut);
    assert_eq!(turned.len(), 7, "a.txt is not among them");
    assert_eq!(under_new(folder.path()), 3);
}

#[cfg(unix)]
#[test]
fn mode_and_links_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tree();
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("s.enc");
    let sealed = seal(OLD, b"elsewhere");
    std::fs::write(&secret, &sealed).unwrap();
    std::os::unix::fs::symlink(&secret, folder.path().join("link.enc")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("folder")).unwrap();
    let file = folder.path().join("b/b.enc");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(run(folder.path(), &Disk::real()).unwrap().len(), 3);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read(&secret).unwrap(), sealed, "what a link leads to is not touched");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let glob = ["*.enc".to_owned()];
    assert!(matches!(Rotation::new(&loaded(OLD), &loaded(OLD), &glob), Err(RotateError::SameKey)));
    let path = ["b/*.enc".to_owned()];
    assert!(matches!(Rotation::new(&loaded(OLD), &loaded(NEW), &path), Err(RotateError::Path(_))));
    let usual = Rotation::new(&loaded(OLD), &loaded(NEW), &glob).unwrap();
    assert_eq!(usual.new.parameters(), &Parameters::default(), "a plain key has the usual segments");
    let folder = tree();
    let _held = lock(folder.path()).unwrap();
    #[cfg(unix)]
    assert!(matches!(run(folder.path(), &Disk::real()), Err(RotateError::Locked(_))));
}

#[test]
fn files_of_a_release_are_left() {
    let folder = tree();
    for name in ["manifest.json", "SHA256SUMS"] {
        std::fs::write(folder.path().join("b").join(name), "{}").unwrap();
    }
    let turned = run(folder.path(), &Disk::real()).unwrap();
    let left = turned.iter().filter(|file| matches!(&file.turn, Turn::Left(why) if why.contains("release")));
    assert_eq!(left.count(), 2, "{turned:?}");
    assert_eq!(under_new(folder.path()), 1);
}
