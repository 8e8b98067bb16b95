//! From what the threads wrote down to the numbers of a report.
//!
//! Histograms go into the report whole and encoded; what people read is computed from those, so that a report that was
//! read from a file, or put together from several, gives its numbers in the same way.

mod pieces;

use crate::host::machine::Machine;
use crate::perf::load::Recording;
use crate::report::{
    Bucket, Connections, Doubt, DoubtKind, EndpointResult, Environment, Headline, Latency, LoadRun,
    LoadShape, Perf, PerfTarget, RateKept, RequestCounts, RunEndpoint, Usage,
};
use crate::stats::Histogram;
use crate::stats::histogram::DecodeError;

/// Samples from which the 99th percentile is given: ten of them lie beyond it. With fewer it is the chance of a handful.
pub const P99_SAMPLES: u64 = 1_000;
/// Samples from which the 99.9th percentile is given, for the same reason.
pub const P999_SAMPLES: u64 = 10_000;
/// Most classes of a distribution that is made for pictures.
const CLASSES: usize = 128;
/// Name of all endpoints together.
pub const TOTAL: &str = "total";
/// Largest number of requests or bytes taken from a report: the whole numbers that every reader of JSON keeps.
const LARGEST_COUNT: u64 = 1 << 53;
/// Most endpoints taken from a report, as in a scenario: each takes a megabyte of memory.
const MOST_ENDPOINTS: usize = 256;
/// Longest measured time taken from a report, in seconds: about thirty years.
const LONGEST_RUN: f64 = 1e9;

/// Why the runs of a report give no numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// A histogram cannot be read.
    #[error("the {what} times of endpoint `{endpoint}` are {error}")]
    Histogram {
        /// Endpoint.
        endpoint: String,
        /// `service`, `response`, `first-byte` or `block`.
        what: &'static str,
        /// Why.
        error: DecodeError,
    },
    /// A histogram holds another number of samples than there are good answers.
    #[error("endpoint `{endpoint}` has {ok} good answers and {samples} {what} times")]
    Samples {
        /// Endpoint.
        endpoint: String,
        /// As above.
        what: &'static str,
        /// Good answers.
        ok: u64,
        /// Samples.
        samples: u64,
    },
    /// A number that no measurement has: a negative time, or more requests than can be counted.
    #[error("{0} is out of range")]
    Range(&'static str),
}

/// What people read of a distribution; percentiles only from [`P99_SAMPLES`] and [`P999_SAMPLES`] on.
#[must_use]
pub fn latency(times: &Histogram) -> Latency {
    let summary = times.summary();
    let from = |samples: u64, share: f64| (summary.count >= samples).then(|| times.quantile(share));
    Latency {
        count: summary.count,
        min: summary.min,
        mean: summary.mean,
        stdev: summary.stdev,
        p50: times.quantile(0.5),
        p90: times.quantile(0.9),
        p95: times.quantile(0.95),
        p99: from(P99_SAMPLES, 0.99),
        p999: from(P999_SAMPLES, 0.999),
        max: summary.max,
    }
}

/// At most 128 classes of equal width on a logarithmic scale from the smallest to the largest time, ascending, empty ones
/// left out. Each is named by the largest time in it; all samples are in one.
#[must_use]
pub fn distribution(times: &Histogram) -> Vec<Bucket> {
    let summary = times.summary();
    let low = logarithm(summary.min);
    let width = (logarithm(summary.max) - low) / float(CLASSES as u64);
    let class = |time: u64| {
        if width > 0.0 { whole((logarithm(time) - low) / width).min(CLASSES as u64 - 1) } else { 0 }
    };
    let mut buckets: Vec<(u64, Bucket)> = Vec::new();
    for (time, count) in times.recorded() {
        let up_to = time.min(summary.max);
        match buckets.last_mut() {
            Some((last, bucket)) if *last == class(up_to) => {
                bucket.up_to = up_to;
                bucket.count = bucket.count.saturating_add(count);
            }
            _ => buckets.push((class(up_to), Bucket { up_to, count })),
        }
    }
    buckets.into_iter().map(|(_, bucket)| bucket).collect()
}

/// One run, from what all its threads saw. `names` are the endpoints', in the order of the recording.
///
/// # Errors
/// When a piece's histogram cannot be read, which for a recording of our own is a mistake of ours.
pub fn run<N: AsRef<str>>(
    names: &[N],
    headline: Headline,
    recording: &Recording,
    generator: Usage,
    server: Option<Usage>,
) -> Result<LoadRun, MeasureError> {
    let seconds = seconds(recording.measured);
    let timed = headline == Headline::ResponseTime;
    let mut endpoints = Vec::with_capacity(recording.endpoints.len());
    for (number, endpoint) in recording.endpoints.iter().enumerate() {
        let name = names.get(number).map(|name| name.as_ref().to_owned()).unwrap_or_default();
        let blocks = pieces::blocks(&name, &endpoint.pieces, recording.piece_length, recording.measured)?;
        endpoints.push(RunEndpoint {
            counts: endpoint.counts.clone(),
            service: endpoint.service.encode(),
            response: timed.then(|| endpoint.response.encode()),
            first_byte: endpoint.first_byte.encode(),
            blocks,
            name,
        });
    }
    let per_second = |count: u64| if seconds > 0.0 { float(count) / seconds } else { 0.0 };
    Ok(LoadRun {
        seconds,
        endpoints,
        connections: Connections {
            opened: recording.opened,
            failed: recording.unopened,
            connect: latency(&recording.connect),
            tls: (!recording.tls.is_empty()).then(|| latency(&recording.tls)),
        },
        series: pieces::series(recording)?,
        generator,
        server,
        rate: timed.then(|| RateKept {
            offered: per_second(recording.offered),
            achieved: per_second(recording.sent),
        }),
    })
}

/// What was seen of one endpoint in several runs.
#[derive(Debug, Default)]
struct Pool {
    counts: RequestCounts,
    service: Histogram,
    response: Option<Histogram>,
    first_byte: Histogram,
}

impl Pool {
    fn read(endpoint: &RunEndpoint, headline: Headline) -> Result<Self, MeasureError> {
        check_counts(&endpoint.counts)?;
        let read = |what: &'static str, text: &str| {
            let endpoint_name = || endpoint.name.clone();
            let times = Histogram::decode(text).map_err(|error| MeasureError::Histogram {
                endpoint: endpoint_name(),
                what,
                error,
            })?;
            let (ok, samples) = (endpoint.counts.ok, times.count());
            if ok == samples {
                Ok(times)
            } else {
                Err(MeasureError::Samples { endpoint: endpoint_name(), what, ok, samples })
            }
        };
        let response = match headline {
            Headline::ServiceTime => None,
            Headline::ResponseTime => {
                Some(read("response", endpoint.response.as_deref().unwrap_or_default())?)
            }
        };
        Ok(Self {
            counts: endpoint.counts.clone(),
            service: read("service", &endpoint.service)?,
            response,
            first_byte: read("first-byte", &endpoint.first_byte)?,
        })
    }

    fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.service.add(&other.service);
        self.first_byte.add(&other.first_byte);
        if let Some(more) = &other.response {
            self.response.get_or_insert_default().add(more);
        }
    }

    fn result(&self, name: &str, seconds: f64) -> EndpointResult {
        let counts = self.counts.clone();
        let ended = counts.ended();
        EndpointResult {
            name: name.to_owned(),
            seconds,
            throughput: if seconds > 0.0 { float(counts.ok) / seconds } else { 0.0 },
            error_rate: if ended > 0 { float(counts.errors()) / float(ended) } else { 0.0 },
            service: latency(&self.service),
            response: self.response.as_ref().map(latency),
            first_byte: latency(&self.first_byte),
            distribution: distribution(self.response.as_ref().unwrap_or(&self.service)),
            counts,
        }
    }
}

/// All endpoints of all runs together, named [`TOTAL`], and each over all runs, in the order in which they appear.
///
/// # Errors
/// When a histogram cannot be read or does not hold the good answers, or a number is out of range: reports come from files.
pub fn pool(
    runs: &[LoadRun],
    headline: Headline,
) -> Result<(EndpointResult, Vec<EndpointResult>), MeasureError> {
    let mut pools: Vec<(&str, Pool)> = Vec::new();
    let mut total =
        Pool { response: (headline == Headline::ResponseTime).then(Histogram::new), ..Pool::default() };
    let mut seconds = 0.0;
    for run in runs {
        if !(0.0..=LONGEST_RUN).contains(&run.seconds) {
            return Err(MeasureError::Range("the measured time of a run"));
        }
        seconds += run.seconds;
        for endpoint in &run.endpoints {
            let read = Pool::read(endpoint, headline)?;
            total.add(&read);
            let known = pools.len();
            match pools.iter_mut().find(|(name, _)| *name == endpoint.name) {
                Some((_, pool)) => pool.add(&read),
                None if known >= MOST_ENDPOINTS => {
                    return Err(MeasureError::Range("the number of endpoints"));
                }
                None => pools.push((&endpoint.name, read)),
            }
        }
    }
    let endpoints = pools.iter().map(|(name, pool)| pool.result(name, seconds)).collect();
    Ok((total.result(TOTAL, seconds), endpoints))
}

/// Sums of what passes here stay far from the largest number, however many runs a report has.
fn check_counts(counts: &RequestCounts) -> Result<(), MeasureError> {
    let others = [
        counts.ok,
        counts.aborted,
        counts.late,
        counts.dropped,
        counts.retries,
        counts.warm_up,
        counts.bytes_received,
        counts.bytes_sent,
    ];
    if counts.failed.values().copied().chain(others).all(|count| count <= LARGEST_COUNT) {
        Ok(())
    } else {
        Err(MeasureError::Range("a number of requests or bytes"))
    }
}

/// The numbers of a load test. Steps, saturation, comparison and the number of generators are the caller's to add.
///
/// # Errors
/// As [`pool`].
pub fn assemble(
    machine: Machine,
    target: PerfTarget,
    load: LoadShape,
    headline: Headline,
    runs: Vec<LoadRun>,
    doubts: Vec<Doubt>,
) -> Result<Perf, MeasureError> {
    let (total, endpoints) = pool(&runs, headline)?;
    Ok(Perf {
        environment: environment(machine),
        target,
        load,
        headline,
        total,
        endpoints,
        runs,
        steps: Vec::new(),
        saturation: None,
        aborted: doubts.iter().any(|doubt| doubt.kind == DoubtKind::Aborted),
        doubts,
        generators: 1,
        comparison: None,
    })
}

/// The machine, as reports have it.
#[must_use]
pub fn environment(machine: Machine) -> Environment {
    let Machine { cpu, cores, governor, system, kernel } = machine;
    Environment { cpu, cores, governor, system, kernel }
}

/// Nanoseconds in seconds.
fn seconds(nanoseconds: u64) -> f64 {
    float(nanoseconds) / 1e9
}

fn logarithm(time: u64) -> f64 {
    float(time.max(1)).ln()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts and nanoseconds below 2^53 are exact; beyond, 53 bits are enough"
)]
const fn float(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and below 0 is 0"
)]
const fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests;
