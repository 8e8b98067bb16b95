//! Exchanging what is staged and what is there, forwards and backwards. Every step looks at what is there first, so that it can
//! be repeated after an interruption at any moment.

use std::io;
use std::path::{Path, PathBuf};

use super::aside::Aside;
use super::journal::{Act, Journal, Lock, Operation};
use super::look::{self, Print, holds, is_folder, lstat, meta_of};
use super::plan::held;
use super::site::{Failure, Site, Spot, Way};
use super::stage::{slot, sync};
use crate::host::disk::{Access, Description};
use crate::rollback::point::Meta;

/// How a step knows what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// Everything was staged just now: what fails is told by the system.
    Fresh,
    /// Someone else began this, at another time: every byte is looked at.
    Doubt,
}

/// Makes the tree what the point says. The locks must be taken.
pub(super) fn forward(
    journal: &Journal,
    site: &Site<'_>,
    care: Care,
    progress: &dyn Fn(u64, u64),
) -> Result<(), Failure> {
    open_folders(journal, site, true)?;
    let total = journal.operations.len() as u64;
    for (done, operation) in (1..).zip(&journal.operations) {
        step_forward(journal, operation, site, care)?;
        progress(done, total);
    }
    for folder in journal.folders.iter().rev() {
        if let Some(wanted) = &folder.new {
            describe_folder(&folder.at, wanted, site)?;
        }
    }
    give_locks(journal, site)?;
    sync(journal, site)
}

/// Makes the tree what it was. What someone else put there meanwhile is put aside.
pub(super) fn backward(journal: &Journal, site: &Site<'_>, aside: &mut Aside) -> Result<(), Failure> {
    take_locks(journal, site)?;
    // One that cannot be opened kept everything in it as it was.
    open_folders(journal, site, false)?;
    for operation in journal.operations.iter().rev() {
        step_backward(journal, operation, site, aside)?;
    }
    for folder in journal.folders.iter().rev() {
        if let Some(old) = &folder.old {
            describe_folder(&folder.at, &look::description(old, old), site)?;
        }
    }
    give_locks(journal, site)?;
    sync(journal, site)
}

/// Where what was replaced lies when two names cannot change places in one step.
fn second(slot: &Path) -> PathBuf {
    let mut name = slot.as_os_str().to_owned();
    name.push(".old");
    PathBuf::from(name)
}

/// Where what was replaced lies now, if it is there: what is in the slot and is not what was staged.
pub(super) fn replaced(
    journal: &Journal,
    operation: &Operation,
    site: &Site<'_>,
) -> Result<Option<PathBuf>, Failure> {
    let first = slot(journal, site, operation.slot, operation.number);
    let second = second(&first);
    for path in [second, first] {
        let failure = |error| Failure::at(&path, error);
        if lstat(&path).map_err(failure)?.is_some() && !holds(&path, &operation.new).map_err(failure)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

fn step_forward(
    journal: &Journal,
    operation: &Operation,
    site: &Site<'_>,
    care: Care,
) -> Result<(), Failure> {
    let path = site.at(&operation.at);
    let failure = |error: io::Error| Failure::of(&operation.at.path, error);
    match (operation.act, &operation.new) {
        // The folder may be gone with the one above it.
        (Act::Clear, _) | (_, Print::Absent {}) if site.way(&operation.at)? != Way::Whole => return Ok(()),
        _ => site.guard(&operation.at)?,
    }
    let slot = slot(journal, site, operation.slot, operation.number);
    match operation.act {
        Act::Describe => {
            let Print::File { size, meta, .. } = &operation.new else { return Ok(()) };
            let found = lstat(&path).map_err(failure)?;
            let Some(found) = found.filter(|found| found.is_file() && found.len() == *size) else {
                return Err(changed(&operation.at));
            };
            if care == Care::Doubt && !holds(&path, &operation.new).map_err(failure)? {
                return Err(changed(&operation.at));
            }
            describe(site, &path, &meta_of(&found), meta).map_err(failure)
        }
        Act::Clear => {
            let is_empty = is_folder(&path)
                .and_then(|is| if is { Ok(std::fs::read_dir(&path)?.next().is_none()) } else { Ok(false) });
            // What git ignores, or someone put there since, keeps its folder.
            if !is_empty.map_err(failure)? {
                return Ok(());
            }
            site.disk.rename_new(&path, &slot).map_err(failure)
        }
        Act::Swap => {
            if care == Care::Doubt {
                if holds(&path, &operation.new).map_err(failure)? {
                    return Ok(());
                }
                if !holds(&slot, &operation.new).map_err(failure)? {
                    return Err(Failure::of(&operation.at.path, "what was staged for it is gone"));
                }
            }
            swap(site, &slot, &path, &operation.new).map_err(failure)
        }
    }
}

/// Lets what is staged (or nothing) and what is there (or nothing) change places.
fn swap(site: &Site<'_>, slot: &Path, path: &Path, new: &Print) -> io::Result<()> {
    if matches!(new, Print::Absent {}) {
        return if lstat(path)?.is_some() { site.disk.rename_new(path, slot) } else { Ok(()) };
    }
    if matches!(new, Print::Folder { .. }) && is_folder(path)? {
        return Ok(());
    }
    if lstat(path)?.is_none() {
        match site.disk.rename_new(slot, path) {
            // Someone put something there in this very moment: it changes places like anything else.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result,
        }
    }
    match site.disk.exchange(slot, path) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            site.disk.rename_new(path, &second(slot))?;
            site.disk.rename_new(slot, path)
        }
        result => result,
    }
}

fn step_backward(
    journal: &Journal,
    operation: &Operation,
    site: &Site<'_>,
    aside: &mut Aside,
) -> Result<(), Failure> {
    let path = site.at(&operation.at);
    let failure = |error: io::Error| Failure::of(&operation.at.path, error);
    let first = slot(journal, site, operation.slot, operation.number);
    let second = second(&first);
    if operation.act == Act::Describe {
        let Print::File { size, meta, .. } = &operation.old else { return Ok(()) };
        if site.way(&operation.at)? != Way::Whole {
            return Ok(());
        }
        return match lstat(&path).map_err(failure)? {
            Some(found) if found.is_file() && found.len() == *size => {
                // Bytes that someone wrote meanwhile stay as they are, with the time of their writing.
                if holds(&path, &operation.old).map_err(failure)? {
                    describe(site, &path, &meta_of(&found), meta).map_err(failure)?;
                }
                Ok(())
            }
            _ => Ok(()),
        };
    }
    let there = |path: &Path| lstat(path).map(|found| found.is_some());
    if there(&second).map_err(failure)? {
        site.guard(&operation.at)?;
        if there(&path).map_err(failure)? {
            if holds(&path, &operation.new).map_err(failure)? && !there(&first).map_err(failure)? {
                site.disk.rename_new(&path, &first).map_err(failure)?;
            } else {
                aside.put(&path, &operation.at, "it was written while the restore ran", site)?;
            }
        }
        return site.disk.rename_new(&second, &path).map_err(failure);
    }
    // What is staged is still there: nothing was exchanged. Of what goes, nothing is staged.
    if holds(&first, &operation.new).map_err(failure)? {
        return Ok(());
    }
    let has_old = there(&first).map_err(failure)?;
    if !has_old && site.way(&operation.at)? != Way::Whole {
        return Ok(());
    }
    site.guard(&operation.at)?;
    if holds(&path, &operation.new).map_err(failure)? {
        return match (has_old, there(&path).map_err(failure)?) {
            (true, true) => unswap(site, &first, &path).map_err(failure),
            (true, false) => site.disk.rename_new(&first, &path).map_err(failure),
            (false, true) if matches!(operation.old, Print::Absent {}) => {
                site.disk.rename_new(&path, &first).map_err(failure)
            }
            (false, _) => Ok(()),
        };
    }
    if has_old {
        if there(&path).map_err(failure)? {
            aside.put(&path, &operation.at, "it was written while the restore ran", site)?;
        }
        site.disk.rename_new(&first, &path).map_err(failure)?;
    }
    Ok(())
}

/// Lets both change places again.
fn unswap(site: &Site<'_>, slot: &Path, path: &Path) -> io::Result<()> {
    match site.disk.exchange(slot, path) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            site.disk.rename_new(slot, &second(slot))?;
            site.disk.rename_new(path, slot)?;
            site.disk.rename_new(&second(slot), path)
        }
        result => result,
    }
}

fn changed(at: &Spot) -> Failure {
    Failure::of(&at.path, "it was written while the restore ran")
}

/// Sets what differs of a file.
fn describe(site: &Site<'_>, path: &Path, now: &Meta, wanted: &Meta) -> io::Result<()> {
    if now == wanted { Ok(()) } else { site.disk.describe(path, &look::description(now, wanted)) }
}

/// Sets what differs of a folder; one that is not there stays so.
fn describe_folder(at: &Spot, wanted: &Description, site: &Site<'_>) -> Result<(), Failure> {
    if site.way(at)? != Way::Whole {
        return Ok(());
    }
    let path = site.at(at);
    let failure = |error: io::Error| Failure::of(&at.path, error);
    let found = lstat(&path).map_err(failure)?;
    let Some(now) = found.filter(std::fs::Metadata::is_dir).map(|found| meta_of(&found)) else {
        return Ok(());
    };
    let wanted = Description {
        mode: wanted.mode.filter(|mode| *mode != now.mode),
        owner: wanted.owner.filter(|owner| *owner != (now.uid, now.gid)),
        modified: wanted.modified.filter(|time| *time != (now.seconds, now.nanoseconds)),
    };
    if wanted == Description::default() {
        Ok(())
    } else {
        site.disk.describe(&path, &wanted).map_err(failure)
    }
}

/// Gives the owner of folders what he needs to work in them; at the end they get what they had, or should have.
fn open_folders(journal: &Journal, site: &Site<'_>, strict: bool) -> Result<(), Failure> {
    for folder in &journal.folders {
        if site.way(&folder.at)? != Way::Whole {
            continue;
        }
        let path = site.at(&folder.at);
        let failure = |error: io::Error| Failure::of(&folder.at.path, error);
        let found = lstat(&path).map_err(failure)?;
        let Some(now) = found.filter(std::fs::Metadata::is_dir).map(|found| meta_of(&found)) else {
            continue;
        };
        if now.mode & 0o700 != 0o700 {
            let wanted = Description { mode: Some(now.mode | 0o700), ..Description::default() };
            match site.disk.describe(&path, &wanted) {
                Err(error) if !strict && error.kind() == io::ErrorKind::PermissionDenied => {}
                result => result.map_err(failure)?,
            }
        }
    }
    Ok(())
}

/// Whether a lock is the one of this restore.
fn is_ours(journal: &Journal, path: &Path) -> io::Result<bool> {
    use std::io::Read as _;
    let (file, _) = crate::host::files::open_regular(path)?;
    let mut bytes = Vec::new();
    file.take(journal.id.len() as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes == journal.id.as_bytes())
}

/// Keeps git out of the repositories that are written to, as git itself would.
pub(super) fn take_locks(journal: &Journal, site: &Site<'_>) -> Result<(), Failure> {
    for lock in &journal.locks {
        let path = site.at(&lock.at);
        let failure = |error: io::Error| Failure::of(&lock.at.path, error);
        site.guard(&lock.at)?;
        if lstat(&path).map_err(failure)?.is_some() {
            if is_ours(journal, &path).map_err(failure)? {
                continue;
            }
            return Err(held(&path));
        }
        let staged = slot(journal, site, lock.slot, lock.number);
        if lstat(&staged).map_err(failure)?.is_none() {
            stage_lock(journal, lock, site).map_err(failure)?;
        }
        match site.disk.rename_new(&staged, &path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(held(&path)),
            result => result.map_err(failure)?,
        }
    }
    Ok(())
}

fn stage_lock(journal: &Journal, lock: &Lock, site: &Site<'_>) -> io::Result<()> {
    let path = slot(journal, site, lock.slot, lock.number);
    site.disk.write_new(&path, journal.id.as_bytes(), Access::Public)
}

/// Lets git in again. What is given back lies in its slot, and can be taken again.
pub(super) fn give_locks(journal: &Journal, site: &Site<'_>) -> Result<(), Failure> {
    for lock in &journal.locks {
        let path = site.at(&lock.at);
        let failure = |error: io::Error| Failure::of(&lock.at.path, error);
        if site.way(&lock.at)? != Way::Whole || lstat(&path).map_err(failure)?.is_none() {
            continue;
        }
        if is_ours(journal, &path).map_err(failure)? {
            let staged = slot(journal, site, lock.slot, lock.number);
            site.disk.rename(&path, &staged).map_err(failure)?;
        }
    }
    Ok(())
}
