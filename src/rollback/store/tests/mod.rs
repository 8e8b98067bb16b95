//! What is put in comes out, or an error does.

mod crash;
mod damage;
mod lockers;
mod objects;
mod points;
mod portable;
mod pruning;

use std::path::Path;

use super::*;
use crate::crypto::secret_key::parse_key_file;
use crate::rollback::point::{
    Class, Contents, Entry, Gap, Meta, Point, RawPath, Root, SCHEMA, Source, Value, Variable, What,
};
use crate::rollback::settings::Keep;

/// A place in memory where the system has one: forcing many files to a disk takes its time.
fn workplace() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

fn key(text: &[u8]) -> StoreKey {
    StoreKey::new(&parse_key_file(text).unwrap().keys[0]).unwrap()
}

fn one() -> StoreKey {
    key(b"0123456789abcdef0123456789abcdeX")
}

fn other() -> StoreKey {
    key(b"fedcba9876543210fedcba987654321Y")
}

/// A store beside a tree, where more than 20,000 bytes are streamed.
fn store_on(folder: &Path, key: Option<StoreKey>, disk: Disk) -> Store {
    Store::at(folder.join(".readiness/rollback"), key, disk).streaming_beyond(20_000)
}

fn store(folder: &Path, key: Option<StoreKey>) -> Store {
    store_on(folder, key, Disk::real())
}

/// Bytes that do not compress.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Contents of every kind: none, two bytes, text, noise, and more than is held in memory of both.
fn contents() -> Vec<Vec<u8>> {
    let text = |count: usize| b"the quick brown fox jumps over the lazy dog\n".repeat(count);
    vec![
        Vec::new(),
        b"ab".to_vec(),
        text(40),
        noise(9_000, 1),
        text(2_000),
        noise(150_000, 2),
        vec![0; 400_000],
    ]
}

/// A point of some objects.
fn point(created: &str, contents: &Contents, objects: &[(ObjectId, u64)]) -> Point {
    let entry = |(at, (object, size)): (usize, &(ObjectId, u64))| Entry {
        path: RawPath::from_bytes(format!("file{at:04}").as_bytes()),
        what: What::File { object: *object, size: *size },
        meta: Meta { mode: 0o644, ..Meta::default() },
        class: Class { source: Source::Untracked, ..Class::default() },
    };
    Point {
        schema: SCHEMA,
        tool: "test".to_owned(),
        created: created.to_owned(),
        name: None,
        reason: Reason::Asked,
        root: Root { path: RawPath::from_bytes(b"/tree"), folder: None, first_commits: Vec::new() },
        contents: contents.clone(),
        repositories: Vec::new(),
        entries: objects.iter().enumerate().map(entry).collect(),
        unchanged: None,
        environment: Vec::new(),
        gaps: Vec::new(),
        notes: Vec::new(),
    }
}

/// Captures contents and stores a point of them.
fn captured(store: &Store, created: &str, all: &[Vec<u8>]) -> Result<PointId, StoreError> {
    let mut sink = Sink::Store(store.writer()?);
    let mut objects = Vec::new();
    for bytes in all {
        objects.push(sink.add_reader(&mut bytes.as_slice())?);
    }
    let contents = sink.contents();
    let Sink::Store(writer) = sink else { unreachable!() };
    writer.finish()?;
    store.save(&point(created, &contents, &objects))
}

/// Sees that a point is there and gives these contents back.
fn assert_whole(store: &Store, id: &PointId, all: &[Vec<u8>]) {
    let point = store.load(id).unwrap();
    assert_eq!(point.entries.len(), all.len());
    for (entry, bytes) in point.entries.iter().zip(all) {
        let What::File { object, size } = entry.what else { panic!("{entry:?}") };
        assert_eq!(size, bytes.len() as u64);
        assert!(&store.read(object, &point.contents, size).unwrap() == bytes, "{id}: {}", entry.path.text());
    }
}

/// Sees that every point that is listed can be read and gives all its contents back; their ids.
fn assert_all_whole(store: &Store) -> Vec<PointId> {
    let mut ids = Vec::new();
    for listed in store.list().unwrap() {
        assert!(listed.head.is_ok(), "{listed:?}");
        let point = store.load(&listed.id).unwrap();
        for object in point.objects() {
            store.copy_to(object, &point.contents, &mut io::sink()).unwrap();
        }
        ids.push(listed.id);
    }
    ids
}

/// Names of everything below a folder, sorted.
fn names_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            names.extend(names_below(&entry.path()));
        }
        names.push(entry.path().display().to_string());
    }
    names.sort();
    names
}

fn packs_of(store: &Store) -> usize {
    std::fs::read_dir(store.packs()).unwrap().count()
}
