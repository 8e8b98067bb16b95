//! Measures of a sample that a few wild values do not move.

/// The median: the middle value, or the mean of the two in the middle; none of an empty sample. Sorts the sample.
#[must_use]
pub fn median(sample: &mut [f64]) -> Option<f64> {
    quantile(sample, 0.5)
}

/// The quantile of type 7 of Hyndman and Fan (1996), the default of R and `NumPy`: linear between the order statistics
/// around position `(n − 1) · share`, counted from 0. `share` is cut to 0..=1; none of an empty sample. Sorts the sample.
#[must_use]
pub fn quantile(sample: &mut [f64], share: f64) -> Option<f64> {
    sample.sort_unstable_by(f64::total_cmp);
    between(sample, share.clamp(0.0, 1.0) * (count(sample.len()) - 1.0))
}

/// The arithmetic mean; none of an empty sample.
#[must_use]
pub fn mean(sample: &[f64]) -> Option<f64> {
    (!sample.is_empty()).then(|| sample.iter().sum::<f64>() / count(sample.len()))
}

/// The value at a fractional position of a sorted sample, linear between neighbours.
fn between(sorted: &[f64], position: f64) -> Option<f64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a position is at least 0 and below the length"
    )]
    let below = position.max(0.0) as usize;
    let low = *sorted.get(below)?;
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    let part = position - position.floor();
    // Equal neighbours stay exactly what they are.
    Some(if part > 0.0 { (high - low).mul_add(part, low) } else { low })
}

/// A number of things as a fraction's part.
#[expect(clippy::cast_precision_loss, reason = "samples have fewer than 2^53 values")]
pub(super) const fn count(things: usize) -> f64 {
    things as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_type_seven() {
        // R: quantile(c(1, 2, 4, 8, 16), c(0, .1, .25, .5, .95, 1)) gives 1, 1.4, 2, 4, 14.4, 16.
        let mut sample = [16.0, 1.0, 8.0, 2.0, 4.0];
        for (share, expected) in [(0.0, 1.0), (0.1, 1.4), (0.25, 2.0), (0.5, 4.0), (0.95, 14.4), (1.0, 16.0)]
        {
            let found = quantile(&mut sample, share).unwrap();
            assert!((found - expected).abs() < 1e-12, "{share} {found}");
        }
    }

    #[test]
    fn medians_and_means() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&mut [7.0]), Some(7.0));
        assert_eq!(median(&mut []), None);
        assert_eq!(mean(&[1.0, 2.0, 6.0]), Some(3.0));
        assert_eq!(mean(&[]), None);
    }
}
