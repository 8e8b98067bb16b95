//! What the server knows, and the arithmetic to hold a report against it.

use std::time::{Duration, Instant};

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Its head, of the first few.
    pub(crate) head: String,
    /// Bytes of the body.
    pub(crate) body: usize,
    /// Which connection it came on, from 0.
    pub(crate) connection: u64,
    /// When its head was read.
    pub(crate) arrived: Instant,
    /// Just before the last byte of the answer was written; none when it never was.
    pub(crate) answered: Option<Instant>,
}

impl Seen {
    /// How long the answer took, in nanoseconds.
    pub(crate) fn took(&self) -> Option<u64> {
        Some(nanoseconds(self.answered?.duration_since(self.arrived)))
    }

    /// The number at the end of its path.
    pub(crate) fn counter(&self) -> u64 {
        self.path.rsplit('/').next().unwrap().parse().unwrap()
    }
}

pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap()
}

/// Times, ascending.
#[derive(Clone, Debug)]
pub(crate) struct Sorted(pub(crate) Vec<u64>);

impl Sorted {
    pub(crate) fn new(times: impl IntoIterator<Item = u64>) -> Self {
        let mut all: Vec<u64> = times.into_iter().collect();
        assert!(!all.is_empty(), "there are times to look at");
        all.sort_unstable();
        Self(all)
    }

    /// The smallest that at least this share does not exceed (nearest rank).
    pub(crate) fn quantile(&self, share: f64) -> u64 {
        let count = self.0.len() as f64;
        // 0.9 · 2,000 is a little over 1,800 in binary.
        let rank = (share * count - 1e-6).ceil().max(1.0) as usize;
        self.0[rank.min(self.0.len()) - 1]
    }

    pub(crate) fn mean(&self) -> f64 {
        self.0.iter().sum::<u64>() as f64 / self.0.len() as f64
    }
}

/// How late each arrival was against a constant rate, in nanoseconds, by the number in its path; the least late one
/// was on time.
pub(crate) fn lateness(seen: &[Seen], rate: f64) -> Vec<u64> {
    let first = seen.iter().map(|one| one.arrived).min().unwrap();
    let offsets: Vec<f64> = seen
        .iter()
        .map(|one| one.arrived.duration_since(first).as_secs_f64() - one.counter() as f64 / rate)
        .collect();
    let least = offsets.iter().copied().fold(f64::INFINITY, f64::min);
    offsets.iter().map(|offset| ((offset - least) * 1e9) as u64).collect()
}
