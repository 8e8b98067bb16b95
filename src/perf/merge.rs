//! One report of the reports of many generators that loaded one server at the same time. Histograms are added, so that the
//! percentiles are those of all requests together and not some mean of percentiles.

use std::collections::BTreeSet;

use super::measure::{self, MeasureError};
use crate::report::{
    Block, Connections, Doubt, DoubtKind, Environment, Latency, LoadPart, LoadRun, Perf, RateKept,
    RunEndpoint, SeriesPoint, Usage,
};
use crate::stats::Histogram;
use crate::stats::histogram::DecodeError;

/// Most reports taken.
const MOST: usize = 1_000;
/// Most histograms of one report.
const MOST_HISTOGRAMS: usize = 100_000;
/// Doubts kept: one is as good as a thousand.
const MOST_DOUBTS: usize = 1_000;

/// A report to be merged.
#[derive(Clone, Debug)]
pub struct Part {
    /// What people call it: a file name.
    pub name: String,
    /// Version of the program that made it.
    pub version: String,
    /// Its numbers.
    pub perf: Perf,
}

/// Why reports cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is none.
    #[error("there is no report to merge")]
    Nothing,
    /// There are too many, or one is too large.
    #[error("there are more than {MOST} reports, or more than {MOST_HISTOGRAMS} histograms in one")]
    TooMany,
    /// Two do not belong together.
    #[error("{other} does not belong to {first}: {what} differs")]
    Other {
        /// Name of the first report.
        first: String,
        /// Name of the other one.
        other: String,
        /// What differs.
        what: &'static str,
    },
    /// A part of the load that stands twice, or is one of another number of parts.
    #[error("part {index}/{of} of the load stands twice, or belongs to another load")]
    Share {
        /// Which.
        index: u32,
        /// Of how many.
        of: u32,
    },
    /// The same twice.
    #[error("{other} is {first} once more: what one generator measured would count twice")]
    Twice {
        /// Name of the first report.
        first: String,
        /// Name of the other one.
        other: String,
    },
    /// A load that was raised in steps has no runs that could be added.
    #[error("{name} raised its load in steps, which cannot be added")]
    Steps {
        /// Name of the report.
        name: String,
    },
    /// A histogram is none.
    #[error("{name} has a histogram that is {source}")]
    Histogram {
        /// Name of the report.
        name: String,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// What was added up gives no numbers.
    #[error("the reports do not add up: {0}")]
    Sum(#[from] MeasureError),
}

/// Adds reports: run by run, endpoint by endpoint, block by block. Requests, rates and throughputs add; doubts of one are
/// doubts of all; a comparison is left out, because it was one generator's.
///
/// # Errors
/// When the reports are of different loads or targets, damaged, or twice the same. That they were made at the same time
/// cannot be told from them: a report says when its command began, and a generator may have waited for the others.
pub fn merge(parts: Vec<Part>) -> Result<Perf, MergeError> {
    if parts.len() > MOST || parts.iter().any(|part| histograms(&part.perf) > MOST_HISTOGRAMS) {
        return Err(MergeError::TooMany);
    }
    let mut parts = parts.into_iter();
    let Some(mut first) = parts.next() else { return Err(MergeError::Nothing) };
    let others: Vec<Part> = parts.collect();
    for part in std::iter::once(&first).chain(&others) {
        if !part.perf.steps.is_empty() {
            return Err(MergeError::Steps { name: part.name.clone() });
        }
    }
    let all: Vec<&Part> = std::iter::once(&first).chain(&others).collect();
    for (place, part) in all.iter().enumerate() {
        // No two generators measure the same to the nanosecond.
        let same = |other: &&&Part| !part.perf.runs.is_empty() && other.perf.runs == part.perf.runs;
        if let Some(other) = all.iter().skip(place + 1).find(same) {
            return Err(MergeError::Twice { first: part.name.clone(), other: other.name.clone() });
        }
    }
    for other in &others {
        if let Some(what) = difference(&first, other) {
            let (first, other) = (first.name.clone(), other.name.clone());
            return Err(MergeError::Other { first, other, what });
        }
        add(&mut first, other)?;
    }
    let missing = missing(first.perf.load.share, &others)?;
    let name = first.name;
    let mut all = first.perf;
    all.load.share = None;
    all.doubts.extend(missing);
    (all.comparison, all.saturation) = (None, None);
    for run in &mut all.runs {
        exact(run).map_err(|source| MergeError::Histogram { name: name.clone(), source })?;
    }
    (all.total, all.endpoints) = measure::pool(&all.runs, all.headline)?;
    Ok(all)
}

/// A doubt about parts of the load of which there is no report; parts that stand twice are an error.
fn missing(first: Option<LoadPart>, others: &[Part]) -> Result<Option<Doubt>, MergeError> {
    let Some(LoadPart { of, .. }) = first else { return Ok(None) };
    let shares = std::iter::once(first).chain(others.iter().map(|part| part.perf.load.share));
    let mut seen = BTreeSet::new();
    for share in shares.flatten() {
        if share.of != of || !seen.insert(share.index) {
            return Err(MergeError::Share { index: share.index, of: share.of });
        }
    }
    let there = u32::try_from(seen.len()).unwrap_or(u32::MAX);
    Ok((there < of).then(|| Doubt {
        kind: DoubtKind::TooFew,
        text: format!("{there} of the {of} parts of the load are here: the whole was not measured"),
        hint: Some("merge the reports of all generators".to_owned()),
    }))
}

fn histograms(perf: &Perf) -> usize {
    let endpoints = perf.runs.iter().flat_map(|run| &run.endpoints);
    endpoints.fold(0, |sum: usize, endpoint| sum.saturating_add(endpoint.blocks.len()).saturating_add(3))
}

/// What keeps two reports apart.
fn difference(first: &Part, other: &Part) -> Option<&'static str> {
    let (one, two) = (&first.perf, &other.perf);
    let names = |perf: &Perf| -> Vec<Vec<String>> {
        let of_run = |run: &LoadRun| run.endpoints.iter().map(|endpoint| endpoint.name.clone()).collect();
        perf.runs.iter().map(of_run).collect()
    };
    let (load, own) = (&one.load, &two.load);
    [
        (first.version == other.version, "the version of readiness"),
        (one.target.url == two.target.url, "the URL"),
        (one.target.protocol == two.target.protocol, "the protocol"),
        (one.target.tls == two.target.tls, "TLS"),
        (load.scenario_digest == own.scenario_digest, "the scenario"),
        (load.engine == own.engine, "the engine"),
        (load.rate.is_some() == own.rate.is_some() && one.headline == two.headline, "the kind of load"),
        (load.requests.is_some() == own.requests.is_some(), "what ends a run"),
        (load.duration_ns == own.duration_ns && load.warm_up_ns == own.warm_up_ns, "the time of a run"),
        (load.ramp_ns == own.ramp_ns, "the ramp"),
        (load.timeout_ns == own.timeout_ns, "the time limit"),
        (load.retries == own.retries && load.streams == own.streams, "retries or streams"),
        (load.keep_alive == own.keep_alive, "whether connections are kept"),
        (load.share.is_some() == own.share.is_some(), "whether it is a part of the load (--share)"),
        (load.labels == own.labels, "the labels"),
        (names(one) == names(two), "the runs or their endpoints"),
    ]
    .into_iter()
    .find_map(|(same, what)| (!same).then_some(what))
}

fn add(into: &mut Part, other: &Part) -> Result<(), MergeError> {
    let (own, more) = (&mut into.perf, &other.perf);
    machines(&mut own.environment, &more.environment);
    own.target.listener = own.target.listener.take().or_else(|| more.target.listener.clone());
    own.load.concurrency = own.load.concurrency.saturating_add(more.load.concurrency);
    own.load.threads = own.load.threads.saturating_add(more.load.threads);
    add_some(&mut own.load.rate, more.load.rate);
    own.load.requests =
        own.load.requests.zip(more.load.requests).map(|(one, other)| one.saturating_add(other));
    own.generators = own.generators.saturating_add(more.generators);
    own.aborted |= more.aborted;
    let new = more.doubts.iter().take(MOST_DOUBTS).filter(|doubt| !own.doubts.contains(doubt));
    let new: Vec<Doubt> = new.cloned().collect();
    own.doubts.extend(new);
    own.doubts.truncate(MOST_DOUBTS);
    for (own, more) in own.runs.iter_mut().zip(&more.runs) {
        let named = |source| MergeError::Histogram { name: other.name.clone(), source };
        add_run(own, more).map_err(named)?;
    }
    Ok(())
}

/// The machines of all: cores add, different words stand beside each other.
fn machines(own: &mut Environment, more: &Environment) {
    let beside = |own: &mut String, more: &str| {
        if !own.split(" + ").any(|one| one == more) {
            *own = format!("{own} + {more}");
        }
    };
    beside(&mut own.cpu, &more.cpu);
    beside(&mut own.system, &more.system);
    own.cores = own.cores.saturating_add(more.cores);
    if own.governor != more.governor {
        own.governor = None;
    }
    if own.kernel != more.kernel {
        own.kernel = None;
    }
}

fn add_run(own: &mut LoadRun, more: &LoadRun) -> Result<(), DecodeError> {
    own.seconds = own.seconds.max(more.seconds);
    for (own, more) in own.endpoints.iter_mut().zip(&more.endpoints) {
        add_endpoint(own, more)?;
    }
    connections(&mut own.connections, &more.connections);
    add_usage(&mut own.generator, &more.generator);
    // All watch the same server: the one that saw most of it saw it best.
    if more
        .server
        .as_ref()
        .is_some_and(|more| own.server.as_ref().is_none_or(|own| more.series.len() > own.series.len()))
    {
        own.server.clone_from(&more.server);
    }
    if let (Some(own), Some(more)) = (&mut own.rate, &more.rate) {
        *own = RateKept { offered: own.offered + more.offered, achieved: own.achieved + more.achieved };
    }
    own.series = series(own, more);
    Ok(())
}

fn add_endpoint(own: &mut RunEndpoint, more: &RunEndpoint) -> Result<(), DecodeError> {
    own.counts.add(&more.counts);
    own.service = sum(&own.service, &more.service)?;
    own.first_byte = sum(&own.first_byte, &more.first_byte)?;
    if let (Some(own), Some(more)) = (&mut own.response, &more.response) {
        *own = sum(own, more)?;
    }
    let longest = own.blocks.len().max(more.blocks.len());
    own.blocks.resize(longest, Block::default());
    for (own, more) in own.blocks.iter_mut().zip(&more.blocks) {
        own.seconds = own.seconds.max(more.seconds);
        own.ok = own.ok.saturating_add(more.ok);
        own.failed = own.failed.saturating_add(more.failed);
        own.histogram = sum(&own.histogram, &more.histogram)?;
    }
    Ok(())
}

fn sum(one: &str, other: &str) -> Result<String, DecodeError> {
    let mut all = Histogram::decode(one)?;
    all.add(&Histogram::decode(other)?);
    Ok(all.encode())
}

fn add_some(own: &mut Option<f64>, more: Option<f64>) {
    *own = own.zip(more).map(|(one, other)| one + other);
}

/// Their times are kept as summaries alone: count, extremes and moments add exactly, a percentile is at most the largest of
/// those added, and that is what stands here.
fn connections(own: &mut Connections, more: &Connections) {
    own.opened = own.opened.saturating_add(more.opened);
    own.failed = own.failed.saturating_add(more.failed);
    own.connect = pooled(&own.connect, &more.connect);
    own.tls = match (own.tls.take(), &more.tls) {
        (Some(own), Some(more)) => Some(pooled(&own, more)),
        (own, more) => own.or_else(|| more.clone()),
    };
}

fn pooled(one: &Latency, other: &Latency) -> Latency {
    if one.count == 0 || other.count == 0 {
        return if one.count == 0 { other.clone() } else { one.clone() };
    }
    let (first, second) = (float(one.count), float(other.count));
    let mean = (first * one.mean + second * other.mean) / (first + second);
    let square = |of: &Latency| of.stdev.mul_add(of.stdev, (of.mean - mean).powi(2));
    Latency {
        count: one.count.saturating_add(other.count),
        min: one.min.min(other.min),
        mean,
        stdev: ((first * square(one) + second * square(other)) / (first + second)).sqrt(),
        p50: one.p50.max(other.p50),
        p90: one.p90.max(other.p90),
        p95: one.p95.max(other.p95),
        p99: one.p99.max(other.p99),
        p999: one.p999.max(other.p999),
        max: one.max.max(other.max),
    }
}

/// What all generators used together; the peaks need not have come at the same moment.
fn add_usage(own: &mut Usage, more: &Usage) {
    own.cpu_mean += more.cpu_mean;
    own.cpu_peak += more.cpu_peak;
    own.memory_mean = own.memory_mean.saturating_add(more.memory_mean);
    own.memory_peak = own.memory_peak.saturating_add(more.memory_peak);
    for (own, more) in own.series.iter_mut().zip(&more.series) {
        own.cpu += more.cpu;
        own.memory = own.memory.saturating_add(more.memory);
    }
}

/// The course of both, with the larger ones of their percentiles.
fn series(own: &LoadRun, more: &LoadRun) -> Vec<SeriesPoint> {
    let longer = if own.series.len() >= more.series.len() { &own.series } else { &more.series };
    let point = |(place, last): (usize, &SeriesPoint)| {
        let both = [own.series.get(place), more.series.get(place)];
        let both = || both.into_iter().flatten();
        SeriesPoint {
            at: last.at,
            throughput: both().map(|point| point.throughput).sum(),
            failed: both().map(|point| point.failed).fold(0, u64::saturating_add),
            p50: both().filter_map(|point| point.p50).max(),
            p99: both().filter_map(|point| point.p99).max(),
            max: both().filter_map(|point| point.max).max(),
        }
    };
    longer.iter().enumerate().map(point).collect()
}

/// Where there is a block for each point of the course, its percentiles are those of all requests.
fn exact(run: &mut LoadRun) -> Result<(), DecodeError> {
    let points = run.series.len();
    for (place, point) in run.series.iter_mut().enumerate() {
        let mut all = Histogram::new();
        for endpoint in run.endpoints.iter().filter(|endpoint| endpoint.blocks.len() == points) {
            if let Some(block) = endpoint.blocks.get(place) {
                all.add(&Histogram::decode(&block.histogram)?);
            }
        }
        if !all.is_empty() {
            (point.p50, point.p99) = (Some(all.quantile(0.5)), Some(all.quantile(0.99)));
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "16 digits are more than a measurement has")]
const fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{DoubtKind, EndpointResult, ErrorClass, LoadShape, RequestCounts};

    fn part(name: &str, times: std::ops::Range<u64>) -> Part {
        let mut service = Histogram::new();
        times.clone().for_each(|time| service.record(time * 1_000));
        let mut counts = RequestCounts { ok: service.count(), ..RequestCounts::default() };
        counts.failed.insert(ErrorClass::Timeout, 10);
        let block = Block { seconds: 1.0, ok: counts.ok, failed: 10, histogram: service.encode() };
        let endpoint = RunEndpoint {
            name: "order".to_owned(),
            counts,
            service: service.encode(),
            first_byte: service.encode(),
            blocks: vec![block; 2],
            ..RunEndpoint::default()
        };
        let point = SeriesPoint { at: 1.0, throughput: 50.0, p50: Some(1), ..SeriesPoint::default() };
        let connections = Connections {
            opened: 4,
            connect: Latency { count: 4, mean: float(times.start), p95: times.start, ..Latency::default() },
            ..Connections::default()
        };
        let generator = Usage { cpu_mean: float(times.start), ..Usage::default() };
        let run = LoadRun {
            seconds: 2.0,
            generator,
            endpoints: vec![endpoint],
            series: vec![point; 2],
            connections,
            ..LoadRun::default()
        };
        let endpoints = vec![EndpointResult { name: "order".to_owned(), ..EndpointResult::default() }];
        let load = LoadShape { concurrency: 10, ..LoadShape::default() };
        let perf = Perf { load, runs: vec![run], endpoints, generators: 1, ..Perf::default() };
        Part { name: name.to_owned(), version: "1.0.0".to_owned(), perf }
    }

    #[test]
    fn percentiles_are_those_of_all_requests() {
        // 1 to 1,000 µs from three generators that each saw a third of the range and thought otherwise of p95.
        let parts = vec![part("a", 1..301), part("b", 301..701), part("c", 701..1_001)];
        let all = merge(parts).unwrap();
        let order = &all.endpoints[0];
        assert_eq!((order.service.count, order.counts.errors(), all.generators), (1_000, 30, 3));
        for (found, expected) in [
            (order.service.p50, 500_000),
            (order.service.p95, 950_000),
            (order.service.p99.unwrap(), 990_000),
        ] {
            assert!(found.abs_diff(expected) <= expected / 1_000, "{found} {expected}");
        }
        assert!((order.throughput - 500.0).abs() < 1e-9 && (order.error_rate - 30.0 / 1_030.0).abs() < 1e-12);
        assert_eq!((all.total.service.count, all.load.concurrency), (1_000, 30));
        let run = &all.runs[0];
        assert_eq!((run.endpoints[0].blocks.len(), run.endpoints[0].blocks[1].ok), (2, 1_000));
        assert_eq!((run.connections.opened, run.connections.connect.p95), (12, 701));
        assert!((run.connections.connect.mean - (1.0 + 301.0 + 701.0) / 3.0).abs() < 1e-9);
        assert!((run.series[1].throughput - 150.0).abs() < 1e-9);
        assert!(run.series[1].p50.unwrap().abs_diff(500_000) <= 500);
        assert_eq!(order.distribution.iter().map(|bucket| bucket.count).sum::<u64>(), 1_000);
        assert!(order.distribution.len() <= 128);
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let other = |change: fn(&mut Part)| {
            let mut second = part("b", 2..11);
            change(&mut second);
            merge(vec![part("a", 1..10), second])
        };
        assert_eq!(merge(Vec::new()), Err(MergeError::Nothing));
        let changes: [fn(&mut Part); 6] = [
            |part| part.version = "2.0.0".to_owned(),
            |part| part.perf.target.url = "http://other/".to_owned(),
            |part| part.perf.load.scenario_digest = "ab".to_owned(),
            |part| part.perf.load.rate = Some(5.0),
            |part| part.perf.load.engine = "hyper".to_owned(),
            |part| part.perf.runs.clear(),
        ];
        for change in changes {
            assert!(matches!(other(change), Err(MergeError::Other { .. })));
        }
        let broken = other(|part| part.perf.runs[0].endpoints[0].service = "AAAA".to_owned());
        assert_eq!(broken, Err(MergeError::Histogram { name: "b".to_owned(), source: DecodeError }));
    }

    #[test]
    fn the_same_report_counts_once() {
        let parts = vec![part("a", 1..10), part("b", 2..11), part("c", 1..10)];
        let twice = MergeError::Twice { first: "a".to_owned(), other: "c".to_owned() };
        assert_eq!(merge(parts), Err(twice));
    }

    #[test]
    fn counts_that_do_not_fit_are_refused() {
        let mut second = part("b", 2..11);
        second.perf.runs[0].endpoints[0].counts.ok += 1;
        assert!(matches!(merge(vec![part("a", 1..10), second]), Err(MergeError::Sum(_))));
        // Sums of what somebody else wrote cannot be too large for a number.
        let mut second = part("b", 2..11);
        let failed = &mut second.perf.runs[0].endpoints[0].counts.failed;
        failed.extend([(ErrorClass::Reset, u64::MAX), (ErrorClass::Tls, u64::MAX)]);
        assert_eq!(second.perf.runs[0].endpoints[0].counts.errors(), u64::MAX);
        assert!(matches!(merge(vec![part("a", 1..10), second]), Err(MergeError::Sum(_))));
    }

    #[test]
    fn doubts_of_one_are_doubts_of_all() {
        let mut second = part("b", 2..11);
        second.perf.doubts.push(Doubt {
            kind: DoubtKind::GeneratorBound,
            text: "busy".to_owned(),
            hint: None,
        });
        second.perf.aborted = true;
        let all = merge(vec![part("a", 1..10), second]).unwrap();
        assert!(all.aborted && all.doubts.len() == 1);
    }
}
