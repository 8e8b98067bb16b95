//! Metrics over time: bands, trends and change points. Pure. `docs/baseline-verdicts.md` says how.

use jiff::Timestamp;

use super::compare::in_report;
use super::settings::Bands;
use super::store::{Shelf, Summary};
use crate::host::clock::rfc3339;
use crate::report::{BaselineMetric, Better, ChangePoint, MetricBand, MetricPoint, MetricState, MetricTrend};
use crate::stats::band::{LEARNED, band};
use crate::stats::change_points::{Change, change_points};
use crate::stats::robust::median;
use crate::stats::trend::trend;

mod conclude;

pub use conclude::conclude;

/// Chance of a trend by chance from which it is called one: below that of its interval, because many metrics are looked at.
const SURE: f64 = 0.01;
const SECONDS_A_DAY: f64 = 86_400.0;
/// Days that values must span to have a trend: ten minutes. What is measured in a burst goes nowhere.
const SHORTEST: f64 = 1.0 / 144.0;

/// The course of a metric. `better` is which way is better, of the newest capture that says it. Category and unit are the caller's
/// to set.
#[must_use]
pub fn history(
    shelf: &Shelf,
    metric: &str,
    machine: Option<&str>,
    better: Better,
    bands: Bands,
) -> BaselineMetric {
    let points: Vec<(&Summary, f64)> = shelf
        .series(metric, machine)
        .into_iter()
        .filter(|(_, value)| value.is_finite())
        .filter_map(|(place, value)| Some((shelf.captures.get(place)?, value)))
        .collect();
    BaselineMetric { name: metric.to_owned(), ..course(&points, better, bands) }
}

/// The same of captures and values, oldest first.
fn course(points: &[(&Summary, f64)], better: Better, bands: Bands) -> BaselineMetric {
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let (trend, changes) = apart(points, &values, better, bands.margin);
    let Some((newest, before)) = values.split_last() else {
        return BaselineMetric {
            better,
            state: MetricState::Missing,
            reason: Some("no capture has a value of it".to_owned()),
            ..BaselineMetric::default()
        };
    };
    BaselineMetric {
        better,
        state: MetricState::Measured,
        value: Some(*newest),
        samples: 1,
        band: banded(before, *newest, bands),
        trend,
        changes,
        series: points.iter().map(|(of, value)| point(of, *value)).collect(),
        ..BaselineMetric::default()
    }
}

/// Trend and changes. A step is a trend to a test for trends, and a slope is full of steps to a test for steps: where there are both,
/// the one that the values lie closer to is told. Beside steps the trend is that of the values since the last one.
fn apart(
    points: &[(&Summary, f64)],
    values: &[f64],
    better: Better,
    margin: f64,
) -> (Option<MetricTrend>, Vec<ChangePoint>) {
    let trend = trended(points, better, margin);
    let changes = change_points(values);
    let (Some(found), Some(last)) = (trend, changes.last()) else {
        return (trend, changed(points, changes, better));
    };
    let mut places = vec![0];
    places.extend(changes.iter().map(|change| change.place));
    places.push(values.len());
    let flat = places.windows(2).filter_map(|pair| {
        let part = values.get(*pair.first()?..*pair.get(1)?)?;
        let middle = median(&mut part.to_vec())?;
        Some(part.iter().map(move |value| (value - middle).abs()).collect::<Vec<f64>>())
    });
    let from_steps = median(&mut flat.flatten().collect::<Vec<f64>>());
    let along: Vec<f64> =
        points.iter().map(|(of, value)| (-found.per_day).mul_add(days(of.created), *value)).collect();
    let from_line = median(&mut along.clone())
        .and_then(|start| median(&mut along.iter().map(|value| (value - start).abs()).collect::<Vec<f64>>()));
    if found.worsening && from_line < from_steps {
        return (trend, Vec::new());
    }
    let since = points.get(last.place..).unwrap_or_default();
    (trended(since, better, margin), changed(points, changes, better))
}

/// A moment in days.
pub(super) fn days(moment: Timestamp) -> f64 {
    moment.as_duration().as_secs_f64() / SECONDS_A_DAY
}

fn point(of: &Summary, value: f64) -> MetricPoint {
    MetricPoint { time: rfc3339(of.created), capture: of.id.clone(), label: of.label.clone(), value }
}

/// The band of the captures before the newest.
fn banded(before: &[f64], newest: f64, bands: Bands) -> Option<MetricBand> {
    let window = usize::try_from(bands.window).unwrap_or(usize::MAX);
    let window = before.get(before.len().saturating_sub(window)..)?;
    band(window, bands.k, bands.margin, 0.0).map(|band| in_report(&band, newest))
}

/// The trend of all. It is one for the worse when its interval holds no zero, the order is no chance, and what it adds up to is more
/// than the margin within which nothing counts.
fn trended(points: &[(&Summary, f64)], better: Better, margin: f64) -> Option<MetricTrend> {
    let of_days: Vec<(f64, f64)> = points.iter().map(|(of, value)| (days(of.created), *value)).collect();
    let found = trend(&of_days)?;
    let [low, high] = found.interval;
    let middle = median(&mut points.iter().map(|(_, value)| *value).collect::<Vec<f64>>())?;
    let (first, last) = (of_days.first()?.0, of_days.last()?.0);
    if last - first < SHORTEST {
        return None;
    }
    let adds_up = (found.slope * (last - first)).abs() > margin * middle.abs();
    let way = match better {
        Better::Lower => low > 0.0,
        Better::Higher => high < 0.0,
        Better::Same => low > 0.0 || high < 0.0,
    };
    Some(MetricTrend {
        points: u32::try_from(points.len()).unwrap_or(u32::MAX),
        per_day: found.slope,
        interval: found.interval,
        worsening: way && found.p <= SURE && adds_up && points.len() >= LEARNED,
    })
}

fn changed(points: &[(&Summary, f64)], changes: Vec<Change>, better: Better) -> Vec<ChangePoint> {
    let said = |change: Change| {
        let (of, _) = points.get(change.place)?;
        Some(ChangePoint {
            time: rfc3339(of.created),
            capture: of.id.clone(),
            commit: of.commit.clone(),
            before: change.before,
            after: change.after,
            p: change.p,
            worse: match better {
                Better::Lower => change.after > change.before,
                Better::Higher => change.after < change.before,
                Better::Same => true,
            },
        })
    };
    changes.into_iter().filter_map(said).collect()
}

#[cfg(test)]
mod tests;
