//! What git knows of a work tree, asked of the `git` program with everything switched off that a repository's own
//! configuration could make it run.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Most output taken from git, in bytes.
const LIMIT: u64 = 64 << 20;

/// What git says of a tree.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The commit checked out.
    pub commit: Option<String>,
    /// Files that are tracked although an ignore rule matches them, relative to the tree.
    pub tracked_but_ignored: Vec<PathBuf>,
    /// Why git could not be asked, if it could not.
    pub problem: Option<String>,
}

/// Asks git about the tree at `root`. A tree outside any repository has no facts and no problem.
#[must_use]
pub fn facts(root: &Path) -> Facts {
    if repository_root(root).is_none() {
        return Facts::default();
    }
    let tracked = run(root, &["ls-files", "--cached", "--ignored", "--exclude-standard", "-z"]);
    let commit = run(root, &["rev-parse", "--verify", "--quiet", "HEAD"]);
    match tracked {
        Ok(list) => Facts {
            commit: commit
                .ok()
                .and_then(|text| String::from_utf8(text).ok())
                .map(|text| text.trim().to_owned()),
            tracked_but_ignored: list
                .split(|byte| *byte == 0)
                .filter(|name| !name.is_empty())
                .map(path)
                .collect(),
            problem: None,
        },
        Err(problem) => Facts { problem: Some(problem), ..Facts::default() },
    }
}

/// The closest folder at or above `root` that holds a `.git`.
#[must_use]
pub fn repository_root(root: &Path) -> Option<PathBuf> {
    root.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok()).map(Path::to_owned)
}

fn run(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let mut child = Command::new("git")
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.excludesFile="])
        .args(arguments)
        .current_dir(root)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("git could not be started: {error}"))?;
    let mut output = Vec::new();
    let read = child.stdout.take().map_or(Ok(0), |pipe| pipe.take(LIMIT).read_to_end(&mut output));
    let status = child.wait().map_err(|error| format!("git: {error}"))?;
    read.map_err(|error| format!("git: {error}"))?;
    if status.success() {
        Ok(output)
    } else {
        Err(format!("git {} failed ({status})", arguments.first().unwrap_or(&"")))
    }
}

#[cfg(unix)]
fn path(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn path(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}
