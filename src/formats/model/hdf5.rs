//! HDF5 (<https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html>): its superblock says where the file ends.

use std::io::{self, Read, Seek};

use super::pickle::{Code, Import};
use super::stream::Stream;
use super::{Fault, Format, Head, damaged};

/// What a superblock begins with.
pub(super) const MARK: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Furthest place that a superblock is looked for at, in bytes. It stands at the beginning, or after a block of the user's
/// that has 512 bytes or twice as much again and again.
const FURTHEST: u64 = 64 << 10;
/// Bytes of the beginning that are looked through for layers of Keras that hold code.
const SEARCHED: u64 = 4 << 20;

/// Where a superblock begins that is not at the beginning.
pub(super) fn after_user_block<R: Read + Seek>(stream: &mut Stream<R>) -> io::Result<Option<u64>> {
    let start = stream.start(FURTHEST + MARK.len() as u64)?;
    let places = std::iter::successors(Some(512_u64), |place| place.checked_mul(2));
    Ok(places.take_while(|place| *place <= FURTHEST).find(|place| {
        usize::try_from(*place)
            .ok()
            .and_then(|place| start.get(place..))
            .is_some_and(|rest| rest.starts_with(MARK))
    }))
}

/// Reads the superblock that begins at `base`.
pub(super) fn read<R: Read + Seek>(stream: &mut Stream<R>, base: u64) -> Result<Head, Fault> {
    stream.go_to(base + 8)?;
    let version = stream.u8()?;
    let (size_at, end_at) = match version {
        0 => (13, 24 + 16),
        1 => (13, 28 + 16),
        2 | 3 => (9, 12 + 16),
        _ => return damaged(format!("version {version} of its superblock is not known")),
    };
    stream.go_to(base + size_at)?;
    let size = stream.u8()?;
    if size == 8 {
        stream.go_to(base + end_at)?;
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
