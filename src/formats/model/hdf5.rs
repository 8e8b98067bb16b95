//! HDF5 (<https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html>): its superblock says where the file ends.

use std::io::{Read, Seek};

use super::pickle::{Code, Import};
use super::stream::Stream;
use super::{Fault, Format, Head, damaged};

/// Bytes of the beginning that are looked through for layers of Keras that hold code.
const SEARCHED: u64 = 4 << 20;

pub(super) fn read<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Head, Fault> {
    stream.skip(8)?;
    let version = stream.u8()?;
    let (size_at, end_at) = match version {
        0 => (13, 24 + 16),
        1 => (13, 28 + 16),
        2 | 3 => (9, 12 + 16),
        _ => return damaged(format!("version {version} of its superblock is not known")),
    };
    stream.go_to(size_at)?;
    let size = stream.u8()?;
    if size == 8 {
        stream.go_to(end_at)?;
        let end = stream.u64()?;
        if end > stream.length() {
            return damaged(format!("it should have {end} bytes and has {}", stream.length()));
        }
    }
    let start = stream.start(SEARCHED)?;
    let mut head = Head::of(Format::Hdf5, format!("HDF5, superblock {version}"));
    if has_lambda(&start) {
        head.about.push_str(", a Keras model with a Lambda layer");
        head.code = Some(lambda());
    }
    Ok(head)
}

/// Whether the configuration of a Keras model has a layer of Python code.
pub(super) fn has_lambda(text: &[u8]) -> bool {
    [&b"\"class_name\": \"Lambda\""[..], b"\"class_name\":\"Lambda\""]
        .iter()
        .any(|needle| memchr::memmem::find(text, needle).is_some())
}

/// What a Lambda layer is: code of Python, kept by marshal.
pub(super) fn lambda() -> Code {
    Code { imports: vec![Import::new("keras.layers", "Lambda")], calls: 1, walked: false, hidden: false }
}
