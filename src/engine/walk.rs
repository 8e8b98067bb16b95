//! The walk: all folders of a tree in parallel, each thing met exactly once. It opens no file itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use globset::GlobSet;

use super::entry::{Entry, EntryKind};
use super::ignores::Ignores;
use super::{Language, role};
use crate::host::files::path_text;
use crate::report::{Coverage, LeftOutKind};

/// Deepest folder that is entered.
const DEPTH: usize = 256;
/// Files of one folder that are handed on together.
const BATCH: usize = 64;
/// Folders that are never entered: git's own, and the state this program keeps.
const OWN: &[&str] = &[".git", ".readiness"];

/// What is said of things that are neither files nor links nor folders.
const SPECIAL: &str = "a socket, pipe or device";

/// What to walk.
pub(super) struct Plan<'a> {
    /// The tree, absolute.
    pub(super) root: &'a Path,
    /// The git repository it lies in.
    pub(super) repository: Option<&'a Path>,
    /// Paths left out by the configuration.
    pub(super) exclude: &'a GlobSet,
    /// Files wanted even when ignored: those that checks name, and those that git tracks all the same. Git may still
    /// be at it when the walk begins; only the first ignored path waits for the answer.
    pub(super) wanted: &'a OnceLock<BTreeSet<String>>,
    /// Paths of submodules that `.gitmodules` declares.
    pub(super) submodules: &'a BTreeSet<String>,
}

enum Work {
    Folder(Folder),
    Files(Vec<Entry>),
}

struct Folder {
    location: PathBuf,
    path: String,
    ignores: Ignores,
    depth: usize,
    /// Whether git's ignore rules hold here: a repository is at or above it.
    in_repository: bool,
    /// Whether git ignores the folder; only files wanted all the same are met in it.
    ignored: bool,
}

/// What the walk met.
pub(super) enum Met<'a> {
    /// The files and links of a folder, before any of them and before the folders below it.
    Folder(&'a [Entry]),
    /// One of them.
    Entry(&'a Entry),
}

/// The work that is left, shared by all threads.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    work: Vec<Work>,
    busy: usize,
}

impl Queue {
    /// A queue that holds the root.
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let root = Work::Folder(Folder {
            location: plan.root.to_owned(),
            path: String::new(),
            ignores: Ignores::above(plan.root, plan.repository),
            depth: 0,
            in_repository: plan.repository.is_some(),
            ignored: false,
        });
        Self { state: Mutex::new(State { work: vec![root], busy: 0 }), changed: Condvar::new() }
    }

    /// Adds files found by another way than the walk.
    pub(super) fn of_files(entries: Vec<Entry>) -> Self {
        Self {
            state: Mutex::new(State { work: vec![Work::Files(entries)], busy: 0 }),
            changed: Condvar::new(),
        }
    }

    /// Works until nothing is left for any thread. `meet` sees every folder and then every entry; what is left out
    /// goes to `coverage`.
    pub(super) fn run(&self, plan: &Plan<'_>, coverage: &mut Coverage, meet: &mut dyn FnMut(Met<'_>)) {
        while let Some(work) = self.take() {
            let _working = Working(self);
            match work {
                Work::Files(entries) => entries.iter().for_each(|entry| meet(Met::Entry(entry))),
                Work::Folder(folder) => {
                    let (mut files, folders) = list(plan, &folder, coverage);
                    meet(Met::Folder(&files));
                    let rest = files.split_off(files.len().min(BATCH));
                    let batches = rest.chunks(BATCH).map(|batch| Work::Files(batch.to_vec()));
                    self.give(folders.into_iter().chain(batches).collect());
                    files.iter().for_each(|entry| meet(Met::Entry(entry)));
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked left the list as it was: it is only pushed to and popped from.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if let Some(work) = state.work.pop() {
                state.busy += 1;
                return Some(work);
            }
            if state.busy == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give(&self, work: Vec<Work>) {
        if !work.is_empty() {
            self.lock().work.extend(work);
            self.changed.notify_all();
        }
    }

    fn done(&self) {
        let mut state = self.lock();
        state.busy -= 1;
        if state.busy == 0 && state.work.is_empty() {
            self.changed.notify_all();
        }
    }
}

/// A piece of work in the hands of a thread. It ends also when the thread dies over it: the others would wait for ever.
struct Working<'q>(&'q Queue);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.done();
    }
}

/// Lists one folder: its files and links, and the folders below it that are to be entered.
fn list(plan: &Plan<'_>, folder: &Folder, coverage: &mut Coverage) -> (Vec<Entry>, Vec<Work>) {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    let path = folder.path.as_str();
    let entries = match fs::read_dir(&folder.location) {
        Ok(entries) => entries,
        Err(error) => {
            coverage.leave_out(LeftOutKind::Unreadable, &format!("folder: {}", reason(&error)), or_dot(path));
            return (files, folders);
        }
    };
    // Another repository inside the tree has rules of its own; those of the outer one do not reach into it.
    let nested = folder.depth > 0 && folder.location.join(".git").symlink_metadata().is_ok();
    if nested {
        let kind = if plan.submodules.contains(path) { "submodule" } else { "repository inside the tree" };
        coverage.leave_out(LeftOutKind::NestedRepository, &format!("{kind}: files read, history not"), path);
    }
    let in_repository = folder.in_repository || nested;
    let above = if nested { Ignores::default() } else { folder.ignores.clone() };
    let ignores = if in_repository { above.enter(&folder.location) } else { above };
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                coverage.leave_out(
                    LeftOutKind::Unreadable,
                    &format!("folder: {}", reason(&error)),
                    or_dot(path),
                );
                continue;
            }
        };
        let name = entry.file_name();
        if OWN.iter().any(|own| name == *own) {
            continue;
        }
        let name = path_text(Path::new(&name));
        let child = if path.is_empty() { name } else { format!("{path}/{name}") };
        let location = entry.path();
        let Ok(kind) = entry.file_type() else {
            coverage.leave_out(LeftOutKind::Unreadable, "its kind could not be read", &child);
            continue;
        };
        if plan.exclude.is_match(&child) {
            coverage.leave_out(LeftOutKind::Excluded, "left out by the configuration", &child);
            continue;
        }
        let newly_ignored = !folder.ignored && ignores.ignores(&location, kind.is_dir());
        let ignored = folder.ignored || newly_ignored;
        if ignored && !is_wanted(plan.wanted, &child, kind.is_dir()) {
            if newly_ignored {
                coverage.leave_out(LeftOutKind::Ignored, "ignored by git", &child);
            }
        } else if kind.is_dir() {
            if plan.submodules.contains(&child)
                && fs::read_dir(&location).is_ok_and(|mut inside| inside.next().is_none())
            {
                coverage.leave_out(
                    LeftOutKind::MissingSubmodule,
                    "submodule that is not checked out",
                    &child,
                );
            } else if folder.depth + 1 >= DEPTH {
                coverage.leave_out(LeftOutKind::Unreadable, "folder: nested too deeply", &child);
            } else {
                let depth = folder.depth + 1;
                folders.push(Work::Folder(Folder {
                    location,
                    path: child,
                    ignores: ignores.clone(),
                    depth,
                    in_repository,
                    ignored,
                }));
            }
        } else if kind.is_file() || kind.is_symlink() {
            files.extend(examine(plan.root, child, location, coverage));
        } else {
            coverage.leave_out(LeftOutKind::Special, SPECIAL, &child);
        }
    }
    (files, folders)
}

/// Whether an ignored path is wanted all the same, or, for a folder, holds something that is.
fn is_wanted(wanted: &OnceLock<BTreeSet<String>>, path: &str, is_folder: bool) -> bool {
    let wanted = wanted.wait();
    if !is_folder {
        return wanted.contains(path);
    }
    let inside = format!("{path}/");
    wanted.range(inside.clone()..).next().is_some_and(|first| first.starts_with(&inside))
}

/// Makes an entry of a file or link; notes why when it cannot.
pub(super) fn examine(
    root: &Path,
    path: String,
    location: PathBuf,
    coverage: &mut Coverage,
) -> Option<Entry> {
    let metadata = match fs::symlink_metadata(&location) {
        Ok(metadata) => metadata,
        Err(error) => {
            coverage.leave_out(LeftOutKind::Unreadable, &reason(&error), &path);
            return None;
        }
    };
    let kind = if metadata.is_symlink() {
        let target = fs::read_link(&location).map(|target| path_text(&target)).unwrap_or_default();
        if let Some(problem) = link_problem(root, &location) {
            coverage.leave_out(LeftOutKind::Link, problem, &path);
        }
        EntryKind::Link(target)
    } else if metadata.is_file() {
        EntryKind::File
    } else {
        coverage.leave_out(LeftOutKind::Special, SPECIAL, &path);
        return None;
    };
    Some(Entry {
        role: role::role(&path),
        language: Language::of_name(path.rsplit('/').next().unwrap_or(&path)),
        size: metadata.len(),
        mode: mode(&metadata),
        path,
        location,
        kind,
    })
}

/// Links are never followed. One that stays inside the tree leads to something that the walk meets by its own name.
fn link_problem(root: &Path, location: &Path) -> Option<&'static str> {
    match location.canonicalize() {
        Ok(target) if target.starts_with(root) => None,
        Ok(_) => Some("a link that leads out of the tree"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some("a link that leads nowhere"),
        Err(_) => Some("a link that goes in a circle or cannot be followed"),
    }
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.mode() & 0o7777
}

#[cfg(not(unix))]
fn mode(_metadata: &fs::Metadata) -> u32 {
    0
}

/// Words for an error that are the same on every machine.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::NotFound => "gone before it could be read".to_owned(),
        std::io::ErrorKind::InvalidInput => "not a regular file any more".to_owned(),
        kind => kind.to_string(),
    }
}

fn or_dot(path: &str) -> &str {
    if path.is_empty() { "." } else { path }
}
