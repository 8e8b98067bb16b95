//! Rehearsals of the rollback and baselines, weighed.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::report::{
    Baseline, BaselineAction, BaselineApproval, BaselineCapture, BaselineMetric, Coverage, DriftChange,
    MetricComparison, MetricState, Outcome, Rollback, RollbackAction, RollbackOutcome, RollbackPhase,
    RollbackStep, Subject, Tool, Verdict,
};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn step(outcome: RollbackOutcome, seconds: Option<f64>) -> RollbackStep {
    RollbackStep { name: "s".into(), act: "`s`".into(), outcome, seconds, detail: None }
}

/// A phase of one step, carried out in so many minutes.
fn phase(name: &str, minutes: f64) -> RollbackPhase {
    RollbackPhase {
        name: name.into(),
        number: 1,
        outcome: RollbackOutcome::Done,
        measured_seconds: Some(minutes * 60.0),
        steps: vec![step(RollbackOutcome::Done, Some(minutes * 60.0))],
        ..RollbackPhase::default()
    }
}

/// A phase of which a part was left out.
fn untried(name: &str, minutes: f64, expected: Option<f64>) -> RollbackPhase {
    let mut phase = phase(name, minutes);
    phase.steps.push(step(RollbackOutcome::Skipped, None));
    phase.expected_seconds = expected.map(|minutes| minutes * 60.0);
    phase
}

/// A rehearsal made an hour ago, which counts for two days.
fn rehearsed(phases: Vec<RollbackPhase>) -> Report {
    let measured = phases.iter().filter_map(|phase| phase.measured_seconds).sum();
    let rollback = Rollback {
        action: RollbackAction::Rehearsed,
        phases,
        measured_seconds: Some(measured),
        expires: Some("2026-11-24T11:00:00Z".into()),
        ..Rollback::default()
    };
    report_of(Details::Rollback(Box::new(rollback)), &["rollback-plan", "rehearsal"])
}

/// A report made an hour ago in which the checks passed.
fn report_of(details: Details, checks: &[&str]) -> Report {
    let check = |id: &&str| CheckReport {
        id: (*id).into(),
        title: (*id).into(),
        status: Status::Passed,
        coverage: Coverage::default(),
        rules_applied: 6,
        rules_passed: 6,
        open: crate::report::Counts::default(),
        findings: vec![],
    };
    let mut verdict = Verdict::unjudged();
    (verdict.decision, verdict.exit_code) = (crate::report::Decision::Ready, 0);
    let mut report = Report {
        schema: SCHEMA,
        tool: Tool {
            name: "readiness".into(),
            version: "1".into(),
            rules_digest: "r".into(),
            invocation: None,
        },
        subject: Subject { commit: Some("c0ffee".into()), ..Subject::default() },
        created: "2026-11-22T11:00:00Z".into(),
        verdict,
        summary: crate::report::Summary::default(),
        checks: checks.iter().map(check).collect(),
        coverage: Coverage::default(),
        waivers: vec![],
        rules: vec![],
        advisories: None,
        inventory: vec![],
        since: None,
        details: Some(details),
    };
    report.summary.passed = u32::try_from(checks.len()).unwrap();
    report
}

fn edit(report: &mut Report) -> &mut Rollback {
    let Some(Details::Rollback(rollback)) = &mut report.details else { panic!("no rehearsal") };
    rollback
}

fn settings(within: Option<u64>) -> GateSettings {
    GateSettings {
        require: vec!["rehearsal".into()],
        rehearsal_within: within.map(Duration::from_mins),
        ..GateSettings::default()
    }
}

fn weighed(report: &Report, settings: &GateSettings, now: Timestamp) -> Weighed {
    let bytes = serde_json::to_vec(report).unwrap();
    let offered = Offered { file: "rehearsal.json".into(), bytes: Ok(bytes), tie: Tie::Outside };
    let checks = BTreeMap::from([
        ("rehearsal", vec!["rollback-plan", "rehearsal"]),
        ("baseline", vec!["baseline-probes", "baseline-comparison"]),
        ("drift", vec!["baseline-drift"]),
    ]);
    let asked = Asked { settings, commit: Some("c0ffee"), now, tool: ("1", "r"), checks: &checks };
    weigh([offered], &asked).pop().unwrap()
}

/// The rules that speak against it, and the words for it.
fn told(report: &Report, settings: &GateSettings, now: Timestamp) -> (Vec<&'static str>, String) {
    let weighed = weighed(report, settings, now);
    assert_eq!(weighed.told.accepted, weighed.refusals.is_empty());
    (weighed.refusals.iter().map(|(rule, _)| *rule).collect(), weighed.told.words)
}

#[test]
fn a_rehearsal_is_evidence() {
    let report = rehearsed(vec![phase("schema", 40.0)]);
    let one = weighed(&report, &settings(Some(90)), now());
    assert_eq!(one.told.kind, "rehearsal");
    assert!(one.told.accepted, "{:?}", one.refusals);
    assert_eq!(one.told.words, "READY, made 60 minutes ago, rehearsed in 40 minutes");
    let check = conclude(&[one], &settings(Some(90)), Ok(()));
    assert_eq!(check.status, Status::Passed);
    let missing = conclude(&[], &settings(None), Ok(()));
    let said: Vec<_> = missing.findings.iter().map(|one| (one.rule.as_str(), one.message.as_str())).collect();
    assert_eq!(said, [("REL-030", "No report of a rehearsal of the rollback")]);
}

#[test]
fn nothing_else_that_was_done_with_a_point_is_evidence() {
    for action in [
        RollbackAction::Captured,
        RollbackAction::Verified,
        RollbackAction::Compared,
        RollbackAction::Restored,
        RollbackAction::Undone,
        RollbackAction::Recovered,
        RollbackAction::Planned,
        RollbackAction::Run,
    ] {
        let mut report = rehearsed(vec![phase("schema", 40.0)]);
        edit(&mut report).action = action;
        let one = weighed(&report, &settings(None), now());
        assert_eq!(one.refusals.first().map(|(rule, _)| *rule), Some("REL-033"), "{action:?}");
        assert!(one.report.is_none() && one.told.kind != "rehearsal");
    }
}

#[test]
fn it_counts_for_its_time_and_no_longer() {
    let mut report = rehearsed(vec![phase("schema", 40.0)]);
    let after = |seconds: i64| now() + jiff::SignedDuration::from_secs(seconds);
    assert!(told(&report, &settings(None), after(2 * DAY - HOUR)).0.is_empty(), "until the last moment");
    let (rules, words) = told(&report, &settings(None), after(3 * DAY));
    assert_eq!(rules, ["REL-031"]);
    assert!(words.contains("counted until 2026-11-24T11:00:00Z, which is 25 hours ago"), "{words}");
    // However long it says that it counts, the gate's own rule holds: fourteen days.
    edit(&mut report).expires = Some("2036-01-01T00:00:00Z".into());
    assert!(told(&report, &settings(None), after(14 * DAY - HOUR)).0.is_empty());
    let (rules, words) = told(&report, &settings(None), after(15 * DAY));
    assert_eq!(rules, ["REL-031"]);
    assert!(words.contains("made 15 days ago, and the rule for rehearsal allows 14 days"), "{words}");
    // Both at once are both told, and its findings are not lost.
    edit(&mut report).expires = Some("2026-11-23T00:00:00Z".into());
    let one = weighed(&report, &settings(Some(30)), after(15 * DAY));
    let rules: Vec<_> = one.refusals.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(rules, ["REL-031", "REL-031", "REL-034"]);
    assert!(one.report.is_some());
    for none in [None, Some("soon".to_owned())] {
        edit(&mut report).expires = none;
        let (rules, words) = told(&report, &settings(None), now());
        assert_eq!((rules, words.as_str()), (vec!["REL-033"], "it does not say until when it counts"));
    }
}

#[test]
fn it_must_be_fast_enough_with_what_was_not_tried() {
    let of = |phases: Vec<RollbackPhase>| told(&rehearsed(phases), &settings(Some(90)), now());
    assert!(of(vec![phase("a", 40.0), phase("b", 50.0)]).0.is_empty(), "exactly the limit");
    let (rules, words) = of(vec![phase("a", 40.0), phase("b", 72.0)]);
    assert_eq!(rules, ["REL-034"]);
    assert!(words.contains("going back takes 112 minutes, and the rule allows 90 minutes"), "{words}");
    // What was left out counts as it was declared, and what was tried is no shorter for that.
    assert_eq!(of(vec![phase("a", 40.0), untried("b", 1.0, Some(51.0))]).0, ["REL-034"]);
    assert!(of(vec![phase("a", 40.0), untried("b", 1.0, Some(50.0))]).0.is_empty());
    assert_eq!(of(vec![phase("a", 40.0), untried("b", 51.0, Some(1.0))]).0, ["REL-034"]);
    // What nobody knows is no pass.
    let (rules, words) = of(vec![phase("a", 40.0), untried("b", 1.0, None)]);
    assert_eq!(rules, ["REL-034"]);
    assert!(words.contains("what was not rehearsed of \"b\", which nobody declared"), "{words}");
    let mut untimed = rehearsed(vec![]);
    assert!(told(&untimed, &settings(Some(90)), now()).0.is_empty(), "the restore alone, in no time");
    edit(&mut untimed).measured_seconds = None;
    assert_eq!(told(&untimed, &settings(Some(90)), now()).0, ["REL-034"]);
    edit(&mut untimed).measured_seconds = Some(91.0 * 60.0);
    assert_eq!(told(&untimed, &settings(Some(90)), now()).0, ["REL-034"]);
    // A phase that has nothing to carry out takes nothing.
    let empty = RollbackPhase { outcome: RollbackOutcome::Skipped, ..RollbackPhase::default() };
    assert!(of(vec![phase("a", 40.0), empty]).0.is_empty());
    // Without a limit, none of this is asked.
    assert!(told(&untimed, &settings(None), now()).0.is_empty());
}

#[test]
fn one_of_another_commit_or_without_its_checks_is_refused() {
    let mut other = rehearsed(vec![phase("a", 1.0)]);
    other.subject.commit = Some("decaf".into());
    assert_eq!(told(&other, &settings(None), now()).0, ["REL-032"]);
    other.subject.commit = None;
    assert_eq!(told(&other, &settings(None), now()).0, ["REL-033"]);
    for id in ["rollback-plan", "rehearsal"] {
        let mut less = rehearsed(vec![phase("a", 1.0)]);
        less.checks.retain(|check| check.id != id);
        less.summary.passed = 1;
        let (rules, words) = told(&less, &settings(None), now());
        assert_eq!(rules, ["REL-033"]);
        assert_eq!(words, format!("it lacks what was to be looked at: {id}"));
    }
}

#[test]
fn one_that_contradicts_itself_is_refused() {
    let wrong: [fn(&mut Rollback); 6] = [
        |rollback| rollback.phases[0].outcome = RollbackOutcome::Failed,
        |rollback| rollback.phases[0].steps[0].outcome = RollbackOutcome::Failed,
        |rollback| rollback.validation = vec![step(RollbackOutcome::Failed, None)],
        |rollback| rollback.measured_seconds = Some(30.0),
        |rollback| rollback.phases[0].measured_seconds = Some(1.0),
        |rollback| rollback.phases[0].expected_seconds = Some(-1.0),
    ];
    for (place, change) in wrong.iter().enumerate() {
        let mut report = rehearsed(vec![phase("a", 1.0)]);
        change(edit(&mut report));
        let (rules, words) = told(&report, &settings(None), now());
        assert_eq!(rules, ["REL-033"], "{place}");
        assert!(words.starts_with("it contradicts itself: "), "{place}: {words}");
    }
}

/// A comparison made an hour ago of what was measured at a moment.
fn compared(measured: &str, approved: bool) -> Report {
    let approval =
        BaselineApproval { capture: "two".into(), owner: "ops".into(), ..BaselineApproval::default() };
    let reference = BaselineCapture {
        id: "two".into(),
        approved: approved.then_some(approval),
        ..BaselineCapture::default()
    };
    let queue = BaselineMetric {
        name: "queue".into(),
        state: MetricState::Measured,
        value: Some(5.0),
        comparison: Some(MetricComparison {
            before: Some(5.0),
            change: Some(0.0),
            interval: None,
            p: None,
            threshold: 0.2,
            lowered: None,
            verdict: Outcome::Pass,
            reason: String::new(),
        }),
        ..BaselineMetric::default()
    };
    let baseline = Baseline {
        action: BaselineAction::Compared,
        capture: Some(BaselineCapture {
            id: "one".into(),
            created: measured.into(),
            dirty: Some(false),
            commit: Some("c0ffee".into()),
            ..BaselineCapture::default()
        }),
        reference: Some(reference),
        metrics: vec![queue],
        ..Baseline::default()
    };
    report_of(Details::Baseline(Box::new(baseline)), &["baseline-probes", "baseline-comparison"])
}

#[test]
fn a_comparison_is_as_old_as_its_measurement() {
    let settings = settings(None);
    let fresh = weighed(&compared("2026-11-22T10:59:59.000Z", true), &settings, now());
    assert!(fresh.told.accepted, "{:?}", fresh.refusals);
    assert_eq!(fresh.told.kind, "baseline");
    assert!(fresh.told.words.ends_with("compared with what ops approved"), "{}", fresh.told.words);
    // Compared an hour ago, measured two weeks ago.
    let (rules, words) = told(&compared("2026-11-08T11:00:00.000Z", true), &settings, now());
    assert_eq!(rules, ["REL-031"], "{words}");
    let (rules, _) = told(&compared("2026-11-24T11:00:00.000Z", true), &settings, now());
    assert_eq!(rules, ["REL-033"], "measured in the future");
}

#[test]
fn what_was_held_against_nothing_that_was_approved_is_refused() {
    let refused = |change: fn(&mut Baseline)| {
        let mut report = compared("2026-11-22T10:59:59.000Z", true);
        let Some(Details::Baseline(baseline)) = &mut report.details else { panic!() };
        change(baseline);
        told(&report, &settings(None), now())
    };
    assert_eq!(refused(|_| {}).0, Vec::<&str>::new());
    type Change = fn(&mut Baseline);
    let cases: [(Change, &str); 8] = [
        (|baseline| baseline.reference = None, "compared with nothing"),
        (|baseline| baseline.reference.as_mut().unwrap().approved = None, "nobody approved"),
        (
            |baseline| baseline.reference.as_mut().unwrap().id = "one".into(),
            "not the one that it was compared",
        ),
        (|baseline| baseline.capture.as_mut().unwrap().id = "two".into(), "with itself"),
        (|baseline| baseline.capture = None, "does not say what"),
        (
            |baseline| first(baseline).lowered = Some("limit +20 % in the reference, +900 % now".into()),
            "queue was judged more loosely than what was approved: limit +20 %",
        ),
        (|baseline| baseline.capture.as_mut().unwrap().dirty = Some(true), "had changes"),
        (|baseline| baseline.capture.as_mut().unwrap().dirty = None, "had changes"),
    ];
    for (change, expected) in cases {
        let (rules, words) = refused(change);
        assert!(rules == ["REL-033"] && words.contains(expected), "{rules:?} {words}");
    }
}

#[test]
fn captures_and_histories_are_no_evidence() {
    for action in [BaselineAction::Captured, BaselineAction::History] {
        let baseline = Baseline { action, ..Baseline::default() };
        let report = report_of(Details::Baseline(Box::new(baseline)), &["baseline-probes"]);
        assert_eq!(told(&report, &settings(None), now()).0, ["REL-033"]);
    }
    let mut report = compared("2026-11-22T10:59:59.000Z", true);
    let Some(Details::Baseline(baseline)) = &mut report.details else { panic!() };
    baseline.action = BaselineAction::Drift;
    report.checks.truncate(1);
    report.checks[0].id = "baseline-drift".into();
    report.summary.passed = 1;
    assert_eq!(weighed(&report, &settings(None), now()).told.kind, "drift");
    report.subject.commit = Some("bad".into());
    let Some(Details::Baseline(baseline)) = &mut report.details else { panic!() };
    baseline.capture.as_mut().unwrap().commit = Some("bad".into());
    assert_eq!(told(&report, &settings(None), now()).0, ["REL-032"]);
}

/// The comparison of the first metric.
fn first(baseline: &mut Baseline) -> &mut MetricComparison {
    baseline.metrics[0].comparison.as_mut().unwrap()
}

#[test]
fn a_comparison_whose_findings_were_edited_away_is_refused() {
    type Change = fn(&mut Baseline);
    let cases: [(Change, &str); 10] = [
        (|baseline| baseline.capture.as_mut().unwrap().commit = Some("bad".into()), "about another"),
        (|baseline| first(baseline).verdict = Outcome::Fail, "finding of BSL-010"),
        (|baseline| first(baseline).verdict = Outcome::Warn, "finding of BSL-012"),
        (|baseline| baseline.metrics[0].accept = Some([None, Some(4.0)]), "finding of BSL-001"),
        (|baseline| baseline.metrics[0].target = Some([Some(6.0), None]), "finding of BSL-002"),
        (|baseline| baseline.metrics[0].state = MetricState::Errored, "finding of BSL-003"),
        (|baseline| baseline.metrics[0].value = None, "finding of BSL-013"),
        (|baseline| first(baseline).verdict = Outcome::Incomparable, "no metric was compared"),
        (|baseline| baseline.metrics.clear(), "no metric was compared"),
        (
            |baseline| {
                baseline.drift = vec![DriftChange { rule: "BSL-030".into(), ..DriftChange::default() }];
            },
            "no finding of BSL-030",
        ),
    ];
    for (change, expected) in cases {
        let mut report = compared("2026-11-22T10:59:59.000Z", true);
        let Some(Details::Baseline(baseline)) = &mut report.details else { panic!() };
        change(baseline);
        let (rules, words) = told(&report, &settings(None), now());
        assert!(rules == ["REL-033"] && words.contains(expected), "{expected}: {rules:?} {words}");
    }
}
