//! Reports made by hand for the tests of the renderers: one with everything in it that is hard to print, one with
//! nothing in it, one with very much.

pub(super) mod baseline;
pub(super) mod perf;
pub(super) mod release;
pub(super) mod rollback;

use std::collections::BTreeMap;

use crate::report::*;

/// File names that try to get out of where they are printed.
pub(super) const HOSTILE_PATHS: [&str; 10] = [
    "::error file=x::gone",
    "a\nb::error::new line",
    "esc\x1b[2J\x1b]0;title\x07.yaml",
    "c1\u{9b}31m.yaml",
    "percent%0A::error::x",
    "old##[error]##vso[x]style.sh",
    "pipe|back`tick``s`.md",
    "<script>alert(1)</script>.html",
    "evil\u{202e}gpj.exe",
    "space @octocat [a](https://example.org) &amp; #1.yaml",
];

/// A report with every status, hostile names, waivers in every state, marks, and things left out.
pub(super) fn rich() -> Report {
    let mut containers = check("containers", Status::Failed, &[("files", 14), ("bytes", 20_480)], 12);
    containers.findings = vec![
        finding(
            "CTR-001",
            Severity::High,
            "The image runs as root",
            at("deploy/Containerfile", 12),
            "USER root",
        ),
        Finding {
            suppression: Some(waived(
                SuppressionKind::Waiver,
                "Base image of the builder only | see `docs`",
                true,
            )),
            ..finding(
                "CTR-001",
                Severity::High,
                "The image runs as root",
                at("tools/Containerfile", 3),
                "USER 0",
            )
        },
        Finding {
            suppression: Some(waived(SuppressionKind::Waiver, "until the move", false)),
            ..finding(
                "CTR-001",
                Severity::High,
                "The image runs as root",
                at("web/Containerfile", 7),
                "USER root",
            )
        },
    ];
    for number in 1..=29 {
        let path = format!("charts/app-{number:02}/Containerfile");
        containers.findings.push(finding(
            "CTR-001",
            Severity::High,
            "The image runs as root",
            at(&path, 2),
            "USER root",
        ));
    }
    let mut code = check("code", Status::Failed, &[("files", 1_198), ("bytes", 31_240_000)], 15);
    code.findings = vec![
        Finding {
            location: Location::File {
                path: "scripts/install.sh".into(),
                region: Some(Region { line: 31, column: 1, end_line: 32, end_column: 9 }),
            },
            ..finding(
                "COD-002",
                Severity::Critical,
                "A downloaded script is run without being checked",
                Location::Subject,
                "curl -fsSL https://get.example.net/x \\\n\t| sudo sh",
            )
        },
        Finding {
            suppression: Some(Suppression {
                justification: None,
                kind: SuppressionKind::Mark,
                reason: "the mirror is ours".into(),
                owner: None,
                expires: None,
                in_force: true,
            }),
            ..finding(
                "COD-002",
                Severity::Critical,
                "A downloaded script is run without being checked",
                at("ci/x.sh", 1),
                "",
            )
        },
        Finding {
            role: Some(PathRole::Test),
            ..finding("COD-009", Severity::Low, "A test calls eval", at("tests/a.py", 4), "eval(x)")
        },
    ];
    for (line, path) in (1..).zip(HOSTILE_PATHS) {
        let evidence = format!("\t{path} ::error:: \u{2028}x\u{7f}");
        code.findings.push(finding(
            "COD-009",
            Severity::Medium,
            &format!("Evaluates input of {path}"),
            at(path, line),
            &evidence,
        ));
    }
    code.coverage.leave_out(LeftOutKind::TooLarge, "over 64 MB: hashed, not searched", "data/dump.sql");
    let mut configuration = check("configuration", Status::Failed, &[("files", 6)], 20);
    configuration.findings = vec![
        finding("CFG-007", Severity::High, "::set-output name=x::Tokens never expire", Location::Subject, ""),
        Finding {
            evidence: None,
            ..finding(
                "CFG-020",
                Severity::Info,
                "Compliance mode is not set",
                Location::File { path: "app.yaml".into(), region: None },
                "",
            )
        },
        finding("CFG-404", Severity::Low, "A rule that the report does not carry", at("app.yaml", 2), "x: 1"),
    ];

    let mut coverage = Coverage::default();
    coverage.add("files", 1_274);
    coverage.add("bytes", 31_240_000);
    coverage.leave_out(LeftOutKind::Unreadable, "permission denied", "secret/::error::key\u{1b}[0m");
    for number in 0..12 {
        coverage.leave_out(LeftOutKind::Ignored, "ignored by git", &format!("target/{number:02}"));
    }
    coverage.leave_out(LeftOutKind::Link, "leads out of the tree", "link\u{2066}");

    let waiver = |scope: &str, state, findings| WaiverUse {
        scope: scope.into(),
        reason: "Base image of the builder only | see `docs` and @octocat".into(),
        owner: "platform <team@example.org>".into(),
        expires: "2027-01-31".into(),
        state,
        findings,
    };
    let mut report = Report {
        coverage,
        waivers: vec![
            waiver("CTR-001 in old/**", WaiverState::Expired, 1),
            waiver("CTR-001 in x/**", WaiverState::TooLong, 0),
            waiver("CFG-007\n::error::x", WaiverState::Untrusted, 0),
            waiver("SEC-001 in a", WaiverState::Unused, 0),
            waiver("0123456789abcdef0123456789abcdef", WaiverState::Expiring, 1),
            waiver("CTR-001 in tools/**", WaiverState::Active, 1),
        ],
        rules: vec![
            rule("CFG-007", Severity::High, "Tokens never expire"),
            rule("CFG-020", Severity::Info, "Compliance mode is not set"),
            Rule {
                confidence: Confidence::Medium,
                ..rule("COD-002", Severity::Critical, "A downloaded script is run without being checked")
            },
            Rule {
                confidence: Confidence::Low,
                severity_outside_product: Some(Severity::Low),
                ..rule("COD-009", Severity::Medium, "Input is evaluated")
            },
            rule("CTR-001", Severity::High, "The image runs as root"),
            rule("VUL-002", Severity::High, "A dependency has a known vulnerability"),
        ],
        ..empty()
    };
    report.advisories = Some(AdvisoryData {
        digest: "e2fa21d4e6b3712092fbec886751e50e8333e74f9fd7f1e873bc3f0a82a6278e".into(),
        imported: Some("2026-11-20T00:00:00Z".into()),
        sources: vec![AdvisorySource {
            name: "npm".into(),
            count: 10_581,
            newest: "2026-11-19T06:28:40Z".into(),
            ..AdvisorySource::default()
        }],
        ..AdvisoryData::default()
    });
    report.since = Some(Comparison {
        against: "main\n::error::x (0123456789ab)".into(),
        introduced: 1,
        remaining: 2,
        fixed: vec![FixedVulnerability {
            id: "CVE-2025-0001".into(),
            package: "esc\x1b[2J".into(),
            version: "1".into(),
            path: "a|b".into(),
        }],
    });
    report.subject = Subject {
        name: "shop\u{202e}".into(),
        deep: true,
        commit: Some("8c7e1d0a2f4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d".into()),
        tree_digest: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into()),
    };
    report.tool.invocation = Some(Invocation {
        arguments: ["audit", "--deep", "--strict", "--config", "my policies/$a.yaml", "it's\u{202e}"]
            .map(str::to_owned)
            .to_vec(),
        environment: vec!["SOURCE_DATE_EPOCH=1790000000".into(), "DB_PASSWORD".into()],
    });
    report.checks = vec![
        check(
            "integrity",
            Status::not_applicable("no manifest", "`readiness audit --write-manifest` makes one"),
            &[],
            0,
        ),
        check("secrets", Status::Passed, &[("files", 1_198)], 44),
        code,
        containers,
        configuration,
        CheckReport {
            findings: vec![vulnerable()],
            ..check(
                "vulnerabilities",
                Status::not_evaluated("no advisory data for 5 lockfiles", "`readiness advisories update`"),
                &[("packages", 412)],
                0,
            )
        },
        check("signatures", Status::Errored { reason: "keys.yaml:3: ::error::not a key\n".into() }, &[], 0),
    ];
    report.verdict = Verdict {
        decision: Decision::NotReady,
        exit_code: 2,
        reasons: vec![
            reason(ReasonKind::Findings, Some("code"), "1 critical", None),
            reason(
                ReasonKind::NotEvaluated,
                Some("vulnerabilities"),
                "no advisory data for 5 lockfiles",
                Some("`readiness advisories update`"),
            ),
            reason(ReasonKind::Errored, Some("signatures"), "keys.yaml:3: not a key", None),
            reason(
                ReasonKind::LeftOut,
                None,
                "3 things were left out, and the policy is strict",
                Some("::error::hint"),
            ),
        ],
        policy: PolicyUsed {
            conditions: vec![],
            fail_on: Severity::High,
            strict: true,
            optional: vec!["integrity".into()],
            source: "readiness.yaml".into(),
            tree_trusted: true,
        },
    };
    count(&mut report);
    report
}

/// A ready report without a single finding.
pub(super) fn empty() -> Report {
    let mut report = Report {
        schema: SCHEMA,
        tool: Tool {
            name: "readiness".into(),
            version: "0.1.0".into(),
            rules_digest: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".into(),
            invocation: None,
        },
        subject: Subject { name: "shop".into(), ..Subject::default() },
        created: "2026-11-21T21:00:00Z".into(),
        verdict: Verdict { decision: Decision::Ready, exit_code: 0, ..Verdict::unjudged() },
        summary: Summary::default(),
        checks: vec![check("secrets", Status::Passed, &[("files", 1)], 44)],
        coverage: Coverage::default(),
        waivers: vec![],
        rules: vec![],
        advisories: None,
        inventory: vec![],
        since: None,
        details: None,
    };
    report.verdict.policy.source = "built in".into();
    report.verdict.policy.tree_trusted = true;
    count(&mut report);
    report
}

/// A report with many findings, no two in one file.
pub(super) fn vast(findings: usize) -> Report {
    let mut report = rich();
    let severities = Severity::WORST_FIRST;
    report.checks[2].findings = (0..findings)
        .map(|number| {
            let severity = severities[severities.len() - 1 - number * severities.len() / findings];
            finding(
                "COD-009",
                severity,
                "Evaluates | input",
                at(&format!("src/deep/file-{number:06}.py"), 1),
                "eval(`x`)",
            )
        })
        .collect();
    count(&mut report);
    report
}

fn check(id: &str, status: Status, examined: &[(&str, u64)], rules: u32) -> CheckReport {
    let mut coverage = Coverage::default();
    examined.iter().for_each(|(unit, count)| coverage.add(unit, *count));
    CheckReport {
        id: id.into(),
        title: format!("The {id} of the tree"),
        status,
        coverage,
        rules_applied: rules,
        rules_passed: rules,
        open: Counts::default(),
        findings: vec![],
    }
}

fn at(path: &str, line: u32) -> Location {
    let region = Region { line, column: 1, end_line: line, end_column: 10 };
    Location::File { path: path.into(), region: Some(region) }
}

fn finding(rule: &str, severity: Severity, message: &str, location: Location, evidence: &str) -> Finding {
    let path = location.path().unwrap_or_default().to_owned();
    Finding {
        rule: rule.into(),
        severity,
        message: message.into(),
        evidence: (!evidence.is_empty()).then(|| Evidence::from(evidence.to_owned())),
        role: None,
        fingerprint: Fingerprint(format!("{:032x}", rule.len() + path.len() * 7919)),
        location,
        vulnerability: None,
        failing: false,
        suppression: None,
        said_by: Vec::new(),
    }
}

/// A vulnerability whose texts, which others wrote, try to get out of where they are printed.
fn vulnerable() -> Finding {
    let known = Vulnerability {
        id: "CVE-2026-0001".into(),
        aliases: vec!["GHSA-2222-2222-2222".into(), "x\n::error::alias".into()],
        summary: "esc\x1b[2J <img src=x> | @octocat".into(),
        package: PackageRef {
            ecosystem: "npm".into(),
            name: "left\u{202e}pad".into(),
            version: "1.1.0".into(),
            via: vec!["web".into(), "left\u{202e}pad".into()],
            ..PackageRef::default()
        },
        rating: Rating {
            severity: Some(Severity::Critical),
            score: Some(Decimal::of(9.8)),
            malicious: false,
            vector: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into()),
            source: "CVSS 3.1 of the advisory".into(),
        },
        exploited: Some(Exploited { added: "2026-06-02".into(), ransomware: true }),
        epss: Some(Epss { probability: Decimal::of(0.25), percentile: Decimal::of(0.9) }),
        fixed: Some("1.2.0".into()),
        upgrade: Some("1.4.0\n::error::x".into()),
        matches: vec![AdvisoryMatch {
            advisory: "GHSA-2222-2222-2222".into(),
            source: "npm advisories".into(),
            range: "0 ≤ 1.1.0 < 1.2.0".into(),
            ..AdvisoryMatch::default()
        }],
        seen_by: vec!["readiness".into(), "grype\n::error::x".into()],
        change: Some(Change::Introduced),
        ..Vulnerability::default()
    };
    let message = format!("{} in {}: {}", known.id, known.package.name, known.summary);
    Finding {
        vulnerability: Some(Box::new(known)),
        ..finding("VUL-002", Severity::Critical, &message, at("package-lock.json", 6), "")
    }
}

fn waived(kind: SuppressionKind, reason: &str, in_force: bool) -> Suppression {
    Suppression {
        justification: None,
        kind,
        reason: reason.into(),
        owner: Some("platform <team@example.org>".into()),
        expires: Some("2027-01-31".into()),
        in_force,
    }
}

fn rule(id: &str, severity: Severity, title: &str) -> Rule {
    Rule {
        id: id.into(),
        title: title.into(),
        severity,
        severity_outside_product: None,
        confidence: Confidence::High,
        description: "Why it matters, in a sentence with <tags>, [brackets](x) and {0} braces.".into(),
        remediation:
            "Add a USER with a numeric, non-zero id after the last instruction that needs root, and see \
                      https://example.org/how for the rest of what can be done about it."
                .into(),
        references: vec!["https://example.org/rules/1".into()],
        mappings: BTreeMap::from([
            ("CWE".into(), vec!["CWE-79".into(), "CWE-250".into()]),
            ("CIS-Docker".into(), vec!["4.1".into()]),
        ]),
        bad: Some("USER root\n".into()),
        good: Some("USER 10001\n".into()),
    }
}

fn reason(kind: ReasonKind, check: Option<&str>, text: &str, hint: Option<&str>) -> Reason {
    Reason { kind, check: check.map(str::to_owned), text: text.into(), hint: hint.map(str::to_owned) }
}

/// Fills in the counts, as the gate does.
fn count(report: &mut Report) {
    let summary = &mut report.summary;
    *summary = Summary::default();
    let fail_on = report.verdict.policy.fail_on;
    for check in &mut report.checks {
        check.open = Counts::default();
        let mut failed: Vec<&str> = vec![];
        for finding in &mut check.findings {
            finding.failing = finding.is_open() && finding.severity >= fail_on;
            if finding.is_open() {
                check.open.add(finding.severity);
                summary.open.add(finding.severity);
                failed.push(&finding.rule);
            } else {
                summary.waived.add(finding.severity);
            }
        }
        failed.sort_unstable();
        failed.dedup();
        check.rules_passed = check.rules_applied.saturating_sub(u32::try_from(failed.len()).unwrap());
        match check.status {
            Status::Passed => summary.passed += 1,
            Status::Failed => summary.failed += 1,
            Status::NotApplicable { .. } => summary.not_applicable += 1,
            Status::NotEvaluated { .. } => summary.not_evaluated += 1,
            Status::Errored { .. } => summary.errored += 1,
        }
    }
}
