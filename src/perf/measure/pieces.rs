//! The course of a run: blocks for statistics, points for pictures.

use std::ops::Range;

use super::{MeasureError, float, seconds};
use crate::perf::load::{Piece, Recording};
use crate::report::{Block, SeriesPoint};
use crate::stats::Histogram;

/// Most blocks of a run: enough for a rank test, each long enough to have percentiles of its own.
const MOST: usize = 20;
/// Fewest that many pieces are joined to, where fewer divide them more evenly.
const FEWEST: usize = 10;

/// One endpoint's pieces joined to at most 20 blocks of equal length; where the pieces do not divide, some are one piece
/// longer, and each says how long it is. What is left of a piece at the end belongs to the last block.
pub(super) fn blocks(
    endpoint: &str,
    pieces: &[Piece],
    length: u64,
    measured: u64,
) -> Result<Vec<Block>, MeasureError> {
    let ranges = block_ranges(whole_pieces(pieces.len(), length, measured));
    let last = ranges.len().saturating_sub(1);
    let mut blocks = Vec::with_capacity(ranges.len());
    for (number, range) in ranges.into_iter().enumerate() {
        let from = length.saturating_mul(range.start as u64);
        let to = if number == last { measured } else { length.saturating_mul(range.end as u64) };
        let end = if number == last { pieces.len() } else { range.end };
        let joined = join(endpoint, pieces.get(range.start..end).unwrap_or_default())?;
        blocks.push(Block {
            seconds: seconds(to.saturating_sub(from)),
            ok: joined.ok,
            failed: joined.failed,
            histogram: joined.times.encode(),
        });
    }
    Ok(blocks)
}

/// One point for each piece, all endpoints together. A last piece that is shorter than half of the others belongs to the
/// one before: in a few milliseconds a rate is chance.
pub(super) fn series(recording: &Recording) -> Result<Vec<SeriesPoint>, MeasureError> {
    let (length, measured) = (recording.piece_length, recording.measured);
    let pieces = recording.endpoints.iter().map(|endpoint| endpoint.pieces.len()).max().unwrap_or(0);
    let whole = whole_pieces(pieces, length, measured);
    let left = measured.saturating_sub(length.saturating_mul(whole as u64));
    let points = if whole == 0 || left >= length.div_ceil(2) { whole + 1 } else { whole };
    let points = points.min(pieces);
    let mut series = Vec::with_capacity(points);
    for point in 0..points {
        let is_last = point + 1 == points;
        let end = if is_last { pieces } else { point + 1 };
        let from = length.saturating_mul(point as u64);
        let to = if is_last { measured } else { from.saturating_add(length) };
        let mut all = Joined::default();
        for endpoint in &recording.endpoints {
            let range = point.min(endpoint.pieces.len())..end.min(endpoint.pieces.len());
            all.add(&join("", endpoint.pieces.get(range).unwrap_or_default())?);
        }
        let took = seconds(to.saturating_sub(from));
        let of_times = |value: u64| (!all.times.is_empty()).then_some(value);
        series.push(SeriesPoint {
            at: seconds(to),
            throughput: if took > 0.0 { float(all.ok) / took } else { 0.0 },
            failed: all.failed,
            p50: of_times(all.times.quantile(0.5)),
            p99: of_times(all.times.quantile(0.99)),
            max: of_times(all.times.summary().max),
        });
    }
    Ok(series)
}

/// How many pieces are whole.
fn whole_pieces(pieces: usize, length: u64, measured: u64) -> usize {
    usize::try_from(measured.checked_div(length).unwrap_or(0)).unwrap_or(usize::MAX).min(pieces)
}

/// Which pieces make a block: of 20 to 10 blocks so many that the pieces divide best, the larger number of two equal ones.
fn block_ranges(pieces: usize) -> Vec<Range<usize>> {
    let blocks = match pieces {
        0 => return std::iter::once(0..0).collect(),
        1..=MOST => pieces,
        _ => (FEWEST..=MOST).rev().min_by_key(|blocks| pieces % blocks).unwrap_or(MOST),
    };
    (0..blocks).map(|block| block * pieces / blocks..(block + 1) * pieces / blocks).collect()
}

/// Pieces put together.
#[derive(Debug, Default)]
struct Joined {
    ok: u64,
    failed: u64,
    times: Histogram,
}

impl Joined {
    fn add(&mut self, other: &Self) {
        self.ok = self.ok.saturating_add(other.ok);
        self.failed = self.failed.saturating_add(other.failed);
        self.times.add(&other.times);
    }
}

fn join(endpoint: &str, pieces: &[Piece]) -> Result<Joined, MeasureError> {
    let mut joined = Joined::default();
    for piece in pieces {
        let times = Histogram::decode(&piece.histogram).map_err(|error| MeasureError::Histogram {
            endpoint: endpoint.to_owned(),
            what: "block",
            error,
        })?;
        joined.add(&Joined { ok: piece.ok, failed: piece.failed, times });
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(pieces: usize) -> Vec<usize> {
        block_ranges(pieces).iter().map(Range::len).collect()
    }

    #[test]
    fn pieces_divide_as_evenly_as_they_can() {
        assert_eq!(lengths(5), [1; 5]);
        assert_eq!(lengths(20), [1; 20]);
        assert_eq!(lengths(30), [2; 15]);
        assert_eq!(lengths(60), [3; 20]);
        assert_eq!(lengths(150), [10; 15]);
        // 21 = 7 · 3, and 20 blocks leave one over like 10 do.
        assert_eq!(lengths(21).len(), 20);
        for pieces in 1..=300 {
            let lengths = lengths(pieces);
            assert_eq!(lengths.iter().sum::<usize>(), pieces);
            assert!(lengths.len() <= MOST && lengths.len() >= pieces.min(FEWEST));
            assert!(lengths.iter().max().unwrap() - lengths.iter().min().unwrap() <= 1);
        }
        assert_eq!(lengths(0), [0]);
    }

    #[test]
    fn what_is_left_of_a_piece_belongs_to_the_last_block() {
        let piece = |ok: u64| {
            let mut times = Histogram::new();
            times.record_many(1_000, ok);
            Piece { ok, failed: 1, histogram: times.encode() }
        };
        let pieces = [piece(10), piece(20), piece(3)];
        let blocks = blocks("a", &pieces, 1_000_000_000, 2_300_000_000).unwrap();
        let seen: Vec<(f64, u64, u64)> =
            blocks.iter().map(|block| (block.seconds, block.ok, block.failed)).collect();
        assert_eq!(seen, [(1.0, 10, 1), (1.3, 23, 2)]);
        assert_eq!(Histogram::decode(&blocks[1].histogram).unwrap().count(), 23);
        // A run of less than a piece is one block; no piece at all is an empty one.
        let short = super::blocks("a", &pieces[..1], 1_000_000_000, 400_000_000).unwrap();
        assert_eq!((short.len(), short[0].seconds, short[0].ok), (1, 0.4, 10));
        assert_eq!(super::blocks("a", &[], 1_000_000_000, 0).unwrap(), [Block::default()]);
        let wrong = Piece { histogram: "?".to_owned(), ..Piece::default() };
        assert!(super::blocks("a", &[wrong], 1, 1).is_err());
    }
}
