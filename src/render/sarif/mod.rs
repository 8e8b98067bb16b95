//! SARIF 2.1.0 (OASIS), in the subset that GitHub code scanning accepts.
//!
//! Choices where the standard or GitHub leaves one:
//! - GitHub refuses a whole file for one result without a file location. A finding about the subject as a whole, or
//!   about a part of it that is no file, points at line 1 of `readiness.yaml`: the file where it is settled; it need not exist.
//! - A finding that a waiver (external) or a mark (in source) in force covers carries an accepted suppression. One whose
//!   waiver does not count carries none, though the standard also knows `rejected`: many readers take any suppression
//!   for a pass. What failed to cover it stands in the result's properties. Because some results may be suppressed,
//!   all others have an empty list (§3.27.23).
//! - The fingerprint goes under our own key. `primaryLocationLineHash` is left to the upload action, which has the files.
//! - No `versionControlProvenance`: it demands a repository URL, which a report does not have; the commit is among the
//!   run's properties.
//! - Over 25,000 results the mildest are dropped, and a notification says so.

mod rules;

use std::collections::HashMap;
use std::io;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::json::write_value;
use super::{Options, advisories, words};
use crate::report::{
    Decision, Finding, LeftOut, Location, Region, Report, Severity, Status, SuppressionKind,
};

/// Most results GitHub takes in a run.
const RESULTS: usize = 25_000;
/// The file that findings about the whole subject point at.
const WHOLE_SUBJECT: &str = "readiness.yaml";
/// The base that GitHub's own examples use for paths of the repository.
const ROOT: &str = "%SRCROOT%";

/// Writes the report as a SARIF log with one run.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let mut findings: Vec<&Finding> = report
        .findings()
        .map(|(_, finding)| finding)
        .filter(|finding| finding.is_open() || !options.sarif_omit_suppressed)
        .collect();
    let dropped = findings.len().saturating_sub(RESULTS);
    if dropped > 0 {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings.truncate(RESULTS);
    }
    let indexes: HashMap<&str, usize> =
        report.rules.iter().enumerate().map(|(index, rule)| (rule.id.as_str(), index)).collect();
    let rules::Rules { descriptors, taxonomies, cut_tags } = rules::rules(report);

    let mut notes = notifications(report);
    if dropped > 0 {
        let text =
            format!("{} of the mildest are not in this file", words::count(count_of(dropped), "results"));
        notes.push(notification("over-limit", "warning", &text, vec![]));
    }
    if cut_tags > 0 {
        let text = format!("{} of rules are not in this file", words::count(count_of(cut_tags), "tags"));
        notes.push(notification("over-limit", "note", &text, vec![]));
    }

    let supported: Vec<Value> = taxonomies
        .iter()
        .enumerate()
        .map(|(index, taxonomy)| json!({ "name": taxonomy.get("name"), "index": index }))
        .collect();
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: json!({ "driver": {
                "name": non_empty(&report.tool.name, "readiness"),
                "semanticVersion": non_empty(&report.tool.version, "0.0.0"),
                "rules": descriptors,
                "notifications": kinds(),
                "supportedTaxonomies": supported,
            }}),
            automation_details: json!({ "id": "readiness/" }),
            invocations: [invocation(report, &notes)],
            column_kind: "unicodeCodePoints",
            results: Results { report, findings: &findings, indexes: &indexes },
            taxonomies,
            properties: json!({ "readiness": properties(report)? }),
        }],
    };
    write_value(&log, out)
}

/// `sarifLog`.
#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

/// `run`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    automation_details: Value,
    invocations: [Value; 1],
    column_kind: &'static str,
    results: Results<'a>,
    taxonomies: Vec<Value>,
    properties: Value,
}

/// The results, each made when it is written: all of them at once would take more memory than the audit.
struct Results<'a> {
    report: &'a Report,
    findings: &'a [&'a Finding],
    indexes: &'a HashMap<&'a str, usize>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.findings.iter().map(|finding| result(self.report, finding, self.indexes)))
    }
}

fn result(report: &Report, finding: &Finding, indexes: &HashMap<&str, usize>) -> Value {
    let title = report.rule(&finding.rule).map_or(finding.rule.as_str(), |rule| rule.title.as_str());
    let mut properties = Map::new();
    properties.insert("severity".into(), finding.severity.word().into());
    if let Some(evidence) = &finding.evidence {
        properties.insert("evidence".into(), evidence.as_str().into());
    }
    if let Some(role) = finding.role {
        properties.insert("role".into(), role.words().into());
    }
    if let Some(vulnerability) = &finding.vulnerability {
        properties.insert("vulnerability".into(), json!(vulnerability));
    }
    let mut text = non_empty(&words::message(finding), non_empty(title, &finding.rule)).to_owned();
    if let Some(vulnerability) = &finding.vulnerability {
        // Viewers show the message and seldom the properties, and what clears it is what the reader is after.
        text.push_str(&format!(" ({})", advisories::facts(vulnerability).join(" · ")));
    }
    let mut suppressions = vec![];
    match &finding.suppression {
        Some(suppression) if suppression.in_force => {
            let kind = match suppression.kind {
                SuppressionKind::Waiver | SuppressionKind::Vex => "external",
                SuppressionKind::Mark => "inSource",
            };
            suppressions.push(json!({
                "kind": kind,
                "status": "accepted",
                "justification": suppression.reason,
                "properties": { "owner": suppression.owner, "expires": suppression.expires },
            }));
        }
        Some(suppression) => {
            properties.insert("suppressionNotInForce".into(), words::covered_by(suppression).into());
        }
        None => {}
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        "message": { "text": message(&text) },
        "locations": [place(&finding.location)],
        "partialFingerprints": { "readiness/v1": finding.fingerprint.0 },
        "suppressions": suppressions,
        "properties": properties,
    });
    if let (Some(index), Some(result)) = (indexes.get(finding.rule.as_str()), result.as_object_mut()) {
        result.insert("ruleIndex".into(), (*index).into());
    }
    result
}

/// The level of a severity; what only informs is a note, too.
const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A message in which nothing is a link: `[text](target)` is one in SARIF (§3.11.6), and a backslash takes that away.
fn message(text: &str) -> String {
    if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text.to_owned() }
}

/// Where a finding is. A part that is no file has its name as a logical location, beside the file that GitHub demands.
fn place(location: &Location) -> Value {
    let physical = physical(location);
    match location.part() {
        Some(part) if !part.is_empty() => {
            json!({ "physicalLocation": physical, "logicalLocations": [{ "name": part, "fullyQualifiedName": part }] })
        }
        _ => json!({ "physicalLocation": physical }),
    }
}

fn physical(location: &Location) -> Value {
    let whole = Region { line: 1, column: 1, end_line: 1, end_column: 1 };
    let region = location.region().unwrap_or(whole);
    // A report from elsewhere may hold zeros or an end before the beginning; the format may not.
    let (line, column) = (region.line.max(1), region.column.max(1));
    let end_line = region.end_line.max(line);
    let end_column = region.end_column.max(if end_line == line { column } else { 1 });
    json!({
        "artifactLocation": { "uri": uri(location.path().unwrap_or(WHOLE_SUBJECT)), "uriBaseId": ROOT },
        "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
    })
}

/// A path as a relative URI reference (RFC 3986): everything but unreserved characters and `/` is percent-encoded,
/// `\xNN`, which stands for a byte that is not UTF-8, as that byte.
fn uri(path: &str) -> String {
    let path = path.trim_start_matches('/');
    let bytes = if path.is_empty() { WHOLE_SUBJECT.as_bytes() } else { path.as_bytes() };
    let mut out = String::with_capacity(bytes.len() + 8);
    let mut rest = bytes;
    while let Some((byte, tail)) = rest.split_first() {
        match rest {
            [
                b'\\',
                b'x',
                high @ (b'8' | b'9' | b'A'..=b'F'),
                low @ (b'0'..=b'9' | b'A'..=b'F'),
                tail @ ..,
            ] => {
                out.extend(['%', char::from(*high), char::from(*low)]);
                rest = tail;
                continue;
            }
            _ if byte.is_ascii_alphanumeric() || b"-._~/".contains(byte) => out.push(char::from(*byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        rest = tail;
    }
    out
}

/// The kinds of notification: id, name, what it means, what to do.
const KINDS: [[&str; 4]; 4] = [
    [
        "check-not-evaluated",
        "CheckNotEvaluated",
        "A check that something asks for was not evaluated.",
        "The message says what was missing and what completes it. Until then the check is no pass.",
    ],
    [
        "errored",
        "Errored",
        "A check went wrong.",
        "The message says where. Until it is mended the check is no pass.",
    ],
    [
        "left-out",
        "LeftOut",
        "Something was not looked at.",
        "The message says what and why; strict mode refuses a release with holes in the evidence.",
    ],
    [
        "over-limit",
        "OverLimit",
        "Something does not fit into this format.",
        "The report in JSON holds everything.",
    ],
];

/// The kinds as `reportingDescriptor` objects; GitHub's rules ask of these what they ask of rules.
fn kinds() -> Vec<Value> {
    let descriptor = |[id, name, meaning, help]: [&str; 4]| {
        json!({
            "id": id,
            "name": name,
            "shortDescription": { "text": meaning },
            "fullDescription": { "text": meaning },
            "help": { "text": help },
        })
    };
    KINDS.into_iter().map(descriptor).collect()
}

fn invocation(report: &Report, notes: &[Value]) -> Value {
    let verdict = &report.verdict;
    let went_wrong = report.checks.iter().any(|check| matches!(check.status, Status::Errored { .. }));
    let mut invocation = json!({
        "executionSuccessful": !went_wrong,
        "exitCode": verdict.exit_code,
        "exitCodeDescription": verdict.decision.words(),
        "toolExecutionNotifications": notes,
    });
    if let (false, Some(invocation)) = (report.created.is_empty(), invocation.as_object_mut()) {
        invocation.insert("endTimeUtc".into(), report.created.as_str().into());
    }
    invocation
}

/// What was not looked at: checks without a result, then things left out.
fn notifications(report: &Report) -> Vec<Value> {
    let mut out = vec![];
    for check in &report.checks {
        let (kind, level) = match check.status {
            Status::NotEvaluated { .. } => ("check-not-evaluated", "warning"),
            Status::Errored { .. } => ("check-errored", "error"),
            _ => continue,
        };
        if let Some((reason, hint)) = check.status.reason() {
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            out.push(notification(kind, level, &format!("{}: {reason}{hint}", check.id), vec![]));
        }
    }
    out.extend(words::left_out(report).into_iter().map(|(owners, left)| left_out(&owners, left)));
    out
}

fn left_out(owners: &[&str], left: &LeftOut) -> Value {
    let owners = if owners.is_empty() { String::new() } else { format!("{}: ", owners.join(", ")) };
    let text = format!("{owners}{} left out: {}", words::number(left.count), words::left_out_reason(left));
    let places = left.paths.iter().map(
        |path| json!({ "physicalLocation": { "artifactLocation": { "uri": uri(path), "uriBaseId": ROOT } } }),
    );
    notification("left-out", if left.kind.is_gap() { "warning" } else { "note" }, &text, places.collect())
}

fn notification(kind: &str, level: &str, text: &str, locations: Vec<Value>) -> Value {
    let index = KINDS.iter().position(|[id, ..]| *id == kind).unwrap_or_default();
    let mut out = json!({
        "descriptor": { "id": kind, "index": index },
        "level": level,
        "message": { "text": message(text) },
    });
    if let (false, Some(out)) = (locations.is_empty(), out.as_object_mut()) {
        out.insert("locations".into(), locations.into());
    }
    out
}

/// What SARIF has no place for, so that the file holds what every other format holds.
fn properties(report: &Report) -> io::Result<Value> {
    let mut checks = serde_json::to_value(&report.checks)?;
    for check in checks.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        check.remove("findings");
    }
    Ok(json!({
        "ready": report.verdict.decision == Decision::Ready,
        "verdict": report.verdict,
        "summary": report.summary,
        "subject": report.subject,
        "rules_digest": report.tool.rules_digest,
        "coverage": report.coverage,
        "checks": checks,
        "waivers": report.waivers,
        "advisories": report.advisories,
        "since": report.since,
    }))
}

fn non_empty<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.trim().is_empty() { otherwise } else { text }
}

fn count_of(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_uris() {
        for (path, expected) in [
            ("src/a.rs", "src/a.rs"),
            ("a b/ä%.c", "a%20b/%C3%A4%25.c"),
            ("c:/x?y#z", "c%3A/x%3Fy%23z"),
            ("/etc/passwd", "etc/passwd"),
            ("//host/x", "host/x"),
            ("a\nb\u{202e}", "a%0Ab%E2%80%AE"),
            ("a\\xFFb\\x41", "a%FFb%5Cx41"),
            ("", "readiness.yaml"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }

    #[test]
    fn no_region_is_impossible() {
        let region = |line, column, end_line, end_column| {
            let region = Some(Region { line, column, end_line, end_column });
            let found = physical(&Location::File { path: "a".into(), region })["region"].clone();
            ["startLine", "startColumn", "endLine", "endColumn"].map(|key| found[key].as_u64().unwrap())
        };
        assert_eq!(region(3, 5, 3, 9), [3, 5, 3, 9]);
        assert_eq!(region(0, 0, 0, 0), [1, 1, 1, 1]);
        assert_eq!(region(7, 5, 2, 1), [7, 5, 7, 5]);
        assert_eq!(region(7, 5, 8, 0), [7, 5, 8, 1]);
    }
}
