//! What every command of `readiness baseline` begins with: the tree, its settings, its store.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::redact;
use crate::advisories;
use crate::baseline::FOLDER;
use crate::baseline::capture::Capture;
use crate::baseline::probe::Surroundings;
use crate::baseline::secrets::Secrets;
use crate::baseline::settings::Settings;
use crate::baseline::store::{self, Shelf, Store, StoreError};
use crate::cli::BaselineStoreArgs;
use crate::commands::words::Words;
use crate::commands::{Error, tree_config};
use crate::config::Config;
use crate::formats::hex;
use crate::host::files::path_text;
use crate::host::git::{commit_of, repository_root};
use crate::report::{BaselineApproval, BaselineCapture};

/// What HTTP probes call themselves.
const AGENT: &str = concat!("readiness/", env!("CARGO_PKG_VERSION"));

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
    /// Values of that environment that are repeated nowhere.
    pub(super) secrets: Secrets,
}

impl Session {
    /// Opens it. Nothing is made yet.
    pub(super) fn open(args: &BaselineStoreArgs) -> Result<Self, Error> {
        let named = |source| Error::File { path: args.tree.tree.display().to_string(), source };
        let mut root = tree_config::root(&args.tree)?;
        // Who stands somewhere in a repository means the repository; a folder alone is named.
        if args.tree.tree == Path::new(".")
            && !root.join(FOLDER).is_dir()
            && !root.join(crate::config::FILE_NAME).is_file()
            && let Some(top) = repository_root(&root).and_then(|top| top.canonicalize().ok())
        {
            root = top;
        }
        let config = tree_config::of(&root, args.tree.config.as_deref(), args.tree.no_tree_config)?;
        let folder = match (&args.store, &config.baseline.store) {
            (Some(folder), _) => std::path::absolute(folder).map_err(named)?,
            (None, Some(folder)) => config.folder.join(folder),
            (None, None) => own(&root)?,
        };
        let environment = tree_config::environment();
        let secrets = redact::secrets(&config.baseline, &environment);
        let index = index(&root, &folder);
        let store = Store::at(folder);
        let store = match index {
            Some(file) => store.with_index(file),
            None => store,
        };
        Ok(Self { name: path_text(&args.tree.tree), root, config, store, environment, secrets })
    }

    /// What the configuration says of baselines.
    pub(super) const fn settings(&self) -> &Settings {
        &self.config.baseline
    }

    /// Where probes are made.
    pub(super) fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            folder: &self.config.folder,
            environment: &self.environment,
            agent: AGENT,
            secrets: &self.secrets,
        }
    }

    /// The capture that a text names: one of the store, a file, or the newest one of a revision.
    pub(super) fn named(&self, shelf: &Shelf, text: &str) -> Result<Named, Error> {
        let unknown = match self.find(shelf, text) {
            Ok(id) => return self.stored(&id),
            Err(error @ StoreError::Unknown(_)) => error,
            Err(error) => return Err(error.into()),
        };
        let path = Path::new(text);
        if path.is_file() {
            let capture = store::read_file(path)?;
            return Ok(Named { file: Some(path_text(path)), capture, approved: None });
        }
        if let Ok(commit) = commit_of(&self.root, text) {
            return match self.store.find(shelf, &commit) {
                Ok(id) => self.stored(&id),
                Err(_) => {
                    let message = format!("{text}: no capture was made of the commit {commit}");
                    Err(Error::usage(message, "`readiness baseline list` lists the captures"))
                }
            };
        }
        Err(unknown.into())
    }

    fn find(&self, shelf: &Shelf, text: &str) -> Result<String, StoreError> {
        self.store.find(shelf, text)
    }

    /// A capture of the store.
    pub(super) fn stored(&self, id: &str) -> Result<Named, Error> {
        let capture = self.store.load(id)?;
        // What was tampered with is told where it is compared with, and keeps nobody from looking at the rest.
        let approved =
            self.store.reference().ok().flatten().filter(|approval| approval.capture == capture.id);
        let file = path_text(&self.store.folder().join(format!("{id}.json")));
        Ok(Named { file: Some(file), capture, approved })
    }

    /// The reference; none when nothing was approved.
    pub(super) fn reference(&self) -> Result<Option<Named>, Error> {
        let approval = self.store.reference()?;
        approval.map(|approval| self.stored(&approval.capture)).transpose()
    }

    /// What a capture is compared with: what was named, else the newest other one of the same machine.
    pub(super) fn or_newest(
        &self,
        named: Option<Named>,
        shelf: &Shelf,
        now: &Capture,
    ) -> Result<Option<Named>, Error> {
        if named.is_some() {
            return Ok(named);
        }
        let newest = shelf.captures.iter().rev().find(|summary| {
            summary.id != now.id
                && summary.machine == now.machine.fingerprint
                && now.moment().is_none_or(|moment| summary.created <= moment)
        });
        newest.map(|summary| self.stored(&summary.id)).transpose()
    }
}

/// The index of a store: a file in the user's cache, by the place of the store. None where there is no cache, or it lies in the
/// tree or the store: what came with these would say then what is in the captures.
fn index(root: &Path, folder: &Path) -> Option<PathBuf> {
    let cache = advisories::cache(&|name| std::env::var(name).ok())?;
    let real = cache.ancestors().find_map(|part| part.canonicalize().ok())?;
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    if [&real, &cache].into_iter().any(|place| place.starts_with(root) || place.starts_with(&folder)) {
        return None;
    }
    let digest = hex::encode(&Sha256::digest(folder.as_os_str().as_encoded_bytes()));
    Some(cache.join("baselines").join(format!("{}.json", digest.get(..32)?)))
}

/// The folder in the tree. Links do not lead out of it: a tree that came from elsewhere may bring some.
fn own(root: &Path) -> Result<PathBuf, Error> {
    let folder = root.join(FOLDER);
    let parts = folder.ancestors().take_while(|part| *part != root);
    if let Some(link) = parts.into_iter().find(|part| part.is_symlink()) {
        let message = format!("{}: captures are not kept behind a link", path_text(link));
        return Err(Error::usage(message, "remove it, or name the place with --store"));
    }
    Ok(folder)
}

/// A capture, and where it lies.
pub(super) struct Named {
    /// The capture.
    pub(super) capture: Capture,
    /// Its file, if it has one.
    pub(super) file: Option<String>,
    /// Its approval, if it is the reference.
    pub(super) approved: Option<BaselineApproval>,
}

impl Named {
    /// What a report says of it.
    pub(super) fn described(&self) -> BaselineCapture {
        let Self { capture, file, approved } = self;
        BaselineCapture {
            id: capture.id.clone(),
            label: capture.label.clone(),
            created: capture.created.clone(),
            commit: capture.commit.clone(),
            dirty: capture.dirty,
            machine: capture.machine.fingerprint.clone(),
            environment: capture.machine.environment.clone(),
            took_ms: capture.took_ms,
            file: file.clone(),
            approved: approved.clone(),
        }
    }
}

/// The flags that say where captures are, as a report records them.
pub(super) fn words(args: &BaselineStoreArgs, words: &mut Words) {
    tree_config::words(&args.tree, words);
    words.path("--store", args.store.as_deref());
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Unknown(_) => "`readiness baseline list` lists the captures",
            StoreError::Io { source, .. } if source.raw_os_error().is_none() || is_link(source) => {
                "only a regular file is read, no link, pipe or folder: remove it, or bring the file back"
            }
            StoreError::Io { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
                "may this user read and write there?"
            }
            StoreError::Io { .. } => "is there room, and may this user write there?",
            StoreError::Busy(_) => "try again in a moment",
            StoreError::Damaged { .. } => "it may have been changed or cut short; capture and approve anew",
        };
        Self::usage(error.to_string(), hint)
    }
}

/// Whether something was not opened because it is a link.
fn is_link(error: &std::io::Error) -> bool {
    #[cfg(unix)]
    {
        error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
    }
    #[cfg(not(unix))]
    {
        error.kind() == std::io::ErrorKind::InvalidInput
    }
}
