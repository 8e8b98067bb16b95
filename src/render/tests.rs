//! What holds for all formats, over the reports made by hand.

use std::time::Duration;

use super::visible::is_hidden;
use super::{Format, Options, sample, write};
use crate::report::{Decision, Details, Reason, ReasonKind, Report, RollbackStep, Severity, Status};

fn options() -> Options {
    Options { elapsed: Some(Duration::from_millis(412)), ..Options::default() }
}

fn text(format: Format, report: &Report, options: &Options) -> String {
    let mut out = vec![];
    write(format, report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// All formats, and the variants of those that have some.
fn everything() -> Vec<(Format, Options, String)> {
    let mut out = vec![];
    let mut reports = vec![sample::rich(), sample::empty(), sample::vast(400), sample::perf::hostile()];
    reports.extend(sample::perf::all().map(|(_, report)| report));
    reports.extend(sample::release::all().map(|(_, report)| report));
    reports.push(sample::release::hostile());
    reports.extend(sample::rollback::all().map(|(_, report)| report));
    reports.extend(sample::rollback::hostile());
    reports.extend(sample::baseline::all().map(|(_, report)| report));
    reports.extend(sample::baseline::hostile());
    reports.extend(sample::baseline::nothing());
    for report in reports {
        for format in Format::ALL {
            for options in [
                options(),
                Options { all: true, show: Severity::Info, width: 60, ..options() },
                Options { width: 1, markdown_limit: 0, sarif_omit_suppressed: true, ..options() },
            ] {
                out.push((format, options, text(format, &report, &options)));
            }
        }
    }
    out
}

#[test]
fn no_output_can_drive_a_terminal_or_a_runner() {
    for (format, _, text) in everything() {
        for (number, line) in text.split('\n').enumerate() {
            let at = format!("{} line {}: {line:?}", format.name(), number + 1);
            assert!(!line.contains(is_hidden), "{at}");
            assert!(!line.contains("##[") && !line.contains("##vso["), "{at}");
            let command = line.trim_start().starts_with("::");
            if format == Format::Github && command {
                assert!(
                    ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start)),
                    "{at}"
                );
            } else {
                assert!(!command, "{at}");
            }
        }
        assert!(text.ends_with('\n'), "{}", format.name());
    }
}

#[test]
fn colour_changes_nothing_but_colour_and_green_means_ready() {
    let reports = [sample::rich(), sample::empty()].into_iter();
    let measured = sample::perf::all().into_iter().chain(sample::release::all());
    let measured = measured.chain(sample::rollback::all()).chain(sample::baseline::all());
    for report in reports.chain(measured.map(|(_, report)| report)) {
        let plain = text(Format::Terminal, &report, &options());
        let colourful = text(Format::Terminal, &report, &Options { colour: true, ..options() });
        let mut stripped = String::new();
        for (number, piece) in colourful.split("\x1b[").enumerate() {
            stripped.push_str(if number == 0 { piece } else { piece.split_once('m').unwrap().1 });
        }
        let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        assert_eq!(trimmed(&stripped), trimmed(&plain));
        assert_eq!(colourful.contains("\x1b[32m"), report.verdict.decision == Decision::Ready);
    }
}

#[test]
fn the_terminal_shows_what_fails_and_names_what_it_hides() {
    let report = sample::rich();
    let out = text(Format::Terminal, &report, &options());
    assert!(out.trim_end().lines().last().unwrap().starts_with("  NOT READY   2 critical, "));
    assert!(out.trim_end().ends_with("exit 2"));
    assert!(out.contains("10 medium, 2 low, 1 info (hidden, --show info)"));
    assert!(!out.contains("COD-009"));
    // Six of the thirty-one findings of the rule are listed.
    assert!(out.contains("and 25 more in charts/, `--all` shows them"), "{out}");
    // What fails the audit is listed even when less was asked for.
    let mut strict = report;
    strict.verdict.policy.fail_on = Severity::Low;
    let out = text(Format::Terminal, &strict, &Options { show: Severity::Critical, ..options() });
    assert!(out.contains("COD-009") && out.contains("CFG-404"));
    // With everything unfolded, every open finding stands there.
    let out = text(Format::Terminal, &strict, &Options { all: true, show: Severity::Info, ..options() });
    for (_, finding) in strict.findings().filter(|(_, finding)| finding.is_open()) {
        let path = finding.location.path().unwrap_or("as a whole");
        assert!(out.contains(&*super::visible::line(path)), "{finding:?}");
    }
    assert!(!out.contains("--all") && !out.contains("hidden"));
}

#[test]
fn the_terminal_says_what_strict_refused() {
    let mut report = sample::empty();
    report.checks[0].status = Status::not_applicable("no file to search", "");
    report.verdict.reasons = vec![Reason {
        kind: ReasonKind::LeftOut,
        check: Some("secrets".into()),
        text: "Secrets: 2 left out, larger than 16 MiB".into(),
        hint: None,
    }];
    let out = text(Format::Terminal, &report, &options());
    let refused = out.split("Refused by strict").nth(1).expect(&out);
    assert!(refused.trim_start().starts_with("Secrets: 2 left out, larger than 16 MiB"), "{out}");
    assert!(!out.contains("Besides findings"), "{out}");
    // What a row of the table says already is not said again.
    report.verdict.reasons[0].kind = ReasonKind::NotEvaluated;
    let out = text(Format::Terminal, &report, &options());
    assert!(!out.contains("Secrets: 2 left out"), "{out}");
}

#[test]
fn the_terminal_is_no_wall() {
    for findings in [1_000, 20_000] {
        assert!(text(Format::Terminal, &sample::vast(findings), &options()).lines().count() < 300);
    }
    let all = text(
        Format::Terminal,
        &sample::vast(1_000),
        &Options { all: true, show: Severity::Info, ..options() },
    );
    assert!(all.lines().count() > 1_000);
}

#[test]
fn json_reads_back_as_the_same_report() {
    let reports = [sample::rich(), sample::empty()].into_iter();
    let measured = sample::perf::all().into_iter().chain(sample::release::all());
    let measured = measured.chain(sample::rollback::all()).chain(sample::baseline::all());
    for report in reports.chain(measured.map(|(_, report)| report)) {
        let out = text(Format::Json, &report, &options());
        let read: Report = serde_json::from_str(&out).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::to_value(&report).unwrap());
    }
}

#[test]
fn names_of_formats_lead_back_to_them() {
    for format in Format::ALL {
        assert_eq!(Format::from_name(format.name()), Some(format));
    }
    assert_eq!(Format::from_name("Terminal"), None);
}

#[test]
fn markdown_keeps_to_its_limit_and_says_what_is_missing() {
    for (findings, limit) in [(400, 20_000), (3_000, super::COMMENT_LIMIT), (30_000, super::SUMMARY_LIMIT)] {
        let report = sample::vast(findings);
        let out = text(Format::Markdown, &report, &Options { markdown_limit: limit, ..options() });
        assert!(out.len() <= limit, "{} of {limit}", out.len());
        let shown = out.matches("Evaluates").count();
        assert!(out.contains("more, cut for length") && shown >= 6 && shown < findings, "{shown}");
        // No rule and no severity is pushed out by another. What holds the release up comes first, and nothing that was opened stays open.
        assert!(out.find("**CRITICAL**").unwrap() < out.find("**HIGH**").unwrap());
        assert!(out.contains("**MEDIUM**") && out.contains("`CFG-007`"));
        assert_eq!(out.matches("<details>").count(), out.matches("</details>").count());
        assert_eq!(out.matches("```").count() % 2, 0);
        assert!(out.contains(
            "\nSOURCE_DATE_EPOCH=1790000000 readiness audit --deep --strict --config 'my policies/"
        ));
    }
}

#[test]
fn markdown_keeps_to_its_limit_whatever_is_long() {
    let mut report = sample::vast(500);
    let long = "<&|@`".repeat(2_000);
    report.subject.name.clone_from(&long);
    report.verdict.policy.source.clone_from(&long);
    report.verdict.policy.optional = vec![long.clone(); 50];
    report.tool.rules_digest.clone_from(&long);
    let command = report.tool.invocation.get_or_insert_default();
    command.arguments = vec![long.clone(); 50];
    command.environment = vec![long.clone(); 50];
    report.subject.commit = Some(long.clone());
    for count in 1..=6 {
        report.waivers.extend(report.waivers.clone());
        report.verdict.reasons.extend(report.verdict.reasons.clone());
        report.coverage.leave_out(crate::report::LeftOutKind::Binary, &long.repeat(count), &long);
    }
    report.waivers[0].reason.clone_from(&long);
    report.verdict.reasons[0].text.clone_from(&long);
    for rule in &mut report.rules {
        rule.title.clone_from(&long);
        rule.remediation.clone_from(&long);
    }
    let checks = report.checks.clone();
    (0..20).for_each(|_| report.checks.extend(checks.clone()));
    for limit in [0, 20_000, super::COMMENT_LIMIT] {
        let out = text(Format::Markdown, &report, &Options { markdown_limit: limit, ..options() });
        assert!(out.len() <= limit.max(20_000), "{} of {limit}", out.len());
        assert_eq!(out.matches("<details>").count(), out.matches("</details>").count());
    }
    // Nor does anything long break the other formats.
    for format in Format::ALL {
        text(format, &report, &Options { width: usize::MAX, ..options() });
        text(format, &report, &Options { width: 0, all: true, ..options() });
    }
}

#[test]
fn markdown_names_every_open_finding_when_there_is_room() {
    let report = sample::rich();
    let out = text(Format::Markdown, &report, &options());
    for (_, finding) in report.findings() {
        let place = super::words::place(&finding.location);
        assert!(out.contains(&place), "{place}");
    }
    assert!(!out.contains("<script>") || out.contains("`<script>"));
    assert!(out.contains("no advisory data for 5 lockfiles; `readiness advisories update`"));
}

#[test]
fn junit_counts_are_those_of_its_cases() {
    let out = text(Format::Junit, &sample::rich(), &options());
    let whole = out.lines().nth(1).unwrap();
    // By hand: the verdict fails; 7 checks, of which 1 does not apply, 1 was not evaluated and 1 went wrong; rules
    // cited: COD-002, CTR-001, CFG-007 and VUL-002 fail, COD-009 and CFG-020 and CFG-404 are below the threshold.
    assert_eq!(
        whole,
        "<testsuites name=\"readiness\" tests=\"15\" failures=\"5\" errors=\"2\" skipped=\"1\" time=\"0\">"
    );
    for (tag, count) in
        [("<testcase ", 15), ("<failure ", 5), ("<error ", 2), ("<skipped ", 1), ("<testsuite ", 8)]
    {
        assert_eq!(out.matches(tag).count(), count, "{tag}");
    }
    assert!(
        text(Format::Junit, &sample::empty(), &options())
            .contains("failures=\"0\" errors=\"0\" skipped=\"0\"")
    );
}

#[test]
fn github_keeps_to_ten_of_each_kind() {
    let out = text(Format::Github, &sample::vast(400), &options());
    for kind in ["::error ", "::warning ", "::notice "] {
        assert_eq!(out.lines().filter(|line| line.starts_with(kind)).count(), 10, "{kind}");
    }
    // 400 of the code check, and of the other checks 1 critical, 31 + 1 high, 1 low and 1 info.
    assert!(out.contains("… and 405 more findings, see the summary"), "{out}");
    // The ten errors are the worst ten.
    assert!(out.lines().take(10).all(|line| line.contains("::critical: ")));
    let last = out.trim_end().lines().last().unwrap().to_owned();
    assert!(last.trim_start().starts_with("NOT READY") && last.ends_with("exit 2"));
    let none = text(Format::Github, &sample::empty(), &options());
    assert!(!none.contains("::") && none.contains("READY"));
}

#[test]
fn github_annotates_the_line() {
    let mut report = sample::rich();
    report.checks.retain(|check| check.id == "containers");
    report.checks[0].findings.truncate(1);
    let out = text(Format::Github, &report, &options());
    let expected = "::error file=deploy/Containerfile,line=12,endLine=12,col=1,endColumn=10,\
                    title=CTR-001 The image runs as root::high: The image runs as root%0AAdd a USER";
    assert!(out.starts_with(expected), "{out}");
}

#[test]
fn sarif_is_what_code_scanning_takes() {
    let report = sample::rich();
    let log: serde_json::Value = serde_json::from_str(&text(Format::Sarif, &report, &options())).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), report.findings().count());
    for (result, (_, finding)) in results.iter().zip(report.findings()) {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.is_empty() && !uri.starts_with('/'));
        assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{uri}");
        for key in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][key].as_u64().unwrap() >= 1);
        }
        let suppressions = result["suppressions"].as_array().unwrap();
        assert_eq!(suppressions.is_empty(), finding.is_open());
        assert_eq!(result["partialFingerprints"]["readiness/v1"], finding.fingerprint.0);
        if let Some(index) = result["ruleIndex"].as_u64() {
            let rule = &run["tool"]["driver"]["rules"][usize::try_from(index).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
        }
    }
    let of = |rule: &str| results.iter().filter(|result| result["ruleId"] == rule).collect::<Vec<_>>();
    assert_eq!(of("COD-002")[1]["suppressions"][0]["kind"], "inSource");
    assert_eq!(of("CTR-001")[1]["suppressions"][0]["kind"], "external");
    assert_eq!(
        of("CFG-007")[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "readiness.yaml"
    );

    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let by_id = |id: &str| rules.iter().find(|rule| rule["id"] == id).unwrap();
    assert_eq!(by_id("COD-002")["properties"]["security-severity"], "9.5");
    assert!(by_id("CFG-020")["properties"].get("security-severity").is_none());
    assert_eq!(by_id("CTR-001")["properties"]["tags"][1], "external/cwe/cwe-079");
    for rule in rules {
        for key in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[key]["text"].as_str().unwrap().is_empty());
        }
    }
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    // One check not evaluated, one errored, four reasons for leaving things out.
    assert_eq!(invocation["toolExecutionNotifications"].as_array().unwrap().len(), 6);

    let fewer = text(Format::Sarif, &report, &Options { sarif_omit_suppressed: true, ..options() });
    let fewer: serde_json::Value = serde_json::from_str(&fewer).unwrap();
    let open = usize::try_from(report.summary.open.total()).unwrap();
    assert_eq!(fewer["runs"][0]["results"].as_array().unwrap().len(), open);
}

#[test]
fn sarif_drops_the_mildest_over_the_limit_and_says_so() {
    let log: serde_json::Value =
        serde_json::from_str(&text(Format::Sarif, &sample::vast(30_000), &options())).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    // 30,000 of the code check, 32 of containers, 3 of configuration and 1 of vulnerabilities: 5,036 too many. Of the
    // 6,001 informational ones 965 remain, and all the others.
    let of = |word: &str| results.iter().filter(|result| result["properties"]["severity"] == word).count();
    assert_eq!(["critical", "high", "medium", "low", "info"].map(of), [6_001, 6_033, 6_000, 6_001, 965]);
    let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
    assert!(notes.contains("5,036 results of the mildest are not in this file"), "{notes}");
}

#[test]
fn every_format_names_the_endpoint_of_a_finding() {
    let report = sample::perf::regression();
    let of = |format| text(format, &report, &options());
    let said = "p95 is 28 % worse: 2.11 ms, was 1.65 ms";
    assert!(
        of(Format::Terminal).starts_with(&format!("  GET /orders/{{id}}\n        HIGH  PRF-001  {said}\n"))
    );
    assert!(of(Format::Markdown).contains(&format!("  - `GET /orders/{{id}}`: {said}\n")));
    assert!(of(Format::Html).contains(&format!("<li><code>GET /orders/{{id}}</code> {said}</li>")));
    let annotation =
        "::error title=PRF-001 A metric is worse than its limit allows::high: GET /orders/{id}: p95 is";
    assert!(of(Format::Github).starts_with(annotation), "{}", of(Format::Github));
    let case = "name=\"PRF-001 A metric is worse than its limit allows: GET /orders/{id}\" time=";
    assert!(of(Format::Junit).contains(case), "{}", of(Format::Junit));
    let log: serde_json::Value = serde_json::from_str(&of(Format::Sarif)).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["locations"][0]["logicalLocations"][0]["name"], "GET /orders/{id}");
    assert_eq!(
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "readiness.yaml",
        "GitHub refuses a result without a file"
    );
    assert_eq!(result["message"]["text"], format!("GET /orders/{{id}}: {said}"));
    let json: serde_json::Value = serde_json::from_str(&of(Format::Json)).unwrap();
    assert_eq!(json["checks"][0]["findings"][0]["location"]["name"], "GET /orders/{id}");
}

#[test]
fn a_page_needs_nothing_and_runs_nothing() {
    for (format, _, text) in everything() {
        if format != Format::Html {
            continue;
        }
        for bad in ["<script", "<img", "onerror=x>", "javascript:", "src=", "href=", "url(", "@import", "<b>"]
        {
            let seen = text.match_indices(bad).find(|(at, _)| {
                // What others wrote is there as text: after `&lt;`, never after `<`.
                bad.starts_with('<')
                    || !text[..*at].rfind(['<', '>']).is_some_and(|tag| text[tag..].starts_with('>'))
            });
            assert!(seen.is_none(), "{bad}: {:?}", seen.map(|(at, _)| &text[at.saturating_sub(80)..at + 20]));
        }
        for tag in ["section", "table", "details", "svg", "figure", "ul", "dl", "main", "style", "article"] {
            let opened =
                text.matches(&format!("<{tag}>")).count() + text.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, text.matches(&format!("</{tag}>")).count(), "{tag}");
        }
        assert!(!text.contains("NaN") && !text.contains("inf\""), "positions are numbers");
    }
}

#[test]
fn a_plan_is_a_procedure_whole_and_first() {
    let mut report = sample::rollback::planned();
    let Some(Details::Rollback(rollback)) = &mut report.details else { panic!("no plan") };
    // Far more than a comment holds.
    let text_of = |number: usize| format!("Step number {number} of many: {}", "word ".repeat(100));
    let steps = &mut rollback.phases[0].steps;
    let template = steps[0].clone();
    steps.extend((0..300).map(|number| RollbackStep {
        name: format!("s{number}"),
        act: text_of(number),
        ..template.clone()
    }));
    let out = text(Format::Markdown, &report, &options());
    for number in 0..300 {
        assert!(out.contains(text_of(number).trim_end()), "{number}");
    }
    assert!(!out.contains("cut for length"));
    assert!(out.starts_with("<!-- readiness -->\n# Rollback plan\n"), "{}", &out[..200]);
    assert!(out.find("- [ ] **1.1**").unwrap() < out.find("READY").unwrap());
    let page = text(Format::Html, &report, &options());
    assert!(page.contains("Step number 299 of many"));
}

#[test]
fn snapshots() {
    for (name, report) in [("rich", sample::rich()), ("empty", sample::empty())] {
        let of = |format| text(format, &report, &options());
        insta::assert_snapshot!(format!("terminal_{name}"), of(Format::Terminal));
        let both = format!("{}\n{}", of(Format::Json), of(Format::Markdown));
        insta::assert_snapshot!(format!("json_and_markdown_{name}"), both);
        insta::assert_snapshot!(format!("sarif_{name}"), of(Format::Sarif));
        insta::assert_snapshot!(format!("junit_{name}"), of(Format::Junit));
        insta::assert_snapshot!(format!("github_{name}"), of(Format::Github));
        insta::assert_snapshot!(format!("html_{name}"), of(Format::Html));
    }
}

#[test]
fn baselines_fit_eighty_columns() {
    for (name, report) in sample::baseline::all() {
        let shown = text(Format::Terminal, &report, &Options { width: 80, ..options() });
        for line in shown.lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        insta::assert_snapshot!(format!("terminal_{name}_80"), shown);
    }
}

#[test]
fn snapshots_of_measurements() {
    let measured = sample::perf::all().into_iter().chain(sample::release::all());
    for (name, report) in measured.chain(sample::rollback::all()).chain(sample::baseline::all()) {
        let wide = text(Format::Terminal, &report, &options());
        insta::assert_snapshot!(format!("terminal_{name}"), wide);
        let narrow = text(Format::Terminal, &report, &Options { width: 60, all: true, ..options() });
        insta::assert_snapshot!(format!("terminal_{name}_narrow"), narrow);
        insta::assert_snapshot!(format!("html_{name}"), text(Format::Html, &report, &options()));
        insta::assert_snapshot!(format!("markdown_{name}"), text(Format::Markdown, &report, &options()));
    }
}
