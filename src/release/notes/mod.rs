//! The documents of a release: README and CHANGELOG as they are; notes from the section of the CHANGELOG that is about
//! the version, or else from the commits since the last tag.
//!
//! - `changelog`: finds the section of a version.
//! - `commits`: writes notes from commits.
//! - `markdown`: makes a line that anyone may have committed harmless.

mod changelog;
mod commits;
mod markdown;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use crate::host::files::read_bounded;
use crate::host::git::repository_root;
use crate::host::git_history;

/// Largest README or CHANGELOG, in bytes.
const MOST_BYTES: u64 = 4 << 20;
/// Most entries of the project's folder that are looked at.
const MOST_ENTRIES: usize = 100_000;
/// Most commits in the notes.
const MOST_COMMITS: u32 = 1000;
/// Names of documents, without their ending and in lower case; of several, the first.
const READMES: &[&str] = &["readme"];
const CHANGELOGS: &[&str] = &["changelog", "changes", "history", "news", "release_notes", "releasenotes"];
/// Their endings; of several, the first.
const ENDINGS: &[&str] = &[".md", ".markdown", ".rst", ".txt", ""];

/// Documents of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// Bytes of the project's README, if it has one.
    pub readme: Option<Vec<u8>>,
    /// Bytes of the project's CHANGELOG, if it has one.
    pub changelog: Option<Vec<u8>>,
    /// The notes, in Markdown.
    pub notes: String,
    /// Where the notes are from, in words: `CHANGELOG.md, section 1.2.3` or `12 commits since v1.2.2`.
    pub origin: String,
    /// The tag before this version, if there is one.
    pub previous_tag: Option<String>,
}

/// The documents of version `version` of the project at `root`, whose commit is `commit`.
///
/// # Errors
/// git or the disk fails, or a document is too large, in words.
pub fn documents(root: &Path, version: &str, commit: Option<&str>) -> Result<Documents, String> {
    let readme = document(root, READMES)?.map(|(_, bytes)| bytes);
    let changelog = document(root, CHANGELOGS)?;
    let commit = commit.filter(|_| repository_root(root).is_some());
    let previous_tag = commit.and_then(|commit| git_history::tag_before(root, version, commit));
    let section = changelog.as_ref().and_then(|(name, bytes)| {
        let text = String::from_utf8_lossy(bytes);
        let body = changelog::section(&text, version)?;
        let is_markdown =
            [".md", ".markdown"].iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
        Some((name, if is_markdown { body } else { markdown::fenced(&body) }))
    });
    let title = format!("# Release {}\n\n", markdown::line(version));
    let (body, origin) = match (section, commit) {
        (Some((name, body)), _) => (body, format!("{name}, section {version}")),
        (None, Some(commit)) => {
            let log = git_history::log(root, previous_tag.as_deref(), commit, MOST_COMMITS)?;
            commits::notes(&log, previous_tag.as_deref())
        }
        (None, None) => (
            "What changed is not known: there is neither a section for this version in a changelog nor a git history.\n"
                .to_owned(),
            "neither a changelog nor a git history".to_owned(),
        ),
    };
    let changelog = changelog.map(|(_, bytes)| bytes);
    Ok(Documents { readme, changelog, notes: title + &body, origin, previous_tag })
}

/// The first document of one of these names, with its own name.
fn document(root: &Path, names: &[&str]) -> Result<Option<(String, Vec<u8>)>, String> {
    let Some((name, path)) = find(root, names)? else { return Ok(None) };
    let failed = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let size = fs::metadata(&path).map_err(|error| failed(&error))?.len();
    if size > MOST_BYTES {
        return Err(failed(&format!(
            "larger than {} MiB; shorten it or keep it elsewhere",
            MOST_BYTES >> 20
        )));
    }
    let bytes = read_bounded(&path, MOST_BYTES).map_err(|error| failed(&error))?;
    Ok(Some((name, bytes)))
}

/// Where the first document of one of these names is. Links are followed as far as they stay in the folder.
fn find(root: &Path, names: &[&str]) -> Result<Option<(String, PathBuf)>, String> {
    let failed = |error: std::io::Error| format!("the project's folder cannot be read: {error}");
    let top = root.canonicalize().map_err(failed)?;
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    for entry in fs::read_dir(&top).map_err(failed)?.take(MOST_ENTRIES) {
        let Ok(name) = entry.map_err(failed)?.file_name().into_string() else { continue };
        let lower = name.to_ascii_lowercase();
        let rank = names.iter().enumerate().find_map(|(at, wanted)| {
            let ending = lower.strip_prefix(wanted)?;
            Some((at, ENDINGS.iter().position(|known| *known == ending)?))
        });
        found.extend(rank.map(|(at, ending)| (at, ending, name)));
    }
    // Of two that differ in case alone, the same one whatever the order of the folder.
    found.sort_unstable();
    let usable = |(_, _, name): (usize, usize, String)| {
        let path = top.join(&name).canonicalize().ok()?;
        (path.starts_with(&top) && path.is_file()).then_some((name, path))
    };
    Ok(found.into_iter().find_map(usable))
}
