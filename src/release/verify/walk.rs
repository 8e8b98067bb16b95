//! What is in the directory: every name once, links not followed, nothing opened.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::problem::{Flaw, Problem};
use crate::formats::release_manifest::{MAX_FILES, SIGNATURE_ENDING};
use crate::host::files::path_text;

/// Most files and folders: every file has a signature, and folders are few.
const MOST: usize = 3 * MAX_FILES;
/// Deepest folder that is entered; a release has two levels.
const DEPTH: usize = 32;

/// What was met.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Plain files, relative and separated by `/`.
    pub(super) files: BTreeSet<String>,
    /// What is neither a file nor a folder: what it is, by path.
    pub(super) odd: BTreeMap<String, String>,
    /// Folders without anything in them.
    pub(super) empty: Vec<String>,
    /// Names that are not usable, folders that cannot be read.
    pub(super) problems: Vec<Problem>,
    /// Whether the walk ended before its time.
    pub(super) cut: bool,
}

/// Walks a directory.
///
/// # Errors
/// The directory itself cannot be listed.
pub(super) fn walk(dir: &Path) -> io::Result<Walked> {
    let mut walked = Walked::default();
    let mut left: Vec<(PathBuf, String, usize)> = Vec::new();
    let mut met = 0;
    list(fs::read_dir(dir)?, ("", 0), &mut walked, &mut left, &mut met);
    while let Some((folder, path, depth)) = left.pop() {
        if walked.cut {
            break;
        }
        if depth > DEPTH {
            let what = format!("a folder at depth {depth}");
            walked.problems.push(Problem::new(&path, Flaw::TooMuch(what)));
            walked.cut = true;
            break;
        }
        match fs::read_dir(folder) {
            Ok(entries) => list(entries, (&path, depth), &mut walked, &mut left, &mut met),
            Err(error) => walked.problems.push(Problem::new(&path, Flaw::Unreadable(error.to_string()))),
        }
    }
    collisions(&mut walked);
    Ok(walked)
}

fn list(
    entries: fs::ReadDir,
    (path, depth): (&str, usize),
    walked: &mut Walked,
    left: &mut Vec<(PathBuf, String, usize)>,
    met: &mut usize,
) {
    let before = *met;
    for entry in entries {
        *met += 1;
        if *met > MOST {
            let here = if path.is_empty() { "." } else { path };
            let what = format!("more than {MOST} files and folders");
            walked.problems.push(Problem::new(here, Flaw::TooMuch(what)));
            walked.cut = true;
            return;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                walked.problems.push(Problem::new(path, Flaw::Unreadable(error.to_string())));
                continue;
            }
        };
        let name = entry.file_name();
        let plain = name.to_str().map(str::to_owned);
        let shown = plain.clone().unwrap_or_else(|| path_text(Path::new(&name)));
        let full = if path.is_empty() { shown } else { format!("{path}/{shown}") };
        if plain.is_none() {
            walked.odd.insert(full, "something whose name is not UTF-8".to_owned());
            continue;
        }
        let hidden = full.rsplit('/').next().is_some_and(|name| name.contains(char::is_control));
        if hidden && !full.ends_with(SIGNATURE_ENDING) {
            let flaw = Flaw::Name("its name has control characters, which can hide what it is".to_owned());
            walked.problems.push(Problem::new(&full, flaw));
        }
        // Of a link this is the link, not what it points at.
        match entry.file_type() {
            Ok(kind) if kind.is_file() => {
                walked.files.insert(full);
            }
            Ok(kind) if kind.is_dir() => left.push((entry.path(), full, depth + 1)),
            Ok(kind) if kind.is_symlink() => {
                walked.odd.insert(full, "a symbolic link".to_owned());
            }
            Ok(_) => {
                walked.odd.insert(full, "a pipe, socket or device".to_owned());
            }
            Err(error) => walked.problems.push(Problem::new(&full, Flaw::Unreadable(error.to_string()))),
        }
    }
    if *met == before && !path.is_empty() {
        walked.empty.push(path.to_owned());
    }
}

/// Files that would take each other's place on systems that do not tell upper and lower case apart.
fn collisions(walked: &mut Walked) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    // Of a signature its file is told.
    for path in walked.files.iter().filter(|path| !path.ends_with(SIGNATURE_ENDING)) {
        if let Some(first) = seen.insert(path.to_lowercase(), path) {
            let why = format!("its name is that of `{first}` but for upper and lower case");
            walked.problems.push(Problem::new(path, Flaw::Name(why)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_alone_are_told() {
        let files = ["a/App", "a/app", "b/app"].map(str::to_owned).into();
        let mut walked = Walked { files, ..Walked::default() };
        collisions(&mut walked);
        assert_eq!(walked.problems.len(), 1);
        assert_eq!(walked.problems[0].path, "a/app");
        assert!(walked.problems[0].flaw.to_string().contains("`a/App`"));
    }

    #[test]
    fn what_nests_deeper_than_any_release_is_not_entered() {
        let folder = tempfile::tempdir().unwrap();
        let deep = vec!["d"; DEPTH + 3].join("/");
        fs::create_dir_all(folder.path().join(deep)).unwrap();
        let walked = walk(folder.path()).unwrap();
        assert!(walked.cut);
        assert!(matches!(walked.problems[0].flaw, Flaw::TooMuch(_)));
    }
}
