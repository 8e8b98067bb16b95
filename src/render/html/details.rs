//! The numbers of a report as HTML: tables, with pictures beside them.

use super::escape::{marked, text};
use super::{charts, forest, history};
use crate::render::details::{self, Body, Fact, Item, Section, Table, Tone, Weight};
use crate::render::words;
use crate::report::{Details, Report};

/// Most rows of a table.
const ROWS: usize = 2_000;

/// All sections, each picture after the table that says the same.
pub(super) fn details(report: &Report) -> String {
    let mut out = String::new();
    let mut sections = details::sections(report);
    // The verdict stands at the top here, so what bears it comes first: what must not be overlooked, then the comparison.
    sections.sort_by_key(|section| match &section.body {
        _ if section.weight == Weight::Alarm => 0,
        Body::Table(table) if matches!(table.things, "verdicts" | "comparisons") => 1,
        Body::Facts(_) if section.title == "Comparison" => 1,
        _ => 2,
    });
    for section in &sections {
        out.push_str(&whole(section, &pictures(report, section)));
    }
    out
}

/// The pictures that belong to a section, by what it shows.
fn pictures(report: &Report, section: &Section<'_>) -> String {
    let Some(details) = &report.details else { return String::new() };
    match (details, &section.body, section.title.as_str()) {
        (Details::Perf(perf), Body::Distribution(..), _) => charts::percentiles(perf) + &charts::series(perf),
        (Details::Perf(perf), Body::Table(table), _) if table.things == "steps" => charts::steps(perf),
        (Details::Perf(perf), Body::Table(table), _) if table.things == "processes" => charts::usage(perf),
        (Details::Perf(perf), Body::Table(table), _) if table.things == "verdicts" => {
            perf.comparison.as_ref().map(forest::forest).unwrap_or_default()
        }
        (Details::Command(bench), Body::Table(table), _) if table.things == "verdicts" => {
            bench.comparison.as_ref().map(forest::forest).unwrap_or_default()
        }
        (Details::Command(bench), Body::Table(table), _) if table.things == "commands" => forest::runs(bench),
        (Details::Baseline(baseline), Body::Table(table), _) => match table.things {
            "comparisons" => forest::metrics(&baseline.metrics),
            "histories" | "values" => history::charts(&baseline.metrics),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

fn whole(section: &Section<'_>, pictures: &str) -> String {
    let title = text(&section.title);
    let note = if section.note.is_empty() {
        String::new()
    } else {
        format!("<p class=\"note\">{}</p>\n", text(&section.note))
    };
    let body = body(&section.body);
    match section.weight {
        Weight::Alarm => format!("<section class=\"alarm\">\n<h2>{title}</h2>\n{note}{body}</section>\n"),
        Weight::Normal => format!("<section>\n<h2>{title}</h2>\n{note}{body}{pictures}</section>\n"),
        Weight::Second | Weight::Folded => {
            format!("<details>\n<summary>{title}</summary>\n{note}{body}{pictures}</details>\n")
        }
    }
}

fn body(body: &Body<'_>) -> String {
    match body {
        Body::Facts(facts) => format!("<dl>\n{}</dl>\n", facts.iter().map(fact).collect::<String>()),
        Body::Sentences(lines) => {
            let line = |(line, hint): &(String, String)| {
                let hint = if hint.is_empty() {
                    String::new()
                } else {
                    format!("<br><span class=\"muted\">{}</span>", marked(hint))
                };
                format!("<li>{}{hint}</li>\n", marked(line))
            };
            format!("<ul>\n{}</ul>\n", lines.iter().map(line).collect::<String>())
        }
        Body::List(facts, items) => {
            let facts = if facts.is_empty() {
                String::new()
            } else {
                format!("<dl>\n{}</dl>\n", facts.iter().map(fact).collect::<String>())
            };
            if items.is_empty() {
                return facts;
            }
            let items: String = items.iter().map(item).collect();
            format!("{facts}<ul class=\"todo\">\n{items}</ul>\n")
        }
        Body::Table(found) => table(found),
        Body::Distribution(result, latency) => forest::distribution(result, latency),
    }
}

fn fact(fact: &Fact) -> String {
    format!("<dt>{}</dt><dd>{}</dd>\n", fact.name, toned(fact.tone, &fact.text))
}

fn item(item: &Item) -> String {
    let class = if item.boxed { " class=\"box\"" } else { "" };
    let mut words = Vec::new();
    if !item.number.is_empty() {
        words.push(format!("<strong>{}</strong>", text(&item.number)));
    }
    if !item.text.is_empty() {
        words.push(marked(&item.text));
    }
    if !item.code.is_empty() {
        words.push(format!("<code>{}</code>", text(&item.code)));
    }
    format!("<li{class}>{}</li>\n", words.join(" "))
}

fn toned(tone: Tone, said: &str) -> String {
    let class = match tone {
        Tone::Plain => return text(said),
        Tone::Strong => "strong",
        Tone::Caution => "caution",
        Tone::Bad => "bad",
    };
    format!("<span class=\"{class}\">{}</span>", text(said))
}

fn table(table: &Table) -> String {
    let shown = table.shown(ROWS);
    let class = |right: bool| if right { " class=\"n\"" } else { "" };
    let mut out = String::from("<div class=\"scroll\"><table>\n<thead><tr>");
    for (head, right) in &table.columns {
        out.push_str(&format!("<th scope=\"col\"{}>{head}</th>", class(*right)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in shown.iter().filter_map(|row| table.rows.get(*row)) {
        out.push_str(if row.note.is_empty() { "<tr>" } else { "<tr class=\"has-why\">" });
        for (place, (cell, (_, right))) in row.cells.iter().zip(&table.columns).enumerate() {
            let said = toned(cell.tone, &cell.text);
            out.push_str(&if place == 0 {
                format!("<th scope=\"row\"{}>{said}</th>", class(*right))
            } else {
                format!("<td{}>{said}</td>", class(*right))
            });
        }
        out.push_str("</tr>\n");
        if !row.note.is_empty() {
            let columns = table.columns.len();
            out.push_str(&format!(
                "<tr class=\"why\"><td colspan=\"{columns}\">{}</td></tr>\n",
                text(&row.note)
            ));
        }
    }
    out.push_str("</tbody></table></div>\n");
    let missing = table.rows.len().saturating_sub(shown.len());
    if missing > 0 {
        let missing = words::count(u64::try_from(missing).unwrap_or(u64::MAX), table.things);
        out.push_str(&format!(
            "<p><strong>… and {missing} more; the JSON report has them all.</strong></p>\n"
        ));
    }
    out
}
