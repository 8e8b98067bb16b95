//! Head, refs, upstream, operation in progress, and the files that keep them.

mod refs;
mod state;
#[cfg(test)]
mod tests;

pub use state::state_files;

use std::path::Path;
use std::time::Duration;

use super::Place;
use super::place::{is_oid, oid_of};
use crate::host::files::open_regular;
use crate::host::git_stream::whole;
use crate::rollback::point::{Head, RawPath};

/// Longest that git may take to list refs.
const PATIENCE: Duration = Duration::from_secs(120);
/// Longest that first commits are looked for.
const QUICK: Duration = Duration::from_secs(2);

/// What is checked out, and what else the repository knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// What is checked out.
    pub head: Head,
    /// The branch's upstream: its ref, and the commit that it is at.
    pub upstream: Option<(String, Option<String>)>,
    /// All refs with their object ids, by name.
    pub refs: Vec<(String, String)>,
    /// Symbolic refs besides `HEAD`, and what they lead to.
    pub symbolic: Vec<(String, String)>,
    /// Operation in progress, see `Repository::operation`.
    pub operation: Option<String>,
    /// What stands in the way of a complete capture, in words: a partial clone, refs that cannot be put back file by file.
    pub gaps: Vec<String>,
}

/// Reads it.
///
/// # Errors
/// Git fails, in words.
pub fn history(place: &Place) -> Result<History, String> {
    let mut refs = refs::refs(place)?;
    let head = head(place, &refs)?;
    let upstream = match &head {
        Head::Branch { name, .. } => refs.upstream_of(name),
        Head::Detached { .. } | Head::Unborn { .. } => None,
    };
    gaps(place, &mut refs.gaps);
    Ok(History {
        head,
        upstream,
        operation: state::operation(&place.git_dir),
        refs: refs.list.into_iter().map(|one| (one.name, one.oid)).collect(),
        symbolic: refs.symbolic,
        gaps: refs.gaps,
    })
}

/// What is checked out: `HEAD`, read as the file that it is, or asked of git where it is none.
fn head(place: &Place, refs: &refs::Refs) -> Result<Head, String> {
    let text = first_line(&place.git_dir.join("HEAD")).unwrap_or_default();
    let branch = text.strip_prefix("ref:").map(str::trim_start).filter(|_| place.files_of_refs);
    if let Some(name) = branch.filter(|name| name.starts_with("refs/")) {
        return Ok(match refs.oid_of(name) {
            Some(commit) => Head::Branch { name: name.to_owned(), commit: commit.to_owned() },
            None => Head::Unborn { name: name.to_owned() },
        });
    }
    if place.files_of_refs && is_oid(text.as_bytes()) {
        return Ok(Head::Detached { commit: text });
    }
    let ask = |arguments: &[&str]| {
        let call = place.about_objects(arguments.iter().copied()).within(PATIENCE);
        whole(&call, None).map(|output| String::from_utf8_lossy(&output).trim_end_matches('\n').to_owned())
    };
    match ask(&["symbolic-ref", "--quiet", "HEAD"]) {
        Ok(name) => Ok(match refs.oid_of(&name) {
            Some(commit) => Head::Branch { commit: commit.to_owned(), name },
            None => Head::Unborn { name },
        }),
        Err(_) => {
            let commit = ask(&["rev-parse", "--verify", "HEAD"])?;
            Ok(Head::Detached { commit: oid_of(commit.as_bytes())? })
        }
    }
}

/// What stands in the way besides single refs.
fn gaps(place: &Place, gaps: &mut Vec<String>) {
    if !place.files_of_refs {
        gaps.push(
            "the repository keeps its refs in another form than files (reftable): they are told, and a restore cannot \
             put them back"
                .to_owned(),
        );
    }
    if is_partial(&place.common_dir.join("objects"), 5) {
        gaps.push(
            "the repository is a partial clone: objects that it left with its remote are not captured; fetch them with \
             git fetch --refetch --filter=blob:limit=1t"
                .to_owned(),
        );
    }
    if place.git_dir.join("index.lock").symlink_metadata().is_ok() {
        gaps.push(
            "git is at work here, or was ended in the middle of it (index.lock is there): what is captured may be \
             neither the state before nor the one after"
                .to_owned(),
        );
    }
}

/// Whether a folder of objects, or one that it borrows from, has packs of a remote that promises the rest.
pub(in crate::rollback::tree) fn is_partial(objects: &Path, depth: u32) -> bool {
    let promised = objects.join("pack").read_dir().is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().as_encoded_bytes().ends_with(b".promisor"))
    });
    if promised || depth == 0 {
        return promised;
    }
    let text = read(&objects.join("info/alternates")).unwrap_or_default();
    let mut folders =
        text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    folders.any(|folder| is_partial(&objects.join(RawPath::from_bytes(folder).to_path()), depth - 1))
}

/// The begin of a small file.
fn read(path: &Path) -> Option<Vec<u8>> {
    use std::io::Read as _;
    let (file, _) = open_regular(path).ok()?;
    let mut bytes = Vec::new();
    file.take(1 << 16).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The first line of a small file.
fn first_line(path: &Path) -> Option<String> {
    let bytes = read(path)?;
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    Some(std::str::from_utf8(line).ok()?.trim_end().to_owned())
}

/// First commits of the history, sorted; none when they cannot be found within two seconds, or when the history is cut off
/// (a shallow clone) and its beginning is not known.
#[must_use]
pub fn first_commits(place: &Place) -> Vec<String> {
    if place.common_dir.join("shallow").symlink_metadata().is_ok_and(|meta| meta.len() > 0) {
        return Vec::new();
    }
    let call = place.about_objects(["rev-list", "--max-parents=0", "HEAD"]).within(QUICK).at_most(1 << 20);
    let output = whole(&call, None).unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    let mut list: Vec<String> =
        text.lines().filter(|line| is_oid(line.as_bytes())).map(str::to_owned).collect();
    list.sort_unstable();
    list
}
