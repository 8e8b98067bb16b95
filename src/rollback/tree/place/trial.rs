//! Repositories that tests make with git itself, apart from any configuration of the machine's user.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::rollback::tree::{Place, place};

/// A folder of its own with a work tree `tree` in it.
pub(in crate::rollback::tree) struct Trial {
    _folder: tempfile::TempDir,
    folder: PathBuf,
    pub(in crate::rollback::tree) root: PathBuf,
}

impl Trial {
    pub(in crate::rollback::tree) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let root = path.join("tree");
        std::fs::create_dir(&root).unwrap();
        Self { _folder: folder, folder: path, root }
    }

    /// One with a repository.
    pub(in crate::rollback::tree) fn with_repository() -> Self {
        let trial = Self::new();
        trial.start();
        trial
    }

    pub(in crate::rollback::tree) fn start(&self) {
        self.git(&["init", "-q", "-b", "main", "."]);
    }

    pub(in crate::rollback::tree) fn place(&self) -> Place {
        place(&self.root).unwrap().unwrap()
    }

    /// Something beside the work tree.
    pub(in crate::rollback::tree) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What git prints, which must succeed.
    pub(in crate::rollback::tree) fn git(&self, arguments: &[&str]) -> String {
        self.git_at("tree", arguments)
    }

    pub(in crate::rollback::tree) fn git_at(&self, folder: &str, arguments: &[&str]) -> String {
        let output = run(&self.path(folder), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Whether git succeeds.
    pub(in crate::rollback::tree) fn may(&self, arguments: &[&str]) -> bool {
        run(&self.root, arguments).status.success()
    }

    pub(in crate::rollback::tree) fn write(&self, name: &str, text: &str) {
        put(&self.root.join(name), text.as_bytes());
    }

    /// Writes a file and commits everything; the commit.
    pub(in crate::rollback::tree) fn commit(&self, name: &str, text: &str) -> String {
        self.write(name, text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", name]);
        self.git(&["rev-parse", "HEAD"])
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_EDITOR", "true")
        .output()
        .unwrap()
}

pub(in crate::rollback::tree) fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), bytes).unwrap();
}
