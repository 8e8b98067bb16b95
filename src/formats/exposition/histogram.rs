//! One point of a histogram in OpenMetrics: whether its buckets, count and sum agree.

use super::Kind;

/// What was read of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Histogram {
    /// Bound and count of the last bucket.
    last: Option<(f64, f64)>,
    /// Whether the last bound is written `+Inf`, as it must be.
    whole: bool,
    negative: bool,
    count: Option<f64>,
    sum: Option<f64>,
}

impl Histogram {
    /// Takes a sample: what follows the family's name in its own, its label `le`, its value.
    pub(super) fn add(&mut self, suffix: &str, bound: Option<&str>, value: f64) -> Result<(), &'static str> {
        match suffix {
            "_bucket" => {
                let text = bound.ok_or("a bucket needs a label `le`")?;
                let bound: f64 = text
                    .parse()
                    .ok()
                    .filter(|bound: &f64| !bound.is_nan())
                    .ok_or("the label `le` is no number")?;
                if let Some((before, count)) = self.last {
                    if bound <= before {
                        return Err("the bounds of buckets grow");
                    }
                    if value < count {
                        return Err("the counts of buckets do not fall");
                    }
                }
                self.negative |= bound < 0.0;
                self.whole = text == "+Inf";
                self.last = Some((bound, value));
            }
            "_count" | "_gcount" => self.count = Some(value),
            "_sum" | "_gsum" => self.sum = Some(value),
            _ => {}
        }
        Ok(())
    }

    /// Looks at the whole; anything else than a histogram is good.
    #[expect(clippy::float_cmp, reason = "counts are whole numbers that must be the same")]
    pub(super) fn check(&self, kind: Kind) -> Result<(), &'static str> {
        if !matches!(kind, Kind::Histogram | Kind::GaugeHistogram) {
            return Ok(());
        }
        let Some((_, all)) = self.last.filter(|_| self.whole) else {
            return Err("a histogram without a last bucket whose `le` is `+Inf`");
        };
        if self.count.is_some_and(|count| count != all) {
            return Err("the count of a histogram is not that of its last bucket");
        }
        if kind == Kind::Histogram && self.negative && self.sum.is_some() {
            return Err("a histogram with negative buckets has no sum");
        }
        if !(kind == Kind::Histogram && self.negative) && self.count.is_some() != self.sum.is_some() {
            return Err("a histogram has both a count and a sum, or neither");
        }
        if kind == Kind::GaugeHistogram && !self.negative && self.sum.is_some_and(|sum| sum < 0.0) {
            return Err("a negative sum without negative buckets");
        }
        Ok(())
    }
}
