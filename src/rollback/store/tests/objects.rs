//! Objects and packs.

use super::*;
use crate::crypto::digest::HashAlgorithm;

#[test]
fn contents_come_back_with_and_without_a_key() {
    for key in [None, Some(one())] {
        let folder = workplace();
        let store = store(folder.path(), key.clone());
        let _lock = store.lock(Duration::ZERO).unwrap();
        let id = captured(&store, "2026-11-22T14:35:00Z", &contents()).unwrap();
        assert_whole(&store, &id, &contents());
        // Another process sees the same.
        let again = super::store(folder.path(), key.clone());
        assert_whole(&again, &id, &contents());
        let object = again.load(&id).unwrap().entries[3].clone();
        let What::File { object, .. } = object.what else { unreachable!() };
        assert!(again.has(object).unwrap() && !again.has(ObjectId([7; 32])).unwrap());
        let kept = again.load(&id).unwrap().contents;
        assert!(matches!(again.read(object, &kept, 8_999), Err(StoreError::TooLarge(_))));
        if key.is_none() {
            let expected = HashAlgorithm::Sha256.digest(&contents()[3]).to_string();
            assert_eq!(object.to_string(), expected);
        }
    }
}

#[test]
fn files_are_taken_as_they_are() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let folder = workplace();
    let mut paths = Vec::new();
    for (at, bytes) in contents().iter().enumerate() {
        let path = folder.path().join(format!("f{at}"));
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o4750)).unwrap();
        paths.push(path);
    }
    std::fs::hard_link(&paths[2], folder.path().join("second name")).unwrap();
    std::os::unix::fs::symlink(&paths[1], folder.path().join("link")).unwrap();
    paths.push(folder.path().join("link"));
    paths.push(folder.path().join("absent"));
    paths.push(folder.path().to_owned());
    paths.push(paths[4].clone());
    for key in [None, Some(one())] {
        let place = workplace();
        let store = store(place.path(), key.clone());
        let _lock = store.lock(Duration::ZERO).unwrap();
        let mut told = Vec::new();
        let mut sink = Sink::Store(store.writer().unwrap());
        let answers = sink.add_files(&paths, &mut |count| told.push(count)).unwrap();
        let digested = Sink::Digest(key).add_files(&paths, &mut |_| {}).unwrap();
        assert_eq!(answers, digested, "a look names everything as a capture does");
        assert_eq!(told, (1..=paths.len() as u64).collect::<Vec<_>>());
        let kept = sink.contents();
        let Sink::Store(writer) = sink else { unreachable!() };
        assert!(writer.finish().unwrap() > 0);
        for (at, bytes) in contents().iter().enumerate() {
            let taken = answers[at].as_ref().unwrap();
            let found = std::fs::metadata(&paths[at]).unwrap();
            assert_eq!(&store.read(taken.object, &kept, u64::MAX).unwrap(), bytes);
            assert_eq!((taken.size, taken.meta.mode), (bytes.len() as u64, 0o4750));
            assert_eq!((taken.meta.uid, taken.meta.gid), (found.uid(), found.gid()));
            assert_eq!(taken.meta.seconds, found.mtime());
            assert_eq!(i64::from(taken.meta.nanoseconds), found.mtime_nsec());
            assert_eq!(taken.names, if at == 2 { 2 } else { 1 });
            assert_eq!(taken.attributes, Vec::<String>::new());
        }
        for answer in &answers[7..10] {
            assert!(answer.is_err(), "{answer:?}");
        }
        assert_eq!(answers[10], answers[4]);
        // Nothing is new the second time.
        let mut sink = Sink::Store(store.writer().unwrap());
        assert_eq!(sink.add_files(&paths, &mut |_| {}).unwrap(), answers);
        let Sink::Store(writer) = sink else { unreachable!() };
        assert_eq!(writer.finish().unwrap(), 0);
        assert_eq!(std::fs::read_dir(store.packs()).unwrap().count(), 1);
    }
}

#[test]
fn without_the_key_nothing_encrypted_opens() {
    let folder = workplace();
    let sealed = store(folder.path(), Some(one()));
    let _lock = sealed.lock(Duration::ZERO).unwrap();
    let id = captured(&sealed, "2026-11-22T14:35:00Z", &contents()).unwrap();
    let point = sealed.load(&id).unwrap();
    let What::File { object, .. } = point.entries[2].what else { unreachable!() };
    for key in [None, Some(other())] {
        let store = store(folder.path(), key);
        let mark = one().mark().to_owned();
        assert!(
            matches!(store.read(object, &point.contents, 5_000), Err(StoreError::Key(key)) if key == mark)
        );
        // Nor does it as if it were in the clear, or under the other key.
        let kinds = [Contents::Plain {}, Contents::Encrypted { key: other().mark().to_owned() }];
        for kind in kinds {
            assert!(store.read(object, &kind, 5_000).is_err());
        }
    }
    // Nothing of the text is in the clear.
    for entry in std::fs::read_dir(sealed.packs()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(9).any(|window| window == b"brown fox"));
    }
    assert_ne!(one().mark(), other().mark());
}

/// `cargo test --lib rollback::store::tests::objects::five_hundred -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn five_hundred_files() {
    // On a disk, not in memory.
    let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR").to_owned() + "/target").unwrap();
    let mut paths = Vec::new();
    for at in 0..500_u64 {
        let path = folder.path().join(format!("f{at}"));
        let text: Vec<u8> = noise(150 + usize::try_from(at).unwrap() * 20, at)
            .iter()
            .flat_map(|byte| [byte % 32, 7])
            .collect();
        std::fs::write(&path, text).unwrap();
        paths.push(path);
    }
    for (name, key) in [("plain", None), ("encrypted", Some(one()))] {
        let store = Store::at(folder.path().join(name), key, Disk::real());
        let _lock = store.lock(Duration::ZERO).unwrap();
        let begun = std::time::Instant::now();
        let mut sink = Sink::Store(store.writer().unwrap());
        let answers = sink.add_files(&paths, &mut |_| {}).unwrap();
        let added = begun.elapsed();
        let contents = sink.contents();
        let Sink::Store(writer) = sink else { unreachable!() };
        let bytes = writer.finish().unwrap();
        let finished = begun.elapsed();
        let objects: Vec<_> = answers
            .iter()
            .map(|taken| taken.as_ref().unwrap())
            .map(|taken| (taken.object, taken.size))
            .collect();
        store.save(&point("2026-11-22T10:00:00Z", &contents, &objects)).unwrap();
        println!(
            "{name}: added in {added:?}, a pack of {bytes} bytes durable after {finished:?}, saved after {:?}",
            begun.elapsed()
        );
    }
}
