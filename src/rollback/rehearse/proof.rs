//! Whether the scratch copy is what the point says in the end.
//!
//! What commands may change without harm is no difference: times of files; the bytes of the index, which git writes anew
//! when it looks at files (how many files are staged or in conflict is compared instead); files made since. A file that one
//! state has byte by byte and the other as git's is read.

use std::io::Read as _;
use std::path::PathBuf;

use super::Order;
use super::scratch::{Scratch, mapped};
use crate::rollback::point::{RawPath, State};
use crate::rollback::restore::{Change, Content, Scope, Thing, compare};
use crate::rollback::store::Sink;
use crate::rollback::tree::{blob_ids, blobs, place};

/// Longest target of a link, in bytes; Linux allows 4,095.
const TARGET: u64 = 64 << 10;

/// Differences that are told.
const TOLD: usize = 50;

/// What differs: path, or the name of a ref, and words.
///
/// # Errors
/// The copy cannot be looked at, in words.
pub(super) fn differing(
    order: &Order<'_>,
    scratch: &Scratch,
    scope: &Scope,
) -> Result<Vec<(String, String)>, String> {
    let now = scratch.look(order, order.store).map_err(|error| error.to_string())?;
    let then = mapped(order.then);
    let changes = compare(&now, &then, scope, false);
    let mut found = Vec::new();
    for change in &changes.paths {
        if is_index(&then, &change.path) {
            continue;
        }
        if let Some(words) = differs(order, scratch, change)? {
            found.push((change.path.text().into_owned(), words.to_owned()));
        }
    }
    for change in &changes.refs {
        found.push((change.name.clone(), "the ref has another value after the last phase".to_owned()));
    }
    if scope.git {
        for one in &then.point.repositories {
            let other = now.point.repositories.iter().find(|other| other.path == one.path);
            let counts = |status: &crate::rollback::point::StatusCounts| (status.staged, status.conflicted);
            if other.is_some_and(|other| counts(&other.status) != counts(&one.status)) {
                let path = one.path.join(b".git/index").text().into_owned();
                found.push((path, "other files are staged or in conflict after the last phase".to_owned()));
            }
        }
    }
    if found.len() > TOLD {
        let more = found.len() - TOLD;
        found.truncate(TOLD);
        found.push(("other paths".to_owned(), format!("{more} more differ after the last phase")));
    }
    Ok(found)
}

fn is_index(then: &State, path: &RawPath) -> bool {
    then.point.repositories.iter().any(|repository| *path == repository.git_dir.join(b"index"))
}

/// What differs, if anything does.
fn differs(order: &Order<'_>, scratch: &Scratch, change: &Change) -> Result<Option<&'static str>, String> {
    // What was made since is nobody's loss.
    let Some(after) = &change.after else { return Ok(None) };
    let Some(before) = &change.before else { return Ok(Some("it is not there after the last phase")) };
    if !same(order, scratch, &change.path, before, after)? {
        return Ok(Some("it has other contents after the last phase"));
    }
    let link = matches!(after.content, Content::Link(_) | Content::LinkBlob { .. });
    let other_mode = before.meta.mode != after.meta.mode && !link;
    Ok(other_mode.then_some("it has another mode after the last phase"))
}

fn same(
    order: &Order<'_>,
    scratch: &Scratch,
    path: &RawPath,
    before: &Thing,
    after: &Thing,
) -> Result<bool, String> {
    if before.content == after.content {
        return Ok(true);
    }
    let file = on_disk(scratch, path);
    Ok(match (&before.content, &after.content) {
        (Content::Blob { .. }, Content::Object(object)) => {
            let mut sink = Sink::Digest(order.store.key().cloned());
            let taken = sink.add_files(&[file], &mut |_| {}).map_err(|error| error.to_string())?;
            let taken = taken.into_iter().next().ok_or("the file could not be read")??;
            taken.object == *object
        }
        (Content::Object(_), Content::Blob { repository, oid }) => {
            let work = scratch.tree.join(repository.to_path());
            let place = place(&work)?.ok_or("the scratch repository is gone")?;
            blob_ids(&place, &[file])?.first() == Some(oid)
        }
        (Content::LinkBlob { .. }, Content::Link(target)) => {
            file.read_link().is_ok_and(|now| RawPath::of(&now) == *target)
        }
        // A link that git can give back in the point, and that was restored from the store's.
        (Content::Link(_), Content::LinkBlob { repository, oid }) => {
            let work = scratch.tree.join(repository.to_path());
            let place = place(&work)?.ok_or("the scratch repository is gone")?;
            let mut target = Vec::new();
            blobs(&place, std::slice::from_ref(oid), &mut |_, reader, _| {
                reader.take(TARGET).read_to_end(&mut target).map(drop).map_err(|error| error.to_string())
            })?;
            file.read_link().is_ok_and(|now| RawPath::of(&now) == RawPath::from_bytes(&target))
        }
        _ => false,
    })
}

fn on_disk(scratch: &Scratch, path: &RawPath) -> PathBuf {
    match path.bytes().strip_prefix(b"/") {
        Some(below) => scratch.outside.join(RawPath::from_bytes(below).to_path()),
        None => scratch.tree.join(path.to_path()),
    }
}
