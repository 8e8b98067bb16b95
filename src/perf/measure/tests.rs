use std::collections::BTreeMap;

use super::*;
use crate::perf::load::{Recorder, Times, Window};
use crate::report::ErrorClass;

const SECOND: u64 = 1_000_000_000;

fn times(values: impl IntoIterator<Item = u64>) -> Histogram {
    let mut times = Histogram::new();
    values.into_iter().for_each(|value| times.record(value));
    times
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-9
}

#[test]
fn percentiles_are_given_when_ten_samples_lie_beyond() {
    let few = latency(&times(1..=999));
    assert_eq!((few.p99, few.p999, few.p50, few.max), (None, None, 500, 999));
    let some = latency(&times(1..=1_000));
    assert_eq!((some.p90, some.p95, some.p99, some.p999), (900, 950, Some(990), None));
    let many = latency(&times((1..=1_000).cycle().take(10_000)));
    assert_eq!((many.count, many.p99, many.p999), (10_000, Some(990), Some(999)));
    assert_eq!(latency(&times((1..=1_000).cycle().take(9_999))).p999, None);
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, standard deviation 2.
    let known = latency(&times([2, 4, 4, 4, 5, 5, 7, 9]));
    assert!(near(known.mean, 5.0) && near(known.stdev, 2.0) && known.min == 2);
    assert_eq!(latency(&Histogram::new()), Latency::default());
}

#[test]
fn distributions_have_few_classes_and_all_samples() {
    // Eight doublings in 128 classes: 16 to each.
    let doubled = distribution(&times([1_000, 2_000, 4_000, 4_000, 256_000]));
    let counts: Vec<u64> = doubled.iter().map(|bucket| bucket.count).collect();
    assert_eq!(counts, [1, 1, 2, 1]);
    let wide = distribution(&times((0..200_000).map(|number| 1_000 + number * number)));
    assert!(wide.len() <= 128 && wide.len() > 100, "{}", wide.len());
    assert_eq!(wide.iter().map(|bucket| bucket.count).sum::<u64>(), 200_000);
    assert!(wide.windows(2).all(|pair| pair[0].up_to < pair[1].up_to));
    // 0 to 9 in nine steps, one class each at the most; equal times are one class.
    assert_eq!(distribution(&times(0..10)).iter().map(|bucket| bucket.count).sum::<u64>(), 10);
    assert_eq!(distribution(&times([7, 7, 7])), [Bucket { up_to: 7, count: 3 }]);
    assert_eq!(distribution(&Histogram::new()), []);
}

/// Two endpoints over four seconds and a bit: `a` has 10 answers of 1 ms in each second, `b` one of 9 ms in the third and
/// two failures in the last.
fn recording(headline: Headline) -> Recording {
    let end = 4 * SECOND + SECOND / 10;
    let mut recorder = Recorder::new(2, headline, Window { begin: 0, end });
    let at = |sent: u64, took: u64| Times {
        due: sent - 500_000,
        sent,
        first_byte: sent + took / 2,
        done: sent + took,
    };
    for second in 0..4 {
        for number in 1..=10 {
            recorder.ok(0, at(second * SECOND + number * 50_000_000, 1_000_000), 100, 200, 0);
        }
        if second == 2 {
            recorder.ok(1, at(second * SECOND + 600_000_000, 9_000_000), 1, 2, 1);
        }
    }
    for _ in 0..2 {
        recorder.failed(1, ErrorClass::Timeout, at(4 * SECOND + 1_000_000, 1_000_000), 1, 0, 0);
    }
    recorder.connected(300, None);
    recorder.not_connected();
    Recording { offered: 82, sent: 41, ..recorder.finish(end) }
}

#[test]
fn a_run_has_counts_blocks_and_a_course() {
    let run =
        run(&["a", "b"], Headline::ServiceTime, &recording(Headline::ServiceTime), Usage::default(), None)
            .unwrap();
    assert!(near(run.seconds, 4.1));
    let names: Vec<&str> = run.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let blocks = |endpoint: usize| -> Vec<(u64, u64)> {
        run.endpoints[endpoint].blocks.iter().map(|block| (block.ok, block.failed)).collect()
    };
    assert_eq!((blocks(0), blocks(1)), (vec![(10, 0); 4], vec![(0, 0), (0, 0), (1, 0), (0, 2)]));
    let lengths: f64 = run.endpoints[0].blocks.iter().map(|block| block.seconds).sum();
    assert!(near(lengths, 4.1));
    assert_eq!(run.endpoints[1].blocks[0].histogram, "");
    assert_eq!((run.endpoints[0].response.as_ref(), run.rate.as_ref()), (None, None));
    let course: Vec<(f64, f64, u64)> =
        run.series.iter().map(|point| (point.at, (point.throughput * 1e6).round(), point.failed)).collect();
    // The tenth of a second at the end belongs to the fourth: 10 answers in 1.1 s.
    assert_eq!(course, [(1.0, 1e7, 0), (2.0, 1e7, 0), (3.0, 1.1e7, 0), (4.1, 9_090_909.0, 2)]);
    let third = &run.series[2];
    assert!(
        third.p50.unwrap().abs_diff(1_000_000) <= 1_000 && third.max.unwrap().abs_diff(9_000_000) <= 9_000
    );
    assert_eq!((run.connections.opened, run.connections.failed, run.connections.connect.max), (1, 1, 300));
    assert_eq!(run.connections.tls, None);
}

#[test]
fn a_rate_run_has_response_times_and_says_what_was_kept() {
    let headline = Headline::ResponseTime;
    let run = run(&["a", "b"], headline, &recording(headline), Usage::default(), None).unwrap();
    let rate = run.rate.clone().unwrap();
    assert!(near(rate.offered, 20.0) && near(rate.achieved, 10.0));
    let (total, endpoints) = pool(&[run], headline).unwrap();
    // Each was sent half a millisecond late.
    assert!(endpoints[0].response.as_ref().unwrap().p50.abs_diff(1_500_000) <= 1_500);
    assert!(endpoints[0].service.p50.abs_diff(1_000_000) <= 1_000);
    assert!(total.distribution.last().unwrap().up_to.abs_diff(9_500_000) <= 9_500);
}

#[test]
fn runs_are_pooled_from_their_histograms() {
    let headline = Headline::ServiceTime;
    let one = run(&["a", "b"], headline, &recording(headline), Usage::default(), None).unwrap();
    let (total, endpoints) = pool(&[one.clone(), one.clone()], headline).unwrap();
    assert_eq!((total.name.as_str(), total.counts.ok, total.counts.errors()), ("total", 82, 4));
    assert!(near(total.seconds, 8.2) && near(total.throughput, 10.0) && near(total.error_rate, 4.0 / 86.0));
    assert_eq!(total.distribution.iter().map(|bucket| bucket.count).sum::<u64>(), 82);
    let [a, b] = endpoints.as_slice() else { panic!("two endpoints") };
    assert_eq!((a.counts.ok, a.service.count, a.response.as_ref()), (80, 80, None));
    assert!(near(a.throughput, 80.0 / 8.2) && near(a.error_rate, 0.0));
    assert!(a.first_byte.p50.abs_diff(500_000) <= 500);
    assert!(near(b.error_rate, 4.0 / 6.0) && b.counts.retries == 2);
    let (nothing, none) = pool(&[], headline).unwrap();
    assert!(none.is_empty() && near(nothing.error_rate, 0.0) && near(nothing.throughput, 0.0));
}

#[test]
fn runs_of_files_must_agree_with_themselves() {
    let headline = Headline::ServiceTime;
    let good = run(&["a", "b"], headline, &recording(headline), Usage::default(), None).unwrap();
    let with = |change: &dyn Fn(&mut LoadRun)| {
        let mut run = good.clone();
        change(&mut run);
        pool(&[run], headline).unwrap_err().to_string()
    };
    let text = with(&|run| run.endpoints[0].service = "QUFB".to_owned());
    assert!(text.starts_with("the service times of endpoint `a` are not an HdrHistogram"), "{text}");
    let text = with(&|run| run.endpoints[0].counts.ok = 41);
    assert_eq!(text, "endpoint `a` has 41 good answers and 40 service times");
    let text = with(&|run| run.endpoints[1].first_byte.clear());
    assert_eq!(text, "endpoint `b` has 1 good answers and 0 first-byte times");
    for seconds in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
        assert_eq!(with(&|run| run.seconds = seconds), "the measured time of a run is out of range");
    }
    let huge = BTreeMap::from([(ErrorClass::Reset, u64::MAX), (ErrorClass::Check, 1)]);
    let text = with(&|run| run.endpoints[0].counts.failed.clone_from(&huge));
    assert_eq!(text, "a number of requests or bytes is out of range");
    // A run in a closed loop has no response times to be read as ones.
    assert!(pool(&[good], Headline::ResponseTime).is_err());
}

#[test]
fn the_numbers_of_a_test_are_put_together() {
    let headline = Headline::ServiceTime;
    let one = run(&["a", "b"], headline, &recording(headline), Usage::default(), None).unwrap();
    let machine = Machine { cpu: "x".to_owned(), cores: 2, ..Machine::default() };
    let doubt = Doubt { kind: DoubtKind::Aborted, text: String::new(), hint: None };
    let perf =
        assemble(machine, PerfTarget::default(), LoadShape::default(), headline, vec![one], vec![doubt])
            .unwrap();
    assert_eq!((perf.environment.cores, perf.endpoints.len(), perf.generators), (2, 2, 1));
    assert!(perf.aborted && perf.total.counts.ok == 41);
}
