//! The findings as HTML, grouped by rule so that each remedy stands once: those that hold the release up in the open, the
//! others folded.

use std::collections::BTreeMap;

use super::escape::{marked, short, text};
use crate::render::{advisories, visible, words};
use crate::report::{Counts, Finding, Report, Severity};

/// Most findings of one rule written out.
const OF_A_RULE: usize = 500;
/// Longest text of one piece, in characters.
const PIECE: usize = 2_000;

/// All findings.
pub(super) fn findings(report: &Report) -> String {
    let (failing, others): (Vec<&Finding>, Vec<&Finding>) =
        words::open_worst_first(report).into_iter().partition(|finding| finding.failing);
    let covered: Vec<&Finding> =
        report.findings().map(|(_, finding)| finding).filter(|finding| !finding.is_open()).collect();
    let mut out = String::new();
    if !failing.is_empty() {
        out.push_str(&format!(
            "<section>\n<h2>Open, and in the way of the release</h2>\n{}</section>\n",
            groups(report, &failing)
        ));
    }
    for (title, findings) in [("Open, not in its way", others), ("Waived", covered)] {
        if findings.is_empty() {
            continue;
        }
        let mut counts = Counts::default();
        findings.iter().for_each(|finding| counts.add(finding.severity));
        let counts = words::counts(&counts);
        out.push_str(&format!(
            "<details>\n<summary>{title}: {counts}</summary>\n{}</details>\n",
            groups(report, &findings)
        ));
    }
    out
}

fn groups(report: &Report, findings: &[&Finding]) -> String {
    let mut groups: BTreeMap<(std::cmp::Reverse<Severity>, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry((std::cmp::Reverse(finding.severity), &finding.rule)).or_default().push(finding);
    }
    groups.into_iter().map(|((severity, id), findings)| group(report, severity.0, id, &findings)).collect()
}

fn group(report: &Report, severity: Severity, id: &str, findings: &[&Finding]) -> String {
    let rule = report.rule(id);
    let title = rule.map_or("", |rule| rule.title.as_str());
    let word = severity.word();
    let mut out = format!(
        "<article>\n<h3><span class=\"tag {word}\">{word}</span> {} {}</h3>\n",
        short(id, 100),
        short(title, PIECE)
    );
    if let Some(rule) = rule {
        out.push_str(&format!("<p>{}</p>\n", marked(&visible::cut(&rule.remediation, PIECE))));
        let mappings = words::mappings(rule).join(" · ");
        if !mappings.is_empty() {
            out.push_str(&format!("<p class=\"muted\">{}</p>\n", short(&mappings, PIECE)));
        }
    }
    out.push_str("<ul>\n");
    for finding in findings.iter().take(OF_A_RULE) {
        out.push_str(&format!("<li><code>{}</code>", short(&words::place(&finding.location), PIECE)));
        if title != finding.message {
            out.push_str(&format!(" {}", short(&finding.message, PIECE)));
        }
        let mut remarks = words::remarks(report, finding);
        if let Some(known) = &finding.vulnerability {
            remarks.insert(0, advisories::facts(known).join(" · "));
        }
        for remark in remarks {
            out.push_str(&format!("<br><span class=\"muted\">{}</span>", short(&remark, PIECE)));
        }
        if let Some(evidence) = &finding.evidence {
            let lines = visible::lines(evidence.as_str());
            let lines: Vec<String> = lines.iter().take(20).map(|line| short(line, 400)).collect();
            out.push_str(&format!("<pre>{}</pre>", lines.join("\n")));
        }
        out.push_str("</li>\n");
    }
    let rest = findings.len().saturating_sub(OF_A_RULE);
    if rest > 0 {
        let rest = words::number(u64::try_from(rest).unwrap_or(u64::MAX));
        out.push_str(&format!(
            "<li><strong>and {} more; the JSON report has them all</strong></li>\n",
            text(&rest)
        ));
    }
    out.push_str("</ul>\n</article>\n");
    out
}
