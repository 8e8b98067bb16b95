//! `readiness rules`: explains one rule, or lists all.

use std::io::{self, Write};

use super::{Error, World};
use crate::catalog;
use crate::cli::{RulesArgs, RulesFormat};
use crate::engine::{Check, Reads};
use crate::report::Rule;

/// Prints what was asked for.
pub(super) fn run(args: &RulesArgs, world: &mut World<'_>) -> Result<u8, Error> {
    let chosen: Vec<(&Check, &Rule)> = match &args.id {
        None => catalog::rules().collect(),
        Some(id) => {
            let chosen: Vec<_> = catalog::rules()
                .filter(|(check, rule)| rule.id.eq_ignore_ascii_case(id) || check.id == id)
                .collect();
            if chosen.is_empty() {
                return Err(unknown(id));
            }
            chosen
        }
    };
    let out = &mut *world.out;
    match (args.format, chosen.as_slice()) {
        (RulesFormat::Json, _) => {
            let list: Vec<&Rule> = chosen.iter().map(|(_, rule)| *rule).collect();
            serde_json::to_writer_pretty(&mut *out, &list).map_err(io::Error::other)?;
            writeln!(out)?;
        }
        (RulesFormat::Markdown, _) => catalog::write_markdown(out)?,
        (RulesFormat::Text, [(check, rule)]) => explain(check, rule, out)?,
        (RulesFormat::Text, all) => list(all, out)?,
    }
    Ok(0)
}

fn unknown(id: &str) -> Error {
    let asked = id.to_ascii_lowercase();
    let rules = catalog::rules().map(|(_, rule)| rule.id.as_str());
    let near = rules
        .chain(catalog::checks().map(|check| check.id))
        .map(|known| (strsim::damerau_levenshtein(&asked, &known.to_ascii_lowercase()), known))
        // A third of the letters may differ; more is another word.
        .filter(|(far, known)| far * 3 <= known.len())
        .min_by_key(|(far, _)| *far)
        .map_or_else(String::new, |(_, near)| format!("did you mean {near}? "));
    Error::usage(
        format!("there is no rule or check `{}`", id.escape_debug()),
        format!("{near}`readiness rules` lists all"),
    )
}

fn list(rules: &[(&Check, &Rule)], out: &mut dyn Write) -> io::Result<()> {
    let mut shown = "";
    for (check, rule) in rules {
        if check.id != shown {
            let reads = if check.reads == Reads::Contents { ", with --deep" } else { "" };
            writeln!(out, "\n{}: {} ({}{reads})", check.id, check.about, check.title)?;
            shown = check.id;
        }
        writeln!(out, "  {}  {:8}  {}", rule.id, rule.severity.word(), rule.title)?;
    }
    writeln!(out, "\n{} rules. `readiness rules ID` explains one.", rules.len())
}

fn explain(check: &Check, rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  {}", rule.id, rule.title)?;
    write!(
        out,
        "severity {}, confidence {}, check {}",
        rule.severity.word(),
        rule.confidence.word(),
        check.id
    )?;
    if let Some(lower) = rule.severity_outside_product {
        write!(out, "; {} in tests, examples and documentation", lower.word())?;
    }
    writeln!(out, "\n\n{}\n\nWhat to do: {}", rule.description, rule.remediation)?;
    for (name, text) in [("Reported", &rule.bad), ("Not reported", &rule.good)] {
        if let Some(text) = text {
            writeln!(out, "\n{name}:")?;
            for line in text.lines() {
                writeln!(out, "    {line}")?;
            }
        }
    }
    if !rule.mappings.is_empty() || !rule.references.is_empty() {
        writeln!(out)?;
    }
    for (catalogue, ids) in &rule.mappings {
        writeln!(out, "{catalogue}: {}", ids.join(", "))?;
    }
    for reference in &rule.references {
        writeln!(out, "See {reference}")?;
    }
    writeln!(
        out,
        "\nTo live with one finding: a waiver in readiness.yaml, or on its line `readiness:ignore {} reason`.",
        rule.id
    )
}
