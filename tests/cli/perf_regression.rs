//! How often a verdict is wrong: measurements drawn from a known distribution go through the same code as real ones, from
//! histograms to verdicts. Service times are log-normal (σ = 0.5) with one in a hundred five times as long, and each run has
//! a speed of its own. The table of `docs/performance-verdicts.md` is what this prints:
//! `cargo test --test cli perf_regression -- --nocapture`.

use std::fmt::Write as _;
use std::thread;

use readiness::perf::regression::{Error, Settings, Side, compare};
use readiness::report::{
    Block, Doubt, DoubtKind, EndpointResult, LoadRun, Metric, Outcome, Perf, PerfComparison, RequestCounts,
    RunEndpoint,
};
use readiness::stats::Histogram;
use readiness::stats::random::Random;
use readiness::stats::rank::upper_tail;

const TRIALS: u64 = 400;
const THREADS: u64 = 2;
/// Median of the service times in nanoseconds.
const MEDIAN: f64 = 2_000.0;
/// Steps of the table of quantiles.
const STEPS: usize = 4_096;
/// Pieces of a run, as a recorder makes them of ten seconds.
const PIECES: usize = 10;

/// Two builds, measured.
#[derive(Clone, Copy, Debug)]
struct Case {
    requests: usize,
    runs: usize,
    /// Coefficient of variation of the machine's speed between runs.
    machine: f64,
    /// Whether a slower build is measured, too.
    slower_too: bool,
}

/// Quantiles of the service time at the middle of `STEPS` equal shares, with the largest twice.
fn quantiles() -> Vec<u64> {
    let below = |x: f64| 1.0 - 0.99 * upper_tail(x.ln() / 0.5) - 0.01 * upper_tail((x / 5.0).ln() / 0.5);
    let mut low = 0.01_f64;
    (0..STEPS)
        .map(|step| {
            let share = (step as f64 + 0.5) / STEPS as f64;
            let (mut from, mut to) = (low, 200.0);
            for _ in 0..40 {
                let middle = f64::midpoint(from, to);
                if below(middle) < share { from = middle } else { to = middle }
            }
            low = from;
            (from * MEDIAN) as u64
        })
        .collect()
}

/// A measurement with what the comparison reads of it.
fn measurement(case: Case, slower: f64, table: &[u64], random: &mut Random) -> Perf {
    let run = |random: &mut Random| {
        // A sum of twelve uniform numbers is as good as normal.
        let normal = (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        // In 65,536ths, so that drawing needs no floating point.
        let speed = (65_536.0 * slower * case.machine.mul_add(normal, 1.0)) as u64;
        let mut whole = Histogram::new();
        let mut take = |mut piece: Option<&mut Histogram>, requests: usize, random: &mut Random| {
            for _ in 0..requests {
                let bits = random.next();
                let step = (bits >> 52) as usize;
                let (low, high) = (table[step], table[(step + 1).min(STEPS - 1)]);
                let time = low + (((high - low) * (bits & 0xFFFF)) >> 16);
                let time = (time * speed) >> 16;
                whole.record(time);
                if let Some(piece) = &mut piece {
                    piece.record(time);
                }
            }
        };
        let mut blocks = Vec::new();
        if case.runs > 1 {
            take(None, case.requests, random);
        } else {
            for _ in 0..PIECES {
                let mut piece = Histogram::new();
                take(Some(&mut piece), case.requests / PIECES, random);
                blocks.push(Block { seconds: 1.0, ok: piece.count(), failed: 0, histogram: piece.encode() });
            }
        }
        let counts = RequestCounts { ok: case.requests as u64, ..RequestCounts::default() };
        let endpoint = RunEndpoint {
            name: "order".to_owned(),
            counts,
            service: whole.encode(),
            blocks,
            ..RunEndpoint::default()
        };
        LoadRun { seconds: PIECES as f64, endpoints: vec![endpoint], ..LoadRun::default() }
    };
    Perf {
        endpoints: vec![EndpointResult { name: "order".to_owned(), ..EndpointResult::default() }],
        runs: (0..case.runs).map(|_| run(random)).collect(),
        generators: 1,
        ..Perf::default()
    }
}

/// How the verdicts of many trials fell.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// Trials with any failure.
    alarms: u64,
    /// Verdicts over p95 and p99: pass, warn, fail, inconclusive.
    of: [[u64; 4]; 2],
}

impl Tally {
    fn count(&mut self, before: &Perf, after: &Perf) {
        let side = |perf, name| Side { perf, name, created: None, version: "1.0.0" };
        let mut settings = Settings::default();
        settings.thresholds.floor_ns = Some(0);
        let comparison = compare(&side(before, "a"), &side(after, "b"), &settings).unwrap();
        let failed = comparison.metrics.iter().any(|verdict| verdict.verdict == Outcome::Fail);
        self.alarms += u64::from(failed);
        for verdict in &comparison.metrics {
            let of = match verdict.metric {
                Metric::P95 => &mut self.of[0],
                Metric::P99 => &mut self.of[1],
                _ => continue,
            };
            of[match verdict.verdict {
                Outcome::Pass => 0,
                Outcome::Warn => 1,
                Outcome::Fail => 2,
                Outcome::Inconclusive => 3,
                Outcome::Incomparable => panic!("{verdict:?}"),
            }] += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.alarms += other.alarms;
        for (sum, more) in self.of.iter_mut().flatten().zip(other.of.iter().flatten()) {
            *sum += more;
        }
    }
}

/// Verdicts over pairs of measurements of the same build and, where asked for, of one that is slower by a fifth. Each
/// measurement is the baseline of the next one.
fn tallies(case: Case, table: &[u64]) -> [Tally; 2] {
    let work = |seed: u64| {
        let mut tallies = [Tally::default(); 2];
        let mut random = Random::new(seed);
        let mut before = measurement(case, 1.0, table, &mut random);
        for _ in 0..TRIALS / THREADS {
            let after = measurement(case, 1.0, table, &mut random);
            tallies[0].count(&before, &after);
            if case.slower_too {
                tallies[1].count(&before, &measurement(case, 1.2, table, &mut random));
            }
            before = after;
        }
        tallies
    };
    let parts: Vec<[Tally; 2]> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|seed| scope.spawn(move || work(seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut all = [Tally::default(); 2];
    for part in parts {
        all.iter_mut().zip(&part).for_each(|(sum, more)| sum.add(more));
    }
    all
}

#[test]
fn noise_raises_no_alarm_and_a_regression_does() {
    let table = quantiles();
    let case = |requests, runs, machine, slower_too| Case { requests, runs, machine, slower_too };
    let cases = [
        case(500, 5, 0.0, false),
        case(500, 5, 0.027, false),
        case(5_000, 5, 0.0, true),
        case(5_000, 5, 0.027, true),
        case(500, 1, 0.0, false),
        case(5_000, 1, 0.0, false),
        case(5_000, 1, 0.027, false),
    ];
    let mut shown = "| the second build is | runs a side | requests a run | runs vary by | any fail | p95: pass / warn / fail / inconclusive | p99: the same |\n|---|---|---|---|---|---|---|\n".to_owned();
    let mut problems = Vec::new();
    for case in cases {
        let [same, slower] = tallies(case, &table);
        let percent = |count: u64| format!("{:.1}", count as f64 * 100.0 / TRIALS as f64);
        let row = |of: [u64; 4]| of.map(percent).join(" / ");
        let Case { requests, runs, machine, slower_too } = case;
        for (truth, found) in
            [("the same", same), ("20 % slower", slower)].into_iter().take(1 + usize::from(slower_too))
        {
            writeln!(
                shown,
                "| {truth} | {runs} | {requests} | {:.1} % | {} % | {} | {} |",
                machine * 100.0,
                percent(found.alarms),
                row(found.of[0]),
                row(found.of[1]),
            )
            .unwrap();
        }
        // At most one false alarm in twenty trials; one run cannot tell how runs vary, so that nothing is promised of it there.
        if (runs > 1 || machine == 0.0) && same.alarms * 20 > TRIALS {
            problems.push(format!("{case:?}: {} false alarms", same.alarms));
        }
        if slower_too && slower.of[0][2] * 20 < TRIALS * 19 {
            problems.push(format!("{case:?}: only {} found", slower.of[0][2]));
        }
        // A verdict that is always "inconclusive" would be never wrong: quiet measurements must pass.
        if requests == 5_000 && runs > 1 && same.of[0][0] * 20 < TRIALS * 17 {
            problems.push(format!("{case:?}: p95 passes {} times", same.of[0][0]));
        }
    }
    eprintln!("{shown}");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Five runs of a thousand requests.
fn some(slower: f64) -> Perf {
    let case = Case { requests: 1_000, runs: 5, machine: 0.0, slower_too: false };
    measurement(case, slower, &quantiles(), &mut Random::new(5))
}

fn compared(before: &Perf, after: &Perf, vary: &[&str]) -> Result<PerfComparison, Error> {
    let side = |perf, name| Side { perf, name, created: None, version: "1.0.0" };
    let vary = vary.iter().map(|key| (*key).to_owned()).collect();
    let mut settings = Settings { vary, ..Settings::default() };
    settings.thresholds.floor_ns = Some(0);
    compare(&side(before, "a.json"), &side(after, "b.json"), &settings)
}

fn all_are(comparison: &PerfComparison, outcome: Outcome) -> bool {
    comparison.metrics.len() == 4 && comparison.metrics.iter().all(|verdict| verdict.verdict == outcome)
}

#[test]
fn other_conditions_are_not_compared() {
    let (before, mut after) = (some(1.0), some(1.5));
    after.load.labels.insert("build".to_owned(), "7".to_owned());
    let comparison = compared(&before, &after, &[]).unwrap();
    assert_eq!(comparison.incomparable, ["label build: none before, 7 now"]);
    assert!(all_are(&comparison, Outcome::Incomparable));
    let comparison = compared(&before, &after, &["build"]).unwrap();
    assert!(comparison.incomparable.is_empty());
    assert_eq!(comparison.metrics[2].verdict, Outcome::Fail, "{comparison:?}");

    after.load.duration_ns = 5;
    assert!(compared(&before, &after, &["build"]).unwrap().incomparable.is_empty());
    after.environment.cores = 4;
    after.load.rate = Some(100.0);
    after.load.scenario_digest = "ff".to_owned();
    after.target.protocol = "h2".to_owned();
    let found = compared(&before, &after, &["build"]).unwrap().incomparable;
    assert_eq!(found.len(), 4, "{found:?}");
}

#[test]
fn an_endpoint_of_one_side_is_told() {
    let (mut before, mut after) = (some(1.0), some(1.0));
    before.endpoints.push(EndpointResult { name: "gone".to_owned(), ..EndpointResult::default() });
    after.endpoints.push(EndpointResult { name: "new".to_owned(), ..EndpointResult::default() });
    let comparison = compared(&before, &after, &[]).unwrap();
    assert!(comparison.incomparable.is_empty());
    let of = |name: &str| -> Vec<(Outcome, &str)> {
        let found = comparison.metrics.iter().filter(|verdict| verdict.endpoint == name);
        found.map(|verdict| (verdict.verdict, verdict.reason.as_str())).collect()
    };
    assert_eq!(of("new"), [(Outcome::Incomparable, "the baseline has no such endpoint"); 4]);
    assert_eq!(of("gone"), [(Outcome::Incomparable, "only the baseline has this endpoint"); 4]);
    assert!(of("order").iter().all(|(outcome, _)| *outcome == Outcome::Pass), "{comparison:?}");
    // That is no pass of the whole.
    after.comparison = Some(comparison.clone());
    let report = readiness::perf::checks::regression(&after);
    assert!(format!("{:?}", report.status).contains("of new"), "{report:?}");
}

#[test]
fn doubts_prove_nothing() {
    let (before, mut after) = (some(1.0), some(1.5));
    assert_eq!(compared(&before, &after, &[]).unwrap().metrics[2].verdict, Outcome::Fail);
    let text = "used 95 % of its cores".to_owned();
    after.doubts.push(Doubt { kind: DoubtKind::GeneratorBound, text, hint: None });
    let comparison = compared(&before, &after, &[]).unwrap();
    assert!(all_are(&comparison, Outcome::Inconclusive), "{comparison:?}");
    assert!(comparison.metrics[0].reason.contains("95 % of its cores"));
    let mut before = some(1.0);
    before.aborted = true;
    assert!(all_are(&compared(&before, &some(1.0), &[]).unwrap(), Outcome::Inconclusive));
}

#[test]
fn a_damaged_baseline_is_an_error() {
    let (mut before, after) = (some(1.0), some(1.0));
    before.runs[3].endpoints[0].service = "HISTFAAA".to_owned();
    let error = compared(&before, &after, &[]).unwrap_err().to_string();
    assert!(error.contains("a.json") && error.contains("`order` in run 4"), "{error}");
    let mut before = some(1.0);
    before.runs[0].endpoints[0].blocks = vec![Block::default(); 100_001];
    assert!(matches!(compared(&before, &after, &[]), Err(Error::TooMany { .. })));
    let mut before = some(1.0);
    before.runs[0].endpoints = vec![RunEndpoint::default(); 257];
    assert!(matches!(compared(&before, &after, &[]), Err(Error::TooMany { .. })));
    // A report without numbers says nothing.
    let empty = Perf { generators: 1, ..Perf::default() };
    assert!(all_are(&compared(&empty, &after, &[]).unwrap(), Outcome::Incomparable));
    let empty = Perf { endpoints: after.endpoints.clone(), ..empty };
    assert!(all_are(&compared(&empty, &after, &[]).unwrap(), Outcome::Inconclusive));
}
