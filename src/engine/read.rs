//! Reads one file once: into a buffer that is used again, or, beyond the size bound, past the digest in pieces.

use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

use crate::host::files;

/// Size of a piece of a file that is too large to keep, in bytes.
const PIECE: usize = 256 << 10;
/// A buffer that grew beyond this for one file is given back.
const KEEP: usize = 1 << 20;

/// What came of reading a file.
#[derive(Debug)]
pub(super) struct Reading {
    /// SHA-256 of all bytes, when it was asked for.
    pub(super) digest: Option<[u8; 32]>,
    /// Bytes read.
    pub(super) size: u64,
    /// Whether the buffer holds the whole file.
    pub(super) whole: bool,
    /// Whether the file changed while it was read.
    pub(super) changed: bool,
}

/// Reads `path`. Up to `bound` bytes end up in `buffer`; a larger file leaves it empty and is fed to `pieces`, which
/// a file within the bound is fed to as well, in one piece.
pub(super) fn read(
    path: &Path,
    bound: u64,
    digest: bool,
    buffer: &mut Vec<u8>,
    pieces: &mut dyn FnMut(&[u8]),
) -> io::Result<Reading> {
    let (mut file, before) = files::open_regular(path)?;
    let mut hasher = digest.then(Sha256::new);
    let mut take = |bytes: &[u8]| {
        if let Some(hasher) = &mut hasher {
            hasher.update(bytes);
        }
        pieces(bytes);
    };
    let mut size = 0_u64;
    let whole = before.len() <= bound;
    if whole {
        // One byte more than expected: a short read then says that the end was reached.
        fill(&mut file, usize::try_from(before.len()).unwrap_or(usize::MAX).saturating_add(1), buffer)?;
        take(buffer);
        size = buffer.len() as u64;
    } else {
        buffer.clear();
        let mut piece = vec![0; PIECE];
        // A file that grows for ever must not hold the audit up: stop a little past what it was at the start.
        let limit = before.len().saturating_add(PIECE as u64);
        while size <= limit {
            match file.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => {
                    take(piece.get(..count).unwrap_or_default());
                    size += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
    let after = file.metadata()?;
    let time = |metadata: &std::fs::Metadata| metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let changed = size != before.len() || after.len() != before.len() || time(&after) != time(&before);
    Ok(Reading { digest: hasher.map(|hasher| hasher.finalize().into()), size, whole, changed })
}

/// Fills the buffer with up to `most` bytes, overwriting what it held.
fn fill(file: &mut impl Read, most: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    if buffer.len() < most {
        buffer.resize(most, 0);
    }
    let mut filled = 0;
    while filled < most {
        let Some(room) = buffer.get_mut(filled..most) else { break };
        let asked = room.len();
        match file.read(room) {
            Ok(count) => {
                filled += count;
                if count < asked {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(filled);
    Ok(())
}

/// Gives memory back that one large file made the buffer take.
pub(super) fn release(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEEP {
        *buffer = Vec::new();
    }
}

/// Whether bytes are binary as git judges it (a NUL among the first 8,000), and not UTF-16 with a byte order mark. A
/// text with a NUL later on stays text: rules must not be switched off by one byte at the end. Nor is a file binary
/// that says by its first line which interpreter runs it.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(8_000)).unwrap_or_default();
    memchr::memchr(0, head).is_some() && utf16_order(bytes).is_none() && !bytes.starts_with(b"#!")
}

/// UTF-16 text with a byte order mark as UTF-8, so that rules can read it.
pub(super) fn from_utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let little = utf16_order(bytes)?;
    let units = bytes.get(2..)?.chunks_exact(2).map(|pair| {
        let pair = [pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)];
        if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    });
    Some(
        char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect::<String>()
            .into_bytes(),
    )
}

fn utf16_order(bytes: &[u8]) -> Option<bool> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] => None,
        [0xFF, 0xFE, ..] => Some(true),
        [0xFE, 0xFF, ..] => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_reading_agree() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let bytes: Vec<u8> = (0..700_000_u32).map(|n| (n % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let expected: [u8; 32] = Sha256::digest(&bytes).into();
        let (mut buffer, mut seen) = (vec![7; 10], Vec::new());
        for bound in [1 << 20, 1_000] {
            seen.clear();
            let read =
                read(&path, bound, true, &mut buffer, &mut |piece| seen.extend_from_slice(piece)).unwrap();
            assert_eq!((read.digest, read.size, read.changed), (Some(expected), 700_000, false));
            assert_eq!(seen, bytes);
            assert_eq!(read.whole, bound > 700_000);
            assert_eq!(buffer.is_empty(), !read.whole);
        }
        // The buffer is reused: a smaller file leaves nothing of the larger one behind.
        std::fs::write(&path, b"abc").unwrap();
        read(&path, 1 << 20, false, &mut buffer, &mut |_| {}).unwrap();
        assert_eq!(buffer, b"abc");
    }

    #[test]
    fn binary_and_utf16() {
        assert!(is_binary(b"\x7fELF\0\0"));
        assert!(!is_binary(b"#!/bin/sh\necho \0"));
        assert!(!is_binary(&[b"a".repeat(9_000), vec![0]].concat()));
        assert_eq!(from_utf16(b"\xFF\xFEh\0i\0").unwrap(), b"hi");
        assert_eq!(from_utf16(b"\xFE\xFF\0h\0i").unwrap(), b"hi");
        assert!(from_utf16(b"hi").is_none());
    }
}
