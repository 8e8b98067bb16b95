//! Two measurements beside each other.

use super::numbers::{change, interval, limit, of_metric};
use super::{Body, Cell, Fact, Row, Section, Table, Tone, Weight, fact, name, section, sentence, toned};
use crate::render::words::NOTHING;
use crate::report::{Metric, MetricVerdict, Outcome, PerfComparison};

/// Most differences named.
const DIFFERENCES: usize = 20;

/// The sections of a comparison: with what, why it is none, and the verdicts.
pub(super) fn sections<'a>(comparison: &PerfComparison, thing: &'static str) -> Vec<Section<'a>> {
    let mut facts = vec![fact("baseline", sentence(&comparison.baseline))];
    facts.extend(comparison.measured.as_ref().map(|moment| fact("measured", name(moment))));
    facts.push(if comparison.interleaved {
        fact("in turns", "yes: drift of the machine met both".to_owned())
    } else {
        Fact {
            name: "in turns",
            text: "no: measured at different times, so drift of the machine is part of the difference"
                .to_owned(),
            tone: Tone::Caution,
        }
    });
    let mut out = vec![section("Comparison", Weight::Normal, Body::Facts(facts))];
    if !comparison.incomparable.is_empty() {
        let mut lines: Vec<(String, String)> = comparison
            .incomparable
            .iter()
            .take(DIFFERENCES)
            .map(|difference| (sentence(difference), String::new()))
            .collect();
        if let Some(more) = comparison.incomparable.len().checked_sub(DIFFERENCES).filter(|more| *more > 0) {
            lines.push((format!("and {more} more"), String::new()));
        }
        out.push(section(
            "Incomparable: not measured under the same conditions",
            Weight::Alarm,
            Body::Sentences(lines),
        ));
    }
    if !comparison.metrics.is_empty() {
        out.push(Section {
            note: "worse by more than the limit fails, unless it may be chance".to_owned(),
            ..section("Before and after", Weight::Normal, Body::Table(table(&comparison.metrics, thing)))
        });
    }
    out
}

fn table(metrics: &[MetricVerdict], thing: &'static str) -> Table {
    let columns = vec![
        (thing, false),
        ("metric", false),
        ("verdict", false),
        ("before", true),
        ("after", true),
        ("change", true),
        ("95 % interval", true),
        ("limit", true),
    ];
    Table {
        columns,
        keys: 2,
        rows: metrics.iter().map(row).collect(),
        things: "verdicts",
        lesser: &["limit", "95 % interval"],
    }
}

fn row(each: &MetricVerdict) -> Row {
    let tone = tone(each.verdict);
    let metric = each.metric;
    // Where nothing was compared, 0 is no change, and no value.
    let compared = each.interval.is_some() || matches!(each.verdict, Outcome::Pass | Outcome::Fail);
    let value = |value: f64| {
        let none = value == 0.0 && metric != Metric::ErrorRate;
        if none { NOTHING.to_owned() } else { of_metric(metric, value) }
    };
    let change = if compared { change(metric, each.change) } else { "not judged".to_owned() };
    let cells: Vec<Cell> = vec![
        name(&each.endpoint).into(),
        metric.word().to_owned().into(),
        toned(each.verdict.word().to_owned(), tone),
        value(each.before).into(),
        value(each.after).into(),
        toned(change, tone),
        each.interval.map_or_else(|| "none".to_owned(), |found| interval(metric, found)).into(),
        limit(metric, each.threshold).into(),
    ];
    let passed = each.verdict == Outcome::Pass;
    // A pass beside numbers beyond the limit puzzles whoever reads it, unless it is explained.
    let beyond = each.interval.map_or(each.change, |[_, high]| high.max(each.change)) > each.threshold;
    let mut note = if passed && !beyond { String::new() } else { sentence(&each.reason) };
    if !passed && !each.units.is_empty() {
        note.push_str(&format!(" ({})", name(&each.units)));
    }
    Row { cells, note: note.trim().to_owned(), keep: !passed }
}

/// How a verdict is meant. A pass has no colour of its own: green says that the whole is ready.
pub(in crate::render) const fn tone(verdict: Outcome) -> Tone {
    match verdict {
        Outcome::Pass => Tone::Plain,
        Outcome::Warn | Outcome::Inconclusive | Outcome::Incomparable => Tone::Caution,
        Outcome::Fail => Tone::Bad,
    }
}
