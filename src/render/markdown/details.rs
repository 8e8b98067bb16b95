//! The numbers of a report as Markdown tables.

use super::escape::{code, prose, short, text};
use super::{CELL, words};
use crate::render::details::{self, Body, Fact, Item, Section, Table, Tone, Weight, bars};
use crate::report::Report;

/// Columns of a picture in a code block: what a comment shows without scrolling.
const PICTURE: usize = 76;

/// All sections that fit into `share` bytes; a long table loses rows before a section is left out.
pub(super) fn details(report: &Report, share: usize) -> String {
    let mut out = String::new();
    let mut missing: Vec<String> = Vec::new();
    for section in details::sections(report) {
        let fitting = [usize::MAX, 100, 30, 10, 3].into_iter().map(|most| whole(&section, most));
        match fitting.into_iter().find(|text| out.len() + text.len() <= share.saturating_sub(500)) {
            Some(text) => out.push_str(&text),
            None => missing.push(section.title),
        }
    }
    if let Some(first) = missing.first() {
        let others = if missing.len() > 1 { " and others" } else { "" };
        out.push_str(&format!(
            "\n**{}{others} cut for length; the JSON report has them all.**\n",
            short(first, CELL / 5)
        ));
    }
    out
}

fn whole(section: &Section<'_>, most: usize) -> String {
    let note = if section.note.is_empty() {
        String::new()
    } else {
        format!("\n{}\n", short(&section.note, 2 * CELL))
    };
    let title = short(&section.title, CELL);
    match section.weight {
        Weight::Alarm => {
            let body = body(&section.body, most);
            let lines: String = body.lines().map(|line| format!("> {line}\n")).collect();
            format!("\n> **{title}**\n>\n{lines}")
        }
        Weight::Normal => format!("\n### {title}\n{note}\n{}", body(&section.body, most)),
        Weight::Second | Weight::Folded => format!(
            "\n<details><summary>{title}</summary>\n{note}\n{}\n</details>\n",
            body(&section.body, most)
        ),
    }
}

fn body(body: &Body<'_>, most: usize) -> String {
    match body {
        Body::Facts(facts) => facts.iter().map(fact).collect(),
        Body::Sentences(lines) => lines
            .iter()
            .map(|(line, hint)| {
                let hint = if hint.is_empty() { String::new() } else { format!("; {}", short(hint, CELL)) };
                format!("- {}{hint}\n", short(line, CELL))
            })
            .collect(),
        Body::List(facts, items) => {
            let facts: String = facts.iter().map(fact).collect();
            let gap = if facts.is_empty() || items.is_empty() { "" } else { "\nSteps:\n\n" };
            facts + gap + &items.iter().map(item).collect::<String>()
        }
        Body::Table(table) => rows(table, most),
        Body::Distribution(result, latency) => {
            let bars = bars::bars(&result.distribution, latency);
            format!("```text\n{}\n```\n", bars::picture(&bars, PICTURE).join("\n"))
        }
    }
}

fn fact(fact: &Fact) -> String {
    let said = short(&fact.text, 2 * CELL);
    let said = if fact.tone == Tone::Plain { said } else { format!("**{said}**") };
    format!("- {}: {said}\n", fact.name)
}

/// An item in full: of what people carry out nothing is cut here.
fn item(item: &Item) -> String {
    let mark = if item.boxed { "- [ ]" } else { "-" };
    let number = if item.number.is_empty() { String::new() } else { format!("**{}**", text(&item.number)) };
    let words = [number, prose(&item.text), code(&item.code)];
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
    format!("{mark} {}\n", words.join(" "))
}

fn rows(table: &Table, most: usize) -> String {
    let shown = table.shown(most);
    let noted = table.rows.iter().any(|row| !row.note.is_empty());
    let mut out = String::from("|");
    for (head, _) in &table.columns {
        out.push_str(&format!(" {head} |"));
    }
    out.push_str(if noted { " why |\n|" } else { "\n|" });
    for (_, right) in &table.columns {
        out.push_str(if *right { "--:|" } else { ":--|" });
    }
    out.push_str(if noted { ":--|\n" } else { "\n" });
    for row in shown.iter().filter_map(|row| table.rows.get(*row)) {
        out.push('|');
        for cell in &row.cells {
            let said = text(&cell.text);
            out.push_str(&match cell.tone {
                Tone::Plain => format!(" {said} |"),
                _ => format!(" **{said}** |"),
            });
        }
        if noted {
            out.push_str(&format!(" {} |", short(&row.note, CELL)));
        }
        out.push('\n');
    }
    let missing = table.rows.len().saturating_sub(shown.len());
    if missing > 0 {
        let missing = words::count(u64::try_from(missing).unwrap_or(u64::MAX), table.things);
        out.push_str(&format!("\n**… and {missing} more, cut for length; the JSON report has them all.**\n"));
    }
    out
}
