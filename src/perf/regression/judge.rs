//! The verdict over one metric, from the numbers of its units: [`shift`] decides, here are the words.

use super::words;
use crate::report::{Metric, MetricVerdict, Outcome};
use crate::stats::rank::smallest_p;
pub(super) use crate::stats::shift::LEAST;
use crate::stats::shift::{self, ALPHA, Between, Call, Centre, Kind, Question, Shift, Worse};

/// Groups a side from which the group is the unit of the test, and not its values: what a run shares (the machine's mood, the
/// layout of memory) makes its values alike, so that many of them prove little.
pub(super) const RUNS: usize = 4;

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
    let found = shift::judge(before, after, question(metric, threshold, floor));
    let [one, other] = found.sizes;
    let mut verdict = MetricVerdict {
        endpoint: name.to_owned(),
        metric,
        before: found.before,
        after: found.after,
        change: found.change,
        interval: found.interval,
        p: found.p,
        threshold,
        units: format!("{one} and {other} {}", if found.by_group { "runs" } else { "blocks" }),
        verdict: Outcome::Inconclusive,
        reason: String::new(),
    };
    say(&mut verdict, found.call, floor, 1);
    verdict
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
        let mut found: Vec<Shift> = family.iter().map(|verdict| as_found(verdict)).collect();
        let calls: Vec<Call> = found.iter().map(|shift| shift.call).collect();
        shift::correct(&mut found.iter_mut().collect::<Vec<_>>());
        let tests = found.len();
        for ((verdict, shift), was) in family.iter_mut().zip(found).zip(calls) {
            verdict.p = shift.p;
            if shift.call != was {
                say(verdict, shift.call, 0.0, tests);
            }
        }
    }
}

/// What was found, of a verdict that is significant until now: the floor was held already.
const fn as_found(verdict: &MetricVerdict) -> Shift {
    Shift {
        before: verdict.before,
        after: verdict.after,
        sizes: [0, 0],
        by_group: true,
        change: verdict.change,
        interval: verdict.interval,
        p: verdict.p,
        question: question(verdict.metric, verdict.threshold, 0.0),
        call: match verdict.verdict {
            Outcome::Fail => Call::Worse,
            Outcome::Warn => Call::SlightlyWorse,
            Outcome::Pass | Outcome::Inconclusive | Outcome::Incomparable => Call::NoWorse,
        },
    }
}

/// What is asked of a metric.
const fn question(metric: Metric, threshold: f64, floor: f64) -> Question {
    let (worse, centre, kind) = match metric {
        // Errors come in bursts: the median of runs would not see one in two of five.
        Metric::ErrorRate => (Worse::More, Centre::Mean, Kind::Difference),
        Metric::Throughput => (Worse::Less, Centre::Median, Kind::Relative),
        _ => (Worse::More, Centre::Median, Kind::Relative),
    };
    Question { worse, centre, kind, threshold, floor, groups: RUNS, between: Between::Ignored, together: 1 }
}

/// What was found, in words.
fn say(verdict: &mut MetricVerdict, call: Call, floor: f64, tests: usize) {
    (verdict.verdict, verdict.reason) = match call {
        Call::TooFew => (
            Outcome::Inconclusive,
            format!("too few to compare: {}, at least {LEAST} each are needed", verdict.units),
        ),
        Call::NoRatio => {
            (Outcome::Inconclusive, "the baseline has nothing to compare with: its value is 0".to_owned())
        }
        Call::Worse => (Outcome::Fail, measured(verdict)),
        Call::PerhapsWorse => (Outcome::Inconclusive, insignificant(verdict, tests)),
        Call::SlightlyWorse => (Outcome::Warn, format!("{}: worse, and not by chance", measured(verdict))),
        Call::TooSmall => (Outcome::Pass, too_small(verdict, floor)),
        Call::TooUncertain => {
            (Outcome::Inconclusive, format!("{}: too uncertain to rule a regression out", measured(verdict)))
        }
        Call::NoWorse => (Outcome::Pass, measured(verdict)),
    };
}

/// What may be beyond the limit, but whatever it is, is not more than the floor.
fn too_small(verdict: &MetricVerdict, floor: f64) -> String {
    format!(
        "{}: too small to count, a difference up to {} never counts",
        measured(verdict),
        words::value(verdict.metric, floor)
    )
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
