//! The end of a restore: what was replaced is removed or put aside, slots and journal go.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::apply::{self, replaced};
use super::aside::Aside;
use super::journal::{Act, Journal, Operation};
use super::look::{Print, holds, is_folder, lstat};
use super::site::{Failure, Site, Spot, Way};
use super::stage::sync;
use crate::rollback::point::RawPath;

/// After everything is in place: files made since are put aside, everything else that was replaced is removed.
pub(super) fn committed(journal: &Journal, site: &Site<'_>, aside: &mut Aside) -> Result<(), Failure> {
    let known = by_spot(journal);
    let is_done_with = |operation: &Operation, path: &Path| {
        Ok(!operation.keep && !matches!(operation.old, Print::Absent {}) && holds(path, &operation.old)?)
    };
    for operation in journal.operations.iter().filter(|one| one.act != Act::Describe) {
        let Some(path) = replaced(journal, operation, site)? else { continue };
        forget(&path, &operation.at, &known, site, &is_done_with)
            .map_err(|error| Failure::of(&operation.at.path, error))?;
        if let Some(why) = reason(operation, &path).map_err(|error| Failure::of(&operation.at.path, error))? {
            aside.put(&path, &operation.at, why, site)?;
        }
    }
    clean(journal, site)
}

/// After everything was put back: only what was staged is left, and what someone put into a folder that went.
pub(super) fn undone(journal: &Journal, site: &Site<'_>, aside: &mut Aside) -> Result<(), Failure> {
    let known = by_spot(journal);
    let is_staged = |operation: &Operation, path: &Path| holds(path, &operation.new);
    for operation in journal.operations.iter().filter(|one| one.act == Act::Swap) {
        let path = super::stage::slot(journal, site, operation.slot, operation.number);
        let failure = |error: io::Error| Failure::at(&path, error);
        if !matches!(operation.new, Print::Folder { .. }) {
            continue;
        }
        forget(&path, &operation.at, &known, site, &is_staged).map_err(failure)?;
        if holds_anything(&path).map_err(failure)? {
            aside.put(&path, &operation.at, STRANGER, site)?;
        }
    }
    clean(journal, site)
}

const STRANGER: &str = "it was written while the restore ran";

/// Why something that was replaced is put aside and not removed; none when it is removed.
fn reason(operation: &Operation, path: &Path) -> io::Result<Option<&'static str>> {
    if operation.keep {
        return Ok(Some("it was made since the point"));
    }
    let found = lstat(path)?;
    let as_it_was = match (&operation.old, found) {
        (Print::File { size, meta, .. }, Some(found)) => {
            let now = super::look::meta_of(&found);
            found.is_file()
                && found.len() == *size
                && (now.seconds, now.nanoseconds) == (meta.seconds, meta.nanoseconds)
        }
        (Print::Link { .. }, Some(_)) => holds(path, &operation.old)?,
        (Print::Folder { .. }, Some(found)) if found.is_dir() => {
            return Ok(holds_anything(path)?.then_some("it lay in a folder that the point does not have"));
        }
        (_, None) => true,
        (Print::Absent {} | Print::Other {} | Print::Folder { .. }, Some(_)) => false,
    };
    Ok((!as_it_was).then_some(STRANGER))
}

/// The changes by where they are.
fn by_spot(journal: &Journal) -> BTreeMap<&Spot, &Operation> {
    journal.operations.iter().map(|operation| (&operation.at, operation)).collect()
}

/// Removes from a folder in a slot what is known not to be needed. Things move one by one, and a disk that lost its power may
/// have noted that a folder moved, and not that before it something moved out of it.
fn forget(
    folder: &Path,
    at: &Spot,
    known: &BTreeMap<&Spot, &Operation>,
    site: &Site<'_>,
    is_needless: &dyn Fn(&Operation, &Path) -> io::Result<bool>,
) -> io::Result<()> {
    if !is_folder(folder)? {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = RawPath::of(Path::new(path.file_name().unwrap_or_default()));
        let at = at.with(at.path.join(name.bytes()));
        let Some(operation) = known.get(&at) else { continue };
        if is_folder(&path)? {
            forget(&path, &at, known, site, is_needless)?;
            if !holds_anything(&path)? {
                site.disk.remove_empty_folder(&path)?;
            }
        } else if is_needless(operation, &path)? {
            site.disk.remove_file(&path)?;
        }
    }
    Ok(())
}

fn holds_anything(folder: &Path) -> io::Result<bool> {
    Ok(is_folder(folder)? && std::fs::read_dir(folder)?.next().is_some())
}

/// Removes slots and journal.
pub(super) fn clean(journal: &Journal, site: &Site<'_>) -> Result<(), Failure> {
    apply::give_locks(journal, site)?;
    // What was put aside must not be lost with the names that it had before.
    sync(journal, site)?;
    for slot in journal.slots.iter().rev() {
        let own = slot.path.lies_in(&RawPath::from_bytes(crate::rollback::FOLDER.as_bytes()));
        if site.way(slot)? != Way::Whole {
            continue;
        }
        let path = site.at(slot);
        let remove = || {
            site.disk.remove_folder(&path)?;
            site.disk.sync_name(&path)?;
            if own {
                // Others may still be there.
                let above = crate::host::files::folder_of(&path);
                match site.disk.remove_empty_folder(&above) {
                    Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
                    result => result.and_then(|()| site.disk.sync_name(&above)),
                }
            } else {
                Ok(())
            }
        };
        remove().map_err(|error| Failure::at(&path, error))?;
    }
    journal.remove(site)
}
