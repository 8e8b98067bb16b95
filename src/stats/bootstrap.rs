//! How sure a difference is, without a formula for its distribution: the samples are drawn anew from themselves, many
//! times over (Efron 1979).

use super::random::Random;
use super::robust::quantile;

/// Times that the samples are drawn anew.
const TIMES: usize = 1_000;
/// Most values drawn in all: large samples are drawn fewer times, but never fewer than [`LEAST`].
const MOST: usize = 8_000_000;
/// See [`MOST`]: enough for the outer 2.5 % of the draws to be a dozen.
const LEAST: usize = 500;

/// What is compared of two samples.
#[derive(Clone, Copy, Debug)]
pub struct Contrast {
    /// What is said of one sample, which it may reorder; it is never empty.
    pub centre: fn(&mut [f64]) -> f64,
    /// What is made of the centres before and after.
    pub change: fn(f64, f64) -> f64,
}

/// The interval that holds the change with probability `level` (0.95), by percentiles of the bootstrap distribution
/// (Efron and Tibshirani 1993, chapter 13). Values come in groups that are drawn first, then values in each group drawn
/// (Davison and Hinkley 1997, section 3.8): what the values of a group share is no more certain for there being many of
/// them. None where a side has no value or the change is no number.
#[must_use]
pub fn interval(
    before: &[Vec<f64>],
    after: &[Vec<f64>],
    contrast: Contrast,
    level: f64,
    random: &mut Random,
) -> Option<[f64; 2]> {
    let size = |groups: &[Vec<f64>]| groups.iter().map(Vec::len).sum::<usize>();
    let (before, after) = (filled(before), filled(after));
    if before.is_empty() || after.is_empty() {
        return None;
    }
    if let (Some(one), Some(other)) = (constant(&before), constant(&after)) {
        // Whatever is drawn, it is the same.
        let change = (contrast.change)((contrast.centre)(&mut [one]), (contrast.centre)(&mut [other]));
        return change.is_finite().then_some([change, change]);
    }
    let times = (MOST / (size(&before) + size(&after))).clamp(LEAST, TIMES);
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let mut changes = Vec::with_capacity(times);
    for _ in 0..times {
        draw(&before, &mut one, random);
        draw(&after, &mut other, random);
        let change = (contrast.change)((contrast.centre)(&mut one), (contrast.centre)(&mut other));
        if !change.is_finite() {
            return None;
        }
        changes.push(change);
    }
    let outside = (1.0 - level) / 2.0;
    Some([quantile(&mut changes, outside)?, quantile(&mut changes, 1.0 - outside)?])
}

/// Groups without a value cannot be drawn from.
fn filled(groups: &[Vec<f64>]) -> Vec<Vec<f64>> {
    groups.iter().filter(|group| !group.is_empty()).cloned().collect()
}

/// The value that all are, if they are.
fn constant(groups: &[Vec<f64>]) -> Option<f64> {
    let mut values = groups.iter().flatten();
    let first = *values.next()?;
    values.all(|value| value.total_cmp(&first).is_eq()).then_some(first)
}

fn draw(groups: &[Vec<f64>], drawn: &mut Vec<f64>, random: &mut Random) {
    drawn.clear();
    for _ in groups {
        let group = groups.get(random.below(groups.len())).map_or(&[][..], Vec::as_slice);
        drawn.extend(group.iter().filter_map(|_| group.get(random.below(group.len()))));
    }
}

#[cfg(test)]
mod tests {
    use super::super::robust::{mean, median};
    use super::*;

    const MEDIANS: Contrast =
        Contrast { centre: |sample| median(sample).unwrap_or(0.0), change: |before, after| after - before };
    const MEANS: Contrast =
        Contrast { centre: |sample| mean(sample).unwrap_or(0.0), change: |before, after| after - before };

    fn single(values: impl IntoIterator<Item = f64>) -> Vec<Vec<f64>> {
        values.into_iter().map(|value| vec![value]).collect()
    }

    #[test]
    fn the_interval_of_a_mean_is_that_of_the_textbook() {
        // 0..400 evenly: standard deviation 115.47, so that a difference of two means has 115.47 · √(2 / 400) = 8.165,
        // and 1.96 of that on each side is 16.0.
        let values = || single((0..400).map(f64::from));
        let [low, high] = interval(&values(), &values(), MEANS, 0.95, &mut Random::new(1)).unwrap();
        assert!((low + 16.0).abs() < 1.5 && (high - 16.0).abs() < 1.5, "{low} {high}");
    }

    #[test]
    fn a_median_of_five_reaches_the_extremes() {
        // The chance that three or more of five draws are the largest value is 0.058 (binomial), over 2.5 %.
        let [low, high] = interval(
            &single([10.0; 5]),
            &single([1.0, 2.0, 3.0, 4.0, 5.0]),
            MEDIANS,
            0.95,
            &mut Random::new(2),
        )
        .unwrap();
        assert_eq!([low, high], [-9.0, -5.0]);
    }

    #[test]
    fn what_a_group_shares_stays_uncertain() {
        // Two groups of a hundred, 10 apart: as one sample the mean is sure to ±1; as groups it can be either one's.
        let grouped = vec![vec![0.0; 100], vec![10.0; 100]];
        let flat = vec![grouped.concat()];
        let still = vec![vec![5.0; 10]];
        let width = |groups: &[Vec<f64>]| {
            let [low, high] = interval(&still, groups, MEANS, 0.95, &mut Random::new(3)).unwrap();
            high - low
        };
        assert!((width(&grouped) - 10.0).abs() < 1e-9, "{}", width(&grouped));
        assert!(width(&flat) < 3.0, "{}", width(&flat));
    }

    #[test]
    fn repeats_and_refuses() {
        let values = single((0..9).map(f64::from));
        let of = |seed| interval(&values, &values, MEDIANS, 0.95, &mut Random::new(seed));
        assert_eq!(of(7), of(7));
        assert_eq!(interval(&[], &values, MEDIANS, 0.95, &mut Random::new(1)), None);
        assert_eq!(interval(&[vec![]], &values, MEDIANS, 0.95, &mut Random::new(1)), None);
        let ratio = Contrast { change: |before, after| after / before, ..MEDIANS };
        assert_eq!(interval(&single([0.0]), &single([0.0]), ratio, 0.95, &mut Random::new(1)), None);
    }
}
