//! Whether one sample tends to be larger than another, by ranks alone: no shape of distribution is assumed, and a wild
//! value counts no more than any other.

use super::robust::count;

/// Largest sample (of each side) for which the probability is counted out.
const EXACT: usize = 20;

/// The one-sided test of Mann and Whitney (1947): the probability that `after` takes ranks at least as high as these if
/// both samples came from one distribution. 1 where either is empty; values that are no numbers are left out.
///
/// With at most 20 values a side it is exact, given the ties: all ways to deal the pooled ranks to the two sides are
/// counted. Beyond, it is the normal approximation with corrections for ties and continuity (Lehmann 1975, "Nonparametrics",
/// section 1.4).
#[must_use]
pub fn mann_whitney(before: &[f64], after: &[f64]) -> f64 {
    let before: Vec<f64> = before.iter().copied().filter(|value| !value.is_nan()).collect();
    let after: Vec<f64> = after.iter().copied().filter(|value| !value.is_nan()).collect();
    if before.is_empty() || after.is_empty() {
        return 1.0;
    }
    let ranks = Ranks::of(&before, &after);
    if before.len() <= EXACT && after.len() <= EXACT {
        exact(&ranks.doubled, after.len(), ranks.sum)
    } else {
        approximate(&ranks, count(before.len()), count(after.len()))
    }
}

/// The smallest value that [`mann_whitney`] can give for samples of these sizes without ties: one way of all to deal the
/// ranks, `1 / C(n + m, n)`.
#[must_use]
pub fn smallest_p(before: usize, after: usize) -> f64 {
    (1..=before).fold(1.0, |p, k| p * count(k) / count(after + k))
}

/// Largest product of the smaller sample and both together for which [`two_sided`] counts out.
const COUNTED: usize = 1_000;

/// The same test for both directions: twice the smaller of the two probabilities. Exact, given the ties, where one of the
/// samples is small (five among two hundred, twenty among fifty), whatever the size of the other: there the normal
/// approximation is far off in the tails.
#[must_use]
pub fn two_sided(one: &[f64], other: &[f64]) -> f64 {
    let (small, large) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let up = Ranks::of(large, small);
    if small.is_empty() {
        return 1.0;
    }
    if small.len() * up.doubled.len() > COUNTED {
        let (n, m) = (count(large.len()), count(small.len()));
        let down = Ranks { sum: up.mirrored(small.len()), doubled: Vec::new(), ties: up.ties };
        return (2.0 * approximate(&up, n, m).min(approximate(&down, n, m))).min(1.0);
    }
    let down = up.mirrored(small.len());
    // The same ranks from the other end are as likely.
    let turned: Vec<usize> = up.doubled.iter().rev().map(|rank| 2 * (up.doubled.len() + 1) - rank).collect();
    (2.0 * exact(&up.doubled, small.len(), up.sum).min(exact(&turned, small.len(), down))).min(1.0)
}

/// All ways to split a series in two.
#[derive(Debug)]
pub struct Splits {
    /// Every value's rank among all, twice, in the order of the series.
    doubled: Vec<usize>,
    /// As in [`Ranks`].
    ties: f64,
}

impl Splits {
    /// Of a series of finite numbers.
    #[must_use]
    pub fn of(series: &[f64]) -> Self {
        let mut order: Vec<(usize, f64)> =
            series.iter().enumerate().map(|(place, value)| (place, value + 0.0)).collect();
        order.sort_by(|one, other| one.1.total_cmp(&other.1));
        let mut splits = Self { doubled: vec![0; series.len()], ties: 0.0 };
        let mut seen = 0;
        for group in order.chunk_by(|one, other| one.1.total_cmp(&other.1).is_eq()) {
            for (place, _) in group {
                if let Some(slot) = splits.doubled.get_mut(*place) {
                    *slot = 2 * seen + group.len() + 1;
                }
            }
            seen += group.len();
            let tied = count(group.len());
            splits.ties += tied * tied.mul_add(tied, -1.0);
        }
        splits
    }

    /// Where to split so that the ranks of both parts differ most for their sizes, with `least` values a side: the place of the first
    /// value of the second part, and the two-sided p of the normal approximation. None where there is no such place, or all
    /// values are equal.
    #[must_use]
    pub fn surest(&self, least: usize) -> Option<(usize, f64)> {
        let all = count(self.doubled.len());
        let spread = (all + 1.0 - self.ties / (all * (all - 1.0))) / 12.0;
        let last = self.doubled.len().checked_sub(least)?;
        if spread <= 0.0 {
            return None;
        }
        let mut sum = 0;
        let mut best: Option<(usize, f64)> = None;
        for (place, rank) in self.doubled.iter().enumerate() {
            if place >= least && place <= last {
                let (before, after) = (count(place), count(self.doubled.len() - place));
                let u = count(sum) / 2.0 - before * (before + 1.0) / 2.0;
                let z = ((u - before * after / 2.0).abs() - 0.5) / (before * after * spread).sqrt();
                if best.is_none_or(|(_, known)| z > known) {
                    best = Some((place, z));
                }
            }
            sum += rank;
        }
        best.map(|(place, z)| (place, (2.0 * upper_tail(z)).min(1.0)))
    }
}

/// Ranks of the pooled sample.
struct Ranks {
    /// Every value's rank, twice, so that the mean rank of tied values is whole.
    doubled: Vec<usize>,
    /// Sum of those of `after`.
    sum: usize,
    /// Sum of t³ − t over groups of t tied values.
    ties: f64,
}

impl Ranks {
    fn of(before: &[f64], after: &[f64]) -> Self {
        let mut pooled: Vec<(f64, bool)> = before.iter().map(|value| (*value, false)).collect();
        pooled.extend(after.iter().map(|value| (*value, true)));
        // Minus zero equals zero and has its rank.
        pooled.iter_mut().for_each(|(value, _)| *value += 0.0);
        pooled.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut ranks = Self { doubled: Vec::with_capacity(pooled.len()), sum: 0, ties: 0.0 };
        for group in pooled.chunk_by(|one, other| one.0.total_cmp(&other.0).is_eq()) {
            // Ranks first+1 ..= first+t have the mean first + (t + 1) / 2.
            let rank = 2 * ranks.doubled.len() + group.len() + 1;
            ranks.doubled.extend(group.iter().map(|_| rank));
            ranks.sum += rank * group.iter().filter(|(_, is_after)| *is_after).count();
            let tied = count(group.len());
            ranks.ties += tied * tied.mul_add(tied, -1.0);
        }
        ranks
    }

    /// The sum of the ranks of so many chosen ones, counted from the other end.
    const fn mirrored(&self, chosen: usize) -> usize {
        2 * chosen * (self.doubled.len() + 1) - self.sum
    }
}

/// The share of all choices of `chosen` ranks whose sum reaches `least`. Doubles hold the numbers of choices exactly to
/// 2^53; beyond, the error stays below 10^-13 of them.
fn exact(ranks: &[usize], chosen: usize, least: usize) -> f64 {
    let width = ranks.iter().rev().take(chosen).sum::<usize>() + 1;
    // ways[k][s]: choices of k ranks with the sum s among the ranks seen.
    let mut ways = vec![vec![0.0_f64; width]; chosen + 1];
    if let Some(none) = ways.first_mut().and_then(|sums| sums.first_mut()) {
        *none = 1.0;
    }
    let mut reach = 0;
    for rank in ranks {
        reach = (reach + rank).min(width - 1);
        for k in (1..=chosen).rev() {
            let (lower, upper) = ways.split_at_mut(k);
            let (Some(fewer), Some(these)) = (lower.last(), upper.first_mut()) else { continue };
            let these = these.iter_mut().take(reach + 1).skip(*rank);
            for (sum, more) in these.zip(fewer) {
                *sum += more;
            }
        }
    }
    let all = ways.last().map_or(&[][..], Vec::as_slice);
    let reached: f64 = all.iter().skip(least).sum();
    (reached / all.iter().sum::<f64>()).min(1.0)
}

fn approximate(ranks: &Ranks, before: f64, after: f64) -> f64 {
    let all = before + after;
    // U counts the pairs in which the value of `after` is the larger one, ties half.
    let u = count(ranks.sum) / 2.0 - after * (after + 1.0) / 2.0;
    let variance = before * after / 12.0 * (all + 1.0 - ranks.ties / (all * (all - 1.0)));
    if variance <= 0.0 {
        // All values are equal.
        return 1.0;
    }
    let z = (u - before * after / 2.0 - 0.5) / variance.sqrt();
    upper_tail(z)
}

/// The probability that a standard normal variable exceeds `z`, with a relative error below 1.2 · 10^-7: the complementary
/// error function by Chebyshev coefficients (Press et al., "Numerical Recipes in C", 2nd edition, section 6.2: `erfcc`).
#[must_use]
pub fn upper_tail(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let series = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let exponent = series.iter().fold(0.0_f64, |sum, coefficient| sum.mul_add(t, *coefficient));
    let tail = 0.5 * t * x.mul_add(-x, exponent).exp();
    if z >= 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, relative: f64) {
        assert!((found - expected).abs() <= expected * relative, "{found} {expected}");
    }

    #[test]
    fn counted_by_hand() {
        // All of `after` above: one of C(5, 2) = 10 ways; one inversion adds one way more.
        close(mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0]), 0.1, 1e-12);
        close(mann_whitney(&[1.0, 2.0, 4.0], &[3.0, 5.0]), 0.2, 1e-12);
        close(mann_whitney(&[4.0, 5.0], &[1.0, 2.0, 3.0]), 1.0, 1e-12);
        // Ties: ranks 1.5 1.5 3.5 3.5; of 6 ways to take two, one reaches 7 and four more reach 5.
        close(mann_whitney(&[1.0, 1.0], &[2.0, 2.0]), 1.0 / 6.0, 1e-12);
        close(mann_whitney(&[1.0, 2.0], &[1.0, 2.0]), 5.0 / 6.0, 1e-12);
        close(mann_whitney(&[7.0; 5], &[7.0; 5]), 1.0, 1e-12);
        close(mann_whitney(&[0.0; 30], &[-0.0; 30]), 1.0, 1e-12);
        close(mann_whitney(&[], &[1.0]), 1.0, 1e-12);
    }

    #[test]
    fn values_of_scipy() {
        // scipy 1.17: mannwhitneyu(after, before, alternative="greater", method=…), "exact" without ties, a
        // PermutationMethod over all permutations with ties, "asymptotic" for large samples.
        let (before, after) = ([12.1, 11.8, 12.6, 12.3, 11.9, 12.4], [12.2, 12.9, 13.1, 12.5, 12.0]);
        close(mann_whitney(&before, &after), 0.123_376_623_376_623_36, 1e-12);
        let (before, after) = ([1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0], [2.0, 3.0, 3.0, 4.0, 4.0, 5.0]);
        close(mann_whitney(&before, &after), 0.103_729_603_729_603_73, 1e-12);
        let sample = |size: u32, of: fn(u32) -> f64| (0..size).map(of).collect::<Vec<f64>>();
        let before = sample(30, |i| f64::from(i * 7_919 % 1_000) / 10.0);
        let after = sample(25, |i| f64::from(i * 104_729 % 1_000) / 10.0 + 12.0);
        close(mann_whitney(&before, &after), 0.236_261_163_446_527_03, 1e-6);
        let before = sample(30, |i| f64::from(i * 7 % 10));
        let after = sample(25, |i| f64::from(i * 3 % 10 + 1));
        close(mann_whitney(&before, &after), 0.144_299_383_179_588_8, 1e-6);
    }

    #[test]
    fn both_directions() {
        // scipy 1.17: mannwhitneyu(…, alternative="two-sided", method="exact"), "asymptotic" for the large ones.
        let low: Vec<f64> = (0..40).map(f64::from).collect();
        close(two_sided(&low, &[50.0, 51.0, 52.0, 53.0, 54.0]), 2.0 * smallest_p(40, 5), 1e-12);
        close(two_sided(&[50.0, 51.0, 52.0, 53.0, 54.0], &low), 2.0 * smallest_p(40, 5), 1e-12);
        close(two_sided(&low, &[-1.0, -2.0, -3.0, -4.0, -5.0]), 2.0 * smallest_p(40, 5), 1e-12);
        let (one, other) = ([12.1, 11.8, 12.6, 12.3, 11.9, 12.4], [12.2, 12.9, 13.1, 12.5, 12.0]);
        close(two_sided(&one, &other), 2.0 * 0.123_376_623_376_623_36, 1e-12);
        let shifted: Vec<f64> = low.iter().map(|value| value + 10.5).collect();
        close(two_sided(&low, &shifted), 2.0 * mann_whitney(&low, &shifted), 1e-12);
        close(two_sided(&shifted, &low), 2.0 * mann_whitney(&low, &shifted), 1e-12);
        close(two_sided(&[1.0; 6], &[1.0; 9]), 1.0, 1e-12);
        close(two_sided(&[], &low), 1.0, 1e-12);
        // The surest split is where all differ.
        let steps: Vec<f64> = (0..30).map(|i| f64::from(i % 3 + if i < 18 { 0 } else { 7 })).collect();
        assert_eq!(Splits::of(&steps).surest(5).map(|(place, _)| place), Some(18));
        assert_eq!(Splits::of(&[2.0; 30]).surest(5), None);
        assert_eq!(Splits::of(&[1.0, 2.0]).surest(5), None);
    }

    #[test]
    fn published_critical_values() {
        // Tables of U at one-sided 5 %: U ≤ 4 for 5 and 5, ≤ 27 for 10 and 10, ≤ 138 for 20 and 20 are significant, one
        // more is not (Siegel 1956, table K).
        for (size, critical) in [(5_usize, 4_usize), (10, 27), (20, 138)] {
            let doubled: Vec<usize> = (1..=2 * size).map(|rank| 2 * rank).collect();
            let p_of = |u: usize| exact(&doubled, size, 2 * (size * size - u + size * (size + 1) / 2));
            assert!(p_of(critical) <= 0.05 && p_of(critical + 1) > 0.05, "{size} {}", p_of(critical));
        }
    }

    #[test]
    fn the_smallest_value() {
        close(smallest_p(5, 5), 1.0 / 252.0, 1e-12);
        close(smallest_p(4, 4), 1.0 / 70.0, 1e-12);
        close(smallest_p(2, 3), 0.1, 1e-12);
        let (low, high): (Vec<f64>, Vec<f64>) =
            ((0..7).map(f64::from).collect(), (7..16).map(f64::from).collect());
        close(mann_whitney(&low, &high), smallest_p(7, 9), 1e-12);
    }

    #[test]
    fn tails_of_the_normal_distribution() {
        for (z, expected) in [
            (0.0, 0.5),
            (1.0, 0.158_655_253_9),
            (1.644_853_627, 0.05),
            (3.0, 0.001_349_898),
            (-1.0, 0.841_344_746),
        ] {
            close(upper_tail(z), expected, 1e-6);
        }
        assert!(upper_tail(40.0) >= 0.0 && upper_tail(-40.0) <= 1.0);
    }
}
