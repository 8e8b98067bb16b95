//! GitHub workflow commands: annotations on the lines of a diff, then checks and verdict in plain words. A step may
//! make ten annotations of each kind, so the worst come first and the rest is counted. The step summary is the
//! Markdown format, written to its own file by the command.

use std::io;

use super::{Options, advisories, terminal, visible, words};
use crate::report::{Finding, Report, Severity};

/// Most annotations of one kind in one step.
const OF_A_KIND: usize = 10;
/// Longest message, in characters; GitHub cuts an annotation at 4 KB.
const LONGEST: usize = 1_000;

/// Writes the annotations and the closing part of the terminal's report.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let open = words::open_worst_first(report);
    let mut left = 0_u64;
    for kind in ["error", "warning", "notice"] {
        let mut of_kind = open.iter().filter(|finding| kind_of(finding) == kind);
        for finding in of_kind.by_ref().take(OF_A_KIND) {
            annotate(kind, report, finding, out)?;
        }
        left += of_kind.map(|_| 1).sum::<u64>();
    }
    if left > 0 {
        writeln!(
            out,
            "… and {}, see the summary",
            words::count(left, "findings").replacen(' ', " more ", 1)
        )?;
    }
    terminal::write_rest(report, &Options { colour: false, ..*options }, out)
}

/// The kind of annotation for a finding; what holds the release up is an error whatever its severity.
const fn kind_of(finding: &Finding) -> &'static str {
    match finding.severity {
        _ if finding.failing => "error",
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    }
}

fn annotate(kind: &str, report: &Report, finding: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    let mut properties = Vec::new();
    if let Some(path) = finding.location.path() {
        properties.push(format!("file={}", property(path)));
    }
    if let Some(region) = finding.location.region() {
        properties.push(format!("line={},endLine={}", region.line, region.end_line));
        // GitHub takes columns only within one line.
        if region.line == region.end_line {
            properties.push(format!("col={},endColumn={}", region.column, region.end_column));
        }
    }
    let rule = report.rule(&finding.rule);
    let title = rule.map_or("", |rule| rule.title.as_str());
    properties.push(format!("title={}", property(format!("{} {title}", finding.rule).trim_end())));
    let mut parts = vec![format!("{}: {}", finding.severity.word(), visible::line(&words::message(finding)))];
    parts.extend(finding.vulnerability.as_ref().map(|known| advisories::facts(known).join(" · ")));
    parts.extend(words::remarks(report, finding));
    if let Some(rule) = rule {
        parts.push(visible::line(&rule.remediation).into_owned());
    }
    let message = parts.iter().map(|part| data(&visible::cut(part, LONGEST))).collect::<Vec<_>>().join("%0A");
    writeln!(out, "::{kind} {}::{message}", properties.join(","))
}

/// Text of a message: `%` and line ends are escaped as the runner expects; there are none left but `%`.
fn data(text: &str) -> String {
    visible::line(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text of a property, in which `:` and `,` end the value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(data("100% a\r\nb"), "100%25 a\\r\\nb");
        assert_eq!(property("a,b::c%0A"), "a%2Cb%3A%3Ac%250A");
        assert_eq!(property("::error"), "\\x3a%3Aerror");
    }
}
