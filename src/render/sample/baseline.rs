//! Baselines made by hand: captured, compared, over time (many metrics, and one), drifted; each again with nothing in it, and
//! one in which every text tries to get out of where it is printed.
//!
//! Longer than most files: the reports share their parts, and numbers that belong together are read together.

use super::{HOSTILE_PATHS, check, count, empty, finding, reason, rule};
use crate::report::*;

const COMMIT: &str = "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c";
const BEFORE: &str = "9a8b7c6d5e4f3a2b9a8b7c6d5e4f3a2b9a8b7c6d";
const MACHINE: &str = "3f5a0c1b2d4e6f708192a3b4c5d6e7f80123456789abcdef0123456789abcdef";

fn environment() -> Environment {
    Environment {
        cpu: "AMD EPYC 7763 64-Core Processor".into(),
        cores: 8,
        governor: Some("performance".into()),
        system: "linux x86_64".into(),
        kernel: Some("6.12.9".into()),
    }
}

fn now() -> BaselineCapture {
    BaselineCapture {
        id: "20261122T143500123Z-0123abcd".into(),
        label: Some("release-2.4".into()),
        created: "2026-11-22T14:35:00Z".into(),
        commit: Some(COMMIT.into()),
        dirty: Some(true),
        machine: MACHINE.into(),
        environment: environment(),
        took_ms: 3_412,
        file: Some(".readiness/baselines/20261122T143500123Z-0123abcd.json".into()),
        approved: None,
    }
}

fn then() -> BaselineCapture {
    BaselineCapture {
        id: "20261101T080000000Z-89abcdef".into(),
        label: Some("release-2.3".into()),
        created: "2026-11-01T08:00:00Z".into(),
        commit: Some(BEFORE.into()),
        dirty: Some(false),
        took_ms: 2_980,
        approved: Some(BaselineApproval {
            capture: "20261101T080000000Z-89abcdef".into(),
            sha256: "9a8b".repeat(16),
            owner: "Jane Doe".into(),
            reason: "load test of 2.3 passed, agreed with operations".into(),
            time: "2026-11-02T09:12:00Z".into(),
        }),
        ..now()
    }
}

fn report(baseline: Baseline, check_id: &str, unit: &str, value: u64) -> Report {
    let mut report = empty();
    report.subject.name = ".".into();
    report.subject.commit = Some(COMMIT.into());
    report.checks = vec![check(check_id, Status::Passed, &[(unit, value)], 4)];
    report.details = Some(Details::Baseline(Box::new(baseline)));
    count(&mut report);
    report
}

/// The same report with findings, which fail it from high on.
fn failed(mut report: Report, found: &[(&str, Severity, &str, &str, &str)]) -> Report {
    report.checks[0].status = Status::Failed;
    for (id, severity, title, part, message) in found {
        let place = Location::Part { name: (*part).into() };
        report.rules.push(rule(id, *severity, title));
        report.checks[0].findings.push(finding(id, *severity, message, place, ""));
    }
    let high = found.iter().filter(|(_, severity, ..)| *severity >= Severity::High).count();
    if high > 0 {
        let words = format!("{}: {high} high", report.checks[0].title);
        report.verdict.reasons = vec![reason(ReasonKind::Findings, Some(&report.checks[0].id), &words, None)];
        report.verdict.decision = Decision::NotReady;
        report.verdict.exit_code = 1;
    }
    count(&mut report);
    report
}

fn metric(
    category: &str,
    name: &str,
    unit: &str,
    better: Better,
    value: f64,
    samples: u32,
) -> BaselineMetric {
    BaselineMetric {
        name: name.into(),
        category: category.into(),
        unit: unit.into(),
        better,
        state: MetricState::Measured,
        value: Some(value),
        samples,
        ..BaselineMetric::default()
    }
}

fn without(category: &str, name: &str, state: MetricState, reason: &str) -> BaselineMetric {
    BaselineMetric {
        name: name.into(),
        category: category.into(),
        state,
        reason: Some(reason.into()),
        ..BaselineMetric::default()
    }
}

/// Twenty probes of seven categories.
fn metrics() -> Vec<BaselineMetric> {
    use Better::{Higher, Lower, Same};
    let at_most = |limit: f64| Some([None, Some(limit)]);
    let at_least = |limit: f64| Some([Some(limit), None]);
    vec![
        metric("system_health", "cpu_busy", "ratio", Lower, 0.184, 5),
        metric("system_health", "load1", "", Lower, 1.27, 1),
        metric("system_health", "memory_used", "bytes", Lower, 6_815_744_000.0, 1),
        BaselineMetric {
            target: at_least(0.1),
            target_met: Some(true),
            ..metric("system_health", "disk_free", "ratio", Higher, 0.412, 1)
        },
        metric("system_health", "descriptors_open", "", Lower, 12_480.0, 1),
        metric("network", "loopback_latency", "seconds", Lower, 0.000_041_7, 20),
        metric("network", "loopback_throughput", "bytes_per_second", Higher, 3_221_225_472.0, 3),
        BaselineMetric {
            target: at_most(0.25),
            target_met: Some(false),
            accept: at_most(0.5),
            accepted: Some(true),
            ..metric("ai_model", "first_token", "seconds", Lower, 0.312, 10)
        },
        BaselineMetric {
            target: at_least(40.0),
            target_met: Some(true),
            accept: Some([Some(20.0), Some(400.0)]),
            accepted: Some(true),
            ..metric("ai_model", "tokens", "tokens_per_second", Higher, 57.3, 10)
        },
        BaselineMetric {
            accept: at_least(0.85),
            accepted: Some(false),
            ..metric("rag", "retrieval_hit_ratio", "ratio", Higher, 0.714, 50)
        },
        metric("cache", "redis_hit_ratio", "ratio", Higher, 0.941, 1),
        metric("cache", "redis_evicted", "", Lower, 0.0, 1),
        BaselineMetric {
            samples: 3,
            ..without(
                "vector_database",
                "qdrant_search_p95",
                MetricState::Errored,
                "http://127.0.0.1:6333/metrics: connection refused",
            )
        },
        metric("vector_database", "qdrant_points", "", Same, 1_204_733.0, 1),
        BaselineMetric {
            optional: true,
            ..without("voice", "speech_delay", MetricState::Errored, "no answer within 2 s")
        },
        without(
            "gpu",
            "gpu_memory_used",
            MetricState::NotEvaluated,
            "nvidia-smi is not installed, and no device is in sysfs",
        ),
        without(
            "gpu",
            "gpu_temperature",
            MetricState::NotEvaluated,
            "nvidia-smi is not installed, and no device is in sysfs",
        ),
        metric("llm_economics", "cost_of_request", "usd", Lower, 0.001_84, 10),
        metric("plant", "boiler_temperature", "celsius", Same, 61.5, 1),
        metric("system_health", "uptime", "seconds", Same, 864_000.0, 1),
    ]
}

/// Twenty probes, of which some failed; modules and files that are not all good.
pub(in crate::render) fn captured() -> Report {
    let baseline = Baseline {
        action: BaselineAction::Captured,
        capture: Some(now()),
        metrics: metrics(),
        modules: modules(),
        files: files(),
        ..Baseline::default()
    };
    failed(
        report(baseline, "baseline-probes", "metrics", 20),
        &[
            (
                "BSL-003",
                Severity::High,
                "A probe failed",
                "qdrant_search_p95",
                "http://127.0.0.1:6333/metrics: connection refused",
            ),
            (
                "BSL-001",
                Severity::High,
                "A value is outside what is accepted",
                "retrieval_hit_ratio",
                "0.714, accepted is at least 0.85",
            ),
        ],
    )
}

fn modules() -> Vec<ModuleLoad> {
    let module = |name: &str, command: &str, outcome, took_ms, words: &str| ModuleLoad {
        name: name.into(),
        command: command.into(),
        outcome,
        took_ms,
        within_ms: 5_000,
        words: words.into(),
    };
    vec![
        module("app", "python -c 'import app'", LoadOutcome::Loads, 212, ""),
        module("model server", "vllm --version", LoadOutcome::Slow, 7_412, "it took 7.4 s, allowed are 5 s"),
        module(
            "worker",
            "node -e 'require(\"./worker\")'",
            LoadOutcome::Fails,
            131,
            "exit code 1: Error: Cannot find module 'bullmq'",
        ),
        module("ffmpeg", "ffmpeg -version", LoadOutcome::Absent, 0, "there is no program of this name"),
    ]
}

fn files() -> Vec<DataFileSeen> {
    vec![
        DataFileSeen {
            path: "models/chat.gguf".into(),
            present: true,
            bytes: 4_815_162_342,
            sha256: Some("2c26b46b68ffc68f".repeat(4)),
            format: Some("gguf".into()),
            about: "GGUF 3, 291 tensors".into(),
            problems: vec![],
        },
        DataFileSeen {
            path: "models/rerank.pt".into(),
            present: true,
            bytes: 438_012_416,
            sha256: None,
            format: Some("pytorch".into()),
            about: String::new(),
            problems: vec![
                ("BSL-053".into(), "a pickle that calls os.system".into()),
                ("BSL-051".into(), "SHA-256 9f86d081…, declared is 2c26b46b…".into()),
            ],
        },
        DataFileSeen {
            path: "data/events-*.parquet".into(),
            problems: vec![("BSL-050".into(), "nothing matches the glob".into())],
            ..DataFileSeen::default()
        },
    ]
}

/// How a metric compares.
fn against(
    mut metric: BaselineMetric,
    before: Option<f64>,
    change: Option<f64>,
    interval: Option<[f64; 2]>,
    p: Option<f64>,
    verdict: Outcome,
    reason: &str,
) -> BaselineMetric {
    let reason = reason.into();
    metric.comparison = Some(MetricComparison {
        before,
        change,
        interval,
        p,
        threshold: 0.2,
        lowered: None,
        verdict,
        reason,
    });
    metric
}

fn compared_metrics() -> Vec<BaselineMetric> {
    use Better::{Higher, Lower, Same};
    use Outcome::{Fail, Inconclusive, Pass, Warn};
    let single = "a single value, held against its threshold";
    let mut all = vec![
        against(
            metric("system_health", "load1", "", Lower, 1.27, 1),
            Some(1.21),
            Some(0.05),
            None,
            None,
            Pass,
            single,
        ),
        against(
            metric("system_health", "memory_used", "bytes", Lower, 6_815_744_000.0, 1),
            Some(6_606_028_800.0),
            Some(0.032),
            None,
            None,
            Pass,
            single,
        ),
        against(
            metric("network", "loopback_latency", "seconds", Lower, 0.000_041_7, 20),
            Some(0.000_046),
            Some(-0.093),
            Some([-0.12, -0.06]),
            Some(1.0),
            Pass,
            "better",
        ),
        against(
            BaselineMetric {
                target: Some([None, Some(0.25)]),
                target_met: Some(false),
                band: Some(MetricBand {
                    points: 41,
                    learning: false,
                    median: 0.198,
                    low: 0.17,
                    high: 0.226,
                    outside: true,
                }),
                ..metric("ai_model", "first_token", "seconds", Lower, 0.312, 10)
            },
            Some(0.197),
            Some(0.583),
            Some([0.41, 0.77]),
            Some(0.000_2),
            Fail,
            "worse by more than 20 %, and so is the whole interval's lower end",
        ),
        against(
            metric("ai_model", "tokens", "tokens_per_second", Higher, 57.3, 10),
            Some(61.0),
            Some(0.061),
            Some([0.02, 0.1]),
            Some(0.004),
            Warn,
            "surely worse, by less than 20 %",
        ),
        against(
            metric("rag", "retrieval_time", "seconds", Lower, 1.94, 4),
            Some(1.51),
            Some(0.285),
            Some([-0.18, 0.71]),
            Some(0.34),
            Inconclusive,
            "four samples vary too much to tell a change of 20 %",
        ),
        metric("cache", "redis_hit_ratio", "ratio", Higher, 0.941, 1),
        against(
            metric("vector_database", "qdrant_points", "", Same, 1_204_733.0, 1),
            Some(1_101_004.0),
            Some(0.094),
            None,
            None,
            Pass,
            single,
        ),
        without("voice", "speech_delay", MetricState::Errored, "no answer within 2 s"),
    ];
    let gone =
        without("cache", "cache_age", MetricState::Missing, "no probe of this name is declared any more");
    all.push(against(
        BaselineMetric { unit: "seconds".into(), better: Lower, ..gone },
        Some(3.0),
        None,
        None,
        None,
        Fail,
        "the reference has it",
    ));
    for place in 0..12 {
        let name = format!("queue_{place:02}_wait");
        let each = metric("business", &name, "seconds", Lower, 0.8 + f64::from(place) / 100.0, 1);
        all.push(against(each, Some(0.8), Some(f64::from(place) / 80.0), None, None, Pass, single));
    }
    all
}

/// Compared with what was approved; one metric fails, one is gone.
pub(in crate::render) fn compared() -> Report {
    let baseline = Baseline {
        action: BaselineAction::Compared,
        capture: Some(now()),
        reference: Some(then()),
        metrics: compared_metrics(),
        drift: drifts().into_iter().take(3).collect(),
        skipped: vec![SkippedCapture {
            file: "20261119T101500000Z-5c6d7e8f.json".into(),
            reason: "line 1: unexpected end; half written".into(),
        }],
        ..Baseline::default()
    };
    failed(
        report(baseline, "baseline-comparison", "metrics", 22),
        &[
            (
                "BSL-010",
                Severity::High,
                "A metric is worse than in the reference",
                "first_token",
                "312 ms, was 197 ms: 58.3 % worse, limit 20 %",
            ),
            (
                "BSL-013",
                Severity::High,
                "A metric of the reference is missing",
                "cache_age",
                "no probe of this name is declared any more",
            ),
        ],
    )
}

/// Not comparable: another machine.
pub(in crate::render) fn incomparable() -> Report {
    let mut other = then();
    other.machine = "77".repeat(32);
    other.approved = None;
    other.environment.cpu = "Intel Xeon Platinum 8370C".into();
    let metrics = compared_metrics().into_iter().take(6).map(|mut metric| {
        if let Some(found) = &mut metric.comparison {
            found.verdict = Outcome::Incomparable;
            (found.interval, found.p) = (None, None);
            found.reason = "measured on different machines".into();
        }
        metric
    });
    let baseline = Baseline {
        action: BaselineAction::Compared,
        capture: Some(now()),
        reference: Some(other),
        differences: vec![
            "the processor is AMD EPYC 7763 64-Core Processor, was Intel Xeon Platinum 8370C".into(),
            "another machine: fingerprint 3f5a0c1b2d4e, was 777777777777".into(),
        ],
        metrics: metrics.collect(),
        ..Baseline::default()
    };
    let mut report = report(baseline, "baseline-comparison", "metrics", 6);
    report.checks[0].status = Status::not_evaluated(
        "the captures are of different machines",
        "compare on one machine, or `--any-machine`",
    );
    report.verdict.decision = Decision::Incomplete;
    report.verdict.exit_code = 3;
    count(&mut report);
    report
}

/// Numbers that look like chance and are the same every time, from 0 to 1.
fn noise(seed: u32) -> f64 {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(12_345);
    state ^= state >> 15;
    state = state.wrapping_mul(2_246_822_519);
    state ^= state >> 13;
    f64::from(state % 1_000) / 1_000.0
}

/// With four digits: what is longer may lose its last bit when JSON is read.
fn short(value: f64) -> f64 {
    let power = 10_f64.powf(3.0 - value.abs().max(1e-9).log10().floor());
    format!("{}", (value * power).round() / power).parse().unwrap()
}

/// A metric with a capture every day, so many of them, up to 22 November.
fn course(mut metric: BaselineMetric, days: u32, at: impl Fn(u32) -> f64) -> BaselineMetric {
    let last: jiff::Timestamp = "2026-11-22T14:35:00Z".parse().unwrap();
    metric.series = (0..days)
        .map(|day| {
            let time = last - jiff::SignedDuration::from_hours(24 * i64::from(days - 1 - day));
            MetricPoint {
                time: time.to_string(),
                capture: format!("{}-{day:08x}", time.strftime("%Y%m%dT%H%M%S000Z")),
                label: (day % 7 == 0).then(|| format!("nightly-{day}")),
                value: short(at(day)),
            }
        })
        .collect();
    metric.value = metric.series.last().map(|point| point.value);
    metric
}

fn band(points: u32, median: f64, reach: f64, outside: bool) -> Option<MetricBand> {
    let (low, high) = (short(median - reach), short(median + reach));
    Some(MetricBand { points, learning: points < 10, median, low, high, outside })
}

/// A latency that became worse with a commit, and is still above its band.
fn stepped() -> BaselineMetric {
    let latency = metric("ai_model", "first_token", "seconds", Better::Lower, 0.0, 1);
    let at = |day: u32| if day < 40 { 0.19 } else { 0.29 } + noise(day) * 0.02;
    BaselineMetric {
        target: Some([None, Some(0.25)]),
        target_met: Some(false),
        accept: Some([None, Some(0.5)]),
        accepted: Some(true),
        band: band(59, 0.2, 0.04, true),
        trend: Some(MetricTrend {
            points: 60,
            per_day: 0.001_6,
            interval: [0.000_9, 0.002_3],
            worsening: true,
        }),
        changes: vec![
            ChangePoint {
                time: "2026-10-06T14:35:00Z".into(),
                capture: "20261006T143500000Z-0000000c".into(),
                commit: None,
                before: 0.206,
                after: 0.2,
                p: 0.03,
                worse: false,
            },
            ChangePoint {
                time: "2026-11-03T14:35:00Z".into(),
                capture: "20261103T143500000Z-00000028".into(),
                commit: Some(BEFORE.into()),
                before: 0.2,
                after: 0.3,
                p: 0.000_01,
                worse: true,
            },
        ],
        ..course(latency, 60, at)
    }
}

/// Six metrics over time: one that stepped, one that rises, a share, one that never changes, one that is young, one gone.
pub(in crate::render) fn history() -> Report {
    let memory = metric("system_health", "memory_used", "bytes", Better::Lower, 0.0, 1);
    let hits = metric("cache", "redis_hit_ratio", "ratio", Better::Higher, 0.0, 1);
    let points = metric("vector_database", "qdrant_points", "", Better::Same, 0.0, 1);
    let young = metric("llm_economics", "cost_of_request", "usd", Better::Lower, 0.0, 1);
    let rising = |day: u32| 5.6e9 + f64::from(day) * 2e7 + noise(day) * 1e8;
    let metrics = vec![
        BaselineMetric {
            band: band(59, 0.94, 0.03, false),
            trend: Some(MetricTrend {
                points: 60,
                per_day: -0.000_02,
                interval: [-0.000_3, 0.000_2],
                worsening: false,
            }),
            ..course(hits, 60, |day| 0.93 + noise(day) * 0.02)
        },
        stepped(),
        BaselineMetric {
            band: band(59, 6.2e9, 1.2e9, false),
            trend: Some(MetricTrend {
                points: 60,
                per_day: 2.0e7,
                interval: [1.8e7, 2.2e7],
                worsening: true,
            }),
            ..course(memory, 60, rising)
        },
        BaselineMetric { band: band(59, 1_205_000.0, 0.0, false), ..course(points, 60, |_| 1_205_000.0) },
        BaselineMetric {
            band: band(6, 0.001_8, 0.000_2, false),
            ..course(young, 7, |day| 0.001_7 + noise(day) * 0.000_2)
        },
        without("voice", "speech_delay", MetricState::Errored, "no answer within 2 s"),
    ];
    let baseline = Baseline {
        action: BaselineAction::History,
        metrics,
        skipped: (0..25)
            .map(|place| SkippedCapture {
                file: format!("20260801T0{}0000000Z-{place:08x}.json", place % 10),
                reason: "not one of this program".into(),
            })
            .collect(),
        ..Baseline::default()
    };
    let title = "A metric changed for the worse and stayed so";
    let message = "it rose from 200 ms to 300 ms with the capture of 2026-11-03";
    failed(
        report(baseline, "baseline-history", "captures", 60),
        &[("BSL-021", Severity::Medium, title, "first_token", message)],
    )
}

/// One metric over time.
pub(in crate::render) fn single() -> Report {
    let baseline =
        Baseline { action: BaselineAction::History, metrics: vec![stepped()], ..Baseline::default() };
    report(baseline, "baseline-history", "captures", 60)
}

fn drifts() -> Vec<DriftChange> {
    let change =
        |kind, place: &str, key: &str, before: Option<&str>, after: Option<&str>, rule: &str| DriftChange {
            kind,
            place: place.into(),
            key: key.into(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            rule: rule.into(),
            severity: None,
            audit_rule: None,
            words: String::new(),
        };
    use DriftKind::{Environment, File, Finding, Port, Version};
    let production = "config/production.yaml";
    vec![
        change(File, production, "pool.size", Some("10"), Some("200"), "BSL-032"),
        DriftChange {
            audit_rule: Some("CFG-007".into()),
            words: "tokens that live for a day can be used for a day by whoever steals one".into(),
            ..change(File, production, "security.jwt.expiry", Some("15m"), Some("24h"), "BSL-030")
        },
        change(
            File,
            production,
            "security.cors.origins[0]",
            Some("https://a.example"),
            Some("https://b.example"),
            "BSL-031",
        ),
        change(
            Environment,
            "DATABASE_URL",
            "",
            Some("hmac:0b3c5d7e9f1a2b3c4d5e6f708192a3b4c5d6e7f8"),
            Some("hmac:4d5e6f708192a3b4c5d6e7f80b3c5d7e9f1a2b3c"),
            "BSL-033",
        ),
        change(Version, "python", "", Some("Python 3.12.4"), Some("Python 3.13.1"), "BSL-034"),
        change(Port, "tcp 0.0.0.0:9229", "", None, Some("node"), "BSL-035"),
        change(Port, "tcp 127.0.0.1:6379", "", Some("redis-server"), None, "BSL-036"),
        change(Finding, "deploy/Containerfile", "", None, Some("CTR-001"), "BSL-037"),
        change(File, "config/old.yaml", "", Some("a file"), None, "BSL-032"),
    ]
}

/// What was configured differently.
pub(in crate::render) fn drift() -> Report {
    let baseline = Baseline {
        action: BaselineAction::Drift,
        capture: Some(now()),
        reference: Some(then()),
        drift: drifts(),
        ..Baseline::default()
    };
    let title = "A configuration was weakened";
    let message = "security.jwt.expiry: 15m → 24h (CFG-007)";
    failed(
        report(baseline, "drift", "keys", 214),
        &[("BSL-030", Severity::High, title, "config/production.yaml", message)],
    )
}

/// Nothing but what was done, for each thing that can be.
pub(in crate::render) fn nothing() -> Vec<Report> {
    [BaselineAction::Captured, BaselineAction::Compared, BaselineAction::History, BaselineAction::Drift]
        .map(|action| report(Baseline { action, ..Baseline::default() }, "baseline-probes", "metrics", 0))
        .into()
}

/// Texts that others may have written, each hostile, and numbers that are hard to draw, in everything that can be done.
pub(in crate::render) fn hostile() -> Vec<Report> {
    let bad =
        |place: usize| format!("{} \" ' </svg></style><img src=x onerror=x> ]]>", HOSTILE_PATHS[place % 10]);
    let odd = [f64::NAN, f64::INFINITY, f64::MAX, f64::MIN, -0.0, 5e-324, 1e300, 1.0];
    let number = |place: usize| odd[place % odd.len()];
    let capture = |place: usize| BaselineCapture {
        id: bad(place),
        label: Some(bad(place + 1)),
        created: bad(place + 2),
        commit: Some(bad(place + 3)),
        dirty: Some(true),
        machine: bad(place + 4),
        environment: Environment {
            cpu: bad(place),
            cores: u32::MAX,
            governor: Some(bad(place + 1)),
            system: bad(place + 2),
            kernel: Some(bad(place + 3)),
        },
        took_ms: u64::MAX,
        file: Some(bad(place + 5)),
        approved: Some(BaselineApproval {
            capture: bad(place + 6),
            sha256: bad(place + 7),
            owner: bad(place + 8),
            reason: bad(place + 9),
            time: bad(place),
        }),
    };
    let point = |place: usize, dated: bool| MetricPoint {
        // Years apart, an hour apart, or no moment at all.
        time: match (dated, place % 3) {
            (false, _) => bad(place),
            (true, 0) => format!("{:04}-01-01T00:00:00Z", (place * 211) % 10_000),
            (true, _) => format!("2026-11-22T{:02}:00:00Z", place % 24),
        },
        capture: bad(place + 1),
        label: Some(bad(place + 2)),
        value: number(place),
    };
    let change = |place: usize| ChangePoint {
        time: if place.is_multiple_of(2) { bad(place) } else { "2026-11-22T03:00:00Z".into() },
        capture: bad(place + 1),
        commit: Some(bad(place + 2)),
        before: number(place),
        after: number(place + 1),
        p: number(place),
        worse: true,
    };
    let units = ["seconds", "bytes", "ratio", "", "bytes_per_second", "celsius"];
    let states =
        [MetricState::Measured, MetricState::Errored, MetricState::NotEvaluated, MetricState::Missing];
    let metric = |place: usize| BaselineMetric {
        name: bad(place),
        category: bad(place + 1),
        unit: units.get(place % 8).map_or_else(|| bad(place), |unit| (*unit).to_owned()),
        better: [Better::Lower, Better::Higher, Better::Same][place % 3],
        state: states[(place / 8) % 4],
        reason: Some(bad(place + 2)),
        value: Some(number(place)),
        samples: u32::MAX,
        optional: place.is_multiple_of(2),
        target: Some([Some(number(place)), Some(number(place + 1))]),
        target_met: Some(false),
        accept: Some([None, None]),
        accepted: Some(false),
        comparison: Some(MetricComparison {
            before: Some(number(place + 1)),
            change: Some(number(place + 2)),
            interval: Some([number(place + 3), number(place + 4)]),
            p: Some(number(place)),
            threshold: number(place + 5),
            lowered: None,
            verdict: [Outcome::Fail, Outcome::Pass, Outcome::Incomparable][place % 3],
            reason: bad(place + 3),
        }),
        band: Some(MetricBand {
            points: u32::MAX,
            learning: false,
            median: number(place),
            low: number(place + 1),
            high: number(place + 2),
            outside: true,
        }),
        trend: Some(MetricTrend {
            points: 3,
            per_day: number(place),
            interval: [number(place + 1), number(place + 2)],
            worsening: true,
        }),
        changes: (0..if place == 0 { 20 } else { 2 }).map(change).collect(),
        // One of them has more points than a picture.
        series: (0..if place == 0 { 700 } else { 4 })
            .map(|each| point(each + place, place.is_multiple_of(2)))
            .collect(),
    };
    let make = |(action, many): (BaselineAction, usize)| {
        let baseline = Baseline {
            action,
            capture: Some(capture(0)),
            reference: Some(capture(5)),
            differences: (0..40).map(bad).collect(),
            metrics: (0..many).map(metric).collect(),
            modules: (0..10)
                .map(|place| ModuleLoad {
                    name: bad(place),
                    command: bad(place + 1),
                    outcome: LoadOutcome::Fails,
                    took_ms: u64::MAX,
                    within_ms: 0,
                    words: bad(place + 2),
                })
                .collect(),
            files: (0..10)
                .map(|place| DataFileSeen {
                    path: bad(place),
                    present: true,
                    bytes: u64::MAX,
                    sha256: Some(bad(place + 1)),
                    format: Some(bad(place + 2)),
                    about: bad(place + 3),
                    problems: (0..9).map(|more| (bad(place + more), bad(more))).collect(),
                })
                .collect(),
            drift: (0..10)
                .map(|place| DriftChange {
                    kind: DriftKind::File,
                    place: bad(place),
                    key: bad(place + 1),
                    before: Some(format!("{}a", bad(place + 2).repeat(9))),
                    after: Some(format!("{}b", bad(place + 2).repeat(9))),
                    rule: bad(place + 4),
                    severity: None,
                    audit_rule: Some(bad(place + 5)),
                    words: bad(place + 6),
                })
                .collect(),
            skipped: (0..40)
                .map(|place| SkippedCapture { file: bad(place), reason: bad(place + 1) })
                .collect(),
        };
        report(baseline, "baseline-probes", "metrics", 1)
    };
    [
        (BaselineAction::Captured, 33),
        (BaselineAction::Compared, 42),
        (BaselineAction::History, 26),
        (BaselineAction::History, 1),
        (BaselineAction::Drift, 0),
    ]
    .map(make)
    .into()
}

/// All baselines but the hostile and the empty ones, with names.
pub(in crate::render) fn all() -> [(&'static str, Report); 6] {
    [
        ("baseline_captured", captured()),
        ("baseline_compared", compared()),
        ("baseline_incomparable", incomparable()),
        ("baseline_history", history()),
        ("baseline_single", single()),
        ("baseline_drift", drift()),
    ]
}
