//! Each file once: hashed as it is read, decrypted in the same go where it is encrypted, and looked into where it is small.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::contents::{self, ReportFacts, SbomFacts};
use super::encrypted::{Opener, Plain};
use super::lists::{Item, Lists};
use super::outcome::Outcome;
use super::problem::Flaw;
use super::walk::Walked;
use crate::crypto::digest::{Digest, HashAlgorithm, Hasher};
use crate::crypto::dsse;
use crate::crypto::secret_key::FileKey;
use crate::engine::Progress;
use crate::formats::release_manifest::{FILE_NAME, FileRole, ReleaseManifest, SIGNATURE_ENDING, SUMS_NAME};
use crate::host::files::open_regular;

/// Bytes read at once.
const BUFFER: usize = 1 << 20;
/// First bytes that are kept of every file: the header of an encrypted one.
const HEAD: usize = 64;
/// Largest file of a signature that is kept: one byte more than any signature, to tell that it is too long.
const SIGNATURE: usize = 2049;
/// Largest bill of materials and largest report that is looked into, in bytes.
const DOCUMENT: usize = 64 << 20;
/// Most bytes of attestations that are kept together.
const KEPT: usize = 128 << 20;

/// A file that was read to its end.
#[derive(Debug)]
pub(super) struct Seen {
    /// Bytes.
    pub(super) size: u64,
    /// SHA-256.
    pub(super) digest: Digest,
    /// Its first bytes.
    pub(super) head: Vec<u8>,
    /// What is in it, as far as that matters.
    pub(super) content: Content,
}

/// What is in a file.
#[derive(Debug)]
pub(super) enum Content {
    /// Nothing that is looked at.
    Opaque,
    /// A signature.
    Signature(Vec<u8>),
    /// An attestation, not looked into yet.
    Attestation(Vec<u8>),
    /// A bill of materials, or why it is none.
    Sbom(Result<SbomFacts, String>),
    /// A report, or why it is none.
    Report(Result<ReportFacts, String>),
    /// An encrypted artifact that was decrypted, or why it could not be.
    Plain(Result<Plain, String>),
    /// Larger than is looked into.
    TooLarge,
}

/// What is to be made of a file.
enum Task<'a> {
    Hash,
    Keep(usize, fn(Vec<u8>) -> Content),
    Open(&'a ReleaseManifest),
}

/// Reads every file but `SHA256SUMS` and the manifest, which were read before; the manifest's digest as it was then stands
/// beside the others. Files that cannot be read are not among the answers.
pub(super) fn all(
    dir: &Path,
    walked: &Walked,
    lists: &Lists,
    keys: &[FileKey],
    progress: &Progress,
    outcome: &mut Outcome,
) -> BTreeMap<String, Seen> {
    let items = lists.items();
    let tasks: Vec<(&str, Task<'_>)> = walked
        .files
        .iter()
        .filter(|path| *path != SUMS_NAME && *path != FILE_NAME)
        .map(|path| (path.as_str(), task(path, items.get(path.as_str()), lists, keys)))
        .collect();
    let room = AtomicUsize::new(KEPT);
    let answers = each(&tasks, |(path, task)| {
        seen(&dir.join(path), task, keys, progress).map(|seen| within(&room, seen))
    });
    let mut all = BTreeMap::new();
    if let Some((size, digest)) = lists.manifest_read {
        outcome.files += 1;
        outcome.bytes = outcome.bytes.saturating_add(size);
        let manifest = Seen { size, digest, head: Vec::new(), content: Content::Opaque };
        all.insert(FILE_NAME.to_owned(), manifest);
    }
    for ((path, _), answer) in tasks.iter().zip(answers) {
        match answer {
            Ok(seen) => {
                outcome.files += 1;
                outcome.bytes = outcome.bytes.saturating_add(seen.size);
                all.insert((*path).to_owned(), seen);
            }
            Err(error) => outcome.note(path, Flaw::Unreadable(error.to_string())),
        }
    }
    all
}

/// Keeps an attestation as long as there is room for it beside the others: a list may name thousands, and as sparse files
/// they cost whoever sends them nothing.
fn within(room: &AtomicUsize, seen: Seen) -> Seen {
    let Content::Attestation(bytes) = &seen.content else { return seen };
    let taken = room.fetch_update(Relaxed, Relaxed, |room| room.checked_sub(bytes.len()));
    if taken.is_ok() { seen } else { Seen { content: Content::TooLarge, ..seen } }
}

fn task<'a>(path: &str, item: Option<&Item<'a>>, lists: &'a Lists, keys: &[FileKey]) -> Task<'a> {
    match item {
        _ if path.ends_with(SIGNATURE_ENDING) => Task::Keep(SIGNATURE, Content::Signature),
        Some(Item::Artifact(artifact)) if artifact.encrypted_size.is_some() && !keys.is_empty() => {
            lists.manifest.as_ref().map_or(Task::Hash, Task::Open)
        }
        Some(Item::File(file)) => match file.role {
            FileRole::Sbom => Task::Keep(DOCUMENT, |bytes| Content::Sbom(contents::sbom(&bytes))),
            FileRole::Attestation => Task::Keep(dsse::MAX_BYTES, Content::Attestation),
            _ if super::provenance::is_ours(file) => Task::Keep(dsse::MAX_BYTES, Content::Attestation),
            FileRole::Report if contents::is_json(path) => {
                Task::Keep(DOCUMENT, |bytes| Content::Report(contents::report(&bytes)))
            }
            FileRole::Report | FileRole::Document => Task::Hash,
        },
        _ => Task::Hash,
    }
}

fn seen(path: &Path, task: &Task<'_>, keys: &[FileKey], progress: &Progress) -> io::Result<Seen> {
    let mut opener = match task {
        Task::Open(manifest) => Some(Opener::new(manifest, keys)),
        _ => None,
    };
    let (limit, mut kept) = match task {
        Task::Keep(limit, _) => (*limit, Some(Vec::new())),
        _ => (0, None),
    };
    let mut head = Vec::new();
    let (size, digest) = stream(path, progress, |bytes| {
        if head.len() < HEAD {
            head.extend(bytes.iter().take(HEAD - head.len()));
        }
        if let Some(Ok(opener)) = &mut opener {
            opener.feed(bytes);
        }
        let fits = kept.as_ref().is_some_and(|kept| kept.len().saturating_add(bytes.len()) <= limit);
        match &mut kept {
            Some(kept) if fits => kept.extend_from_slice(bytes),
            _ => kept = None,
        }
    })?;
    let content = match (task, kept, opener) {
        (Task::Keep(_, make), Some(kept), _) => make(kept),
        (Task::Keep(..), None, _) => Content::TooLarge,
        (Task::Open(_), _, Some(opener)) => Content::Plain(opener.and_then(Opener::finish)),
        _ => Content::Opaque,
    };
    Ok(Seen { size, digest, head, content })
}

/// The whole of a small file, and its digest.
pub(super) fn whole(
    dir: &Path,
    path: &str,
    limit: usize,
    progress: &Progress,
) -> Result<(Vec<u8>, Digest), Flaw> {
    let mut kept = Vec::new();
    let mut over = false;
    let full = dir.join(path);
    // What is far too large is not read to its end to say so.
    if full.symlink_metadata().is_ok_and(|found| found.is_file() && found.len() > limit as u64) {
        return Err(Flaw::Unsound(format!("larger than {limit} bytes")));
    }
    let (_, digest) = stream(&full, progress, |bytes| {
        over = over || kept.len().saturating_add(bytes.len()) > limit;
        if !over {
            kept.extend_from_slice(bytes);
        }
    })
    .map_err(|error| Flaw::Unreadable(error.to_string()))?;
    if over { Err(Flaw::Unsound(format!("larger than {limit} bytes"))) } else { Ok((kept, digest)) }
}

/// Hands a file out piece by piece; its size and digest.
fn stream(path: &Path, progress: &Progress, mut take: impl FnMut(&[u8])) -> io::Result<(u64, Digest)> {
    // Neither a link nor a pipe that took the file's place since the walk is opened.
    let (mut file, metadata) = open_regular(path)?;
    let expected = usize::try_from(metadata.len()).unwrap_or(BUFFER);
    let mut buffer = vec![0; expected.saturating_add(1).min(BUFFER)];
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    let mut size = 0_u64;
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        hasher.update(bytes);
        take(bytes);
        size = size.saturating_add(bytes.len() as u64);
        progress.bytes.fetch_add(bytes.len() as u64, Relaxed);
    }
    progress.files.fetch_add(1, Relaxed);
    Ok((size, hasher.finish()))
}

/// Does the same with every item, on as many threads as there are cores; the answers stand in the items' order.
pub(super) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Relaxed);
            let Some(item) = items.get(place) else { return done };
            done.push((place, work(item)));
        }
    };
    let mut done = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..cores.min(items.len())).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for thread in threads {
            // What went wrong on another thread goes wrong here: an answer less would be a file less.
            done.extend(thread.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)));
        }
        done
    });
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attestations_are_kept_up_to_a_sum() {
        let room = AtomicUsize::new(5);
        let digest = HashAlgorithm::Sha256.digest(b"");
        let kept = |content| {
            let seen = Seen { size: 0, digest, head: Vec::new(), content };
            matches!(within(&room, seen).content, Content::Attestation(_) | Content::Opaque)
        };
        let lengths = [3, 3, 2, 1].map(|length| kept(Content::Attestation(vec![0; length])));
        assert_eq!(lengths, [true, false, true, false]);
        assert!(kept(Content::Opaque));
    }
}
