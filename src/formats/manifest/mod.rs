//! `readiness.manifest.json`: what a tree holds, file by file, with digests.
//!
//! ```json
//! {"schema":1,"created":"2026-11-21T12:00:00Z","algorithm":"sha256","entries":[
//! {"path":"bin/tool","type":"file","size":3,"sha256":"…","mode":"0755"},
//! {"path":"latest","type":"symlink","target":"bin/tool"}
//! ]}
//! ```
//!
//! Entries are sorted by the bytes of their paths and stand on a line each, so that two manifests compare well; the same
//! manifest is always written as the same bytes, so that it can be signed. Reading takes any order and layout of JSON,
//! but no unknown or repeated field, no path that leads out of the tree, and no path twice.

use std::collections::HashMap;

use jiff::Timestamp;

use super::entry_path::{self, PathProblem};

mod wire;

/// The usual name of a manifest, at the root of the tree it describes.
pub const FILE_NAME: &str = "readiness.manifest.json";

/// The version of the format.
pub const SCHEMA: u32 = 1;

/// Bounds on a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest input in bytes.
    pub max_bytes: usize,
    /// Most entries.
    pub max_entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 256 << 20, max_entries: 1_000_000 }
    }
}

/// What a tree holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    created: Timestamp,
    entries: Vec<Entry>,
}

/// One file or symbolic link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path from the root of the tree, its parts joined by `/`, without parts `.` or `..`.
    pub path: String,
    /// What is there.
    pub kind: EntryKind,
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File {
        /// Its length in bytes.
        size: u64,
        /// The SHA-256 of its content.
        sha256: [u8; 32],
        /// Its permission bits, at most `0o7777`; `None` where the system has none.
        mode: Option<u32>,
    },
    /// A symbolic link.
    Symlink {
        /// Where it points, as stored; neither empty nor with NUL bytes.
        target: String,
    },
}

/// Why a manifest cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// More bytes than [`Limits::max_bytes`].
    #[error("manifest of {size} bytes, more than {limit}")]
    TooLarge {
        /// Its length in bytes.
        size: usize,
        /// The bound.
        limit: usize,
    },
    /// Not JSON, not with the fields of a manifest, or with more entries than [`Limits::max_entries`].
    #[error("{line}:{column}: {message}")]
    Json {
        /// Line, counted from 1.
        line: usize,
        /// Column in bytes, counted from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// Of a version that this program does not know.
    #[error("manifest schema {0}; this version reads schema {SCHEMA}")]
    UnknownSchema(u64),
    /// With digests of another algorithm.
    #[error("manifest algorithm is not `sha256`")]
    UnknownAlgorithm,
    /// `created` is not a time of RFC 3339.
    #[error("`created` is not a time such as 2026-01-31T12:00:00Z")]
    Created,
    /// An entry that is not accepted.
    #[error("entry {number} ({path:?}): {problem}")]
    Entry {
        /// Which entry of the file, counted from 1.
        number: usize,
        /// Its path, cut to 200 characters.
        path: String,
        /// What is wrong.
        problem: EntryProblem,
    },
}

/// Why an entry is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    /// The path leads out of the tree or names no file.
    #[error("{0}")]
    Path(PathProblem),
    /// The path came before.
    #[error("path listed twice")]
    Duplicate,
    /// The path lies below one that is listed as a file or a link.
    #[error("path below another entry, which is no folder")]
    BelowEntry,
    /// A file without `size` or `sha256`.
    #[error("a file needs `size` and `sha256`")]
    IncompleteFile,
    /// A link without `target`, or with the fields of a file; or a file with `target`.
    #[error("a symlink has a `target` and nothing else, a file has none")]
    WrongFields,
    /// `sha256` is not 64 hexadecimal digits in lower case.
    #[error("`sha256` is not 64 hexadecimal digits in lower case")]
    Digest,
    /// `mode` is not four octal digits.
    #[error("`mode` is not four octal digits such as \"0644\"")]
    Mode,
    /// The target of a link is empty, too long or has a NUL byte.
    #[error("`target` is empty, longer than 4096 bytes or has a NUL byte")]
    Target,
}

impl Manifest {
    /// A manifest of `entries` in any order, made at `created` (whole seconds count).
    ///
    /// # Errors
    /// [`ManifestError::Entry`] if an entry could not be read back.
    pub fn new(created: Timestamp, entries: Vec<Entry>) -> Result<Self, ManifestError> {
        for (index, entry) in entries.iter().enumerate() {
            check_entry(entry).map_err(|problem| entry_error(index, &entry.path, problem))?;
        }
        let entries = sort(entries)?;
        let created = Timestamp::from_second(created.as_second()).map_err(|_| ManifestError::Created)?;
        Ok(Self { created, entries })
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// If it exceeds a limit, is not of the format, or has an entry that is not accepted: a manifest with one bad entry
    /// is not used at all.
    pub fn parse(input: &[u8], limits: &Limits) -> Result<Self, ManifestError> {
        let (created, entries) = wire::read(input, limits)?;
        Self::new(created, entries)
    }

    /// When it was made.
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// The entries, sorted by path.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok()?;
        self.entries.get(at)
    }

    /// Pairs of paths that are one and the same where file systems ignore case (Windows, macOS), each with the first
    /// that it collides with. Folder names count too: `Docs/a` and `docs/a` collide.
    pub fn case_collisions(&self) -> Vec<(&str, &str)> {
        let mut first: HashMap<String, &str> = HashMap::with_capacity(self.entries.len());
        let mut collisions = Vec::new();
        for entry in &self.entries {
            match first.entry(entry.path.to_lowercase()) {
                std::collections::hash_map::Entry::Occupied(other) => {
                    collisions.push((*other.get(), entry.path.as_str()));
                }
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(&entry.path);
                }
            }
        }
        collisions
    }

    /// The bytes of the manifest: the same for the same manifest, with a line feed at the end.
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::write(self)
    }
}

fn entry_error(index: usize, path: &str, problem: EntryProblem) -> ManifestError {
    ManifestError::Entry { number: index + 1, path: path.chars().take(200).collect(), problem }
}

fn check_entry(entry: &Entry) -> Result<(), EntryProblem> {
    entry_path::check(&entry.path).map_err(EntryProblem::Path)?;
    match &entry.kind {
        EntryKind::File { mode: Some(mode), .. } if *mode > 0o7777 => Err(EntryProblem::Mode),
        EntryKind::Symlink { target }
            if target.is_empty() || target.len() > 4096 || target.contains('\0') =>
        {
            Err(EntryProblem::Target)
        }
        _ => Ok(()),
    }
}

/// Sorts by path; refuses paths that stand twice or below another entry.
fn sort(mut entries: Vec<Entry>) -> Result<Vec<Entry>, ManifestError> {
    // Part by part, an entry stands right in front of the first one below it.
    let mut by_parts: Vec<(usize, &str)> =
        entries.iter().map(|entry| entry.path.as_str()).enumerate().collect();
    by_parts.sort_by(|(_, one), (_, other)| one.split('/').cmp(other.split('/')));
    for ((_, above), (index, path)) in by_parts.iter().zip(by_parts.iter().skip(1)) {
        match path.strip_prefix(above) {
            Some("") => return Err(entry_error(*index, path, EntryProblem::Duplicate)),
            Some(rest) if rest.starts_with('/') => {
                return Err(entry_error(*index, path, EntryProblem::BelowEntry));
            }
            _ => {}
        }
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(entries)
}

#[cfg(test)]
mod tests;
