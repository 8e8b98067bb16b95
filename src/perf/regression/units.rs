//! A measurement as the numbers that are compared: one a run where there are enough runs, otherwise one a stretch of a run.
//!
//! Requests are no independent witnesses: one slow moment of the machine meets hundreds of them. Runs nearly are; long
//! enough stretches of a run are the next best.

use super::judge::{LEAST, RUNS};
use crate::report::{Block, Headline, Metric, Perf, RunEndpoint};
use crate::stats::Histogram;

/// Stretches made of one run at the most: enough for any test, and long ones are less alike to their neighbours.
const STRETCHES: u64 = 20;
/// Histograms read of one report at the most; a day's load of twenty endpoints has a quarter of it.
const MOST: usize = 100_000;
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
    #[error("the report {side} has more than {MOST} histograms")]
    TooMany {
        /// Which report: its name.
        side: String,
    },
}

/// The values of one metric on both sides, by run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Units {
    pub(super) before: Vec<Vec<f64>>,
    pub(super) after: Vec<Vec<f64>>,
    /// Why there are none.
    pub(super) too_few: Option<String>,
}

/// Fails when a report has unreasonably many histograms.
pub(super) fn check_size(perf: &Perf, side: &str) -> Result<(), Error> {
    let of_run = |endpoint: &RunEndpoint| endpoint.blocks.len().saturating_add(3);
    let all = perf.runs.iter().flat_map(|run| &run.endpoints).map(of_run);
    if all.fold(0_usize, usize::saturating_add) > MOST {
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

/// The values of a metric of an endpoint.
pub(super) fn units(
    (before, before_name): (&Perf, &str),
    (after, after_name): (&Perf, &str),
    endpoint: &str,
    metric: Metric,
) -> Result<Units, Error> {
    let one = Source { perf: before, side: before_name, endpoint, metric };
    let other = Source { perf: after, side: after_name, endpoint, metric };
    if metric == Metric::P99 && one.good().min(other.good()) < ENOUGH_FOR_P99 {
        let words = format!(
            "too few samples: {} and {} good answers, p99 needs {ENOUGH_FOR_P99} each",
            one.good(),
            other.good()
        );
        return Ok(Units { too_few: Some(words), ..Units::default() });
    }
    let by_run = Units { before: one.by_run()?, after: other.by_run()?, too_few: None };
    if by_run.before.len().min(by_run.after.len()) >= RUNS {
        return Ok(by_run);
    }
    let mut by_block = Units { before: one.by_block()?, after: other.by_block()?, too_few: None };
    let count = |groups: &[Vec<f64>]| groups.iter().map(Vec::len).sum::<usize>();
    let (first, second) = (count(&by_block.before), count(&by_block.after));
    if first.min(second) < LEAST {
        let of = least(metric).map_or_else(String::new, |least| format!(" of {least} requests or more"));
        by_block.too_few = Some(format!(
            "too few samples: {first} and {second} stretches{of}, {LEAST} each are needed; take longer or more runs"
        ));
    }
    Ok(by_block)
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
    metric: Metric,
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

    /// One value for each run that has one.
    fn by_run(self) -> Result<Vec<Vec<f64>>, Error> {
        let mut values = Vec::new();
        for (number, seconds, run) in self.runs() {
            let value = match (self.metric, share(self.metric)) {
                (_, Some(share)) => {
                    let text = match self.perf.headline {
                        Headline::ServiceTime => &run.service,
                        Headline::ResponseTime => run.response.as_ref().unwrap_or(&run.service),
                    };
                    percentile(&self.decode(text, number)?, share)
                }
                (Metric::ErrorRate, _) => ratio(run.counts.errors(), run.counts.ended()),
                _ => rate(run.counts.ok, seconds),
            };
            values.extend(value.map(|value| vec![value]));
        }
        Ok(values)
    }

    /// The values of the stretches of each run.
    fn by_block(self) -> Result<Vec<Vec<f64>>, Error> {
        let mut groups = Vec::new();
        for (number, _, run) in self.runs() {
            let mut values = Vec::new();
            for stretch in self.stretches(&run.blocks) {
                values.extend(self.of_stretch(stretch, number)?);
            }
            groups.push(values);
        }
        Ok(groups)
    }

    /// Neighbouring blocks, put together until they are long enough; what remains at the end belongs to the last one.
    fn stretches(self, blocks: &'a [Block]) -> Vec<&'a [Block]> {
        let size = |block: &Block| match self.metric {
            Metric::ErrorRate => block.ok.saturating_add(block.failed),
            Metric::P95 | Metric::P99 => block.ok,
            _ => 1,
        };
        let all = blocks.iter().map(size).fold(0, u64::saturating_add);
        let enough = least(self.metric).unwrap_or(1).max(all.div_ceil(STRETCHES));
        let mut stretches = Vec::new();
        let (mut from, mut have, mut left) = (0, 0_u64, all);
        for (place, block) in blocks.iter().enumerate() {
            have = have.saturating_add(size(block));
            left = left.saturating_sub(size(block));
            if have >= enough && left >= enough {
                stretches.extend(blocks.get(from..=place));
                (from, have) = (place + 1, 0);
            }
        }
        if have >= enough {
            stretches.extend(blocks.get(from..));
        }
        stretches
    }

    fn of_stretch(self, blocks: &[Block], run: usize) -> Result<Option<f64>, Error> {
        let sum = |of: fn(&Block) -> u64| blocks.iter().map(of).fold(0, u64::saturating_add);
        let (ok, failed) = (sum(|block| block.ok), sum(|block| block.failed));
        let Some(share) = share(self.metric) else {
            return Ok(if self.metric == Metric::ErrorRate {
                ratio(failed, ok.saturating_add(failed))
            } else {
                rate(ok, blocks.iter().map(|block| block.seconds).sum())
            });
        };
        let mut all = Histogram::new();
        for block in blocks {
            all.add(&self.decode(&block.histogram, run)?);
        }
        Ok(percentile(&all, share))
    }
}

/// The share of samples below the percentile that a metric is.
const fn share(metric: Metric) -> Option<f64> {
    match metric {
        Metric::P95 => Some(0.95),
        Metric::P99 => Some(0.99),
        _ => None,
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
    let of_rank = |rank: f64| histogram.quantile((rank - 0.5) / samples);
    let (low, high) = (of_rank(position.floor()), of_rank(position.ceil()));
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
