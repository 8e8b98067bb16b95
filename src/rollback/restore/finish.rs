//! The end of a restore: what was replaced is removed or put aside, slots and journal go.

use std::io;
use std::path::Path;

use super::apply::{self, replaced};
use super::aside::Aside;
use super::journal::{Act, Journal, Operation};
use super::look::{Print, is_folder, lstat};
use super::site::{Failure, Site, Way};
use super::stage::sync;

/// After everything is in place: files made since are put aside, everything else that was replaced is removed.
pub(super) fn committed(journal: &Journal, site: &Site<'_>, aside: &mut Aside) -> Result<(), Failure> {
    for operation in journal.operations.iter().filter(|one| one.act != Act::Describe) {
        let Some(path) = replaced(journal, operation, site)? else { continue };
        if let Some(why) = reason(operation, &path).map_err(|error| Failure::of(&operation.at.path, error))? {
            aside.put(&path, &operation.at, why, site)?;
        }
    }
    clean(journal, site)
}

/// After everything was put back: only what was staged is left, and what someone put into a folder that went.
pub(super) fn undone(journal: &Journal, site: &Site<'_>, aside: &mut Aside) -> Result<(), Failure> {
    for operation in journal.operations.iter().filter(|one| one.act == Act::Swap) {
        let path = super::stage::slot(journal, site, operation.slot, operation.number);
        let failure = |error: io::Error| Failure::at(&path, error);
        let strange =
            matches!(operation.new, Print::Folder { .. }) && holds_anything(&path).map_err(failure)?;
        if strange {
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
        (Print::Link { .. }, Some(_)) => super::look::holds(path, &operation.old)?,
        (Print::Folder { .. }, Some(found)) if found.is_dir() => {
            return Ok(holds_anything(path)?.then_some("it lay in a folder that the point does not have"));
        }
        (_, None) => true,
        (Print::Absent {} | Print::Other {} | Print::Folder { .. }, Some(_)) => false,
    };
    Ok((!as_it_was).then_some(STRANGER))
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
        let own = slot
            .path
            .lies_in(&crate::rollback::point::RawPath::from_bytes(crate::rollback::FOLDER.as_bytes()));
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
                    result => result,
                }
            } else {
                Ok(())
            }
        };
        remove().map_err(|error| Failure::at(&path, error))?;
    }
    journal.remove(site)
}
