//! The scratch copy: the state of the real tree as it is now, in a private folder.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::{Order, RehearseError};
use crate::host::disk::{Access, Disk};
use crate::host::files::path_text;
use crate::rollback::capture::{self, CaptureError, capture};
use crate::rollback::point::{PointId, RawPath, Reason, Repository, State};
use crate::rollback::restore::{self, Changes, Place, RestoreError, Restored, Scope, compare};
use crate::rollback::settings::Step;
use crate::rollback::steps::Ended;
use crate::rollback::store::{Sink, Store, StoreKey};

/// Longest wait for a store that nobody else knows of.
const PATIENCE: Duration = Duration::from_secs(10);
/// Variables that would lead git, or this program, to something else than the scratch copy.
const LEADING: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "READINESS_ROLLBACK_STORE",
    "READINESS_CONFIG",
    "READINESS_TRAIL",
    "OLDPWD",
    "PWD",
];

/// The scratch copy.
pub(super) struct Scratch {
    folder: TempDir,
    /// What stands for the tree, absolute and without links.
    pub(super) tree: PathBuf,
    /// What stands for the root of the file system.
    pub(super) outside: PathBuf,
    store: Store,
    /// Name of the present state in the store of the copy.
    safety: std::cell::OnceCell<PointId>,
}

impl Scratch {
    /// Makes an empty one.
    pub(super) fn new(parent: &Path, key: Option<StoreKey>) -> Result<Self, RehearseError> {
        let disk = Disk::real();
        let failed = |path: &Path, source| RehearseError::Io { path: path_text(path), source };
        let mut builder = tempfile::Builder::new();
        builder.prefix("readiness-rehearsal-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(std::fs::Permissions::from_mode(0o700));
        }
        let folder = builder.tempdir_in(parent).map_err(|error| failed(parent, error))?;
        let real = folder.path().canonicalize().map_err(|error| failed(folder.path(), error))?;
        let (tree, outside, store) = (real.join("tree"), real.join("outside"), real.join("store"));
        for path in [&tree, &outside, &store] {
            disk.create_private_folder(path).map_err(|error| failed(path, error))?;
        }
        let store = Store::at(store, key, disk);
        Ok(Self { folder, tree, outside, store, safety: std::cell::OnceCell::new() })
    }

    /// Brings the present state of the real tree in; what it is, as it was captured there.
    pub(super) fn fill(&self, order: &Order<'_>) -> Result<State, RehearseError> {
        let lock = self.store.lock(PATIENCE)?;
        let mut sink = Sink::Store(self.store.writer()?);
        let mut wanted = self.look_order(order);
        (wanted.root, wanted.outside, wanted.reason) = (order.root, None, Reason::Safety);
        let present = capture(&wanted, &mut sink)?;
        if let Sink::Store(writer) = sink {
            writer.finish()?;
        }
        let id = self.store.save(&present.point)?;
        for repository in &present.point.repositories {
            self.repository(order.root, repository)?;
        }
        let here = mapped(&present);
        let now = self.look(order, &self.store)?;
        let mut changes = compare(&now, &here, &Scope::whole(), true);
        // They are there already: until what they lead to is there too, git does not list them.
        changes.refs.retain(|change| !change.after.as_ref().is_some_and(|after| after.starts_with("ref:")));
        if !changes.is_empty() {
            let task = Task { store: &self.store, id: &id, then: &here, changes: &changes, validate: &[] };
            let restored = self.carried(&task, &id, &now, true, &|_| unreachable(), order)?;
            if !restored.done || restored.problems.iter().any(|(rule, ..)| *rule == "RBK-021") {
                let words = restored
                    .problems
                    .first()
                    .map_or_else(String::new, |(_, path, words)| format!("{path}: {words}"));
                return Err(RehearseError::Copy(words));
            }
        }
        drop(lock);
        let _ = self.safety.set(id);
        Ok(present)
    }

    /// A repository for one of the real tree: nothing but objects, which it borrows.
    fn repository(&self, root: &Path, of: &Repository) -> Result<(), RehearseError> {
        let disk = Disk::real();
        let git = self.tree.join(of.path.join(b".git").to_path());
        let made = || -> io::Result<()> {
            for folder in [
                git.clone(),
                git.join("objects"),
                git.join("objects/info"),
                git.join("refs"),
                git.join("info"),
            ] {
                std::fs::create_dir_all(&folder)?;
            }
            let objects = root.join(of.common_dir.to_path()).join("objects").canonicalize()?;
            let mut line = RawPath::of(&objects).bytes().to_vec();
            if line.contains(&b'\n') {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "git cannot borrow from a path with a line break",
                ));
            }
            line.push(b'\n');
            disk.write_new(&git.join("objects/info/alternates"), &line, Access::Private)?;
            let long = of
                .refs
                .iter()
                .map(|(_, oid)| oid.len())
                .chain(of.head.commit().map(str::len))
                .any(|length| length == 64);
            let config = if long {
                "[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\tobjectFormat = sha256\n"
            } else {
                "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
            };
            disk.write_new(&git.join("config"), config.as_bytes(), Access::Private)?;
            for (name, target) in &of.symbolic {
                let path = git.join(name);
                if !name.starts_with("refs/") || !RawPath::of(Path::new(name)).is_safe() {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{name} is no ref")));
                }
                std::fs::create_dir_all(crate::host::files::folder_of(&path))?;
                disk.write_new(&path, format!("ref: {target}\n").as_bytes(), Access::Private)?;
            }
            disk.write_new(&git.join("HEAD"), b"ref: refs/heads/rehearsal\n", Access::Private)
        };
        made().map_err(|source| RehearseError::Io { path: path_text(&git), source })
    }

    /// What the copy is now. Contents are named as a store names them.
    pub(super) fn look(&self, order: &Order<'_>, store: &Store) -> Result<State, CaptureError> {
        capture(&self.look_order(order), &mut Sink::Digest(store.key().cloned()))
    }

    fn look_order<'a>(&'a self, order: &'a Order<'_>) -> capture::Order<'a> {
        capture::Order {
            root: &self.tree,
            settings: order.settings,
            variable: order.variable,
            name: None,
            reason: Reason::Look,
            now: order.now,
            bundles: &[],
            bundle: false,
            outside: Some(&self.outside),
            progress: order.progress,
        }
    }

    /// Restores a part of the point in the copy.
    pub(super) fn restore(
        &self,
        order: &Order<'_>,
        scope: &Scope,
        validate: &[Step],
        run: &dyn Fn(&Step) -> Ended,
    ) -> Result<Restored, String> {
        let now = self.look(order, order.store).map_err(|error| error.to_string())?;
        let then = mapped(order.then);
        let changes = compare(&now, &then, scope, false);
        let safety = self.safety.get().ok_or("the scratch copy is empty")?;
        let task = Task { store: order.store, id: order.id, then: &then, changes: &changes, validate };
        self.carried(&task, safety, &now, false, run, order).map_err(|error| error.to_string())
    }

    fn carried(
        &self,
        task: &Task<'_>,
        safety: &PointId,
        now: &State,
        exact: bool,
        run: &dyn Fn(&Step) -> Ended,
        order: &Order<'_>,
    ) -> Result<Restored, RestoreError> {
        restore::restore(&restore::Order {
            place: Place { root: &self.tree, outside: Some(&self.outside) },
            store: task.store,
            id: task.id,
            then: task.then,
            safety,
            now,
            changes: task.changes,
            exact,
            validate: task.validate,
            run,
            disk: &Disk::real(),
            progress: order.progress,
        })
    }

    /// The environment of commands in the copy.
    pub(super) fn environment(&self, of: &[(String, OsString)]) -> Vec<(String, OsString)> {
        let mut all: Vec<(String, OsString)> =
            of.iter().filter(|(name, _)| !LEADING.contains(&name.as_str())).cloned().collect();
        let own: [(&str, OsString); 3] = [
            ("READINESS_REHEARSAL", "1".into()),
            ("READINESS_OUTSIDE", self.outside.clone().into()),
            ("PWD", self.tree.clone().into()),
        ];
        all.retain(|(name, _)| own.iter().all(|(other, _)| other != name));
        all.extend(own.map(|(name, value)| (name.to_owned(), value)));
        all
    }

    /// Removes it, or leaves it where it is; where it is then, and what is worth knowing.
    pub(super) fn end(self, keep: bool) -> (Option<PathBuf>, Vec<String>) {
        if keep {
            return (Some(self.folder.keep()), Vec::new());
        }
        let path = self.folder.path().to_owned();
        match self.folder.close() {
            Ok(()) => (None, Vec::new()),
            Err(error) => {
                let note =
                    format!("the scratch copy could not be removed whole: {}: {error}", path_text(&path));
                (Some(path), vec![note])
            }
        }
    }
}

/// What is restored.
struct Task<'a> {
    store: &'a Store,
    id: &'a PointId,
    then: &'a State,
    changes: &'a Changes,
    validate: &'a [Step],
}

/// No validation is asked for where this stands.
const fn unreachable() -> Ended {
    Ended { good: false, words: String::new(), took: Duration::ZERO }
}

/// A state as it is in the copy: every repository has its git directory in its work tree.
pub(super) fn mapped(state: &State) -> State {
    let mut state = state.clone();
    let mut links = Vec::new();
    for repository in &mut state.point.repositories {
        repository.git_dir = repository.path.join(b".git");
        repository.common_dir = repository.git_dir.clone();
        links.push(repository.git_dir.clone());
    }
    // The file that leads from a submodule or a linked work tree to its git directory.
    state.point.entries.retain(|entry| !links.contains(&entry.path));
    state
}
