//! Quantiles of histograms, as `histogram_quantile` of Prometheus reckons them (its documentation, "Query functions").

/// A bucket: its upper bound, and how many observations are at most that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bucket {
    pub(super) bound: f64,
    pub(super) count: f64,
}

/// Why there is no quantile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoQuantile {
    /// Nothing was observed.
    Empty,
    /// The last bucket is not the one without a bound, or there is no other.
    Unbounded,
}

/// The quantile of `buckets`, in any order, each bound once. It is taken to be spread evenly in its bucket; the lowest
/// bucket begins at 0 if its bound is above 0, and is its bound otherwise; in the bucket without a bound it is the largest
/// bound there is.
pub(super) fn quantile(quantile: f64, mut buckets: Vec<Bucket>) -> Result<f64, NoQuantile> {
    buckets.sort_by(|a, b| a.bound.total_cmp(&b.bound));
    // Counts of buckets are not read at one moment: what falls is what an earlier one counted since.
    let mut most = 0.0_f64;
    for bucket in &mut buckets {
        most = most.max(bucket.count);
        bucket.count = most;
    }
    let Some((last, finite)) = buckets.split_last() else { return Err(NoQuantile::Unbounded) };
    let Some(largest) = finite.last() else { return Err(NoQuantile::Unbounded) };
    if last.bound != f64::INFINITY {
        return Err(NoQuantile::Unbounded);
    }
    if last.count <= 0.0 {
        return Err(NoQuantile::Empty);
    }
    let rank = quantile * last.count;
    let Some(index) = finite.iter().position(|bucket| bucket.count >= rank) else { return Ok(largest.bound) };
    let Some(bucket) = finite.get(index) else { return Ok(largest.bound) };
    let before = index.checked_sub(1).and_then(|index| finite.get(index));
    let (start, below) = match before {
        Some(before) => (before.bound, before.count),
        None if bucket.bound <= 0.0 => return Ok(bucket.bound),
        None => (0.0, 0.0),
    };
    let within = bucket.count - below;
    // Only the quantile 0 finds a bucket without any: it lies at the bucket's beginning.
    if within <= 0.0 {
        return Ok(start);
    }
    Ok(start + (bucket.bound - start) * ((rank - below) / within))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(wanted: f64, buckets: &[(f64, f64)]) -> Result<f64, NoQuantile> {
        quantile(wanted, buckets.iter().map(|&(bound, count)| Bucket { bound, count }).collect())
    }

    const INF: f64 = f64::INFINITY;

    /// By hand, from the words of the documentation.
    #[test]
    fn by_the_documentation() {
        let plain = [(0.1, 10.0), (0.2, 30.0), (0.4, 40.0), (INF, 50.0)];
        for (wanted, expected) in [
            (0.5, 0.175), // rank 25: 0.1 + 0.1 · 15/20
            (0.1, 0.05),  // rank 5: half of the lowest bucket, from 0
            (0.2, 0.1),   // rank 10: its end
            (0.8, 0.4),   // rank 40: the end of the last finite one
            (0.9, 0.4),   // rank 45: in the one without a bound
            (1.0, 0.4),
            (0.0, 0.0),
        ] {
            assert!((of(wanted, &plain).unwrap() - expected).abs() < 1e-12, "{wanted}");
        }
        // Any order, and counts that fell between two reads.
        assert_eq!(of(0.5, &[(INF, 4.0), (2.0, 3.0), (1.0, 4.0)]), Ok(0.5));
        // Bounds below 0: the lowest bucket has no beginning.
        assert_eq!(of(0.25, &[(-1.0, 2.0), (1.0, 4.0), (INF, 4.0)]), Ok(-1.0));
        assert_eq!(of(0.75, &[(-1.0, 2.0), (1.0, 4.0), (INF, 4.0)]), Ok(0.0));
    }

    #[test]
    fn without_a_quantile() {
        assert_eq!(of(0.5, &[]), Err(NoQuantile::Unbounded));
        assert_eq!(of(0.5, &[(INF, 4.0)]), Err(NoQuantile::Unbounded));
        assert_eq!(of(0.5, &[(1.0, 4.0), (2.0, 4.0)]), Err(NoQuantile::Unbounded));
        assert_eq!(of(0.5, &[(1.0, 0.0), (INF, 0.0)]), Err(NoQuantile::Empty));
    }
}
