//! Captures of generated repositories, judged by git, by the file system and by SHA-256.
#![cfg(unix)]

mod files;
mod large;
mod named;
mod property;
mod repositories;
mod stored;
mod untouched;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest as _, Sha256};

use super::{Order, capture};
use crate::rollback::point::{
    Bundle, Entry, ObjectId, Origin, RawPath, Reason, Repository, Source, State, Unchanged, What, parse,
    write,
};
use crate::rollback::settings::Settings;
use crate::rollback::store::Sink;

/// A tree with a repository.
struct Tree {
    folder: tempfile::TempDir,
    root: PathBuf,
}

impl Tree {
    /// An empty folder without git.
    fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("tree");
        fs::create_dir(&root).unwrap();
        Self { folder, root }
    }

    /// A repository without commits.
    fn empty() -> Self {
        let tree = Self::bare();
        tree.git(&["init", "-q", "-b", "main"]);
        tree
    }

    /// A repository with one commit of some files.
    fn with(files: &[(&str, &str)]) -> Self {
        let tree = Self::empty();
        files.iter().for_each(|(name, text)| tree.write(name, text));
        tree.commit("first");
        tree
    }

    fn try_git(&self, folder: &Path, arguments: &[&str]) -> Output {
        Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"])
            .args(["-c", "advice.detachedHead=false", "-c", "gc.auto=0"])
            .args(arguments)
            .current_dir(folder)
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("GIT_DIR")
            .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
            .output()
            .unwrap()
    }

    fn git_in(&self, below: &str, arguments: &[&str]) -> String {
        let done = self.try_git(&self.root.join(below), arguments);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim_end().to_owned()
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.git_in("", arguments)
    }

    fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        self.write_raw(name.as_bytes(), text);
    }

    fn write_raw(&self, name: &[u8], text: &str) {
        let path = self.root.join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn mode(&self, name: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn link(&self, target: &str, name: &str) {
        std::os::unix::fs::symlink(target, self.path(name)).unwrap();
    }

    fn capture(&self) -> State {
        self.capture_with(&settings())
    }

    fn capture_with(&self, settings: &Settings) -> State {
        let state = capture_into(&mut Sink::Digest(None), &self.root, settings, &[], None);
        // What is captured must be what restores read.
        assert_eq!(parse(&write(&state.point)).as_ref(), Ok(&state.point));
        let list = crate::rollback::point::write_unchanged(&state.unchanged);
        assert_eq!(crate::rollback::point::parse_unchanged(&list).as_ref(), Ok(&state.unchanged));
        state
    }

    /// A capture without gaps that holds every file that git does not ignore.
    fn complete(&self) -> State {
        let state = self.capture();
        assert_eq!(state.point.gaps, []);
        self.check(&state);
        state
    }

    /// Sees that a state says of every file on disk what it is, and of no other, by other means than the program's.
    fn check(&self, state: &State) {
        let mut expected: BTreeMap<Vec<u8>, PathBuf> = BTreeMap::new();
        if self.path(".git").exists() {
            self.listed(b"", &mut expected);
        } else {
            self.everything(&self.root, &mut expected);
        }
        let told: BTreeMap<&[u8], Told<'_>> = told(state);
        let mut blobs = Vec::new();
        for (name, path) in &expected {
            let text = String::from_utf8_lossy(name);
            let metadata = path.symlink_metadata().unwrap();
            let told = told.get(name.as_slice()).unwrap_or_else(|| panic!("{text} is missing"));
            let (meta, link) = match told {
                Told::Entry(entry) => (entry.meta, matches!(entry.what, What::Link { .. })),
                Told::Unchanged(item) => (item.meta, matches!(item.origin, Origin::LinkBlob(_))),
            };
            assert_eq!(link, metadata.is_symlink(), "{text}");
            assert_eq!(meta.mode, metadata.mode() & 0o7777, "{text}");
            assert_eq!((meta.uid, meta.gid), (metadata.uid(), metadata.gid()), "{text}");
            assert_eq!(
                (meta.seconds, i64::from(meta.nanoseconds)),
                (metadata.mtime(), metadata.mtime_nsec()),
                "{text}"
            );
            match told {
                Told::Entry(Entry { what: What::File { object, size }, .. }) => {
                    let bytes = fs::read(path).unwrap();
                    assert_eq!(*object, ObjectId(Sha256::digest(&bytes).into()), "{text}");
                    assert_eq!(*size, bytes.len() as u64, "{text}");
                }
                Told::Entry(Entry { what: What::Link { target }, .. }) => {
                    assert_eq!(target.to_path(), fs::read_link(path).unwrap(), "{text}");
                }
                Told::Unchanged(Unchanged { origin: Origin::Blob(oid), size, .. }) => {
                    assert_eq!(*size, metadata.len(), "{text}");
                    blobs.push((path.clone(), oid.clone()));
                }
                Told::Unchanged(Unchanged { origin: Origin::LinkBlob(oid), .. }) => {
                    assert_eq!(
                        *oid,
                        self.blob_of(fs::read_link(path).unwrap().as_os_str().as_bytes()),
                        "{text}"
                    );
                }
                other => panic!("{text} is no folder: {other:?}"),
            }
        }
        if !blobs.is_empty() {
            let mut command = Command::new("git");
            command.args(["hash-object", "--no-filters", "--"]).args(blobs.iter().map(|(path, _)| path));
            let output = command.current_dir(&self.root).output().unwrap();
            let oids = String::from_utf8(output.stdout).unwrap();
            let oids: Vec<&str> = oids.lines().collect();
            assert_eq!(oids.len(), blobs.len());
            for ((path, oid), expected) in blobs.iter().zip(oids) {
                assert_eq!(oid, expected, "{}", path.display());
            }
        }
        for (name, told) in told {
            let is_folder = match told {
                Told::Entry(entry) => entry.what == What::Folder {} || entry.class.source == Source::Ignored,
                Told::Unchanged(item) => item.origin == Origin::Folder,
            };
            let path = self.root.join(OsStr::from_bytes(name));
            let text = String::from_utf8_lossy(name);
            assert!(path.symlink_metadata().is_ok(), "{text} is not there");
            assert!(
                is_folder || name.ends_with(b".git") || expected.contains_key(name),
                "{text} is not git's"
            );
        }
    }

    /// Files that git tracks or does not ignore, those of repositories inside too.
    fn listed(&self, at: &[u8], out: &mut BTreeMap<Vec<u8>, PathBuf>) {
        let work = self.root.join(OsStr::from_bytes(at));
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let output = self.try_git(&work, &list);
        assert!(output.status.success());
        for name in output.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            let name = name.strip_suffix(b"/").unwrap_or(name);
            let whole = RawPath::from_bytes(at).join(name);
            let path = self.root.join(whole.to_path());
            match path.symlink_metadata() {
                Ok(metadata) if metadata.is_dir() && path.join(".git").symlink_metadata().is_ok() => {
                    self.listed(whole.bytes(), out);
                }
                Ok(metadata) if metadata.is_file() || metadata.is_symlink() => {
                    out.insert(whole.bytes().to_vec(), path);
                }
                _ => {}
            }
        }
    }

    fn everything(&self, folder: &Path, out: &mut BTreeMap<Vec<u8>, PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.symlink_metadata().unwrap().is_dir() {
                self.everything(&path, out);
            } else {
                let name = path.strip_prefix(&self.root).unwrap();
                out.insert(name.as_os_str().as_bytes().to_vec(), path);
            }
        }
    }

    /// The blob that some bytes are, by git.
    fn blob_of(&self, bytes: &[u8]) -> String {
        let file = self.folder.path().join("blob");
        fs::write(&file, bytes).unwrap();
        self.git(&["hash-object", "--no-filters", file.to_str().unwrap()])
    }
}

/// What a state says of a path.
#[derive(Clone, Copy, Debug)]
enum Told<'s> {
    Entry(&'s Entry),
    Unchanged(&'s Unchanged),
}

fn told(state: &State) -> BTreeMap<&[u8], Told<'_>> {
    let inside = state.point.entries.iter().filter(|entry| entry.class.source != Source::Outside);
    let mut told: BTreeMap<_, _> = inside.map(|entry| (entry.path.bytes(), Told::Entry(entry))).collect();
    for item in &state.unchanged {
        assert!(
            told.insert(item.path.bytes(), Told::Unchanged(item)).is_none(),
            "{:?} stands twice",
            item.path
        );
    }
    told
}

/// Settings that protect nothing, so that only what differs is captured.
fn settings() -> Settings {
    let none = Vec::new;
    Settings { config: none(), security: none(), ignored: none(), ..Settings::default() }
}

fn capture_into(
    sink: &mut Sink<'_>,
    root: &Path,
    settings: &Settings,
    bundles: &[(RawPath, Vec<Bundle>)],
    outside: Option<&Path>,
) -> State {
    let bundle = matches!(sink, Sink::Store(_));
    let order = Order {
        root,
        settings,
        variable: &|name| (name == "GIVEN").then(|| OsString::from("value")),
        name: Some("test"),
        reason: Reason::Asked,
        now: "2026-11-22T14:35:00Z".parse().unwrap(),
        bundles,
        bundle,
        outside,
        progress: &|_, _, _| {},
    };
    capture(&order, sink).unwrap()
}

fn raw(text: &str) -> RawPath {
    RawPath::from_bytes(text.as_bytes())
}

fn entry<'s>(state: &'s State, path: &str) -> Option<&'s Entry> {
    state.point.entries.iter().find(|entry| entry.path == raw(path))
}

fn unchanged<'s>(state: &'s State, path: &str) -> Option<&'s Unchanged> {
    state.unchanged.iter().find(|item| item.path == raw(path))
}

/// How git sees an entry, which must be there.
fn source(state: &State, path: &str) -> Source {
    entry(state, path).unwrap_or_else(|| panic!("{path} is not captured")).class.source
}

fn repository<'s>(state: &'s State, path: &str) -> &'s Repository {
    state.point.repositories.iter().find(|one| one.path == raw(path)).unwrap()
}
