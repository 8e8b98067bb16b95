//! Apache Parquet (<https://parquet.apache.org/docs/file-format/>): `PAR1` at both ends, and before the last eight bytes a
//! description of the columns in Thrift.

use std::io::{Read, Seek};

use super::stream::Stream;
use super::thrift::{self, Told};
use super::{Fault, Format, Head, counted, damaged};

/// Longest description that is read, in bytes.
const FOOTER: u64 = 256 << 20;

pub(super) fn read<R: Read + Seek>(stream: &mut Stream<R>) -> Result<Head, Fault> {
    let length = stream.length();
    if length < 12 {
        return damaged("it ends in the middle");
    }
    let first = stream.array::<4>()?;
    stream.go_to(length - 8)?;
    let size = u64::from(stream.u32()?);
    let last = stream.array::<4>()?;
    if last != first {
        return damaged("the last four bytes are not PAR1");
    }
    if size == 0 || size > length - 12 {
        return damaged(format!("its description has {size} bytes, and the file {length}"));
    }
    if first == *b"PARE" {
        return Ok(Head::of(Format::Parquet, "Parquet, its description encrypted".to_owned()));
    }
    if size > FOOTER {
        return damaged(format!("its description has {size} bytes; at most {FOOTER} are read"));
    }
    let start = length - 8 - size;
    stream.go_to(start)?;
    let mut columns = Columns { data_end: i64::try_from(start).unwrap_or(i64::MAX), ..Columns::default() };
    thrift::walk(stream, &mut |path, told| columns.hear(path, told))?;
    if stream.at() != length - 8 {
        return damaged("its description is not of the length that it has");
    }
    let Some(rows) = columns.rows.and_then(|rows| u64::try_from(rows).ok()) else {
        return damaged("its description has no number of rows");
    };
    if columns.elements == 0 {
        return damaged("its description has no columns");
    }
    let about = format!(
        "Parquet, {}, {}, {}",
        counted(columns.leaves, "column"),
        counted(rows, "row"),
        counted(columns.groups, "row group")
    );
    Ok(Head::of(Format::Parquet, about))
}

/// What is gathered of a `FileMetaData`.
#[derive(Default)]
struct Columns {
    rows: Option<i64>,
    groups: u64,
    /// Elements of the schema: the root, groups, columns.
    elements: u64,
    /// Those without children: columns.
    leaves: u64,
    has_children: bool,
    /// Bytes of the current chunk, and where its pages begin.
    size: i64,
    pages: Option<i64>,
    /// Where the data ends and the description begins.
    data_end: i64,
}

impl Columns {
    /// Field ids are those of `parquet.thrift`.
    fn hear(&mut self, path: &[i64], told: Told) -> Result<(), Fault> {
        match (path, told) {
            ([3], Told::Integer(rows)) => self.rows = Some(rows),
            ([4], Told::List(groups)) => self.groups = groups,
            ([2, 5], Told::Integer(children)) => self.has_children = children > 0,
            ([2], Told::End) => {
                self.elements += 1;
                self.leaves += u64::from(!self.has_children);
                self.has_children = false;
            }
            // RowGroup.columns, ColumnChunk.meta_data: total_compressed_size, data and dictionary pages.
            ([4, 1, 3, 7], Told::Integer(size)) => self.size = size,
            ([4, 1, 3, 9 | 11], Told::Integer(at)) if at > 0 => {
                self.pages = Some(self.pages.map_or(at, |pages| pages.min(at)));
            }
            ([4, 1, 3], Told::End) => {
                let at = self.pages.take().unwrap_or(4);
                let fits = at >= 4 && self.size >= 0 && at.saturating_add(self.size) <= self.data_end;
                if !fits {
                    return damaged(format!(
                        "a column of {} bytes at byte {at} does not fit into the file",
                        self.size
                    ));
                }
                self.size = 0;
            }
            _ => {}
        }
        Ok(())
    }
}
