//! The steps of a rising load, what generator and server used, and the runs one by one.

use super::load::{PERCENTILES, percentiles};
use super::numbers::{cores, float, memory, rate, share, three, time_of};
use super::{Body, Cell, Row, Section, Table, Tone, Weight, section, sentence, toned};
use crate::render::words::{NOTHING, number};
use crate::report::{Headline, LoadRun, LoadStep, Perf, Usage};

/// The steps of a load that was raised, and where it broke.
pub(super) fn steps<'a>(perf: &Perf) -> Option<Section<'a>> {
    if perf.steps.is_empty() {
        return None;
    }
    let by_rate = perf.steps.iter().any(|step| step.rate.is_some());
    let mut columns = vec![(if by_rate { "rate due" } else { "connections" }, true)];
    columns.extend([("throughput", true), ("errors", true)]);
    // The tail of a tail: a step is short.
    let shown = |name: &&str| ["p50", "p95", "p99", "max"].contains(name);
    columns.extend(PERCENTILES.into_iter().filter(|name| shown(name)).map(|name| (name, true)));
    let held = |step: &LoadStep| {
        perf.saturation.as_ref().is_some_and(|found| match (found.rate, step.rate) {
            (Some(found), Some(step)) => (found - step).abs() < f64::EPSILON * found.abs(),
            _ => found.concurrency == step.concurrency,
        })
    };
    let row = |step: &LoadStep| {
        let load = match step.rate {
            Some(due) => rate(due),
            None => number(step.concurrency.into()),
        };
        let tone = if step.broke.is_some() { Tone::Bad } else { Tone::Plain };
        let tone = if held(step) { Tone::Strong } else { tone };
        let mut cells =
            vec![toned(load, tone), toned(rate(step.throughput), tone), share(step.error_rate).into()];
        let all = PERCENTILES.into_iter().zip(percentiles(&step.latency));
        cells.extend(all.filter(|(name, _)| shown(name)).map(|(_, text)| Cell::from(text)));
        let mut notes: Vec<String> =
            step.broke.iter().map(|broke| format!("broke: {}", sentence(broke))).collect();
        if held(step) {
            notes.push("the highest load that held".to_owned());
        }
        notes.extend(
            step.doubts.iter().take(3).map(|doubt| format!("not to be trusted: {}", sentence(&doubt.text))),
        );
        Row { cells, note: notes.join("; "), keep: step.broke.is_some() || held(step) }
    };
    let rows = perf.steps.iter().map(row).collect();
    let note = match &perf.saturation {
        Some(found) => {
            let load = match found.rate {
                Some(due) => format!("{} due", rate(due)),
                None => format!("{} connections", number(found.concurrency.into())),
            };
            format!(
                "saturated at {load}, {} answered; beyond it: {}",
                rate(found.throughput),
                sentence(&found.limit)
            )
        }
        None => "not saturated: no step broke a limit".to_owned(),
    };
    let table = Table { columns, keys: 1, rows, things: "steps", lesser: &[] };
    Some(Section { note, ..section("Rising load", Weight::Normal, Body::Table(table)) })
}

/// Processor time and memory of generator and server, over all runs: the mean of the means, the highest peak.
pub(super) fn usage<'a>(perf: &Perf) -> Option<Section<'a>> {
    let server: Vec<&Usage> = perf.runs.iter().filter_map(|run| run.server.as_ref()).collect();
    let generator: Vec<&Usage> = perf.runs.iter().map(|run| &run.generator).collect();
    if generator.is_empty() {
        return None;
    }
    let columns = vec![
        ("process", false),
        ("CPU mean", true),
        ("CPU peak", true),
        ("memory mean", true),
        ("memory peak", true),
    ];
    let mut rows = vec![usage_row("generator", &generator)];
    if server.is_empty() {
        let cells = ["server", NOTHING, NOTHING, NOTHING, NOTHING].map(|text| Cell::from(text.to_owned()));
        let note = "not watched: no process of this machine listens there, or it cannot be seen".to_owned();
        rows.push(Row { cells: cells.into(), note, keep: true });
    } else {
        rows.push(usage_row("server", &server));
    }
    let table = Table { columns, keys: 1, rows, things: "processes", lesser: &[] };
    Some(section("Processor and memory", Weight::Normal, Body::Table(table)))
}

fn usage_row(what: &str, all: &[&Usage]) -> Row {
    let runs = float(u64::try_from(all.len()).unwrap_or(1)).max(1.0);
    let mean = |of: fn(&Usage) -> f64| all.iter().map(|usage| of(usage)).sum::<f64>() / runs;
    let peak = |of: fn(&Usage) -> f64| all.iter().map(|usage| of(usage)).fold(0.0, f64::max);
    let cells = vec![
        what.to_owned().into(),
        cores(mean(|usage| usage.cpu_mean)).into(),
        cores(peak(|usage| usage.cpu_peak)).into(),
        memory(mean(|usage| float(usage.memory_mean))).into(),
        memory(peak(|usage| float(usage.memory_peak))).into(),
    ];
    Row { cells, keep: true, ..Row::default() }
}

/// The runs one by one.
pub(super) fn runs<'a>(perf: &Perf) -> Option<Section<'a>> {
    if perf.runs.is_empty() {
        return None;
    }
    let rated = perf.headline == Headline::ResponseTime || perf.runs.iter().any(|run| run.rate.is_some());
    let mut columns =
        vec![("run", true), ("measured", true), ("good", true), ("failed", true), ("throughput", true)];
    if rated {
        columns.extend([("due", true), ("sent", true)]);
    }
    columns.extend([("opened", true), ("not opened", true), ("connect p50", true), ("TLS p50", true)]);
    columns.extend([("generator CPU", true), ("server CPU", true)]);
    let rows = (1_u64..).zip(&perf.runs).map(|(number, run)| run_row(number, run, rated)).collect();
    let table = Table { columns, keys: 1, rows, things: "runs", lesser: &[] };
    Some(section("Each run", Weight::Folded, Body::Table(table)))
}

fn run_row(place: u64, run: &LoadRun, rated: bool) -> Row {
    let sum = |of: fn(&crate::report::RequestCounts) -> u64| {
        run.endpoints.iter().map(|endpoint| of(&endpoint.counts)).fold(0, u64::saturating_add)
    };
    let (good, failed) = (sum(|counts| counts.ok), sum(crate::report::RequestCounts::errors));
    let connect = &run.connections.connect;
    let median = |count: u64, value: u64| if count > 0 { time_of(value) } else { NOTHING.to_owned() };
    let mut cells: Vec<String> = vec![
        number(place),
        format!("{} s", three(run.seconds)),
        number(good),
        number(failed),
        if run.seconds > 0.0 { rate(float(good) / run.seconds) } else { NOTHING.to_owned() },
    ];
    if rated {
        let kept = run.rate.as_ref();
        cells.push(kept.map_or_else(|| NOTHING.to_owned(), |kept| rate(kept.offered)));
        cells.push(kept.map_or_else(|| NOTHING.to_owned(), |kept| rate(kept.achieved)));
    }
    cells.push(number(run.connections.opened));
    cells.push(number(run.connections.failed));
    cells.push(median(connect.count, connect.p50));
    cells.push(
        run.connections.tls.as_ref().map_or_else(|| NOTHING.to_owned(), |tls| median(tls.count, tls.p50)),
    );
    cells.push(cores(run.generator.cpu_mean));
    cells.push(run.server.as_ref().map_or_else(|| NOTHING.to_owned(), |usage| cores(usage.cpu_mean)));
    Row { cells: cells.into_iter().map(Cell::from).collect(), ..Row::default() }
}
