//! The gate by cause: one small report a test.

use jiff::civil::date;

use super::*;
use crate::report::*;

fn finding(rule: &str, severity: Severity, path: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        message: "m".to_owned(),
        location: Location::File { path: path.to_owned(), region: None },
        evidence: None,
        role: None,
        fingerprint: Fingerprint(format!("{rule}@{path}")),
        vulnerability: None,
        failing: false,
        suppression: None,
        said_by: Vec::new(),
    }
}

fn report(status: Status, findings: Vec<Finding>) -> Report {
    let check = CheckReport {
        id: "secrets".to_owned(),
        title: "Secrets".to_owned(),
        status,
        coverage: Coverage::default(),
        rules_applied: 10,
        rules_passed: 0,
        open: Counts::default(),
        findings,
    };
    let mut coverage = Coverage::default();
    coverage.add("files", 3);
    Report {
        schema: SCHEMA,
        tool: Tool {
            name: "readiness".to_owned(),
            version: "0".to_owned(),
            rules_digest: String::new(),
            invocation: None,
        },
        subject: Subject::default(),
        created: String::new(),
        verdict: Verdict::unjudged(),
        summary: Summary::default(),
        checks: vec![check],
        coverage,
        waivers: vec![],
        rules: vec![],
        advisories: None,
        inventory: vec![],
        since: None,
        details: None,
    }
}

fn policy() -> Policy {
    Policy::built_in(date(2026, 11, 21))
}

fn waiver(rule: &str, path: Option<&str>, expires: Date) -> Waiver {
    Waiver {
        rule: Some(rule.to_owned()),
        path: path.map(|path| Waiver::glob(path).unwrap()),
        fingerprint: None,
        vulnerability: None,
        package: None,
        reason: "accepted".to_owned(),
        owner: "sec@example.org".to_owned(),
        expires: Some(expires),
        justification: None,
        kind: SuppressionKind::Waiver,
    }
}

fn judged(mut report: Report, policy: &Policy) -> Report {
    judge(&mut report, policy);
    report
}

#[test]
fn exit_codes_by_cause() {
    let failed = |severity| report(Status::Failed, vec![finding("SEC-001", severity, "a")]);
    let mut low_bar = policy();
    low_bar.fail_on = Severity::Medium;
    let mut high_bar = policy();
    high_bar.fail_on = Severity::Critical;
    for (report, policy, code) in [
        (report(Status::Passed, vec![]), policy(), 0),
        (failed(Severity::Critical), policy(), 2),
        (failed(Severity::High), policy(), 1),
        (failed(Severity::Medium), policy(), 0),
        (failed(Severity::Medium), low_bar.clone(), 1),
        (failed(Severity::Critical), low_bar, 2),
        (failed(Severity::High), high_bar, 0),
        (report(Status::not_evaluated("no data", ""), vec![]), policy(), 3),
        (report(Status::Errored { reason: "x".to_owned() }, vec![]), policy(), 3),
        (report(Status::not_applicable("no lockfile", ""), vec![]), policy(), 3),
    ] {
        assert_eq!(judged(report, &policy).verdict.exit_code, code);
    }
}

#[test]
fn findings_come_before_incompleteness() {
    let mut worst =
        report(Status::Errored { reason: "x".to_owned() }, vec![finding("SEC-001", Severity::High, "a")]);
    judge(&mut worst, &policy());
    assert_eq!((worst.verdict.exit_code, worst.verdict.reasons.len()), (1, 2));
    assert_eq!(worst.verdict.reasons[0].kind, ReasonKind::Findings);
}

#[test]
fn nothing_read_is_never_ready() {
    let mut empty = report(Status::Passed, vec![]);
    empty.coverage = Coverage::default();
    assert_eq!(judged(empty, &policy()).verdict.exit_code, 3);
}

#[test]
fn optional_checks_may_stay_unevaluated_in_the_open() {
    let mut policy = policy();
    policy.optional = vec!["secrets".to_owned()];
    let mut other = report(Status::not_evaluated("no data", ""), vec![]);
    other.checks.push(CheckReport {
        id: "code".to_owned(),
        status: Status::Passed,
        ..other.checks[0].clone()
    });
    let judged = judged(other, &policy);
    assert_eq!((judged.verdict.exit_code, judged.summary.not_evaluated), (0, 1));
    assert_eq!(judged.verdict.policy.optional, ["secrets"]);
}

#[test]
fn strict_refuses_gaps_but_not_choices() {
    let mut strict = policy();
    strict.strict = true;
    for (kind, code) in [
        (LeftOutKind::TooLarge, 3),
        (LeftOutKind::Unreadable, 3),
        (LeftOutKind::Ignored, 0),
        (LeftOutKind::Binary, 0),
    ] {
        let mut report = report(Status::Passed, vec![]);
        report.coverage.leave_out(kind, "why", "a");
        assert_eq!(judged(report.clone(), &strict).verdict.exit_code, code, "{kind:?}");
        assert_eq!(judged(report, &policy()).verdict.exit_code, 0);
    }
}

#[test]
fn a_waiver_counts_through_its_last_day() {
    for (expires, code, state) in [
        (date(2026, 11, 20), 1, WaiverState::Expired),
        (date(2026, 11, 21), 0, WaiverState::Expiring),
        (date(2026, 12, 4), 0, WaiverState::Expiring),
        (date(2026, 12, 5), 0, WaiverState::Active),
    ] {
        let mut policy = policy();
        policy.waivers = vec![waiver("SEC-001", Some("config/**"), expires)];
        let report = judged(
            report(Status::Failed, vec![finding("SEC-001", Severity::High, "config/a/b.yaml")]),
            &policy,
        );
        assert_eq!((report.verdict.exit_code, report.waivers[0].state), (code, state), "{expires}");
        // The finding stays in the report, with who answers for it.
        assert_eq!(report.checks[0].findings[0].suppression.as_ref().unwrap().in_force, code == 0);
        assert_eq!(report.summary.waived.high, u64::from(code == 0));
        assert!(report.checks[0].status.is_evaluated());
    }
}

#[test]
fn waivers_cover_no_more_than_they_say() {
    let mut policy = policy();
    policy.waivers = vec![waiver("SEC-001", Some("config/*"), date(2027, 1, 1))];
    let open = |rule, path| {
        judged(report(Status::Failed, vec![finding(rule, Severity::High, path)]), &policy).summary.open.high
    };
    assert_eq!(open("SEC-001", "config/a"), 0);
    assert_eq!(open("SEC-001", "config/deep/a"), 1);
    assert_eq!(open("SEC-001", "src/config/a"), 1);
    assert_eq!(open("SEC-002", "config/a"), 1);
    assert_eq!(judged(report(Status::Passed, vec![]), &policy).waivers[0].state, WaiverState::Unused);
}

#[test]
fn a_family_is_covered_only_inside_a_path() {
    let mut policy = policy();
    policy.waivers =
        vec![waiver("SEC", Some("rules/**"), date(2027, 1, 1)), waiver("COD", None, date(2027, 1, 1))];
    let open = |rule, path| {
        judged(report(Status::Failed, vec![finding(rule, Severity::High, path)]), &policy).summary.open.high
    };
    assert_eq!(
        (open("SEC-001", "rules/a.yaml"), open("SEC-001", "src/a.rs"), open("COD-001", "src/a.rs")),
        (0, 1, 1)
    );
}

#[test]
fn a_fingerprint_names_one_finding() {
    let mut policy = policy();
    policy.waivers = vec![Waiver {
        rule: None,
        fingerprint: Some("SEC-001@a".to_owned()),
        ..waiver("x", None, date(2027, 1, 1))
    }];
    let both = vec![finding("SEC-001", Severity::High, "a"), finding("SEC-001", Severity::High, "b")];
    assert_eq!(judged(report(Status::Failed, both), &policy).summary.open.high, 1);
}

#[test]
fn a_waiver_cannot_live_longer_than_the_policy_allows() {
    let mut policy = policy();
    policy.waiver_max_days = Some(90);
    policy.waivers = vec![waiver("SEC-001", None, date(2028, 1, 1))];
    let report = judged(report(Status::Failed, vec![finding("SEC-001", Severity::High, "a")]), &policy);
    assert_eq!((report.verdict.exit_code, report.waivers[0].state), (1, WaiverState::TooLong));
}

#[test]
fn an_untrusted_tree_cannot_loosen_its_gate() {
    let mark = Suppression {
        justification: None,
        kind: SuppressionKind::Mark,
        reason: "r".to_owned(),
        owner: None,
        expires: None,
        in_force: false,
    };
    let marked = || {
        report(
            Status::Failed,
            vec![Finding { suppression: Some(mark.clone()), ..finding("SEC-001", Severity::High, "a") }],
        )
    };
    assert_eq!(judged(marked(), &policy()).verdict.exit_code, 0);
    let mut untrusting = policy();
    untrusting.tree_trusted = false;
    untrusting.untrusted_waivers = vec![waiver("SEC-001", None, date(2027, 1, 1))];
    let report = judged(marked(), &untrusting);
    assert_eq!((report.verdict.exit_code, report.waivers[0].state), (1, WaiverState::Untrusted));
    assert!(report.checks[0].findings[0].suppression.is_some(), "still shown");
    // A mark that gives no reason has no force anywhere.
    let silent = Suppression { reason: String::new(), ..mark };
    let report = report_with(silent);
    assert_eq!(judged(report, &policy()).verdict.exit_code, 1);
}

fn report_with(suppression: Suppression) -> Report {
    report(
        Status::Failed,
        vec![Finding { suppression: Some(suppression), ..finding("SEC-001", Severity::High, "a") }],
    )
}

#[test]
fn what_another_finding_says_is_left_out_only_while_that_one_is_open() {
    let better = finding("COD-001", Severity::High, "a");
    let echo =
        Finding { said_by: vec![better.fingerprint.clone()], ..finding("CTR-001", Severity::Low, "a") };
    let rules = |report: &Report| {
        let findings = report.checks.iter().flat_map(|check| &check.findings);
        findings.map(|finding| finding.rule.clone()).collect::<Vec<_>>()
    };
    let mut open = report(Status::Failed, vec![better.clone(), echo.clone()]);
    judge(&mut open, &policy());
    assert_eq!((rules(&open), open.summary.open.total()), (vec!["COD-001".to_owned()], 1));

    let policy = Policy { waivers: vec![waiver("COD-001", None, date(2026, 12, 31))], ..policy() };
    let mut waived = report(Status::Failed, vec![better, echo]);
    judge(&mut waived, &policy);
    assert_eq!((rules(&waived).len(), waived.summary.open.low, waived.summary.waived.high), (2, 1, 1));
}

#[test]
fn waivers_know_what_they_speak_of() {
    let of = |rule: Option<&str>, vulnerability: Option<&str>| {
        let mut waiver = waiver("SEC-001", None, date(2027, 1, 1));
        waiver.rule = rule.map(str::to_owned);
        waiver.vulnerability = vulnerability.map(str::to_owned);
        waiver.area()
    };
    assert_eq!(of(Some("prf-010"), None), Some(Area::Measurements));
    assert_eq!(of(Some("REL-001"), None), Some(Area::Releases));
    assert_eq!(of(Some("SEC-001"), None), Some(Area::Trees));
    assert_eq!(of(None, Some("CVE-2026-0001")), Some(Area::Trees));
    assert_eq!(of(None, None), None, "a fingerprint can be of anything");
}
