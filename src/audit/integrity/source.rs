//! Lists of digests: our own manifest and checksum files, found by name and read into claims.

use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::claim::{Claim, Expected};
use crate::formats::checksums::{self, Algorithm, ProblemKind};
use crate::formats::hex;
use crate::formats::manifest::{EntryKind, Manifest};
use crate::host::files::read_bounded;
use crate::report::LeftOutKind;

/// Largest checksum file read, in bytes.
const LARGEST: u64 = 64 << 20;

/// What a file is, judged by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Nothing of interest.
    Other,
    /// A checksum file of digests that are relied on; `sure` when nothing else has such a name.
    List { sure: bool },
    /// A checksum file of digests that are not.
    Weak,
}

/// Judges a file by its name, in any case.
pub(super) fn named(name: &str) -> Named {
    // Most names of a tree end here, without an allocation.
    let ends = |end: &str| {
        name.len() >= end.len()
            && name.get(name.len() - end.len()..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    let stem = if ends(".txt") { name.get(..name.len() - 4).unwrap_or(name) } else { name };
    // `SHA256SUMS`, `sha256sum.txt`, and with the name of a product in front: `tool_1.2_SHA256SUMS`.
    let is_list = |word: &str| {
        let stem = stem.strip_suffix(['s', 'S']).unwrap_or(stem);
        stem.len().checked_sub(word.len()).is_some_and(|at| {
            stem.get(at..).is_some_and(|tail| tail.eq_ignore_ascii_case(word))
                && (at == 0 || stem.get(..at).is_some_and(|front| front.ends_with(['_', '-', '.'])))
        })
    };
    if ["sha256sum", "sha384sum", "sha512sum"].into_iter().any(is_list) {
        return Named::List { sure: !stem.contains('.') };
    }
    if [".sha256", ".sha384", ".sha512"].into_iter().any(ends)
        || (is_list("checksum") && stem.len() != name.len())
    {
        return Named::List { sure: false };
    }
    if [".md5", ".sha1"].into_iter().any(ends) || is_list("md5sum") || is_list("sha1sum") {
        return Named::Weak;
    }
    Named::Other
}

/// A list that was read.
#[derive(Debug)]
pub(super) struct List {
    /// SHA-256 of its bytes.
    pub(super) digest: [u8; 32],
    /// What it says, with paths relative to the tree. The source of the claims is set by whoever keeps them.
    pub(super) claims: Vec<(String, Claim)>,
    /// Findings about the list itself: rule, line, message.
    pub(super) problems: Vec<(&'static str, u32, String)>,
    /// What of it is not used.
    pub(super) omissions: Vec<(LeftOutKind, String)>,
}

/// Reads a checksum file whose path relative to the tree is `path`.
///
/// # Errors
/// What was left out with it, when nothing of it can be read.
pub(super) fn checksum_file(location: &Path, path: &str, sure: bool) -> Result<List, (LeftOutKind, String)> {
    let bytes = read_bounded(location, LARGEST).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => {
            (LeftOutKind::TooLarge, format!("a checksum file over {LARGEST} bytes: not used"))
        }
        io::ErrorKind::PermissionDenied => {
            (LeftOutKind::Unreadable, "a checksum file: permission denied".to_owned())
        }
        kind => (LeftOutKind::Unreadable, format!("a checksum file: {kind}")),
    })?;
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut list = List {
        digest: Sha256::digest(&bytes).into(),
        claims: Vec::new(),
        problems: Vec::new(),
        omissions: Vec::new(),
    };
    let below = |path: &str| if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
    if let Some((algorithm, digest)) = bare(&bytes, name) {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let claim = Claim { source: 0, line: 1, expected: Expected::Sum(algorithm, digest) };
        list.claims.push((below(stem), claim));
        return Ok(list);
    }
    let read = checksums::parse(&bytes, &checksums::Limits::default());
    if read.entries.is_empty() && read.problems.iter().all(|problem| problem.kind == ProblemKind::Malformed) {
        if !sure {
            return Err((LeftOutKind::Unparsable, "named like a checksum file, but not one".to_owned()));
        }
        list.problems.push(("INT-010", 0, "a checksum file without a single checksum".to_owned()));
        return Ok(list);
    }
    for problem in read.problems {
        match problem.kind {
            ProblemKind::Malformed => {
                list.problems.push(("INT-016", problem.line, problem.kind.to_string()));
            }
            ProblemKind::Path(_) | ProblemKind::Contradicts { .. } => {
                list.problems.push(("INT-010", problem.line, problem.kind.to_string()));
            }
            ProblemKind::UnsupportedAlgorithm(name) => {
                omit(&mut list, LeftOutKind::Unsupported, format!("{name}: algorithm not supported"));
            }
            ProblemKind::NameNotUtf8 => {
                omit(&mut list, LeftOutKind::Unsupported, problem.kind.to_string());
            }
            ProblemKind::TooManyLines => {
                omit(&mut list, LeftOutKind::Capped, problem.kind.to_string());
            }
            ProblemKind::Repeated { .. } => {}
        }
    }
    list.claims = read
        .entries
        .into_iter()
        .map(|entry| {
            let expected = Expected::Sum(entry.algorithm, entry.digest.into());
            (below(&entry.path), Claim { source: 0, line: entry.line, expected })
        })
        .collect();
    Ok(list)
}

/// Notes an omission once for the whole list.
fn omit(list: &mut List, kind: LeftOutKind, reason: String) {
    if !list.omissions.iter().any(|(_, known)| *known == reason) {
        list.omissions.push((kind, reason));
    }
}

/// The digest of a file `F.sha256` that holds a digest and nothing else, as Maven and others write them.
fn bare(bytes: &[u8], name: &str) -> Option<(Algorithm, Box<[u8]>)> {
    let (_, extension) = name.rsplit_once('.')?;
    let algorithm =
        [("sha256", Algorithm::Sha256), ("sha384", Algorithm::Sha384), ("sha512", Algorithm::Sha512)]
            .into_iter()
            .find_map(|(word, algorithm)| extension.eq_ignore_ascii_case(word).then_some(algorithm))?;
    let text = bytes.trim_ascii();
    if text.len() != 2 * algorithm.length() {
        return None;
    }
    let digest = hex::decode(text).ok()?;
    Some((algorithm, digest.into()))
}

/// The claims of a manifest. `own` is its path in the tree, if it lies there: a manifest cannot list itself.
pub(super) fn manifest(manifest: &Manifest, digest: [u8; 32], own: Option<&str>) -> List {
    let mut list = List { digest, claims: Vec::new(), problems: Vec::new(), omissions: Vec::new() };
    for (one, other) in manifest.case_collisions() {
        list.problems.push(("INT-017", 0, format!("{one} and {other}")));
    }
    for entry in manifest.entries() {
        if own == Some(entry.path.as_str()) {
            list.problems.push(("INT-010", 0, "the manifest lists itself".to_owned()));
            continue;
        }
        let expected = match &entry.kind {
            EntryKind::File { size, sha256, mode } => {
                Expected::File { size: *size, sha256: *sha256, mode: *mode }
            }
            EntryKind::Symlink { target } => Expected::Link(target.clone()),
        };
        list.claims.push((entry.path.clone(), Claim { source: 0, line: 0, expected }));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_known_by_name() {
        let sure = Named::List { sure: true };
        let likely = Named::List { sure: false };
        for (name, expected) in [
            ("SHA256SUMS", sure),
            ("SHA256SUM", sure),
            ("sha256sums.txt", sure),
            ("sha256sum.txt", sure),
            ("tool_v1_SHA256SUMS", sure),
            ("tool_1.2_SHA256SUMS", likely),
            ("SHA512SUMS", sure),
            ("checksums.txt", likely),
            ("tool_1.2_checksums.txt", likely),
            ("tool.tar.gz.sha256", likely),
            ("tool.tar.gz.SHA256", likely),
            ("tool.sha256sum", likely),
            ("MD5SUMS", Named::Weak),
            ("a.jar.sha1", Named::Weak),
            ("sha256.rs", Named::Other),
            ("mysha256sums", Named::Other),
            ("checksum", Named::Other),
            ("checksums.go", Named::Other),
            ("äsha256sums", Named::Other),
            ("", Named::Other),
        ] {
            assert_eq!(named(name), expected, "{name}");
        }
    }
}
