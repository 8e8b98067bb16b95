//! A capture: what it is, and every metric of it.

use super::units::{range, value};
use super::{approval, called, commit, machine, milliseconds, name};
use crate::render::details::{
    Body, Cell, Fact, Row, Section, Table, Tone, Weight, fact, section, sentence, toned,
};
use crate::render::words::{NOTHING, number};
use crate::report::{Baseline, BaselineCapture, BaselineMetric, MetricState};

/// What the usual categories are called. Renderers know the report and nothing else, so that the words stand here too.
const CATEGORIES: [(&str, &str); 12] = [
    ("ai_model", "AI model"),
    ("rag", "RAG"),
    ("circuit_breaker", "Circuit breaker"),
    ("system_health", "System health"),
    ("network", "Network"),
    ("cache", "Cache"),
    ("gpu", "GPU"),
    ("voice", "Voice"),
    ("vector_database", "Vector database"),
    ("llm_economics", "LLM economics"),
    ("business", "Business"),
    ("anomaly_detection", "Anomaly detection"),
];

/// Most names in one line of what is absent.
const ABSENT: usize = 8;

/// The sections.
pub(super) fn sections(baseline: &Baseline) -> Vec<Section<'static>> {
    let mut facts = baseline.capture.as_ref().map(of_capture).unwrap_or_default();
    if facts.is_empty() {
        facts.push(Fact { name: "capture", text: "none".to_owned(), tone: Tone::Caution });
    }
    facts.push(totals(&baseline.metrics));
    facts.extend(absent(&baseline.metrics));
    let mut out = vec![section("Baseline captured", Weight::Normal, Body::Facts(facts))];
    if !baseline.metrics.is_empty() {
        out.push(section("Metrics", Weight::Normal, Body::Table(table(&baseline.metrics))));
    }
    out
}

/// What a category is called.
fn category(id: &str) -> String {
    let known = CATEGORIES.iter().find(|(known, _)| *known == id);
    known.map_or_else(|| name(id), |(_, title)| (*title).to_owned())
}

fn of_capture(capture: &BaselineCapture) -> Vec<Fact> {
    let mut facts = vec![
        Fact { name: "capture", text: called(capture), tone: Tone::Strong },
        fact("made", name(&capture.created)),
    ];
    let (text, tone) = commit(capture);
    facts.push(Fact { name: "commit", text, tone });
    facts.push(machine("machine", capture));
    facts.push(fact("took", milliseconds(capture.took_ms)));
    facts.push(fact(
        "written to",
        capture.file.as_ref().map_or_else(|| "nothing".to_owned(), |file| name(file)),
    ));
    facts.extend(capture.approved.as_ref().map(|given| fact("approved by", approval(given))));
    facts
}

/// How many metrics there are of each result.
fn totals(metrics: &[BaselineMetric]) -> Fact {
    let of = |wanted: &dyn Fn(&BaselineMetric) -> bool| metrics.iter().filter(|each| wanted(each)).count();
    let missed = |metric: &BaselineMetric| metric.accepted != Some(false) && metric.target_met == Some(false);
    let bad = [
        (of(&|metric| metric.state == MetricState::Missing), "missing"),
        (of(&|metric| metric.state == MetricState::Errored), "errored"),
        (of(&|metric| metric.accepted == Some(false)), "not accepted"),
    ];
    let doubtful = [
        (of(&missed), "off target"),
        (of(&|metric| metric.state == MetricState::NotEvaluated && !is_absent(metric)), "not evaluated"),
    ];
    let measured = of(&|metric| metric.state == MetricState::Measured);
    let mut words = vec![format!("{} measured", number(super::units::counted(measured)))];
    let told = bad.iter().chain(&doubtful).filter(|(many, _)| *many > 0);
    words.extend(told.map(|(many, what)| format!("{} {what}", number(super::units::counted(*many)))));
    let any = |list: &[(usize, &str)]| list.iter().any(|(many, _)| *many > 0);
    let tone = match () {
        () if any(&bad) => Tone::Bad,
        () if any(&doubtful) || measured == 0 => Tone::Caution,
        () => Tone::Plain,
    };
    Fact { name: "metrics", text: words.join(" · "), tone }
}

/// All metrics, those of a category together.
fn table(metrics: &[BaselineMetric]) -> Table {
    let mut order: Vec<&str> = Vec::new();
    for metric in metrics {
        if !order.contains(&metric.category.as_str()) {
            order.push(&metric.category);
        }
    }
    let mut sorted: Vec<&BaselineMetric> = metrics.iter().filter(|metric| !is_absent(metric)).collect();
    sorted.sort_by_key(|metric| order.iter().position(|known| *known == metric.category));
    let columns =
        vec![("category", false), ("metric", false), ("value", true), ("samples", true), ("result", false)];
    Table {
        columns,
        keys: 2,
        rows: sorted.into_iter().map(row).collect(),
        things: "metrics",
        lesser: &["samples"],
    }
}

/// Whether there is nothing to measure where there need not be: the table has no row for it.
pub(super) fn is_absent(metric: &BaselineMetric) -> bool {
    let before = metric.comparison.as_ref().and_then(|found| found.before);
    metric.optional && metric.state == MetricState::NotEvaluated && before.is_none()
}

/// The names of what is absent, in one line.
pub(super) fn absent(metrics: &[BaselineMetric]) -> Option<Fact> {
    let names: Vec<String> =
        metrics.iter().filter(|metric| is_absent(metric)).map(|metric| name(&metric.name)).collect();
    let shown = names.iter().take(ABSENT).cloned().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(ABSENT);
    match (names.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(fact("not there", format!("{shown} (optional)"))),
        (false, more) => Some(fact("not there", format!("{shown} and {more} more (optional)"))),
    }
}

fn row(metric: &BaselineMetric) -> Row {
    let (result, tone) = result(metric);
    let shown = metric.value.map_or_else(|| NOTHING.to_owned(), |found| value(&metric.unit, found));
    let cells: Vec<Cell> = vec![
        category(&metric.category).into(),
        name(&metric.name).into(),
        toned(shown, if metric.value.is_some() { tone } else { Tone::Plain }),
        number(metric.samples.into()).into(),
        toned(result, tone),
    ];
    Row { cells, note: why(metric), keep: tone != Tone::Plain }
}

/// What came of a metric: why there is none, or how it stands to what it should and what it must be.
fn result(metric: &BaselineMetric) -> (String, Tone) {
    if metric.state != MetricState::Measured {
        let (word, tone) = state(metric);
        return (word.to_owned(), tone);
    }
    let ranges = [
        (metric.accept, metric.accepted, "accepted", "not accepted", Tone::Bad),
        (metric.target, metric.target_met, "on target", "off target", Tone::Caution),
    ];
    let (mut good_words, mut words, mut worst) = (Vec::new(), Vec::new(), Tone::Plain);
    for (bounds, kept, good, bad, tone) in ranges {
        let (Some(bounds), Some(kept)) = (bounds, kept) else { continue };
        let bounds = range(&metric.unit, bounds);
        if kept {
            good_words.push(format!("{good}, {bounds}"));
        } else {
            words.push(format!("{bad}, {bounds}"));
            // The first that is not kept is the worse one.
            worst = if worst == Tone::Plain { tone } else { worst };
        }
    }
    words.append(&mut good_words);
    (if words.is_empty() { "measured".to_owned() } else { words.join("; ") }, worst)
}

/// Why there is no value, in a word; what may be absent is less bad.
pub(super) const fn state(metric: &BaselineMetric) -> (&'static str, Tone) {
    let bad = if metric.optional { Tone::Caution } else { Tone::Bad };
    match metric.state {
        MetricState::Measured => ("measured", Tone::Plain),
        MetricState::NotEvaluated => ("not evaluated", Tone::Caution),
        MetricState::Errored => ("errored", bad),
        MetricState::Missing => ("missing", bad),
    }
}

/// Why there is no value; empty where there is one.
pub(super) fn why(metric: &BaselineMetric) -> String {
    if metric.state == MetricState::Measured {
        return metric.reason.as_ref().map(|reason| sentence(reason)).unwrap_or_default();
    }
    let reason =
        metric.reason.as_ref().map_or_else(|| "no reason is known".to_owned(), |reason| sentence(reason));
    if metric.optional { format!("{reason} (optional)") } else { reason }
}
