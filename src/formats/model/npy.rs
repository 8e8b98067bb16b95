//! Arrays of `NumPy` (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>): a magic, a Python
//! dictionary as text, the numbers. Arrays of objects are a pickle instead of numbers.

use std::io::{Read, Seek};

use super::pickle::{self, Code};
use super::stream::Stream;
use super::{Fault, Format, Head, damaged, shown};

/// Longest header that is read, in bytes.
const HEADER: usize = 1 << 20;

pub(super) fn read<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Head, Fault> {
    stream.skip(6)?;
    let (major, _minor) = (stream.u8()?, stream.u8()?);
    let size = match major {
        1 => u64::from(stream.u16()?),
        2 | 3 => u64::from(stream.u32()?),
        _ => return damaged(format!("version {major} of the format is not known")),
    };
    let header = stream.bytes(size, HEADER)?;
    let header = String::from_utf8_lossy(&header);
    let (Some(kind), Some(shape)) = (value_of(&header, "descr"), value_of(&header, "shape")) else {
        return damaged("its header names no type and no shape");
    };
    let about = format!("NumPy array {} of {}", shown(shape), shown(kind));
    let mut head = Head::of(Format::Npy, about);
    if has_objects(kind) {
        let code: Code = pickle::walk(stream)?.code;
        head.about.push_str(", objects: a pickle");
        head.code = Some(code);
        return Ok(head);
    }
    let mut sizes = shape.split([',', '(', ')', ' ']).filter(|part| !part.is_empty());
    let elements = sizes.try_fold(1_u64, |all, size| {
        size.trim_end_matches('L').parse().ok().and_then(|size: u64| all.checked_mul(size))
    });
    let Some(elements) = elements else { return damaged("its shape is no row of numbers") };
    if let Some(size) = item_size(kind) {
        let wanted = elements.saturating_mul(size);
        if wanted != stream.rest() {
            return damaged(format!("its shape takes {wanted} bytes, and {} are there", stream.rest()));
        }
    }
    Ok(head)
}

/// The text of a value in a dictionary of Python, up to the comma after it.
fn value_of<'t>(header: &'t str, key: &str) -> Option<&'t str> {
    let (_, rest) = header.split_once(&format!("'{key}':"))?;
    let rest = rest.trim_start();
    let (mut depth, mut quoted) = (0_i32, false);
    let end = rest.char_indices().find(|(_, c)| {
        match c {
            '\'' => quoted = !quoted,
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth -= 1,
            ',' | '}' if !quoted && depth == 0 => return true,
            _ => {}
        }
        false
    });
    rest.get(..end?.0).map(str::trim)
}

/// Whether a type is or holds objects of Python: `'|O'`, `'i4,O'`, `'object'`, also as the field of a record. Names of
/// fields, which stand directly after a bracket, are no types.
fn has_objects(kind: &str) -> bool {
    let mut before = "";
    kind.split('\'').enumerate().any(|(place, word)| {
        if place % 2 == 0 {
            before = word;
            return false;
        }
        !before.trim_end().ends_with('(') && (word.contains('O') || word.contains("object"))
    })
}

/// Bytes of an element of a plain type: `<f8`, `|S10`, `<U5`, `<M8[ns]`.
fn item_size(kind: &str) -> Option<u64> {
    let inner = kind.strip_prefix('\'')?.strip_suffix('\'')?;
    let inner = inner.trim_start_matches(['<', '>', '|', '=']);
    let (letter, size) = (inner.chars().next()?, inner.get(1..)?);
    let size: u64 = size.split('[').next()?.parse().ok()?;
    match letter {
        'U' => size.checked_mul(4),
        'b' | 'i' | 'u' | 'f' | 'c' | 'S' | 'a' | 'V' | 'm' | 'M' | '?' => Some(size),
        _ => None,
    }
}

/// Whether the beginning of an array says that it holds objects.
pub(super) fn holds_objects(start: &[u8]) -> bool {
    start.starts_with(b"\x93NUMPY")
        && value_of(&String::from_utf8_lossy(start.get(8..).unwrap_or_default()), "descr")
            .is_none_or(has_objects)
}
