//! One point as one file, to be carried elsewhere.
//!
//! ```text
//! file   = magic (8) ‖ bytes of the manifest (8) ‖ manifest ‖ number of objects (8) ‖ objects ‖ SHA-256 of all before it
//! object = id (32) ‖ flags (1) ‖ stored bytes (8) ‖ bytes (8) ‖ what is stored, as in a pack
//! ```
//!
//! Numbers are little-endian; the objects are those that the manifest needs, in order of ids, each once. What is encrypted
//! stays so: the manifest, with names of files, is in the clear.

use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use super::contents::key_for;
use super::object::{Fault, Unpacker};
use super::packs::{BUFFER, Making, Record};
use super::{Store, StoreError, StoreKey, io_error};
use crate::crypto::digest::{HashAlgorithm, Hasher};
use crate::host::disk::Access;
use crate::host::files::{folder_of, open_regular};
use crate::rollback::point::{self, Contents, MAX_MANIFEST, ObjectId, Point, PointId};

/// First bytes of such a file; the last is the version.
const MAGIC: &[u8; 8] = b"rdypoin\x01";
/// Bytes that are read at a time.
const PIECE: u64 = 128 << 10;

/// A part of such a file, in the order in which they come. Nothing may be kept before the end was reached.
#[derive(Debug)]
pub enum Part<'a> {
    /// The manifest, the id that it has, and how its contents are kept.
    Manifest(&'a [u8], &'a PointId, &'a Contents),
    /// An object begins.
    Object(ObjectId),
    /// What is stored of it.
    Bytes(&'a [u8]),
    /// It ended and is right: flags and bytes of its contents.
    Right(ObjectId, u8, u64),
}

/// The objects that a point needs, in order, each once.
fn objects_of(point: &Point) -> Vec<ObjectId> {
    let mut objects: Vec<ObjectId> = point.objects().collect();
    objects.sort_unstable();
    objects.dedup();
    objects
}

impl Store {
    /// Writes a point and all its objects into one file, whole or not at all; its bytes. A file that is there is replaced.
    ///
    /// # Errors
    /// Something is missing or damaged, the key is missing that tells so, or the file cannot be written.
    pub fn export(&self, id: &PointId, file: &Path) -> Result<u64, StoreError> {
        let manifest = self.manifest(id)?;
        let parsed = point::parse(&manifest);
        let point = parsed.map_err(|source| StoreError::Manifest { id: id.clone(), source })?;
        let key = self.key_of(&point.contents)?;
        if file.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            return Err(io_error(file)(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")));
        }
        let partial = partial_beside(file);
        self.remove_abandoned(&partial)?;
        let result = self.write_export(&point, &manifest, key, &partial).and_then(|bytes| {
            self.disk.rename(&partial, file).map_err(io_error(file))?;
            Ok(bytes)
        });
        if result.is_err() {
            let _ = self.disk.remove_file(&partial);
        }
        let bytes = result?;
        self.disk.sync_name(file).map_err(io_error(file))?;
        Ok(bytes)
    }

    /// Removes what exports into the same file left that were ended. One that is still at work keeps its own.
    fn remove_abandoned(&self, partial: &Path) -> Result<(), StoreError> {
        let folder = folder_of(partial);
        let name = partial.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some((begin, own)) = name.rsplit_once('-') else { return Ok(()) };
        for name in super::packs::names_in(&folder)? {
            let process = name.strip_prefix(begin).and_then(|rest| rest.strip_prefix('-'));
            let Some(process) = process.filter(|process| process.parse::<i32>().is_ok()) else { continue };
            if process == own || !is_running(process) {
                let path = folder.join(&name);
                self.disk.remove_file(&path).map_err(io_error(&path))?;
            }
        }
        Ok(())
    }

    fn write_export(
        &self,
        point: &Point,
        manifest: &[u8],
        key: Option<&StoreKey>,
        partial: &Path,
    ) -> Result<u64, StoreError> {
        let file = self.disk.create_file(partial, Access::Private).map_err(io_error(partial))?;
        let file = BufWriter::with_capacity(BUFFER, file);
        let mut out = Out { file, hasher: Hasher::new(HashAlgorithm::Sha256), bytes: 0, path: partial };
        let objects = objects_of(point);
        out.put(MAGIC)?;
        out.put(&(manifest.len() as u64).to_le_bytes())?;
        out.put(manifest)?;
        out.put(&(objects.len() as u64).to_le_bytes())?;
        for object in objects {
            let found = self.found(object, key)?;
            let record = found.located.record;
            out.put(&record.id.0)?;
            out.put(&[record.flags])?;
            out.put(&record.stored.to_le_bytes())?;
            out.put(&record.plain.to_le_bytes())?;
            let mut nowhere = io::sink();
            let damaged = |_: Fault| StoreError::Damaged(object);
            let mut unpacker =
                Unpacker::new(object, record.flags, record.plain, key, &mut nowhere).map_err(damaged)?;
            let unread = |error| io_error(&self.packs())(error);
            found.stored(unread, |piece| {
                unpacker.feed(piece).map_err(damaged)?;
                out.put(piece)
            })?;
            unpacker.finish().map_err(damaged)?;
        }
        let digest = out.hasher.clone().finish();
        out.put(digest.as_bytes())?;
        let closed = out.file.into_inner().map_err(io::IntoInnerError::into_error);
        closed.and_then(crate::host::disk::DiskFile::finish).map_err(io_error(partial))?;
        Ok(out.bytes)
    }

    /// Takes a point in from a file of [`Self::export`], every object checked; nothing of it is there unless all of it is
    /// right. It stands among the others where its id says. The store must be locked.
    ///
    /// # Errors
    /// The file is none, was changed, is encrypted with another key, or the store cannot be written.
    pub fn import(&self, file: &Path) -> Result<PointId, StoreError> {
        // The user names it: a link is followed.
        let opened = file.canonicalize().and_then(|real| open_regular(&real));
        let (from, metadata) = opened.map_err(io_error(file))?;
        let catalog = self.fresh_catalog()?;
        let mut making: Option<Making> = None;
        let (mut manifest, mut offset, mut is_there) = (Vec::new(), 0, false);
        let mut key = None;
        let id =
            read_export(from, metadata.len(), self.key.as_ref(), &file.display().to_string(), &mut |part| {
                match part {
                    Part::Manifest(bytes, _, contents) => {
                        manifest = bytes.to_vec();
                        key = self.key_of(contents)?;
                    }
                    Part::Object(id) => {
                        // One that is there is only relied on if it is right.
                        is_there = catalog.has(id)
                            && self
                                .found(id, key)
                                .and_then(|found| self.unpack(&found, key, &mut io::sink()))
                                .is_ok();
                        if !is_there {
                            let into = match making.take() {
                                Some(making) => making,
                                None => Making::begin(&self.disk, &self.packs())?,
                            };
                            offset = making.insert(into).at();
                        }
                    }
                    Part::Bytes(bytes) => {
                        if let Some(making) = making.as_mut().filter(|_| !is_there) {
                            making.put(bytes)?;
                        }
                    }
                    Part::Right(id, flags, plain) => {
                        if let Some(making) = making.as_mut().filter(|_| !is_there) {
                            making.record(id, flags, offset, plain)?;
                        }
                    }
                }
                Ok(())
            })?;
        if let Some(making) = making {
            making.finish()?;
            self.fresh_catalog()?;
        }
        let path = self.manifest_file(&id);
        if path.symlink_metadata().is_err() {
            self.forget_place(&id)?;
        }
        self.replace(&path, &manifest, Access::Private)?;
        Ok(id)
    }
}

/// The name of a file in the making: beside `file`, with the number of this process.
fn partial_beside(file: &Path) -> PathBuf {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    folder_of(file).join(format!(".{name}.readiness-export-{}", std::process::id()))
}

#[cfg(unix)]
fn is_running(process: &str) -> bool {
    let process = process.parse().ok().and_then(rustix::process::Pid::from_raw);
    process.is_some_and(|process| {
        !matches!(rustix::process::test_kill_process(process), Err(rustix::io::Errno::SRCH))
    })
}

#[cfg(not(unix))]
fn is_running(_: &str) -> bool {
    true
}

/// A file that is written, with its digest.
struct Out<'p> {
    file: BufWriter<crate::host::disk::DiskFile>,
    hasher: Hasher,
    bytes: u64,
    path: &'p Path,
}

impl Out<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes).map_err(io_error(self.path))
    }
}

/// A file that is read, with its digest, and what is left of it.
struct Input<'n, R> {
    from: R,
    hasher: Hasher,
    left: u64,
    name: &'n str,
}

impl<R: Read> Input<'_, R> {
    fn wrong(&self, reason: &str) -> StoreError {
        StoreError::Form { path: self.name.to_owned(), reason: reason.to_owned() }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), StoreError> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or_else(|| self.wrong("it was cut"))?;
        self.from.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.wrong("it was cut"),
            _ => io_error(Path::new(self.name))(error),
        })?;
        self.hasher.update(bytes);
        Ok(())
    }

    fn number(&mut self) -> Result<u64, StoreError> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
}

/// Reads a file of [`Store::export`] of `length` bytes, which `name` is the name of, and hands out its parts. Every object
/// is checked, with `key` if they are encrypted. Only when this succeeds is what was handed out whole.
///
/// # Errors
/// The file is none, was changed, is encrypted with another key; or `each` fails.
pub fn read_export(
    from: impl Read,
    length: u64,
    key: Option<&StoreKey>,
    name: &str,
    each: &mut dyn FnMut(Part<'_>) -> Result<(), StoreError>,
) -> Result<PointId, StoreError> {
    let from = BufReader::with_capacity(BUFFER, from);
    let mut from = Input { from, hasher: Hasher::new(HashAlgorithm::Sha256), left: length, name };
    let mut magic = [0; MAGIC.len()];
    from.fill(&mut magic)?;
    if &magic != MAGIC {
        return Err(from.wrong("it is no exported point that this version reads"));
    }
    let bytes = from.number()?;
    if bytes > MAX_MANIFEST || bytes > from.left {
        return Err(from.wrong("it was cut, or its manifest is too large"));
    }
    let mut manifest = vec![0; usize::try_from(bytes).unwrap_or(0)];
    from.fill(&mut manifest)?;
    let digest = HashAlgorithm::Sha256.digest(&manifest);
    let digest = digest.as_bytes().try_into().unwrap_or([0; 32]);
    let parsed = point::parse(&manifest).map_err(|error| from.wrong(&format!("its manifest: {error}")))?;
    let id = PointId::new(&parsed.created, &digest);
    let id = id.map_err(|_| from.wrong("its manifest names no moment"))?;
    let key = key_for(key, &parsed.contents)?;
    let objects = objects_of(&parsed);
    each(Part::Manifest(&manifest, &id, &parsed.contents))?;
    drop((parsed, manifest));
    if from.number()? != objects.len() as u64 {
        return Err(from.wrong("it has not the objects that its manifest needs"));
    }
    let mut buffer = vec![0; usize::try_from(PIECE).unwrap_or(0)];
    for object in objects {
        let mut head = [0; 33];
        from.fill(&mut head)?;
        let (stored, plain) = (from.number()?, from.number()?);
        let [id @ .., flags] = head;
        let record = Record { id: ObjectId(id), flags, offset: 0, stored, plain };
        if record.id != object {
            return Err(from.wrong("it has not the objects that its manifest needs, or not in order"));
        }
        if !record.has_sound_lengths() || stored > from.left {
            return Err(from.wrong(&format!("the object {object} has a length that it cannot have")));
        }
        each(Part::Object(object))?;
        let mut nowhere = io::sink();
        let damaged = |_: Fault| StoreError::Damaged(object);
        let mut unpacker = Unpacker::new(object, flags, plain, key, &mut nowhere).map_err(damaged)?;
        let mut left = stored;
        while left > 0 {
            let length = left.min(PIECE);
            let piece = buffer.get_mut(..usize::try_from(length).unwrap_or(0)).unwrap_or_default();
            from.fill(piece)?;
            unpacker.feed(piece).map_err(damaged)?;
            each(Part::Bytes(piece))?;
            left -= length;
        }
        unpacker.finish().map_err(damaged)?;
        each(Part::Right(object, flags, plain))?;
    }
    let expected = from.hasher.clone().finish();
    let mut digest = [0; 32];
    from.fill(&mut digest)?;
    if expected.as_bytes() != digest {
        return Err(from.wrong("it was changed: its digest at the end is another"));
    }
    // It may have grown since its length was asked for.
    let more = from.from.read(&mut [0; 1]).map_err(io_error(Path::new(name)))?;
    if from.left != 0 || more != 0 {
        return Err(from.wrong("something follows its end"));
    }
    Ok(id)
}
