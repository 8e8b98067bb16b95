//! Distributions of times in nanoseconds: `HdrHistogram` with three significant digits, so that every value read back is
//! within 0.1 % of one that was recorded, in constant memory and with an exact sum over threads and machines.

use std::io::Read as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::Histogram as Hdr;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2DeflateSerializer};

/// Largest time kept, in nanoseconds: one hour; longer ones count as that long.
pub const LARGEST: u64 = 3_600_000_000_000;
/// Significant decimal digits kept.
const DIGITS: u8 = 3;
/// Largest encoded form read, in bytes of base64 and again in bytes when unpacked: a histogram of these bounds with every
/// counter in use needs less.
const LONGEST: usize = 1 << 20;
/// Most samples read: a hundred thousand histograms of so many can be added before a sum is too large for its number.
const MOST_SAMPLES: u64 = 1 << 46;
/// First bytes of the V2 encoding with DEFLATE.
const PACKED: [u8; 4] = [0x1c, 0x84, 0x93, 0x14];
/// Bytes of the V2 encoding before its counters.
const HEAD: usize = 40;

/// What new ones are copies of: a copy of so many counters is made at once, and not one by one.
#[expect(clippy::expect_used, reason = "the bounds are constants that the library takes; a test makes one")]
static EMPTY: LazyLock<Hdr<u64>> =
    LazyLock::new(|| Hdr::new_with_bounds(1, LARGEST, DIGITS).expect("bounds are valid"));

/// A distribution of times.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram(Hdr<u64>);

/// What people read of a distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// Samples.
    pub count: u64,
    /// Smallest; all values are 0 without a sample.
    pub min: u64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation.
    pub stdev: f64,
    /// Largest.
    pub max: u64,
}

/// Encodes one histogram after another. Its memory is used again, which is most of what encoding a single one costs.
#[derive(Default)]
pub struct Encoder {
    serializer: V2DeflateSerializer,
    bytes: Vec<u8>,
}

impl Encoder {
    /// As [`Histogram::encode`].
    pub fn encode(&mut self, histogram: &Histogram) -> String {
        if histogram.0.is_empty() {
            return String::new();
        }
        self.bytes.clear();
        match self.serializer.serialize(&histogram.0, &mut self.bytes) {
            Ok(_) => STANDARD.encode(&self.bytes),
            Err(_) => String::new(),
        }
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoder")
    }
}

/// Why text is no histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an HdrHistogram in V2 encoding with DEFLATE and base64, of times up to an hour with three digits"
)]
pub struct DecodeError;

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// An empty distribution.
    #[must_use]
    pub fn new() -> Self {
        Self(EMPTY.clone())
    }

    /// Counts one time. Does not allocate.
    pub fn record(&mut self, nanoseconds: u64) {
        self.0.saturating_record(nanoseconds.min(LARGEST));
    }

    /// Counts several equal times.
    pub fn record_many(&mut self, nanoseconds: u64, count: u64) {
        self.0.saturating_record_n(nanoseconds.min(LARGEST), count);
    }

    /// Adds all samples of another.
    pub fn add(&mut self, other: &Self) {
        // Both have the same bounds, so that nothing is out of range.
        let _ = self.0.add(&other.0);
    }

    /// Forgets all samples and keeps the memory.
    pub fn clear(&mut self) {
        self.0.reset();
    }

    /// Samples.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The smallest time that at least `share` (0 to 1) of the samples do not exceed; 0 without a sample.
    #[must_use]
    pub fn quantile(&self, share: f64) -> u64 {
        if self.0.is_empty() { 0 } else { self.0.value_at_quantile(share).min(self.0.max()) }
    }

    /// [`Self::quantile`] of several shares in one pass; they must ascend, and a share of 0 is not among them.
    #[must_use]
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> [u64; N] {
        let mut found = [0; N];
        if !self.0.is_empty() {
            let values = self.0.value_at_quantiles(shares);
            found.iter_mut().zip(values).for_each(|(slot, value)| *slot = value.min(self.0.max()));
        }
        found
    }

    /// Count, extremes and moments.
    #[must_use]
    pub fn summary(&self) -> Summary {
        if self.0.is_empty() {
            return Summary::default();
        }
        Summary {
            count: self.0.len(),
            min: self.0.min(),
            mean: self.0.mean(),
            stdev: self.0.stdev(),
            max: self.0.max(),
        }
    }

    /// Times with their number of samples, ascending; each time is the largest that falls together with those recorded.
    pub fn recorded(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter_recorded().map(|step| (step.value_iterated_to(), step.count_since_last_iteration()))
    }

    /// The V2 encoding with DEFLATE in base64, as other `HdrHistogram` implementations read it; empty without a sample.
    #[must_use]
    pub fn encode(&self) -> String {
        Encoder::default().encode(self)
    }

    /// Reads [`Self::encode`]'s form. Histograms of other bounds are taken if all their times fit.
    ///
    /// # Errors
    /// When the text is something else, or unreasonably large.
    pub fn decode(text: &str) -> Result<Self, DecodeError> {
        if text.is_empty() {
            return Ok(Self::new());
        }
        if text.len() > LONGEST {
            return Err(DecodeError);
        }
        let packed = STANDARD.decode(text).map_err(|_| DecodeError)?;
        let bytes = unpacked(&packed).ok_or(DecodeError)?;
        let read: Hdr<u64> =
            Deserializer::new().deserialize(&mut bytes.as_slice()).map_err(|_| DecodeError)?;
        if read.sigfig() != DIGITS || read.max() > LARGEST + LARGEST / 1000 || read.len() > MOST_SAMPLES {
            return Err(DecodeError);
        }
        if read.low() == 1 && read.high() == LARGEST {
            return Ok(Self(read));
        }
        let mut all = Self::new();
        for step in read.iter_recorded() {
            all.record_many(step.value_iterated_to(), step.count_at_value());
        }
        Ok(all)
    }
}

/// The V2 encoding without DEFLATE, if its head tells the truth: the reader of it sets aside as much memory as the head
/// says, before it sees how much there is.
fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    // After the first bytes stands the length of what follows.
    let (length, rest) = packed.strip_prefix(&PACKED)?.split_first_chunk::<4>()?;
    let rest = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let mut bytes = Vec::new();
    ZlibDecoder::new(rest).take(LONGEST as u64 + 1).read_to_end(&mut bytes).ok()?;
    let (_, length) = bytes.get(..8)?.split_last_chunk::<4>()?;
    let counters = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (_, digits) = bytes.get(..16)?.split_last_chunk::<4>()?;
    let digits = u32::from_be_bytes(*digits);
    let sound =
        bytes.len() <= LONGEST && bytes.len() == HEAD.checked_add(counters)? && digits == u32::from(DIGITS);
    sound.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_within_a_thousandth() {
        let mut histogram = Histogram::new();
        for value in [1, 999, 123_456, 7_777_777_777, LARGEST, u64::MAX] {
            histogram.clear();
            histogram.record(value);
            let read = histogram.quantile(0.5);
            let expected = value.min(LARGEST);
            assert!(read.abs_diff(expected) <= expected / 1000, "{value} {read}");
        }
    }

    #[test]
    fn quantiles_of_known_samples() {
        let mut histogram = Histogram::new();
        (1..=1000).for_each(|value| histogram.record(value));
        // Nearest rank: the 950th of a thousand.
        assert_eq!(histogram.quantile(0.95), 950);
        assert_eq!((histogram.quantile(0.0), histogram.quantile(1.0)), (1, 1000));
        assert_eq!(histogram.quantiles([0.001, 0.5, 0.95, 0.95, 1.0]), [1, 500, 950, 950, 1000]);
        assert_eq!(Histogram::new().quantiles([0.5, 0.9]), [0, 0]);
        let summary = histogram.summary();
        assert_eq!((summary.count, summary.min, summary.max), (1000, 1, 1000));
        assert!((summary.mean - 500.5).abs() < 0.001, "{}", summary.mean);
        assert_eq!(Histogram::new().quantile(0.5), 0);
        assert_eq!(Histogram::new().summary(), Summary::default());
    }

    #[test]
    fn the_encoding_round_trips_and_refuses_others() {
        let mut histogram = Histogram::new();
        for step in 0..5_000_u64 {
            histogram.record(step * step * 37 + 1);
        }
        let text = histogram.encode();
        let read = Histogram::decode(&text).unwrap();
        let mut encoder = Encoder::default();
        let mut one = Histogram::new();
        one.record(7);
        let others = [&one, &Histogram::new(), &histogram, &one].map(|histogram| encoder.encode(histogram));
        assert_eq!(others, [one.encode(), String::new(), text.clone(), one.encode()]);
        assert_eq!(read.recorded().collect::<Vec<_>>(), histogram.recorded().collect::<Vec<_>>());
        assert!(Histogram::decode("").unwrap().is_empty());
        for wrong in ["x", "AAAA", &text[..text.len() / 2], "HISTFAAA"] {
            assert!(Histogram::decode(wrong).is_err(), "{wrong}");
        }
    }

    /// The encoding with a head of one's own choice and whatever counters.
    fn forged(claimed: u32, digits: u32, counters: &[u8]) -> String {
        use std::io::Write as _;
        let mut plain = vec![0x1c, 0x84, 0x93, 0x13];
        plain.extend(claimed.to_be_bytes());
        plain.extend(0_u32.to_be_bytes());
        plain.extend(digits.to_be_bytes());
        plain.extend(1_u64.to_be_bytes());
        plain.extend(LARGEST.to_be_bytes());
        plain.extend(1.0_f64.to_be_bytes());
        plain.extend(counters);
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&plain).unwrap();
        let zlib = encoder.finish().unwrap();
        let mut packed = PACKED.to_vec();
        packed.extend(u32::try_from(zlib.len()).unwrap().to_be_bytes());
        packed.extend(zlib);
        STANDARD.encode(packed)
    }

    #[test]
    fn a_head_that_lies_is_refused() {
        // ZigZag: 6 is three samples, after 8 counters that are skipped (15 is -8).
        let sound = Histogram::decode(&forged(2, 3, &[15, 6])).unwrap();
        assert_eq!(sound.recorded().collect::<Vec<_>>(), [(8, 3)]);
        for (claimed, digits, counters) in [(u32::MAX, 3, &[15, 6][..]), (1, 3, &[15, 6]), (2, 5, &[15, 6])] {
            assert_eq!(Histogram::decode(&forged(claimed, digits, counters)), Err(DecodeError));
        }
        // What unpacks to gigabytes is not unpacked.
        let bomb = forged(8 << 20, 3, &vec![0; 8 << 20]);
        assert!(bomb.len() < LONGEST && Histogram::decode(&bomb).is_err());
        // The largest count there can be: sums of such would overflow.
        let huge = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(Histogram::decode(&forged(9, 3, &huge)), Err(DecodeError));
    }
}
