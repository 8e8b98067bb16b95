//! What a measurement says of a release, as findings: requests that fail, objectives that are missed, regressions. They look
//! at numbers that are there already, so that they conclude alone.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::regression::words;
use super::scenario::Objectives;
use crate::engine::{Check, Conclusion, Findings, Reads, RuleFile, conclude_alone};
use crate::report::{
    CheckReport, CommandBench, CommandRun, DoubtKind, EndpointResult, ErrorClass, Headline, LeftOutKind,
    Metric, MetricVerdict, Outcome, Perf, PerfComparison, RequestCounts, Rule, Severity, Status,
};

static RULES: LazyLock<[Vec<Rule>; 3]> = LazyLock::new(|| {
    let all = RuleFile::embedded(LOAD.rule_file).rules;
    let of = |decade: &str| all.iter().filter(|rule| rule.id.starts_with(decade)).cloned().collect();
    [of("PRF-00"), of("PRF-01"), of("PRF-02")]
});

/// Whether the server bore the load.
pub static LOAD: Check = Check {
    id: "load",
    title: "Load",
    about: "Under load, requests succeed and objectives are met.",
    reads: Reads::Declarations,
    rules: || rules(0),
    rule_file: include_str!("rules.yaml"),
};

/// Whether it is worse than before.
pub static REGRESSION: Check = Check {
    id: "regression",
    title: "Regression",
    about: "Latency, throughput and errors are no worse than those of a baseline, beyond size and chance.",
    reads: Reads::Declarations,
    rules: || rules(1),
    rule_file: include_str!("rules.yaml"),
};

/// Whether a command is worse than before.
pub static BENCHMARK: Check = Check {
    id: "benchmark",
    title: "Benchmark",
    about: "A command needs no more time, memory and instructions than the one before it.",
    reads: Reads::Declarations,
    rules: || rules(2),
    rule_file: include_str!("rules.yaml"),
};

/// All of them, in report order.
pub const CHECKS: [&Check; 3] = [&LOAD, &REGRESSION, &BENCHMARK];

fn rules(of: usize) -> &'static [Rule] {
    RULES.get(of).map_or(&[], Vec::as_slice)
}

/// What the load must stand up to.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadLimits {
    /// Largest share of failed requests, of each endpoint and in total.
    pub max_error_rate: f64,
    /// Largest p95 of the headline latency of each endpoint, in nanoseconds.
    pub p95_ns: Option<u64>,
    /// Largest p99 of it.
    pub p99_ns: Option<u64>,
    /// Fewest good answers per second, all endpoints together.
    pub throughput: Option<f64>,
    /// Objectives of single endpoints, by name: a latency stands instead of that of all, the throughput is its own.
    pub endpoints: BTreeMap<String, Objectives>,
}

impl Default for LoadLimits {
    /// One request in a hundred may fail; no objective is set.
    fn default() -> Self {
        Self {
            max_error_rate: 0.01,
            p95_ns: None,
            p99_ns: None,
            throughput: None,
            endpoints: BTreeMap::new(),
        }
    }
}

/// Differences named of two measurements that cannot be compared.
const NAMED: usize = 10;
/// Errors of an endpoint that count although the measurement is in doubt.
const MANY: u64 = 10;
/// Samples from which a p95 is held against an objective; p99 stands in a report from 1,000 on only.
const ENOUGH_FOR_P95: u64 = 100;

/// Concludes whether the server bore the load.
#[must_use]
pub fn load(perf: &Perf, limits: &LoadLimits) -> CheckReport {
    conclude_alone(&LOAD, |findings| {
        examined(perf, findings);
        let counts = &perf.total.counts;
        let other_target = perf.doubts.iter().any(|doubt| doubt.kind == DoubtKind::OtherTarget);
        if counts.ok == 0 && counts.errors() > 0 && !other_target {
            // However little was measured: nothing works.
            let message = format!("not one of {} requests succeeded: {}", counts.errors(), classes(counts));
            findings.on_part("PRF-001", &perf.total.name, Some(Severity::Critical), message);
            return Conclusion::Evaluated;
        }
        // Errors were seen, whatever else the numbers do not tell; those of another server are not this one's.
        let failed = !other_target && errors(perf, limits.max_error_rate, findings);
        if let Some(doubt) = in_doubt(perf) {
            if failed {
                perf.doubts.iter().for_each(|doubt| {
                    findings.left_out(
                        LeftOutKind::Unjudged,
                        "latency and throughput are in doubt",
                        &doubt.text,
                    );
                });
                return Conclusion::Evaluated;
            }
            return Conclusion::Instead(doubt);
        }
        if counts.ended() == 0 || perf.endpoints.is_empty() {
            return Conclusion::Instead(Status::not_evaluated("no request ended", "measure for longer"));
        }
        objectives(perf, limits, findings);
        Conclusion::Evaluated
    })
}

/// Concludes whether the measurement is worse than its baseline.
#[must_use]
pub fn regression(perf: &Perf) -> CheckReport {
    conclude_alone(&REGRESSION, |findings| {
        examined(perf, findings);
        match &perf.comparison {
            Some(comparison) => evaluated(compared(
                comparison,
                findings,
                "measure more often (`--runs 10`) or for longer, or both builds in turns with `--against URL`",
            )),
            None => Conclusion::Instead(Status::not_applicable(
                "there is no baseline to compare with",
                "`--baseline FILE` names an earlier report",
            )),
        }
    })
}

/// Concludes whether a command is worse than the one before it.
#[must_use]
pub fn benchmark(bench: &CommandBench) -> CheckReport {
    conclude_alone(&BENCHMARK, |findings| {
        findings.examined("commands", bench.commands.len() as u64);
        findings.examined("runs", bench.commands.iter().map(|command| command.runs.len() as u64).sum());
        let mut failed = false;
        for command in bench.commands.iter().filter(|command| command.failed > 0) {
            let ends: Vec<String> = command.runs.iter().filter(|run| run.code != Some(0)).map(end).collect();
            let last = ends.last().map_or_else(String::new, |end| format!(", the last of them {end}"));
            let message =
                format!("{} of {} runs of {} failed{last}", command.failed, command.runs.len(), command.name);
            findings.on_part("PRF-024", &command.name, None, message);
            failed = true;
        }
        if bench.aborted && !failed {
            return Conclusion::Instead(Status::not_evaluated(
                "the benchmark was ended before its time",
                "run it again to its end",
            ));
        }
        if let (Some(reason), Some(_)) = (&bench.no_instructions, &bench.comparison) {
            findings.left_out(LeftOutKind::Unsupported, "instructions were not counted", reason);
        }
        if let Some(comparison) = &bench.comparison
            && comparison.metrics.iter().all(|verdict| verdict.metric != Metric::PeakMemory)
        {
            let reason = "the memory of so small a command cannot be told from that of the benchmark itself";
            findings.left_out(LeftOutKind::Unsupported, "peak memory was not measured", reason);
        }
        match &bench.comparison {
            Some(comparison) => {
                let ended = compared(comparison, findings, "run each command more often with `--runs 20`");
                // A failed run is a result, whatever else could not be told.
                evaluated(ended.filter(|_| !failed))
            }
            None => {
                let reason = "nothing was named to compare with";
                findings.left_out(
                    LeftOutKind::Excluded,
                    reason,
                    "`--before CMD --after CMD` or `--baseline FILE`",
                );
                Conclusion::Evaluated
            }
        }
    })
}

/// The status instead of an evaluation, if there is one.
fn evaluated(instead: Option<Status>) -> Conclusion {
    instead.map_or(Conclusion::Evaluated, Conclusion::Instead)
}

/// Reports what is worse. A status is returned where the comparison as a whole says nothing.
fn compared(comparison: &PerfComparison, findings: &mut Findings<'_>, hint: &str) -> Option<Status> {
    if !comparison.incomparable.is_empty() {
        let more = match comparison.incomparable.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let named: Vec<&str> = comparison.incomparable.iter().take(NAMED).map(String::as_str).collect();
        let reason = format!("the baseline is not comparable: {}{more}", named.join("; "));
        let labels = comparison.incomparable.iter().any(|difference| difference.starts_with("label"));
        let hint = if labels {
            "measure a baseline under the same conditions; `perf --vary KEY` allows a label to differ"
        } else {
            "measure a baseline under the same conditions"
        };
        return Some(Status::not_evaluated(&reason, hint));
    }
    if comparison.metrics.is_empty() {
        return Some(Status::not_evaluated("nothing was compared", hint));
    }
    let mut failed = false;
    for verdict in &comparison.metrics {
        let severity = match verdict.verdict {
            Outcome::Fail => {
                failed = true;
                None
            }
            Outcome::Warn => Some(Severity::Medium),
            Outcome::Pass | Outcome::Inconclusive | Outcome::Incomparable => continue,
        };
        findings.on_part(rule_of(verdict.metric), &verdict.endpoint, severity, words::movement(verdict));
    }
    let open: Vec<&MetricVerdict> = comparison
        .metrics
        .iter()
        .filter(|verdict| matches!(verdict.verdict, Outcome::Inconclusive | Outcome::Incomparable))
        .collect();
    let first = open.first()?;
    let what = |verdict: &MetricVerdict| format!("{} of {}", verdict.metric.word(), verdict.endpoint);
    if failed {
        for verdict in &open {
            findings.left_out(LeftOutKind::Unjudged, "the comparison is inconclusive", &what(verdict));
        }
        return None;
    }
    let more = match open.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let reason = format!("inconclusive for {}: {}{more}", what(first), first.reason);
    Some(Status::not_evaluated(&reason, hint))
}

const fn rule_of(metric: Metric) -> &'static str {
    match metric {
        Metric::P95 => "PRF-010",
        Metric::P99 => "PRF-011",
        Metric::Throughput => "PRF-012",
        Metric::ErrorRate => "PRF-013",
        Metric::WallTime => "PRF-020",
        Metric::CpuTime => "PRF-021",
        Metric::PeakMemory => "PRF-022",
        Metric::Instructions => "PRF-023",
    }
}

fn examined(perf: &Perf, findings: &mut Findings<'_>) {
    findings.examined("requests", perf.total.counts.ended());
    findings.examined("endpoints", perf.endpoints.len() as u64);
    findings.examined("runs", perf.runs.len() as u64);
}

/// Why the numbers are not to be trusted, if so.
fn in_doubt(perf: &Perf) -> Option<Status> {
    if let Some(doubt) = perf.doubts.first() {
        let all: Vec<&str> = perf.doubts.iter().map(|doubt| doubt.text.as_str()).collect();
        return Some(Status::not_evaluated(&all.join("; "), doubt.hint.as_deref().unwrap_or_default()));
    }
    perf.aborted.then(|| {
        Status::not_evaluated("the measurement was ended before its time", "run it again to its end")
    })
}

fn errors(perf: &Perf, limit: f64, findings: &mut Findings<'_>) -> bool {
    let mut failed = false;
    let doubtful = in_doubt(perf).is_some();
    for endpoint in &perf.endpoints {
        let counts = &endpoint.counts;
        // One error of fifty answers is no share yet.
        let enough = !doubtful || counts.ok == 0 || counts.errors() >= MANY;
        if counts.ended() > 0 && endpoint.error_rate > limit && enough {
            let severity = (counts.ok == 0).then_some(Severity::Critical);
            let message = format!(
                "{} of {} requests to {} failed ({}, limit {}): {}",
                counts.errors(),
                counts.ended(),
                endpoint.name,
                words::value(Metric::ErrorRate, endpoint.error_rate),
                words::value(Metric::ErrorRate, limit),
                classes(counts)
            );
            findings.on_part("PRF-001", &endpoint.name, severity, message);
            failed = true;
        }
    }
    failed
}

/// `480 time-out, 20 reset`.
fn classes(counts: &RequestCounts) -> String {
    let some = ErrorClass::ALL.iter().filter_map(|class| {
        let count = counts.failed.get(class).filter(|count| **count > 0)?;
        Some(format!("{count} {}", class.word()))
    });
    some.collect::<Vec<_>>().join(", ")
}

fn objectives(perf: &Perf, limits: &LoadLimits, findings: &mut Findings<'_>) {
    for endpoint in &perf.endpoints {
        let own = limits.endpoints.get(&endpoint.name).copied().unwrap_or_default();
        let latency = match perf.headline {
            Headline::ServiceTime => Some(&endpoint.service),
            Headline::ResponseTime => endpoint.response.as_ref(),
        };
        let p95 = latency.filter(|latency| latency.count >= ENOUGH_FOR_P95).map(|latency| latency.p95);
        objective(Metric::P95, endpoint, own.p95.or(limits.p95_ns), p95, findings);
        let p99 = latency.and_then(|latency| latency.p99);
        objective(Metric::P99, endpoint, own.p99.or(limits.p99_ns), p99, findings);
        throughput(&format!("throughput of {}", endpoint.name), endpoint, own.throughput, findings);
    }
    throughput("throughput", &perf.total, limits.throughput, findings);
    let known = |name: &String| perf.endpoints.iter().any(|endpoint| endpoint.name == *name);
    let asked = limits.endpoints.iter().filter(|(_, own)| **own != Objectives::default());
    for (name, _) in asked.filter(|(name, _)| !known(name)) {
        findings.left_out(LeftOutKind::Unjudged, "nothing was measured for the objective", name);
    }
}

fn throughput(what: &str, result: &EndpointResult, least: Option<f64>, findings: &mut Findings<'_>) {
    let Some(least) = least.filter(|least| result.throughput < *least) else { return };
    let message = format!(
        "{what} is {}, under the objective of {}",
        words::value(Metric::Throughput, result.throughput),
        words::value(Metric::Throughput, least)
    );
    findings.on_part("PRF-002", &result.name, None, message);
}

#[expect(clippy::cast_precision_loss, reason = "times are below 2^53 nanoseconds")]
fn objective(
    metric: Metric,
    endpoint: &EndpointResult,
    limit: Option<u64>,
    found: Option<u64>,
    findings: &mut Findings<'_>,
) {
    let Some(limit) = limit else { return };
    let what = format!("{} of {}", metric.word(), endpoint.name);
    match found {
        None => findings.left_out(LeftOutKind::Unjudged, "too few samples for the objective", &what),
        Some(found) if found > limit => {
            let message = format!(
                "{what} is {}, over the objective of {}",
                words::value(metric, found as f64),
                words::value(metric, limit as f64)
            );
            findings.on_part("PRF-002", &endpoint.name, None, message);
        }
        Some(_) => {}
    }
}

fn end(run: &CommandRun) -> String {
    run.code.map_or_else(|| "by a signal".to_owned(), |code| format!("with code {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{CommandResult, Latency};

    fn result(name: &str, p95_ms: u64, throughput: f64) -> EndpointResult {
        let counts = RequestCounts { ok: 500, ..RequestCounts::default() };
        let service = Latency { count: 500, p95: p95_ms * 1_000_000, ..Latency::default() };
        EndpointResult { name: name.to_owned(), counts, throughput, service, ..EndpointResult::default() }
    }

    fn said(report: &CheckReport) -> Vec<&str> {
        report.findings.iter().map(|finding| finding.message.as_str()).collect()
    }

    #[test]
    fn an_endpoint_has_objectives_of_its_own() {
        let perf = Perf {
            total: result("total", 90, 60.0),
            endpoints: vec![result("list", 90, 50.0), result("buy", 90, 10.0), result("home", 90, 5.0)],
            ..Perf::default()
        };
        let mut limits = LoadLimits { p95_ns: Some(100_000_000), ..LoadLimits::default() };
        assert_eq!(said(&load(&perf, &limits)), [""; 0]);
        let of = |p95, throughput| Objectives { p95, p99: None, throughput };
        limits.endpoints.insert("list".to_owned(), of(Some(80_000_000), None));
        limits.endpoints.insert("buy".to_owned(), of(None, Some(20.0)));
        let report = load(&perf, &limits);
        assert_eq!(
            said(&report),
            [
                "Throughput of buy is 10.0/s, under the objective of 20.0/s",
                "P95 of list is 90.0 ms, over the objective of 80.0 ms"
            ]
        );
        assert!(report.findings.iter().all(|finding| finding.rule == "PRF-002"));
        // What an endpoint may take stands instead of what all may.
        (limits.p95_ns, limits.endpoints) = (Some(10_000_000), BTreeMap::new());
        assert_eq!(load(&perf, &limits).findings.len(), 3);
        limits.endpoints.insert("home".to_owned(), of(Some(95_000_000), None));
        assert_eq!(load(&perf, &limits).findings.len(), 2);
        // An objective that nothing was measured for is told.
        let before = load(&perf, &limits).coverage;
        limits.endpoints.insert("gone".to_owned(), of(Some(1), None));
        assert_ne!(load(&perf, &limits).coverage, before);
    }

    #[test]
    fn memory_that_could_not_be_seen_is_told() {
        let left_out = |metric| {
            let verdict = MetricVerdict {
                endpoint: "after".to_owned(),
                metric,
                before: 1.0,
                after: 1.0,
                change: 0.0,
                interval: None,
                p: None,
                threshold: 0.2,
                units: String::new(),
                verdict: Outcome::Pass,
                reason: String::new(),
            };
            let comparison = PerfComparison { metrics: vec![verdict], ..PerfComparison::default() };
            let bench = CommandBench {
                commands: vec![CommandResult::default(); 2],
                comparison: Some(comparison),
                ..CommandBench::default()
            };
            format!("{:?}", benchmark(&bench).coverage).contains("peak memory was not measured")
        };
        assert!(left_out(Metric::WallTime) && !left_out(Metric::PeakMemory));
    }
}
