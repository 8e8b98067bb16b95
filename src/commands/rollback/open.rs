//! What every command of `readiness rollback` begins with: the tree, its settings, its store.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::artifact::keys::load_encryption_key;
use crate::cli::RollbackStoreArgs;
use crate::commands::passphrase::Passphrase;
use crate::commands::words::Words;
use crate::commands::{Error, World, progress, tree_config};
use crate::config::Config;
use crate::host::disk::Disk;
use crate::host::files::path_text;
use crate::host::git::repository_root;
use crate::host::lock::FolderLock;
use crate::rollback::FOLDER;
use crate::rollback::capture::CaptureError;
use crate::rollback::point::PointId;
use crate::rollback::restore::{Place, RestoreError};
use crate::rollback::settings::{Act, Settings, Step};
use crate::rollback::steps::{self, Ended, Surroundings};
use crate::rollback::store::{Store, StoreError, StoreKey};

/// Longest wait for another command that is at work in the store.
const PATIENCE: Duration = Duration::from_secs(10);

/// A tree with its settings and its store.
pub(super) struct Session {
    /// The tree, absolute and without links.
    pub(super) root: PathBuf,
    /// The tree, as reports name it.
    pub(super) name: String,
    /// All of the configuration.
    pub(super) config: Config,
    /// The store.
    pub(super) store: Store,
    /// The environment of declared commands.
    pub(super) environment: Vec<(String, OsString)>,
}

impl Session {
    /// Opens it. Nothing is made yet.
    pub(super) fn open(args: &RollbackStoreArgs, world: &World<'_>) -> Result<Self, Error> {
        let named = |source| Error::File { path: args.tree.tree.display().to_string(), source };
        let root = tree_config::root(&args.tree)?;
        // Who stands somewhere in a repository means the repository; a folder alone is named.
        if args.tree.tree == Path::new(".")
            && !root.join(FOLDER).is_dir()
            && let Some(top) = repository_root(&root).filter(|top| *top != root)
        {
            let message = format!("this folder is part of the repository {}", path_text(&top));
            let hint = "name the tree with `--tree`: the repository, or this folder alone by its whole path";
            return Err(Error::usage(message, hint));
        }
        let config = tree_config::of(&root, args.tree.config.as_deref(), args.tree.no_tree_config)?;
        let key = match args
            .key
            .clone()
            .or_else(|| config.rollback.key.as_ref().map(|key| config.folder.join(key)))
        {
            Some(path) => Some(key(&path, args, world)?),
            None => None,
        };
        let folder = match (&args.store, &config.rollback.store) {
            (Some(folder), _) => std::path::absolute(folder).map_err(named)?,
            (None, Some(folder)) => config.folder.join(folder),
            (None, None) => root.join(FOLDER),
        };
        let environment = tree_config::environment();
        let store = Store::at(folder, key, Disk::real());
        Ok(Self { name: path_text(&args.tree.tree), root, config, store, environment })
    }

    /// What the configuration says of going back.
    pub(super) const fn settings(&self) -> &Settings {
        &self.config.rollback
    }

    /// Where things are restored to: the tree itself.
    pub(super) fn place(&self) -> Place<'_> {
        Place { root: &self.root, outside: None }
    }

    /// Keeps others out of the store.
    pub(super) fn lock(&self) -> Result<FolderLock, Error> {
        Ok(self.store.lock(PATIENCE)?)
    }

    /// The point that a text names.
    pub(super) fn find(&self, text: &str) -> Result<PointId, Error> {
        Ok(self.store.find(text)?)
    }

    /// Carries a declared command out, in the tree.
    pub(super) fn carry_out(&self, step: &Step) -> Ended {
        match &step.act {
            Act::Command { words } => {
                let at = Surroundings { folder: &self.root, environment: &self.environment, before: &[] };
                steps::command(words, step.limit, &at)
            }
            Act::Restore { .. } | Act::Manual { .. } => {
                Ended { good: false, words: "this is no command".to_owned(), took: Duration::ZERO }
            }
        }
    }
}

fn key(path: &Path, args: &RollbackStoreArgs, world: &World<'_>) -> Result<StoreKey, Error> {
    let passphrase = Passphrase::of(&args.passphrase, world)?;
    let loaded = load_encryption_key(path, &|path| passphrase.get(path))?;
    let reason = |reason: String| Error::Key { path: path.display().to_string(), reason };
    let primary = loaded.keys.iter().find(|key| key.primary);
    let primary = primary.ok_or_else(|| reason("no key in it is the primary one".to_owned()))?;
    StoreKey::new(primary).map_err(reason)
}

/// The flags that say where points are, as a report records them.
pub(super) fn words(args: &RollbackStoreArgs, words: &mut Words) {
    tree_config::words(&args.tree, words);
    words.path("--store", args.store.as_deref());
    words.path("--key", args.key.as_deref());
    words.path("--passphrase-file", args.passphrase.passphrase_file.as_deref());
}

/// How far something is, told by the feature and shown on a terminal.
#[derive(Default)]
pub(super) struct Course {
    what: Mutex<&'static str>,
    done: AtomicU64,
    of: AtomicU64,
}

impl Course {
    /// Notes how far it is.
    pub(super) fn note(&self, what: &'static str, done: u64, of: u64) {
        if let Ok(mut current) = self.what.lock() {
            *current = what;
        }
        self.done.store(done, Relaxed);
        self.of.store(of, Relaxed);
    }

    fn words(&self) -> String {
        let what = self.what.lock().map_or("", |what| *what);
        match (self.done.load(Relaxed), self.of.load(Relaxed)) {
            (0, 0) => what.to_owned(),
            (done, 0) => format!("{what} {done}"),
            (done, of) => format!("{what} {done} of {of}"),
        }
    }
}

/// Does something while a line on a terminal says how far it is.
pub(super) fn following<T>(verb: &str, world: &World<'_>, work: impl FnOnce(&Course) -> T) -> T {
    let course = Course::default();
    progress::with(world.progress, verb, || course.words(), || work(&course))
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Locked(_) => "if no other command runs, try again",
            StoreError::Io { .. } => "is there room, and may this user write there?",
            _ => "",
        };
        Self::usage(error.to_string(), hint)
    }
}

impl From<CaptureError> for Error {
    fn from(error: CaptureError) -> Self {
        match error {
            CaptureError::Store(error) => error.into(),
            other => Self::usage(other.to_string(), ""),
        }
    }
}

impl From<RestoreError> for Error {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Store(error) => error.into(),
            other => Self::usage(other.to_string(), ""),
        }
    }
}
