//! The table of checks: what was examined and what came of it; in the same table, what was not looked at.

use std::io;

use super::paint::Paint;
use super::{ROWS, more};
use crate::render::{Options, visible, words};
use crate::report::{CheckReport, LeftOut, Report, Status};

/// Most lines of a result beside its row; a longer one goes under the row, where there is room.
const BESIDE: usize = 3;
/// Paths named for one thing left out.
const EXAMPLES: usize = 3;

/// A row: name, what was examined, rules passed, result, and whether it is a hole in the evidence.
struct Row {
    cells: [String; 3],
    result: String,
    /// The result in parts that begin a line each, for when it is too long to stand beside the row.
    parts: Vec<String>,
    hole: bool,
}

/// Writes the table.
pub(super) fn write(
    report: &Report,
    options: &Options,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let rows: Vec<Row> = report.checks.iter().map(check_row).collect();
    let left = words::left_out(report);
    let most = if options.all { usize::MAX } else { ROWS };

    let head = ["Checks", "examined", "rules passed"];
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.cells.get(column)).map(|cell| cell.chars().count());
            let widest = cells.max().unwrap_or(0).min(options.width / 3);
            widest.max(head.get(column).map_or(0, |text| text.len()))
        })
        .collect();
    let columns = |cells: [&str; 3]| {
        let padded = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{:<width$}  ", visible::cut(cell, *width)));
        padded.collect::<String>()
    };
    let indent = 4 + widths.iter().map(|width| width + 2).sum::<usize>();
    // On a narrow terminal the result goes under the row instead of into a column too thin to read.
    let beside = options.width >= indent + 24;
    let hang = if beside { indent } else { 8 };
    // Under the row is under what was examined.
    let under = 4 + widths.first().copied().unwrap_or(0) + 2;

    writeln!(
        out,
        "  {}",
        paint.strong(format!("{}result", columns(head).replacen("Checks", "Checks  ", 1)).trim_end())
    )?;
    for row in &rows {
        let cells = columns([&row.cells[0], &row.cells[1], &row.cells[2]]);
        let wrap = |text: &str, hang: usize| visible::wrap(text, options.width.saturating_sub(hang).max(20));
        let mut lines = wrap(&row.result, hang);
        let mut hang = hang;
        if beside && lines.len() > BESIDE {
            lines = row.parts.iter().take(1).flat_map(|part| wrap(part, hang)).collect();
            hang = under;
            lines.extend(row.parts.iter().skip(1).flat_map(|part| wrap(part, hang)));
        }
        let tint = |text: &str| if row.hole { paint.caution(text) } else { text.to_owned() };
        let mut lines = lines.iter();
        if beside {
            let first = lines.next().map(|text| tint(text)).unwrap_or_default();
            writeln!(out, "    {}", format!("{cells}{first}").trim_end())?;
        } else {
            writeln!(out, "    {}", cells.trim_end())?;
        }
        for text in lines {
            writeln!(out, "{:hang$}{}", "", tint(text))?;
        }
    }
    // Nothing was examined of these, so their words may run over the columns of what was.
    let name = widths.first().copied().unwrap_or(0);
    let counts = left.iter().take(most).map(|(_, left)| words::number(left.count).len());
    let number = counts.max().unwrap_or(0);
    let indent = 4 + name + 2 + number + 2;
    for (owners, left) in left.iter().take(most) {
        let tint = |text: &str| if left.kind.is_gap() { paint.caution(text) } else { text.to_owned() };
        let text = left_out_words(owners, left, options.all);
        let lines = visible::wrap(&text, options.width.saturating_sub(indent).max(20));
        for (index, line) in lines.iter().enumerate() {
            let count = words::number(left.count);
            let [label, count] = if index == 0 { ["left out", count.as_str()] } else { ["", ""] };
            writeln!(out, "    {label:<name$}  {count:<number$}  {}", tint(line))?;
        }
    }
    more(left.len().saturating_sub(most), "reasons for leaving things out", out)?;
    writeln!(out)
}

/// Why something was left out, the checks it concerns, and, for a hole in the evidence, where.
fn left_out_words(owners: &[&str], left: &LeftOut, all: bool) -> String {
    let mut text = words::left_out_reason(left);
    if !owners.is_empty() {
        let owners: Vec<_> = owners.iter().map(|owner| visible::line(owner)).collect();
        text.push_str(&format!(" [{}]", owners.join(", ")));
    }
    let most = if all { usize::MAX } else { EXAMPLES };
    let paths = if left.kind.is_gap() || all { words::examples(left, most) } else { String::new() };
    if !paths.is_empty() {
        text.push_str(&format!(": {paths}"));
    }
    text
}

fn check_row(check: &CheckReport) -> Row {
    let rules = if check.status.is_evaluated() {
        format!("{} of {}", check.rules_passed, check.rules_applied)
    } else {
        words::NOTHING.to_owned()
    };
    let parts = result(check);
    Row {
        cells: [visible::line(&check.id).into_owned(), words::examined(&check.coverage), rules],
        result: parts.join(" "),
        parts,
        hole: matches!(check.status, Status::NotEvaluated { .. } | Status::Errored { .. }),
    }
}

/// How a check ended, in words: its open findings; why it has no result; what completes it.
fn result(check: &CheckReport) -> Vec<String> {
    let open = words::counts(&check.open);
    let state = check.status.words();
    if matches!(check.status, Status::Failed) && !open.is_empty() {
        return vec![open];
    }
    let state = if open.is_empty() { state.to_owned() } else { format!("{open}, {state}") };
    match check.status.reason() {
        Some((reason, Some(hint))) => vec![format!("{state}:"), format!("{reason};"), hint.to_owned()],
        Some((reason, None)) => vec![format!("{state}:"), reason.to_owned()],
        None => vec![state],
    }
}
