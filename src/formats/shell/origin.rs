//! Where derived text came from: line numbers of a file, and offsets of joined or unquoted text in that file.

use std::ops::Range;

/// The starts of all lines of a text, for turning a byte offset into a line number.
#[derive(Clone, Debug, Default)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Indexes `text`; a line ends with `\n`.
    pub fn new(text: &str) -> Self {
        let after_newline = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Self { starts: std::iter::once(0).chain(after_newline).collect() }
    }

    /// The line, counted from 1, that holds the byte at `offset`.
    pub fn line(&self, offset: usize) -> u32 {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    /// How many lines there are; an empty last line after a final newline counts.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of the line with index `line` (from 0), its newline included.
    pub fn range(&self, line: usize, length: usize) -> Option<Range<usize>> {
        let start = self.starts.get(line).copied()?;
        Some(start..self.starts.get(line + 1).copied().unwrap_or(length))
    }
}

/// Maps offsets in a text that was put together from pieces back to where the pieces stood. Empty, it is the identity.
#[derive(Clone, Debug, Default)]
pub struct OffsetMap {
    /// Offset in the new text, offset where that piece stood; ascending in the first.
    runs: Vec<(usize, usize)>,
}

impl OffsetMap {
    /// Notes that the piece which starts at `derived` stood at `source`. `derived` must not decrease from call to call.
    pub fn note(&mut self, derived: usize, source: usize) {
        if let Some(&(last_derived, last_source)) = self.runs.last() {
            if last_derived == derived {
                self.runs.pop();
            } else if last_source + (derived - last_derived) == source {
                return;
            }
        }
        self.runs.push((derived, source));
    }

    /// Where the byte at `derived` stood.
    pub fn source(&self, derived: usize) -> usize {
        let next = self.runs.partition_point(|&(start, _)| start <= derived);
        match next.checked_sub(1).and_then(|at| self.runs.get(at)) {
            Some(&(start, source)) => source + (derived - start),
            None => derived,
        }
    }
}

/// The place of a text in a file: its offset map, and the maps around it when it was taken out of another derived text.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The lines of the file.
    pub lines: &'a LineIndex,
    /// From offsets in the text to offsets in the text around it, or in the file.
    pub map: &'a OffsetMap,
    /// The text around it; `None` when that is the file.
    pub outer: Option<&'a Self>,
}

impl Origin<'_> {
    /// The byte offset in the file of the byte at `offset` in the text.
    pub fn offset(&self, offset: usize) -> usize {
        let mut offset = self.map.source(offset);
        let mut outer = self.outer;
        while let Some(around) = outer {
            offset = around.map.source(offset);
            outer = around.outer;
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines() {
        let lines = LineIndex::new("a\nbc\n\nd");
        let of: Vec<u32> = (0..7).map(|offset| lines.line(offset)).collect();
        assert_eq!(of, [1, 1, 2, 2, 2, 3, 4]);
        assert_eq!(lines.count(), 4);
        assert_eq!(lines.range(1, 7), Some(2..5));
        assert_eq!(lines.range(3, 7), Some(6..7));
    }

    #[test]
    fn pieces_are_found_again() {
        let mut map = OffsetMap::default();
        map.note(0, 10);
        map.note(3, 13);
        map.note(5, 40);
        assert_eq!([map.source(0), map.source(4), map.source(5), map.source(7)], [10, 14, 40, 42]);
        assert_eq!(OffsetMap::default().source(9), 9);
    }
}
