//! Where values have been: a band that a few wild ones do not move.

use super::robust::{count, median};

/// Values from which a band says anything; below, it is learning.
pub const LEARNED: usize = 10;
/// What a median of absolute deviations is multiplied with to be a standard deviation where values are normal.
const NORMAL: f64 = 1.4826;
/// See [`widening`].
const UNSURE: f64 = 120.0;

/// A band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// How many values it is made of.
    pub points: usize,
    /// Their median.
    pub median: f64,
    /// Their robust standard deviation: 1.4826 · MAD.
    pub spread: f64,
    /// How far it reaches on both sides.
    pub half: f64,
    /// The same without its widening for few values: how far two values are apart at the most that differ as usual.
    pub usual: f64,
}

impl Band {
    /// Its least value.
    #[must_use]
    pub const fn low(&self) -> f64 {
        self.median - self.half
    }

    /// Its largest value.
    #[must_use]
    pub const fn high(&self) -> f64 {
        self.median + self.half
    }

    /// Whether it is made of too few values to judge by.
    #[must_use]
    pub const fn is_learning(&self) -> bool {
        self.points < LEARNED
    }

    /// Whether a value lies in it.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        value >= self.low() && value <= self.high()
    }
}

/// `median ± max(k · w · 1.4826 · MAD, margin · |median|, floor)` of values; none without any. `w` is `1 + 120 / n²`: see `widening`.
#[must_use]
pub fn band(values: &[f64], k: f64, margin: f64, floor: f64) -> Option<Band> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let points = sorted.len();
    let middle = median(&mut sorted)?;
    let mut away: Vec<f64> = sorted.iter().map(|value| (value - middle).abs()).collect();
    let spread = NORMAL * median(&mut away)?;
    let reach = |spread: f64| (k * spread).max(margin * middle.abs()).max(floor);
    let (half, usual) = (reach(widening(points) * spread), reach(spread));
    Some(Band { points, median: middle, spread, half, usual })
}

/// How much wider a band is for being made of few values: the MAD of ten is half of what it should be one time in ten. With
/// `1 + 120 / n²` the next of normal values is above a band of k = 4 one time in two thousand for n = 10, and hardly more often for others
/// (400,000 draws for each n: 8.9 spreads are exceeded that often for n = 10, 6.4 for 15, 5.3 for 20, 4.5 for 30).
#[must_use]
fn widening(points: usize) -> f64 {
    1.0 + UNSURE / count(points.max(1)).powi(2)
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    #[test]
    fn the_nile() {
        // tests/interop/statistics.py: median and scaled MAD of the flows are 893.5 and 179.3946.
        let band = band(&super::super::change_points::NILE, 4.0, 0.05, 0.0).unwrap();
        assert!((band.median - 893.5).abs() < 1e-9 && (band.spread - 179.3946).abs() < 1e-9, "{band:?}");
        assert!((band.half - 4.0 * 1.012 * 179.3946).abs() < 1e-9, "{band:?}");
        assert!(band.holds(456.0) && !band.holds(1700.0) && !band.is_learning());
    }

    #[test]
    fn least_widths() {
        let still = [200.0; 12];
        assert_eq!(band(&still, 4.0, 0.05, 0.0).map(|band| [band.low(), band.high()]), Some([190.0, 210.0]));
        assert_eq!(band(&still, 4.0, 0.05, 50.0).map(|band| band.half), Some(50.0));
        assert!(band(&[0.0; 12], 4.0, 0.05, 0.0).unwrap().holds(0.0));
        assert!(band(&[1.0; 9], 4.0, 0.05, 0.0).unwrap().is_learning());
        assert_eq!(band(&[f64::NAN], 4.0, 0.05, 0.0), None);
        // One wild value among many moves nothing.
        let mut wild = still;
        wild[3] = 1e9;
        assert_eq!(band(&wild, 4.0, 0.05, 0.0).map(|band| band.half), Some(10.0));
    }

    #[test]
    fn few_values_raise_few_alarms() {
        let mut random = Random::new(11);
        // Sums of twelve uniform numbers are all but normal.
        let mut normal = || (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        for points in [10, 20] {
            let out = (0..4_000)
                .filter(|_| {
                    let values: Vec<f64> = (0..points).map(|_| normal()).collect();
                    band(&values, 4.0, 0.0, 0.0).is_some_and(|band| normal() > band.high())
                })
                .count();
            assert!(out <= 12, "{points} {out}");
        }
    }
}
