//! The numbers of a report on a terminal.

use std::io;

use super::paint::Paint;
use super::{hang, table};
use crate::render::details::{self, Body, Fact, Item, Section, Tone, Weight, bars};
use crate::render::{Options, visible};
use crate::report::Report;

/// Columns before every row.
pub(super) const INDENT: usize = 4;

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
                table::write(table, section.weight == Weight::Second, options, paint, out)?;
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

impl Paint {
    /// A text in the colour of how it is meant.
    pub(super) fn tone(self, tone: Tone, text: &str) -> String {
        match tone {
            Tone::Plain => text.to_owned(),
            Tone::Strong => self.strong(text),
            Tone::Caution => self.caution(text),
            Tone::Bad => self.bad(text),
        }
    }
}
