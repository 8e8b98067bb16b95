//! A capture beside the one that it is compared with.

use super::captured::{absent, is_absent, state, why};
use super::units::{between, chance, change, counted, interval, percent, value};
use super::{DIGITS, approval, commit, head, machine, milliseconds, name, sentences};
use crate::render::details::comparison::tone;
use crate::render::details::{
    Body, Cell, Fact, Row, Section, Table, Tone, Weight, fact, section, sentence, strong, toned,
};
use crate::render::words::{NOTHING, number};
use crate::report::{Baseline, BaselineCapture, BaselineMetric, MetricState, Outcome};

/// What is said of metrics, in the order in which they are counted.
const WORDS: [&str; 9] =
    ["pass", "warn", "fail", "inconclusive", "incomparable", "new", "missing", "errored", "not evaluated"];

/// The sections.
pub(super) fn sections(baseline: &Baseline) -> Vec<Section<'static>> {
    let mut out = vec![section("Comparison", Weight::Normal, Body::Facts(facts(baseline)))];
    if !baseline.differences.is_empty() {
        let lines = sentences(baseline.differences.iter().map(|difference| sentence(difference)));
        let title = "Incomparable: not made under the same conditions";
        out.push(section(title, Weight::Alarm, Body::Sentences(lines)));
    }
    if let (Some(then), Some(now)) = (&baseline.reference, &baseline.capture) {
        out.push(section("The two captures", Weight::Normal, Body::Table(beside(then, now))));
    }
    if !baseline.metrics.is_empty() {
        out.push(Section {
            note: match limit(&baseline.metrics) {
                Some(limit) => {
                    format!("worse by more than {} fails, unless it may be chance", percent(limit))
                }
                None => "worse by more than the limit fails, unless it may be chance".to_owned(),
            },
            ..section("Before and after", Weight::Normal, Body::Table(table(&baseline.metrics)))
        });
    }
    out
}

fn facts(baseline: &Baseline) -> Vec<Fact> {
    let mut facts = vec![totals(&baseline.metrics)];
    facts.extend(absent(&baseline.metrics));
    for (label, side) in [("reference", &baseline.reference), ("capture", &baseline.capture)] {
        if side.is_none() {
            facts.push(Fact { name: label, text: "none".to_owned(), tone: Tone::Caution });
        }
    }
    let approved = baseline.reference.as_ref().and_then(|reference| reference.approved.as_ref());
    facts.extend(approved.map(|given| fact("approved by", approval(given))));
    match (&baseline.reference, &baseline.capture) {
        (Some(then), Some(now)) if then.machine == now.machine && then.environment == now.environment => {
            facts.push(machine("machine", now));
        }
        (then, now) => {
            facts.extend(then.as_ref().map(|then| machine("machine before", then)));
            facts.extend(now.as_ref().map(|now| machine("machine after", now)));
        }
    }
    facts
}

fn totals(metrics: &[BaselineMetric]) -> Fact {
    let verdicts: Vec<(&str, Tone, u8)> =
        metrics.iter().filter(|metric| !is_absent(metric)).map(verdict).collect();
    let many = |word: &str| verdicts.iter().filter(|(found, ..)| *found == word).count();
    let words: Vec<String> = WORDS
        .iter()
        .map(|word| (many(word), word))
        .filter(|(many, _)| *many > 0)
        .map(|(many, word)| format!("{} {word}", number(counted(many))))
        .collect();
    let any = |wanted: Tone| verdicts.iter().any(|(_, tone, _)| *tone == wanted);
    let tone = match () {
        () if any(Tone::Bad) => Tone::Bad,
        () if any(Tone::Caution) || verdicts.is_empty() => Tone::Caution,
        () => Tone::Plain,
    };
    let text = if words.is_empty() { "none".to_owned() } else { words.join(" · ") };
    Fact { name: "verdicts", text, tone }
}

/// The two captures beside each other; what differs and may be why the values do is marked.
fn beside(then: &BaselineCapture, now: &BaselineCapture) -> Table {
    let differs = |one: &str, other: &str| if one == other { Tone::Plain } else { Tone::Caution };
    let row = |what: &str, [before, after]: [Cell; 2]| Row {
        cells: vec![what.to_owned().into(), before, after],
        ..Row::default()
    };
    let both = |of: fn(&BaselineCapture) -> String| [of(then).into(), of(now).into()];
    let mut rows = vec![row("capture", [then, now].map(|side| strong(name(&side.id))))];
    let label =
        |side: &BaselineCapture| side.label.as_ref().map_or_else(|| NOTHING.to_owned(), |label| name(label));
    if then.label.is_some() || now.label.is_some() {
        rows.push(row("label", both(label)));
    }
    rows.push(row("made", both(|side| name(&side.created))));
    rows.push(row(
        "commit",
        [then, now].map(|side| {
            let (text, tone) = commit(side);
            toned(text, tone)
        }),
    ));
    let fingerprint = |side: &BaselineCapture| head(&side.machine, DIGITS);
    let marked = differs(&then.machine, &now.machine);
    rows.push(row("machine", [then, now].map(|side| toned(fingerprint(side), marked))));
    rows.push(row("took", both(|side| milliseconds(side.took_ms))));
    let before = if then.approved.is_some() { "reference" } else { "earlier, not approved" };
    let columns = vec![("what", false), (before, false), ("this capture", false)];
    Table { columns, keys: 1, rows, things: "facts", lesser: &[] }
}

/// What is said of a metric, how it is meant, and its place among the others.
fn verdict(metric: &BaselineMetric) -> (&'static str, Tone, u8) {
    if metric.state != MetricState::Measured {
        let (word, tone) = state(metric);
        return (word, tone, if tone == Tone::Bad { 1 } else { 3 });
    }
    match &metric.comparison {
        None => ("new", Tone::Strong, 4),
        Some(found) if found.before.is_none() && !matches!(found.verdict, Outcome::Fail | Outcome::Warn) => {
            ("new", Tone::Strong, 4)
        }
        Some(found) => {
            let place = match found.verdict {
                Outcome::Fail => 0,
                Outcome::Warn => 2,
                Outcome::Incomparable | Outcome::Inconclusive => 3,
                Outcome::Pass => 5,
            };
            (found.verdict.word(), tone(found.verdict), place)
        }
    }
}

fn table(metrics: &[BaselineMetric]) -> Table {
    let mut sorted: Vec<&BaselineMetric> = metrics.iter().filter(|metric| !is_absent(metric)).collect();
    sorted.sort_by_key(|metric| verdict(metric).2);
    let compared = || metrics.iter().filter_map(|metric| metric.comparison.as_ref());
    let (intervals, chances) =
        (compared().any(|found| found.interval.is_some()), compared().any(|found| found.p.is_some()));
    let mut columns =
        vec![("metric", false), ("verdict", false), ("before", true), ("after", true), ("change", true)];
    columns.extend(intervals.then_some(("95 % interval", true)));
    columns.extend(limit(metrics).is_none().then_some(("limit", true)));
    columns.extend(chances.then_some(("p", true)));
    let limits = limit(metrics).is_none();
    let row = |metric: &&BaselineMetric| row(metric, intervals, limits, chances);
    Table {
        columns,
        keys: 1,
        rows: sorted.iter().map(row).collect(),
        things: "comparisons",
        lesser: &["limit", "95 % interval", "p"],
    }
}

/// The limit that all metrics share; none where they have several.
fn limit(metrics: &[BaselineMetric]) -> Option<f64> {
    let mut limits = metrics.iter().filter_map(|metric| Some(metric.comparison.as_ref()?.threshold));
    let first = limits.next().filter(|limit| limit.is_finite())?;
    limits.all(|limit| (limit - first).abs() < 1e-9).then_some(first)
}

fn row(metric: &BaselineMetric, intervals: bool, limits: bool, chances: bool) -> Row {
    let (word, tone, place) = verdict(metric);
    let found = metric.comparison.as_ref();
    let shown =
        |known: Option<f64>| known.map_or_else(|| NOTHING.to_owned(), |known| value(&metric.unit, known));
    let nothing = || NOTHING.to_owned();
    let judged = found.filter(|found| found.before.is_some() && found.verdict != Outcome::Incomparable);
    let moved = match judged.and_then(|found| found.change) {
        Some(moved) => change(metric.better, moved),
        None if metric.value.is_some() && found.is_some_and(|found| found.before.is_some()) => {
            "not judged".to_owned()
        }
        None => nothing(),
    };
    let nothing_moved = moved == NOTHING;
    let mut cells: Vec<Cell> = vec![
        name(&metric.name).into(),
        toned(word.to_owned(), tone),
        shown(found.and_then(|found| found.before)).into(),
        shown(metric.value).into(),
        toned(moved, if tone == Tone::Strong || nothing_moved { Tone::Plain } else { tone }),
    ];
    if intervals {
        let bounds = judged.and_then(|found| found.interval);
        cells.push(bounds.map_or_else(nothing, |bounds| interval(metric.better, bounds)).into());
    }
    if limits {
        cells.push(found.map_or_else(nothing, |found| percent(found.threshold)).into());
    }
    if chances {
        cells.push(found.and_then(|found| found.p).map_or_else(nothing, chance).into());
    }
    let remarks = remarks(metric);
    let keep = place < 5 || !remarks.is_empty();
    let mut note = reason(metric, word);
    note.extend(remarks);
    Row { cells, note: note.join("; "), keep }
}

/// Why a verdict is what it is. A pass needs no reason, unless its numbers are beyond the limit.
fn reason(metric: &BaselineMetric, word: &str) -> Vec<String> {
    let mut words = Vec::new();
    if metric.state != MetricState::Measured {
        words.push(why(metric));
    }
    // What the metric says of itself is more than that there is nothing to compare.
    if let Some(found) = metric.comparison.as_ref().filter(|_| metric.reason.is_none() || words.is_empty()) {
        let moved = found.change.unwrap_or(0.0);
        let beyond = found.interval.map_or(moved, |[_, high]| high.max(moved)) > found.threshold;
        let said = sentence(&found.reason);
        if (word != "pass" || beyond) && !said.is_empty() && !words.contains(&said) {
            words.push(said);
        }
    }
    words
}

/// What else is wrong with the value, whatever it was before.
fn remarks(metric: &BaselineMetric) -> Vec<String> {
    let mut words = Vec::new();
    let bounds = |bounds: Option<[Option<f64>; 2]>| {
        bounds.map_or_else(|| NOTHING.to_owned(), |bounds| super::units::range(&metric.unit, bounds))
    };
    if metric.accepted == Some(false) {
        words.push(format!("not accepted: must be {}", bounds(metric.accept)));
    }
    if metric.target_met == Some(false) {
        words.push(format!("off target: {}", bounds(metric.target)));
    }
    if let Some(band) = metric.band.filter(|band| band.outside) {
        let band_words = between(&metric.unit, [band.low, band.high]);
        words.push(format!("out of the band of {} earlier values, {band_words}", number(band.points.into())));
    }
    words
}
