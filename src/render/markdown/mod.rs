//! The report as GitHub-flavoured Markdown: a pull-request comment or a step summary. The verdict first, then counts,
//! then what holds the release up, then what was measured; the rest is folded. It never grows over its limit: each part has its share, ends
//! between two rows, and says how much is missing.

mod details;
mod escape;

use std::collections::BTreeMap;
use std::io;

use super::{Options, SUMMARY_LIMIT, advisories, visible, words};
use crate::report::{CheckReport, Counts, Finding, Report, Severity, Status, SuppressionKind};
use escape::{code, short, text};

/// Smallest limit in bytes that leaves room for every part.
const LEAST: usize = 20_000;
/// Most paths named for one thing left out.
const PATHS: usize = 10;
/// Longest text of one cell, in characters before escaping.
const CELL: usize = 300;
/// Longest command to reproduce the report, in characters.
const COMMAND: usize = 1_500;
/// Most variables of the environment that are named.
const NAMES: usize = 20;
/// The first line, by which a later run finds the comment to replace.
const MARKER: &str = "<!-- readiness -->\n";

/// Writes the report.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    if super::details::is_procedure(report) {
        return procedure(report, options, out);
    }
    let limit = options.markdown_limit.max(LEAST);
    let head = head(report, limit / 4);
    let tail = tail(report, limit / 8);
    let details = details::details(report, limit / 3);
    let used = head.len() + details.len() + tail.len();
    let findings = findings(report, limit.saturating_sub(used), options.explain);
    for part in [head, findings, details, tail] {
        out.write_all(part.as_bytes())?;
    }
    Ok(())
}

/// Writes what people carry out, from paper if they must: the procedure first, and as long as it has to be.
fn procedure(report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let limit = options.markdown_limit.max(SUMMARY_LIMIT);
    let details = details::details(report, limit / 2);
    let head = head(report, limit / 8);
    let findings = findings(report, limit / 8, options.explain);
    out.write_all(MARKER.as_bytes())?;
    // Its headings are those of a document; no text of others begins a line with `###`.
    let details = details.trim_start().replacen("### ", "# ", 1).replace("\n### ", "\n## ");
    out.write_all(details.as_bytes())?;
    out.write_all(b"\n---\n\n")?;
    for part in [head.strip_prefix(MARKER).unwrap_or(&head), &findings, &tail(report, limit / 8)] {
        out.write_all(part.as_bytes())?;
    }
    Ok(())
}

/// Verdict, counts, checks.
fn head(report: &Report, share: usize) -> String {
    let verdict = &report.verdict;
    let open = words::counts(&report.summary.open);
    let mut facts = vec![if open.is_empty() { "nothing open".to_owned() } else { open }];
    for (count, what) in
        [(report.summary.not_evaluated, "not evaluated"), (report.summary.errored, "errored")]
    {
        if count > 0 {
            facts.push(format!("{} {what}", words::count(u64::from(count), "checks")));
        }
    }
    let mut out = format!(
        "{MARKER}## {}: {} (exit {})\n\n",
        verdict.decision.words(),
        facts.join(" · "),
        verdict.exit_code
    );
    let row = |name: &str, counts: &Counts| {
        let cells =
            Severity::WORST_FIRST.map(|severity| format!(" {} |", words::number(counts.of(severity))));
        format!("| {name} |{}\n", cells.concat())
    };
    out.push_str("| | critical | high | medium | low | info |\n|:--|--:|--:|--:|--:|--:|\n");
    out.push_str(&row("open", &report.summary.open));
    out.push_str(&row("waived", &report.summary.waived));

    out.push_str("\n| check | examined | rules passed | result |\n|:--|:--|:--|:--|\n");
    let checks = report.checks.iter().map(|check| (1, check_row(check))).collect();
    push_rows(&mut out, checks, share, "checks");

    if let Some(since) = &report.since {
        out.push_str(&format!("\n{}\n", short(&advisories::since(since), CELL)));
    }
    let reasons = verdict.reasons.iter().map(|reason| {
        let check = reason.check.as_ref().map(|check| format!("{}: ", code(check))).unwrap_or_default();
        let hint = reason.hint.as_ref().map(|hint| format!("; {}", short(hint, CELL))).unwrap_or_default();
        (1, format!("- {check}{}{hint}\n", short(&reason.text, CELL)))
    });
    let reasons: Vec<_> = reasons.collect();
    if !reasons.is_empty() {
        out.push_str("\n**Why not ready**\n\n");
        push_rows(&mut out, reasons, share / 2, "reasons");
    }
    out
}

fn check_row(check: &CheckReport) -> String {
    let open = words::counts(&check.open);
    let mut result = match check.status.reason() {
        Some((reason, hint)) => {
            let hint = hint.map(|hint| format!("; {}", short(hint, CELL))).unwrap_or_default();
            format!("**{}**: {}{hint}", check.status.words(), short(reason, CELL))
        }
        None => check.status.words().to_owned(),
    };
    if !open.is_empty() {
        result.push_str(&format!(": {open}"));
    }
    let rules = match check.status {
        Status::Passed | Status::Failed => format!("{} of {}", check.rules_passed, check.rules_applied),
        _ => words::NOTHING.to_owned(),
    };
    format!("| {} | {} | {rules} | {result} |\n", text(&check.id), text(&words::examined(&check.coverage)))
}

/// Open findings: those that fail the audit in the open, the others folded.
fn findings(report: &Report, share: usize, explain: bool) -> String {
    let (failing, others): (Vec<&Finding>, Vec<&Finding>) =
        words::open_worst_first(report).into_iter().partition(|finding| finding.failing);
    let mut out = String::new();
    let closing = 300;
    if !failing.is_empty() {
        out.push_str("\n### Open, and in the way of the release\n\n");
        let room = share.saturating_sub(out.len() + closing * 2);
        push_rows(&mut out, fitting_rows(report, &failing, room, explain), room, "findings");
    }
    if !others.is_empty() {
        let mut counts = Counts::default();
        others.iter().for_each(|finding| counts.add(finding.severity));
        let counts = words::counts(&counts);
        out.push_str(&format!("\n<details><summary>Open, not in its way: {counts}</summary>\n\n"));
        let room = share.saturating_sub(out.len() + closing);
        push_rows(&mut out, fitting_rows(report, &others, room, explain), room, "findings");
        out.push_str("\n</details>\n");
    }
    out
}

/// The rows of findings with as many places of each rule as there is room for, so that one rule with a thousand
/// places does not push the others out.
fn fitting_rows(report: &Report, findings: &[&Finding], room: usize, explain: bool) -> Vec<(usize, String)> {
    for most in [usize::MAX, 100, 30, 10] {
        let rows = finding_rows(report, findings, most, explain);
        if rows.iter().map(|(_, row)| row.len()).sum::<usize>() <= room {
            return rows;
        }
    }
    finding_rows(report, findings, 3, explain)
}

/// Rows of findings, grouped by rule so that each remedy stands once; with each row, how many findings it stands for.
fn finding_rows(report: &Report, findings: &[&Finding], most: usize, explain: bool) -> Vec<(usize, String)> {
    let mut groups: BTreeMap<(std::cmp::Reverse<Severity>, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        groups.entry((std::cmp::Reverse(finding.severity), &finding.rule)).or_default().push(finding);
    }
    let mut rows = Vec::new();
    for ((severity, id), findings) in groups {
        let rule = report.rule(id);
        let title = rule.map_or_else(String::new, |rule| format!(" {}", short(&rule.title, CELL)));
        let mut heading = format!("- **{}** {}{title}", severity.0.word().to_uppercase(), code(id));
        if let Some(rule) = rule {
            for mapping in words::mappings(rule) {
                heading.push_str(&format!(" · {}", short(&mapping, CELL)));
            }
            heading.push_str(&format!("<br>Remedy: {}", short(&rule.remediation, 2 * CELL)));
        }
        rows.push((0, heading + "\n"));
        for finding in findings.iter().take(most) {
            let mut row = format!("  - {}", code(&visible::cut(&words::place(&finding.location), CELL)));
            if rule.is_none_or(|rule| rule.title != finding.message) {
                row.push_str(&format!(": {}", short(&finding.message, CELL)));
            }
            if let Some(evidence) = &finding.evidence {
                row.push_str(&format!(" {}", code(evidence.as_str().trim())));
            }
            if let Some(known) = &finding.vulnerability {
                row.push_str(&format!(" ({})", short(&advisories::facts(known).join(" · "), 2 * CELL)));
                for because in known.matches.iter().filter(|_| explain) {
                    row.push_str(&format!("<br>{}", short(&advisories::why(because), 2 * CELL)));
                }
            }
            for remark in words::remarks(report, finding) {
                row.push_str(&format!(" ({})", short(&remark, CELL)));
            }
            rows.push((1, row + "\n"));
        }
        let rest = findings.len().saturating_sub(most);
        if rest > 0 {
            let count = words::number(u64::try_from(rest).unwrap_or(u64::MAX));
            rows.push((
                rest,
                format!("  - **and {count} more, cut for length; the JSON report has them all**\n"),
            ));
        }
    }
    rows
}

/// What was left out, what is waived, and how to see the same again.
fn tail(report: &Report, share: usize) -> String {
    let mut out = String::new();
    let left: Vec<_> = words::left_out(report)
        .into_iter()
        .map(|(owners, left)| {
            let owners = owners.iter().map(|id| format!("{}, ", code(id))).collect::<String>();
            let what = format!("{owners}{}", short(&words::left_out_reason(left), CELL));
            let shown = left.paths.iter().take(PATHS);
            let mut paths: Vec<_> = shown.map(|path| code(&visible::cut(path, CELL))).collect();
            paths.extend((left.paths.len() > PATHS).then(|| "…".to_owned()));
            (1, format!("- {} {what} ({})\n", words::number(left.count), paths.join(", ")))
        })
        .collect();
    if !left.is_empty() {
        out.push_str("\n<details><summary>Left out</summary>\n\n");
        push_rows(&mut out, left, share, "reasons");
        out.push_str("\n</details>\n");
    }

    let waivers = report.waivers.iter().map(|waiver| {
        (1, format!("- **{}**: {}\n", waiver.state.words(), short(&words::waiver(waiver), 2 * CELL)))
    });
    let covered = report.findings().filter(|(_, finding)| !finding.is_open()).filter_map(|(_, finding)| {
        let suppression = finding.suppression.as_ref()?;
        let place = code(&visible::cut(&words::place(&finding.location), CELL));
        let by = match suppression.kind {
            // The waiver stands above with its reason; a mark stands nowhere else.
            SuppressionKind::Waiver => "waiver".to_owned(),
            SuppressionKind::Mark | SuppressionKind::Vex => short(&words::covered_by(suppression), CELL),
        };
        Some((1, format!("- {} {} {place} ({by})\n", finding.severity.word(), code(&finding.rule))))
    });
    let waived: Vec<_> = waivers.chain(covered).collect();
    if !waived.is_empty() {
        let count = words::count(report.summary.waived.total(), "findings");
        out.push_str(&format!("\n<details><summary>Waivers and marks: {count} covered</summary>\n\n"));
        push_rows(&mut out, waived, share, "entries");
        out.push_str("\n</details>\n");
    }

    let subject = &report.subject;
    let mut data = vec![
        ("subject", code(&visible::cut(&subject.name, CELL))),
        ("policy", short(&words::policy(report), CELL)),
        ("examined", text(&words::examined(&report.coverage))),
        ("rules", code(&visible::cut(&report.tool.rules_digest, 64))),
        (
            "made by",
            short(&format!("{} {}, {}", report.tool.name, report.tool.version, report.created), CELL),
        ),
    ];
    data.extend(
        report.advisories.as_ref().map(|known| ("advisories", short(&advisories::data(known), CELL))),
    );
    for scanner in report.advisories.iter().flat_map(|known| &known.scanners) {
        data.push(("scanner", short(&advisories::scanner(scanner), CELL)));
    }
    for (name, value) in [("commit", &subject.commit), ("tree", &subject.tree_digest)] {
        if let Some(value) = value {
            data.push((name, code(&visible::cut(value, 64))));
        }
    }
    let unset = |variable: &&String| !variable.contains('=');
    let names = report.tool.invocation.iter().flat_map(|known| &known.environment).filter(unset);
    let names: Vec<String> = names.take(NAMES).map(|name| code(&visible::cut(name, 64))).collect();
    if !names.is_empty() {
        data.push(("environment, values not shown", names.join(", ")));
    }
    out.push_str("\n<details><summary>Data, and how to reproduce this</summary>\n\n");
    for (name, value) in data {
        out.push_str(&format!("- {name}: {value}\n"));
    }
    out.push_str(&format!("\n```\n{}\n```\n\n</details>\n", command(report)));
    out
}

/// The command that gives the same verdict over the same tree, as a shell takes it.
fn command(report: &Report) -> String {
    let Some(invocation) = &report.tool.invocation else {
        // The library was asked, not the program: what the verdict itself tells.
        let deep = if report.subject.deep { " --deep" } else { "" };
        let policy = &report.verdict.policy;
        let strict = if policy.strict { " --strict" } else { "" };
        return format!("readiness audit{deep} --fail-on {}{strict}", policy.fail_on.word());
    };
    let values = invocation.environment.iter().filter_map(|variable| variable.split_once('='));
    let mut words: Vec<String> = values.map(|(name, value)| format!("{name}={}", quoted(value))).collect();
    words.push("readiness".to_owned());
    words.extend(invocation.arguments.iter().map(|word| quoted(word)));
    let line = visible::line(&words.join(" ")).into_owned();
    if line.chars().count() <= COMMAND {
        return line;
    }
    format!("{}\n# cut for length; the JSON report has all of it", visible::cut(&line, COMMAND))
}

/// A word as a POSIX shell takes it: bare when nothing in it is special, else in single quotes.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Adds rows until `share` bytes are used, then says how many things are missing.
fn push_rows(out: &mut String, rows: Vec<(usize, String)>, share: usize, things: &str) {
    let (mut used, mut missing) = (0, 0);
    for (count, row) in rows {
        used += row.len();
        if missing == 0 && used <= share {
            out.push_str(&row);
        } else {
            // One row too long ends the list: a later, shorter one would hide that something is missing in between.
            missing += count;
            used = share;
        }
    }
    if missing > 0 {
        let missing = words::count(u64::try_from(missing).unwrap_or(u64::MAX), things);
        out.push_str(&format!("\n**… and {missing} more, cut for length; the JSON report has them all.**\n"));
    }
}
