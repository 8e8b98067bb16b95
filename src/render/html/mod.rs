//! The report as one HTML page that needs nothing else: style and pictures are in it, there is no script, and nothing is
//! fetched. It can be kept as an artifact of a build, opened years later, and printed.

mod charts;
mod details;
mod escape;
mod findings;
mod forest;
mod history;
mod plot;

use std::io;

use super::{visible, words};
use crate::report::{CheckReport, Decision, Report, Status, WaiverUse};
use escape::{marked, short, text};

/// The style of the page.
const STYLE: &str = include_str!("style.css");
/// Longest text of one piece, in characters.
const PIECE: usize = 2_000;

/// Writes the page.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let verdict = &report.verdict;
    let subject = short(&report.subject.name, 200);
    // The policy of the page itself: whatever got in, nothing would run and nothing be fetched.
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}: {subject}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>",
        verdict.decision.words()
    )?;
    out.write_all(head(report, &subject).as_bytes())?;
    writeln!(out, "<main>")?;
    let (mut first, mut second) = (findings::findings(report), details::details(report));
    if super::details::is_procedure(report) {
        std::mem::swap(&mut first, &mut second);
    }
    for part in [first, second, checks(report), left_out(report), waivers(&report.waivers)] {
        out.write_all(part.as_bytes())?;
    }
    writeln!(out, "</main>")?;
    out.write_all(foot(report).as_bytes())?;
    writeln!(out, "</body>\n</html>")
}

fn head(report: &Report, subject: &str) -> String {
    let verdict = &report.verdict;
    let class = match verdict.decision {
        Decision::Ready => "ready",
        Decision::NotReady => "not_ready",
        Decision::Incomplete => "incomplete",
    };
    let open = words::counts(&report.summary.open);
    let mut facts = vec![if open.is_empty() { "nothing open".to_owned() } else { open }];
    let waived = words::counts(&report.summary.waived);
    facts.extend((!waived.is_empty()).then(|| format!("waived: {waived}")));
    for (count, what) in [
        (report.summary.passed, "passed"),
        (report.summary.not_evaluated, "not evaluated"),
        (report.summary.errored, "errored"),
    ] {
        if count > 0 {
            facts.push(format!("{} {what}", words::count(u64::from(count), "checks")));
        }
    }
    facts.push(format!("exit {}", verdict.exit_code));
    let mut out = format!(
        "<header class=\"verdict {class}\">\n<h1>{}</h1>\n<p><strong>{subject}</strong></p>\n<p>{}</p>\n",
        verdict.decision.words(),
        text(&facts.join(" · "))
    );
    if !verdict.reasons.is_empty() {
        out.push_str("<ul>\n");
        for reason in verdict.reasons.iter().take(100) {
            let check = reason.check.as_ref().map(|check| format!("{check}: ")).unwrap_or_default();
            let hint = reason.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
            out.push_str(&format!(
                "<li>{}</li>\n",
                marked(&visible::cut(&format!("{check}{}{hint}", reason.text), PIECE))
            ));
        }
        out.push_str("</ul>\n");
    }
    if let Some(since) = &report.since {
        out.push_str(&format!("<p>{}</p>\n", short(&super::advisories::since(since), PIECE)));
    }
    out + "</header>\n"
}

fn checks(report: &Report) -> String {
    let row = |check: &CheckReport| {
        let open = words::counts(&check.open);
        let class = match check.status {
            Status::Failed => "bad",
            Status::NotEvaluated { .. } | Status::Errored { .. } => "caution",
            Status::Passed | Status::NotApplicable { .. } => "",
        };
        let mut result = format!("<span class=\"{class}\">{}</span>", check.status.words());
        if !open.is_empty() {
            result.push_str(&format!(": {open}"));
        }
        if let Some((reason, hint)) = check.status.reason() {
            let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            result.push_str(&format!(": {}", marked(&visible::cut(&format!("{reason}{hint}"), PIECE))));
        }
        let rules = if check.status.is_evaluated() {
            format!("{} of {}", check.rules_passed, check.rules_applied)
        } else {
            words::NOTHING.to_owned()
        };
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{rules}</td><td>{result}</td></tr>\n",
            short(&check.id, 100),
            text(&words::examined(&check.coverage))
        )
    };
    format!(
        "<section>\n<h2>Checks</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">check</th>\
         <th scope=\"col\">examined</th><th scope=\"col\" class=\"n\">rules passed</th><th scope=\"col\">result</th></tr></thead>\n\
         <tbody>\n{}</tbody></table></div>\n</section>\n",
        report.checks.iter().map(row).collect::<String>()
    )
}

fn left_out(report: &Report) -> String {
    let rows: String = words::left_out(report)
        .into_iter()
        .take(500)
        .map(|(owners, left)| {
            let owners = if owners.is_empty() { String::new() } else { format!(" [{}]", owners.join(", ")) };
            let paths = words::examples(left, 20);
            format!(
                "<tr><td class=\"n\">{}</td><td>{}</td><td><code>{}</code></td></tr>\n",
                words::number(left.count),
                short(&format!("{}{owners}", words::left_out_reason(left)), PIECE),
                short(&paths, PIECE)
            )
        })
        .collect();
    if rows.is_empty() {
        return rows;
    }
    format!(
        "<section>\n<h2>Left out</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\" class=\"n\">how many</th>\
         <th scope=\"col\">why</th><th scope=\"col\">what</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n</section>\n"
    )
}

fn waivers(waivers: &[WaiverUse]) -> String {
    if waivers.is_empty() {
        return String::new();
    }
    let rows = waivers.iter().take(1_000).map(|waiver| {
        let said = format!("{}: {}", waiver.state.words(), words::waiver(waiver));
        format!("<li>{}</li>\n", short(&said, PIECE))
    });
    format!("<details>\n<summary>Waivers</summary>\n<ul>\n{}</ul>\n</details>\n", rows.collect::<String>())
}

/// What the report was made by and from.
fn foot(report: &Report) -> String {
    let mut facts = vec![
        ("made by", format!("{} {}, {}", report.tool.name, report.tool.version, report.created)),
        ("policy", words::policy(report)),
        ("rules", report.tool.rules_digest.clone()),
        ("examined", words::examined(&report.coverage)),
    ];
    facts.extend(report.subject.commit.iter().map(|commit| ("commit", commit.clone())));
    facts.extend(report.subject.tree_digest.iter().map(|digest| ("tree", digest.clone())));
    facts.extend(report.advisories.iter().map(|data| ("advisories", super::advisories::data(data))));
    facts.extend(report.tool.invocation.iter().map(|known| ("arguments", known.arguments.join(" "))));
    let rows: String = facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty() && value != words::NOTHING)
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", short(&value, PIECE)))
        .collect();
    format!("<footer>\n<dl>\n{rows}</dl>\n</footer>\n")
}
