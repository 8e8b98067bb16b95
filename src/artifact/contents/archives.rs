//! Archives, member by member. Nothing that one says of itself is believed: counts, sizes and names are bounded, and an
//! archive that breaks off or breaks a bound says so in what is missing.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};

use flate2::read::MultiGzDecoder;
use tar::EntryType;

use super::gathered::{Gathered, Want};
use super::program;
use crate::formats::zip::Archive;

/// Bytes by which a file is recognised: a block of tar.
pub(super) const START: u64 = 512;
/// Most members of an archive.
const MOST_MEMBERS: u64 = 1_000_000;
/// Bytes that a gzipped archive may inflate to whatever its size, and then for each of its bytes, and at most.
const FREE: u64 = 256 << 20;
const MOST_RATIO: u64 = 200;
const MOST_INFLATED: u64 = 64 << 30;
/// Longest name of a member in tar, in bytes, and largest header with attributes.
const MOST_NAME: u64 = 8 << 10;
const MOST_ATTRIBUTES: u64 = 1 << 20;
/// Bytes by which a member is told to be a program.
const HEAD: u64 = 16;
/// Most members of a zip archive whose beginning is looked at.
const MOST_LOOKS: u32 = 20_000;

/// Reads an archive; tells whether it is one.
///
/// # Errors
/// The file cannot be read. An archive that is damaged is no error but something missing.
pub(super) fn read(mut file: File, start: &[u8], gathered: &mut Gathered) -> io::Result<bool> {
    if is_zip(start) {
        zip(file, "", 0, gathered);
        return Ok(true);
    }
    if is_tar(start) {
        tar(BufReader::new(file), gathered);
        return Ok(true);
    }
    if !start.starts_with(b"\x1f\x8b") {
        return Ok(false);
    }
    let mut inner = Vec::new();
    // What does not inflate is no archive.
    let _ = MultiGzDecoder::new(BufReader::new(&file)).take(START).read_to_end(&mut inner);
    if !is_tar(&inner) {
        return Ok(false);
    }
    file.rewind()?;
    let most = file.metadata()?.len().saturating_mul(MOST_RATIO).clamp(FREE, MOST_INFLATED);
    let inflated = MultiGzDecoder::new(BufReader::with_capacity(128 << 10, file));
    tar(Bounded { inner: inflated, left: most }, gathered);
    Ok(true)
}

fn is_zip(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")
}

/// Whether a block is a header of tar: its checksum tells, also where there is no magic.
fn is_tar(start: &[u8]) -> bool {
    let Some(block) = start.first_chunk::<512>() else { return false };
    let header = tar::Header::from_byte_slice(block);
    let is_sum = |byte: &(usize, &u8)| (148..156).contains(&byte.0);
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|byte| if is_sum(&byte) { u32::from(b' ') } else { u32::from(*byte.1) })
        .sum();
    block.first().is_some_and(|first| *first != 0) && header.cksum().is_ok_and(|written| written == sum)
}

/// A reader that ends with an error rather than with endless content.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(count as u64)
            .ok_or_else(|| io::Error::other("it inflates to more than 200 times its size"))?;
        Ok(count)
    }
}

/// Reads a tar archive.
fn tar(reader: impl Read, gathered: &mut Gathered) {
    let mut archive = tar::Archive::new(reader);
    if let Err(problem) = members(&mut archive, gathered) {
        gathered.miss(format!("the archive is not read to its end: {problem}"));
    }
}

fn members<R: Read>(archive: &mut tar::Archive<R>, gathered: &mut Gathered) -> Result<(), String> {
    // As they lie there: the crate would read names of any length into memory.
    let entries = archive.entries().map_err(|error| error.to_string())?.raw(true);
    let (mut count, mut long_name): (u64, Option<Vec<u8>>) = (0, None);
    for entry in entries {
        let mut entry = entry.map_err(|error| error.to_string())?;
        count += 1;
        if count > MOST_MEMBERS {
            return Err(format!("more than {MOST_MEMBERS} members"));
        }
        let kind = entry.header().entry_type();
        let size = entry.header().entry_size().map_err(|error| error.to_string())?;
        if kind.is_gnu_longname() {
            let name = whole(&mut entry, size, MOST_NAME)?;
            long_name = Some(name.split(|byte| *byte == 0).next().unwrap_or_default().to_vec());
            continue;
        }
        if kind.is_pax_local_extensions() {
            let attributes = whole(&mut entry, size, MOST_ATTRIBUTES)?;
            if attribute(&attributes, b"size").is_some() {
                return Err("sizes beyond the header's are not read".to_owned());
            }
            long_name = attribute(&attributes, b"path").map(<[u8]>::to_vec).or(long_name);
            continue;
        }
        if kind.is_pax_global_extensions() || kind.is_gnu_longlink() {
            continue;
        }
        let name = long_name.take().unwrap_or_else(|| entry.header().path_bytes().into_owned());
        let name = String::from_utf8_lossy(&name).into_owned();
        match kind {
            EntryType::Regular | EntryType::Continuous => member(&mut entry, &name, size, gathered),
            EntryType::Link | EntryType::Symlink => {
                let target = entry.header().link_name_bytes().unwrap_or_default();
                gathered.link(&name, &String::from_utf8_lossy(&target), kind == EntryType::Link);
            }
            EntryType::Directory => {}
            // Sparse files, devices and what else there is.
            _ => gathered.skip(&name, "no plain file"),
        }
    }
    Ok(())
}

/// All of a header's content.
fn whole(reader: &mut impl Read, size: u64, most: u64) -> Result<Vec<u8>, String> {
    if size > most {
        return Err(format!("a header of {size} bytes"));
    }
    let mut content = Vec::new();
    reader.read_to_end(&mut content).map_err(|error| error.to_string())?;
    Ok(content)
}

/// The last value of a key among the attributes of a pax header: `LENGTH KEY=VALUE\n`.
fn attribute<'b>(mut bytes: &'b [u8], key: &[u8]) -> Option<&'b [u8]> {
    let mut found = None;
    while let Some(space) = memchr::memchr(b' ', bytes) {
        let (length, _) = bytes.split_at_checked(space)?;
        let length: usize = std::str::from_utf8(length).ok()?.parse().ok()?;
        let (record, rest) = bytes.split_at_checked(length)?;
        let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
        let equals = memchr::memchr(b'=', record)?;
        let (name, value) = record.split_at_checked(equals)?;
        if name == key {
            found = value.get(1..);
        }
        bytes = rest;
    }
    found
}

/// One file of a tar archive.
fn member(entry: &mut impl Read, name: &str, size: u64, gathered: &mut Gathered) {
    let problem = |error: io::Error| format!("cannot be read: {error}");
    match gathered.want(name, size, 0) {
        Want::Nothing => {}
        Want::All => {
            let mut content = Vec::new();
            match entry.read_to_end(&mut content) {
                Ok(_) => gathered.add(name, &content, 0),
                Err(error) => gathered.fail(name, &problem(error)),
            }
        }
        Want::Archive => {
            let mut content = Vec::new();
            match entry.read_to_end(&mut content) {
                Ok(_) => inner(Cursor::new(content), name, 1, gathered),
                Err(error) => gathered.fail(name, &problem(error)),
            }
        }
        Want::IfProgram(allowed) => {
            let mut content = Vec::new();
            let head = (&mut *entry).take(HEAD).read_to_end(&mut content);
            if head.is_err() || !program::is_program(&content) {
                return;
            }
            if let Err(reason) = allowed {
                gathered.fail(name, &reason);
                return;
            }
            match entry.read_to_end(&mut content) {
                Ok(_) => gathered.add_program(name, program::look(Cursor::new(content))),
                Err(error) => gathered.fail(name, &problem(error)),
            }
        }
    }
}

/// A zip archive within an archive.
fn inner(content: Cursor<Vec<u8>>, name: &str, depth: u8, gathered: &mut Gathered) {
    if is_zip(content.get_ref()) {
        gathered.enter();
        zip(content, name, depth, gathered);
        gathered.leave(name);
    } else {
        gathered.fail(name, "not a zip archive");
    }
}

/// Reads a zip archive; `outer` is its name in the archive around it.
fn zip(reader: impl Read + Seek, outer: &str, depth: u8, gathered: &mut Gathered) {
    let at = |name: &str| if outer.is_empty() { name.to_owned() } else { format!("{outer}!/{name}") };
    let mut looks = 0_u32;
    let done = Archive::open(reader).and_then(|mut archive| {
        archive.survey(|archive, member| {
            let name = at(member.name());
            match gathered.want(&name, member.size(), depth) {
                Want::Nothing => {}
                Want::All => match archive.read(member, member.size()) {
                    Ok(content) => gathered.add(&name, &content, depth),
                    Err(reason) => gathered.fail(&name, &reason),
                },
                Want::Archive => match archive.read(member, member.size()) {
                    Ok(content) => inner(Cursor::new(content), &name, depth + 1, gathered),
                    Err(reason) => gathered.fail(&name, &reason),
                },
                Want::IfProgram(allowed) => {
                    looks += 1;
                    if looks == MOST_LOOKS {
                        gathered.miss(format!(
                            "more than {MOST_LOOKS} files that may be programs: the others are not looked at"
                        ));
                    }
                    if looks >= MOST_LOOKS || !program::is_program(&archive.start(member, HEAD as usize)) {
                        return Ok(());
                    }
                    match allowed.and_then(|()| archive.read(member, member.size())) {
                        Ok(content) => gathered.add_program(&name, program::look(Cursor::new(content))),
                        Err(reason) => gathered.fail(&name, &reason),
                    }
                }
            }
            Ok(())
        })
    });
    if let Err(error) = done {
        gathered.miss(format!("{}: {error}", if outer.is_empty() { "the archive" } else { outer }));
    }
}
