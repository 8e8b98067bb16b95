//! The verdict over one metric, from the numbers of its units.

use super::words;
use crate::report::{Metric, MetricVerdict, Outcome};
use crate::stats::bootstrap::{self, Contrast};
use crate::stats::multiple::holm;
use crate::stats::random::Random;
use crate::stats::rank::{mann_whitney, smallest_p};
use crate::stats::robust::{mean, median};

/// Groups a side from which the group is the unit of the test, and not its values: what a run shares (the machine's mood, the
/// layout of memory) makes its values alike, so that many of them prove little.
pub(super) const RUNS: usize = 4;
/// Least values a side that anything is said of: with 4 and 4 the smallest p is 1/70, with 3 and 3 it is 1/20.
pub(super) const LEAST: usize = 4;
/// Chance of calling one of all endpoints worse where none is.
pub(super) const ALPHA: f64 = 0.05;
/// Part of the threshold from which a sure change is worth a warning.
const NOTABLE: f64 = 1.0 / 3.0;
/// Seed of the bootstrap: equal numbers give equal verdicts.
const SEED: u64 = 0x7265_6164_696e_6573;

/// Judges one metric of one endpoint (or command). `before` and `after` are groups of values: the runs, each with the values
/// of its blocks, or with one value for the whole run. With four groups a side or more the unit is the group, by its median (its mean
/// for error rates), otherwise the value. `threshold` is the change that counts (0.1 is 10 % worse, for error
/// rates a difference of shares), `floor` the absolute difference up to which nothing counts, in the metric's unit.
///
/// The p in it is that of this metric alone: [`correct`] makes the verdicts of all endpoints final.
#[must_use]
pub fn judge_samples(
    name: &str,
    metric: Metric,
    before: &[Vec<f64>],
    after: &[Vec<f64>],
    threshold: f64,
    floor: f64,
) -> MetricVerdict {
    let (before, after) = (finite(before), finite(after));
    let by_run = before.len().min(after.len()) >= RUNS;
    let (before, after) =
        if by_run { (collapsed(metric, &before), collapsed(metric, &after)) } else { (before, after) };
    let (mut one, mut other) = (before.concat(), after.concat());
    let units = format!("{} and {} {}", one.len(), other.len(), if by_run { "runs" } else { "blocks" });
    let contrast = contrast(metric);
    let mut verdict = MetricVerdict {
        endpoint: name.to_owned(),
        metric,
        before: if one.is_empty() { 0.0 } else { (contrast.centre)(&mut one) },
        after: if other.is_empty() { 0.0 } else { (contrast.centre)(&mut other) },
        change: 0.0,
        interval: None,
        p: None,
        threshold,
        units,
        verdict: Outcome::Inconclusive,
        reason: String::new(),
    };
    verdict.change = (contrast.change)(verdict.before, verdict.after);
    if one.len().min(other.len()) < LEAST {
        verdict.change = if verdict.change.is_finite() { verdict.change } else { 0.0 };
        verdict.reason = format!("too few to compare: {}, at least {LEAST} each are needed", verdict.units);
        return verdict;
    }
    if !verdict.change.is_finite() {
        verdict.change = 0.0;
        verdict.reason = "the baseline has nothing to compare with: its value is 0".to_owned();
        return verdict;
    }
    verdict.interval = bootstrap::interval(&before, &after, contrast, 0.95, &mut Random::new(SEED));
    verdict.p = Some(if metric == Metric::Throughput {
        mann_whitney(&other, &one)
    } else {
        mann_whitney(&one, &other)
    });
    let size = Size { floor, by_run };
    conclude(&mut verdict, size);
    verdict
}

/// What a verdict does not carry.
#[derive(Clone, Copy)]
struct Size {
    floor: f64,
    by_run: bool,
}

/// Corrects the p of all verdicts for the number of endpoints, metric by metric (Holm), and takes back what is no longer
/// significant. For the verdicts of one comparison, once.
pub fn correct(verdicts: &mut [MetricVerdict]) {
    let mut metrics: Vec<Metric> = verdicts.iter().map(|verdict| verdict.metric).collect();
    metrics.sort_unstable();
    metrics.dedup();
    for metric in metrics {
        let mut family: Vec<&mut MetricVerdict> =
            verdicts.iter_mut().filter(|verdict| verdict.metric == metric && verdict.p.is_some()).collect();
        let raw: Vec<f64> = family.iter().filter_map(|verdict| verdict.p).collect();
        let tests = raw.len();
        for (verdict, p) in family.iter_mut().zip(holm(&raw)) {
            let was_significant = verdict.p.is_some_and(|p| p <= ALPHA);
            verdict.p = Some(p);
            if !was_significant || p <= ALPHA {
                continue;
            }
            match verdict.verdict {
                Outcome::Fail => {
                    verdict.verdict = Outcome::Inconclusive;
                    verdict.reason = insignificant(verdict, tests);
                }
                Outcome::Warn => settle_small(verdict),
                Outcome::Pass | Outcome::Inconclusive | Outcome::Incomparable => {}
            }
        }
    }
}

/// The verdict, with what one test alone says.
fn conclude(verdict: &mut MetricVerdict, size: Size) {
    let significant =
        verdict.p.is_some_and(|p| p <= ALPHA) && verdict.interval.is_some_and(|[low, _]| low > 0.0);
    let beyond_floor = (verdict.after - verdict.before).abs() > size.floor;
    if verdict.change > verdict.threshold && !beyond_floor {
        if could_hide(verdict, size.floor) {
            too_wide(verdict);
        } else {
            too_small(verdict, size.floor);
        }
    } else if verdict.change > verdict.threshold && significant {
        verdict.verdict = Outcome::Fail;
        verdict.reason = measured(verdict);
    } else if verdict.change > verdict.threshold {
        verdict.verdict = Outcome::Inconclusive;
        verdict.reason = insignificant(verdict, 1);
    } else if significant && size.by_run && beyond_floor && verdict.change >= verdict.threshold * NOTABLE {
        verdict.verdict = Outcome::Warn;
        verdict.reason = format!("{}: worse, and not by chance", measured(verdict));
    } else if could_hide(verdict, size.floor) {
        too_wide(verdict);
    } else if verdict.interval.is_some_and(|[_, high]| high > verdict.threshold) {
        too_small(verdict, size.floor);
    } else {
        verdict.verdict = Outcome::Pass;
        verdict.reason = measured(verdict);
    }
}

/// Passes what may be beyond the limit, but whatever it is, is not more than the floor.
fn too_small(verdict: &mut MetricVerdict, floor: f64) {
    verdict.verdict = Outcome::Pass;
    verdict.reason = format!(
        "{}: too small to count, a difference up to {} never counts",
        measured(verdict),
        words::value(verdict.metric, floor)
    );
}

/// Whether a regression of the threshold's size fits into the interval.
fn could_hide(verdict: &MetricVerdict, floor: f64) -> bool {
    let Some([_, high]) = verdict.interval else { return true };
    let difference = match verdict.metric {
        Metric::ErrorRate => high,
        _ => high * verdict.before,
    };
    high > verdict.threshold && difference > floor
}

/// What remains of a warning that is no longer significant.
fn settle_small(verdict: &mut MetricVerdict) {
    if could_hide(verdict, 0.0) {
        too_wide(verdict);
    } else {
        verdict.verdict = Outcome::Pass;
        verdict.reason = measured(verdict);
    }
}

fn too_wide(verdict: &mut MetricVerdict) {
    verdict.verdict = Outcome::Inconclusive;
    verdict.reason = format!("{}: too uncertain to rule a regression out", measured(verdict));
}

/// `+24 % (95 % interval +18 to +30 %, limit +10 %)`.
fn measured(verdict: &MetricVerdict) -> String {
    let metric = verdict.metric;
    let interval = verdict.interval.map_or_else(String::new, |interval| {
        format!("95 % interval {}, ", words::interval(metric, interval))
    });
    format!(
        "{} ({interval}limit {})",
        words::change(metric, verdict.change),
        words::change(metric, verdict.threshold)
    )
}

/// A change beyond the threshold that may be chance.
fn insignificant(verdict: &MetricVerdict, tests: usize) -> String {
    let mut sizes = verdict.units.split(' ').filter_map(|word| word.parse::<usize>().ok());
    let least = match (sizes.next(), sizes.next()) {
        (Some(before), Some(after)) => smallest_p(before, after),
        _ => 0.0,
    };
    #[expect(clippy::cast_precision_loss, reason = "endpoints are few")]
    let corrected = least * tests as f64;
    if corrected > ALPHA {
        return format!(
            "{}: {} cannot prove it for one of {tests} endpoints, more runs can",
            measured(verdict),
            verdict.units
        );
    }
    format!("{}: more than the limit, but it may be chance", measured(verdict))
}

/// How the centre and the change of a metric are reckoned.
const fn contrast(metric: Metric) -> Contrast {
    match metric {
        // Errors come in bursts: the median of runs would not see one in two of five.
        Metric::ErrorRate => Contrast { centre: of_mean, change: |before, after| after - before },
        Metric::Throughput => {
            Contrast { centre: of_median, change: |before, after| 1.0 - ratio(before, after) }
        }
        _ => Contrast { centre: of_median, change: |before, after| ratio(before, after) - 1.0 },
    }
}

/// Nothing over nothing is no change; something over nothing has no ratio.
fn ratio(before: f64, after: f64) -> f64 {
    if before.total_cmp(&after).is_eq() { 1.0 } else { after / before }
}

fn of_median(sample: &mut [f64]) -> f64 {
    median(sample).unwrap_or(0.0)
}

fn of_mean(sample: &mut [f64]) -> f64 {
    mean(sample).unwrap_or(0.0)
}

/// The groups without what is no number, and without groups that are empty.
fn finite(groups: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let clean = groups.iter().map(|group| group.iter().copied().filter(|value| value.is_finite()).collect());
    clean.filter(|group: &Vec<f64>| !group.is_empty()).collect()
}

/// Each group as one value.
fn collapsed(metric: Metric, groups: &[Vec<f64>]) -> Vec<Vec<f64>> {
    groups.iter().map(|group| vec![(contrast(metric).centre)(&mut group.clone())]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(values: &[f64]) -> Vec<Vec<f64>> {
        values.iter().map(|value| vec![*value]).collect()
    }

    const STILL: [f64; 5] = [100.0, 101.0, 99.0, 100.5, 99.5];

    fn judged(metric: Metric, before: &[f64], after: &[f64], threshold: f64, floor: f64) -> MetricVerdict {
        judge_samples("order", metric, &runs(before), &runs(after), threshold, floor)
    }

    fn scaled(by: f64) -> Vec<f64> {
        STILL.iter().map(|value| value * by).collect()
    }

    #[test]
    fn size_and_certainty_make_a_failure() {
        let verdict = judged(Metric::P95, &STILL, &scaled(1.2), 0.1, 0.0);
        assert_eq!(verdict.verdict, Outcome::Fail, "{verdict:?}");
        assert!((verdict.change - 0.2).abs() < 1e-9);
        assert!((verdict.p.unwrap() - 1.0 / 252.0).abs() < 1e-12);
        assert_eq!(verdict.units, "5 and 5 runs");
        assert!(verdict.reason.starts_with("+20 % (95 % interval +"), "{}", verdict.reason);
        // The same change below the floor is none.
        let verdict = judged(Metric::P95, &STILL, &scaled(1.2), 0.1, 30.0);
        assert_eq!(verdict.verdict, Outcome::Pass, "{verdict:?}");
        assert!(
            verdict.reason.contains("too small to count, a difference up to 30.0 ns"),
            "{}",
            verdict.reason
        );
        // Unless more than the floor fits into the interval: three of five runs may as well have been the slow ones.
        let verdict = judged(Metric::P95, &STILL, &[100.0, 112.0, 112.0, 190.0, 190.0], 0.1, 15.0);
        assert_eq!(verdict.verdict, Outcome::Inconclusive, "{verdict:?}");
        // The same change among wild runs may be chance.
        let wild = [60.0, 100.0, 140.0, 180.0, 80.0];
        let verdict = judged(Metric::P95, &wild, &[70.0, 120.0, 170.0, 200.0, 90.0], 0.1, 0.0);
        assert_eq!(verdict.verdict, Outcome::Inconclusive, "{verdict:?}");
    }

    #[test]
    fn less_than_the_limit_passes_or_warns() {
        assert_eq!(judged(Metric::P95, &STILL, &STILL, 0.1, 0.0).verdict, Outcome::Pass);
        assert_eq!(judged(Metric::P95, &STILL, &scaled(0.5), 0.1, 0.0).verdict, Outcome::Pass);
        assert_eq!(judged(Metric::P95, &STILL, &scaled(1.05), 0.1, 0.0).verdict, Outcome::Warn);
        assert_eq!(judged(Metric::P95, &STILL, &scaled(1.03), 0.1, 0.0).verdict, Outcome::Pass);
        // Equal centres whose intervals reach far beyond the limit prove nothing.
        let wild = [60.0, 100.0, 140.0, 180.0, 80.0];
        assert_eq!(judged(Metric::P95, &wild, &wild, 0.1, 0.0).verdict, Outcome::Inconclusive);
        // Unless all of that is below the floor.
        let verdict = judged(Metric::P95, &wild, &wild, 0.1, 500.0);
        assert_eq!(verdict.verdict, Outcome::Pass);
        assert!(verdict.reason.contains("too small to count"), "{}", verdict.reason);
    }

    #[test]
    fn throughput_worsens_downwards_and_error_rates_by_points() {
        let verdict = judged(Metric::Throughput, &STILL, &scaled(0.8), 0.1, 0.0);
        assert_eq!(verdict.verdict, Outcome::Fail, "{verdict:?}");
        assert!((verdict.change - 0.2).abs() < 1e-9, "{verdict:?}");
        assert!(
            verdict.reason.contains("-20 %") && verdict.reason.contains("limit -10 %"),
            "{}",
            verdict.reason
        );
        assert_eq!(judged(Metric::Throughput, &STILL, &scaled(1.3), 0.1, 0.0).verdict, Outcome::Pass);
        let none = [0.0; 5];
        assert_eq!(judged(Metric::ErrorRate, &none, &none, 0.01, 0.0).verdict, Outcome::Pass);
        let some = [0.02, 0.03, 0.02, 0.025, 0.03];
        let verdict = judged(Metric::ErrorRate, &none, &some, 0.01, 0.0);
        assert_eq!(verdict.verdict, Outcome::Fail, "{verdict:?}");
        assert!((verdict.change - 0.025).abs() < 1e-9);
        // A burst in two of five runs: beyond the limit, and not proven.
        let verdict = judged(Metric::ErrorRate, &none, &[0.0, 0.5, 0.0, 0.5, 0.0], 0.01, 0.0);
        assert_eq!(verdict.verdict, Outcome::Inconclusive, "{verdict:?}");
    }

    #[test]
    fn little_or_nothing_says_nothing() {
        for (before, after) in
            [(&STILL[..3], &STILL[..]), (&[], &STILL[..]), (&STILL[..], &[f64::NAN; 5][..])]
        {
            let verdict = judged(Metric::P95, before, after, 0.1, 0.0);
            assert_eq!(verdict.verdict, Outcome::Inconclusive, "{verdict:?}");
            assert!(verdict.p.is_none() && verdict.interval.is_none() && verdict.change.is_finite());
        }
        let verdict = judged(Metric::P95, &[0.0; 5], &STILL, 0.1, 0.0);
        assert_eq!(verdict.verdict, Outcome::Inconclusive, "{verdict:?}");
    }

    #[test]
    fn few_groups_are_compared_by_their_blocks_and_never_warn() {
        let blocks: Vec<f64> = (0..20).map(|place| 100.0 + f64::from(place % 5)).collect();
        let of = |by: f64| vec![blocks.iter().map(|value| value * by).collect::<Vec<f64>>()];
        let verdict = |by| judge_samples("order", Metric::P95, &of(1.0), &of(by), 0.1, 0.0);
        assert_eq!((verdict(1.0).verdict, verdict(1.0).units.as_str()), (Outcome::Pass, "20 and 20 blocks"));
        assert_eq!(verdict(1.05).verdict, Outcome::Pass);
        assert_eq!(verdict(1.2).verdict, Outcome::Fail);
    }

    #[test]
    fn many_endpoints_ask_for_more() {
        let mut all: Vec<MetricVerdict> = (0..20)
            .map(|place| judged(Metric::P95, &STILL, &scaled(if place == 0 { 1.2 } else { 1.0 }), 0.1, 0.0))
            .collect();
        all.push(judged(Metric::Throughput, &STILL, &scaled(0.8), 0.1, 0.0));
        correct(&mut all);
        // Five runs a side give 1/252 at the least, and 20/252 is over 5 %.
        assert_eq!(all[0].verdict, Outcome::Inconclusive, "{:?}", all[0]);
        assert!((all[0].p.unwrap() - 20.0 / 252.0).abs() < 1e-9);
        assert!(all[0].reason.contains("one of 20 endpoints"), "{}", all[0].reason);
        // Another metric is a family of its own.
        assert_eq!(all[20].verdict, Outcome::Fail);
        let mut two = vec![judged(Metric::P95, &STILL, &scaled(1.2), 0.1, 0.0); 2];
        correct(&mut two);
        assert!(two.iter().all(|verdict| verdict.verdict == Outcome::Fail));
    }
}
