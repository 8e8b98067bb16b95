//! Load tests and benchmarks made by hand: a good run, a regression, one not to be trusted, a rising load, commands, and
//! one in which every text tries to get out of where it is printed.
//!
//! Longer than most files: the reports share their parts, and numbers that belong together are read together.

use std::collections::BTreeMap;

use super::{HOSTILE_PATHS, check, count, empty, finding, reason, rule};
use crate::report::*;

/// Classes of a distribution around a median, with a share of slow ones ten times as slow.
fn distribution(samples: u64, median: f64, spread: f64, slow: f64) -> Vec<Bucket> {
    let bell = |time: f64, middle: f64, width: f64| (-((time / middle).ln() / width).powi(2) / 2.0).exp();
    let times: Vec<f64> = (0..96).map(|place| median * 0.3 * 1.06_f64.powi(place)).collect();
    let weights: Vec<f64> = times
        .iter()
        .map(|time| bell(*time, median, spread) + slow * bell(*time, median * 10.0, spread * 1.5))
        .collect();
    let all: f64 = weights.iter().sum();
    let classes = times.iter().zip(weights).map(|(time, weight)| Bucket {
        up_to: time.round() as u64,
        count: (weight / all * samples as f64).round() as u64,
    });
    classes.filter(|class| class.count > 0).collect()
}

/// With three digits after the point: what is longer may lose its last bit when JSON is read.
fn short(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// What a distribution comes to.
fn latency(classes: &[Bucket]) -> Latency {
    let count: u64 = classes.iter().map(|class| class.count).sum();
    let at = |share: f64| {
        let mut seen = 0;
        let found = classes.iter().find(|class| {
            seen += class.count;
            seen as f64 >= share * count as f64
        });
        found.map_or(0, |class| class.up_to)
    };
    let mean =
        classes.iter().map(|class| (class.up_to * class.count) as f64).sum::<f64>() / count.max(1) as f64;
    Latency {
        count,
        min: at(0.0),
        mean: short(mean),
        stdev: short(mean * 0.6),
        p50: at(0.5),
        p90: at(0.9),
        p95: at(0.95),
        p99: (count >= 1_000).then(|| at(0.99)),
        p999: (count >= 10_000).then(|| at(0.999)),
        max: at(1.0),
    }
}

fn endpoint(name: &str, seconds: f64, samples: u64, median: f64, slow: f64) -> EndpointResult {
    let classes = distribution(samples, median, 0.35, slow);
    let service = latency(&classes);
    EndpointResult {
        name: name.into(),
        counts: RequestCounts { ok: service.count, aborted: 4, ..RequestCounts::default() },
        seconds,
        throughput: short(service.count as f64 / seconds),
        error_rate: 0.0,
        first_byte: service.clone(),
        service,
        response: None,
        distribution: classes,
    }
}

/// All endpoints together.
fn total(endpoints: &[EndpointResult]) -> EndpointResult {
    let mut classes: BTreeMap<u64, u64> = BTreeMap::new();
    let mut counts = RequestCounts::default();
    for result in endpoints {
        counts.add(&result.counts);
        result.distribution.iter().for_each(|class| *classes.entry(class.up_to).or_default() += class.count);
    }
    // Classes of the three endpoints fall between each other; here those within seven per cent are one.
    let mut distribution: Vec<Bucket> = vec![];
    let class_of = |up_to: u64| ((up_to as f64).ln() / 1.07_f64.ln()).floor();
    for (up_to, count) in classes {
        match distribution.last_mut() {
            Some(last) if class_of(last.up_to) == class_of(up_to) => {
                *last = Bucket { up_to, count: last.count + count }
            }
            _ => distribution.push(Bucket { up_to, count }),
        }
    }
    let service = latency(&distribution);
    let seconds = endpoints[0].seconds;
    EndpointResult {
        name: "total".into(),
        seconds,
        throughput: short(counts.ok as f64 / seconds),
        error_rate: short(counts.errors() as f64 / counts.ended().max(1) as f64),
        counts,
        first_byte: service.clone(),
        response: endpoints[0].response.as_ref().map(|_| service.clone()),
        service,
        distribution,
    }
}

/// A run of thirty seconds; `slow` is the second in which the server stood still.
fn run(number: usize, result: &EndpointResult, runs: u64, slow: Option<usize>) -> LoadRun {
    let wobble = |second: usize, part: usize| ((second * 7 + number * 3 + part * 5) % 11) as f64 / 11.0 - 0.5;
    let point = |second: usize| {
        let frozen = slow.is_some_and(|slow| second == slow || second == slow + 1);
        let times = |value: u64, part: usize| {
            let factor = if frozen { 40.0 } else { 1.0 };
            Some((value as f64 * factor * (1.0 + 0.2 * wobble(second, part))) as u64)
        };
        let p99 = result.service.p99.unwrap_or(result.service.max);
        SeriesPoint {
            at: second as f64 + 1.0,
            throughput: short(result.throughput * if frozen { 0.1 } else { 1.0 + 0.06 * wobble(second, 0) }),
            failed: if frozen { 17 } else { 0 },
            p50: times(result.service.p50, 1),
            p99: times(p99, 2),
            max: times(result.service.max, 3),
        }
    };
    let usage = |cores: f64, memory: u64| Usage {
        cpu_mean: cores,
        cpu_peak: short(cores * 1.15),
        memory_mean: memory,
        memory_peak: memory + memory / 20,
        series: (0..30)
            .map(|second| UsagePoint {
                at: second as f64 + 1.0,
                cpu: short(cores * (1.0 + 0.2 * wobble(second, 4))),
                memory: memory + memory / 100 * second as u64,
            })
            .collect(),
    };
    let connect = latency(&distribution(50, 90_000.0, 0.3, 0.0));
    LoadRun {
        seconds: 30.0,
        endpoints: vec![RunEndpoint {
            name: "GET /".into(),
            counts: RequestCounts { ok: result.counts.ok / runs, ..RequestCounts::default() },
            ..RunEndpoint::default()
        }],
        connections: Connections { opened: 50, failed: 0, connect, tls: None },
        series: (0..30).map(point).collect(),
        generator: usage(0.62, 14_500_000),
        server: Some(usage(1.31, 88_000_000)),
        rate: None,
    }
}

fn load(rate: Option<f64>) -> LoadShape {
    LoadShape {
        profile: Some("standard".into()),
        concurrency: 50,
        rate,
        duration_ns: 30_000_000_000,
        warm_up_ns: 3_000_000_000,
        timeout_ns: 10_000_000_000,
        threads: 2,
        streams: 1,
        engine: "fast".into(),
        scenario: "shop".into(),
        scenario_digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        labels: BTreeMap::from([("build".into(), "4711".into()), ("encryption".into(), "on".into())]),
        ..LoadShape::default()
    }
}

fn verdict_of(endpoint: &str, metric: Metric, values: [f64; 2], change: f64, half: f64) -> MetricVerdict {
    MetricVerdict {
        endpoint: endpoint.into(),
        metric,
        before: short(values[0]),
        after: short(values[1]),
        change,
        interval: Some([short(change - half), short(change + half)]),
        p: Some(0.31),
        threshold: match metric {
            Metric::ErrorRate => 0.01,
            Metric::P99 => 0.15,
            _ => 0.1,
        },
        units: "5 and 5 runs".into(),
        verdict: Outcome::Pass,
        reason: "not worse by the limit".into(),
    }
}

fn perf() -> Perf {
    let endpoints = vec![
        endpoint("GET /", 150.0, 610_000, 190_000.0, 0.01),
        endpoint("GET /orders/{id}", 150.0, 402_000, 610_000.0, 0.02),
        endpoint("POST /orders", 150.0, 101_000, 1_900_000.0, 0.03),
    ];
    let total = total(&endpoints);
    Perf {
        environment: Environment {
            cpu: "AMD EPYC 7763 64-Core Processor".into(),
            cores: 8,
            governor: Some("performance".into()),
            system: "linux x86_64".into(),
            kernel: Some("6.12.9".into()),
        },
        target: PerfTarget {
            url: "http://127.0.0.1:18080/".into(),
            address: "127.0.0.1:18080".into(),
            protocol: "http/1.1".into(),
            status: 200,
            server: Some("nginx/1.26.3".into()),
            listener: Some(Listener { pid: 4_242, program: "nginx".into() }),
            expected_header: Some("x-build".into()),
            ..PerfTarget::default()
        },
        load: load(None),
        headline: Headline::ServiceTime,
        runs: (0..5).map(|number| run(number, &total, 5, None)).collect(),
        total,
        endpoints,
        generators: 1,
        ..Perf::default()
    }
}

fn report(details: Details) -> Report {
    let mut report = Report { details: Some(details), ..empty() };
    report.subject.name = "http://127.0.0.1:18080/".into();
    report.checks = vec![check("load", Status::Passed, &[("requests", 1_113_000)], 2)];
    report.tool.invocation = Some(Invocation {
        arguments: ["perf", "--url", "http://127.0.0.1:18080/", "--baseline", "last.json"]
            .map(str::to_owned)
            .into(),
        environment: vec![],
    });
    report
}

fn regression_rule() -> Rule {
    Rule {
        description: "What users wait for became longer.".into(),
        remediation: "Profile the endpoint against the baseline's build; if the change is meant, take this report as the \
                      new baseline."
            .into(),
        mappings: BTreeMap::new(),
        ..rule("PRF-001", Severity::High, "A metric is worse than its limit allows")
    }
}

/// A closed loop, held against an earlier run: nothing is worse.
pub(in crate::render) fn closed() -> Report {
    let mut perf = perf();
    let mut metrics = vec![];
    for (endpoint, p95) in
        [("GET /", 345_000.0), ("GET /orders/{id}", 1_120_000.0), ("POST /orders", 3_520_000.0)]
    {
        metrics.push(verdict_of(endpoint, Metric::ErrorRate, [0.0, 0.0], 0.0, 0.0));
        metrics.push(verdict_of(endpoint, Metric::Throughput, [4_100.0, 4_066.0], 0.008, 0.019));
        metrics.push(verdict_of(endpoint, Metric::P95, [p95, p95 * 0.98], -0.02, 0.031));
        metrics.push(verdict_of(endpoint, Metric::P99, [p95 * 3.1, p95 * 3.15], 0.016, 0.062));
    }
    perf.comparison = Some(PerfComparison {
        baseline: "last.json".into(),
        measured: Some("2026-11-20T21:00:00Z".into()),
        interleaved: false,
        incomparable: vec![],
        metrics,
    });
    let mut report = report(Details::Perf(Box::new(perf)));
    count(&mut report);
    report
}

/// A constant rate against another build, in turns: one endpoint is worse, of another nothing can be said.
pub(in crate::render) fn regression() -> Report {
    let mut perf = perf();
    perf.headline = Headline::ResponseTime;
    perf.load = load(Some(7_500.0));
    for (result, median) in perf.endpoints.iter_mut().zip([210_000.0, 900_000.0, 2_100_000.0]) {
        result.distribution = distribution(result.service.count, median, 0.5, 0.04);
        result.response = Some(latency(&result.distribution));
    }
    let failed = BTreeMap::from([(ErrorClass::Timeout, 12), (ErrorClass::Status, 1_204)]);
    perf.endpoints[1].counts.failed = failed;
    perf.endpoints[1].counts.late = 1_830;
    perf.endpoints[1].error_rate = short(1_216.0 / perf.endpoints[1].counts.ended() as f64);
    let service = perf.total.service.clone();
    perf.total = EndpointResult { service, ..total(&perf.endpoints) };
    perf.runs = (0..5).map(|number| run(number, &perf.total, 5, (number == 3).then_some(12))).collect();
    for run in &mut perf.runs {
        run.rate = Some(RateKept { offered: 7_500.0, achieved: 7_497.2 });
    }
    perf.comparison = Some(PerfComparison {
        baseline: "http://127.0.0.1:18081/".into(),
        measured: None,
        interleaved: true,
        incomparable: vec![],
        metrics: vec![
            verdict_of("GET /", Metric::ErrorRate, [0.0, 0.0], 0.0, 0.0),
            verdict_of("GET /", Metric::P95, [481_000.0, 470_000.0], -0.023, 0.04),
            MetricVerdict {
                verdict: Outcome::Inconclusive,
                reason: "the interval reaches over the limit: too much noise, more runs would tell".into(),
                p: Some(0.21),
                ..verdict_of("GET /", Metric::P99, [1_900_000.0, 2_110_000.0], 0.11, 0.19)
            },
            MetricVerdict {
                verdict: Outcome::Warn,
                reason: "surely worse, by less than the limit".into(),
                ..verdict_of("GET /orders/{id}", Metric::ErrorRate, [0.0, 0.003], 0.003, 0.001)
            },
            MetricVerdict {
                verdict: Outcome::Fail,
                p: Some(0.004),
                reason: "worse by more than the limit, and ranks like these come by chance in 0.4 % of cases"
                    .into(),
                ..verdict_of("GET /orders/{id}", Metric::P95, [1_650_000.0, 2_112_000.0], 0.28, 0.05)
            },
            verdict_of("POST /orders", Metric::ErrorRate, [0.0, 0.0], 0.0, 0.0),
            verdict_of("POST /orders", Metric::P95, [4_900_000.0, 5_010_000.0], 0.022, 0.045),
        ],
    });
    let mut report = report(Details::Perf(Box::new(perf)));
    report.checks = vec![CheckReport {
        findings: vec![finding(
            "PRF-001",
            Severity::High,
            "p95 is 28 % worse: 2.11 ms, was 1.65 ms",
            Location::Part { name: "GET /orders/{id}".into() },
            "",
        )],
        ..check("regression", Status::Failed, &[("endpoints", 3)], 1)
    }];
    report.rules = vec![regression_rule()];
    report.verdict.decision = Decision::NotReady;
    report.verdict.exit_code = 1;
    report.verdict.reasons = vec![reason(ReasonKind::Findings, Some("regression"), "1 high", None)];
    count(&mut report);
    report
}

/// A short run whose generator could not keep up, held against one of another machine.
pub(in crate::render) fn doubtful() -> Report {
    let mut perf = perf();
    perf.headline = Headline::ResponseTime;
    perf.load = load(Some(20_000.0));
    perf.load.labels.clear();
    perf.load.profile = Some("quick".into());
    perf.target.listener = None;
    perf.aborted = true;
    perf.endpoints = vec![endpoint("GET /", 2.1, 412, 900_000.0, 0.2)];
    let result = &mut perf.endpoints[0];
    result.response = Some(result.service.clone());
    result.counts.dropped = 31_200;
    perf.total = EndpointResult { name: "total".into(), ..result.clone() };
    perf.runs = vec![run(0, &perf.total, 1, None)];
    perf.runs[0].seconds = 2.1;
    perf.runs[0].series.truncate(2);
    perf.runs[0].generator.series.truncate(1);
    perf.runs[0].server = None;
    perf.runs[0].rate = Some(RateKept { offered: 20_000.0, achieved: 15_103.0 });
    let doubt = |kind, text: &str, hint: &str| Doubt { kind, text: text.into(), hint: Some(hint.into()) };
    perf.doubts = vec![
        doubt(
            DoubtKind::GeneratorBound,
            "the generator used 97 % of its 2 cores, so it and not the server may be what was measured",
            "give it more cores (`--threads`), or lower the rate",
        ),
        doubt(
            DoubtKind::RateMissed,
            "15,103 requests per second were sent of 20,000 that were due (75.5 %)",
            "raise `--concurrency`, or lower `--rate`",
        ),
        doubt(
            DoubtKind::TooFew,
            "412 samples carry no 99th percentile (1,000 are needed)",
            "measure for longer",
        ),
    ];
    perf.comparison = Some(PerfComparison {
        baseline: "last.json".into(),
        measured: Some("2026-11-20T21:00:00Z".into()),
        interleaved: false,
        incomparable: vec![
            "processor: AMD EPYC 7763 64-Core Processor, was Intel Xeon Platinum 8370C".into(),
            "rate: 20,000/s, was 500/s".into(),
        ],
        metrics: vec![MetricVerdict {
            interval: None,
            p: None,
            verdict: Outcome::Incomparable,
            reason: "not measured under the same conditions".into(),
            ..verdict_of("GET /", Metric::P95, [900_000.0, 11_000_000.0], 11.222, 0.0)
        }],
    });
    let mut report = report(Details::Perf(Box::new(perf)));
    let hint = "measure again with more cores for the generator";
    let status = Status::not_evaluated("the generator was the bottleneck", hint);
    report.checks = vec![check("load", status, &[("requests", 412)], 0)];
    report.verdict.decision = Decision::Incomplete;
    report.verdict.exit_code = 3;
    count(&mut report);
    report
}

/// A load that was raised until the server was saturated.
pub(in crate::render) fn stress() -> Report {
    let mut perf = perf();
    perf.load.profile = Some("stress".into());
    let step = |concurrency: u32, throughput: f64, median: f64, broke: Option<&str>| LoadStep {
        concurrency,
        throughput,
        error_rate: if broke.is_some() { 0.021 } else { 0.0 },
        latency: latency(&distribution((throughput * 10.0) as u64, median, 0.35, 0.02)),
        broke: broke.map(str::to_owned),
        ..LoadStep::default()
    };
    perf.steps = vec![
        step(10, 9_100.0, 1_050_000.0, None),
        step(20, 17_900.0, 1_080_000.0, None),
        step(50, 41_200.0, 1_170_000.0, None),
        step(100, 61_800.0, 1_560_000.0, None),
        step(200, 66_900.0, 2_900_000.0, None),
        step(500, 65_100.0, 7_400_000.0, Some("p99 over 50 ms, and errors over 1 %")),
    ];
    perf.steps[5].doubts = vec![Doubt {
        kind: DoubtKind::GeneratorBound,
        text: "the generator used 88 % of its 2 cores".into(),
        hint: None,
    }];
    perf.saturation = Some(Saturation {
        concurrency: 200,
        rate: None,
        throughput: 66_900.0,
        limit: "p99 over 50 ms, and errors over 1 %".into(),
    });
    let mut report = report(Details::Perf(Box::new(perf)));
    count(&mut report);
    report
}

/// A benchmark of two commands: the new one takes longer.
pub(in crate::render) fn commands() -> Report {
    let result = |name: &str, wall: u64, memory: u64| CommandResult {
        name: name.into(),
        command: vec![format!("./{name}/shop"), "import".into(), "orders.csv".into()],
        shell: false,
        runs: (0..10)
            .map(|number| CommandRun {
                wall_ns: wall + wall / 100 * ((number * 7) % 5),
                user_ns: wall / 2 + wall / 200 * ((number * 3) % 5),
                system_ns: wall / 10,
                peak_memory: memory + 4_096 * ((number * 7) % 3),
                instructions: Some(wall * 3),
                code: if name == "after" && number == 7 { Some(3) } else { Some(0) },
            })
            .collect(),
        failed: u32::from(name == "after"),
    };
    let bench = CommandBench {
        environment: perf().environment,
        commands: vec![result("before", 412_000_000, 48_000_000), result("after", 531_000_000, 49_000_000)],
        warm_ups: 2,
        labels: BTreeMap::new(),
        memory_floor: None,
        no_instructions: None,
        aborted: false,
        comparison: Some(PerfComparison {
            baseline: "before".into(),
            measured: None,
            interleaved: true,
            incomparable: vec![],
            metrics: vec![
                MetricVerdict {
                    verdict: Outcome::Fail,
                    threshold: 0.2,
                    units: "10 and 10 runs".into(),
                    reason: "worse by more than the limit".into(),
                    ..verdict_of("after", Metric::WallTime, [420e6, 541e6], 0.289, 0.014)
                },
                MetricVerdict {
                    threshold: 0.2,
                    ..verdict_of("after", Metric::PeakMemory, [48e6, 49e6], 0.021, 0.001)
                },
            ],
        }),
    };
    let mut report = report(Details::Command(Box::new(bench)));
    report.subject.name = "./after/shop import orders.csv".into();
    report.checks = vec![CheckReport {
        findings: vec![finding(
            "PRF-001",
            Severity::High,
            "wall time is 28.9 % worse: 541 ms, was 420 ms",
            Location::Part { name: "after".into() },
            "",
        )],
        ..check("regression", Status::Failed, &[("runs", 20)], 1)
    }];
    report.rules = vec![regression_rule()];
    report.verdict.decision = Decision::NotReady;
    report.verdict.exit_code = 1;
    count(&mut report);
    report
}

/// All numbers of reports that others may have written, each text hostile, each number absurd.
pub(in crate::render) fn hostile() -> Report {
    let mut report = regression();
    let bad = |place: usize| format!("{} \" ' </svg></style><img src=x onerror=x> ]]>", HOSTILE_PATHS[place]);
    let Some(Details::Perf(perf)) = &mut report.details else { panic!("a load test") };
    perf.environment.cpu = bad(2);
    perf.environment.governor = Some(bad(3));
    perf.target.url = bad(0);
    perf.target.server = Some(bad(2));
    perf.target.protocol = bad(7);
    perf.target.tls = Some(bad(8));
    perf.target.listener = Some(Listener { pid: 1, program: bad(5) });
    perf.load.labels = (0..HOSTILE_PATHS.len()).map(|place| (bad(place), bad(place))).collect();
    perf.load.scenario = bad(6);
    perf.load.engine = bad(1);
    for (place, path) in HOSTILE_PATHS.iter().enumerate() {
        perf.endpoints.push(EndpointResult { name: bad(place), ..perf.endpoints[0].clone() });
        perf.doubts.push(Doubt {
            kind: DoubtKind::OtherTarget,
            text: bad(place),
            hint: Some(bad(9 - place)),
        });
        report.checks[0].findings.push(finding(
            "PRF-001",
            Severity::High,
            &bad(place),
            Location::Part { name: (*path).into() },
            path,
        ));
        perf.steps.push(LoadStep { broke: Some(bad(place)), throughput: f64::NAN, ..LoadStep::default() });
    }
    perf.endpoints[0].throughput = f64::INFINITY;
    perf.total.distribution.push(Bucket { up_to: u64::MAX, count: u64::MAX });
    perf.total.distribution.insert(0, Bucket { up_to: 0, count: u64::MAX });
    perf.saturation = Some(Saturation { limit: bad(4), throughput: -1e300, ..Saturation::default() });
    perf.runs[0].series[0] =
        SeriesPoint { at: f64::NAN, throughput: f64::NAN, p99: Some(u64::MAX), ..SeriesPoint::default() };
    perf.runs[0].series[1].at = -1e308;
    perf.runs[0].series[2].at = 1e308;
    perf.runs[1].generator.series[0].cpu = f64::INFINITY;
    let comparison = perf.comparison.as_mut().unwrap();
    comparison.baseline = bad(9);
    comparison.measured = Some(bad(3));
    comparison.incomparable = (0..30).map(|place| bad(place % 10)).collect();
    for verdict in &mut comparison.metrics {
        verdict.endpoint = bad(7);
        verdict.reason = bad(2);
        verdict.units = bad(0);
    }
    comparison.metrics[0].change = f64::NAN;
    comparison.metrics[1].interval = Some([f64::NEG_INFINITY, f64::INFINITY]);
    comparison.metrics[2].threshold = f64::NAN;
    count(&mut report);
    report
}

/// All load tests and benchmarks, with names.
pub(in crate::render) fn all() -> [(&'static str, Report); 5] {
    [
        ("closed", closed()),
        ("regression", regression()),
        ("doubtful", doubtful()),
        ("stress", stress()),
        ("commands", commands()),
    ]
}
