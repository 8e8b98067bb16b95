//! Zip archives from outside, read in one pass over their directory with memory that does not grow with them.
//! [`Archive::for_each`] takes an archive as a whole or not at all; [`Archive::survey`] looks into one that may hold
//! anything.
//!
//! Not the `zip` crate: it holds the whole directory in memory, takes the end record that it likes best where a file has
//! several, and reads features that no export uses. Everything here that is not plain is refused: a name must be
//! relative, no entry encrypted, a link or of another method than stored and deflated, and what is said twice (directory
//! and local header, sizes, checksum) must agree. Format: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5.

use std::collections::HashSet;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::{Decompress, FlushDecompress, Status};

use sha2::Digest as _;

use super::entry_path;

/// Most entries: one fewer than a million.
pub const MAX_ENTRIES: u64 = 999_999;
/// Largest entry, inflated, in bytes.
pub const MAX_ENTRY: u64 = 16 << 20;
/// Most bytes of all entries together, inflated.
pub const MAX_TOTAL: u64 = 8 << 30;
/// Most bytes that one byte may inflate to, in entries of more than [`FREE_RATIO`] bytes.
pub const MAX_RATIO: u64 = 200;
/// Entries up to this size may be of any ratio.
pub const FREE_RATIO: u64 = 1 << 20;

const END: [u8; 4] = *b"PK\x05\x06";
const END_SIZE: usize = 22;
const END64_LOCATOR: [u8; 4] = *b"PK\x06\x07";
const END64_LOCATOR_SIZE: u64 = 20;
const END64: [u8; 4] = *b"PK\x06\x06";
const END64_SIZE: usize = 56;
const DIRECTORY: [u8; 4] = *b"PK\x01\x02";
const DIRECTORY_SIZE: usize = 46;
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const LOCAL_SIZE: usize = 30;
/// Packed bytes that are read for a look at the start of an entry.
const START: u64 = 4 << 10;
/// Bytes of the directory that are read at once; a record has at most 3 × 64 KiB.
const WINDOW: usize = 1 << 20;

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It is no archive, or a damaged one.
    #[error("not a sound zip archive: {0}")]
    Damaged(&'static str),
    /// Too many entries.
    #[error("{0} entries; at most {MAX_ENTRIES} are read")]
    TooManyEntries(u64),
    /// The entries together are too large.
    #[error("its entries inflate to more than 8 GiB")]
    TooLarge,
    /// One entry is at fault.
    #[error("entry `{name}`: {reason}")]
    Entry {
        /// Its name, printable.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

/// A file of an archive, by the word of the directory.
pub struct Member(Record);

impl Member {
    /// Its name, not checked: it may lead anywhere.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Bytes of its content.
    pub const fn size(&self) -> u64 {
        self.0.size
    }
}

/// An archive whose end record was read.
#[derive(Debug)]
pub struct Archive<R> {
    reader: BufReader<R>,
    length: u64,
    entries: u64,
    directory: u64,
    directory_end: u64,
}

/// What the directory says of an entry.
struct Record {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    offset: u64,
    link: bool,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the end record: nothing is allocated by what it says.
    ///
    /// # Errors
    /// It is no archive, has too many entries, or is spread over several files.
    pub fn open(mut reader: R) -> Result<Self, ArchiveError> {
        let length = reader.seek(SeekFrom::End(0))?;
        let tail_size = length.min(u64::from(u16::MAX) + END_SIZE as u64);
        let tail_start = length - tail_size;
        reader.seek(SeekFrom::Start(tail_start))?;
        let mut tail = Vec::new();
        (&mut reader).take(tail_size).read_to_end(&mut tail)?;
        let at = end_record(&tail).ok_or(ArchiveError::Damaged("no end record"))?;
        let end = tail.get(at..).unwrap_or_default();
        let end_at = tail_start + at as u64;
        let disks = [u16_at(end, 4), u16_at(end, 6)];
        let counts = [u16_at(end, 8), u16_at(end, 10)];
        let mut entries = u64::from(counts[1]);
        let mut size = u64::from(u32_at(end, 12));
        let mut directory = u64::from(u32_at(end, 16));
        let mut directory_end = end_at;
        let saturated =
            counts.contains(&u16::MAX) || size == u64::from(u32::MAX) || directory == u64::from(u32::MAX);
        let locator = if end_at >= END64_LOCATOR_SIZE {
            let at = end_at - END64_LOCATOR_SIZE;
            Some(block::<20, _>(&mut reader, at)?).filter(|block| block.starts_with(&END64_LOCATOR))
        } else {
            None
        };
        if let Some(locator) = locator {
            let end64_at = u64_at(&locator, 8);
            let end64 = block::<END64_SIZE, _>(&mut reader, end64_at)
                .map_err(|_| ArchiveError::Damaged("the zip64 end record lies outside the file"))?;
            if !end64.starts_with(&END64) || u32_at(&end64, 16) != 0 || u32_at(&end64, 20) != 0 {
                return Err(ArchiveError::Damaged("the zip64 end record is not one"));
            }
            if u64_at(&end64, 24) != u64_at(&end64, 32) {
                return Err(ArchiveError::Damaged("it is spread over several files"));
            }
            (entries, size, directory) = (u64_at(&end64, 32), u64_at(&end64, 40), u64_at(&end64, 48));
            directory_end = end64_at;
        } else if saturated {
            return Err(ArchiveError::Damaged("the zip64 end record is missing"));
        } else if counts[0] != counts[1] {
            return Err(ArchiveError::Damaged("it is spread over several files"));
        }
        if disks.iter().any(|disk| *disk != 0 && *disk != u16::MAX) {
            return Err(ArchiveError::Damaged("it is spread over several files"));
        }
        if entries > MAX_ENTRIES {
            return Err(ArchiveError::TooManyEntries(entries));
        }
        if directory.checked_add(size) != Some(directory_end) || directory_end > length {
            return Err(ArchiveError::Damaged("the directory is not where the end record says"));
        }
        Ok(Self {
            reader: BufReader::with_capacity(256 << 10, reader),
            length,
            entries,
            directory,
            directory_end,
        })
    }

    /// How many entries there are, by the end record.
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// Calls `each` with the name and the content of every file that `wanted` asks for, in the order of the directory;
    /// folders are left out. The whole directory is checked, also what is not wanted.
    ///
    /// # Errors
    /// The archive is refused, or the first error that `each` returns. What was handed out before may have been part of
    /// an archive that is refused.
    pub fn for_each<E: From<ArchiveError>>(
        &mut self,
        wanted: impl Fn(&str) -> bool,
        mut each: impl FnMut(&str, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut names = HashSet::new();
        let (mut total, mut packed_total) = (0u64, 0u64);
        let mut packed = Vec::new();
        let mut content = Vec::new();
        let mut inflater = Decompress::new(false);
        let mut window = Window { at: self.directory, bytes: Vec::new(), used: 0 };
        for _ in 0..self.entries {
            let record = self.next_record(&mut window, false)?;
            let refuse = |reason: String| ArchiveError::Entry { name: printable(&record.name), reason };
            check(&record, MAX_ENTRY).map_err(refuse)?;
            if !names.insert(fingerprint(&record.name)) {
                return Err(refuse("named twice".to_owned()).into());
            }
            total = total.saturating_add(record.size);
            packed_total = packed_total.saturating_add(record.packed);
            if total > MAX_TOTAL {
                return Err(ArchiveError::TooLarge.into());
            }
            if packed_total > self.length {
                return Err(ArchiveError::Damaged("its entries overlap").into());
            }
            if record.name.ends_with('/') || !wanted(&record.name) {
                continue;
            }
            self.read_packed(&record, &mut packed)?;
            inflate(&record, &packed, &mut content, &mut inflater)
                .map_err(|reason| refuse(reason.to_owned()))?;
            each(&record.name, if record.method == 0 { &packed } else { &content })?;
        }
        if window.at + window.used as u64 == self.directory_end {
            Ok(())
        } else {
            Err(ArchiveError::Damaged("the directory has more entries than the end record says").into())
        }
    }

    /// Calls `each` with every file that the directory names, in its order, whatever it is; folders are left out. For
    /// archives of which only a part matters: nothing is asked of the rest, and what is asked of a file that matters is
    /// asked by [`Self::start`] and [`Self::read`].
    ///
    /// # Errors
    /// The directory cannot be read, or the first error that `each` returns.
    pub fn survey(
        &mut self,
        mut each: impl FnMut(&mut Self, &Member) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let mut window = Window { at: self.directory, bytes: Vec::new(), used: 0 };
        for _ in 0..self.entries {
            let member = Member(self.next_record(&mut window, true)?);
            if !member.name().ends_with('/') {
                each(self, &member)?;
            }
        }
        Ok(())
    }

    /// The first bytes of a file, at most `length` of them, unchecked; empty where they cannot be had.
    pub fn start(&mut self, member: &Member, length: usize) -> Vec<u8> {
        let Member(record) = member;
        let mut packed = Vec::new();
        let most = record.packed.min(START);
        if !matches!(record.method, 0 | 8) || self.read_part(record, most, &mut packed).is_err() {
            return Vec::new();
        }
        if record.method == 8 {
            let mut content = Vec::with_capacity(length);
            // Cut off where it is, it cannot end well.
            let _ = Decompress::new(false).decompress_vec(&packed, &mut content, FlushDecompress::None);
            packed = content;
        }
        packed.truncate(length);
        packed
    }

    /// The content of a file of at most `most` bytes, whose name is sound and whose checksum is right.
    ///
    /// # Errors
    /// Why it is not read, in words.
    pub fn read(&mut self, member: &Member, most: u64) -> Result<Vec<u8>, String> {
        let Member(record) = member;
        check(record, most)?;
        let mut packed = Vec::new();
        self.read_packed(record, &mut packed).map_err(|error| match error {
            ArchiveError::Entry { reason, .. } => reason,
            other => other.to_string(),
        })?;
        let mut content = Vec::new();
        inflate(record, &packed, &mut content, &mut Decompress::new(false)).map_err(str::to_owned)?;
        Ok(if record.method == 0 { packed } else { content })
    }

    /// The next record of the directory.
    fn next_record(&mut self, window: &mut Window, any_name: bool) -> Result<Record, ArchiveError> {
        let more = window.at + (window.bytes.len() as u64) < self.directory_end;
        if more && window.rest().len() < DIRECTORY_SIZE + 3 * usize::from(u16::MAX) {
            window.at += window.used as u64;
            window.used = 0;
            self.reader.seek(SeekFrom::Start(window.at))?;
            let size = (self.directory_end.saturating_sub(window.at)).min(WINDOW as u64);
            window.bytes.clear();
            (&mut self.reader).take(size).read_to_end(&mut window.bytes)?;
        }
        let short = ArchiveError::Damaged("the directory is shorter than the end record says");
        let Some((record, size)) = record(window.rest(), any_name)? else { return Err(short) };
        window.used += size;
        Ok(record)
    }

    /// Reads what an entry is packed into, after a look at its local header.
    fn read_packed(&mut self, record: &Record, packed: &mut Vec<u8>) -> Result<(), ArchiveError> {
        self.read_part(record, record.packed, packed)
    }

    /// Reads the first bytes of what an entry is packed into.
    fn read_part(&mut self, record: &Record, part: u64, packed: &mut Vec<u8>) -> Result<(), ArchiveError> {
        let refuse =
            |reason: &str| ArchiveError::Entry { name: printable(&record.name), reason: reason.to_owned() };
        let outside = || refuse("lies outside the archive");
        let header =
            header_end(record.offset, LOCAL_SIZE + record.name.len(), self.directory).ok_or_else(outside)?;
        self.go_to(record.offset)?;
        let mut local = vec![0; LOCAL_SIZE + record.name.len()];
        self.reader.read_exact(&mut local)?;
        let name = local.get(LOCAL_SIZE..).unwrap_or_default();
        if !local.starts_with(&LOCAL)
            || usize::from(u16_at(&local, 26)) != name.len()
            || name != record.name.as_bytes()
        {
            return Err(refuse("has another name where it lies than in the directory"));
        }
        if u16_at(&local, 8) != record.method || (u16_at(&local, 6) ^ record.flags) & 1 != 0 {
            return Err(refuse("is packed otherwise than the directory says"));
        }
        let start = header + u64::from(u16_at(&local, 28));
        let size = usize::try_from(part).map_err(|_| outside())?;
        header_end(start, size, self.directory).ok_or_else(outside)?;
        self.go_to(start)?;
        packed.clear();
        packed.resize(size, 0);
        self.reader.read_exact(packed)?;
        Ok(())
    }

    /// Goes to a place, within what is read already if it can.
    fn go_to(&mut self, place: u64) -> io::Result<()> {
        let here = self.reader.stream_position()?;
        match (i64::try_from(place), i64::try_from(here)) {
            (Ok(place), Ok(here)) => self.reader.seek_relative(place - here),
            _ => self.reader.seek(SeekFrom::Start(place)).map(drop),
        }
    }
}

/// A part of the directory that is in memory.
struct Window {
    at: u64,
    bytes: Vec<u8>,
    used: usize,
}

impl Window {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.used..).unwrap_or_default()
    }
}

/// Where the end record begins: the last place whose comment ends with the file.
fn end_record(tail: &[u8]) -> Option<usize> {
    let fits = |at: &usize| {
        let end = tail.get(*at..).unwrap_or_default();
        end.len() >= END_SIZE && END_SIZE + usize::from(u16_at(end, 20)) == end.len()
    };
    memchr::memmem::rfind_iter(tail, &END).find(fits)
}

/// Reads a record of the directory and tells its size; none if it is cut off.
fn record(bytes: &[u8], any_name: bool) -> Result<Option<(Record, usize)>, ArchiveError> {
    if bytes.len() < DIRECTORY_SIZE {
        return Ok(None);
    }
    if !bytes.starts_with(&DIRECTORY) {
        return Err(ArchiveError::Damaged("the directory holds something else than entries"));
    }
    let [name_size, extra_size, comment_size] = [28, 30, 32].map(|at| usize::from(u16_at(bytes, at)));
    let size = DIRECTORY_SIZE + name_size + extra_size + comment_size;
    let (Some(name), Some(extra), true) = (
        bytes.get(DIRECTORY_SIZE..DIRECTORY_SIZE + name_size),
        bytes.get(DIRECTORY_SIZE + name_size..DIRECTORY_SIZE + name_size + extra_size),
        bytes.len() >= size,
    ) else {
        return Ok(None);
    };
    let name = match std::str::from_utf8(name) {
        Ok(name) => name.to_owned(),
        Err(_) if any_name => String::from_utf8_lossy(name).into_owned(),
        Err(_) => return Err(ArchiveError::Damaged("the name of an entry is not UTF-8")),
    };
    let wide = |at: usize| u64::from(u32_at(bytes, at));
    let (mut packed, mut plain, mut offset) = (wide(20), wide(24), wide(42));
    let mut zip64 = zip64_extra(extra);
    for field in [&mut plain, &mut packed, &mut offset] {
        if *field == u64::from(u32::MAX) {
            let (value, rest) = zip64
                .split_first_chunk::<8>()
                .ok_or(ArchiveError::Damaged("the zip64 part of an entry is missing"))?;
            *field = u64::from_le_bytes(*value);
            zip64 = rest;
        }
    }
    // Made on Unix (3) or macOS (19): the upper half of the attributes is the mode.
    let unix = matches!(u16_at(bytes, 4) >> 8, 3 | 19);
    let link = unix && (u32_at(bytes, 38) >> 16) & 0o170_000 == 0o120_000;
    let (flags, method, crc) = (u16_at(bytes, 8), u16_at(bytes, 10), u32_at(bytes, 16));
    Ok(Some((Record { name, flags, method, crc, packed, size: plain, offset, link }, size)))
}

/// The field 0x0001 of the extra fields; empty where there is none.
fn zip64_extra(mut extra: &[u8]) -> &[u8] {
    while extra.len() >= 4 {
        let size = usize::from(u16_at(extra, 2));
        let Some(field) = extra.get(4..4 + size) else { break };
        if u16_at(extra, 0) == 1 {
            return field;
        }
        extra = extra.get(4 + size..).unwrap_or_default();
    }
    &[]
}

fn check(record: &Record, most: u64) -> Result<(), String> {
    let path = record.name.strip_suffix('/').unwrap_or(&record.name);
    entry_path::normalise(path).map_err(|problem| problem.to_string())?;
    // Bit 0 encrypted, bit 5 patched, bit 6 strongly encrypted, bit 13 directory encrypted.
    if record.flags & (1 | 1 << 6 | 1 << 13) != 0 {
        return Err("encrypted".to_owned());
    }
    if record.link {
        return Err("a symbolic link".to_owned());
    }
    if !matches!(record.method, 0 | 8) || record.flags & (1 << 5) != 0 {
        return Err(format!(
            "compressed by method {}; only stored and deflated entries are read",
            record.method
        ));
    }
    if record.size > most || record.packed > most + (1 << 16) {
        return Err(format!("larger than {} MiB", most >> 20));
    }
    if record.size > FREE_RATIO && record.size > record.packed.saturating_mul(MAX_RATIO) {
        return Err(format!("inflates to more than {MAX_RATIO} times its size"));
    }
    if record.method == 0 && record.size != record.packed {
        return Err("stored, but with another size than its content".to_owned());
    }
    Ok(())
}

/// Inflates an entry into `content`, no further than it says it goes, and compares size and checksum.
fn inflate(
    record: &Record,
    packed: &[u8],
    content: &mut Vec<u8>,
    inflater: &mut Decompress,
) -> Result<(), &'static str> {
    let plain = if record.method == 0 {
        packed
    } else {
        let size = usize::try_from(record.size).map_err(|_| "larger than 16 MiB")?;
        content.clear();
        // One byte more shows content that goes on.
        content.reserve_exact(size + 1);
        inflater.reset(false);
        let status = inflater.decompress_vec(packed, content, FlushDecompress::Finish);
        if !matches!(status, Ok(Status::StreamEnd)) || content.len() != size {
            return Err("damaged: its content is not of the size that it says");
        }
        content
    };
    if crc32fast::hash(plain) == record.crc { Ok(()) } else { Err("damaged: its checksum is wrong") }
}

/// The end of something that begins at `start`, if it lies before the directory.
fn header_end(start: u64, size: usize, directory: u64) -> Option<u64> {
    start.checked_add(size as u64).filter(|end| *end <= directory)
}

/// A name in 16 bytes: a million names would fill the memory that is saved elsewhere.
fn fingerprint(name: &str) -> u128 {
    let digest = sha2::Sha256::digest(name.as_bytes());
    digest.first_chunk::<16>().map_or(0, |bytes| u128::from_le_bytes(*bytes))
}

/// A name for a message: control characters shown, and not endless.
fn printable(name: &str) -> String {
    name.chars().take(200).flat_map(char::escape_debug).collect()
}

fn block<const N: usize, R: Read + Seek>(reader: &mut R, at: u64) -> io::Result<[u8; N]> {
    let mut block = [0; N];
    reader.seek(SeekFrom::Start(at))?;
    reader.read_exact(&mut block)?;
    Ok(block)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u16::from_le_bytes(*chunk))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u32::from_le_bytes(*chunk))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

#[cfg(test)]
mod tests;
