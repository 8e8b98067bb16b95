//! The verdicts over all pairs of one comparison: together, because among twenty metrics one is out of place by chance.

use super::super::capture::Metric;
use super::super::settings::Bands;
use super::super::words;
use super::{limit, positive};
use crate::report::{Better, MetricComparison, Outcome};
use crate::stats::band::Band;
use crate::stats::robust::median;
use crate::stats::shift::{self, Between, Call, Centre, Kind, LEAST, Question, Shift, Worse};
use crate::stats::trend::trend;

/// Most stretches that the samples of one capture are put together to: what follows each other is alike.
const STRETCHES: usize = 20;
/// How much captures of one machine are taken to differ where too few of them are known: 5 %, twice what hosted runners
/// showed (a coefficient of variation of 2.7 %) …
const ASSUMED: f64 = 0.05;
/// … and at most a quarter of the threshold: who sets a narrow one knows that the metric is steadier.
const OF_THRESHOLD: f64 = 0.25;
/// Corrected p up to which a change below the limit is told: a fifth of what a failure may have, so that both together, and bands,
/// keep to one alarm in twenty comparisons.
const SURE: f64 = 0.01;
/// Chance of a trend by chance from which a change along it is not called the usual wavering.
const TREND: f64 = 0.001;

/// A metric that both captures have.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    /// It in the capture that is judged.
    pub(super) now: &'a Metric,
    /// It in the reference.
    pub(super) then: &'a Metric,
    /// Day and value of earlier captures.
    pub(super) past: Vec<(f64, f64)>,
    /// The band of these.
    pub(super) band: Option<Band>,
}

/// What is said of each pair, in their order.
pub(super) fn verdicts(pairs: &[Pair<'_>], bands: Bands) -> Vec<MetricComparison> {
    let mut found: Vec<Shift> = pairs.iter().map(|pair| pair.shift(pairs.len(), bands)).collect();
    shift::correct(&mut found.iter_mut().collect::<Vec<_>>());
    pairs.iter().zip(&found).map(|(pair, shift)| pair.comparison(shift)).collect()
}

impl Pair<'_> {
    fn shift(&self, together: usize, bands: Bands) -> Shift {
        let question = Question {
            worse: match self.now.better {
                Better::Lower => Worse::More,
                Better::Higher => Worse::Less,
                Better::Same => Worse::Either,
            },
            centre: Centre::Median,
            kind: Kind::Relative,
            threshold: limit(self.now.threshold),
            floor: positive(self.now.floor),
            // One capture is one group, however many samples it has.
            groups: usize::MAX,
            between: self.between(bands),
            together,
        };
        let samples = |metric: &Metric| vec![stretches(&metric.samples)];
        if self.now.samples.len().min(self.then.samples.len()) >= LEAST {
            shift::judge(&samples(self.then), &samples(self.now), question)
        } else {
            let value = |metric: &Metric| metric.value().unwrap_or(0.0);
            shift::judge_single(value(self.then), value(self.now), question)
        }
    }

    /// How much captures differ: as they did, or as is assumed.
    fn between(&self, bands: Bands) -> Between {
        let assumed = ASSUMED.min(OF_THRESHOLD * limit(self.now.threshold));
        match self.learned() {
            Some(band) if band.median.abs() > 0.0 => {
                // Four, because that is the usual width of a band: within its margin nothing is sure.
                let least = bands.margin.max(0.0) / 4.0;
                Between::Seen((band.spread / band.median.abs()).max(least), band.points, assumed)
            }
            _ => Between::Assumed(assumed),
        }
    }

    /// The band, if it is one to judge by.
    fn learned(&self) -> Option<Band> {
        self.band.filter(|band| !band.is_learning())
    }

    fn comparison(&self, shift: &Shift) -> MetricComparison {
        let (verdict, reason) = self.said(shift);
        let ratio = shift.call != Call::NoRatio;
        MetricComparison {
            before: self.then.value(),
            change: ratio.then_some(shift.change),
            interval: shift.interval,
            // What is only assumed is no chance that was measured.
            p: shift.p.filter(|_| shift.sizes != [1, 1]),
            threshold: shift.question.threshold,
            lowered: None,
            verdict,
            reason,
        }
    }

    fn said(&self, shift: &Shift) -> (Outcome, String) {
        let measured = self.measured(shift);
        let moved = (shift.after - shift.before).abs();
        let pass = |why: &str| (Outcome::Pass, format!("{measured}{why}"));
        let call = match shift.call {
            // Not sure enough for a warning.
            Call::SlightlyWorse if shift.p.is_none_or(|p| p > SURE) => {
                if shift.could_hide() {
                    Call::TooUncertain
                } else {
                    Call::NoWorse
                }
            }
            // Where the middle of both is nothing there is no ratio that could be uncertain.
            Call::TooUncertain if shift.before.abs() <= 0.0 && shift.after.abs() <= 0.0 => Call::NoWorse,
            call => call,
        };
        let usual = self.learned().filter(|band| {
            // What is worth a warning only must leave the band as it is widened for few captures.
            moved <= if call == Call::SlightlyWorse { band.half } else { band.usual }
        });
        match (call, usual) {
            (Call::Worse, None) => (Outcome::Fail, measured),
            (Call::Worse | Call::PerhapsWorse, Some(band)) => self.within(&band, shift, &measured),
            (Call::PerhapsWorse, None) => (Outcome::Inconclusive, self.perhaps(&measured)),
            (Call::SlightlyWorse, None) => (Outcome::Warn, format!("{measured}: worse, and not by chance")),
            (Call::SlightlyWorse | Call::TooUncertain, Some(band)) if band.holds(shift.after) => {
                pass(&format!(": no more than the {} captures before it vary", band.points))
            }
            (Call::SlightlyWorse | Call::TooUncertain, _) => (
                Outcome::Inconclusive,
                format!("{measured}: too uncertain to rule a change of the limit's size out"),
            ),
            (Call::TooSmall, _) => {
                let floor = words::value(shift.question.floor, &self.now.unit);
                pass(&format!(": too small to count, a difference up to {floor} never counts"))
            }
            (Call::NoWorse, _) => pass(""),
            (Call::NoRatio, _) => self.of_nothing(shift),
            // Too few for ranks is asked as single values.
            (Call::TooFew, _) => (Outcome::Inconclusive, "too few values to compare".to_owned()),
        }
    }

    /// More than the limit, and no more than the values of the past vary from each other.
    fn within(&self, band: &Band, shift: &Shift, measured: &str) -> (Outcome, String) {
        let range = format!(
            "{} to {}",
            words::value(band.low(), &self.now.unit),
            words::value(band.high(), &self.now.unit)
        );
        if !band.holds(shift.before) || !band.holds(shift.after) {
            let reason = format!(
                "{measured}: more than the limit, and the band of {} captures is {range}",
                band.points
            );
            return (Outcome::Inconclusive, reason);
        }
        if self.gets_worse() {
            let reason = format!(
                "{measured}: within the band of {} captures, {range}, and along a trend",
                band.points
            );
            return (Outcome::Warn, reason);
        }
        (
            Outcome::Pass,
            format!("{measured}: within the band of {} captures, {range}, as is the reference", band.points),
        )
    }

    /// Whether the captures before go the way that is worse.
    fn gets_worse(&self) -> bool {
        trend(&self.past).is_some_and(|trend| {
            trend.p <= TREND
                && match self.now.better {
                    Better::Lower => trend.slope > 0.0,
                    Better::Higher => trend.slope < 0.0,
                    Better::Same => true,
                }
        })
    }

    fn perhaps(&self, measured: &str) -> String {
        let more = if self.learned().is_some() {
            "more samples can tell"
        } else {
            "more samples, or ten captures of this machine, can tell"
        };
        format!("{measured}: more than the limit, but it may be chance; {more}")
    }

    /// The reference is 0, so that no change is relative to it. A difference up to the floor passes; a `ratio`, and what has a floor,
    /// fails beyond its limit; of anything else nobody can say how much is much.
    fn of_nothing(&self, shift: &Shift) -> (Outcome, String) {
        let unit = &self.now.unit;
        let after = words::value(shift.after, unit);
        let worse = match self.now.better {
            Better::Lower => shift.after > 0.0,
            Better::Higher => shift.after < 0.0,
            Better::Same => true,
        };
        let floor = shift.question.floor;
        if !worse || !shift.beyond_floor() {
            return (Outcome::Pass, format!("{after}, from 0"));
        }
        let limit =
            if floor > 0.0 { Some(floor) } else { (unit == "ratio").then_some(shift.question.threshold) };
        let usual = self.learned().is_some_and(|band| band.holds(shift.after));
        match limit {
            Some(limit) if shift.after.abs() > limit && !usual => {
                (Outcome::Fail, format!("{after}, from 0 (limit {})", words::value(limit, unit)))
            }
            _ => {
                let reason = format!(
                    "{after}, from 0: there is no ratio to it; a `floor` or an `accept` can judge it"
                );
                (Outcome::Inconclusive, reason)
            }
        }
    }

    /// `+24 % (95 % interval +18 to +30 %, limit +20 %)`, as the value itself moved.
    fn measured(&self, shift: &Shift) -> String {
        let threshold = shift.question.threshold;
        let (turn, limit) = match self.now.better {
            Better::Lower => (1.0, words::change(threshold)),
            Better::Higher => (-1.0, words::change(-threshold)),
            Better::Same => {
                let way = if shift.after < shift.before { -1.0 } else { 1.0 };
                (way, format!("±{}", words::change(threshold).trim_start_matches('+')))
            }
        };
        let interval = shift.interval.map_or_else(String::new, |[low, high]| {
            let ends = if turn > 0.0 { [low, high] } else { [-high, -low] };
            format!("95 % interval {}, ", words::interval(ends))
        });
        format!("{} ({interval}limit {limit})", words::change(turn * shift.change))
    }
}

/// The samples of one capture, neighbours put together (by their median) until no more than [`STRETCHES`] are left.
fn stretches(samples: &[f64]) -> Vec<f64> {
    if samples.len() <= STRETCHES {
        return samples.to_vec();
    }
    (0..STRETCHES)
        .filter_map(|stretch| {
            let from = stretch * samples.len() / STRETCHES;
            let to = (stretch + 1) * samples.len() / STRETCHES;
            median(&mut samples.get(from..to)?.to_vec())
        })
        .collect()
}
