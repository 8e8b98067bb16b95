//! Makes a manifest of a tree, through the same walk that an audit takes.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::engine::{
    self, Check, Conclusion, Entry, EntryKind, File, Findings, Inspect, Progress, Reads, Start, Started, Want,
};
use crate::formats::manifest::{self, FILE_NAME, Manifest, ManifestError};
use crate::host::files::path_text;
use crate::report::LeftOutKind;

/// Why no manifest can be made of a tree.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The tree cannot be read at all, or the settings make no sense.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// Part of the tree could not be read, so the manifest would not be complete.
    #[error("{path}: {reason}; a manifest must be complete")]
    Incomplete {
        /// The first path concerned.
        path: String,
        /// Why it could not be read.
        reason: String,
    },
    /// A path of the tree that no manifest may hold.
    #[error(transparent)]
    Entry(#[from] ManifestError),
}

static COLLECT: Check = Check {
    id: "manifest",
    title: "Manifest",
    about: "Collects what a manifest lists; part of no audit.",
    reads: Reads::Contents,
    rules: || &[],
    rule_file: "",
};

#[derive(Default)]
struct Collect {
    entries: Mutex<Vec<manifest::Entry>>,
}

struct Collector(Arc<Collect>);

/// Makes the manifest of the tree at `root`: every file and link that an audit with the same settings meets (git
/// ignores neither it nor is it tracked all the same), but not the manifest itself, which will be written to `target`,
/// nor its signature. The same tree gives the same bytes but for `created`.
///
/// # Errors
/// When the tree or part of it cannot be read, changes meanwhile, or has a path that a manifest may not hold.
pub fn write_manifest(
    root: &Path,
    target: &Path,
    reading: &engine::Settings,
    created: Timestamp,
    progress: &Progress,
) -> Result<Manifest, WriteError> {
    let collect = Arc::new(Collect::default());
    let started =
        vec![Started { check: &COLLECT, start: Start::Run(Box::new(Collector(Arc::clone(&collect)))) }];
    let reading = engine::Settings { deep: true, ..reading.clone() };
    let outcome = engine::run(root, &reading, started, progress)?;
    let hole = outcome.coverage.left_out.iter().find(|left| {
        matches!(left.kind, LeftOutKind::Unreadable | LeftOutKind::Changed | LeftOutKind::MissingSubmodule)
    });
    if let Some(left) = hole {
        let path = left.paths.first().cloned().unwrap_or_default();
        return Err(WriteError::Incomplete { path, reason: left.reason.clone() });
    }
    let mut own = vec![FILE_NAME.to_owned()];
    own.extend(below(root, target));
    let mut entries = std::mem::take(&mut *collect.entries.lock().unwrap_or_else(PoisonError::into_inner));
    entries.retain(|entry| {
        let signed = entry.path.strip_suffix(".sig").unwrap_or(&entry.path);
        !own.iter().any(|own| *own == entry.path || own == signed)
    });
    Ok(Manifest::new(created, entries)?)
}

/// The path of the target relative to the tree, if it lies there; it need not exist yet.
fn below(root: &Path, target: &Path) -> Option<String> {
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let real = folder.canonicalize().ok()?.join(target.file_name()?);
    Some(path_text(real.strip_prefix(root.canonicalize().ok()?).ok()?))
}

impl Inspect for Collector {
    fn wants(&self, _entry: &Entry) -> Want {
        Want::Digest
    }

    fn file(&self, file: &File<'_>, _findings: &mut Findings<'_>) {
        let kind = match (&file.entry.kind, file.digest) {
            (EntryKind::Link(target), _) => manifest::EntryKind::Symlink { target: target.clone() },
            (EntryKind::File, Some(sha256)) => manifest::EntryKind::File {
                size: file.entry.size,
                sha256,
                mode: cfg!(unix).then_some(file.entry.mode),
            },
            // Not read; the coverage says so.
            (EntryKind::File, None) => return,
        };
        let entry = manifest::Entry { path: file.entry.path.clone(), kind };
        self.0.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    fn finish(&self, _findings: &mut Findings<'_>) -> Conclusion {
        Conclusion::Evaluated
    }
}
