//! A benchmark of commands.

use super::numbers::{float, of_metric};
use super::{
    Body, Cell, Fact, Row, Section, Table, Tone, Weight, comparison, environment, fact, labels, name,
    section, sentence, toned,
};
use crate::render::words::{NOTHING, count, number};
use crate::report::{CommandBench, CommandResult, CommandRun, Metric};

/// Longest command shown, in characters.
const COMMAND: usize = 200;

/// The sections of a benchmark.
pub(super) fn sections(bench: &CommandBench) -> Vec<Section<'_>> {
    let mut out = vec![section("Command benchmark", Weight::Normal, Body::Facts(facts(bench)))];
    if !bench.commands.is_empty() {
        out.push(Section {
            note: "median, and from the smallest to the largest".to_owned(),
            ..section("Results", Weight::Normal, Body::Table(results(bench)))
        });
    }
    out.extend(bench.comparison.iter().flat_map(|comparison| comparison::sections(comparison, "command")));
    out.extend(bench.commands.iter().filter(|command| !command.runs.is_empty()).map(runs));
    out
}

fn facts(bench: &CommandBench) -> Vec<Fact> {
    let mut facts = Vec::new();
    for command in &bench.commands {
        let said = crate::render::visible::line(&command.command.join(" ")).into_owned();
        let said = crate::render::visible::cut(&said, COMMAND).into_owned();
        let shell = if command.shell { " (by a shell)" } else { "" };
        let label = match command.name.as_str() {
            "before" => "before",
            "after" => "after",
            _ => "command",
        };
        facts.push(fact(label, format!("{said}{shell}")));
    }
    let runs: Vec<String> = bench.commands.iter().map(|command| command.runs.len().to_string()).collect();
    facts.push(fact(
        "runs",
        format!("{} counted, after {}", runs.join(" and "), count(bench.warm_ups.into(), "warm-ups")),
    ));
    facts.extend(labels(&bench.labels));
    facts.push(Fact { name: "machine", ..environment(&bench.environment) });
    if let Some(reason) = &bench.no_instructions {
        let text = format!("not counted: {}", sentence(reason));
        facts.push(Fact { name: "instructions", text, tone: Tone::Caution });
    }
    let small = |command: &&CommandResult| command.at_floor(bench.memory_floor);
    if let (Some(floor), Some(_)) = (bench.memory_floor, bench.commands.iter().find(small)) {
        let names: Vec<String> =
            bench.commands.iter().filter(small).map(|command| name(&command.name)).collect();
        let floor = of_metric(Metric::PeakMemory, float(floor));
        let text =
            format!("of {}: {floor} at most, the benchmark's own hides how much less", names.join(" and "));
        facts.push(Fact { name: "peak memory", text, tone: Tone::Caution });
    }
    if bench.aborted {
        let text = "before its time: the numbers are those up to then".to_owned();
        facts.push(Fact { name: "ended", text, tone: Tone::Caution });
    }
    facts
}

/// What is measured of a run.
fn measured(metric: Metric, run: &CommandRun) -> Option<f64> {
    match metric {
        Metric::WallTime => Some(float(run.wall_ns)),
        Metric::CpuTime => Some(float(run.user_ns.saturating_add(run.system_ns))),
        Metric::PeakMemory => Some(float(run.peak_memory)),
        Metric::Instructions => run.instructions.map(float),
        _ => None,
    }
}

const METRICS: [Metric; 4] = [Metric::WallTime, Metric::CpuTime, Metric::PeakMemory, Metric::Instructions];

fn results(bench: &CommandBench) -> Table {
    let mut columns = vec![("command", false), ("runs", true), ("failed", true)];
    let seen = |metric: &Metric| {
        bench.commands.iter().flat_map(|command| &command.runs).any(|run| measured(*metric, run).is_some())
    };
    let metrics: Vec<Metric> = METRICS.into_iter().filter(seen).collect();
    for metric in &metrics {
        columns.extend([(metric.word(), true), ("range", true)]);
    }
    let row = |command: &CommandResult| {
        let failed = match command.failed {
            0 => Cell::from("0".to_owned()),
            failed => toned(number(failed.into()), Tone::Bad),
        };
        let runs = u64::try_from(command.runs.len()).unwrap_or(u64::MAX);
        let mut cells = vec![name(&command.name).into(), number(runs).into(), failed];
        for metric in &metrics {
            let mut values: Vec<f64> = command.runs.iter().filter_map(|run| measured(*metric, run)).collect();
            values.sort_by(f64::total_cmp);
            let shown = |value: Option<f64>| {
                value.map_or_else(|| NOTHING.to_owned(), |value| of_metric(*metric, value))
            };
            cells.push(shown(median(&values)).into());
            let (least, most) = (shown(values.first().copied()), shown(values.last().copied()));
            // A unit that both share stands once.
            let least = match (least.split_once(' '), most.split_once(' ')) {
                (Some((number, unit)), Some((_, other))) if unit == other => number.to_owned(),
                _ => least,
            };
            cells.push(if values.is_empty() { most } else { format!("{least} … {most}") }.into());
        }
        Row { cells, ..Row::default() }
    };
    Table {
        columns,
        keys: 1,
        rows: bench.commands.iter().map(row).collect(),
        things: "commands",
        lesser: &[],
    }
}

/// The middle of sorted values, between the two middle ones when their number is even.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(lower, upper))
}

fn runs<'a>(command: &CommandResult) -> Section<'a> {
    let mut columns = vec![("run", true)];
    columns.extend(METRICS.map(|metric| (metric.word(), true)));
    columns.push(("exit", true));
    let row = |(place, run): (u64, &CommandRun)| {
        let mut cells = vec![Cell::from(number(place))];
        cells.extend(METRICS.map(|metric| {
            measured(metric, run).map_or_else(|| NOTHING.to_owned(), |value| of_metric(metric, value)).into()
        }));
        cells.push(match run.code {
            Some(0) => Cell::from("0".to_owned()),
            Some(code) => toned(code.to_string(), Tone::Bad),
            None => toned("signal".to_owned(), Tone::Bad),
        });
        Row { cells, ..Row::default() }
    };
    let rows = (1_u64..).zip(&command.runs).map(row).collect();
    let table = Table { columns, keys: 1, rows, things: "runs", lesser: &[] };
    section(format!("Each run of {}", name(&command.name)), Weight::Folded, Body::Table(table))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_middle_of_an_even_number_is_between() {
        assert_eq!([median(&[]), median(&[3.0]), median(&[1.0, 4.0])], [None, Some(3.0), Some(2.5)]);
        assert_eq!(median(&[1.0, 2.0, 9.0]), Some(2.0));
    }
}
