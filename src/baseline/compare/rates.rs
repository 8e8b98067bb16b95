//! How often `compare` is wrong: seeded trials over whole systems of twenty metrics.
//!
//! The usual run is a quick one; the table of `docs/baseline-verdicts.md` is printed by
//! `cargo test --release --lib baseline::compare::rates -- --ignored --nocapture`.

use super::*;
use crate::stats::random::Random;

/// What a system is like, and what becomes of it.
#[derive(Clone, Copy)]
struct Trial {
    /// Coefficient of variation of each metric between captures.
    between: f64,
    /// Samples of a sampled metric.
    samples: usize,
    /// Standard deviation of the logarithm of its samples.
    within: f64,
    /// Earlier captures that are known.
    history: usize,
    /// How much the first metric is slower now; 1 is the same.
    slower: f64,
}

/// A sum of twelve uniform numbers is all but normal, with a standard deviation of 1.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}

/// One capture: four latencies of several samples, ten single values, four ratios near 1, two counts. Everything has a mood of
/// its own in each capture, which is the worst case: moods that are shared give fewer alarms.
fn capture(trial: Trial, first: f64, random: &mut Random) -> Capture {
    let metric = |name: String, better, unit: &str, samples| Metric {
        name,
        category: "system_health".to_owned(),
        unit: unit.to_owned(),
        better,
        state: MetricState::Measured,
        reason: None,
        samples,
        target: None,
        accept: None,
        threshold: 0.2,
        floor: 0.0,
        kind: None,
        interval_ms: None,
        optional: false,
        labels: BTreeMap::new(),
    };
    let mut metrics = Vec::new();
    for place in 0..4 {
        let mood = (trial.between * normal(random)).exp() * if place == 0 { first } else { 1.0 };
        let samples =
            (0..trial.samples).map(|_| 0.1 * mood * (trial.within * normal(random)).exp()).collect();
        metrics.push(metric(format!("latency_{place}"), Better::Lower, "seconds", samples));
    }
    for place in 0..10 {
        let better = if place % 2 == 0 { Better::Lower } else { Better::Higher };
        let value = 500.0 * 0.05_f64.max(trial.between).mul_add(normal(random), 1.0);
        metrics.push(metric(format!("single_{place}"), better, "", vec![value]));
    }
    for place in 0..4 {
        let value = (0.97 + 0.01 * normal(random)).min(1.0);
        metrics.push(metric(format!("ratio_{place}"), Better::Higher, "ratio", vec![value]));
    }
    for place in 0..2 {
        let better = if place == 0 { Better::Same } else { Better::Lower };
        let value = (40.0 + 2.0 * normal(random)).round();
        metrics.push(metric(format!("count_{place}"), better, "", vec![value]));
    }
    Capture { metrics, ..Capture::default() }
}

/// Shares of trials with a failure, with any finding, and with a failure of the first metric; and the share of metrics that
/// are inconclusive.
fn rates(trial: Trial, trials: u32, seed: u64) -> [f64; 4] {
    let mut random = Random::new(seed);
    let past = Shelf::default();
    let (mut failed, mut alarmed, mut caught, mut open) = (0.0, 0.0, 0.0, 0.0);
    for _ in 0..trials {
        let then = capture(trial, 1.0, &mut random);
        let now = capture(trial, trial.slower, &mut random);
        let mut series: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for day in 0..trial.history {
            for metric in capture(trial, 1.0, &mut random).metrics {
                let value = metric.value().unwrap();
                #[expect(clippy::cast_precision_loss, reason = "few")]
                series.entry(metric.name).or_default().push((day as f64, value));
            }
        }
        let sides =
            Sides { now: &now, then: &then, past: &past, bands: Bands::default(), any_machine: false };
        let metrics = compare_by(&sides, |name| series.get(name).cloned().unwrap_or_default());
        let of = |verdict: Outcome| {
            metrics.iter().filter(|metric| metric.comparison.as_ref().unwrap().verdict == verdict).count()
        };
        let out = |metric: &BaselineMetric| {
            metric.band.is_some_and(|band| is_worse_than(&band, metric.value.unwrap(), metric.better))
        };
        failed += f64::from(u8::from(of(Outcome::Fail) > 0));
        alarmed += f64::from(u8::from(of(Outcome::Fail) + of(Outcome::Warn) > 0 || metrics.iter().any(out)));
        caught += f64::from(u8::from(metrics[0].comparison.as_ref().unwrap().verdict == Outcome::Fail));
        open += f64::from(u32::try_from(of(Outcome::Inconclusive)).unwrap()) / 20.0;
    }
    [failed, alarmed, caught, open].map(|count| count / f64::from(trials))
}

const QUICK: Trial = Trial { between: 0.05, samples: 10, within: 0.1, history: 0, slower: 1.0 };

#[test]
fn identical_systems_raise_no_alarm_in_95_of_100() {
    // 400 trials in all, in two halves for both processors' sake: 20 metrics each, with the between-capture variation of
    // hosted runners and with twice as much, without a history and with one.
    std::thread::scope(|scope| {
        let runs: Vec<_> = [
            (Trial { between: 0.027, ..QUICK }, 100, 1),
            (QUICK, 100, 2),
            (Trial { history: 10, ..QUICK }, 100, 3),
            (Trial { history: 30, between: 0.027, ..QUICK }, 100, 4),
        ]
        .map(|(trial, trials, seed)| (trials, scope.spawn(move || rates(trial, trials, seed))))
        .into_iter()
        .collect();
        let mut alarms = 0.0;
        for (trials, run) in runs {
            alarms += run.join().unwrap()[1] * f64::from(trials);
        }
        assert!(alarms <= 20.0, "{alarms} of 400");
    });
}

#[test]
fn half_as_slow_again_is_caught() {
    for (history, seed) in [(0, 5), (12, 6)] {
        let [_, _, caught, _] = rates(Trial { history, slower: 1.5, ..QUICK }, 30, seed);
        assert!(caught >= 0.8, "{history} {caught}");
    }
}

#[test]
#[ignore = "the table of the documentation: minutes in a debug build"]
fn table() {
    println!(
        "| samples | σ of a sample | captures vary by | earlier captures | any failure | any finding | +50 % caught | inconclusive metrics |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (samples, within) in [(12, 0.12), (20, 0.3), (1, 0.0)] {
        for between in [0.027, 0.05] {
            for history in [0, 10, 30] {
                let trial = Trial { between, samples, within, history, slower: 1.0 };
                let [failed, alarmed, _, open] = rates(trial, 400, 7);
                let [_, _, caught, _] = rates(Trial { slower: 1.5, ..trial }, 200, 8);
                println!(
                    "| {samples} | {within} | {:.1} % | {history} | {:.1} % | {:.1} % | {:.1} % | {:.0} % |",
                    between * 100.0,
                    failed * 100.0,
                    alarmed * 100.0,
                    caught * 100.0,
                    open * 100.0
                );
                // Two standard errors of 400 trials above 5 %.
                assert!(alarmed <= 0.072, "{alarmed}");
            }
        }
    }
}
