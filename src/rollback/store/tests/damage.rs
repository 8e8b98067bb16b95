//! Packs that were changed, cut or made by somebody else: never wrong bytes, never more than there should be.

use super::*;
use crate::crypto::digest::HashAlgorithm;

fn only_pack(store: &Store) -> PathBuf {
    std::fs::read_dir(store.packs()).unwrap().next().unwrap().unwrap().path()
}

/// How many objects come out right; nothing else may come out.
fn right(folder: &Path, key: Option<&StoreKey>, id: &PointId, all: &[Vec<u8>]) -> usize {
    let store = store(folder, key.cloned());
    let point = store.load(id).unwrap();
    let mut right = 0;
    for (object, bytes) in point.objects().zip(all) {
        let mut out = Vec::new();
        match store.copy_to(object, &point.contents, &mut out) {
            Ok(_) => {
                assert!(&out == bytes);
                right += 1;
            }
            Err(StoreError::Damaged(_) | StoreError::Form { .. }) => assert!(out.len() <= bytes.len()),
            Err(other) => panic!("{other}"),
        }
    }
    right
}

#[test]
fn every_changed_byte_of_a_pack_is_noticed_or_harmless() {
    let all = [
        b"ab".to_vec(),
        b"the quick brown fox jumps over the lazy dog\n".repeat(6),
        noise(150, 3),
        Vec::new(),
    ];
    for key in [None, Some(one())] {
        let folder = workplace();
        let id = {
            let store = store(folder.path(), key.clone());
            let _lock = store.lock(Duration::ZERO).unwrap();
            captured(&store, "2026-11-22T10:00:00Z", &all).unwrap()
        };
        let pack = only_pack(&store(folder.path(), key.clone()));
        let bytes = std::fs::read(&pack).unwrap();
        let index = bytes.len() - 80 - 4 * 57;
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            std::fs::write(&pack, &changed).unwrap();
            let expected = match at {
                _ if at < 8 => 0,
                _ if at < index => 3,
                // The digest over all of it is only asked by who checks whole packs.
                _ if at >= bytes.len() - 32 => 4,
                _ => 0,
            };
            assert_eq!(
                right(folder.path(), key.as_ref(), &id, &all),
                expected,
                "byte {at} of {}",
                bytes.len()
            );
        }
        for length in 0..bytes.len() {
            std::fs::write(&pack, &bytes[..length]).unwrap();
            assert_eq!(right(folder.path(), key.as_ref(), &id, &all), 0, "{length} bytes");
        }
        std::fs::write(&pack, &bytes).unwrap();
        assert_eq!(right(folder.path(), key.as_ref(), &id, &all), 4);
    }
}

/// A pack with this body and these index entries: id, flags, offset, stored, plain.
fn forged(store: &Store, body: &[u8], entries: &[([u8; 32], u8, u64, u64, u64)]) {
    let mut bytes = b"rdypack\x01".to_vec();
    bytes.extend_from_slice(body);
    let mut index = Vec::new();
    for (id, flags, offset, stored, plain) in entries {
        index.extend_from_slice(id);
        index.push(*flags);
        for number in [offset, stored, plain] {
            index.extend_from_slice(&number.to_le_bytes());
        }
    }
    let at = bytes.len() as u64;
    bytes.extend_from_slice(&index);
    bytes.extend_from_slice(&at.to_le_bytes());
    bytes.extend_from_slice(&(entries.len() as u64).to_le_bytes());
    bytes.extend_from_slice(HashAlgorithm::Sha256.digest(&index).as_bytes());
    bytes.extend_from_slice(HashAlgorithm::Sha256.digest(&bytes.clone()).as_bytes());
    let name = format!("{}.pack", HashAlgorithm::Sha256.digest(&bytes));
    for old in std::fs::read_dir(store.packs()).unwrap() {
        std::fs::remove_file(old.unwrap().path()).unwrap();
    }
    std::fs::write(store.packs().join(name), &bytes).unwrap();
}

fn sha(bytes: &[u8]) -> [u8; 32] {
    HashAlgorithm::Sha256.digest(bytes).as_bytes().try_into().unwrap()
}

#[test]
fn lengths_that_cannot_be_are_refused_before_anything_is_read() {
    let folder = workplace();
    let store = store(folder.path(), None);
    drop(store.lock(Duration::ZERO).unwrap());
    let id = sha(b"abc");
    // As another process would: what is open stays readable.
    let read = || super::store(folder.path(), None).read(ObjectId(id), &Contents::Plain {}, u64::MAX);
    forged(&store, b"abc", &[(id, 0, 8, 3, 3)]);
    assert_eq!(read().unwrap(), b"abc", "what the forger writes is a pack");
    for entry in [
        (id, 0, 8, 1 << 63, 1 << 63),
        (id, 0, 1 << 63, 3, 3),
        (id, 0, u64::MAX, 3, 3),
        (id, 0, 8, u64::MAX, u64::MAX),
        (id, 0, 8, 3, 4),
        (id, 0, 0, 3, 3),
        (id, 0, 9, 3, 3),
        (id, 1, 8, 3, 1 << 63),
        (id, 2, 8, 3, 3),
        (id, 4, 8, 3, 3),
    ] {
        forged(&store, b"abc", &[entry]);
        assert!(matches!(read(), Err(StoreError::Form { .. })), "{entry:?}");
    }
    // Twice, and not in order.
    forged(&store, b"abc", &[(id, 0, 8, 3, 3), (id, 0, 8, 3, 3)]);
    assert!(read().is_err());
    forged(&store, b"abc", &[([255; 32], 0, 8, 3, 3), (id, 0, 8, 3, 3)]);
    assert!(read().is_err());
    // A capture is not kept from working, and brings what the broken pack does not give.
    let _lock = store.lock(Duration::ZERO).unwrap();
    captured(&store, "2026-11-22T10:00:00Z", &[b"abc".to_vec()]).unwrap();
    assert_eq!(read().unwrap(), b"abc");
}

#[test]
fn a_deflate_bomb_gives_no_more_than_it_declares() {
    let folder = workplace();
    let store = store(folder.path(), None);
    drop(store.lock(Duration::ZERO).unwrap());
    let zeros = vec![0; 20 << 20];
    let mut deflated = Vec::new();
    let mut encoder = flate2::read::DeflateEncoder::new(zeros.as_slice(), flate2::Compression::best());
    io::Read::read_to_end(&mut encoder, &mut deflated).unwrap();
    let stored = deflated.len() as u64;
    assert!(stored < 30_000);
    let id = sha(&zeros[..100]);
    for plain in [99, 100, 101, stored] {
        forged(&store, &deflated, &[(id, 1, 8, stored, plain)]);
        let mut out = Vec::new();
        let copied = store.copy_to(ObjectId(id), &Contents::Plain {}, &mut out);
        assert!(matches!(copied, Err(StoreError::Damaged(_))), "{plain}: {copied:?}");
        assert!(out.len() as u64 <= plain);
    }
    // Less comes out than is declared; and something follows the end of the stream.
    forged(&store, &deflated, &[(sha(&zeros), 1, 8, stored, (20 << 20) + 1)]);
    assert!(store.copy_to(ObjectId(sha(&zeros)), &Contents::Plain {}, &mut io::sink()).is_err());
    deflated.extend_from_slice(b"more");
    forged(&store, &deflated, &[(sha(&zeros), 1, 8, stored + 4, 20 << 20)]);
    assert!(store.copy_to(ObjectId(sha(&zeros)), &Contents::Plain {}, &mut io::sink()).is_err());
}

#[test]
fn what_cannot_be_written_is_told_apart_from_damage() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for key in [None, Some(one())] {
        let folder = workplace();
        let store = store(folder.path(), key);
        let _lock = store.lock(Duration::ZERO).unwrap();
        let id = captured(&store, "2026-11-22T10:00:00Z", &contents()).unwrap();
        let point = store.load(&id).unwrap();
        for object in point.objects().skip(1) {
            let error = store.copy_to(object, &point.contents, &mut Full).unwrap_err();
            assert!(
                matches!(&error, StoreError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull),
                "{error}"
            );
        }
    }
}

#[test]
fn a_file_that_is_never_the_same_twice_is_told() {
    // Its length is said to be 0, and it is not.
    let answers = Sink::Digest(None).add_files(&[PathBuf::from("/proc/self/status")], &mut |_| {}).unwrap();
    assert!(answers[0].as_ref().is_err_and(|reason| reason.contains("kept changing")), "{answers:?}");
}
