//! A measurement as the numbers that are compared: one a run where there are enough runs, otherwise one a stretch of a run.
//!
//! Requests are no independent witnesses: one slow moment of the machine meets hundreds of them. Runs nearly are; long
//! enough stretches of a run are the next best.

use std::collections::VecDeque;
use std::ops::Range;

use super::judge::{LEAST, RUNS};
use crate::report::{Block, Headline, Metric, Perf, RunEndpoint};
use crate::stats::Histogram;

/// Stretches made of one run at the most: enough for any test, and long ones are less alike to their neighbours.
const STRETCHES: u64 = 20;
/// Histograms read of one report at the most; a day's load of twenty endpoints has a quarter of it.
const MOST: usize = 100_000;
/// Endpoints of one report at the most, as in a scenario.
const MOST_ENDPOINTS: usize = 256;
/// Requests a side from which a p99 is compared.
const ENOUGH_FOR_P99: u64 = 1_000;

/// Why a report's numbers cannot be compared: it is damaged, or was not written by this program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A histogram is none.
    #[error("the report {side} has a histogram of endpoint `{endpoint}` in run {run} that is {source}")]
    Histogram {
        /// Which report: its name.
        side: String,
        /// Endpoint.
        endpoint: String,
        /// Run, from 1.
        run: usize,
        /// What is wrong with it.
        source: crate::stats::histogram::DecodeError,
    },
    /// There are too many of them.
    #[error("the report {side} has more than {MOST} histograms or {MOST_ENDPOINTS} endpoints")]
    TooMany {
        /// Which report: its name.
        side: String,
    },
}

/// What is compared of each endpoint, in the order in which it is to be read: latencies of answers say little where fewer
/// come.
pub(super) const METRICS: [Metric; 4] = [Metric::ErrorRate, Metric::Throughput, Metric::P95, Metric::P99];

/// Values of each metric, by run.
type Values = [Vec<Vec<f64>>; METRICS.len()];

/// The values of one metric on both sides, by run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Units {
    pub(super) before: Vec<Vec<f64>>,
    pub(super) after: Vec<Vec<f64>>,
    /// Why there are none.
    pub(super) too_few: Option<String>,
}

/// Fails when a report has unreasonably many histograms or endpoints.
pub(super) fn check_size(perf: &Perf, side: &str) -> Result<(), Error> {
    let of_run = |endpoint: &RunEndpoint| endpoint.blocks.len().saturating_add(3);
    let all = perf.runs.iter().flat_map(|run| &run.endpoints).map(of_run);
    let endpoints = perf.runs.iter().map(|run| run.endpoints.len()).chain([perf.endpoints.len()]);
    if all.fold(0_usize, usize::saturating_add) > MOST || endpoints.max() > Some(MOST_ENDPOINTS) {
        return Err(Error::TooMany { side: side.to_owned() });
    }
    Ok(())
}

/// Reads every histogram that a comparison could read, so that a damaged report is known before it is needed.
///
/// # Errors
/// When there are unreasonably many histograms, or one is none.
pub fn check(perf: &Perf, side: &str) -> Result<(), Error> {
    check_size(perf, side)?;
    for (run, endpoints) in perf.runs.iter().enumerate() {
        for endpoint in &endpoints.endpoints {
            let blocks = endpoint.blocks.iter().map(|block| &block.histogram);
            for text in std::iter::once(&endpoint.service).chain(&endpoint.response).chain(blocks) {
                Histogram::decode(text).map_err(|source| Error::Histogram {
                    side: side.to_owned(),
                    endpoint: endpoint.name.clone(),
                    run: run + 1,
                    source,
                })?;
            }
        }
    }
    Ok(())
}

/// The values of an endpoint, metric by metric. Each histogram is read once.
pub(super) fn units(
    (before, before_name): (&Perf, &str),
    (after, after_name): (&Perf, &str),
    endpoint: &str,
) -> Result<[Units; METRICS.len()], Error> {
    let one = Source { perf: before, side: before_name, endpoint };
    let other = Source { perf: after, side: after_name, endpoint };
    let enough = one.runs().count().min(other.runs().count()) >= RUNS;
    let by_run = if enough { [one.by_run()?, other.by_run()?] } else { Default::default() };
    let carried = by_run[0].iter().zip(&by_run[1]).all(|(one, other)| one.len().min(other.len()) >= RUNS);
    let by_block = if carried { Default::default() } else { [one.by_block()?, other.by_block()?] };
    let ([before, after], [before_blocks, after_blocks]) = (by_run, by_block);
    let runs = before.into_iter().zip(after);
    let blocks = before_blocks.into_iter().zip(after_blocks);
    let mut all: [Units; METRICS.len()] = Default::default();
    for ((units, metric), (runs, blocks)) in all.iter_mut().zip(METRICS).zip(runs.zip(blocks)) {
        *units = if metric == Metric::P99 && one.good().min(other.good()) < ENOUGH_FOR_P99 {
            let words = format!(
                "too few samples: {} and {} good answers, p99 needs {ENOUGH_FOR_P99} each",
                one.good(),
                other.good()
            );
            Units { too_few: Some(words), ..Units::default() }
        } else if runs.0.len().min(runs.1.len()) >= RUNS {
            Units { before: runs.0, after: runs.1, too_few: None }
        } else {
            Units { too_few: too_few(metric, &blocks), before: blocks.0, after: blocks.1 }
        };
    }
    Ok(all)
}

/// Why stretches are too few to compare, if they are.
fn too_few(metric: Metric, (before, after): &(Vec<Vec<f64>>, Vec<Vec<f64>>)) -> Option<String> {
    let count = |groups: &[Vec<f64>]| groups.iter().map(Vec::len).sum::<usize>();
    let (first, second) = (count(before), count(after));
    let of = least(metric).map_or_else(String::new, |least| format!(" of {least} requests or more"));
    (first.min(second) < LEAST).then(|| {
        format!(
            "too few samples: {first} and {second} stretches{of}, {LEAST} each are needed; take longer or more runs"
        )
    })
}

/// Requests that a stretch needs for the metric; none where its length in time is what counts.
const fn least(metric: Metric) -> Option<u64> {
    match metric {
        Metric::P99 => Some(500),
        Metric::P95 | Metric::ErrorRate => Some(100),
        _ => None,
    }
}

/// Where values are taken from.
#[derive(Clone, Copy)]
struct Source<'a> {
    perf: &'a Perf,
    side: &'a str,
    endpoint: &'a str,
}

impl<'a> Source<'a> {
    /// The endpoint in each run, with the run's number and length.
    fn runs(self) -> impl Iterator<Item = (usize, f64, &'a RunEndpoint)> {
        self.perf.runs.iter().enumerate().filter_map(move |(place, run)| {
            let found = run.endpoints.iter().find(|endpoint| endpoint.name == self.endpoint)?;
            Some((place + 1, run.seconds, found))
        })
    }

    fn good(self) -> u64 {
        self.runs().map(|(_, _, run)| run.counts.ok).fold(0, u64::saturating_add)
    }

    fn decode(self, text: &str, run: usize) -> Result<Histogram, Error> {
        Histogram::decode(text).map_err(|source| Error::Histogram {
            side: self.side.to_owned(),
            endpoint: self.endpoint.chars().take(80).collect(),
            run,
            source,
        })
    }

    /// One value of each metric for each run that has one.
    fn by_run(self) -> Result<Values, Error> {
        let mut values = Values::default();
        for (number, seconds, run) in self.runs() {
            let text = match self.perf.headline {
                Headline::ServiceTime => &run.service,
                Headline::ResponseTime => run.response.as_ref().unwrap_or(&run.service),
            };
            let times = self.decode(text, number)?;
            let errors = ratio(run.counts.errors(), run.counts.ended());
            let rate = rate(run.counts.ok, seconds);
            let of_run = [errors, rate, percentile(&times, 0.95), percentile(&times, 0.99)];
            for (all, value) in values.iter_mut().zip(of_run) {
                all.extend(value.map(|value| vec![value]));
            }
        }
        Ok(values)
    }

    /// The values of the stretches of each run.
    fn by_block(self) -> Result<Values, Error> {
        let mut values = Values::default();
        for (number, _, run) in self.runs() {
            let blocks = &run.blocks;
            let [mut p95, mut p99] = [(0.95, Metric::P95), (0.99, Metric::P99)].map(|(share, metric)| {
                Joint { share, stretches: stretches(metric, blocks).into(), times: None, values: Vec::new() }
            });
            for (place, block) in blocks.iter().enumerate() {
                if p95.wants(place) || p99.wants(place) {
                    let times = self.decode(&block.histogram, number)?;
                    p95.take(place, &times);
                    p99.take(place, &times);
                }
            }
            let counted = |metric| -> Vec<f64> {
                let stretches = stretches(metric, blocks).into_iter();
                stretches.filter_map(|range| of_counts(metric, blocks.get(range)?)).collect()
            };
            let of_run = [counted(Metric::ErrorRate), counted(Metric::Throughput), p95.values, p99.values];
            values.iter_mut().zip(of_run).for_each(|(all, more)| all.push(more));
        }
        Ok(values)
    }
}

/// A percentile of one stretch after another, of blocks that come in order.
struct Joint {
    share: f64,
    /// What is to come, the present one first.
    stretches: VecDeque<Range<usize>>,
    /// What came of the present one.
    times: Option<Histogram>,
    values: Vec<f64>,
}

impl Joint {
    fn wants(&self, place: usize) -> bool {
        self.stretches.front().is_some_and(|stretch| stretch.contains(&place))
    }

    fn take(&mut self, place: usize, more: &Histogram) {
        if !self.wants(place) {
            return;
        }
        match &mut self.times {
            Some(times) => times.add(more),
            none => *none = Some(more.clone()),
        }
        if self.stretches.front().is_some_and(|stretch| stretch.end == place + 1) {
            self.stretches.pop_front();
            self.values.extend(self.times.take().and_then(|times| percentile(&times, self.share)));
        }
    }
}

/// Neighbouring blocks, put together until they are long enough; what remains at the end belongs to the last one.
fn stretches(metric: Metric, blocks: &[Block]) -> Vec<Range<usize>> {
    let size = |block: &Block| match metric {
        Metric::ErrorRate => block.ok.saturating_add(block.failed),
        Metric::P95 | Metric::P99 => block.ok,
        _ => 1,
    };
    let all = blocks.iter().map(size).fold(0, u64::saturating_add);
    let enough = least(metric).unwrap_or(1).max(all.div_ceil(STRETCHES));
    let mut stretches = Vec::new();
    let (mut from, mut have, mut left) = (0, 0_u64, all);
    for (place, block) in blocks.iter().enumerate() {
        have = have.saturating_add(size(block));
        left = left.saturating_sub(size(block));
        if have >= enough && left >= enough {
            stretches.push(from..place + 1);
            (from, have) = (place + 1, 0);
        }
    }
    if have >= enough {
        stretches.push(from..blocks.len());
    }
    stretches
}

/// The share of errors or the throughput of a stretch.
fn of_counts(metric: Metric, blocks: &[Block]) -> Option<f64> {
    let sum = |of: fn(&Block) -> u64| blocks.iter().map(of).fold(0, u64::saturating_add);
    let (ok, failed) = (sum(|block| block.ok), sum(|block| block.failed));
    match metric {
        Metric::ErrorRate => ratio(failed, ok.saturating_add(failed)),
        _ => rate(ok, blocks.iter().map(|block| block.seconds).sum()),
    }
}

/// A percentile that is off neither way in the median, however few the samples: type 8 of Hyndman and Fan (1996). The
/// nearest rank would be off differently in stretches of different size, by several per cent. None with fewer samples
/// than one beyond the percentile.
fn percentile(histogram: &Histogram, share: f64) -> Option<f64> {
    let samples = float(histogram.count());
    if samples * (1.0 - share) < 1.0 - 1e-9 {
        return None;
    }
    let third = 1.0 / 3.0;
    let position = (samples + third).mul_add(share, third).clamp(1.0, samples);
    // The middle of a rank's share of the samples: no rounding leads to its neighbour.
    let of_rank = |rank: f64| (rank - 0.5) / samples;
    let [low, high] = histogram.quantiles([of_rank(position.floor()), of_rank(position.ceil())]);
    Some(float(high.saturating_sub(low)).mul_add(position.fract(), float(low)))
}

fn ratio(part: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| float(part) / float(all))
}

fn rate(count: u64, seconds: f64) -> Option<f64> {
    (seconds > 0.0 && seconds.is_finite()).then(|| float(count) / seconds)
}

#[expect(clippy::cast_precision_loss, reason = "16 digits are more than a measurement has")]
const fn float(number: u64) -> f64 {
    number as f64
}
