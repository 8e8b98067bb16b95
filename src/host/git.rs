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
/// Variable that holds nothing, for settings that are switched off by it.
const EMPTY: &str = "READINESS_EMPTY";
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

/// The state of a work tree that something is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkTree {
    /// The commit checked out, hex; none before the first commit.
    pub commit: Option<String>,
    /// Files that differ from the commit or that no commit has; what git ignores is not among them.
    pub changed: u64,
    /// The branch checked out, as `refs/heads/…`; none when a commit is checked out by itself.
    pub branch: Option<String>,
    /// Tags of the commit, sorted.
    pub tags: Vec<String>,
    /// Where the remote `origin` is, without user, password and query; none when it is no URL that others could use.
    pub remote: Option<String>,
}

/// Asks git about the work tree around `root`, the whole of it. What lies at `besides` (absolute, without links) is not
/// counted as changed; of submodules only their commit is looked at. None outside any repository.
///
/// # Errors
/// When git fails, in words.
pub fn work_tree(root: &Path, besides: &[PathBuf]) -> Result<Option<WorkTree>, String> {
    let Some(top) = repository_root(root) else { return Ok(None) };
    let line = |arguments: &[&str]| -> Option<String> {
        let text = String::from_utf8(run(root, arguments).ok()?).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let commit = line(&["rev-parse", "--verify", "--quiet", "HEAD"]);
    let tags = match &commit {
        Some(_) => run(root, &["tag", "--points-at", "HEAD"])?,
        None => Vec::new(),
    };
    let mut tags: Vec<String> = String::from_utf8_lossy(&tags).lines().map(str::to_owned).collect();
    tags.sort_unstable();
    Ok(Some(WorkTree {
        changed: changed(root, &top, besides)?,
        commit,
        branch: line(&["symbolic-ref", "--quiet", "HEAD"]),
        tags,
        remote: line(&["config", "--get", "remote.origin.url"]).and_then(|url| public_url(&url)),
    }))
}

/// How many files differ from the commit or are in none.
fn changed(root: &Path, top: &Path, besides: &[PathBuf]) -> Result<u64, String> {
    let top = top.canonicalize().map_err(|error| format!("{}: {error}", top.display()))?;
    // A repository's own filters are programs, and comparing files would run them; the user's own may.
    let filters = run(root, &["config", "-z", "--show-scope", "--name-only", "--get-regexp", r"^filter\."])
        .unwrap_or_default();
    let mut settings = Vec::new();
    let mut fields = filters.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    while let (Some(scope), Some(key)) = (fields.next(), fields.next()) {
        if matches!(&*scope, "local" | "worktree") {
            let name = key.rsplit_once('.').map_or(&*key, |(name, _)| name);
            // A name may hold an equals sign, which `-c` would take for its own.
            settings.extend(
                ["clean", "smudge", "process", "required"]
                    .map(|end| format!("--config-env={name}.{end}={EMPTY}")),
            );
        }
    }
    let mut arguments = settings;
    let status = [
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        "--ignore-submodules=dirty",
    ];
    arguments.extend(status.map(str::to_owned));
    arguments.extend(["--".to_owned(), ":/".to_owned()]);
    let inside = besides.iter().filter_map(|path| path.strip_prefix(&top).ok()?.to_str());
    arguments
        .extend(inside.filter(|path| !path.is_empty()).map(|path| format!(":(top,exclude,literal){path}")));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = run(root, &arguments)?;
    Ok(output.split(|byte| *byte == 0).filter(|line| !line.is_empty()).count() as u64)
}

/// A remote as it may be published: without user and password, without query and fragment. Paths of this machine, and
/// what is no URL, are nothing that others could use.
fn public_url(url: &str) -> Option<String> {
    if url.len() > 2048 || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let without = |rest: &str| rest.rsplit_once('@').map_or(rest, |(_, host)| host).to_owned();
    match url.split_once("://") {
        Some((scheme @ ("https" | "http" | "ssh" | "git" | "git+ssh" | "ssh+git"), rest)) => {
            let end = rest.find(['?', '#']).unwrap_or(rest.len());
            let rest = rest.get(..end)?;
            let (authority, path) = rest.split_at(rest.find('/')?);
            let host = without(authority);
            (!host.is_empty()).then(|| format!("{scheme}://{host}{path}"))
        }
        Some(_) => None,
        // `user@host:path`; a letter before the colon is a drive.
        None => {
            let (host, path) = url.split_once(':')?;
            let host = without(host);
            let remote = host.len() > 1 && !host.contains('/') && !path.starts_with(':') && !path.is_empty();
            remote.then(|| format!("ssh://{host}/{}", path.trim_start_matches('/')))
        }
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
        .env(EMPTY, "")
        // git hands its environment to the filters that the configuration of a repository names.
        .env_remove("READINESS_PASSPHRASE")
        .env_remove("READINESS_AUTH_TOKEN")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_is_told_without_its_secrets() {
        for (url, expected) in [
            ("https://github.com/acme/app.git", Some("https://github.com/acme/app.git")),
            ("https://user:secret@github.com/acme/app", Some("https://github.com/acme/app")),
            ("https://a@b:secret@github.com/acme/app?token=x#y", Some("https://github.com/acme/app")),
            ("git@github.com:acme/app.git", Some("ssh://github.com/acme/app.git")),
            ("ssh://git@host:22/a@b", Some("ssh://host:22/a@b")),
            ("/srv/git/app", None),
            ("../app", None),
            ("file:///srv/git/app", None),
            ("ext::sh -c evil", None),
            ("ext::evil", None),
            ("c:\\app", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(public_url(url).as_deref(), expected, "{url}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_work_tree_is_what_git_says_without_running_its_programs() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        assert_eq!(work_tree(&root, &[]), Ok(None));
        let git = |arguments: &[&str]| {
            let author = ["-c", "user.name=a", "-c", "user.email=a@b"];
            let done = Command::new("git").args(author).args(arguments).current_dir(&root).output().unwrap();
            assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        };
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), text.as_bytes()).unwrap();
        };
        git(&["init", "-q", "-b", "main"]);
        assert_eq!(work_tree(&root, &[]).unwrap().unwrap().commit, None);
        write("a", "one");
        write(".gitignore", "ignored\n");
        write("ignored", "x");
        git(&["add", "."]);
        git(&["commit", "-qm", "first"]);
        git(&["tag", "v1"]);
        git(&["tag", "-m", "annotated", "latest"]);
        git(&["remote", "add", "origin", "https://token@host/app"]);
        let clean = work_tree(&root, &[]).unwrap().unwrap();
        assert_eq!((clean.changed, clean.branch.as_deref()), (0, Some("refs/heads/main")));
        assert_eq!(clean.tags, ["latest", "v1"]);
        assert_eq!(clean.remote.as_deref(), Some("https://host/app"));
        assert_eq!(clean.commit.as_ref().map(String::len), Some(40));
        write("a", "two");
        write("new/b", "b");
        write("new/c", "c");
        let besides = [root.join("new/c"), PathBuf::from("/elsewhere")];
        assert_eq!(work_tree(&root, &[]).unwrap().unwrap().changed, 3);
        assert_eq!(
            work_tree(&root.join("new"), &besides).unwrap().unwrap().changed,
            2,
            "all of the repository"
        );
        assert_eq!(work_tree(&root, &[root.join("new"), root.join("a")]).unwrap().unwrap().changed, 0);
        // A filter of the repository's own must not run.
        write(".gitattributes", "* filter=evil\n*.b filter=e=vil\n");
        write("a.b", "one");
        git(&["add", "-N", "a.b"]);
        for name in ["evil", "e=vil"] {
            let key = format!("filter.{name}.clean");
            git(&["config", &key, &format!("touch {}", root.join("ignored-mark").display())]);
        }
        write("a", "1wo");
        work_tree(&root, &[]).unwrap();
        assert!(!root.join("ignored-mark").exists());
    }
}
