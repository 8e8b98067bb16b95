//! JUnit XML, in the dialect that GitLab, Jenkins and GitHub reporters share.
//!
//! A report names the rules that findings cite, not those that found nothing, so a suite cannot have a case for each
//! rule. It has: one suite for the verdict (so that a release held back by anything at all shows as not passed), and
//! one suite a check with a case for the check itself (was it carried out?) and one for each rule cited (for each endpoint or
//! command apart, where the findings of a rule are about such).
//! A rule's case fails when an open finding of it is at or above the threshold; milder ones are written into its
//! output; it is skipped when waivers and marks cover all of them. A check that was not evaluated is an error, unless
//! the policy calls it optional; one that does not apply is skipped. The text stands in the body, because GitLab does
//! not show the `message` attribute.

use std::collections::BTreeMap;
use std::io;

use super::{advisories, visible, words};
use crate::report::{CheckReport, Decision, Finding, Report, Status};

/// Most findings written out in one case.
const FINDINGS: usize = 200;

/// One test case.
struct Case {
    class: String,
    name: String,
    file: Option<String>,
    end: End,
    output: String,
}

/// How a case ended, with its text.
enum End {
    Passed,
    Skipped(String),
    Failed(String, String),
    Error(String),
}

/// Writes the report.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut suites = vec![("readiness".to_owned(), vec![verdict_case(report)])];
    suites.extend(report.checks.iter().map(|check| (check.id.clone(), check_cases(report, check))));
    let all = totals(suites.iter().flat_map(|(_, cases)| cases));
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"readiness\" {all}>")?;
    for (name, cases) in &suites {
        // The suite's time stamp has no zone in this dialect; it is UTC.
        let stamp = report.created.get(..19).unwrap_or_default();
        let stamp = if stamp.is_empty() { String::new() } else { format!(" timestamp=\"{}\"", xml(stamp)) };
        writeln!(out, "  <testsuite name=\"{}\" {}{stamp}>", xml(name), totals(cases.iter()))?;
        for case in cases {
            write_case(case, out)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn verdict_case(report: &Report) -> Case {
    let verdict = &report.verdict;
    let mut body: Vec<String> = vec![format!("{}, exit {}", verdict.decision.words(), verdict.exit_code)];
    body.extend(verdict.reasons.iter().map(|reason| {
        let check = reason.check.as_ref().map(|check| format!("{check}: ")).unwrap_or_default();
        let hint = reason.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        visible::line(&format!("{check}{}{hint}", reason.text)).into_owned()
    }));
    let body = body.join("\n");
    let mut output = vec![
        format!("subject: {}", visible::line(&report.subject.name)),
        format!("policy: {}", words::policy(report)),
        format!("open: {}", words::counts(&report.summary.open)),
        format!("waived: {}", words::counts(&report.summary.waived)),
        format!("examined: {}", words::examined(&report.coverage)),
        format!("rules: {}", visible::line(&report.tool.rules_digest)),
    ];
    output.extend(report.advisories.iter().map(|data| format!("advisories: {}", advisories::data(data))));
    output.extend(report.since.iter().map(advisories::since));
    for (name, value) in [("commit", &report.subject.commit), ("tree", &report.subject.tree_digest)] {
        output.extend(value.iter().map(|value| format!("{name}: {}", visible::line(value))));
    }
    output.extend(left_out(&report.coverage.left_out));
    output.extend(
        report
            .waivers
            .iter()
            .map(|waiver| format!("waiver {}: {}", waiver.state.words(), words::waiver(waiver))),
    );
    let end = match verdict.decision {
        Decision::Ready => End::Passed,
        Decision::NotReady => End::Failed("verdict".to_owned(), body),
        Decision::Incomplete => End::Error(body),
    };
    let class = "readiness.verdict".to_owned();
    Case { class, name: "May this ship?".to_owned(), file: None, end, output: output.join("\n") }
}

fn check_cases(report: &Report, check: &CheckReport) -> Vec<Case> {
    let class = format!("readiness.{}", check.id);
    let optional = report.verdict.policy.optional.contains(&check.id);
    let words = match check.status.reason() {
        Some((reason, hint)) => {
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            visible::line(&format!("{}: {reason}{hint}", check.status.words())).into_owned()
        }
        None => String::new(),
    };
    let end = match check.status {
        Status::Passed | Status::Failed => End::Passed,
        Status::NotApplicable { .. } => End::Skipped(words),
        Status::NotEvaluated { .. } if optional => End::Skipped(words),
        Status::NotEvaluated { .. } | Status::Errored { .. } => End::Error(words),
    };
    let mut output = vec![
        visible::line(&check.title).into_owned(),
        format!("examined: {}", words::examined(&check.coverage)),
        format!("rules passed: {} of {}", check.rules_passed, check.rules_applied),
    ];
    output.extend(left_out(&check.coverage.left_out));
    let name = "carried out".to_owned();
    let mut cases = vec![Case { class: class.clone(), name, file: None, end, output: output.join("\n") }];

    // An endpoint or a command is what a test is elsewhere, so each has a case of its own.
    let mut rules: BTreeMap<(&str, Option<&str>), Vec<&Finding>> = BTreeMap::new();
    for finding in &check.findings {
        rules.entry((&finding.rule, finding.location.part())).or_default().push(finding);
    }
    cases.extend(
        rules.into_iter().map(|((id, part), findings)| rule_case(report, class.clone(), id, part, &findings)),
    );
    cases
}

fn rule_case(report: &Report, class: String, id: &str, part: Option<&str>, findings: &[&Finding]) -> Case {
    let rule = report.rule(id);
    let failing = findings.iter().any(|finding| finding.failing);
    let open = findings.iter().any(|finding| finding.is_open());
    let mut body = list(report, findings);
    if let Some(rule) = rule {
        body.push_str(&format!("\nRemedy: {}", visible::line(&rule.remediation)));
        let mappings = words::mappings(rule);
        if !mappings.is_empty() {
            body.push_str(&format!("\n{}", mappings.join(" · ")));
        }
    }
    let (end, output) = match (failing, open) {
        (true, _) => (End::Failed(id.to_owned(), body), String::new()),
        (false, true) => (End::Passed, body),
        (false, false) => (End::Skipped(body), String::new()),
    };
    let title = rule.map(|rule| format!(" {}", rule.title)).unwrap_or_default();
    let (covered, uncovered): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().copied().partition(|finding| !finding.is_open());
    let file =
        uncovered.iter().chain(&covered).find_map(|finding| finding.location.path()).map(str::to_owned);
    let part = part.map(|part| format!(": {part}")).unwrap_or_default();
    Case { class, name: format!("{id}{title}{part}"), file, end, output }
}

/// The findings of a rule, one a line, open ones first.
fn list(report: &Report, findings: &[&Finding]) -> String {
    let mut sorted = findings.to_vec();
    sorted.sort_by_key(|finding| (!finding.is_open(), std::cmp::Reverse(finding.severity)));
    let mut lines: Vec<String> = sorted
        .iter()
        .take(FINDINGS)
        .map(|finding| {
            let place = words::place(&finding.location);
            let mut text =
                format!("{} {place}: {}", finding.severity.word(), visible::line(&finding.message));
            if let Some(evidence) = &finding.evidence {
                text.push_str(&format!(" │ {}", visible::line(evidence.as_str().trim())));
            }
            if let Some(known) = &finding.vulnerability {
                text.push_str(&format!(" ({})", advisories::facts(known).join(" · ")));
            }
            for remark in words::remarks(report, finding) {
                text.push_str(&format!(" ({remark})"));
            }
            text
        })
        .collect();
    let rest = findings.len().saturating_sub(FINDINGS);
    if rest > 0 {
        lines.push(format!("and {} more", words::number(u64::try_from(rest).unwrap_or(u64::MAX))));
    }
    lines.join("\n")
}

fn left_out(left: &[crate::report::LeftOut]) -> Vec<String> {
    left.iter()
        .map(|left| {
            format!(
                "left out: {} {} ({})",
                words::number(left.count),
                words::left_out_reason(left),
                words::examples(left, usize::MAX)
            )
        })
        .collect()
}

/// The counts that a suite carries: they must be those of its cases.
fn totals<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        tests += 1;
        match case.end {
            End::Passed => {}
            End::Skipped(_) => skipped += 1,
            End::Failed(..) => failures += 1,
            End::Error(_) => errors += 1,
        }
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"0\"")
}

fn write_case(case: &Case, out: &mut dyn io::Write) -> io::Result<()> {
    let file = case.file.as_ref().map(|file| format!(" file=\"{}\"", xml(file))).unwrap_or_default();
    write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\"{file} time=\"0\"",
        xml(&case.class),
        xml(&case.name)
    )?;
    if matches!(case.end, End::Passed) && case.output.is_empty() {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    let (tag, kind, body) = match &case.end {
        End::Passed => ("", String::new(), ""),
        End::Skipped(body) => ("skipped", String::new(), body.as_str()),
        End::Failed(kind, body) => ("failure", format!(" type=\"{}\"", xml(kind)), body.as_str()),
        End::Error(body) => ("error", " type=\"incomplete\"".to_owned(), body.as_str()),
    };
    if !tag.is_empty() {
        // The first line again as `message`: Jenkins shows that one.
        let first = xml(body.lines().next().unwrap_or_default());
        writeln!(out, "      <{tag} message=\"{first}\"{kind}>{}</{tag}>", text(body))?;
    }
    if !case.output.is_empty() {
        writeln!(out, "      <system-out>{}</system-out>", text(&case.output))?;
    }
    writeln!(out, "    </testcase>")
}

/// A text of several lines, each safe on its own. GitLab would take `[[ATTACHMENT|path]]` for a file to attach.
fn text(body: &str) -> String {
    body.lines().map(|line| xml(line).replace("[[", "[ [")).collect::<Vec<_>>().join("\n")
}

/// One line of text for XML 1.0. What XML forbids is among the hidden characters, which are shown as escapes.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible::line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
    out
}
