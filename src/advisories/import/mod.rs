//! Import of advisory data: OSV records from folders and archives, EPSS scores, CISA's list, and bundles.
//!
//! Everything goes into a new database beside the target, which takes its place when it is whole: an import that breaks
//! off leaves what was there. What an import brings replaces what was there of the same source (a family of packages,
//! EPSS, KEV); other sources are carried over. Of two records with one id the newer counts, wherever it comes from. A
//! source that would lose most of its entries so is not replaced: what came was a part of it, and what the database no
//! longer has would read as having no faults.

mod dates;
mod finish;
mod inputs;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use jiff::Timestamp;

use self::finish::Brought;
use self::inputs::Collector;
use self::writer::{EPSS, KEV, OTHER, WriteError, Writer, source_of};
use super::bundle::BundleError;
use super::store::{Contents, Database, StoreError};
use crate::crypto::digest::Digest;
use crate::formats::osv::Advisory;
use crate::host::files;

/// Faults that an import bears whatever its size.
const FREE_FAULTS: u64 = 20;
/// Beyond that, one record in this many may be at fault.
const FAULT_SHARE: u64 = 100;
/// A source with fewer entries may lose any number of them.
const FREE_ENTRIES: u64 = 100;
/// A larger one keeps at least one entry in this many.
const KEPT_SHARE: u64 = 2;
/// Faults that are told one by one.
const TOLD_FAULTS: usize = 50;

/// Says whether a signature (the bytes of a `.sig` file) over a file with these digests is to be trusted, or why not.
pub type Verify<'a> = &'a dyn Fn(&[Digest], &[u8]) -> Result<(), String>;

/// What to import, and where to.
pub struct Request<'a> {
    /// Folders, archives, records, EPSS and KEV files, bundles.
    pub paths: &'a [PathBuf],
    /// The database file.
    pub database: &'a Path,
    /// Whether to start from nothing.
    pub replace: bool,
    /// The time of the import.
    pub now: Timestamp,
    /// When given, only bundles with a signature that it accepts are taken.
    pub verify: Option<Verify<'a>>,
    /// How far it is.
    pub progress: &'a Progress,
}

/// How far an import is.
#[derive(Debug, Default)]
pub struct Progress {
    /// Records read.
    pub records: AtomicU64,
}

/// What an import came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What the database holds now.
    pub contents: Contents,
    /// The sources that were brought, sorted.
    pub brought: Vec<String>,
    /// OSV records read, those of bundles included.
    pub records: u64,
    /// How many records were at fault.
    pub faults: u64,
    /// The first fifty of these.
    pub told: Vec<FaultyRecord>,
    /// Files that are no advisory data, in folders and archives.
    pub skipped: u64,
}

/// A record that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultyRecord {
    /// The file, or `archive: entry`.
    pub name: String,
    /// What is wrong.
    pub reason: String,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// An input is refused.
    #[error("{path}: {reason}")]
    Refused {
        /// The file or folder.
        path: String,
        /// Why.
        reason: String,
    },
    /// Another import writes the same database.
    #[error("{0}: another import is writing this database")]
    Busy(String),
    /// The database that is there cannot be carried over.
    #[error("{0}")]
    Existing(StoreError),
    /// The new database cannot be written.
    #[error("{path}: {reason}")]
    Write {
        /// The database.
        path: String,
        /// Why.
        reason: String,
    },
    /// Too many records are at fault.
    #[error("{faults} of {records} records are at fault, the first: {first}")]
    Faults {
        /// How many are.
        faults: u64,
        /// Of how many.
        records: u64,
        /// The first one and its fault.
        first: String,
    },
    /// What came of a source is a fraction of what is there.
    #[error("{name} would keep {after} of {before} entries: what was named is a part of it alone")]
    Shrunk {
        /// The source.
        name: String,
        /// Its entries in the database that is there.
        before: u64,
        /// Its entries in the new one.
        after: u64,
    },
    /// There was no advisory data.
    #[error("no advisory data found in what was named")]
    Nothing,
}

impl From<BundleError> for ImportError {
    fn from(error: BundleError) -> Self {
        Self::Refused { path: error.path, reason: error.reason.to_string() }
    }
}

/// Imports; the target is untouched unless everything went well.
///
/// # Errors
/// Why nothing was imported.
pub fn run(request: &Request<'_>) -> Result<Outcome, ImportError> {
    let shown = files::path_text(request.database);
    let cannot =
        |error: &dyn std::fmt::Display| ImportError::Write { path: shown.clone(), reason: error.to_string() };
    std::fs::create_dir_all(files::folder_of(request.database)).map_err(|error| cannot(&error))?;
    if request.database.is_dir() {
        return Err(cannot(&"it is a folder"));
    }
    let _lock = lock(request.database, &shown)?;
    let prefix = temporary_prefix(request.database);
    remove_leftovers(request.database, &prefix);
    let before = if request.replace {
        None
    } else {
        match Database::open(request.database) {
            Ok(database) => Some(database),
            Err(StoreError::Missing(_)) => None,
            Err(error) => return Err(ImportError::Existing(error)),
        }
    };

    let temporary = files::temporary_beside(request.database, &prefix).map_err(|error| cannot(&error))?;
    let mut writer = Writer::create(temporary.path()).map_err(|error| cannot(&error))?;
    let mut collector = Collector::new(request, &mut writer);
    for path in request.paths {
        collector.take(path)?;
    }
    let (mut outcome, brought) = collector.finish()?;
    outcome.brought = brought.keys().cloned().collect();
    let mut covered = brought;
    if let Some(before) = &before {
        carry_over(before, &mut writer, &mut covered).map_err(|error| match error {
            CarryError::Read(error) => ImportError::Existing(error),
            CarryError::Write(error) => cannot(&error),
        })?;
    }
    let had = before.map(|before| before.contents().clone()).unwrap_or_default();
    finish::finish(&mut writer, &covered).map_err(|error| cannot(&error))?;
    drop(writer);
    outcome.contents = Database::open(temporary.path()).map_err(|error| cannot(&error))?.contents().clone();
    judge_sizes(&had, &outcome.contents)?;
    files::put_in_place(temporary, request.database).map_err(|error| cannot(&error))?;
    Ok(outcome)
}

/// Whether no source lost most of its entries.
fn judge_sizes(had: &Contents, has: &Contents) -> Result<(), ImportError> {
    for before in had.sources.iter().filter(|before| before.count >= FREE_ENTRIES) {
        let after = has.sources.iter().find(|after| after.name == before.name).map_or(0, |after| after.count);
        if after < before.count / KEPT_SHARE {
            return Err(ImportError::Shrunk { name: before.name.clone(), before: before.count, after });
        }
    }
    Ok(())
}

/// Why a database could not be carried over.
#[derive(Debug, thiserror::Error)]
enum CarryError {
    #[error(transparent)]
    Read(#[from] StoreError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Carries over what the database before had of sources that are not `covered` anew.
fn carry_over(
    before: &Database,
    writer: &mut Writer,
    covered: &mut BTreeMap<String, Brought>,
) -> Result<(), CarryError> {
    let mut kept: BTreeMap<String, Brought> =
        sources_of(before.contents()).filter(|(name, _)| !covered.contains_key(name)).collect();
    let replaced: BTreeSet<&str> = covered.keys().map(String::as_str).filter(|name| *name != OTHER).collect();
    let lost = copy(before, writer, |advisory| {
        let sources = |advisory: &Advisory| -> BTreeSet<&'static str> {
            advisory.affected.iter().map(|affected| source_of(&affected.ecosystem).0).collect()
        };
        let all = sources(&advisory);
        let stays = all.is_empty() || all.iter().any(|source| *source == OTHER || kept.contains_key(*source));
        if !stays {
            return None;
        }
        // Of a source that was brought anew only what was brought counts, unless this record is the newer one.
        let mut rest = advisory.clone();
        rest.affected.retain(|affected| !replaced.contains(source_of(&affected.ecosystem).0));
        Some((advisory, rest))
    })?;
    count_faults(kept.iter_mut(), lost);
    if kept.contains_key(EPSS) {
        writer
            .scores(writer::scores_of(&before.connection()).map_err(|error| unreadable(before, &error))?)?;
    }
    if kept.contains_key(KEV) {
        writer.exploited(
            writer::exploited_of(&before.connection()).map_err(|error| unreadable(before, &error))?,
        )?;
    }
    covered.extend(kept);
    Ok(())
}

/// Copies what `choose` makes of the advisories of a database: the form that counts where the new database has an older
/// record of this id, and the form where it has an equally new one or none. How many could not be written.
fn copy(
    from: &Database,
    writer: &mut Writer,
    mut choose: impl FnMut(Advisory) -> Option<(Advisory, Advisory)>,
) -> Result<u64, CarryError> {
    let mut lost = 0;
    from.for_each(|advisory| {
        let modified = modified(&advisory).unwrap_or(i64::MIN);
        if let Some((whole, rest)) = choose(advisory) {
            let newer = writer.modified(&whole.id)?.is_some_and(|known| known < modified);
            let written = writer.advisory(if newer { &whole } else { &rest }, modified);
            match written {
                // What another version of this program let in is no reason to lose the rest.
                Err(WriteError::Fault(_)) => lost += 1,
                Ok(()) => {}
                Err(error) => return Err(CarryError::Write(error)),
            }
        }
        Ok::<(), CarryError>(())
    })?;
    Ok(lost)
}

/// Counts records at fault for every source of advisories: they may have been of any.
fn count_faults<'a>(sources: impl Iterator<Item = (&'a String, &'a mut Brought)>, faults: u64) {
    for (_, source) in sources.filter(|(name, _)| ![EPSS, KEV].contains(&name.as_str())) {
        source.faults = source.faults.saturating_add(faults);
    }
}

/// The sources of a database, as they were brought.
fn sources_of(contents: &Contents) -> impl Iterator<Item = (String, Brought)> {
    contents.sources.iter().map(|source| {
        let brought = Brought {
            imported: source.imported.clone(),
            newest: source.newest.clone(),
            pause: source.pause,
            faults: source.faults,
        };
        (source.name.clone(), brought)
    })
}

fn unreadable(database: &Database, error: &rusqlite::Error) -> StoreError {
    database.unusable(super::store::query::reason(error))
}

/// When an advisory was last changed, in microseconds since 1970; none if it does not say so. It was changed at the
/// latest when it was published: some exports give all their records a `modified` of the year 1.
fn modified(advisory: &Advisory) -> Option<i64> {
    let time = |text: &str| text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond);
    let modified = time(&advisory.modified)?;
    Some(advisory.published.as_deref().and_then(time).map_or(modified, |published| modified.max(published)))
}

/// Holds the lock beside a database until it is dropped; the system takes it back from a process that ends.
fn lock(database: &Path, shown: &str) -> Result<File, ImportError> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let cannot =
        |error: io::Error| ImportError::Write { path: format!("{shown}.lock"), reason: error.to_string() };
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(name).map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ImportError::Busy(shown.to_owned())),
        Err(TryLockError::Error(error)) => Err(cannot(error)),
    }
}

/// How the names of unfinished databases begin.
fn temporary_prefix(database: &Path) -> String {
    let name = database.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!(".{name}-")
}

/// Removes what imports left that were ended from outside. Only the holder of the lock may do so.
fn remove_leftovers(database: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(files::folder_of(database)) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // What cannot be removed does no harm.
        if name
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.ends_with(".tmp") || rest.ends_with(".tmp-journal"))
        {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

impl Progress {
    fn count(&self) {
        self.records.fetch_add(1, Relaxed);
    }
}
