//! What a tree is, as the file system and git say.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One thing of a tree: kind, mode, bytes or target, time of modification (of files and links).
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Thing {
    kind: char,
    mode: u32,
    bytes: Vec<u8>,
    modified: Option<(i64, i64)>,
}

impl std::fmt::Debug for Thing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = String::from_utf8_lossy(self.bytes.get(..self.bytes.len().min(60)).unwrap_or_default())
            .into_owned();
        write!(formatter, "{}{:04o} {:?} {} {text:?}", self.kind, self.mode, self.modified, self.bytes.len())
    }
}

/// A tree, without what the program keeps and without the insides of git directories.
pub(super) type Tree = BTreeMap<PathBuf, Thing>;

/// What git says of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Git {
    index: Option<Vec<u8>>,
    head: Vec<u8>,
    status: String,
    staged: String,
    refs: String,
    state: BTreeMap<PathBuf, Vec<u8>>,
}

/// Runs git as a user without any configuration of his own would.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> String {
    let done = git_command(folder, arguments).output().unwrap();
    assert!(
        done.status.success(),
        "git {arguments:?} in {}: {}",
        folder.display(),
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8_lossy(&done.stdout).into_owned()
}

pub(super) fn git_command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"])
        .args(["-c", "protocol.file.allow=always", "-c", "commit.gpgSign=false", "-c", "gc.auto=0"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
        .env("GIT_EDITOR", "true")
        .env("LC_ALL", "C");
    command
}

pub(super) fn tree(root: &Path) -> Tree {
    let mut found = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let below = path.strip_prefix(root).unwrap().to_owned();
            let meta = path.symlink_metadata().unwrap();
            if below == Path::new(".readiness") || (meta.is_dir() && path.file_name().unwrap() == ".git") {
                continue;
            }
            let modified = Some((meta.mtime(), meta.mtime_nsec()));
            let mode = meta.permissions().mode() & 0o7777;
            let thing = if meta.is_symlink() {
                let bytes = fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec();
                Thing { kind: 'l', mode: 0, bytes, modified: None }
            } else if meta.is_dir() {
                folders.push(path);
                Thing { kind: 'd', mode, bytes: Vec::new(), modified: None }
            } else {
                Thing { kind: 'f', mode, bytes: fs::read(&path).unwrap(), modified }
            };
            found.insert(below, thing);
        }
    }
    found
}

/// Files of a git directory that say what is going on.
const STATE: &[&str] = &[
    "MERGE_HEAD",
    "MERGE_MSG",
    "MERGE_MODE",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "REBASE_HEAD",
    "BISECT_LOG",
    "BISECT_START",
    "BISECT_TERMS",
    "ORIG_HEAD",
    "AUTO_MERGE",
    "rebase-merge",
    "rebase-apply",
    "sequencer",
    "info/sparse-checkout",
];

pub(super) fn repository(work: &Path) -> Git {
    let directory = PathBuf::from(git(work, &["rev-parse", "--absolute-git-dir"]).trim_end());
    // The index before git looks at it, which can write to it.
    let index = fs::read(directory.join("index")).ok();
    let mut state = BTreeMap::new();
    let mut names: Vec<PathBuf> = STATE.iter().map(|name| directory.join(name)).collect();
    while let Some(path) = names.pop() {
        if path.is_dir() {
            names.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(bytes) = fs::read(&path) {
            state.insert(path.strip_prefix(&directory).unwrap().to_owned(), bytes);
        }
    }
    let quiet = |arguments: &[&str]| {
        let arguments: Vec<&str> = ["--no-optional-locks"].iter().chain(arguments).copied().collect();
        let done = git_command(work, &arguments).output().unwrap();
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    Git {
        index,
        head: fs::read(directory.join("HEAD")).unwrap(),
        status: quiet(&[
            "status",
            "--porcelain=v2",
            "--branch",
            "--untracked-files=all",
            "--ignore-submodules=none",
        ]),
        staged: quiet(&["ls-files", "--stage"]),
        refs: quiet(&["for-each-ref"]),
        state,
    }
}

/// The first differences of two trees, for people.
pub(super) fn difference(then: &Tree, now: &Tree) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, thing) in then {
        match now.get(path) {
            None => lines.push(format!("{} is gone: {thing:?}", path.display())),
            Some(other) if other != thing => {
                lines.push(format!("{}: {thing:?} is now {other:?}", path.display()));
            }
            Some(_) => {}
        }
    }
    lines.extend(
        now.iter()
            .filter(|(path, _)| !then.contains_key(*path))
            .map(|(path, thing)| format!("{} is new: {thing:?}", path.display())),
    );
    lines.truncate(12);
    lines
}
