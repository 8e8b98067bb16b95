//! Points carried from one store to another.

use super::*;

struct Carried {
    _folder: tempfile::TempDir,
    file: PathBuf,
    id: PointId,
    bytes: Vec<u8>,
}

fn exported(key: Option<StoreKey>, all: &[Vec<u8>]) -> Carried {
    let folder = workplace();
    let store = store(folder.path(), key);
    let _lock = store.lock(Duration::ZERO).unwrap();
    captured(&store, "2026-11-01T00:00:00Z", &[b"another".to_vec()]).unwrap();
    let id = captured(&store, "2026-11-02T00:00:00Z", all).unwrap();
    let file = folder.path().join("point.rdy");
    let length = store.export(&id, &file).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(length, bytes.len() as u64);
    Carried { file, id, bytes, _folder: folder }
}

/// Imports into a new store, which has nothing in it when that fails.
fn import(key: Option<StoreKey>, file: &Path) -> Result<PointId, StoreError> {
    let folder = workplace();
    let store = store(folder.path(), key);
    let _lock = store.lock(Duration::ZERO).unwrap();
    let before = names_below(folder.path());
    let result = store.import(file);
    if result.is_err() {
        assert_eq!(names_below(folder.path()), before);
    }
    result
}

#[test]
fn a_point_is_carried_whole() {
    for key in [None, Some(one())] {
        let carried = exported(key.clone(), &contents());
        let folder = workplace();
        let store = store(folder.path(), key.clone());
        let _lock = store.lock(Duration::ZERO).unwrap();
        // Part of it is there already.
        captured(&store, "2026-11-09T00:00:00Z", &contents()[2..4]).unwrap();
        for _ in 0..2 {
            assert_eq!(store.import(&carried.file).unwrap(), carried.id);
            assert_whole(&super::store(folder.path(), key.clone()), &carried.id, &contents());
            assert_eq!(packs_of(&store), 2);
            assert_eq!(store.list().unwrap()[0].id, carried.id, "it stands where its id says");
        }
        // Out again it is the same.
        let again = folder.path().join("again");
        std::fs::write(&again, b"old").unwrap();
        store.export(&carried.id, &again).unwrap();
        if key.is_none() {
            assert!(std::fs::read(&again).unwrap() == carried.bytes);
        }
        assert!(store.export(&carried.id, folder.path()).is_err());
    }
}

#[test]
fn what_is_damaged_here_is_brought_again() {
    let carried = exported(None, &contents());
    let folder = workplace();
    let store = store(folder.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    captured(&store, "2026-11-09T00:00:00Z", &contents()).unwrap();
    let pack = std::fs::read_dir(store.packs()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&pack).unwrap();
    bytes[5_000] ^= 1;
    std::fs::write(&pack, bytes).unwrap();
    let store = super::store(folder.path(), None);
    store.import(&carried.file).unwrap();
    assert_whole(&store, &carried.id, &contents());
}

#[test]
fn encrypted_points_need_their_key() {
    let carried = exported(Some(one()), &contents()[..3]);
    for key in [None, Some(other())] {
        assert!(matches!(import(key, &carried.file), Err(StoreError::Key(key)) if key == one().mark()));
    }
    assert!(import(Some(one()), &carried.file).is_ok());
}

#[test]
fn a_changed_cut_or_longer_file_is_refused() {
    for key in [None, Some(one())] {
        let carried = exported(key.clone(), &[b"ab".to_vec(), b"text ".repeat(30), noise(80, 1)]);
        let write = |bytes: &[u8]| std::fs::write(&carried.file, bytes).unwrap();
        for at in 0..carried.bytes.len() {
            let mut changed = carried.bytes.clone();
            changed[at] ^= 0x20;
            write(&changed);
            assert!(import(key.clone(), &carried.file).is_err(), "byte {at} of {}", changed.len());
        }
        for length in (0..carried.bytes.len()).step_by(7) {
            write(&carried.bytes[..length]);
            assert!(import(key.clone(), &carried.file).is_err(), "{length} bytes");
        }
        write(&[&carried.bytes[..], b"\0"].concat());
        let error = import(key.clone(), &carried.file).unwrap_err();
        assert!(error.to_string().contains("follows its end"), "{error}");
        write(&carried.bytes);
        assert!(import(key.clone(), &carried.file).is_ok());
    }
}

#[test]
fn absurd_lengths_are_refused_before_anything_is_made_room_for() {
    let carried = exported(None, &[b"ab".to_vec(), b"cd".to_vec()]);
    let manifest = u64::from_le_bytes(carried.bytes[8..16].try_into().unwrap());
    let objects = usize::try_from(manifest).unwrap() + 24;
    // The length of the manifest, the number of objects, and both lengths of the first of them.
    for at in [8, objects - 8, objects + 33, objects + 41] {
        for number in [u64::MAX, 1 << 63, 1 << 40] {
            let mut changed = carried.bytes.clone();
            changed[at..at + 8].copy_from_slice(&number.to_le_bytes());
            std::fs::write(&carried.file, &changed).unwrap();
            assert!(matches!(import(None, &carried.file), Err(StoreError::Form { .. })), "{number} at {at}");
        }
    }
}

#[test]
fn a_damaged_object_is_not_exported() {
    let folder = workplace();
    let store = store(folder.path(), None);
    let _lock = store.lock(Duration::ZERO).unwrap();
    let id = captured(&store, "2026-11-02T00:00:00Z", &[noise(3_000, 1)]).unwrap();
    let pack = std::fs::read_dir(store.packs()).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&pack).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&pack, bytes).unwrap();
    let file = folder.path().join("out");
    std::fs::write(&file, b"old").unwrap();
    assert!(matches!(store.export(&id, &file), Err(StoreError::Damaged(_))));
    assert_eq!(std::fs::read(&file).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left over");
}
