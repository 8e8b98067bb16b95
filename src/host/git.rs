//! What git knows of a work tree, asked of the `git` program with everything switched off that a repository's own
//! configuration could make it run.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// Most output taken from git, in bytes.
const LIMIT: u64 = 64 << 20;
/// Longest that git may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is asked whether it is done.
const STEP: Duration = Duration::from_millis(2);

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

/// The commit that a revision names.
///
/// # Errors
/// When git knows no such commit, in words.
pub fn commit_of(root: &Path, revision: &str) -> Result<String, String> {
    // What begins with a dash would be an option; no revision does.
    if revision.starts_with('-') || revision.is_empty() {
        return Err("this is no revision".to_owned());
    }
    let named = format!("{revision}^{{commit}}");
    let output = run(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &named])
        .map_err(|_| "git knows no such commit here".to_owned())?;
    let text = String::from_utf8_lossy(&output).trim().to_owned();
    let hex = text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex { Ok(text) } else { Err("git knows no such commit here".to_owned()) }
}

/// The files of a commit below `root`, relative to it; links and submodules are not among them.
///
/// # Errors
/// When git fails, in words.
pub fn files_at(root: &Path, commit: &str) -> Result<Vec<PathBuf>, String> {
    let output = run(root, &["ls-tree", "-r", "-z", commit])?;
    let files = output.split(|byte| *byte == 0).filter(|line| line.starts_with(b"100"));
    Ok(files.filter_map(|line| line.splitn(2, |byte| *byte == b'\t').nth(1)).map(path).collect())
}

/// The contents of a file of a commit; `file` is relative to `root`.
///
/// # Errors
/// When git fails, in words.
pub fn read_at(root: &Path, commit: &str, file: &Path) -> Result<Vec<u8>, String> {
    let name = file.to_str().ok_or_else(|| "a file's name is not UTF-8".to_owned())?;
    run(root, &["cat-file", "blob", &format!("{commit}:./{name}")])
}

/// Asks git; the first argument is the command.
pub(super) fn run(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let name = arguments.first().copied().unwrap_or_default();
    let mut child = Command::new("git")
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.excludesFile="])
        .args(arguments)
        .current_dir(root)
        .env("GIT_OPTIONAL_LOCKS", "0")
        // A partial clone would fetch what it lacks: over the network, by a command that its configuration names.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("git could not be started: {error}"))?;
    let pipe = child.stdout.take();
    // The reader ends when git closes its side; a git that is ended closes it too.
    let reader = std::thread::spawn(move || {
        let mut output = Vec::new();
        let read = pipe.map_or(Ok(0), |pipe| pipe.take(LIMIT).read_to_end(&mut output));
        read.map(|_| output)
    });
    let status = wait(&mut child).map_err(|problem| format!("git {name}: {problem}"))?;
    let output = reader.join().map_err(|_| "git: its output was lost".to_owned())?;
    let output = output.map_err(|error| format!("git {name}: {error}"))?;
    if output.len() as u64 >= LIMIT {
        return Err(format!("git {name}: more than {LIMIT} bytes"));
    }
    if status.success() { Ok(output) } else { Err(format!("git {name} failed ({status})")) }
}

/// Waits for git, at most [`PATIENCE`]; ends it after that.
fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(status);
        }
        if waited >= PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("it took longer than {} s", PATIENCE.as_secs()));
        }
        std::thread::sleep(STEP);
        waited += STEP;
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
