//! ONNX (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>): a `ModelProto`, looked at as protobuf fields. Of the
//! graph its nodes are counted, and the files are looked at that its tensors say their data is in.

use std::io::{Read, Seek};

use super::stream::Stream;
use super::{Fault, Format, Head, counted, damaged, shown};

/// Most fields looked at, of all messages.
const FIELDS: u64 = 5_000_000;
/// Longest text that is kept, in bytes.
const TEXT: u64 = 4096;

/// Wire types of protobuf.
const VARINT: u8 = 0;
const BYTES: u8 = 2;

/// Whether a file begins as a model does: `ir_version`, then another field of a model.
pub(super) fn begins(start: &[u8]) -> bool {
    let [0x08, version @ 1..=0x3F, tag, ..] = start else { return false };
    // Written as one byte, numbers up to 15 alone; those above come with metadata, never second.
    match (tag >> 3, tag & 7) {
        (2 | 3 | 4 | 6 | 7 | 8 | 14, BYTES) | (5, VARINT) => *version > 0,
        _ => false,
    }
}

/// What is gathered of a model.
#[derive(Default)]
struct Model {
    version: u64,
    producer: Option<String>,
    opset: Option<u64>,
    has_graph: bool,
    nodes: u64,
    initializers: u64,
    outside: u64,
    astray: Option<String>,
    /// Fields that were looked at.
    fields: u64,
}

pub(super) fn read<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Head, Fault> {
    let mut model = Model::default();
    let end = stream.length();
    while stream.at() < end {
        let (number, wire) = field(stream, end, &mut model)?;
        match (number, wire) {
            (1, VARINT) => model.version = stream.varint()?,
            (2, BYTES) => model.producer = text(stream, end)?,
            (7, BYTES) => {
                let until = extent(stream, end)?;
                model.has_graph = true;
                graph(stream, until, &mut model)?;
            }
            (8, BYTES) => {
                let until = extent(stream, end)?;
                opset(stream, until, &mut model)?;
            }
            (_, wire) => pass(stream, wire, end)?,
        }
    }
    if !model.has_graph {
        return damaged("it has no graph");
    }
    // Demanded from version 3 of the format on.
    if model.opset.is_none() && model.version >= 3 {
        return damaged("it names no set of operators");
    }
    if let Some(place) = model.astray {
        return damaged(format!("its tensors name data outside its folder: {}", shown(&place)));
    }
    let mut about = format!("ONNX {}", model.version);
    if let Some(opset) = model.opset {
        about.push_str(&format!(", operator set {opset}"));
    }
    about.push_str(&format!(
        ", {}, {}",
        counted(model.nodes, "node"),
        counted(model.initializers, "initializer")
    ));
    if model.outside > 0 {
        about.push_str(&format!(", {} of them in other files", model.outside));
    }
    if let Some(producer) = model.producer.filter(|producer| !producer.is_empty()) {
        about.push_str(&format!(", by {}", shown(&producer)));
    }
    Ok(Head::of(Format::Onnx, about))
}

fn graph<R: Read + Seek>(stream: &mut Stream<R>, end: u64, model: &mut Model) -> Result<(), Fault> {
    while stream.at() < end {
        match field(stream, end, model)? {
            (1, BYTES) => {
                model.nodes += 1;
                pass(stream, BYTES, end)?;
            }
            (5, BYTES) => {
                model.initializers += 1;
                let until = extent(stream, end)?;
                tensor(stream, until, model)?;
            }
            (_, wire) => pass(stream, wire, end)?,
        }
    }
    Ok(())
}

/// `TensorProto`: field 13 says where its data is, if not here.
fn tensor<R: Read + Seek>(stream: &mut Stream<R>, end: u64, model: &mut Model) -> Result<(), Fault> {
    let mut outside = false;
    while stream.at() < end {
        match field(stream, end, model)? {
            (13, BYTES) => {
                outside = true;
                let until = extent(stream, end)?;
                place(stream, until, model)?;
            }
            (_, wire) => pass(stream, wire, end)?,
        }
    }
    model.outside += u64::from(outside);
    Ok(())
}

/// `StringStringEntryProto` of a tensor's data: `location` must stay in the folder of the model.
fn place<R: Read + Seek>(stream: &mut Stream<R>, end: u64, model: &mut Model) -> Result<(), Fault> {
    let (mut key, mut value) = (None, None);
    while stream.at() < end {
        match field(stream, end, model)? {
            (1, BYTES) => key = text(stream, end)?,
            (2, BYTES) => value = text(stream, end)?,
            (_, wire) => pass(stream, wire, end)?,
        }
    }
    if let (Some("location"), Some(value)) = (key.as_deref(), value) {
        let leaves = value.starts_with(['/', '\\'])
            || value.as_bytes().get(1) == Some(&b':')
            || value.split(['/', '\\']).any(|part| part == "..");
        if leaves {
            model.astray = Some(value);
        }
    }
    Ok(())
}

/// `OperatorSetIdProto`: the version of the standard operators, whose domain is empty.
fn opset<R: Read + Seek>(stream: &mut Stream<R>, end: u64, model: &mut Model) -> Result<(), Fault> {
    let (mut domain, mut version) = (String::new(), 0);
    while stream.at() < end {
        match field(stream, end, model)? {
            (1, BYTES) => domain = text(stream, end)?.unwrap_or_default(),
            (2, VARINT) => version = stream.varint()?,
            (_, wire) => pass(stream, wire, end)?,
        }
    }
    if domain.is_empty() || domain == "ai.onnx" || model.opset.is_none() {
        model.opset = Some(version);
    }
    Ok(())
}

/// Number and wire type of the next field.
fn field<R: Read + Seek>(stream: &mut Stream<R>, end: u64, model: &mut Model) -> Result<(u64, u8), Fault> {
    model.fields += 1;
    if model.fields > FIELDS {
        return damaged(format!("it has more than {FIELDS} fields"));
    }
    let tag = stream.varint()?;
    let wire = tag.to_le_bytes().first().map_or(0, |low| low & 7);
    if tag >> 3 == 0 || stream.at() > end {
        return damaged("it is no sound protobuf message");
    }
    Ok((tag >> 3, wire))
}

/// The end of a message that begins here with its length.
fn extent<R: Read + Seek>(stream: &mut Stream<R>, end: u64) -> Result<u64, Fault> {
    let size = stream.varint()?;
    match stream.at().checked_add(size).filter(|until| *until <= end) {
        Some(until) => Ok(until),
        None => damaged(format!("a part of {size} bytes does not fit into it: it ends too early")),
    }
}

fn text<R: Read + Seek>(stream: &mut Stream<R>, end: u64) -> Result<Option<String>, Fault> {
    let until = extent(stream, end)?;
    let size = until - stream.at();
    if size > TEXT {
        stream.go_to(until)?;
        return Ok(None);
    }
    let bytes = stream.bytes(size, 4096)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Passes over the value of a field.
fn pass<R: Read + Seek>(stream: &mut Stream<R>, wire: u8, end: u64) -> Result<(), Fault> {
    let until = match wire {
        VARINT => return stream.varint().map(drop),
        1 => stream.at().saturating_add(8),
        BYTES => extent(stream, end)?,
        5 => stream.at().saturating_add(4),
        _ => return damaged("it is no sound protobuf message"),
    };
    if until > end {
        return damaged("it ends in the middle");
    }
    stream.go_to(until)
}
