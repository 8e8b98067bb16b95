//! Safetensors (<https://github.com/huggingface/safetensors>, section "Format"): eight bytes of length, a JSON object of
//! that length, the tensors. The tensors must cover the rest of the file without holes and without overlapping.

use std::collections::HashSet;
use std::fmt;
use std::io::{Read, Seek};

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::stream::Stream;
use super::{Fault, Format, Head, counted, damaged, shown};

/// Longest header that the reference implementation takes, in bytes.
const HEADER: u64 = 100_000_000;
/// Most tensors.
const TENSORS: usize = 1_000_000;
/// Bits of an element.
const TYPES: [(&str, u64); 21] = [
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F8_E5M2FNUZ", 8),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("F64", 64),
    ("I64", 64),
    ("U64", 64),
];

pub(super) fn begins(start: &[u8], length: u64) -> bool {
    let Some((size, rest)) = start.split_first_chunk::<8>() else { return false };
    let size = u64::from_le_bytes(*size);
    // A file cut short is one still: its header is at least begun.
    (2..=HEADER).contains(&size) && rest.first() == Some(&b'{') && length > 8
}

pub(super) fn read<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Head, Fault> {
    let size = stream.u64()?;
    if size > stream.rest() {
        return damaged(format!("its header has {size} bytes, and {} follow", stream.rest()));
    }
    let header = stream.bytes(size, usize::try_from(HEADER).unwrap_or(usize::MAX))?;
    let header: Header = match serde_json::from_slice(&header) {
        Ok(header) => header,
        Err(error) => return damaged(format!("its header: {}", shown(&error.to_string()))),
    };
    let mut places = Vec::with_capacity(header.tensors.len());
    for (name, tensor) in &header.tensors {
        places.push(place(name, tensor)?);
    }
    places.sort_unstable();
    let mut end = 0;
    for (from, to) in places {
        if from != end {
            let what = if from < end { "overlap" } else { "leave a hole" };
            return damaged(format!("its tensors {what} at byte {from} of the data"));
        }
        end = to;
    }
    if end != stream.rest() {
        return damaged(format!("its tensors have {end} bytes, and {} follow the header", stream.rest()));
    }
    let mut about = format!("safetensors, {}", counted(header.tensors.len() as u64, "tensor"));
    if let Some(format) = header.format {
        about.push_str(&format!(", format {}", shown(&format)));
    }
    Ok(Head::of(Format::Safetensors, about))
}

/// Where a tensor lies, its extent being what its type and shape say.
fn place(name: &str, tensor: &Tensor) -> Result<(u64, u64), Fault> {
    let name = shown(name);
    let [from, to] = tensor.data_offsets;
    let Some((_, bits)) = TYPES.iter().find(|(known, _)| *known == tensor.dtype) else {
        if tensor.dtype == "C64" {
            return sized(&name, tensor, 64).map(|()| (from, to));
        }
        return damaged(format!("tensor {name}: type {} is not known", shown(&tensor.dtype)));
    };
    sized(&name, tensor, *bits)?;
    Ok((from, to))
}

fn sized(name: &str, tensor: &Tensor, bits: u64) -> Result<(), Fault> {
    let [from, to] = tensor.data_offsets;
    let total = tensor.shape.iter().try_fold(bits, |all, size| all.checked_mul(*size));
    let bytes = total.filter(|total| total % 8 == 0).map(|total| total / 8);
    if bytes.is_some() && to.checked_sub(from) == bytes {
        Ok(())
    } else {
        damaged(format!("tensor {name}: its shape and type do not fit its place ({from} to {to})"))
    }
}

#[derive(Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

#[derive(Default)]
struct Header {
    tensors: Vec<(String, Tensor)>,
    /// What `__metadata__` calls the framework.
    format: Option<String>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut header = Header::default();
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom("a name stands twice"));
            }
            if name == "__metadata__" {
                header.format = map.next_value::<Metadata>()?.0;
            } else if header.tensors.len() < TENSORS {
                header.tensors.push((name, map.next_value()?));
            } else {
                return Err(A::Error::custom(format!("more than {TENSORS} tensors")));
            }
        }
        Ok(header)
    }
}

/// Texts by name, of which one is kept.
struct Metadata(Option<String>);

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MetadataVisitor)
    }
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = Metadata;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
        let mut format = None;
        while let Some(name) = map.next_key::<String>()? {
            if name == "format" {
                format = Some(map.next_value::<String>()?);
            } else {
                let _: IgnoredAny = map.next_value()?;
            }
        }
        Ok(Metadata(format))
    }
}
