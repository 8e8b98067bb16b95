//! Two captures compared, metric by metric: pure. `docs/baseline-verdicts.md` says how, and how often it is wrong.
//!
//! ```text
//! Sides ─► differences: may they be compared? ─► pairs: two values, or samples, and the band of earlier captures
//!              ─► verdict: shift, corrected for all metrics; threshold; band ─► BaselineMetric ─► conclude: findings
//! ```

mod bar;
mod conclude;
mod verdict;

pub(super) use conclude::out_of_band;
pub use conclude::{conclude, conclude_probes};

use std::collections::{BTreeMap, BTreeSet};

use super::capture::{Capture, Machine, Metric};
use super::settings::{Bands, Range};
use super::store::Shelf;
use crate::report::{BaselineMetric, Better, MetricBand, MetricComparison, MetricState, Outcome};
use crate::stats::band::{Band, band};
use verdict::Pair;

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The capture that is judged.
    pub now: &'a Capture,
    /// The one that it is compared with.
    pub then: &'a Capture,
    /// Earlier captures, of which bands are made; empty for none.
    pub past: &'a Shelf,
    /// How bands are made.
    pub bands: Bands,
    /// Whether captures of different machines are compared all the same.
    pub any_machine: bool,
}

/// Why the two were not made under the same conditions; empty when they were, and when any machine will do. That another version
/// of the program made one of them is no such reason.
#[must_use]
pub fn differences(sides: &Sides<'_>) -> Vec<String> {
    if sides.any_machine || sides.now.machine.fingerprint == sides.then.machine.fingerprint {
        return Vec::new();
    }
    let (now, then) = (&sides.now.machine, &sides.then.machine);
    let mut found = Vec::new();
    let mut between = |what: &str, before: String, after: String| {
        if before != after {
            found.push(format!("{what}: {before} before, {after} now"));
        }
    };
    let text =
        |text: &str| if text.is_empty() { "unknown".to_owned() } else { text.chars().take(80).collect() };
    let of = |of: fn(&Machine) -> String| (of(then), of(now));
    between("processor", text(&then.environment.cpu), text(&now.environment.cpu));
    let (before, after) = of(|machine| machine.environment.cores.to_string());
    between("cores", before, after);
    let (before, after) = of(|machine| machine.environment.governor.clone().unwrap_or_default());
    between("frequency governor", text(&before), text(&after));
    between("system", text(&then.environment.system), text(&now.environment.system));
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let (before, after) = of(|machine| super::words::value(machine.memory as f64, "bytes"));
    between("memory", before, after);
    if found.is_empty() {
        found.push(format!("machine: {} before, {} now", text(&then.fingerprint), text(&now.fingerprint)));
    }
    found
}

/// Every metric of both, in the order of the newer one; those that only the reference has come last.
#[must_use]
pub fn compare(sides: &Sides<'_>) -> Vec<BaselineMetric> {
    compare_by(sides, |metric| earlier(sides, metric))
}

/// The same, with the day and value of earlier captures by the name of a metric.
fn compare_by(sides: &Sides<'_>, earlier: impl Fn(&str) -> Vec<(f64, f64)>) -> Vec<BaselineMetric> {
    let other_machine = !differences(sides).is_empty();
    let mut known: BTreeMap<&str, &Metric> = BTreeMap::new();
    for metric in &sides.then.metrics {
        known.entry(metric.name.as_str()).or_insert(metric);
    }
    let mut metrics = alone(sides.now);
    let mut pairs: Vec<(usize, Pair<'_>)> = Vec::new();
    for (place, (metric, now)) in metrics.iter_mut().zip(&sides.now.metrics).enumerate() {
        let past = earlier(&now.name);
        let found = bands(&past, sides.bands, positive(now.floor));
        metric.band = metric.value.zip(found).map(|(value, band)| in_report(&band, value));
        let then = known.get(now.name.as_str()).copied();
        match then {
            None => metric.comparison = Some(unjudged(now, None, "it is not in the reference".to_owned())),
            Some(then) => {
                // What was approved as needed does not become optional by being gone.
                metric.optional = now.optional && (then.optional || then.value().is_none());
                match in_the_way(now, then, other_machine) {
                    Some(reason) => metric.comparison = Some(unjudged(now, then.value(), reason)),
                    None => pairs.push((place, Pair { now, then, past, band: found })),
                }
            }
        }
    }
    let (places, pairs): (Vec<usize>, Vec<Pair<'_>>) = pairs.into_iter().unzip();
    for (place, comparison) in places.into_iter().zip(verdict::verdicts(&pairs, sides.bands)) {
        if let Some(metric) = metrics.get_mut(place) {
            metric.comparison = Some(comparison);
        }
    }
    for (metric, now) in metrics.iter_mut().zip(&sides.now.metrics) {
        if let (Some(comparison), Some(then)) = (&mut metric.comparison, known.get(now.name.as_str())) {
            comparison.lowered = bar::lowered(now, then);
            if let Some(words) = &comparison.lowered {
                comparison.reason.push_str(&format!("; judged more loosely than the reference: {words}"));
            }
        }
    }
    let have: BTreeSet<&str> = sides.now.metrics.iter().map(|metric| metric.name.as_str()).collect();
    let gone = sides.then.metrics.iter().filter(|metric| !have.contains(metric.name.as_str()));
    metrics.extend(gone.filter(|metric| metric.value().is_some()).map(missing));
    metrics
}

/// The metrics of one capture, with ranges and targets judged and nothing compared.
#[must_use]
pub fn alone(now: &Capture) -> Vec<BaselineMetric> {
    now.metrics.iter().map(judged).collect()
}

fn judged(metric: &Metric) -> BaselineMetric {
    let value = (metric.state == MetricState::Measured).then(|| metric.value()).flatten();
    let keeps = |bounds: Option<[Option<f64>; 2]>| {
        let [min, max] = bounds?;
        Some(Range { min, max }.holds(value?))
    };
    // Without a value, it was not measured, whatever a document says.
    let unfounded = metric.state == MetricState::Measured && value.is_none();
    BaselineMetric {
        name: metric.name.clone(),
        category: metric.category.clone(),
        unit: metric.unit.clone(),
        better: metric.better,
        state: if unfounded { MetricState::Errored } else { metric.state },
        reason: if unfounded { Some("there is no value".to_owned()) } else { metric.reason.clone() },
        value,
        samples: u32::try_from(metric.samples.len()).unwrap_or(u32::MAX),
        optional: metric.optional,
        target: metric.target,
        target_met: keeps(metric.target),
        accept: metric.accept,
        accepted: keeps(metric.accept),
        ..BaselineMetric::default()
    }
}

/// What only the reference has.
fn missing(then: &Metric) -> BaselineMetric {
    let reason = "it was measured in the reference, and is not declared any more".to_owned();
    BaselineMetric {
        state: MetricState::Missing,
        reason: Some(reason.clone()),
        value: None,
        samples: 0,
        target_met: None,
        accepted: None,
        comparison: Some(unjudged(then, then.value(), reason)),
        ..judged(then)
    }
}

fn unjudged(metric: &Metric, before: Option<f64>, reason: String) -> MetricComparison {
    MetricComparison {
        before,
        change: None,
        interval: None,
        p: None,
        threshold: limit(metric.threshold),
        lowered: None,
        verdict: Outcome::Incomparable,
        reason,
    }
}

/// Why two metrics of a name cannot be compared.
fn in_the_way(now: &Metric, then: &Metric, other_machine: bool) -> Option<String> {
    let said = |reason: &Option<String>| {
        reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(": {}", reason.chars().take(200).collect::<String>()))
    };
    if now.state != MetricState::Measured || now.value().is_none() {
        return Some(format!("it was not measured now{}", said(&now.reason)));
    }
    if then.state != MetricState::Measured || then.value().is_none() {
        return Some(format!("it was not measured in the reference{}", said(&then.reason)));
    }
    if other_machine {
        return Some("the captures were made on different machines".to_owned());
    }
    if now.unit != then.unit {
        let unit =
            |unit: &str| if unit.is_empty() { "no unit".to_owned() } else { unit.chars().take(40).collect() };
        return Some(format!("unit: {} before, {} now", unit(&then.unit), unit(&now.unit)));
    }
    let (one, other) = (then.samples.len(), now.samples.len());
    // A sample more or less is one that failed; half as many were asked for differently.
    if one.max(other) >= 2 * one.min(other) && one != other {
        return Some(format!("samples: {one} before, {other} now"));
    }
    measured_differently(now, then)
}

/// What the two were measured differently in, as far as both say how.
fn measured_differently(now: &Metric, then: &Metric) -> Option<String> {
    if let (Some(before), Some(after)) = (&then.kind, &now.kind)
        && before != after
    {
        let short = |kind: &str| kind.chars().take(80).collect::<String>();
        return Some(format!("what is read: {} before, {} now", short(before), short(after)));
    }
    // Samples within a second see one mood of a system, samples over a minute see many; and a rate is over its interval.
    if let (Some(before), Some(after)) = (then.interval_ms, now.interval_ms)
        && before != after
    {
        return Some(format!("interval: {before} ms before, {after} ms now"));
    }
    None
}

/// The values of a metric in captures that were made before the one that is judged, on its machine, oldest first: the moment in days,
/// and the value.
fn earlier(sides: &Sides<'_>, metric: &str) -> Vec<(f64, f64)> {
    let before = sides.now.moment();
    let window = usize::try_from(sides.bands.window).unwrap_or(usize::MAX);
    let mut found: Vec<(f64, f64)> = sides
        .past
        .series(metric, Some(&sides.now.machine.fingerprint))
        .into_iter()
        .filter_map(|(place, value)| {
            let of = sides.past.captures.get(place)?;
            let earlier = of.id != sides.now.id && before.is_none_or(|moment| of.created < moment);
            (earlier && value.is_finite()).then(|| (super::history::days(of.created), value))
        })
        .collect();
    found.drain(..found.len().saturating_sub(window));
    found
}

/// The band of earlier values; none without any.
fn bands(past: &[(f64, f64)], how: Bands, floor: f64) -> Option<Band> {
    let values: Vec<f64> = past.iter().map(|(_, value)| *value).collect();
    band(&values, how.k, how.margin, floor)
}

/// The same for reports, with the value that is judged by it.
pub(super) fn in_report(band: &Band, value: f64) -> MetricBand {
    MetricBand {
        points: u32::try_from(band.points).unwrap_or(u32::MAX),
        learning: band.is_learning(),
        median: band.median,
        low: band.low(),
        high: band.high(),
        outside: !band.is_learning() && !band.holds(value),
    }
}

/// Whether a value lies outside of the band on the side that is worse.
pub(super) fn is_worse_than(band: &MetricBand, value: f64, better: Better) -> bool {
    band.outside
        && match better {
            Better::Lower => value > band.high,
            Better::Higher => value < band.low,
            Better::Same => true,
        }
}

/// A threshold of a document: what is none is the built-in one.
fn limit(threshold: f64) -> f64 {
    if threshold.is_finite() && threshold >= 0.0 { threshold } else { 0.2 }
}

/// A floor of a document: what is none is nothing.
fn positive(floor: f64) -> f64 {
    if floor.is_finite() { floor.max(0.0) } else { 0.0 }
}

#[cfg(test)]
mod rates;
#[cfg(test)]
mod tests;
