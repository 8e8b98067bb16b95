//! Where a repository keeps its things, and how git is asked.

#[cfg(test)]
pub(super) mod trial;

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::host::git_stream::{Call, whole};
use crate::rollback::point::RawPath;

/// Longest record that git may write: a path and a few numbers.
const RECORD: u64 = 1 << 20;
/// An empty variable, for settings that are set to nothing.
const EMPTY: &str = "READINESS_EMPTY";

/// A git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its work tree, absolute and without links.
    pub work: PathBuf,
    /// Its own git directory, absolute and without links; of a linked work tree, the one under `worktrees`.
    pub git_dir: PathBuf,
    /// The git directory that holds refs and objects.
    pub common_dir: PathBuf,
    /// Whether refs are loose files and `packed-refs`; else they are kept in another form (reftable), which is read through
    /// git and cannot be put back file by file.
    pub files_of_refs: bool,
}

/// The repository whose work tree is `work` (which has a `.git` of its own); none where there is none. A repository above is
/// not looked for.
///
/// # Errors
/// There is a `.git` that git cannot use, in words.
pub fn place(work: &Path) -> Result<Option<Place>, String> {
    if work.join(".git").symlink_metadata().is_err() {
        return Ok(None);
    }
    let work = work.canonicalize().map_err(|error| format!("{}: {error}", work.display()))?;
    let mut call = Call::new(&work)
        .with([
            "rev-parse",
            "--absolute-git-dir",
            "--git-common-dir",
            "--show-toplevel",
            // Since 2.45; before, it is repeated, and refs are always files.
            "--show-ref-format",
        ])
        .within(Duration::from_secs(30))
        .at_most(RECORD);
    if let Some(above) = work.parent() {
        call.environment.push(("GIT_CEILING_DIRECTORIES", above.into()));
    }
    let output = whole(&call, None).map_err(|problem| format!("{}: {problem}", work.display()))?;
    let lines: Vec<&[u8]> =
        output.strip_suffix(b"\n").unwrap_or(&output).split(|byte| *byte == b'\n').collect();
    let &[git_dir, common_dir, top, form] = lines.as_slice() else {
        return Err(format!(
            "{}: git's answer is not understood: its path must hold no line end",
            work.display()
        ));
    };
    let real = |bytes: &[u8]| {
        let path = work.join(RawPath::from_bytes(bytes).to_path());
        path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))
    };
    let place = Place {
        git_dir: real(git_dir)?,
        common_dir: real(common_dir)?,
        files_of_refs: matches!(form, b"files" | b"--show-ref-format"),
        work: work.clone(),
    };
    let top = real(top)?;
    if top != place.work {
        return Err(format!(
            "{}: the setting core.worktree of its repository names {} as work tree",
            place.work.display(),
            top.display()
        ));
    }
    Ok(Some(place))
}

impl Place {
    /// A call about the work tree and the index.
    pub(super) fn about_tree<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Call {
        Call::new(&self.work)
            .with([option("--git-dir=", &self.git_dir), option("--work-tree=", &self.work)])
            .with(arguments)
    }

    /// A call about refs and objects; the work tree need not be there.
    pub(super) fn about_objects<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Call {
        Call::new(&self.common_dir).with([option("--git-dir=", &self.git_dir)]).with(arguments)
    }

    /// Settings that begin with `begin`, by name and value; names are in lower case but for their middle part.
    pub(super) fn settings(&self, begin: &str) -> Result<Vec<(String, String)>, String> {
        let call = self
            .about_tree(["config", "-z", "--includes", "--list"])
            .within(Duration::from_secs(30))
            .at_most(16 << 20);
        let output = whole(&call, None)?;
        let records = output.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let pairs =
            records.filter(|record| record.starts_with(begin)).map(|record| match record.split_once('\n') {
                Some((name, value)) => (name.to_owned(), value.to_owned()),
                // A name without a value is one that is switched on.
                None => (record.into_owned(), "true".to_owned()),
            });
        Ok(pairs.collect())
    }

    /// The call with every filter switched off that any configuration names: filters are programs, and some write into the
    /// repository.
    pub(super) fn without_filters(&self, call: Call) -> Result<Call, String> {
        let mut names: Vec<String> = self
            .settings("filter.")?
            .into_iter()
            .filter_map(|(name, _)| Some(name.rsplit_once('.')?.0.to_owned()))
            .collect();
        names.sort_unstable();
        names.dedup();
        let mut off = Call { arguments: Vec::new(), ..call };
        for name in names {
            // A name may hold an equals sign, which `-c` would take for its own.
            off = off
                .with(["clean", "smudge", "process"].map(|end| format!("--config-env={name}.{end}={EMPTY}")));
            off = off.with([format!("--config-env={name}.required={EMPTY}")]);
        }
        off.environment.push((EMPTY, "".into()));
        Ok(off.with(call.arguments))
    }
}

fn option(name: &str, path: &Path) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from(name);
    option.push(path);
    option
}

/// Hands out the records that git wrote, each ended by `end`.
pub(super) fn records(
    reader: &mut dyn Read,
    end: u8,
    each: &mut dyn FnMut(&[u8]) -> Result<(), String>,
) -> Result<(), String> {
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    let mut record = Vec::new();
    loop {
        record.clear();
        let read = (&mut reader).take(RECORD).read_until(end, &mut record);
        read.map_err(|error| error.to_string())?;
        match record.split_last() {
            None => return Ok(()),
            Some((last, record)) if *last == end => each(record)?,
            Some(_) => return Err("its output ends in the middle, or a record of it is too long".to_owned()),
        }
    }
}

/// A path of git's that stays in the work tree, and in which there is nothing odd.
pub(super) fn path_of(bytes: &[u8]) -> Result<RawPath, String> {
    let path = RawPath::from_bytes(bytes);
    if path.is_safe() {
        Ok(path)
    } else {
        Err(format!("it names {path:?}, which leads out of the work tree"))
    }
}

/// Whether a text is the name of an object: hex in lower case, of 20 or 32 bytes.
pub(super) fn is_oid(text: &[u8]) -> bool {
    matches!(text.len(), 40 | 64) && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The name of an object as text.
pub(super) fn oid_of(bytes: &[u8]) -> Result<String, String> {
    if is_oid(bytes) {
        return Ok(String::from_utf8_lossy(bytes).into_owned());
    }
    Err("its output is not understood".to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use super::trial::Trial;
    use super::*;

    #[test]
    fn a_repository_is_found_at_its_own_work_tree_alone() {
        let trial = Trial::new();
        assert_eq!(place(&trial.root), Ok(None));
        trial.start();
        let found = place(&trial.root).unwrap().unwrap();
        assert_eq!(found.work, trial.root);
        assert_eq!((&found.git_dir, &found.common_dir), (&trial.root.join(".git"), &trial.root.join(".git")));
        assert!(found.files_of_refs);
        trial.write("below/file", "x");
        assert_eq!(place(&trial.root.join("below")), Ok(None), "the one above is not it");
        trial.write("broken/.git", "gitdir: nowhere\n");
        assert!(place(&trial.root.join("broken")).unwrap_err().contains("not a git repository"));
        std::fs::create_dir_all(trial.root.join("empty/.git")).unwrap();
        let words = place(&trial.root.join("empty")).unwrap_err();
        assert!(words.contains("not a git repository"), "{words}");
        trial.git(&["config", "core.bare", "true"]);
        assert!(place(&trial.root).unwrap_err().contains("work tree"));
    }

    #[test]
    fn linked_work_trees_and_submodules_have_git_directories_elsewhere() {
        let trial = Trial::new();
        trial.start();
        trial.commit("a", "one");
        let linked = trial.path("linked");
        trial.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "-b", "other"]);
        let found = place(&linked).unwrap().unwrap();
        assert_eq!(found.git_dir, trial.root.join(".git/worktrees/linked"));
        assert_eq!(found.common_dir, trial.root.join(".git"));
        let origin = trial.root.to_str().unwrap();
        trial.git(&["init", "-q", trial.path("outer").to_str().unwrap()]);
        trial.git_at(
            "outer",
            &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", origin, "sub"],
        );
        let found = place(&trial.path("outer/sub")).unwrap().unwrap();
        assert_eq!(found.git_dir, trial.path("outer/.git/modules/sub"));
    }

    #[test]
    fn a_configuration_that_names_another_tree_is_refused() {
        let trial = Trial::new();
        trial.start();
        trial.git(&["config", "core.worktree", "/"]);
        let words = place(&trial.root).unwrap_err();
        assert!(words.contains("core.worktree"), "{words}");
    }

    #[test]
    fn refs_that_are_no_files_are_seen() {
        let trial = Trial::new();
        // Older versions of git have no other form.
        if !trial.may(&["init", "-q", "--ref-format=reftable", "."]) {
            return;
        }
        assert!(!place(&trial.root).unwrap().unwrap().files_of_refs);
    }
}
