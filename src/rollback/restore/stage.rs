//! Every new file beside its target's file system, with its bytes, mode, owner and time; nothing of the tree changes.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::Order;
use super::history;
use super::journal::{Act, Journal};
use super::look::{self, Print, meta_of};
use super::plan::{Plan, Supply};
use super::site::{Failure, Site};
use crate::host::disk::{Access, Description, Disk, DiskFile};
use crate::host::files::open_regular;
use crate::rollback::point::{Meta, ObjectId, RawPath};
use crate::rollback::store::StoreError;
use crate::rollback::tree;

/// Gives the contents of an object of the point; its bytes.
pub(super) type Objects<'a> = dyn Fn(ObjectId, &mut dyn Write) -> Result<u64, StoreError> + 'a;

/// Longest target of a link, in bytes; Linux allows 4,095.
const TARGET: u64 = 64 << 10;
/// What is gathered before it is written, in bytes.
const BUFFER: usize = 256 << 10;

/// Where a thing is staged.
pub(super) fn slot(journal: &Journal, site: &Site<'_>, folder: usize, number: u64) -> PathBuf {
    let folder = journal.slots.get(folder).map_or_else(|| site.own().join("restoring"), |slot| site.at(slot));
    folder.join(number.to_string())
}

/// Stages everything, and forces it to the disk. What is new is known afterwards.
pub(super) fn stage(
    plan: &mut Plan<'_>,
    order: &Order<'_>,
    objects: &Objects<'_>,
    site: &Site<'_>,
) -> Result<(), Failure> {
    make_slots(&plan.journal, site)?;
    let total = plan.journal.operations.len() as u64;
    let mut done = 0;
    let mut blobs: BTreeMap<&RawPath, Vec<(usize, &str)>> = BTreeMap::new();
    for (at, (supply, meta)) in plan.supplies.iter().enumerate() {
        let Some(operation) = plan.journal.operations.get_mut(at).filter(|one| one.act == Act::Swap) else {
            continue;
        };
        let folder = plan.journal.slots.get(operation.slot);
        let path = folder.map_or_else(PathBuf::new, |slot| site.at(slot)).join(operation.number.to_string());
        let failure = |error: io::Error| Failure::of(&operation.at.path, error);
        match supply {
            Supply::Nothing => continue,
            Supply::Folder => {
                site.disk.create_folder(&path).map_err(failure)?;
                let now = metadata(&path).map_err(failure)?;
                // What will lie in it must be able to come in; its own mode follows at the end.
                let wanted = meta.map(|meta| Meta { mode: meta.mode | 0o700, ..meta });
                describe(site.disk, &path, &now, wanted.as_ref()).map_err(failure)?;
                operation.new = Print::Folder { meta: meta.unwrap_or(now) };
            }
            Supply::Link(target) => {
                site.disk.symlink(&target.to_path(), &path).map_err(failure)?;
                describe_link(site.disk, &path, meta.as_ref()).map_err(failure)?;
                operation.new = Print::Link { target: (*target).clone() };
            }
            Supply::Bytes(bytes) => {
                let mut file = Fill::begin(site.disk, &path, Access::Public).map_err(failure)?;
                file.write_all(bytes).map_err(failure)?;
                let mode = match &operation.old {
                    Print::File { meta, .. } => Some(meta.mode),
                    _ => None,
                };
                let print = file.end(None).map_err(failure)?;
                operation.new = print;
                if let Some(mode) = mode {
                    let wanted = Description { mode: Some(mode), ..Description::default() };
                    site.disk.describe(&path, &wanted).map_err(failure)?;
                    operation.new = again(&path, &operation.new).map_err(failure)?;
                }
            }
            Supply::Object(id) => {
                let mut file = Fill::begin(site.disk, &path, Access::Private).map_err(failure)?;
                object(order, objects, *id, &operation.at.path, &mut file)?;
                operation.new = file.end(meta.as_ref()).map_err(failure)?;
            }
            Supply::Lfs { repository, sha256 } => {
                let mut source = large_file(order, repository, sha256).map_err(failure)?;
                let mut file = Fill::begin(site.disk, &path, Access::Private).map_err(failure)?;
                io::copy(&mut source, &mut file).map_err(failure)?;
                operation.new = file.end(meta.as_ref()).map_err(failure)?;
                let Print::File { sha256: found, .. } = &operation.new else { continue };
                if found.to_string() != *sha256 {
                    let words = "what Git LFS keeps of it is damaged: `git lfs fetch` brings it back";
                    return Err(Failure::of(&operation.at.path, words));
                }
            }
            Supply::Blob { repository, oid } | Supply::LinkBlob { repository, oid } => {
                blobs.entry(repository).or_default().push((at, oid));
                continue;
            }
        }
        done += 1;
        (order.progress)("staging", done, total);
    }
    history::bring_back(order, objects, plan, &blobs, site)?;
    for (repository, wanted) in blobs {
        stage_blobs(plan, repository, &wanted, site)?;
        done += wanted.len() as u64;
        (order.progress)("staging", done, total);
    }
    settle(plan, site)?;
    for lock in &plan.journal.locks {
        let path = slot(&plan.journal, site, lock.slot, lock.number);
        let write = || {
            let mut file = site.disk.create_file(&path, Access::Public)?;
            file.write_all(plan.journal.id.as_bytes())
        };
        write().map_err(|error: io::Error| Failure::of(&lock.at.path, error))?;
    }
    sync(&plan.journal, site)
}

/// The file in which Git LFS keeps contents.
fn large_file(order: &Order<'_>, repository: &RawPath, sha256: &str) -> io::Result<std::fs::File> {
    let gone = |words: String| io::Error::new(io::ErrorKind::NotFound, words);
    let place = tree::place(&order.place.root.join(repository.to_path()))
        .map_err(gone)?
        .ok_or_else(|| gone("its repository is not here".to_owned()))?;
    let part = |range: std::ops::Range<usize>| sha256.get(range).unwrap_or_default();
    let objects = place.common_dir.join("lfs/objects");
    Ok(open_regular(&objects.join(part(0..2)).join(part(2..4)).join(sha256))?.0)
}

/// Forces everything on the file systems of the slots to the disk.
pub(super) fn sync(journal: &Journal, site: &Site<'_>) -> Result<(), Failure> {
    for folder in &journal.slots {
        let path = site.at(folder);
        if !look::is_folder(&path).map_err(|error| Failure::at(&path, error))? {
            continue;
        }
        site.disk.sync_all(&path).map_err(|error| Failure::at(&path, error))?;
    }
    Ok(())
}

/// Makes the folders of the slots, for their owner alone.
fn make_slots(journal: &Journal, site: &Site<'_>) -> Result<(), Failure> {
    site.make_folder(&site.own().join("restoring"))?;
    for folder in &journal.slots {
        if !folder.path.lies_in(&RawPath::from_bytes(crate::rollback::FOLDER.as_bytes())) {
            site.guard(folder)?;
        }
        let path = site.at(folder);
        site.disk.create_private_folder(&path).map_err(|error| Failure::at(&path, error))?;
    }
    Ok(())
}

/// What turned out to have the same bytes as what is there needs only another mode, owner or time.
fn settle(plan: &mut Plan<'_>, site: &Site<'_>) -> Result<(), Failure> {
    for at in 0..plan.journal.operations.len() {
        let Some(operation) = plan.journal.operations.get(at) else { continue };
        let path = slot(&plan.journal, site, operation.slot, operation.number);
        let equal = match (&operation.old, &operation.new) {
            (Print::File { sha256: old, size: had, .. }, Print::File { sha256: new, size: has, .. }) => {
                (old, had) == (new, has)
            }
            _ => false,
        };
        if equal {
            site.disk.remove_file(&path).map_err(|error| Failure::at(&path, error))?;
            if let Some(operation) = plan.journal.operations.get_mut(at) {
                operation.act = Act::Describe;
                operation.keep = false;
            }
        }
    }
    Ok(())
}

/// Writes the contents of an object. What the store does not have, git may have as an object of its Large File Storage,
/// which is named by the same digest.
fn object(
    order: &Order<'_>,
    objects: &Objects<'_>,
    id: ObjectId,
    path: &RawPath,
    out: &mut Fill<'_>,
) -> Result<(), Failure> {
    let error = match objects(id, out) {
        Ok(_) => return Ok(()),
        Err(error) => error,
    };
    let failure = Failure::of(path, &error);
    let StoreError::Missing(_) = error else { return Err(failure) };
    let repositories = &order.then.point.repositories;
    let found = repositories
        .iter()
        .find_map(|one| one.lfs.iter().find(|file| file.path == *path).map(|file| (one, file)));
    let Some((repository, file)) = found else { return Err(failure) };
    let (Some(one), Some(two)) = (file.sha256.get(..2), file.sha256.get(2..4)) else { return Err(failure) };
    let folder = order.place.root.join(repository.common_dir.to_path());
    let source = folder.join("lfs/objects").join(one).join(two).join(&file.sha256);
    let copied = open_regular(&source).and_then(|(mut file, _)| io::copy(&mut file, out));
    copied.map_err(|error| Failure::of(path, format!("{failure}: {error}", failure = failure.reason)))?;
    if out.digest().to_string() == file.sha256 { Ok(()) } else { Err(failure) }
}

/// Stages what is blobs of a repository, all of it with one call of git, and sees with another that git finds the same blobs
/// in what was written.
fn stage_blobs(
    plan: &mut Plan<'_>,
    repository: &RawPath,
    wanted: &[(usize, &str)],
    site: &Site<'_>,
) -> Result<(), Failure> {
    let words = |reason: String| Failure::of(repository, reason);
    let place = history::place(repository, site)?;
    let oids: Vec<String> = wanted.iter().map(|(_, oid)| (*oid).to_owned()).collect();
    let (mut prints, mut files, mut names) = (Vec::new(), Vec::new(), Vec::new());
    tree::blobs(&place, &oids, &mut |number, reader, _| {
        let at = wanted.get(number).map(|(at, _)| *at).ok_or("git gave more than it was asked for")?;
        let operation = plan.journal.operations.get(at).ok_or("no such operation")?;
        let path = slot(&plan.journal, site, operation.slot, operation.number);
        let (supply, meta) = plan.supplies.get(at).ok_or("no such operation")?;
        let fail = |error: io::Error| format!("{}: {error}", operation.at.path.text());
        let print = if matches!(supply, Supply::LinkBlob { .. }) {
            let mut target = Vec::new();
            reader.take(TARGET).read_to_end(&mut target).map_err(fail)?;
            let target = RawPath::from_bytes(&target);
            site.disk.symlink(&target.to_path(), &path).map_err(fail)?;
            describe_link(site.disk, &path, meta.as_ref()).map_err(fail)?;
            Print::Link { target }
        } else {
            let mut file = Fill::begin(site.disk, &path, Access::Private).map_err(fail)?;
            io::copy(reader, &mut file).map_err(fail)?;
            files.push(path);
            names.push(number);
            file.end(meta.as_ref()).map_err(fail)?
        };
        prints.push((at, print));
        Ok(())
    })
    .map_err(words)?;
    if prints.len() != wanted.len() {
        return Err(words("git gave less than it was asked for".to_owned()));
    }
    let found = if files.is_empty() { Vec::new() } else { tree::blob_ids(&place, &files).map_err(words)? };
    let right = names.len() == found.len()
        && names
            .iter()
            .zip(&found)
            .all(|(number, oid)| wanted.get(*number).is_some_and(|(_, asked)| asked == oid));
    if !right {
        return Err(words(
            "what git gave is not what it was asked for: `git fsck` tells what is damaged".to_owned(),
        ));
    }
    for (at, print) in prints {
        if let Some(operation) = plan.journal.operations.get_mut(at) {
            operation.new = print;
        }
    }
    Ok(())
}

fn metadata(path: &Path) -> io::Result<Meta> {
    Ok(meta_of(&path.symlink_metadata()?))
}

/// What is at a path now, its bytes known.
fn again(path: &Path, print: &Print) -> io::Result<Print> {
    Ok(match print {
        Print::File { sha256, size, .. } => {
            Print::File { sha256: *sha256, size: *size, meta: metadata(path)? }
        }
        other => other.clone(),
    })
}

fn describe(disk: &Disk, path: &Path, now: &Meta, wanted: Option<&Meta>) -> io::Result<()> {
    wanted.map_or(Ok(()), |wanted| disk.describe(path, &look::description(now, wanted)))
}

/// Links have an owner and a time of their own.
fn describe_link(disk: &Disk, path: &Path, wanted: Option<&Meta>) -> io::Result<()> {
    let now = metadata(path)?;
    describe(disk, path, &now, wanted)
}

/// A file that is being staged: digested on its way.
pub(super) struct Fill<'d> {
    out: BufWriter<DiskFile>,
    path: PathBuf,
    disk: &'d Disk,
    hasher: Sha256,
    size: u64,
}

impl<'d> Fill<'d> {
    pub(super) fn begin(disk: &'d Disk, path: &Path, access: Access) -> io::Result<Self> {
        let file = disk.create_file(path, access)?;
        let out = BufWriter::with_capacity(BUFFER, file);
        Ok(Self { out, path: path.to_owned(), disk, hasher: Sha256::new(), size: 0 })
    }

    fn digest(&self) -> ObjectId {
        ObjectId(self.hasher.clone().finalize().into())
    }

    /// Writes what is left and describes the file; what it is then.
    pub(super) fn end(self, wanted: Option<&Meta>) -> io::Result<Print> {
        let Self { out, path, disk, hasher, size } = self;
        // Closed without being forced to the disk: that is done once, for all.
        drop(out.into_inner().map_err(io::IntoInnerError::into_error)?);
        let now = metadata(&path)?;
        describe(disk, &path, &now, wanted)?;
        Ok(Print::File { sha256: ObjectId(hasher.finalize().into()), size, meta: metadata(&path)? })
    }
}

impl Write for Fill<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
