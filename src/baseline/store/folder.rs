//! The documents of a folder: which there are, and what is in those that are not known yet.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::id::is_id;
use super::shelf::{Summary, summed_up};
use crate::baseline::capture::{Capture, MAX_BYTES};
use crate::host::files::{open_regular, path_text};
use crate::report::SkippedCapture;

/// Most documents of a folder that are looked at: the newest ones.
const DOCUMENTS: usize = 100_000;
/// Most names of a folder that are met at all.
const NAMES: usize = 1_000_000;
/// Most names that are told of what was skipped; of the others their number is told.
const TOLD: usize = 100;
/// Most threads that read.
const THREADS: usize = 16;
/// Documents that one thread takes at once.
const BATCH: usize = 32;

/// By what it is seen that a file is still the one that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Its length.
    pub(super) length: u64,
    /// When it was modified, in nanoseconds since 1970; 0 where the system does not say.
    pub(super) modified: i64,
}

impl Stamp {
    /// Of what the system says of a file.
    pub(super) fn of(metadata: &Metadata) -> Self {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_nanos()).ok());
        Self { length: metadata.len(), modified: modified.unwrap_or(0) }
    }
}

/// What lies in a folder.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Documents by their names: id and file as it is, sorted by id.
    pub(super) documents: Vec<(String, Stamp)>,
    /// What is no document, and why.
    pub(super) skipped: Vec<SkippedCapture>,
}

/// Lists a folder. Hidden files are this program's own, or what was left by one that was ended; what does not end in `.json` is
/// nobody's document.
pub(super) fn list(folder: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listing),
        entries => entries?,
    };
    let (mut documents, mut foreign) = (Vec::new(), Vec::new());
    for (number, entry) in entries.enumerate() {
        if number >= NAMES {
            foreign.push((String::new(), format!("more than {NAMES} files: the rest was not looked at")));
            break;
        }
        let entry = entry?;
        let name = path_text(Path::new(&entry.file_name()));
        let Some(id) = name.strip_suffix(".json") else { continue };
        if name.starts_with('.') || name == super::REFERENCE {
            continue;
        }
        if is_id(id) {
            documents.push((id.to_owned(), entry));
        } else {
            foreign.push((name, "its name is not that of a capture".to_owned()));
        }
    }
    documents.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let surplus = documents.len().saturating_sub(DOCUMENTS);
    if surplus > 0 {
        let reason = format!("more than {DOCUMENTS} captures: the {surplus} oldest were not looked at");
        foreign.push((String::new(), reason));
    }
    for (id, entry) in documents.into_iter().skip(surplus) {
        // Of a link this is what is known of the link.
        match entry.metadata() {
            Ok(metadata) if metadata.is_file() => listing.documents.push((id, Stamp::of(&metadata))),
            Ok(_) => foreign.push((format!("{id}.json"), "not a regular file".to_owned())),
            // It was removed meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => foreign.push((format!("{id}.json"), error.to_string())),
        }
    }
    listing.skipped = foreign.into_iter().map(|(file, reason)| SkippedCapture { file, reason }).collect();
    Ok(listing)
}

/// How long a file lies that a writer has not given its name before it is a rest of one that was ended, in seconds.
const REST: i64 = 3_600;

/// Files that writers left behind which were ended before `now`.
pub(super) fn rests(folder: &Path, now: jiff::Timestamp) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let old = now.as_second().saturating_sub(REST);
    let is_rest = |entry: &std::fs::DirEntry| {
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(".tmp"));
        // Of a link this is what is known of the link.
        id.is_some_and(is_id)
            && entry.metadata().is_ok_and(|metadata| {
                let modified = Stamp::of(&metadata).modified / 1_000_000_000;
                metadata.is_file() && modified > 0 && modified < old
            })
    };
    entries.take(NAMES).flatten().filter(is_rest).map(|entry| entry.path()).collect()
}

/// What is kept of a document: the file as it was when it was read, and what is in it.
pub(super) type Read = (Stamp, Summary, Vec<(String, f64)>);

/// Reads documents, several at a time; none for one that was removed meanwhile. In the order in which they are given.
pub(super) fn read_all(folder: &Path, ids: &[&str]) -> Vec<Option<Result<Read, SkippedCapture>>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let from = next.fetch_add(BATCH, Ordering::Relaxed);
            let Some(batch) = ids.get(from..ids.len().min(from.saturating_add(BATCH))) else { break };
            if batch.is_empty() {
                break;
            }
            done.extend(batch.iter().enumerate().map(|(place, id)| (from + place, summary(folder, id))));
        }
        done
    };
    let threads = std::thread::available_parallelism()
        .map_or(1, std::num::NonZero::get)
        .min(ids.len().div_ceil(BATCH))
        .clamp(1, THREADS);
    let mut read: Vec<(usize, _)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut read = work();
        read.extend(others.into_iter().filter_map(|other| other.join().ok()).flatten());
        read
    });
    read.sort_unstable_by_key(|(place, _)| *place);
    read.into_iter().map(|(_, read)| read).collect()
}

fn summary(folder: &Path, id: &str) -> Option<Result<Read, SkippedCapture>> {
    let skipped = |reason| SkippedCapture { file: format!("{id}.json"), reason };
    match document(folder, id) {
        Ok((stamp, _, capture)) => {
            let (summary, values) = summed_up(&capture);
            Some(Ok((stamp, summary, values)))
        }
        Err(Fault::Io(error)) if error.kind() == io::ErrorKind::NotFound => None,
        Err(Fault::Io(error)) => Some(Err(skipped(error.to_string()))),
        Err(Fault::Document(reason)) => Some(Err(skipped(reason))),
    }
}

/// Why a document was not read.
#[derive(Debug)]
pub(super) enum Fault {
    /// What the system says.
    Io(io::Error),
    /// What is wrong with it.
    Document(String),
}

/// A document of a folder, whose name must be its id: file as it was, bytes, and what they say.
pub(super) fn document(folder: &Path, id: &str) -> Result<(Stamp, Vec<u8>, Capture), Fault> {
    let (file, metadata) = open_regular(&folder.join(format!("{id}.json"))).map_err(Fault::Io)?;
    let (bytes, capture) = contents(file, metadata.len())?;
    if capture.id != id {
        return Err(Fault::Document(format!("the document is that of {}", capture.id)));
    }
    Ok((Stamp::of(&metadata), bytes, capture))
}

/// What a file holds.
pub(super) fn contents(file: File, length: u64) -> Result<(Vec<u8>, Capture), Fault> {
    let most = MAX_BYTES as u64 + 1;
    if length >= most {
        return Err(Fault::Document(format!("larger than {MAX_BYTES} bytes")));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(most)).unwrap_or_default());
    file.take(most).read_to_end(&mut bytes).map_err(Fault::Io)?;
    let capture = Capture::read(&bytes).map_err(Fault::Document)?;
    Ok((bytes, capture))
}

/// Few enough to be told: of many the first ones, and how many more there are.
pub(super) fn told(mut skipped: Vec<SkippedCapture>) -> Vec<SkippedCapture> {
    skipped.sort_unstable_by(|one, other| (&one.file, &one.reason).cmp(&(&other.file, &other.reason)));
    let more = skipped.len().saturating_sub(TOLD);
    if more > 0 {
        skipped.truncate(TOLD);
        skipped
            .push(SkippedCapture { file: String::new(), reason: format!("{more} more files were skipped") });
    }
    skipped
}
