//! Where values go: the slope that wild values do not move, and how sure it is.

use super::rank::upper_tail;
use super::robust::{count, mean, median};

/// Most points whose pairs are looked at. Of more, neighbours are put together (mean of their times, median of their values)
/// until so many are left: half a million pairs are a few milliseconds.
const MOST: usize = 1_000;
/// 97.5 % of a standard normal variable lie below.
const NORMAL: f64 = 1.959_963_984_540_054;

/// A trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// Change of the value in one unit of time: the median of the slopes between all pairs (Theil 1950, Sen 1968).
    pub slope: f64,
    /// 95 % interval of it, by the variance of Kendall's statistic with its corrections for ties (Sen 1968, section 5), as
    /// `scipy.stats.theilslopes` reckons it.
    pub interval: [f64; 2],
    /// Two-sided p of Mann (1945) and Kendall (1975), with corrections for ties and continuity: the chance of such an order where
    /// there is no trend.
    pub p: f64,
}

/// The trend of values at times, in any order. None with fewer than three, or without two different times. Values and times
/// that are no finite numbers are left out.
#[must_use]
pub fn trend(points: &[(f64, f64)]) -> Option<Trend> {
    let mut points: Vec<(f64, f64)> =
        points.iter().copied().filter(|(time, value)| time.is_finite() && value.is_finite()).collect();
    points.sort_by(|one, other| one.0.total_cmp(&other.0));
    if points.len() > MOST {
        points = put_together(&points);
    }
    if points.len() < 3 {
        return None;
    }
    let mut slopes = Vec::with_capacity(points.len() * (points.len() - 1) / 2);
    let mut score = 0.0;
    for (place, (from, before)) in points.iter().enumerate() {
        for (to, after) in points.iter().skip(place + 1) {
            if to > from {
                slopes.push((after - before) / (to - from));
                score += sign(after - before);
            }
        }
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let slope = median(&mut slopes)?;
    let pairs = slopes.len();
    let (tied_times, tied_values) = (ties(points.iter().map(|(time, _)| *time)), ties(values(&points)));
    let all = term(points.len());
    let half = NORMAL * ((all - tied_times - tied_values).max(0.0) / 18.0).sqrt();
    let low = place((count(pairs) - half) / 2.0) - 1;
    let high = place(f64::midpoint(count(pairs), half));
    let at = |place: i64| {
        let last = i64::try_from(pairs).unwrap_or(i64::MAX) - 1;
        usize::try_from(place.clamp(0, last)).ok().and_then(|place| slopes.get(place)).copied()
    };
    let variance = (all - tied_values) / 18.0;
    let p = if score.abs() < 1.0 || variance <= 0.0 {
        1.0
    } else {
        (2.0 * upper_tail((score.abs() - 1.0) / variance.sqrt())).min(1.0)
    };
    Some(Trend { slope, interval: [at(low)?, at(high)?], p })
}

/// A rank, which is below 2^53 in size.
#[expect(clippy::cast_possible_truncation, reason = "there are at most half a million pairs")]
fn place(rank: f64) -> i64 {
    rank.round_ties_even() as i64
}

fn sign(difference: f64) -> f64 {
    if difference > 0.0 {
        1.0
    } else if difference < 0.0 {
        -1.0
    } else {
        0.0
    }
}

fn values(points: &[(f64, f64)]) -> impl Iterator<Item = f64> {
    points.iter().map(|(_, value)| *value)
}

/// `n (n − 1) (2n + 5)`.
fn term(things: usize) -> f64 {
    let n = count(things);
    n * (n - 1.0) * (2.0 * n + 5.0)
}

/// Sum of [`term`] over groups of equal values.
fn ties(values: impl Iterator<Item = f64>) -> f64 {
    // Minus zero equals zero.
    let mut sorted: Vec<f64> = values.map(|value| value + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.chunk_by(|one, other| one.total_cmp(other).is_eq()).map(|group| term(group.len())).sum()
}

/// [`MOST`] points or fewer of more.
fn put_together(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let size = points.len().div_ceil(MOST);
    let one = |group: &[(f64, f64)]| {
        let times: Vec<f64> = group.iter().map(|(time, _)| *time).collect();
        Some((mean(&times)?, median(&mut values(group).collect::<Vec<f64>>())?))
    };
    points.chunks(size).filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::change_points::NILE;
    use super::super::random::Random;
    use super::*;

    fn close(found: f64, expected: f64, relative: f64) {
        assert!((found - expected).abs() <= expected.abs() * relative, "{found} {expected}");
    }

    fn holds(found: Option<Trend>, [slope, low, high, p]: [f64; 4]) {
        let found = found.unwrap();
        close(found.slope, slope, 1e-12);
        close(found.interval[0], low, 1e-12);
        close(found.interval[1], high, 1e-12);
        close(found.p, p, 1e-5);
    }

    fn every(values: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
        values.into_iter().enumerate().map(|(time, value)| (count(time), value)).collect()
    }

    // The numbers of this test are those of SciPy, printed by tests/interop/statistics.py.
    #[test]
    fn values_of_scipy() {
        // The example of Sen (1968), section 6.
        let sen =
            [(1.0, 9.0), (2.0, 15.0), (3.0, 19.0), (4.0, 20.0), (10.0, 45.0), (12.0, 55.0), (18.0, 78.0)];
        holds(trend(&sen), [4.0, 3.714_285_714_285_714_4, 4.375, 0.002_666_681_793_614_093_5]);
        // The order in which points are given does not matter.
        let mut turned = sen;
        turned.reverse();
        assert_eq!(trend(&turned), trend(&sen));
        let nile = [-2.6, -3.627_906_976_744_186, -1.428_571_428_571_428_6, 3.658_262_921_664_327e-5];
        holds(trend(&every(NILE)), nile);
        // Irregular times, many ties.
        let irregular: Vec<(f64, f64)> = (0..40_u32)
            .map(|i| (f64::from(i * i) * 0.25 + f64::from(i), f64::from((i * 7919 % 13) + i / 4)))
            .collect();
        let expected = [
            0.028_037_536_234_257_546,
            0.016_511_867_905_056_758,
            0.041_085_840_058_694_055,
            1.253_469_955_649_540_4e-5,
        ];
        holds(trend(&irregular), expected);
        let flat = every((0..60_u32).map(|i| f64::from(i * 7919 % 101)));
        holds(trend(&flat), [0.6, -0.318_181_818_181_818_2, 0.6, 0.316_665_021_052_601_1]);
    }

    #[test]
    fn many_points_are_put_together() {
        let mut random = Random::new(5);
        let rising = every((0..10_000_u32).map(|i| f64::from(i) * 0.01 + random.unit() * 50.0));
        let found = trend(&rising).unwrap();
        close(found.slope, 0.01, 0.05);
        assert!(found.interval[0] > 0.009 && found.interval[1] < 0.011 && found.p < 1e-6, "{found:?}");
    }

    #[test]
    fn no_trend_where_there_is_none() {
        assert_eq!(trend(&every([1.0, 2.0])), None);
        assert_eq!(trend(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]), None);
        assert_eq!(trend(&[(f64::NAN, 1.0), (1.0, f64::INFINITY), (2.0, 3.0), (3.0, 4.0)]), None);
        let still = trend(&every([5.0; 30])).unwrap();
        assert_eq!((still.slope, still.interval, still.p), (0.0, [0.0, 0.0], 1.0));
        // Of 400 series without a trend, about one in twenty has an interval without zero.
        let mut random = Random::new(3);
        let alarms = (0..400)
            .filter(|_| {
                let found = trend(&every((0..25).map(|_| random.unit()))).unwrap();
                found.interval[0] > 0.0 || found.interval[1] < 0.0
            })
            .count();
        assert!((8..=34).contains(&alarms), "{alarms}");
    }
}
