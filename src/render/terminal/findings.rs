//! The findings, grouped by file or part: line, severity, rule, message; the line seen; what to do.

use std::collections::HashSet;
use std::io;

use super::fold::{Folded, Group, fold};
use super::lowest_shown;
use super::paint::Paint;
use crate::render::{Options, advisories, visible, words};
use crate::report::{Finding, Report, Severity};

/// Columns before the text of a finding: line number, severity, rule.
const MARGIN: usize = 6;
/// Longest rule id shown, in characters; our own are much shorter.
const LONGEST_ID: usize = 24;
/// Most lines of evidence shown of one finding.
const EVIDENCE_LINES: usize = 6;

/// Writes the open findings that are shown.
pub(super) fn write(
    report: &Report,
    options: &Options,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let folded = fold(report, lowest_shown(report, options), options.all);
    let last_of_rule = last_of_each_rule(&folded);
    let mut told = HashSet::new();
    for (group, findings) in &folded.groups {
        let name = match group {
            Group::Subject => format!("{} as a whole", visible::line(&report.subject.name)),
            Group::Part(name) | Group::File(name) => visible::line(name).into_owned(),
        };
        writeln!(out, "  {}", paint.strong(&name))?;
        for (place, finding) in findings.iter().enumerate() {
            // A remedy stands once: under the first finding of its rule, or, when all is asked for, under the last
            // of each row of them.
            let row_ends = findings.get(place + 1).is_none_or(|next| next.rule != finding.rule);
            let remedy = if options.all { row_ends } else { told.insert(finding.rule.as_str()) };
            write_one(report, finding, remedy, options, paint, out)?;
            let last = last_of_rule.contains(&std::ptr::from_ref::<Finding>(finding));
            if let (true, Some((count, place))) = (last, folded.rest_of_rule.get(finding.rule.as_str())) {
                let rest = format!("and {} more {place}, `--all` shows them", words::number(*count));
                writeln!(out, "{:MARGIN$}  {}", "", paint.faint(&rest))?;
            }
        }
        writeln!(out)?;
    }
    if folded.unlisted > 0 {
        let rest =
            format!("… and {} of other rules, `--all` shows them", words::count(folded.unlisted, "findings"));
        writeln!(out, "  {}\n", paint.faint(&rest))?;
    }
    Ok(())
}

/// The last listed finding of each rule, in the order shown; there the rule's folded findings are named.
fn last_of_each_rule(folded: &Folded<'_>) -> HashSet<*const Finding> {
    let mut seen = HashSet::new();
    let backwards = folded.groups.iter().rev().flat_map(|(_, findings)| findings.iter().rev());
    backwards
        .filter(|finding| seen.insert(finding.rule.as_str()))
        .map(|finding| std::ptr::from_ref::<Finding>(finding))
        .collect()
}

fn write_one(
    report: &Report,
    finding: &Finding,
    remedy: bool,
    options: &Options,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let line = finding.location.region().map_or_else(String::new, |region| region.line.to_string());
    let rule = visible::line(&finding.rule);
    let rule = visible::cut(&rule, LONGEST_ID);
    let indent = MARGIN + 2 + 6 + rule.chars().count().max(8) + 1;
    let mut message = visible::wrap(&finding.message, options.width.saturating_sub(indent).max(20));
    let nature = words::nature(report, finding).join(", ");
    let room = options.width.saturating_sub(indent + nature.chars().count() + 2);
    match message.last_mut() {
        _ if nature.is_empty() => {}
        Some(last) if last.chars().count() <= room => last.push_str(&format!("  ({nature})")),
        _ => message.push(format!("({nature})")),
    }
    for (number, text) in message.iter().enumerate() {
        if number == 0 {
            let word = paint.severity(finding.severity, &format!("{:<5}", short(finding.severity)));
            writeln!(out, "{line:>MARGIN$}  {word} {rule:<8} {text}")?;
        } else {
            writeln!(out, "{:indent$}{text}", "")?;
        }
    }
    let text_width = options.width.saturating_sub(MARGIN + 4).max(20);
    let bar =
        |text: &str, out: &mut dyn io::Write| writeln!(out, "{:MARGIN$}  {} {text}", "", paint.faint("│"));
    if let Some(evidence) = &finding.evidence {
        let lines = visible::lines(evidence.as_str());
        for text in lines.iter().take(EVIDENCE_LINES) {
            bar(&visible::cut(text, text_width), out)?;
        }
        if lines.len() > EVIDENCE_LINES {
            bar("…", out)?;
        }
    }
    if let Some(known) = &finding.vulnerability {
        for text in visible::wrap(&advisories::facts(known).join(" · "), text_width) {
            bar(&text, out)?;
        }
        for because in known.matches.iter().filter(|_| options.explain) {
            for text in visible::wrap(&advisories::why(because), text_width) {
                bar(&paint.faint(&text), out)?;
            }
        }
    }
    if let Some(suppression) = &finding.suppression {
        for text in visible::wrap(&words::covered_by(suppression), text_width) {
            bar(&paint.caution(&text), out)?;
        }
    }
    if let (true, Some(rule)) = (remedy, report.rule(&finding.rule)) {
        let mappings = words::mappings(rule).join(" · ");
        let mut lines = visible::wrap(&rule.remediation, text_width);
        // The mappings stand behind the remedy, on a line of their own only when they do not fit.
        match lines.last_mut() {
            Some(last) if last.chars().count() + 3 + mappings.chars().count() <= text_width => {
                last.push_str("   ");
                last.push_str(&mappings);
            }
            _ => lines.extend(visible::wrap(&mappings, text_width)),
        }
        for text in lines.iter().map(|text| text.trim_end()).filter(|text| !text.is_empty()) {
            bar(text, out)?;
        }
    }
    Ok(())
}

/// The severity in at most five letters.
const fn short(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRIT",
        Severity::High => "HIGH",
        Severity::Medium => "MED",
        Severity::Low => "LOW",
        Severity::Info => "INFO",
    }
}
