//! The head of an `SQLite` database (<https://sqlite.org/fileformat2.html>, section 1.3), all of it big-endian.

use std::io::{Read, Seek};

use super::stream::Stream;
use super::{Fault, Format, Head, counted, damaged};

pub(super) fn read<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Head, Fault> {
    let head = stream.array::<100>()?;
    let byte = |at: usize| head.get(at).copied().unwrap_or(0);
    let number = |at: usize| {
        head.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u32::from_be_bytes(*chunk))
    };
    // The largest page does not fit into two bytes and is written 1.
    let page = match u64::from(byte(16)) << 8 | u64::from(byte(17)) {
        1 => 65_536,
        size => size,
    };
    if !page.is_power_of_two() || !(512..=65_536).contains(&page) {
        return damaged(format!("its pages have {page} bytes, which is no such size"));
    }
    if (byte(21), byte(22), byte(23)) != (64, 32, 32) {
        return damaged("the payload fractions of its head are not 64, 32 and 32");
    }
    if !matches!(byte(18), 1 | 2) || !matches!(byte(19), 1 | 2) {
        return damaged("its head names a version of the format that is not known");
    }
    if number(44) > 4 || number(56) > 3 {
        return damaged("its head names a schema format or a text encoding that is not known");
    }
    let length = stream.length();
    if length < page {
        return damaged(format!("it has {length} bytes, less than one page of {page}"));
    }
    // The size in the head counts only if the last writer was one that keeps it.
    let stated = u64::from(number(28));
    let is_kept = stated > 0 && number(24) == number(92);
    let wal = byte(19) == 2;
    // In WAL mode pages may stand beside the file that it does not have yet.
    if is_kept && stated * page > length && !wal {
        return damaged(format!(
            "its head says {stated} pages of {page} bytes, and {length} bytes are there"
        ));
    }
    let mut about = format!("SQLite 3, {} of {page} bytes", counted(length / page, "page"));
    if wal {
        about.push_str(", WAL mode: newer changes may stand in the file -wal beside it");
    }
    if !length.is_multiple_of(page) {
        about.push_str(", its last page is not whole");
    }
    Ok(Head::of(Format::Sqlite, about))
}
