//! Many tests at once: among twenty, one is "significant at 5 %" by chance alone.

use super::robust::count;

/// Adjusted p values by Holm's step-down procedure (Holm 1979, "A simple sequentially rejective multiple test
/// procedure"): rejecting where the adjusted value is at most α keeps the chance of any false rejection among all of them
/// at α, however the tests depend on each other. In the order given; a value that is no number counts as 1.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let known = |value: f64| if value.is_nan() { 1.0 } else { value.clamp(0.0, 1.0) };
    let mut order: Vec<(usize, f64)> = p.iter().map(|value| known(*value)).enumerate().collect();
    order.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest = 0.0_f64;
    for (rank, (place, value)) in order.into_iter().enumerate() {
        largest = largest.max((value * count(p.len() - rank)).min(1.0));
        if let Some(slot) = adjusted.get_mut(place) {
            *slot = largest;
        }
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_r() {
        // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") gives 0.03, 0.06, 0.06, 0.02.
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in found.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn bounds() {
        assert!(holm(&[]).is_empty());
        assert_eq!(holm(&[0.2]), [0.2]);
        assert_eq!(holm(&[0.9, 0.8, f64::NAN]), [1.0, 1.0, 1.0]);
    }
}
