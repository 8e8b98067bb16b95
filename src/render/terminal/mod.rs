//! The report on a terminal: findings by file, the worst last so that they stand nearest to the verdict; then the numbers
//! of commands that measure; then what was looked at and what was not; then the verdict. Long lists are folded, and every fold says what it hides.

mod checks;
mod details;
mod findings;
mod fold;
mod layout;
mod paint;
mod table;

use std::io;

use super::{Options, advisories, visible, words};
use crate::report::{Decision, ReasonKind, Report, Severity, WaiverState};
use paint::Paint;

/// Most waivers and reasons listed unless everything is asked for.
const ROWS: usize = 12;
/// Most metrics of a capture listed unless everything is asked for: they are what was asked for.
const METRICS: usize = 40;

/// Writes the report for people.
pub(super) fn write(report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let options = &Options { width: options.width.clamp(40, 240), ..*options };
    let paint = Paint::new(options.colour);
    findings::write(report, options, paint, out)?;
    write_rest(report, options, out)
}

/// Everything after the findings: numbers, checks, things left out, waivers and, last, the verdict.
pub(super) fn write_rest(report: &Report, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
    let options = &Options { width: options.width.clamp(40, 240), ..*options };
    let paint = Paint::new(options.colour);
    details::write(report, options, paint, out)?;
    checks::write(report, options, paint, out)?;
    write_waivers(report, options, paint, out)?;
    write_reasons(report, options, paint, out)?;
    verdict(report, options, paint, out)
}

/// The lowest severity that is listed: what was asked for, but never hiding what fails the audit.
fn lowest_shown(report: &Report, options: &Options) -> Severity {
    options.show.min(report.verdict.policy.fail_on)
}

fn write_waivers(
    report: &Report,
    options: &Options,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let waived = words::counts(&report.summary.waived);
    if waived.is_empty() && report.waivers.is_empty() {
        return Ok(());
    }
    let waived = if waived.is_empty() { "no finding".to_owned() } else { waived };
    writeln!(out, "  {}", paint.strong(&format!("Waived  {waived}")))?;
    let all = options.all;
    let listed: Vec<_> =
        report.waivers.iter().filter(|waiver| all || waiver.state != WaiverState::Active).collect();
    let most = if all { usize::MAX } else { ROWS };
    for waiver in listed.iter().take(most) {
        let text = format!("{}: {}", waiver.state.words(), words::waiver(waiver));
        hang(&text, 4, 6, options.width, out)?;
    }
    more(listed.len().saturating_sub(most), "waivers", out)?;
    writeln!(out)
}

/// Reasons that no row of the table above gives.
fn write_reasons(
    report: &Report,
    options: &Options,
    paint: Paint,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let told =
        |check: &str| report.checks.iter().any(|each| each.id == check && each.status.reason().is_some());
    let reasons = &report.verdict.reasons;
    // The table names everything that was left out, and not what of it is refused.
    let refused: Vec<_> = reasons.iter().filter(|reason| reason.kind == ReasonKind::LeftOut).collect();
    let others = reasons
        .iter()
        .filter(|reason| !matches!(reason.kind, ReasonKind::Findings | ReasonKind::LeftOut))
        .filter(|reason| !reason.check.as_deref().is_some_and(told))
        .collect();
    let most = if options.all { usize::MAX } else { ROWS };
    for (heading, reasons) in [("Besides findings", others), ("Refused by strict", refused)] {
        if reasons.is_empty() {
            continue;
        }
        writeln!(out, "  {}", paint.strong(heading))?;
        for reason in reasons.iter().take(most) {
            let hint = reason.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
            hang(&format!("{}{hint}", reason.text), 4, 6, options.width, out)?;
        }
        more(reasons.len().saturating_sub(most), "reasons", out)?;
        writeln!(out)?;
    }
    Ok(())
}

/// The last line: decision, numbers, exit code.
fn verdict(report: &Report, options: &Options, paint: Paint, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(data) = &report.advisories {
        for line in visible::wrap(&format!("advisories: {}", advisories::data(data)), options.width) {
            writeln!(out, "  {}", paint.faint(&line))?;
        }
        for scanner in &data.scanners {
            hang(&advisories::scanner(scanner), 2, 4, options.width, out)?;
        }
    }
    if let Some(since) = &report.since {
        hang(&advisories::since(since), 2, 4, options.width, out)?;
        let most = if options.all { usize::MAX } else { ROWS };
        for fixed in since.fixed.iter().take(most) {
            let text = format!("fixed: {} in {} {} ({})", fixed.id, fixed.package, fixed.version, fixed.path);
            hang(&visible::line(&text), 4, 6, options.width, out)?;
        }
        more(since.fixed.len().saturating_sub(most), "fixed vulnerabilities", out)?;
    }
    writeln!(
        out,
        "  {}",
        paint.faint(&visible::cut(&format!("policy: {}", words::policy(report)), options.width))
    )?;
    let decision = report.verdict.decision;
    let exit = format!("exit {}", report.verdict.exit_code);
    // The decision, the counts and the code are one line, and the last; what does not fit goes above it.
    let mut facts = facts(report, options);
    let mut above = Vec::new();
    let used = |facts: &[String]| {
        let facts = facts.join(" · ").chars().count();
        decision.words().chars().count() + facts + exit.chars().count() + 7
    };
    while used(&facts) > options.width && facts.len() > 1 {
        above.extend(facts.pop());
    }
    if !above.is_empty() {
        above.reverse();
        hang(&above.join(" · "), 2, 2, options.width, out)?;
    }
    let gap = " ".repeat((options.width + 2).saturating_sub(used(&facts)).max(2));
    let facts = facts.join(" · ");
    writeln!(out, "  {}   {facts}{gap}{exit}", paint.decision(decision, decision.words()))
}

/// The numbers beside the decision, those of findings first.
fn facts(report: &Report, options: &Options) -> Vec<String> {
    let (summary, lowest) = (&report.summary, lowest_shown(report, options));
    let shown = words::listed(&summary.open, |severity| severity >= lowest);
    let hidden = words::listed(&summary.open, |severity| severity < lowest);
    let mildest = Severity::WORST_FIRST.into_iter().rfind(|severity| summary.open.of(*severity) > 0);
    let mut findings: Vec<String> = Vec::new();
    if !shown.is_empty() {
        findings.push(shown);
    }
    if let (false, Some(mildest)) = (hidden.is_empty(), mildest) {
        let flag = if options.show_flag { format!("--show {}", mildest.word()) } else { "--all".to_owned() };
        findings.push(format!("{hidden} (hidden, {flag})"));
    }
    let mut facts = vec![if findings.is_empty() { "nothing open".to_owned() } else { findings.join(", ") }];
    for (value, what) in [(summary.not_evaluated, "not evaluated"), (summary.errored, "errored")] {
        if value > 0 {
            facts.push(format!("{} {what}", words::count(u64::from(value), "checks")));
        }
    }
    if report.verdict.decision == Decision::Ready && summary.passed > 0 {
        facts.push(format!("{} passed", words::count(u64::from(summary.passed), "checks")));
    }
    if let Some(time) = options.elapsed {
        facts.push(words::elapsed(time));
    }
    facts
}

/// Writes a text with its first line at one indent and the others at another.
fn hang(text: &str, first: usize, rest: usize, width: usize, out: &mut dyn io::Write) -> io::Result<()> {
    for (number, line) in visible::wrap(text, width.saturating_sub(rest)).iter().enumerate() {
        writeln!(out, "{:indent$}{line}", "", indent = if number == 0 { first } else { rest })?;
    }
    Ok(())
}

fn more(count: usize, things: &str, out: &mut dyn io::Write) -> io::Result<()> {
    match u64::try_from(count) {
        Ok(count) if count > 0 => {
            writeln!(out, "    … and {} more {things}, `--all` shows them", words::number(count))
        }
        _ => Ok(()),
    }
}
