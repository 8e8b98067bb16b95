//! Metrics over time: all at a glance, or one in detail.

use super::sparkline::sparkline;
use super::units::{between, chance, counted, range, slope, value};
use super::{DIGITS, captured, head, name};
use crate::render::details::{
    Body, Cell, Fact, Row, Section, Table, Tone, Weight, fact, section, strong, toned,
};
use crate::render::words::{NOTHING, number};
use crate::report::{
    Baseline, BaselineMetric, ChangePoint, MetricBand, MetricPoint, MetricState, MetricTrend,
};

/// Cells of a course beside others.
const COURSE: usize = 16;
/// Cells of a course that stands alone.
const LONG_COURSE: usize = 24;
/// How many of the newest values of a single metric are listed.
const NEWEST: usize = 20;
/// Values that a band is made of before it says anything.
const ENOUGH: u32 = 10;
/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// The sections.
pub(super) fn sections(baseline: &Baseline) -> Vec<Section<'static>> {
    match baseline.metrics.as_slice() {
        [only] => one(only),
        metrics => all(metrics),
    }
}

/// What becomes of a moment in seconds since 1970; none for a text that is no moment.
pub(in crate::render) fn moment(time: &str) -> Option<f64> {
    let moment: jiff::Timestamp = time.parse().ok()?;
    Some(moment.as_duration().as_secs_f64())
}

/// The day of a moment.
pub(in crate::render) fn day(time: &str) -> String {
    match moment(time) {
        Some(_) => head(time, "2026-11-22".len()),
        None => name(time),
    }
}

/// How many days there are between the first and the last value of a trend, which is what it is told over.
fn span(metric: &BaselineMetric, trend: MetricTrend) -> Option<f64> {
    let before = metric.series.len().saturating_sub(usize::try_from(trend.points).unwrap_or(0));
    let (first, last) = (metric.series.get(before)?, metric.series.last()?);
    Some((moment(&last.time)? - moment(&first.time)?) / DAY)
}

/// A number of days in the largest unit of which there are two: `20 days`, `36 hours`, `14 minutes`.
fn stretch_of(days: f64) -> String {
    match days {
        _ if days >= 2.0 => format!("{days:.0} days"),
        _ if days * 24.0 >= 2.0 => format!("{:.0} hours", days * 24.0),
        _ => format!("{:.0} minutes", days * 24.0 * 60.0),
    }
}

fn all(metrics: &[BaselineMetric]) -> Vec<Section<'static>> {
    let mut facts = vec![fact("metrics", number(counted(metrics.len())))];
    let longest = metrics.iter().max_by_key(|metric| metric.series.len());
    facts.extend(longest.and_then(stretch));
    let of =
        |wanted: fn(&BaselineMetric) -> bool| counted(metrics.iter().filter(|metric| wanted(metric)).count());
    let told = [
        (of(|metric| metric.band.is_some_and(|band| band.outside)), "out of band"),
        (of(|metric| metric.trend.is_some_and(|trend| trend.worsening)), "getting worse"),
        (of(|metric| metric.changes.last().is_some_and(|last| last.worse)), "changed for the worse"),
        (of(|metric| metric.band.is_some_and(|band| band.learning)), "learning"),
        (of(|metric| metric.state != MetricState::Measured), "without a value"),
    ];
    let words: Vec<String> = told
        .iter()
        .filter(|(many, _)| *many > 0)
        .map(|(many, what)| format!("{} {what}", number(*many)))
        .collect();
    let tone =
        if metrics.iter().any(|metric| !remarks(metric).is_empty()) { Tone::Caution } else { Tone::Plain };
    if !words.is_empty() {
        facts.push(Fact { name: "of them", text: words.join(" · "), tone });
    }
    let mut out = vec![section("History", Weight::Normal, Body::Facts(facts))];
    if metrics.is_empty() {
        return out;
    }
    out.push(section("Metrics over time", Weight::Normal, Body::Table(table(metrics))));
    let changes = metrics.iter().flat_map(|metric| metric.changes.iter().map(move |change| (metric, change)));
    let changes: Vec<_> = changes.collect();
    if !changes.is_empty() {
        out.push(section("Change points", Weight::Second, Body::Table(change_points(&changes, true))));
    }
    out
}

/// From when to when there are values, and how many.
fn stretch(metric: &BaselineMetric) -> Option<Fact> {
    let (first, last) = (metric.series.first()?, metric.series.last()?);
    let many = crate::render::words::count(counted(metric.series.len()), "captures");
    Some(fact("from", format!("{} to {}, {many}", day(&first.time), day(&last.time))))
}

fn table(metrics: &[BaselineMetric]) -> Table {
    let mut sorted: Vec<&BaselineMetric> = metrics.iter().collect();
    sorted.sort_by_key(|metric| row_tone(metric) == Tone::Plain);
    let columns = vec![
        ("metric", false),
        ("course", false),
        ("newest", true),
        ("median", true),
        ("band", true),
        ("trend", true),
        ("95 % interval", true),
        ("last change", false),
    ];
    let rows = sorted.into_iter().map(row).collect();
    Table {
        columns,
        keys: 1,
        rows,
        things: "histories",
        lesser: &["trend", "band", "last change", "median", "95 % interval"],
    }
}

/// How what is said of a metric is meant.
fn row_tone(metric: &BaselineMetric) -> Tone {
    match () {
        () if metric.state != MetricState::Measured => captured::state(metric).1,
        () if !remarks(metric).is_empty() => Tone::Caution,
        () => Tone::Plain,
    }
}

fn row(metric: &BaselineMetric) -> Row {
    let shown =
        |known: Option<f64>| known.map_or_else(|| NOTHING.to_owned(), |known| value(&metric.unit, known));
    let newest = match metric.state {
        MetricState::Measured => toned(shown(metric.value), position(metric).1),
        _ => {
            let (word, tone) = captured::state(metric);
            toned(word.to_owned(), tone)
        }
    };
    let (going, bounds) = trend(metric);
    let cells: Vec<Cell> = vec![
        name(&metric.name).into(),
        sparkline(metric.series.iter().map(|point| point.value), COURSE).into(),
        newest,
        shown(metric.band.map(|band| band.median)).into(),
        metric.band.map_or_else(|| NOTHING.to_owned(), |band| band_words(metric, band)).into(),
        going,
        bounds.into(),
        metric.changes.last().map_or_else(
            || NOTHING.to_owned().into(),
            |last| match last.worse {
                true => toned(format!("{}, worse", day(&last.time)), Tone::Caution),
                false => day(&last.time).into(),
            },
        ),
    ];
    let mut note = Vec::new();
    if metric.state != MetricState::Measured {
        note.push(captured::why(metric));
    }
    note.extend(remarks(metric));
    Row { cells, note: note.join("; "), keep: row_tone(metric) != Tone::Plain }
}

/// What there is to look at.
fn remarks(metric: &BaselineMetric) -> Vec<String> {
    let mut words = Vec::new();
    let bounds = |bounds: Option<[Option<f64>; 2]>| {
        bounds.map_or_else(|| NOTHING.to_owned(), |bounds| range(&metric.unit, bounds))
    };
    let (word, tone) = position(metric);
    if tone != Tone::Plain {
        words.push(word.to_owned());
    }
    if metric.trend.is_some_and(|trend| trend.worsening) {
        words.push("gets worse".to_owned());
    }
    if let Some(last) = metric.changes.last().filter(|last| last.worse) {
        let commit = last.commit.as_ref().map(|commit| format!(" (commit {})", head(commit, DIGITS)));
        words.push(format!("worse since {}{}", day(&last.time), commit.unwrap_or_default()));
    }
    if metric.accepted == Some(false) {
        words.push(format!("not accepted: must be {}", bounds(metric.accept)));
    }
    if metric.target_met == Some(false) {
        words.push(format!("off target: {}", bounds(metric.target)));
    }
    words
}

/// Where the newest value stands.
fn position(metric: &BaselineMetric) -> (&'static str, Tone) {
    match (metric.band, metric.value) {
        (Some(band), Some(newest)) if band.outside && newest > band.high => ("above its band", Tone::Caution),
        (Some(band), Some(newest)) if band.outside && newest < band.low => ("below its band", Tone::Caution),
        (Some(band), _) if band.outside => ("out of its band", Tone::Caution),
        (Some(band), _) if band.learning => ("the band is learning", Tone::Plain),
        (Some(_), Some(_)) => ("in its band", Tone::Plain),
        _ => ("no band", Tone::Plain),
    }
}

pub(in crate::render) fn band_words(metric: &BaselineMetric, band: MetricBand) -> String {
    if band.learning {
        format!("learning ({} of {ENOUGH})", number(band.points.into()))
    } else {
        between(&metric.unit, [band.low, band.high])
    }
}

/// Where the values go over the time in which they were seen, as a finding tells it, and the interval of that. An interval that
/// holds zero is no trend.
fn trend(metric: &BaselineMetric) -> (Cell, String) {
    let nothing = || (NOTHING.to_owned().into(), NOTHING.to_owned());
    let Some(trend) = metric.trend else { return nothing() };
    let Some(days) = span(metric, trend) else { return nothing() };
    let (going, bounds) = slope(&metric.unit, days, trend.per_day, trend.interval);
    let [low, high] = trend.interval;
    if !(low > 0.0 || high < 0.0) {
        return ("none".to_owned().into(), bounds);
    }
    let going = format!("{going} in {}", stretch_of(days));
    (toned(going, if trend.worsening { Tone::Caution } else { Tone::Plain }), bounds)
}

/// One metric in detail.
fn one(metric: &BaselineMetric) -> Vec<Section<'static>> {
    let mut out = vec![section(
        format!("History of {}", name(&metric.name)),
        Weight::Normal,
        Body::Facts(facts(metric)),
    )];
    if !metric.series.is_empty() {
        out.push(section("Newest values", Weight::Normal, Body::Table(newest(metric))));
    }
    if !metric.changes.is_empty() {
        let changes: Vec<_> = metric.changes.iter().map(|change| (metric, change)).collect();
        out.push(section("Change points", Weight::Normal, Body::Table(change_points(&changes, false))));
    }
    out
}

fn facts(metric: &BaselineMetric) -> Vec<Fact> {
    let mut facts: Vec<Fact> = stretch(metric).into_iter().collect();
    let course = sparkline(metric.series.iter().map(|point| point.value), LONG_COURSE);
    facts.extend((!course.is_empty()).then(|| fact("course", course)));
    facts.push(match (metric.state, metric.value) {
        (MetricState::Measured, Some(newest)) => {
            let (word, tone) = position(metric);
            Fact { name: "newest", text: format!("{}, {word}", value(&metric.unit, newest)), tone }
        }
        _ => {
            let (word, tone) = captured::state(metric);
            Fact { name: "newest", text: format!("{word}: {}", captured::why(metric)), tone }
        }
    });
    if let Some(band) = metric.band {
        facts.push(fact("median", value(&metric.unit, band.median)));
        let of = if band.learning {
            String::new()
        } else {
            format!(", of {} earlier values", number(band.points.into()))
        };
        facts.push(fact("band", format!("{}{of}", band_words(metric, band))));
    }
    if let Some(found) = metric.trend {
        let (going, bounds) = trend(metric);
        let worse = if found.worsening { ", which is worse" } else { "" };
        let text = if going.text == "none" {
            format!("none beyond chance (95 % interval {bounds})")
        } else {
            format!("{}{worse} (95 % interval {bounds})", going.text)
        };
        facts.push(Fact { name: "trend", text, tone: going.tone });
    }
    for (title, bounds, kept, tone) in [
        ("target", metric.target, metric.target_met, Tone::Caution),
        ("accepted", metric.accept, metric.accepted, Tone::Bad),
    ] {
        let Some(bounds) = bounds else { continue };
        let (word, tone) = match kept {
            Some(true) => (", kept", Tone::Plain),
            Some(false) => (", not kept", tone),
            None => ("", Tone::Plain),
        };
        facts.push(Fact { name: title, text: format!("{}{word}", range(&metric.unit, bounds)), tone });
    }
    facts
}

/// The newest values, the newest first.
fn newest(metric: &BaselineMetric) -> Table {
    let band = metric.band.filter(|band| !band.learning);
    let mut columns = vec![("time", false), ("value", true)];
    columns.extend(band.map(|_| ("band", false)));
    columns.push(("capture", false));
    let row = |point: &MetricPoint| {
        let place = |band: MetricBand| match point.value {
            at if at > band.high => toned("above".to_owned(), Tone::Caution),
            at if at < band.low => toned("below".to_owned(), Tone::Caution),
            at if at.is_finite() => "in".to_owned().into(),
            _ => NOTHING.to_owned().into(),
        };
        let mut cells: Vec<Cell> = vec![name(&point.time).into(), strong(value(&metric.unit, point.value))];
        cells.extend(band.map(place));
        // What people call it, or else what finds it.
        cells.push(point.label.as_ref().map_or_else(|| name(&point.capture), |label| name(label)).into());
        Row { cells, keep: true, ..Row::default() }
    };
    let rows = metric.series.iter().rev().take(NEWEST).map(row).collect();
    Table { columns, keys: 1, rows, things: "values", lesser: &["capture"] }
}

/// When values changed for good, of each metric the newest first.
fn change_points(changes: &[(&BaselineMetric, &ChangePoint)], named: bool) -> Table {
    let mut columns = vec![
        ("since", false),
        ("before", true),
        ("after", true),
        ("way", false),
        ("p", true),
        ("commit", false),
        ("capture", false),
    ];
    if named {
        columns.insert(0, ("metric", false));
    }
    let row = |(metric, change): &(&BaselineMetric, &ChangePoint)| {
        let (word, tone) = if change.worse { ("worse", Tone::Caution) } else { ("not worse", Tone::Plain) };
        let commit = change.commit.as_ref().map_or_else(|| NOTHING.to_owned(), |commit| head(commit, DIGITS));
        let mut cells: Vec<Cell> = vec![
            day(&change.time).into(),
            value(&metric.unit, change.before).into(),
            value(&metric.unit, change.after).into(),
            toned(word.to_owned(), tone),
            chance(change.p).into(),
            commit.into(),
            name(&change.capture).into(),
        ];
        if named {
            cells.insert(0, name(&metric.name).into());
        }
        Row { cells, keep: change.worse, ..Row::default() }
    };
    let rows = changes.iter().rev().map(row).collect();
    Table {
        columns,
        keys: if named { 2 } else { 1 },
        rows,
        things: "change points",
        lesser: &["commit", "p", "capture"],
    }
}
