//! Packs: the new objects of one capture in one file, so that it costs one sync however many there are.
//!
//! ```text
//! pack   = magic (8) ‖ what is stored of objects, one behind the other ‖ index ‖ footer
//! index  = { id (32) ‖ flags (1) ‖ offset (8) ‖ stored bytes (8) ‖ bytes (8) }, in order of ids
//! footer = offset of the index (8) ‖ number of objects (8) ‖ SHA-256 of the index ‖ SHA-256 of all before it
//! name   = SHA-256 of the whole file, in hex, and `.pack`
//! ```
//!
//! Numbers are little-endian. Between objects there may be bytes that nothing names: of a file that changed while it was
//! read. A pack is opened by its footer and index; the name of an object says whether its bytes are right.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::object::{DEFLATED, ENCRYPTED, Packed};
use super::{Store, StoreError, io_error};
use crate::crypto::digest::{Digest, HashAlgorithm, Hasher};
use crate::host::disk::{Access, Disk, DiskFile};
use crate::host::files::open_regular;
use crate::rollback::point::ObjectId;

/// First bytes of a pack; the last is the version.
const MAGIC: &[u8; 8] = b"rdypack\x01";
/// Bytes of an index entry.
const ENTRY: usize = 57;
/// Bytes of the footer.
const FOOTER: usize = 80;
/// Most objects of one pack.
const MOST: u64 = 1 << 22;
/// Deflate makes no more of a byte than 1032.
const DEFLATE_MOST: u64 = 1032;
/// Bytes that are written at a time, at least.
pub(super) const BUFFER: usize = 256 << 10;
/// What packs in the making are called, followed by anything.
pub(super) const PARTIAL: &str = ".new-";

/// An object of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub id: ObjectId,
    /// How it is stored.
    pub flags: u8,
    /// Where in the pack.
    pub offset: u64,
    /// Bytes that are stored.
    pub stored: u64,
    /// Bytes of the contents.
    pub plain: u64,
}

impl Record {
    fn to_bytes(self) -> Vec<u8> {
        let [offset, stored, plain] = [self.offset, self.stored, self.plain].map(u64::to_le_bytes);
        [&self.id.0[..], &[self.flags], &offset, &stored, &plain].concat()
    }

    fn of(bytes: &[u8; ENTRY]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk::<32>()?;
        let (flags, rest) = rest.split_first()?;
        let (offset, rest) = rest.split_first_chunk()?;
        let (stored, rest) = rest.split_first_chunk()?;
        let plain = rest.first_chunk()?;
        let [offset, stored, plain] = [offset, stored, plain].map(|bytes| u64::from_le_bytes(*bytes));
        Some(Self { id: ObjectId(*id), flags: *flags, offset, stored, plain })
    }

    /// Whether it can stand between the magic and an index at `end`.
    fn is_sound(&self, end: u64) -> bool {
        let within = self.offset.checked_add(self.stored).is_some_and(|behind| behind <= end);
        self.has_sound_lengths() && within && self.offset >= MAGIC.len() as u64
    }

    /// Whether so many bytes can be stored as so many.
    pub(super) fn has_sound_lengths(&self) -> bool {
        let possible = match self.flags {
            0 => self.stored == self.plain,
            ENCRYPTED => self.stored > self.plain,
            _ => self.plain <= self.stored.saturating_mul(DEFLATE_MOST),
        };
        possible && self.flags & !(DEFLATED | ENCRYPTED) == 0
    }
}

/// Reads the index of a pack: of `length` bytes, without looking at the objects.
///
/// # Errors
/// It cannot be read: an error of the system, or `InvalidData` with what is wrong.
pub fn read_index(
    from: &mut (impl Read + Seek),
    length: u64,
    mut each: impl FnMut(Record),
) -> io::Result<()> {
    let wrong = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    let mut magic = [0; MAGIC.len()];
    let footer_at = length.checked_sub(FOOTER as u64).filter(|at| *at >= MAGIC.len() as u64);
    let Some(footer_at) = footer_at else { return wrong("it is too short for a pack") };
    from.read_exact(&mut magic)?;
    if &magic != MAGIC {
        return wrong("it is no pack that this version reads");
    }
    let mut footer = [0; FOOTER];
    from.seek(SeekFrom::Start(footer_at))?;
    from.read_exact(&mut footer)?;
    let number =
        |at: usize| footer.get(at..).and_then(<[u8]>::first_chunk).map(|bytes| u64::from_le_bytes(*bytes));
    let (Some(index_at), Some(count)) = (number(0), number(8)) else { return wrong("its end is damaged") };
    let index = count.checked_mul(ENTRY as u64).filter(|_| count <= MOST);
    if index_at < MAGIC.len() as u64 || index.and_then(|bytes| index_at.checked_add(bytes)) != Some(footer_at)
    {
        return wrong("its end is damaged");
    }
    from.seek(SeekFrom::Start(index_at))?;
    let mut from = BufReader::with_capacity(BUFFER, from);
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    let mut before: Option<ObjectId> = None;
    for _ in 0..count {
        let mut entry = [0; ENTRY];
        from.read_exact(&mut entry)?;
        hasher.update(&entry);
        let record = Record::of(&entry).filter(|record| record.is_sound(index_at));
        match record.filter(|record| before.is_none_or(|before| before < record.id)) {
            Some(record) => {
                before = Some(record.id);
                each(record);
            }
            None => return wrong("its index is damaged"),
        }
    }
    if footer.get(16..48) != Some(hasher.finish().as_bytes()) {
        return wrong("its index is damaged");
    }
    Ok(())
}

/// An object and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located {
    pub(super) record: Record,
    /// Its pack, in [`Catalog::packs`].
    pub(super) pack: u32,
}

/// The objects of all packs.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// Names of packs that could be opened, and their bytes.
    pub(super) packs: Vec<(String, u64)>,
    /// In order of ids; one may be there more than once.
    objects: Vec<Located>,
    /// Packs that cannot be opened, and why.
    pub(super) broken: Vec<(String, String)>,
    /// Names of all, in order.
    names: Vec<String>,
}

impl Catalog {
    /// Where an object is; more than one place when a prune was interrupted.
    pub(super) fn places(&self, id: ObjectId) -> &[Located] {
        let from = self.objects.partition_point(|located| located.record.id < id);
        let rest = self.objects.get(from..).unwrap_or_default();
        let count = rest.iter().take_while(|located| located.record.id == id).count();
        rest.get(..count).unwrap_or_default()
    }

    pub(super) fn has(&self, id: ObjectId) -> bool {
        !self.places(id).is_empty()
    }

    /// All objects, in order of ids.
    pub(super) fn objects(&self) -> &[Located] {
        &self.objects
    }
}

/// What a store remembers of its packs.
#[derive(Debug, Default)]
pub(super) struct Cache {
    catalog: Option<std::sync::Arc<Catalog>>,
    /// Packs that are open, the last used at the end.
    open: Vec<(String, std::sync::Arc<File>)>,
}

impl Cache {
    pub(super) const fn new() -> Self {
        Self { catalog: None, open: Vec::new() }
    }
}

/// Packs that are kept open.
const OPEN: usize = 16;
/// How often packs are looked at while others are rewriting them.
const LOOKS: usize = 5;

impl Store {
    /// The folder of packs.
    pub(super) fn packs(&self) -> PathBuf {
        self.folder.join("packs")
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The packs as they were when they were last looked at.
    pub(super) fn catalog(&self) -> Result<std::sync::Arc<Catalog>, StoreError> {
        if let Some(catalog) = &self.cache().catalog {
            return Ok(std::sync::Arc::clone(catalog));
        }
        self.fresh_catalog()
    }

    /// The packs as they are now. What is known of them is kept if they are the same.
    pub(super) fn fresh_catalog(&self) -> Result<std::sync::Arc<Catalog>, StoreError> {
        let mut catalog = Catalog::default();
        for _ in 0..LOOKS {
            let names = self.pack_names()?;
            if let Some(known) = &self.cache().catalog
                && known.names == names
                && known.broken.is_empty()
            {
                return Ok(std::sync::Arc::clone(known));
            }
            let is_whole;
            (catalog, is_whole) = self.load_catalog(names);
            // Where a prune rewrote packs meanwhile, what is in the new one was not seen.
            if is_whole {
                break;
            }
        }
        let catalog = std::sync::Arc::new(catalog);
        let mut cache = self.cache();
        cache.open.clear();
        cache.catalog = Some(std::sync::Arc::clone(&catalog));
        Ok(catalog)
    }

    fn pack_names(&self) -> Result<Vec<String>, StoreError> {
        let folder = self.packs();
        let mut names = Vec::new();
        for name in names_in(&folder)? {
            let is_pack = name.strip_suffix(".pack").is_some_and(|digest| digest.parse::<ObjectId>().is_ok());
            if is_pack {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The objects of packs, and whether all of these were still there.
    fn load_catalog(&self, names: Vec<String>) -> (Catalog, bool) {
        let folder = self.packs();
        let (mut catalog, mut is_whole) = (Catalog::default(), true);
        for name in &names {
            let pack = u32::try_from(catalog.packs.len()).unwrap_or(u32::MAX);
            let before = catalog.objects.len();
            let objects = &mut catalog.objects;
            let read = open_regular(&folder.join(name)).and_then(|(mut file, metadata)| {
                read_index(&mut file, metadata.len(), |record| objects.push(Located { record, pack }))?;
                Ok(metadata.len())
            });
            match read {
                Ok(length) => catalog.packs.push((name.clone(), length)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => is_whole = false,
                Err(error) => {
                    catalog.objects.truncate(before);
                    catalog.broken.push((name.clone(), error.to_string()));
                }
            }
        }
        catalog.objects.sort_by_key(|located| located.record.id);
        catalog.names = names;
        (catalog, is_whole)
    }

    /// The open pack of a place.
    pub(super) fn open_pack(&self, catalog: &Catalog, pack: u32) -> io::Result<std::sync::Arc<File>> {
        let name = usize::try_from(pack).ok().and_then(|pack| catalog.packs.get(pack));
        let (name, _) = name.ok_or(io::ErrorKind::NotFound)?;
        let mut cache = self.cache();
        if let Some(at) = cache.open.iter().rposition(|(open, _)| open == name) {
            let found = cache.open.remove(at);
            let file = std::sync::Arc::clone(&found.1);
            cache.open.push(found);
            return Ok(file);
        }
        let file = std::sync::Arc::new(open_regular(&self.packs().join(name))?.0);
        if cache.open.len() >= OPEN {
            cache.open.remove(0);
        }
        cache.open.push((name.clone(), std::sync::Arc::clone(&file)));
        Ok(file)
    }
}

/// Reads at a place without moving, so that several can read at once.
pub(super) fn read_at(file: &File, piece: &mut [u8], offset: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::read_exact_at(file, piece, offset)
    }
    #[cfg(not(unix))]
    {
        let mut file = file;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(piece)
    }
}

/// Names in a folder, as far as they are text; none if it is not there.
pub(super) fn names_in(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io_error(folder))?,
    };
    let mut names = Vec::new();
    for entry in entries {
        if let Ok(name) = entry.map_err(io_error(folder))?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}

/// A pack that is being written.
#[derive(Debug)]
pub(super) struct Making {
    folder: PathBuf,
    path: PathBuf,
    disk: Disk,
    /// None once it is closed.
    file: Option<BufWriter<DiskFile>>,
    hasher: Hasher,
    at: u64,
    records: Vec<Record>,
    finished: bool,
}

impl Making {
    /// Begins a pack in a folder; nothing of it is there until [`Self::finish`].
    pub(super) fn begin(disk: &Disk, folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(format!("{PARTIAL}{}", std::process::id()));
        let file = disk.create_file(&path, Access::Private).map_err(io_error(&path))?;
        let mut making = Self {
            folder: folder.to_owned(),
            path,
            disk: disk.clone(),
            file: Some(BufWriter::with_capacity(BUFFER, file)),
            hasher: Hasher::new(HashAlgorithm::Sha256),
            at: 0,
            records: Vec::new(),
            finished: false,
        };
        making.put(MAGIC)?;
        Ok(making)
    }

    /// Adds bytes; an object is made of them by [`Self::record`].
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.write_all(bytes).map_err(io_error(&self.path))
    }

    /// Adds an object that is not there yet.
    pub(super) fn add(&mut self, packed: &Packed) -> Result<(), StoreError> {
        let offset = self.at;
        self.put(&packed.bytes)?;
        self.record(packed.id, packed.flags, offset, packed.plain)
    }

    /// Where the next byte comes to stand.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// How many objects it has.
    pub(super) const fn count(&self) -> usize {
        self.records.len()
    }

    /// Its name while it is being made.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes what was written since `offset` an object.
    pub(super) fn record(
        &mut self,
        id: ObjectId,
        flags: u8,
        offset: u64,
        plain: u64,
    ) -> Result<(), StoreError> {
        if self.records.len() as u64 >= MOST {
            let reason = format!("more than {MOST} new objects in one capture");
            return Err(StoreError::Form { path: self.path.display().to_string(), reason });
        }
        self.records.push(Record { id, flags, offset, stored: self.at - offset, plain });
        Ok(())
    }

    /// Makes the pack whole, durable, and part of the store; its bytes.
    pub(super) fn finish(mut self) -> Result<u64, StoreError> {
        let index_at = self.at;
        self.records.sort_unstable_by_key(|record| record.id);
        let mut index = Hasher::new(HashAlgorithm::Sha256);
        for record in std::mem::take(&mut self.records) {
            let entry = record.to_bytes();
            index.update(&entry);
            self.put(&entry)?;
        }
        let count = (self.at - index_at) / ENTRY as u64;
        let mut footer = [index_at.to_le_bytes(), count.to_le_bytes()].concat();
        footer.extend_from_slice(index.finish().as_bytes());
        let mut before = self.hasher.clone();
        before.update(&footer);
        // Up to here, the footer's first part too.
        footer.extend_from_slice(before.finish().as_bytes());
        self.put(&footer)?;
        let digest: Digest = self.hasher.clone().finish();
        let target = self.folder.join(format!("{digest}.pack"));
        let file = self.file.take().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe));
        let file = file.and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error));
        file.and_then(DiskFile::finish).map_err(io_error(&self.path))?;
        self.disk.rename(&self.path, &target).map_err(io_error(&target))?;
        self.finished = true;
        self.disk.sync_folder(&self.folder).map_err(io_error(&self.folder))?;
        Ok(self.at)
    }
}

impl Write for Making {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = self.file.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Making {
    /// What is not finished goes away; if it cannot, whoever locks the store next removes it.
    fn drop(&mut self) {
        if !self.finished {
            // What is still to be written is dropped unwritten.
            let _ = self.file.take().map(BufWriter::into_parts);
            let _ = self.disk.remove_file(&self.path);
        }
    }
}
