//! Inventories that compilers leave in programs: only headers and the sections in question are read, whatever the size
//! of the file.

use std::cell::Cell;
use std::io::{Read, Seek};
use std::ops::Range;

use memchr::memmem;
use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::read::{ReadCache, ReadRef};
use object::{File, FileKind, Object as _, ObjectSection as _};

use crate::formats::auditable;
use crate::formats::go_buildinfo::{self, BuildInfo, BuildInfoError};
use crate::formats::package::Package;

/// Most bytes that are read of one program, and therefore kept while it is looked at.
const MOST_READ: u64 = 48 << 20;
/// Most sections that are looked at.
const MOST_SECTIONS: usize = 4096;
/// Most programs in a file for several processors.
const MOST_PARTS: usize = 16;
/// Bytes of a data section in which the build information of Go is looked for, where it has no section of its own.
const MOST_SEARCHED: u64 = 4 << 20;
/// Name of the section with the build information of Go, in ELF and in Mach-O.
const GO_SECTIONS: [&str; 2] = [".go.buildinfo", "__go_buildinfo"];

/// What a program says that it was built from.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// The packages of each inventory in it; indexes are within one of them.
    pub(super) lists: Vec<Vec<Package>>,
    /// What is in it and was not read, in words.
    pub(super) missing: Vec<String>,
}

impl Inventory {
    /// Whether it tells nothing, not even that something was not read.
    pub(super) fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.missing.is_empty()
    }
}

/// Whether a file that begins so may be a program: ELF, PE or Mach-O. A class of Java begins as a Mach-O file for several
/// processors does; the number behind it is its version there (45 and more), here that of processors.
pub(super) fn is_program(start: &[u8]) -> bool {
    match start.first_chunk::<4>() {
        Some(b"\x7fELF" | b"\xfe\xed\xfa\xce" | b"\xfe\xed\xfa\xcf") => true,
        Some(b"\xce\xfa\xed\xfe" | b"\xcf\xfa\xed\xfe") => true,
        Some(b"\xca\xfe\xba\xbe" | b"\xca\xfe\xba\xbf") => {
            start.get(4..8).is_some_and(|count| matches!(count, [0, 0, 0, 1..=16]))
        }
        Some([b'M', b'Z', ..]) => true,
        _ => false,
    }
}

/// Looks for inventories in a program. A file that only looks like one has none.
pub(super) fn look<R: Read + Seek>(reader: R) -> Inventory {
    let bounded = Bounded { cache: ReadCache::new(reader), left: Cell::new(MOST_READ) };
    let Ok(size) = (&bounded.cache).len() else { return Inventory::default() };
    let whole = Part { bounded: &bounded, start: 0, size };
    let mut inventory = Inventory::default();
    match FileKind::parse(whole) {
        Ok(FileKind::MachOFat32) => {
            let parts = MachOFatFile32::parse(whole);
            let parts = parts.iter().flat_map(MachOFatFile32::arches).map(FatArch::file_range);
            parts.take(MOST_PARTS).for_each(|range| one(whole.part(range), &mut inventory));
        }
        Ok(FileKind::MachOFat64) => {
            let parts = MachOFatFile64::parse(whole);
            let parts = parts.iter().flat_map(MachOFatFile64::arches).map(FatArch::file_range);
            parts.take(MOST_PARTS).for_each(|range| one(whole.part(range), &mut inventory));
        }
        Ok(_) => one(whole, &mut inventory),
        Err(_) => {}
    }
    if bounded.left.get() == 0 {
        inventory.missing.push("it is too large, or made so, to be read to the end".to_owned());
    }
    inventory.missing.sort_unstable();
    inventory.missing.dedup();
    inventory
}

/// Looks for inventories in a program for one processor.
fn one<R: Read + Seek>(part: Part<'_, R>, inventory: &mut Inventory) {
    let Ok(file) = File::parse(part) else { return };
    let is_pe = matches!(file, File::Pe32(_) | File::Pe64(_));
    let mut searched = None;
    for section in file.sections().take(MOST_SECTIONS) {
        let (Ok(name), Some(range)) = (section.name(), section.file_range()) else { continue };
        if name == auditable::SECTION {
            let packages = part.bytes(range, auditable::MAX_BYTES).map(auditable::parse);
            match packages {
                Some(Ok(packages)) => inventory.lists.push(packages),
                Some(Err(error)) => inventory.missing.push(error.to_string()),
                None => inventory.missing.push("the inventory of cargo-auditable cannot be read".to_owned()),
            }
        } else if GO_SECTIONS.contains(&name) {
            // The strings stand behind the header, in the section or beyond its end.
            let (start, _) = range;
            let range = (start, part.size.saturating_sub(start).min(go_buildinfo::MAX_BYTES));
            let info = part.bytes(range, go_buildinfo::MAX_BYTES).map(go_buildinfo::parse);
            take(info.unwrap_or(Err(BuildInfoError::Damaged)), inventory);
        } else if is_pe && name == ".data" && searched.is_none() {
            searched = Some(range);
        }
    }
    if let Some((start, size)) = searched
        && let Some(data) = part.bytes((start, size.min(MOST_SEARCHED)), MOST_SEARCHED)
        && let Some(found) = aligned(data)
    {
        take(go_buildinfo::parse(found), inventory);
    }
}

fn take(info: Result<BuildInfo, BuildInfoError>, inventory: &mut Inventory) {
    match info {
        Ok(info) => {
            if !info.has_modules {
                inventory.missing.push("it was built by Go without a list of modules".to_owned());
            }
            inventory.lists.push(info.packages);
        }
        // A section of that name that holds something else.
        Err(error) => inventory.missing.push(error.to_string()),
    }
}

/// The build information of Go in a data section. Programs that look for it, such as this one, hold its first bytes too,
/// but not where it stands.
fn aligned(data: &[u8]) -> Option<&[u8]> {
    let places = memmem::find_iter(data, go_buildinfo::MAGIC).filter(|at| at % go_buildinfo::ALIGNMENT == 0);
    places.filter_map(|at| data.get(at..)).find(|found| {
        // Of something that is no build information, nothing is to be said.
        !matches!(go_buildinfo::parse(found), Err(BuildInfoError::Absent))
    })
}

/// A file of which only so much is read.
struct Bounded<R: Read + Seek> {
    cache: ReadCache<R>,
    /// Bytes that may still be read.
    left: Cell<u64>,
}

/// A part of such a file.
struct Part<'f, R: Read + Seek> {
    bounded: &'f Bounded<R>,
    start: u64,
    size: u64,
}

// Not derived, since that asks the same of the reader.
impl<R: Read + Seek> Clone for Part<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Read + Seek> Copy for Part<'_, R> {}

impl<'f, R: Read + Seek> Part<'f, R> {
    /// A part of the part; what lies outside is cut off.
    fn part(self, (offset, size): (u64, u64)) -> Self {
        let offset = offset.min(self.size);
        Self { start: self.start + offset, size: size.min(self.size - offset), ..self }
    }

    /// The bytes of a range (offset and size); none if there are more than `most` or it lies outside.
    fn bytes(self, (offset, size): (u64, u64), most: u64) -> Option<&'f [u8]> {
        if size > most { None } else { self.read_bytes_at(offset, size).ok() }
    }

    /// Takes what is to be read from what may be.
    fn spend(self, bytes: u64) -> Result<(), ()> {
        let left = self.bounded.left.get();
        self.bounded.left.set(left.saturating_sub(bytes));
        if left > bytes { Ok(()) } else { Err(()) }
    }
}

impl<'f, R: Read + Seek> ReadRef<'f> for Part<'f, R> {
    fn len(self) -> Result<u64, ()> {
        Ok(self.size)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'f [u8], ()> {
        if offset.checked_add(size).is_none_or(|end| end > self.size) {
            return Err(());
        }
        self.spend(size)?;
        (&self.bounded.cache).read_bytes_at(self.start + offset, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'f [u8], ()> {
        if range.start > range.end || range.end > self.size {
            return Err(());
        }
        // As much as is read for one string at least.
        self.spend(256)?;
        let range = self.start + range.start..self.start + range.end;
        (&self.bounded.cache).read_bytes_at_until(range, delimiter)
    }
}
