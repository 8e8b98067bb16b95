//! A table on a terminal.

use std::io;

use super::details::INDENT;
use super::layout::layout;
use super::paint::Paint;
use super::{METRICS, ROWS, more};
use crate::render::details::{Row, Table};
use crate::render::{Options, visible};

/// Writes a table. One that is too long loses the rows that need not be seen; one that is too wide the columns that
/// matter least, and says so.
pub(super) fn write(
    table: &Table,
    faint: bool,
    options: &Options,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let asked_for = matches!(table.things, "metrics" | "comparisons" | "histories");
    let most = if asked_for { METRICS } else { ROWS };
    let shown = table.shown(if options.all { usize::MAX } else { most });
    let layout = layout(table, &shown, options.width.saturating_sub(INDENT), options.all);
    let part = Part { table, widths: &layout.widths, faint, width: options.width, paint };
    for (number, columns) in layout.parts.iter().enumerate() {
        let last = number + 1 == layout.parts.len();
        part.head(columns, out)?;
        let mut above = "";
        for row in shown.iter().filter_map(|row| table.rows.get(*row)) {
            part.row(row, columns, above, out)?;
            above = row.cells.first().map_or("", |cell| &cell.text);
            if last && !row.note.is_empty() {
                for text in visible::wrap(&row.note, options.width.saturating_sub(INDENT + 4)) {
                    writeln!(out, "{:INDENT$}  {} {text}", "", paint.faint("│"))?;
                }
            }
        }
        if !last {
            writeln!(out)?;
        }
    }
    more(table.rows.len().saturating_sub(shown.len()), table.things, out)?;
    match layout.left_out.as_slice() {
        [] => Ok(()),
        left_out => {
            let text = format!("no room for {}: `--all` shows them", left_out.join(", "));
            for line in visible::wrap(&text, options.width.saturating_sub(INDENT)) {
                writeln!(out, "{:INDENT$}{}", "", paint.faint(&line))?;
            }
            Ok(())
        }
    }
}

/// Some columns of a table.
struct Part<'a> {
    table: &'a Table,
    widths: &'a [usize],
    faint: bool,
    width: usize,
    paint: Paint,
}

impl Part<'_> {
    fn head(&self, columns: &[usize], out: &mut dyn io::Write) -> io::Result<()> {
        let head = columns.iter().filter_map(|column| {
            let (head, right) = self.table.columns.get(*column)?;
            Some(padded(head, *self.widths.get(*column)?, *right))
        });
        let head: Vec<String> = head.collect();
        writeln!(out, "{:INDENT$}{}", "", self.paint.faint(head.join("  ").trim_end()))
    }

    /// A row; `above` is the first cell of the one above it.
    fn row(&self, row: &Row, columns: &[usize], above: &str, out: &mut dyn io::Write) -> io::Result<()> {
        let (mut line, mut rest) = (String::new(), Vec::new());
        let mut before = INDENT;
        for (place, column) in columns.iter().enumerate() {
            let (Some(cell), Some(width), Some((_, right))) =
                (row.cells.get(*column), self.widths.get(*column), self.table.columns.get(*column))
            else {
                continue;
            };
            // Of several rows about the same, the first says so.
            let repeated = place == 0 && self.table.keys > 1 && cell.text == above;
            let trailing = place + 1 == columns.len() && !right;
            let mut lines = Vec::new();
            if trailing && place > 0 {
                // The last text has room below itself, so that a reason is never cut.
                lines = visible::wrap(&cell.text, self.width.saturating_sub(before).max(*width));
                rest = lines.split_off(1.min(lines.len()));
            }
            let text = match lines.first() {
                _ if repeated => "",
                Some(line) => line,
                None => &*visible::cut_middle(&cell.text, *width),
            };
            let text = if trailing { text.to_owned() } else { padded(text, *width, *right) };
            line.push_str(if place > 0 { "  " } else { "" });
            line.push_str(&self.paint.tone(cell.tone, &text));
            if !trailing {
                before += width + 2;
            }
        }
        let muted = |line: &str| if self.faint { self.paint.faint(line) } else { line.to_owned() };
        writeln!(out, "{:INDENT$}{}", "", muted(line.trim_end()))?;
        for line in rest {
            writeln!(out, "{:before$}{}", "", muted(&line))?;
        }
        Ok(())
    }
}

fn padded(text: &str, width: usize, right: bool) -> String {
    if right { format!("{text:>width$}") } else { format!("{text:<width$}") }
}
