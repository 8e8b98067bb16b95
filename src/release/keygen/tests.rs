//! New keys on a disk that fails; and that they work.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::host::disk::Operation;

const ALL: Wanted = Wanted { signing: Some(3072), encryption: true };

/// Keys that are none: what is written matters here, not what it is.
fn keys(mark: &str) -> Keys {
    let files =
        ALL.files().into_iter().map(|name| (name, Zeroizing::new(format!("{mark} {name}")))).collect();
    Keys { files, fingerprint: None }
}

fn content(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect()
}

/// What the command does.
fn run(folder: &Path, mark: &str, disk: &Disk) -> Result<(), KeygenError> {
    match survey(folder, &ALL)? {
        State::Free => write(&keys(mark), folder, disk).map(drop),
        State::Interrupted => finish(folder, &ALL, disk).map(drop),
    }
}

#[test]
fn keys_are_for_their_owner_alone_and_never_overwritten() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("keys");
    run(&folder, "one", &Disk::real()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("."), mode(SIGNING_KEY), mode(ENCRYPTION_KEY)), (0o700, 0o600, 0o600));
        assert_eq!(mode(SIGNING_PUB) & 0o133, 0);
        assert_ne!(mode(SIGNING_PUB) & 0o400, 0);
    }
    let before = content(&folder);
    assert_eq!(before.len(), 3);
    let error = run(&folder, "two", &Disk::real()).unwrap_err().to_string();
    assert!(error.contains("signing.key is there already"), "{error}");
    for name in ALL.files() {
        let other = tempfile::tempdir().unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/nowhere", other.path().join(name)).unwrap();
        #[cfg(not(unix))]
        fs::write(other.path().join(name), "mine").unwrap();
        let error = run(other.path(), "two", &Disk::real()).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1, "nothing was written");
    }
    assert_eq!(content(&folder), before);
}

#[test]
fn a_disk_that_fails_leaves_all_or_what_a_second_run_completes() {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let above = tempfile::tempdir().unwrap();
    let disk = Disk::watched(move |_, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    run(&above.path().join("keys"), "one", &disk).unwrap();
    let operations = count.load(Ordering::Relaxed);
    let mut cases = 0;
    for (at, dead, present) in
        (0..operations).flat_map(|at| [(at, false, false), (at, true, false), (at, true, true)])
    {
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("keys");
        if present {
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("other"), "mine").unwrap();
        }
        let number = AtomicUsize::new(0);
        let disk = Disk::watched(move |_: Operation, _: &Path| {
            let now = number.fetch_add(1, Ordering::Relaxed);
            let fails = if dead { now >= at } else { now == at };
            if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        });
        let first = run(&folder, "one", &disk);
        // With the folder there, two operations fewer are needed.
        assert_eq!(first.is_err(), !present || at < operations - 2, "operation {at}");
        let between = content(&folder);
        let second = run(&folder, "two", &Disk::real());
        let mut after = content(&folder);
        if present {
            assert_eq!(after.remove("other").as_deref(), Some("mine"));
        }
        // Whatever had its name keeps its content, and the three are of one run.
        for (name, text) in between.iter().filter(|(name, _)| !name.starts_with('.') && *name != "other") {
            assert_eq!(after.get(name), Some(text), "operation {at}");
        }
        let of = |mark: &str| {
            ALL.files().iter().map(|name| ((*name).to_owned(), format!("{mark} {name}"))).collect()
        };
        let (one, two): (BTreeMap<_, _>, BTreeMap<_, _>) = (of("one"), of("two"));
        assert!(after == one || after == two, "operation {at}: {after:?}");
        // Only when all three had their names the second run has nothing to do.
        let whole = ALL.files().iter().all(|name| between.contains_key(*name));
        assert_eq!(matches!(second, Err(KeygenError::Exists(_))), whole, "operation {at}: {second:?}");
        assert!(whole || second.is_ok(), "operation {at}: {second:?}");
        cases += 1;
    }
    eprintln!("cases: {cases}");
    assert!(cases >= 40);
}

#[test]
fn what_is_made_was_tried() {
    let encryption = Wanted { signing: None, encryption: true };
    for passphrase in [None, Some("correct horse battery")] {
        let keys = make(&encryption, passphrase).unwrap();
        assert_eq!(keys.files.len(), 1);
        assert_eq!(keys.files[0].1.contains("ENCRYPTED"), passphrase.is_some());
        assert_eq!(format!("{keys:?}"), "[\"encryption.key\"]");
        let (text, other) = (&keys.files[0].1, SecretKey::generate().unwrap());
        let error = try_encryption(text, passphrase, &other).unwrap_err().to_string();
        assert!(error.contains("new encryption.key was tried"), "{error}");
    }
    assert!(matches!(
        make(&Wanted { signing: Some(2048), encryption: false }, None),
        Err(KeygenError::Generate(GenerateError::Bits(2048)))
    ));
    let [a, b, _] = crate::crypto::keys::three();
    let text = a.to_pem().unwrap();
    assert!(try_signing(&text, &a.public().to_pem(), None).is_ok());
    let error = try_signing(&text, &b.public().to_pem(), None).unwrap_err().to_string();
    assert!(error.contains("new signing.pub was tried"), "{error}");
}
