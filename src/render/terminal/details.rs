//! The numbers of a report on a terminal.

use std::io;

use super::paint::Paint;
use super::{METRICS, ROWS, hang, more};
use crate::render::details::{self, Body, Fact, Item, Section, Table, Tone, Weight, bars};
use crate::render::{Options, visible};
use crate::report::Report;

/// Columns before every row.
const INDENT: usize = 4;
/// Narrowest column of text.
const NARROW: usize = 12;

/// Writes the sections, each with an empty line after it.
pub(super) fn write(
    report: &Report,
    options: &Options,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for section in details::sections(report) {
        if section.weight == Weight::Folded && !options.all {
            continue;
        }
        heading(&section, options, paint, out)?;
        match &section.body {
            Body::Facts(facts) => write_facts(facts, options, paint, out)?,
            Body::Sentences(lines) => sentences(lines, options, paint, out)?,
            Body::List(facts, list) => {
                write_facts(facts, options, paint, out)?;
                items(list, options, paint, out)?;
            }
            Body::Table(table) => {
                write_table(table, section.weight == Weight::Second, options, paint, out)?;
            }
            Body::Distribution(result, latency) => {
                let bars = bars::bars(&result.distribution, latency);
                for line in bars::picture(&bars, options.width.saturating_sub(INDENT)) {
                    writeln!(out, "{:INDENT$}{line}", "")?;
                }
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn heading(
    section: &Section<'_>,
    options: &Options,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let title = visible::line(&section.title);
    let painted = match section.weight {
        Weight::Alarm => paint.alarm(&title),
        Weight::Second => paint.faint(&title),
        Weight::Normal | Weight::Folded => paint.strong(&title),
    };
    let fits = title.chars().count() + 4 + section.note.chars().count() <= options.width;
    if fits || section.note.is_empty() {
        let line = format!("  {painted}  {}", paint.faint(&section.note));
        return writeln!(out, "{}", if section.note.is_empty() { format!("  {painted}") } else { line });
    }
    writeln!(out, "  {painted}")?;
    for line in visible::wrap(&section.note, options.width.saturating_sub(INDENT)) {
        writeln!(out, "{:INDENT$}{}", "", paint.faint(&line))?;
    }
    Ok(())
}

fn write_facts(facts: &[Fact], options: &Options, paint: Paint, out: &mut dyn io::Write) -> io::Result<()> {
    let widest = facts.iter().map(|fact| fact.name.chars().count()).max().unwrap_or(0);
    let hang = INDENT + widest + 2;
    for fact in facts {
        for (number, line) in
            visible::wrap(&fact.text, options.width.saturating_sub(hang).max(20)).iter().enumerate()
        {
            let name = if number == 0 { fact.name } else { "" };
            let line = paint.tone(fact.tone, line);
            writeln!(out, "{:INDENT$}{}  {line}", "", paint.faint(&format!("{name:<widest$}")))?;
        }
    }
    Ok(())
}

fn sentences(
    lines: &[(String, String)],
    options: &Options,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    for (text, hint) in lines {
        for (number, line) in visible::wrap(text, options.width.saturating_sub(INDENT + 2)).iter().enumerate()
        {
            let mark = if number == 0 { "! " } else { "  " };
            writeln!(out, "{:INDENT$}{}", "", paint.caution(&format!("{mark}{line}")))?;
        }
        if !hint.is_empty() {
            hang(hint, INDENT + 2, INDENT + 2, options.width, out)?;
        }
    }
    Ok(())
}

/// Writes a list, each item with a box or a dash before it.
fn items(items: &[Item], options: &Options, paint: Paint, out: &mut dyn io::Write) -> io::Result<()> {
    for item in items {
        let mark = if item.boxed { "[ ] " } else { "-   " };
        let number =
            if item.number.is_empty() { String::new() } else { format!("{} ", visible::line(&item.number)) };
        let hang = INDENT + mark.len() + number.chars().count();
        let words = [item.text.as_str(), item.code.as_str()].join(" ");
        let lines = visible::wrap(words.trim(), options.width.saturating_sub(hang).max(20));
        for (place, line) in lines.iter().enumerate() {
            if place == 0 {
                writeln!(out, "{:INDENT$}{}{}{line}", "", paint.faint(mark), paint.strong(&number))?;
            } else {
                writeln!(out, "{:hang$}{line}", "")?;
            }
        }
    }
    Ok(())
}

/// Writes a table. One that is too wide is broken into several with the same keys; one that is too long loses the rows
/// that need not be seen.
fn write_table(
    table: &Table,
    faint: bool,
    options: &Options,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let most = if table.things == "metrics" { METRICS } else { ROWS };
    let shown = table.shown(if options.all { usize::MAX } else { most });
    let widths = widths(table, &shown, options.width);
    let blocks = balanced(&widths, table.keys, options.width.saturating_sub(INDENT));
    for (number, block) in blocks.iter().enumerate() {
        let last = number + 1 == blocks.len();
        let head = block.iter().filter_map(|column| {
            let (head, right) = table.columns.get(*column)?;
            Some(padded(head, *widths.get(*column)?, *right))
        });
        let head: Vec<String> = head.collect();
        writeln!(out, "{:INDENT$}{}", "", paint.faint(head.join("  ").trim_end()))?;
        let mut above = "";
        for row in shown.iter().filter_map(|row| table.rows.get(*row)) {
            let (mut line, mut rest) = (String::new(), Vec::new());
            let mut before = INDENT;
            for (place, column) in block.iter().enumerate() {
                let (Some(cell), Some(width), Some((_, right))) =
                    (row.cells.get(*column), widths.get(*column), table.columns.get(*column))
                else {
                    continue;
                };
                // Of several rows about the same, the first says so.
                let repeated = place == 0 && table.keys > 1 && cell.text == above;
                if place == 0 {
                    above = &cell.text;
                }
                let trailing = place + 1 == block.len() && !right;
                let mut lines = Vec::new();
                if trailing && place > 0 {
                    // The last text has room below itself, so that a reason is never cut.
                    lines = visible::wrap(&cell.text, options.width.saturating_sub(before).max(*width));
                    rest = lines.split_off(1.min(lines.len()));
                }
                let text = match lines.first() {
                    _ if repeated => "",
                    Some(line) => line,
                    None => &*visible::cut(&cell.text, *width),
                };
                let text = if trailing { text.to_owned() } else { padded(text, *width, *right) };
                line.push_str(if place > 0 { "  " } else { "" });
                line.push_str(&paint.tone(cell.tone, &text));
                if !trailing {
                    before += width + 2;
                }
            }
            let line = line.trim_end();
            writeln!(out, "{:INDENT$}{}", "", if faint { paint.faint(line) } else { line.to_owned() })?;
            for line in rest {
                writeln!(out, "{:before$}{}", "", if faint { paint.faint(&line) } else { line })?;
            }
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
    more(table.rows.len().saturating_sub(shown.len()), table.things, out)
}

/// How wide each column is. When all of it fits, nothing is cut; nor when a last column of words can be broken into lines.
fn widths(table: &Table, shown: &[usize], width: usize) -> Vec<usize> {
    let columns = table.columns.iter().enumerate();
    let whole: Vec<(usize, usize)> = columns
        .map(|(column, (head, _))| {
            let cells = shown.iter().filter_map(|row| table.rows.get(*row)?.cells.get(column));
            let head = head.chars().count();
            (head, cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0).max(head))
        })
        .collect();
    let room = width.saturating_sub(INDENT);
    let size = |widths: &[usize]| widths.iter().map(|width| width + 2).sum::<usize>().saturating_sub(2);
    let mut fitting: Vec<usize> = whole.iter().map(|(_, widest)| *widest).collect();
    if size(&fitting) > room
        && let Some(((_, right), last)) = table.columns.last().zip(fitting.last_mut())
        && !right
    {
        *last = (*last).min(width / 3);
    }
    if size(&fitting) <= room {
        return fitting;
    }
    let capped = whole.iter().enumerate().map(|(column, (head, widest))| {
        let most = if column == 0 { (width / 3).max(NARROW) } else { width / 2 };
        (*widest).min(most).max(*head)
    });
    capped.collect()
}

/// The columns of as few parts as there must be, and those about equally wide: no column is left alone.
fn balanced(widths: &[usize], keys: usize, width: usize) -> Vec<Vec<usize>> {
    let fewest = blocks(widths, keys, width);
    let narrower = (0..width).rev().map(|width| blocks(widths, keys, width));
    narrower.take_while(|narrower| narrower.len() == fewest.len()).last().unwrap_or(fewest)
}

/// The columns of each part of a table that is `width` columns wide at most; every part begins with the keys.
fn blocks(widths: &[usize], keys: usize, width: usize) -> Vec<Vec<usize>> {
    let size = |columns: &[usize]| -> usize {
        columns.iter().filter_map(|column| widths.get(*column)).map(|width| width + 2).sum()
    };
    let start: Vec<usize> = (0..keys.min(widths.len())).collect();
    let mut blocks = vec![start.clone()];
    for column in start.len()..widths.len() {
        let Some(current) = blocks.last_mut() else { break };
        current.push(column);
        if size(current) > width + 2 && current.len() > start.len() + 1 {
            current.pop();
            blocks.push(start.iter().copied().chain([column]).collect());
        }
    }
    blocks
}

fn padded(text: &str, width: usize, right: bool) -> String {
    if right { format!("{text:>width$}") } else { format!("{text:<width$}") }
}

impl Paint {
    /// A text in the colour of how it is meant.
    fn tone(self, tone: Tone, text: &str) -> String {
        match tone {
            Tone::Plain => text.to_owned(),
            Tone::Strong => self.strong(text),
            Tone::Caution => self.caution(text),
            Tone::Bad => self.bad(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_tables_are_broken_with_their_keys() {
        // Ten columns each, two between them.
        assert_eq!(blocks(&[10; 4], 1, 46), [vec![0, 1, 2, 3]]);
        assert_eq!(blocks(&[10; 4], 1, 45), [vec![0, 1, 2], vec![0, 3]]);
        assert_eq!(blocks(&[10; 4], 2, 34), [vec![0, 1, 2], vec![0, 1, 3]]);
        assert_eq!(balanced(&[10; 6], 1, 58), [vec![0, 1, 2, 3], vec![0, 4, 5]]);
        // However narrow, each part has a column besides its keys.
        assert_eq!(blocks(&[10; 3], 1, 1), [vec![0, 1], vec![0, 2]]);
    }
}
