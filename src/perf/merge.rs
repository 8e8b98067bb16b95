//! One report of the reports of many generators that loaded one server at the same time. Histograms are added, so that the
//! percentiles are those of all requests together and not some mean of percentiles.

use crate::report::{
    Block, Bucket, Connections, Doubt, EndpointResult, Environment, Headline, Latency, LoadRun, Perf,
    RateKept, RequestCounts, RunEndpoint, SeriesPoint, Usage,
};
use crate::stats::Histogram;
use crate::stats::histogram::DecodeError;

/// Most reports taken.
const MOST: usize = 1_000;
/// Most histograms of one report.
const MOST_HISTOGRAMS: usize = 100_000;
/// Classes of a picture's distribution at the most.
const CLASSES: f64 = 128.0;

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
}

/// Adds reports: run by run, endpoint by endpoint, block by block. Requests, rates and throughputs add; doubts of one are
/// doubts of all; a comparison is left out, because it was one generator's.
///
/// # Errors
/// When the reports are of different loads or targets, or damaged.
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
    for other in &others {
        if let Some(what) = difference(&first, other) {
            let (first, other) = (first.name.clone(), other.name.clone());
            return Err(MergeError::Other { first, other, what });
        }
        add(&mut first, other)?;
    }
    let name = first.name;
    let mut all = first.perf;
    (all.comparison, all.saturation) = (None, None);
    totals(&mut all).map_err(|source| MergeError::Histogram { name, source })?;
    Ok(all)
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
    let new: Vec<Doubt> = more.doubts.iter().filter(|doubt| !own.doubts.contains(doubt)).cloned().collect();
    own.doubts.extend(new);
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
    own.series = series(own, more)?;
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

/// The course of both; `own` has the blocks of both already. Where there is a block for each point the percentiles are
/// exact, otherwise the larger ones.
fn series(own: &LoadRun, more: &LoadRun) -> Result<Vec<SeriesPoint>, DecodeError> {
    let longer = if own.series.len() >= more.series.len() { &own.series } else { &more.series };
    let mut points = Vec::with_capacity(longer.len());
    for (place, last) in longer.iter().enumerate() {
        let both = [own.series.get(place), more.series.get(place)];
        let both = || both.into_iter().flatten();
        let mut all = Histogram::new();
        for endpoint in &own.endpoints {
            if let Some(block) = endpoint.blocks.get(place).filter(|_| endpoint.blocks.len() == longer.len())
            {
                all.add(&Histogram::decode(&block.histogram)?);
            }
        }
        let exact = |share: f64| (!all.is_empty()).then(|| all.quantile(share));
        points.push(SeriesPoint {
            at: last.at,
            throughput: both().map(|point| point.throughput).sum(),
            failed: both().map(|point| point.failed).fold(0, u64::saturating_add),
            p50: exact(0.5).or_else(|| both().filter_map(|point| point.p50).max()),
            p99: exact(0.99).or_else(|| both().filter_map(|point| point.p99).max()),
            max: both().filter_map(|point| point.max).max(),
        });
    }
    Ok(points)
}

/// Makes the results of the endpoints and the total anew, from the runs.
fn totals(perf: &mut Perf) -> Result<(), DecodeError> {
    let seconds: f64 = perf.runs.iter().map(|run| run.seconds).sum();
    let mut total = Sum::new("total", perf.headline);
    let mut endpoints = Vec::with_capacity(perf.endpoints.len());
    for endpoint in &perf.endpoints {
        let mut sum = Sum::new(&endpoint.name, perf.headline);
        let runs = perf.runs.iter().flat_map(|run| &run.endpoints);
        for run in runs.filter(|run| run.name == endpoint.name) {
            sum.add(run)?;
        }
        total.join(&sum);
        endpoints.push(sum.result(seconds));
    }
    perf.endpoints = endpoints;
    perf.total = total.result(seconds);
    Ok(())
}

/// The requests of one endpoint, or of all.
struct Sum {
    name: String,
    headline: Headline,
    counts: RequestCounts,
    service: Histogram,
    response: Histogram,
    first_byte: Histogram,
}

impl Sum {
    fn new(name: &str, headline: Headline) -> Self {
        Self {
            name: name.to_owned(),
            headline,
            counts: RequestCounts::default(),
            service: Histogram::new(),
            response: Histogram::new(),
            first_byte: Histogram::new(),
        }
    }

    fn add(&mut self, run: &RunEndpoint) -> Result<(), DecodeError> {
        self.counts.add(&run.counts);
        self.service.add(&Histogram::decode(&run.service)?);
        self.response.add(&Histogram::decode(run.response.as_deref().unwrap_or_default())?);
        self.first_byte.add(&Histogram::decode(&run.first_byte)?);
        Ok(())
    }

    fn join(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.service.add(&other.service);
        self.response.add(&other.response);
        self.first_byte.add(&other.first_byte);
    }

    fn result(self, seconds: f64) -> EndpointResult {
        let per = |part: u64, all: f64| if all > 0.0 { float(part) / all } else { 0.0 };
        let open = self.headline == Headline::ResponseTime;
        EndpointResult {
            name: self.name,
            seconds,
            throughput: per(self.counts.ok, seconds),
            error_rate: per(self.counts.errors(), float(self.counts.ended())),
            counts: self.counts,
            distribution: distribution(if open { &self.response } else { &self.service }),
            service: latency(&self.service),
            response: open.then(|| latency(&self.response)),
            first_byte: latency(&self.first_byte),
        }
    }
}

/// A distribution as people read it.
fn latency(histogram: &Histogram) -> Latency {
    let summary = histogram.summary();
    let from = |least: u64, share: f64| (summary.count >= least).then(|| histogram.quantile(share));
    Latency {
        count: summary.count,
        min: summary.min,
        mean: summary.mean,
        stdev: summary.stdev,
        p50: histogram.quantile(0.5),
        p90: histogram.quantile(0.9),
        p95: histogram.quantile(0.95),
        p99: from(1_000, 0.99),
        p999: from(10_000, 0.999),
        max: summary.max,
    }
}

/// A distribution as a picture shows it: classes of equal width on a logarithmic scale.
fn distribution(histogram: &Histogram) -> Vec<Bucket> {
    let summary = histogram.summary();
    if summary.count == 0 {
        return Vec::new();
    }
    let low = float(summary.min.max(1)).ln();
    let width = ((float(summary.max.max(1)).ln() - low) / CLASSES).max(f64::MIN_POSITIVE);
    let mut buckets: Vec<(u64, Bucket)> = Vec::new();
    for (time, count) in histogram.recorded() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the quotient is cut to the number of classes"
        )]
        let class = ((float(time.max(1)).ln() - low) / width).clamp(0.0, CLASSES - 1.0) as u64;
        match buckets.last_mut() {
            Some((last, bucket)) if *last == class => {
                bucket.up_to = time;
                bucket.count = bucket.count.saturating_add(count);
            }
            _ => buckets.push((class, Bucket { up_to: time, count })),
        }
    }
    buckets.into_iter().map(|(_, bucket)| bucket).collect()
}

#[expect(clippy::cast_precision_loss, reason = "16 digits are more than a measurement has")]
const fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{DoubtKind, ErrorClass, LoadShape};

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
        let run = LoadRun {
            seconds: 2.0,
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
            let mut second = part("b", 1..10);
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
    fn doubts_of_one_are_doubts_of_all() {
        let mut second = part("b", 1..10);
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
