//! GGUF (<https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>): a head of typed values and tensor descriptions, then
//! the tensors, aligned.

use std::io::{Read, Seek};

use super::stream::Stream;
use super::{Fault, Format, Head, counted, damaged, shown};

/// Most values and tensors of a head.
const MOST: u64 = 1_000_000;
/// Most elements of arrays, all together: vocabularies have some hundred thousand.
const ELEMENTS: u64 = 64 << 20;
/// Deepest array of arrays.
const DEPTH: u32 = 4;
/// Longest key, and name of a tensor, in bytes.
const NAME: usize = 64 << 10;
/// Most dimensions.
const DIMENSIONS: u32 = 8;
/// Alignment unless `general.alignment` says another.
const ALIGNMENT: u64 = 32;

pub(super) fn read<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Head, Fault> {
    stream.skip(4)?;
    let version = stream.u32()?;
    // Files for machines of the other byte order have every number turned round, this one too.
    let is_big = version != 0 && version.trailing_zeros() >= 16;
    let version = if is_big { version.swap_bytes() } else { version };
    match version {
        1 => {
            // The counts of the first version had 32 bits; no program reads it any more.
            return Ok(Head::of(Format::Gguf, "GGUF 1, an obsolete version, not looked into".to_owned()));
        }
        2 | 3 => {}
        _ => return damaged(format!("version {version} of GGUF is not known")),
    }
    let mut reader = Reader { stream, is_big, left: ELEMENTS };
    let (tensors, values) = (reader.u64()?, reader.u64()?);
    if tensors > MOST || values > MOST {
        return damaged(format!("{tensors} tensors and {values} values; at most {MOST} are read"));
    }
    let (mut alignment, mut architecture) = (ALIGNMENT, None);
    for _ in 0..values {
        let key = reader.text()?;
        let kind = reader.u32()?;
        match (key.as_slice(), kind) {
            (b"general.alignment", 4) => alignment = u64::from(reader.u32()?),
            (b"general.architecture", 8) => architecture = Some(reader.text()?),
            _ => reader.value(kind, 0)?,
        }
    }
    if alignment == 0 || alignment % 8 != 0 {
        return damaged(format!("its alignment is {alignment}, which is no multiple of 8"));
    }
    let mut extents = Vec::new();
    for _ in 0..tensors {
        extents.push(tensor(&mut reader, alignment)?);
    }
    let start = stream.at().next_multiple_of(alignment);
    let length = stream.length().saturating_sub(start);
    extents.sort_unstable();
    let mut end = 0;
    for (from, size) in extents {
        if from < end {
            return damaged(format!("its tensors overlap at byte {from} of the data"));
        }
        end = from.saturating_add(size);
        if end > length {
            return damaged(format!("its tensors end at byte {end} of the data, and {length} are there"));
        }
    }
    let architecture = architecture.map(|name| shown(&String::from_utf8_lossy(&name)));
    let mut kind = architecture.map_or_else(String::new, |name| format!(", {name}"));
    if is_big {
        kind.insert_str(0, ", big-endian");
    }
    Ok(Head::of(Format::Gguf, format!("GGUF {version}{kind}, {}", counted(tensors, "tensor"))))
}

/// Where a tensor begins in the data, and how many bytes it has; none of a type that is not known.
fn tensor<R: Read + Seek>(reader: &mut Reader<'_, R>, alignment: u64) -> Result<(u64, u64), Fault> {
    let name = reader.text()?;
    let dimensions = reader.u32()?;
    let name = shown(&String::from_utf8_lossy(&name));
    if dimensions > DIMENSIONS {
        return damaged(format!("tensor {name} has {dimensions} dimensions"));
    }
    let mut elements = Some(1_u64);
    let mut row = 1;
    for dimension in 0..dimensions {
        let size = reader.u64()?;
        if dimension == 0 {
            row = size;
        }
        elements = elements.and_then(|elements| elements.checked_mul(size));
    }
    let kind = reader.u32()?;
    let offset = reader.u64()?;
    if offset % alignment != 0 {
        return damaged(format!("tensor {name} begins at {offset}, which is no multiple of {alignment}"));
    }
    let bytes = match block(kind) {
        None => Some(0),
        Some((length, _)) if row % length != 0 => None,
        Some((length, bytes)) => elements.and_then(|elements| (elements / length).checked_mul(bytes)),
    };
    match bytes {
        Some(bytes) => Ok((offset, bytes)),
        None => damaged(format!("tensor {name} has a shape that its type cannot have")),
    }
}

struct Reader<'s, R> {
    stream: &'s mut Stream<R>,
    /// Whether the high byte of a number comes first.
    is_big: bool,
    /// Elements of arrays that may still come.
    left: u64,
}

impl<R: Read + Seek> Reader<'_, R> {
    fn u32(&mut self) -> Result<u32, Fault> {
        let value = self.stream.u32()?;
        Ok(if self.is_big { value.swap_bytes() } else { value })
    }

    fn u64(&mut self) -> Result<u64, Fault> {
        let value = self.stream.u64()?;
        Ok(if self.is_big { value.swap_bytes() } else { value })
    }

    fn text(&mut self) -> Result<Vec<u8>, Fault> {
        let size = self.u64()?;
        self.stream.bytes(size, NAME)
    }

    /// Passes over a value.
    fn value(&mut self, kind: u32, depth: u32) -> Result<(), Fault> {
        if let Some(size) = width(kind) {
            return self.stream.skip(size);
        }
        match kind {
            8 => {
                let size = self.u64()?;
                self.stream.skip(size)
            }
            9 => {
                let (inner, count) = (self.u32()?, self.u64()?);
                if let Some(size) = width(inner) {
                    return self.stream.skip(count.saturating_mul(size));
                }
                if depth >= DEPTH {
                    return damaged("its arrays are nested too deeply");
                }
                self.left = match self.left.checked_sub(count) {
                    Some(left) => left,
                    None => return damaged(format!("its arrays have more than {ELEMENTS} elements")),
                };
                (0..count).try_for_each(|_| self.value(inner, depth + 1))
            }
            _ => damaged(format!("a value of type {kind}, which is not known")),
        }
    }
}

/// Bytes of a value of fixed size.
const fn width(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// Elements and bytes of a block of a tensor type (`ggml_type`).
const fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        40 => (64, 36),
        41 => (128, 18),
        10 => (256, 84),
        11 | 21 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 | 35 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        22 => (256, 82),
        23 => (256, 136),
        24 => (1, 1),
        27 | 28 => (1, 8),
        29 => (256, 56),
        34 => (256, 54),
        39 => (32, 17),
        _ => return None,
    })
}
