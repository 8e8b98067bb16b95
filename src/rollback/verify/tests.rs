//! Each rule with a point that yields it and one that does not: real stores, real git.
#![cfg(unix)]

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use super::*;
use crate::crypto::secret_key::parse_key_file;
use crate::host::disk::Disk;
use crate::rollback::point::{
    Bundle, Class, Entry, Gap, Head, Meta, ObjectId, Origin, Point, RawPath, Repository, RepositoryKind,
    Source, Unchanged, Value, Variable, What, write as write_point, write_unchanged,
};
use crate::rollback::restore::testing::{path, point, repository};
use crate::rollback::store::{Sink, StoreKey};

/// A tree with a repository of one commit, and a point of it that is whole and belongs there.
struct Trial {
    folder: tempfile::TempDir,
    point: Point,
    unchanged: Vec<Unchanged>,
    key: Option<StoreKey>,
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
        .envs([("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.org")])
        .envs([("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@example.org")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    crate::host::files::write_atomic(path, text.as_bytes()).unwrap();
}

fn meta_of(path: &Path) -> Meta {
    let found = path.symlink_metadata().unwrap();
    Meta {
        mode: found.permissions().mode() & 0o7777,
        uid: found.uid(),
        gid: found.gid(),
        seconds: found.mtime(),
        nanoseconds: u32::try_from(found.mtime_nsec()).unwrap(),
    }
}

fn of(path: &Path) -> RawPath {
    RawPath::of(path)
}

impl Trial {
    /// The repository has `a` (clean) and `dir/b` (clean); `new` is untracked.
    fn new() -> Self {
        Self::with_key(None)
    }

    fn with_key(key: Option<StoreKey>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("tree");
        write(&root.join("a"), "one\n");
        write(&root.join("dir/b"), "two\n");
        git(&root, &["init", "-q", "-b", "main"]);
        git(&root, &["add", "a", "dir/b"]);
        git(&root, &["commit", "-q", "-m", "first"]);
        write(&root.join("new"), "three\n");
        let mut trial = Self { folder, point: point(), unchanged: Vec::new(), key };
        trial.point.root.path = of(&root);
        let commit = git(&root, &["rev-parse", "HEAD"]);
        trial.point.root.first_commits = vec![commit.clone()];
        trial.unchanged = vec![trial.clean("a"), trial.folder_at("dir"), trial.clean("dir/b")];
        let mut own = repository("");
        own.head = Head::Branch { name: "refs/heads/main".to_owned(), commit: commit.clone() };
        own.refs = vec![("refs/heads/main".to_owned(), commit)];
        trial.point.repositories = vec![own];
        trial.point.repositories[0].state = ["HEAD", "index"]
            .map(|name| Entry { path: path(name), ..trial.taken(&format!(".git/{name}")) })
            .into();
        let new = trial.taken("new");
        trial.point.entries = vec![new];
        trial.bundle(&["--all"]);
        trial
    }

    fn root(&self) -> PathBuf {
        self.point.root.path.to_path()
    }

    fn store(&self) -> Store {
        Store::at(self.folder.path().join("store"), self.key.clone(), Disk::real())
    }

    /// Puts contents into the store.
    fn put(&mut self, bytes: &[u8]) -> ObjectId {
        let store = self.store();
        let _lock = store.lock(std::time::Duration::from_secs(9)).unwrap();
        let mut sink = Sink::Store(store.writer().unwrap());
        let object = sink.add_bytes(bytes).unwrap();
        self.point.contents = sink.contents();
        let Sink::Store(writer) = sink else { unreachable!() };
        writer.finish().unwrap();
        object
    }

    /// A file of the tree, or outside of it, as it is captured.
    fn taken(&mut self, name: &str) -> Entry {
        let at = self.root().join(name);
        let bytes = std::fs::read(&at).unwrap();
        let what = What::File { object: self.put(&bytes), size: bytes.len() as u64 };
        let source = if name.starts_with('/') { Source::Outside } else { Source::Untracked };
        Entry { path: path(name), what, meta: meta_of(&at), class: Class { source, ..Class::default() } }
    }

    fn clean(&self, name: &str) -> Unchanged {
        let at = self.root().join(name);
        let oid = git(&self.root(), &["hash-object", name]);
        let size = at.metadata().unwrap().len();
        Unchanged { path: path(name), origin: Origin::Blob(oid), meta: meta_of(&at), size }
    }

    fn folder_at(&self, name: &str) -> Unchanged {
        let meta = meta_of(&self.root().join(name));
        Unchanged { path: path(name), origin: Origin::Folder, meta, size: 0 }
    }

    fn own(&mut self) -> &mut Repository {
        &mut self.point.repositories[0]
    }

    /// Makes a bundle the only one of the repository.
    fn bundle(&mut self, what: &[&str]) {
        let file = self.folder.path().join("made.bundle");
        git(&self.root(), &[&["bundle", "create", "-q", file.to_str().unwrap()], what].concat());
        self.bundle_of(&std::fs::read(file).unwrap());
    }

    fn bundle_of(&mut self, bytes: &[u8]) {
        let object = self.put(bytes);
        let size = bytes.len() as u64;
        self.own().bundles = vec![Bundle { object, size, tips: Vec::new(), needs: Vec::new() }];
    }

    /// Stores the point.
    fn save(&mut self) -> PointId {
        self.point.unchanged = None;
        let mut unchanged = self.unchanged.clone();
        unchanged.sort_by(|one, other| one.path.cmp(&other.path));
        if !unchanged.is_empty() {
            let object = self.put(&write_unchanged(&unchanged));
            self.point.unchanged = Some(object);
        }
        self.point.entries.sort_by(|one, other| one.path.cmp(&other.path));
        // As the store would, which takes no point whose objects are missing.
        let bytes = write_point(&self.point);
        let digest = Sha256::digest(&bytes).into();
        let id = PointId::new(&self.point.created, &digest).unwrap();
        let manifest = self.folder.path().join(format!("store/points/{id}.json"));
        std::fs::create_dir_all(manifest.parent().unwrap()).unwrap();
        crate::host::files::write_atomic(&manifest, &bytes).unwrap();
        id
    }

    fn verify_with(&self, id: &PointId, root: Option<&Path>, store: &Store) -> Verified {
        verify(&Order { store, id, root, outside: None, progress: &|_, _, _| {} })
    }

    /// What is found of the point in its own tree: rule, path and words, in order.
    fn found(&mut self) -> Vec<(&'static str, String, String)> {
        let id = self.save();
        let verified = self.verify_with(&id, Some(&self.root()), &self.store());
        assert_eq!(verified.unjudged, None);
        let mut problems = verified.problems;
        problems.sort();
        problems
    }

    /// Only rules and paths.
    fn rules(&mut self) -> Vec<String> {
        self.found().iter().map(|(rule, path, _)| format!("{rule} {path}")).collect()
    }
}

fn key(text: &[u8]) -> StoreKey {
    StoreKey::new(&parse_key_file(text).unwrap().keys[0]).unwrap()
}

#[test]
fn a_whole_point_has_no_problem() {
    let mut trial = Trial::new();
    assert_eq!(trial.found(), []);
    let id = trial.save();
    let root = trial.root();
    let before = git(&root, &["count-objects", "-v"]);
    let verified = trial.verify_with(&id, Some(&root), &trial.store());
    // `new`, two state files, the list, the bundle.
    assert_eq!(verified.objects, 5);
    assert_eq!(verified.state.as_ref().unwrap().unchanged.len(), 3);
    assert_eq!(git(&root, &["count-objects", "-v"]), before);
    let report = serde_json::to_value(conclude(&verified)).unwrap();
    assert_eq!(report["status"]["state"].as_str(), Some("passed"), "{report}");
    // And from the store alone.
    assert_eq!(trial.verify_with(&id, None, &trial.store()).problems, []);
}

#[test]
fn rbk_001_gaps() {
    let mut trial = Trial::new();
    let gap = |path: RawPath| Gap { path, reason: "permission denied".to_owned() };
    trial.point.gaps = vec![gap(path("key.pem")), gap(path(""))];
    assert_eq!(trial.rules(), ["RBK-001 .", "RBK-001 key.pem"]);
    trial.point.gaps = (0..120).map(|at| gap(path(&format!("f{at}")))).collect();
    let found = trial.found();
    assert_eq!(found.len(), 51);
    assert!(found.contains(&("RBK-001", ".".to_owned(), "and 70 more".to_owned())));
}

#[test]
fn rbk_002_contents() {
    let mut trial = Trial::new();
    let What::File { object, .. } = trial.point.entries[0].what else { panic!() };
    let twin = |name: &str, size| Entry {
        path: path(name),
        what: What::File { object, size },
        ..trial.point.entries[0].clone()
    };
    // Another size, and an object that is nowhere.
    let lost = Entry { what: What::File { object: ObjectId([7; 32]), size: 1 }, ..twin("lost", 1) };
    trial.point.entries = vec![twin("new", 6), twin("other", 7), lost];
    let found = trial.found();
    let rules: Vec<_> = found.iter().map(|(rule, path, _)| format!("{rule} {path}")).collect();
    assert!(rules.contains(&"RBK-002 lost".to_owned()), "{rules:?}");
    assert!(rules.contains(&"RBK-002 other".to_owned()), "{rules:?}");
    assert!(!rules.contains(&"RBK-002 new".to_owned()), "{rules:?}");
}

#[test]
fn rbk_002_every_damaged_byte_is_seen() {
    let mut trial = Trial::new();
    // Noise, so that nearly every byte of the pack is one of contents.
    let noise: Vec<u8> = (0..50_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    std::fs::remove_dir_all(trial.folder.path().join("store")).unwrap();
    let mut entry = trial.point.entries[0].clone();
    entry.what = What::File { object: trial.put(&noise), size: 50_000 };
    let packs = trial.folder.path().join("store/packs");
    let pack = std::fs::read_dir(&packs).unwrap().next().unwrap().unwrap().path();
    let sound = std::fs::read(&pack).unwrap();
    trial.point = Point {
        entries: vec![entry],
        root: trial.point.root.clone(),
        contents: trial.point.contents.clone(),
        ..point()
    };
    trial.unchanged.clear();
    let id = trial.save();
    assert_eq!(trial.verify_with(&id, None, &trial.store()).problems, []);
    for at in [sound.len() / 3, sound.len() / 2] {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x10;
        std::fs::set_permissions(&pack, std::fs::Permissions::from_mode(0o600)).unwrap();
        crate::host::files::write_atomic(&pack, &bytes).unwrap();
        let verified = trial.verify_with(&id, None, &trial.store());
        let rules: Vec<_> = verified.problems.iter().map(|(rule, path, _)| (*rule, path.as_str())).collect();
        assert_eq!(rules, [("RBK-002", "new")], "byte {at}");
        assert_eq!(verified.objects, 0);
    }
}

#[test]
fn rbk_002_the_list_of_unchanged_files() {
    let mut trial = Trial::new();
    trial.save();
    // A list that is none is an object like any other for the store.
    let object = trial.put(b"f 644 0 0 0.0 1 - ../../etc/passwd\0");
    trial.point.unchanged = Some(object);
    let store = trial.store();
    let id = {
        let _lock = store.lock(std::time::Duration::from_secs(9)).unwrap();
        store.save(&trial.point).unwrap()
    };
    let verified = trial.verify_with(&id, Some(&trial.root()), &store);
    let rules: Vec<_> = verified.problems.iter().map(|(rule, path, _)| (*rule, path.as_str())).collect();
    assert_eq!(rules, [("RBK-002", contents::LIST)]);
    assert!(verified.state.is_none(), "what is not known must not be restored");
}

#[test]
fn rbk_003_manifests() {
    let mut trial = Trial::new();
    let id = trial.save();
    let manifest = trial.folder.path().join(format!("store/points/{id}.json"));
    let text = std::fs::read_to_string(&manifest).unwrap();
    let found = |trial: &Trial, text: &str| {
        std::fs::set_permissions(&manifest, std::fs::Permissions::from_mode(0o600)).unwrap();
        crate::host::files::write_atomic(&manifest, text.as_bytes()).unwrap();
        let verified = trial.verify_with(&id, Some(&trial.root()), &trial.store());
        verified.problems.iter().map(|(rule, ..)| *rule).collect::<Vec<_>>()
    };
    assert_eq!(found(&trial, &text), Vec::<&str>::new());
    assert_eq!(found(&trial, &text.replace("\"new\"", "\"old\"")), ["RBK-003"]);
    assert_eq!(found(&trial, "{"), ["RBK-003"]);
    // No point at all is nothing to judge.
    let other: PointId = "20200101T000000Z-0123456789abcdef".parse().unwrap();
    let verified = trial.verify_with(&other, None, &trial.store());
    assert!(verified.problems.is_empty() && verified.unjudged.is_some());
    // What is outside by its words, and inside by its path.
    let hook = trial.root().join(".git/hooks/post-checkout");
    write(&hook, "#!/bin/sh\n");
    let entry = trial.taken(hook.to_str().unwrap());
    trial.point.entries.push(entry);
    assert_eq!(trial.rules(), [format!("RBK-003 {}", hook.display())]);
}

#[test]
fn encrypted_points_need_their_key() {
    let mut trial = Trial::with_key(Some(key(b"0123456789abcdef0123456789abcdeX")));
    let object = trial.put(b"postgres://");
    trial.point.environment =
        vec![Variable { name: "DATABASE_URL".to_owned(), value: Value::Encrypted { object } }];
    assert_eq!(trial.found(), []);
    let id = trial.save();
    for key in [None, Some(key(b"fedcba9876543210fedcba987654321Y"))] {
        let store = Store::at(trial.folder.path().join("store"), key, Disk::real());
        let verified = trial.verify_with(&id, Some(&trial.root()), &store);
        assert!(verified.unjudged.as_ref().unwrap().contains("--key"), "{verified:?}");
        assert_eq!((verified.problems.len(), verified.state.is_none()), (0, true));
        let report = serde_json::to_string(&conclude(&verified)).unwrap();
        assert!(report.contains("not_evaluated"), "{report}");
    }
    trial.point.environment[0].value = Value::Encrypted { object: ObjectId([9; 32]) };
    assert_eq!(trial.rules(), ["RBK-002 the variable DATABASE_URL"]);
}

#[test]
fn rbk_004_history_is_nowhere() {
    let mut trial = Trial::new();
    let root = trial.root();
    // The bundle alone has it: the branch was moved away, and git has collected what was left behind.
    git(&root, &["checkout", "-q", "--orphan", "other"]);
    git(&root, &["commit", "-q", "-m", "other", "--allow-empty"]);
    git(&root, &["branch", "-D", "-q", "main"]);
    git(&root, &["rm", "-q", "-r", "--cached", "."]);
    git(&root, &["reflog", "expire", "--expire=now", "--all"]);
    git(&root, &["gc", "-q", "--prune=now"]);
    trial.point.root.first_commits.clear();
    assert_eq!(trial.found(), []);
    // Neither has it.
    trial.own().bundles.clear();
    assert_eq!(trial.rules(), ["RBK-004 .", "RBK-008 ."]);
    trial.bundle(&["--all"]);
    assert_eq!(trial.rules(), ["RBK-004 ."]);
    trial.bundle_of(b"# v2 git bundle\nnonsense");
    let id = trial.save();
    let verified = trial.verify_with(&id, Some(&root), &trial.store());
    assert_eq!(verified.problems.iter().map(|(rule, ..)| *rule).collect::<Vec<_>>(), ["RBK-004"]);
    assert!(verified.in_repository.is_empty());
    assert!(serde_json::to_string(&conclude(&verified)).unwrap().contains("\"severity\":\"critical\""));
    // Nothing but the store is looked at.
    let verified = trial.verify_with(&id, None, &trial.store());
    assert_eq!(verified.problems.iter().map(|(rule, ..)| *rule).collect::<Vec<_>>(), ["RBK-004"]);
}

#[test]
fn rbk_004_weighs_less_while_the_repository_has_everything() {
    let mut trial = Trial::new();
    let root = trial.root();
    trial.bundle_of(b"# v2 git bundle\nnonsense");
    let id = trial.save();
    let verified = trial.verify_with(&id, Some(&root), &trial.store());
    assert_eq!(verified.problems.iter().map(|(rule, ..)| *rule).collect::<Vec<_>>(), ["RBK-004"]);
    assert_eq!(verified.in_repository, ["."]);
    assert!(verified.problems[0].2.starts_with("0.bundle: "), "{verified:?}");
    let report = serde_json::to_string(&conclude(&verified)).unwrap();
    assert!(
        report.contains("\"severity\":\"high\"") && !report.contains("\"severity\":\"critical\""),
        "{report}"
    );
}

#[test]
fn rbk_004_blobs_of_unchanged_files() {
    let mut trial = Trial::new();
    trial.unchanged[0].origin = Origin::Blob("ab".repeat(20));
    let found = trial.found();
    assert_eq!((found.len(), found[0].0), (1, "RBK-004"));
    assert!(found[0].2.contains(&"ab".repeat(20)), "{found:?}");
}

#[test]
fn rbk_004_and_rbk_007_repositories_inside() {
    let mut trial = Trial::new();
    let root = trial.root();
    let inside = root.join("lib");
    write(&inside.join("c"), "four\n");
    git(&inside, &["init", "-q", "-b", "main"]);
    git(&inside, &["add", "c"]);
    git(&inside, &["commit", "-q", "-m", "inside"]);
    let commit = git(&inside, &["rev-parse", "HEAD"]);
    let bundle = trial.folder.path().join("inside.bundle");
    git(&inside, &["bundle", "create", "-q", bundle.to_str().unwrap(), "--all"]);
    let bytes = std::fs::read(bundle).unwrap();
    let object = trial.put(&bytes);
    let size = bytes.len() as u64;
    let mut lib = repository("lib");
    lib.kind = RepositoryKind::Submodule;
    lib.head = Head::Detached { commit: commit.clone() };
    lib.refs = vec![("refs/heads/main".to_owned(), commit.clone())];
    lib.bundles = vec![Bundle { object, size, tips: vec![commit.clone()], needs: Vec::new() }];
    trial.point.repositories.push(lib);
    let c = Unchanged {
        path: path("lib/c"),
        origin: Origin::Blob(git(&inside, &["hash-object", "c"])),
        meta: meta_of(&inside.join("c")),
        size: 5,
    };
    let folder = trial.folder_at("lib");
    trial.unchanged.extend([folder, c]);
    trial.own().submodules = vec![(path("lib"), commit)];
    assert_eq!(trial.found(), []);
    // It is recorded at a commit that nobody has.
    trial.own().submodules[0].1 = "cd".repeat(20);
    let found = trial.found();
    assert_eq!((found.len(), found[0].0, found[0].1.as_str()), (1, "RBK-004", "lib"));
    assert!(found[0].2.contains(&"cd".repeat(20)), "{found:?}");
    trial.own().submodules.clear();
    // Its git directory is gone, then its folder; then a link stands there.
    std::fs::rename(inside.join(".git"), trial.folder.path().join("away")).unwrap();
    assert_eq!(trial.rules(), ["RBK-007 lib"]);
    std::fs::rename(&inside, trial.folder.path().join("lib")).unwrap();
    assert_eq!(trial.rules(), ["RBK-007 lib"]);
    std::fs::rename(trial.folder.path().join("away"), trial.folder.path().join("lib/.git")).unwrap();
    symlink(trial.folder.path().join("lib"), &inside).unwrap();
    assert_eq!(trial.rules(), ["RBK-007 lib"], "another repository than the one in the tree");
}

#[test]
fn rbk_005_places() {
    let mut trial = Trial::new();
    let beside = trial.folder.path().canonicalize().unwrap();
    let conf = beside.join("etc/app/app.conf");
    write(&conf, "x\n");
    let entry = trial.taken(conf.to_str().unwrap());
    let name = conf.display().to_string();
    trial.point.entries.push(entry);
    assert_eq!(trial.found(), []);
    // It is gone with its folder, which can be made again.
    std::fs::remove_dir_all(beside.join("etc/app")).unwrap();
    assert_eq!(trial.found(), []);
    // A file, then a link, has the place of the folder.
    write(&beside.join("etc/app"), "a file\n");
    assert_eq!(trial.rules(), [format!("RBK-005 {name}")]);
    std::fs::remove_file(beside.join("etc/app")).unwrap();
    std::fs::create_dir(beside.join("elsewhere")).unwrap();
    symlink("../elsewhere", beside.join("etc/app")).unwrap();
    let found = trial.found();
    assert!(found[0].2.contains("link"), "{found:?}");
    // In the tree, what has the place of a folder gives way, for the point knows the folder.
    std::fs::remove_file(beside.join("etc/app")).unwrap();
    std::fs::remove_dir_all(trial.root().join("dir")).unwrap();
    write(&trial.root().join("dir"), "no folder any more\n");
    assert_eq!(trial.found(), []);
    // The place of the restore itself.
    symlink("/tmp", trial.root().join(".readiness")).unwrap();
    assert_eq!(trial.rules(), ["RBK-005 .readiness/rollback"]);
}

#[test]
fn rbk_005_read_only_file_systems() {
    // Some file system of this machine that even root cannot write to.
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let folder = mounts.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(' ').collect();
        let folder = Path::new(*fields.get(4)?);
        let is_real = folder.canonicalize().ok()? == folder && folder.is_dir() && folder != Path::new("/");
        (fields.get(5)?.split(',').any(|option| option == "ro") && is_real).then(|| folder.to_owned())
    });
    let Some(folder) = folder else {
        eprintln!("skipped: no file system is mounted read-only here");
        return;
    };
    let mut trial = Trial::new();
    let mut entry = trial.point.entries[0].clone();
    entry.path = of(&folder.join("readiness-absent.conf"));
    entry.class.source = Source::Outside;
    trial.point.entries.push(entry);
    let found = trial.found();
    assert!(
        found.iter().any(|(rule, _, words)| *rule == "RBK-005" && words.contains("read-only")),
        "{found:?}"
    );
}

#[test]
fn rbk_005_what_this_user_may_not_do() {
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped: root may write everywhere and give everything away");
        return;
    }
    let mut trial = Trial::new();
    trial.point.entries[0].meta.uid = 0;
    let found = trial.found();
    assert_eq!((found.len(), found[0].0), (1, "RBK-005"));
    assert!(found[0].2.contains("only root"), "{found:?}");
    trial.point.entries[0].meta.uid = meta_of(&trial.root().join("new")).uid;
    let dir = trial.root().join("dir");
    write(&dir.join("b"), "other\n");
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o555)).unwrap();
    let found = trial.rules();
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(found, ["RBK-005 dir/b"]);
}

#[test]
fn rbk_006_room() {
    let mut trial = Trial::new();
    // Only what differs is staged.
    write(&trial.root().join("a"), "changed\n");
    assert_eq!(trial.found(), []);
    trial.unchanged[0].size = 1 << 60;
    let found = trial.found();
    assert_eq!((found.len(), found[0].0), (1, "RBK-006"));
    // 2^60 + 4096 bytes.
    assert!(found[0].2.starts_with("1152921.5 TB are needed, "), "{found:?}");
}

#[test]
fn rbk_008_no_bundle() {
    let mut trial = Trial::new();
    trial.own().bundles.clear();
    assert_eq!(trial.rules(), ["RBK-008 ."]);
    let id = trial.save();
    assert_eq!(trial.verify_with(&id, None, &trial.store()).problems.len(), 1, "from the store alone too");
}

#[test]
fn rbk_009_other_trees() {
    let mut trial = Trial::new();
    let beside = trial.folder.path().canonicalize().unwrap();
    let root = trial.root();
    assert_eq!(belongs(&trial.point, &root), Ok(()));
    // A clone knows the commit.
    let clone = beside.join("clone");
    git(&beside, &["clone", "-q", "tree", "clone"]);
    assert_eq!(belongs(&trial.point, &clone), Ok(()));
    // Another repository does not, nor does a folder without one.
    let other = beside.join("other");
    write(&other.join("x"), "x\n");
    assert!(belongs(&trial.point, &other).unwrap_err().contains("this is"));
    git(&other, &["init", "-q"]);
    git(&other, &["add", "."]);
    git(&other, &["commit", "-q", "-m", "other"]);
    assert!(belongs(&trial.point, &other).is_err());
    let id = trial.save();
    let verified = trial.verify_with(&id, Some(&other), &trial.store());
    assert!(verified.problems.iter().any(|(rule, ..)| *rule == "RBK-009"), "{verified:?}");
    // The same path, and another project.
    std::fs::rename(&root, beside.join("moved")).unwrap();
    std::fs::rename(&other, &root).unwrap();
    assert!(belongs(&trial.point, &root).unwrap_err().contains("begin with different commits"));
    trial.point.root.folder = crate::rollback::tree::folder_mark(&beside.join("moved"));
    assert!(belongs(&trial.point, &root).is_err(), "another folder has the path");
    // The very folder, though its history begins anew.
    trial.point.root.folder = crate::rollback::tree::folder_mark(&root);
    assert_eq!(belongs(&trial.point, &root), Ok(()));
    trial.point.root.folder = None;
    trial.point.root.first_commits.clear();
    assert_eq!(belongs(&trial.point, &root), Ok(()), "nothing speaks against it");
}
