//! A small tree in two states, with every kind of change between them, and everything that a restore needs to know of both.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::super::carry::carry_out;
use super::super::*;
use crate::rollback::point::{
    Class, Contents, Head, Meta, ObjectId, Point, RawPath, Reason, Repository, RepositoryKind, Root, SCHEMA,
    Source, State, StatusCounts,
};
use crate::rollback::settings::Act;
use crate::rollback::store::StoreError;

/// Something in a tree: contents, mode, time of modification in nanoseconds. Times of folders are not compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    File(Vec<u8>, u32, i64),
    Link(String),
    Folder(u32),
}

/// Everything below a folder, by path; what lies outside the tree begins with `/`.
pub(super) type Tree = BTreeMap<String, Node>;

pub(super) const OLD_OID: &str = "1111111111111111111111111111111111111111";
pub(super) const NEW_OID: &str = "2222222222222222222222222222222222222222";

/// A time like those that files have; each number gives another.
pub(super) fn time(number: i64) -> i64 {
    1_700_000_000_000_000_000 + number * 1_000_000_007
}

pub(super) fn file(text: &str, mode: u32, number: i64) -> Node {
    Node::File(text.as_bytes().to_vec(), mode, time(number))
}

fn tree(nodes: &[(&str, Node)]) -> Tree {
    nodes.iter().map(|(path, node)| ((*path).to_owned(), node.clone())).collect()
}

/// Two states, and what no state knows of.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) old: Tree,
    pub(super) new: Tree,
    /// Files that no point captured: they are there before and after.
    pub(super) ignored: Tree,
    pub(super) refs: Vec<RefChange>,
    pub(super) exact: bool,
    pub(super) steps: Vec<Step>,
    /// Whether validations succeed.
    pub(super) good: bool,
}

impl World {
    /// Every kind of change.
    pub(super) fn whole() -> Self {
        let link = |target: &str| Node::Link(target.to_owned());
        let git = [
            (".git", Node::Folder(0o755)),
            (".git/HEAD", file("ref: refs/heads/main\n", 0o644, 1)),
            (".git/refs", Node::Folder(0o755)),
            (".git/refs/heads", Node::Folder(0o755)),
        ];
        let mut old = tree(&git);
        old.extend(tree(&[
            (".git/index", file("DIRC old", 0o644, 2)),
            (".git/refs/heads/main", file(&format!("{OLD_OID}\n"), 0o644, 3)),
            ("replaced.txt", file("old text\n", 0o644, 4)),
            ("secret", file("old secret\n", 0o400, 5)),
            ("mode.sh", file("#!/bin/sh\n", 0o755, 6)),
            ("touched", file("same\n", 0o644, 7)),
            ("link", link("replaced.txt")),
            ("file-link", file("file\n", 0o644, 8)),
            ("to-file", Node::Folder(0o755)),
            ("to-file/inside", file("inside\n", 0o644, 9)),
            ("to-folder", file("a file\n", 0o644, 10)),
            ("to-link", Node::Folder(0o750)),
            ("to-link/inside", file("linked\n", 0o644, 11)),
            ("from-link", link("closed")),
            ("closed", Node::Folder(0o500)),
            ("closed/file", file("old closed\n", 0o600, 12)),
            ("since.txt", file("made since\n", 0o640, 13)),
            ("since", Node::Folder(0o700)),
            ("since/deep", Node::Folder(0o500)),
            ("since/deep/file", file("made since, too\n", 0o644, 14)),
            ("half", Node::Folder(0o755)),
            ("half/since", file("made since beside what is ignored\n", 0o644, 15)),
            ("Case", file("upper\n", 0o644, 16)),
            ("kept", file("never changed\n", 0o644, 17)),
            ("folder-mode", Node::Folder(0o755)),
            ("/etc", Node::Folder(0o755)),
            ("/etc/app.conf", file("old = 1\n", 0o644, 18)),
        ]));
        let mut new = tree(&git);
        new.extend(tree(&[
            (".git/index", file("DIRC new index", 0o644, 22)),
            (".git/MERGE_HEAD", file(&format!("{NEW_OID}\n"), 0o644, 23)),
            ("replaced.txt", file("new text, longer than the old\n", 0o664, 24)),
            ("secret", file("new secret\n", 0o400, 25)),
            ("mode.sh", file("#!/bin/sh\n", 0o644, 6)),
            ("touched", file("same\n", 0o644, 27)),
            ("link", link("/nowhere")),
            ("file-link", link("kept")),
            ("to-file", file("now a file\n", 0o600, 28)),
            ("to-folder", Node::Folder(0o711)),
            ("to-folder/deep", Node::Folder(0o500)),
            ("to-folder/deep/file", file("came\n", 0o444, 29)),
            ("to-link", link("closed")),
            ("from-link", Node::Folder(0o755)),
            ("from-link/file", file("below what was a link\n", 0o644, 30)),
            ("closed", Node::Folder(0o500)),
            ("closed/file", file("new closed\n", 0o600, 31)),
            ("closed/more", file("", 0o644, 32)),
            ("case", file("lower\n", 0o644, 33)),
            ("kept", file("never changed\n", 0o644, 17)),
            ("folder-mode", Node::Folder(0o2775)),
            ("no/parents/listed", file("deep\n", 0o644, 34)),
            ("empty", Node::Folder(0o755)),
            ("/etc", Node::Folder(0o755)),
            ("/etc/app.conf", file("new = 2\n", 0o600, 35)),
        ]));
        let ignored = tree(&[("half/ignored", file("nobody knows\n", 0o644, 40))]);
        let refs =
            [("refs/heads/main", Some(OLD_OID), Some(NEW_OID)), ("refs/tags/deep/v1", None, Some(NEW_OID))];
        Self {
            old,
            new,
            ignored,
            refs: refs.map(ref_change).to_vec(),
            exact: false,
            steps: vec![step()],
            good: true,
        }
    }

    /// Few changes, one of each important kind: for what is expensive to try.
    pub(super) fn small() -> Self {
        let mut old = tree(&[
            (".git", Node::Folder(0o755)),
            (".git/index", file("DIRC old", 0o644, 2)),
            ("replaced", file("old text\n", 0o644, 4)),
            ("since", file("made since\n", 0o640, 13)),
            ("swap", Node::Folder(0o755)),
            ("swap/inside", file("inside\n", 0o644, 9)),
        ]);
        old.insert("mode".to_owned(), file("mode\n", 0o755, 6));
        let new = tree(&[
            (".git", Node::Folder(0o755)),
            (".git/index", file("DIRC new", 0o644, 22)),
            ("replaced", file("new text\n", 0o600, 24)),
            ("mode", file("mode\n", 0o644, 6)),
            ("swap", file("now a file\n", 0o644, 25)),
            ("came", Node::Folder(0o755)),
            ("came/file", file("came\n", 0o644, 26)),
        ]);
        Self { old, new, ignored: Tree::new(), refs: Vec::new(), exact: false, steps: Vec::new(), good: true }
    }

    /// What a tree is after the restore: what the point says, and what neither knows of.
    pub(super) fn after(&self) -> Tree {
        let mut after = self.new.clone();
        let made = |path: &str, node: Node, after: &mut Tree| {
            after.entry(path.to_owned()).or_insert(node);
        };
        for path in ["no", "no/parents"] {
            if self.new.contains_key("no/parents/listed") {
                made(path, Node::Folder(0o755), &mut after);
            }
        }
        for (path, node) in &self.ignored {
            after.insert(path.clone(), node.clone());
            let (folder, _) = path.rsplit_once('/').unwrap();
            made(folder, self.old[folder].clone(), &mut after);
        }
        for change in &self.refs {
            let path = format!(".git/{}", change.name);
            after.remove(&path);
            if let Some(oid) = &change.after {
                // Its time is that of the restore.
                after.insert(path.clone(), Node::File(format!("{oid}\n").into_bytes(), 0o644, 0));
                for (at, _) in path.match_indices('/') {
                    made(&path[..at], Node::Folder(0o755), &mut after);
                }
            }
        }
        after
    }

    /// What it was before.
    pub(super) fn before(&self) -> Tree {
        let mut before = self.old.clone();
        before.extend(self.ignored.clone());
        before
    }

    /// Paths that are put aside, with what they hold.
    pub(super) fn since(&self) -> Tree {
        let gone = self.old.iter().filter(|(path, node)| {
            !self.new.contains_key(*path) && !path.starts_with(".git") && !matches!(node, Node::Folder(_))
        });
        gone.map(|(path, node)| (path.clone(), node.clone())).collect()
    }

    /// Carries the restore out in a folder that holds `tree` and `out`.
    pub(super) fn restore(&self, top: &Path, disk: &Disk) -> Result<Restored, RestoreError> {
        let (root, outside) = (top.join("tree"), top.join("out"));
        let (now, then) = (state(), state());
        let changes = Changes { paths: self.changes(), refs: self.refs.clone(), ..Changes::default() };
        let objects: BTreeMap<ObjectId, &[u8]> = self.new.values().filter_map(object).collect();
        let id = "20261122T143500Z-0123456789abcdef".parse().unwrap();
        let safety = "20261122T150000Z-fedcba9876543210".parse().unwrap();
        let order = Order {
            place: Place { root: &root, outside: Some(&outside) },
            store: &Store::at(top.join("store"), None, Disk::real()),
            id: &id,
            then: &then,
            safety: &safety,
            now: &now,
            changes: &changes,
            exact: self.exact,
            validate: &self.steps,
            run: &|_| self.ended(),
            disk,
            progress: &|_, _, _| {},
        };
        carry_out(&order, &|id, out| {
            let bytes = objects.get(&id).ok_or(StoreError::Missing(id))?;
            out.write_all(bytes).map_err(|source| StoreError::Io { path: "slot".to_owned(), source })?;
            Ok(bytes.len() as u64)
        })
    }

    pub(super) fn recover(&self, top: &Path, disk: &Disk) -> Result<Option<Recovered>, RestoreError> {
        let (root, outside) = (top.join("tree"), top.join("out"));
        recover(Place { root: &root, outside: Some(&outside) }, &|_| self.ended(), disk)
    }

    fn ended(&self) -> Ended {
        Ended { good: self.good, words: String::new(), took: Duration::ZERO }
    }

    /// The changes, by hand.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut paths: Vec<&String> = self.old.keys().chain(self.new.keys()).collect();
        paths.sort_unstable();
        paths.dedup();
        let changed = paths.into_iter().filter(|path| self.old.get(*path) != self.new.get(*path));
        let changed = changed.filter(|path| !path.starts_with(".git/refs"));
        changed
            .map(|path| {
                let source = match path {
                    path if path.starts_with('/') => Source::Outside,
                    path if path.starts_with(".git/") => Source::Git,
                    _ => Source::Tracked,
                };
                Change {
                    path: RawPath::from_bytes(path.as_bytes()),
                    before: self.old.get(path).map(thing),
                    after: self.new.get(path).map(thing),
                    class: Class { source, config: false, security: false },
                    in_git: false,
                }
            })
            .collect()
    }
}

pub(super) fn ref_change((name, before, after): (&str, Option<&str>, Option<&str>)) -> RefChange {
    let owned = |oid: Option<&str>| oid.map(str::to_owned);
    RefChange {
        repository: RawPath::default(),
        name: name.to_owned(),
        before: owned(before),
        after: owned(after),
    }
}

pub(super) fn step() -> Step {
    let act = Act::Command { words: vec!["check".to_owned()] };
    Step { name: "check".to_owned(), act, limit: Duration::from_secs(1), rehearse: true }
}

fn object(node: &Node) -> Option<(ObjectId, &[u8])> {
    match node {
        Node::File(bytes, ..) => Some((ObjectId(Sha256::digest(bytes).into()), bytes)),
        _ => None,
    }
}

fn thing(node: &Node) -> Thing {
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let meta = |mode: u32, time: i64| Meta {
        mode,
        uid,
        gid,
        seconds: time.div_euclid(1_000_000_000),
        nanoseconds: u32::try_from(time.rem_euclid(1_000_000_000)).unwrap(),
    };
    match node {
        Node::File(bytes, mode, time) => Thing {
            content: Content::Object(object(node).unwrap().0),
            meta: meta(*mode, *time),
            size: bytes.len() as u64,
        },
        Node::Link(target) => Thing {
            content: Content::Link(RawPath::from_bytes(target.as_bytes())),
            meta: meta(0o777, time(50)),
            size: 0,
        },
        Node::Folder(mode) => Thing { content: Content::Folder, meta: meta(*mode, time(51)), size: 0 },
    }
}

/// What is asked of a state: its repository and how contents are named.
pub(super) fn state() -> State {
    let git = RawPath::from_bytes(b".git");
    let repository = Repository {
        path: RawPath::default(),
        kind: RepositoryKind::Root,
        git_dir: git.clone(),
        common_dir: git,
        head: Head::Branch { name: "refs/heads/main".to_owned(), commit: OLD_OID.to_owned() },
        upstream: None,
        refs: vec![("refs/heads/main".to_owned(), OLD_OID.to_owned())],
        symbolic: Vec::new(),
        state: Vec::new(),
        operation: None,
        bundles: Vec::new(),
        status: StatusCounts::default(),
        submodules: Vec::new(),
        lfs: Vec::new(),
        ignored: Vec::new(),
    };
    let point = Point {
        schema: SCHEMA,
        tool: "test".to_owned(),
        created: "2026-11-22T14:35:00Z".to_owned(),
        name: None,
        reason: Reason::Asked,
        root: Root { path: RawPath::from_bytes(b"/tree"), folder: None, first_commits: Vec::new() },
        contents: Contents::Plain {},
        repositories: vec![repository],
        entries: Vec::new(),
        unchanged: None,
        environment: Vec::new(),
        gaps: Vec::new(),
        notes: Vec::new(),
    };
    State { point, unchanged: Vec::new() }
}

fn at(top: &Path, path: &str) -> PathBuf {
    match path.strip_prefix('/') {
        Some(outside) => top.join("out").join(outside),
        None => top.join("tree").join(path),
    }
}

/// Writes a tree into a folder.
pub(super) fn build(top: &Path, tree: &Tree) {
    for folder in ["tree", "out"] {
        std::fs::create_dir_all(top.join(folder)).unwrap();
    }
    for (path, node) in tree {
        let path = at(top, path);
        match node {
            Node::File(bytes, mode, time) => {
                let mut file = std::fs::File::create(&path).unwrap();
                file.write_all(bytes).unwrap();
                file.set_permissions(std::fs::Permissions::from_mode(*mode)).unwrap();
                let since = Duration::from_nanos(u64::try_from(*time).unwrap());
                file.set_modified(std::time::UNIX_EPOCH + since).unwrap();
            }
            Node::Link(target) => std::os::unix::fs::symlink(target, &path).unwrap(),
            Node::Folder(_) => std::fs::create_dir(&path).unwrap(),
        }
    }
    for (path, node) in tree.iter().rev() {
        if let Node::Folder(mode) = node {
            std::fs::set_permissions(at(top, path), std::fs::Permissions::from_mode(*mode)).unwrap();
        }
    }
}

/// Reads what is there: the tree, and beside it what is kept in `.readiness`, which is not part of it.
pub(super) fn read(top: &Path) -> (Tree, Tree) {
    let (mut tree, mut own) = (Tree::new(), Tree::new());
    read_folder(&top.join("tree"), "", &mut tree);
    read_folder(&top.join("out"), "/", &mut tree);
    let paths: Vec<String> = tree.keys().filter(|path| path.starts_with(".readiness")).cloned().collect();
    for path in paths {
        let node = tree.remove(&path).unwrap();
        own.insert(path, node);
    }
    (tree, own)
}

fn read_folder(folder: &Path, prefix: &str, into: &mut Tree) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        let found = entry.path().symlink_metadata().unwrap();
        let node = if found.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), into);
            Node::Folder(found.mode() & 0o7777)
        } else if found.is_symlink() {
            Node::Link(entry.path().read_link().unwrap().to_str().unwrap().to_owned())
        } else {
            let time = found.mtime() * 1_000_000_000 + found.mtime_nsec();
            Node::File(std::fs::read(entry.path()).unwrap(), found.mode() & 0o7777, time)
        };
        into.insert(path, node);
    }
}

/// Which of the two states a folder is in; nothing else is left there, and nothing is lost. True for the new one.
pub(super) fn judge(world: &World, top: &Path, context: &str) -> bool {
    let (mut found, own) = read(top);
    let is_new = found.get("replaced.txt").or(found.get("replaced"))
        == world.new.get("replaced.txt").or(world.new.get("replaced"));
    if is_new {
        for change in &world.refs {
            if let Some(Node::File(_, _, time)) = found.get_mut(&format!(".git/{}", change.name)) {
                *time = 0;
            }
        }
    }
    let wanted = if is_new { world.after() } else { world.before() };
    same(&found, &wanted, context);
    let mut left: Vec<&str> = own.keys().map(String::as_str).collect();
    let kept = ".readiness/rollback/kept";
    left.retain(|path| {
        ![".readiness", ".readiness/rollback", ".readiness/rollback/.gitignore", kept].contains(path)
            && !path.starts_with(&format!("{kept}/"))
    });
    assert!(left.is_empty(), "{context}: left over: {left:?}");
    let folder = format!("{kept}/20261122T150000Z-fedcba9876543210");
    let kept = own.iter().filter_map(|(path, node)| Some((path.strip_prefix(&format!("{folder}/"))?, node)));
    let kept: Tree = kept
        .filter(|(_, node)| !matches!(node, Node::Folder(_)))
        .map(|(path, node)| (path.to_owned(), node.clone()))
        .collect();
    let since = if is_new && !world.exact { world.since() } else { Tree::new() };
    same(&kept, &since, &format!("{context}: put aside"));
    is_new
}

pub(super) fn same(found: &Tree, wanted: &Tree, context: &str) {
    let mut differ = Vec::new();
    for path in found.keys().chain(wanted.keys()) {
        if found.get(path) != wanted.get(path) {
            differ.push(format!("{path}: is {:?}, not {:?}", found.get(path), wanted.get(path)));
        }
    }
    assert!(differ.is_empty(), "{context}: {differ:#?}");
}

/// A folder in memory where the system has such a place: forcing thousands of files to a disk takes its time.
pub(super) fn workplace() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// A folder with the state before.
pub(super) fn place(world: &World) -> tempfile::TempDir {
    let folder = workplace();
    build(folder.path(), &world.before());
    folder
}
