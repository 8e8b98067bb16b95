//! States made by hand, for tests.

use crate::rollback::point::{
    Class, Contents, Entry, Head, Meta, ObjectId, Origin, Point, RawPath, Reason, Repository, RepositoryKind,
    Root, SCHEMA, Source, State, StatusCounts, Unchanged, What,
};

pub(in crate::rollback) fn path(text: &str) -> RawPath {
    RawPath::from_bytes(text.as_bytes())
}

pub(in crate::rollback) fn object(number: u8) -> ObjectId {
    ObjectId([number; 32])
}

pub(in crate::rollback) fn meta(mode: u32) -> Meta {
    Meta { mode, uid: 1000, gid: 1000, seconds: 1_700_000_000, nanoseconds: 5 }
}

pub(in crate::rollback) fn entry(at: &str, what: What, source: Source) -> Entry {
    Entry { path: path(at), what, meta: meta(0o644), class: Class { source, ..Class::default() } }
}

pub(in crate::rollback) fn file(at: &str, number: u8, size: u64) -> Entry {
    entry(at, What::File { object: object(number), size }, Source::Tracked)
}

pub(in crate::rollback) fn clean(at: &str, number: u8) -> Unchanged {
    let origin = Origin::Blob(format!("{number:02x}").repeat(20));
    Unchanged { path: path(at), origin, meta: meta(0o644), size: u64::from(number) }
}

pub(in crate::rollback) fn folder(at: &str) -> Unchanged {
    Unchanged { path: path(at), origin: Origin::Folder, meta: meta(0o755), size: 0 }
}

/// A point of a tree `/srv/app` with nothing in it.
pub(in crate::rollback) fn point() -> Point {
    Point {
        schema: SCHEMA,
        tool: "readiness 0".to_owned(),
        created: "2026-11-22T14:35:00Z".to_owned(),
        name: None,
        reason: Reason::Asked,
        root: Root { path: path("/srv/app"), folder: None, first_commits: Vec::new() },
        contents: Contents::Plain {},
        repositories: Vec::new(),
        entries: Vec::new(),
        unchanged: None,
        environment: Vec::new(),
        gaps: Vec::new(),
        notes: Vec::new(),
    }
}

/// A repository with one commit on `main` and nothing more, its git directory in it.
pub(in crate::rollback) fn repository(at: &str) -> Repository {
    let commit = "1".repeat(40);
    Repository {
        path: path(at),
        kind: if at.is_empty() { RepositoryKind::Root } else { RepositoryKind::Nested },
        git_dir: path(at).join(b".git"),
        common_dir: path(at).join(b".git"),
        head: Head::Branch { name: "refs/heads/main".to_owned(), commit: commit.clone() },
        upstream: None,
        refs: vec![("refs/heads/main".to_owned(), commit)],
        symbolic: Vec::new(),
        state: Vec::new(),
        operation: None,
        bundles: Vec::new(),
        status: StatusCounts::default(),
        submodules: Vec::new(),
        lfs: Vec::new(),
        ignored: Vec::new(),
    }
}

/// A state of these; they are put into order.
pub(in crate::rollback) fn state(mut entries: Vec<Entry>, mut unchanged: Vec<Unchanged>) -> State {
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    unchanged.sort_by(|one, other| one.path.cmp(&other.path));
    State { point: Point { entries, ..point() }, unchanged }
}
