//! Rollbacks made by hand: one of everything that can be done with a point, and some in which every text tries to get out
//! of where it is printed.

use super::{HOSTILE_PATHS, check, count, empty, finding, reason, rule};
use crate::report::*;

const COMMIT: &str = "1f2e3d4c5b6a79881f2e3d4c5b6a79881f2e3d4c";
const ID: &str = "20261122T143500Z-0123456789abcdef";
const SAFETY: &str = "20261122T150102Z-fedcba9876543210";

fn point() -> RollbackPoint {
    RollbackPoint {
        id: ID.into(),
        name: Some("before-2.4".into()),
        created: "2026-11-22T14:35:00Z".into(),
        commit: Some(COMMIT.into()),
        branch: Some("main".into()),
        operation: None,
        complete: true,
        encrypted: true,
        captured: 512,
        bytes: 31_240_000,
        stored: None,
        in_git: 99_488,
        repositories: 2,
        status: [3, 12, 5, 0],
        environment: vec!["DATABASE_URL".into(), "RUST_LOG".into()],
        notes: vec!["vendor/lib: a submodule, captured as a repository of its own".into()],
    }
}

fn of(action: RollbackAction) -> Rollback {
    Rollback { action, point: Some(point()), ..Rollback::default() }
}

fn report(rollback: Rollback, check_id: &str, unit: &str, value: u64) -> Report {
    let mut report = empty();
    report.subject.name = ".".into();
    report.subject.commit = Some(COMMIT.into());
    report.checks = vec![check(check_id, Status::Passed, &[(unit, value)], 9)];
    report.details = Some(Details::Rollback(Box::new(rollback)));
    count(&mut report);
    report
}

/// The same report with one finding, which fails it from high on.
fn failed(
    mut report: Report,
    id: &str,
    severity: Severity,
    title: &str,
    part: &str,
    message: &str,
) -> Report {
    let place = Location::Part { name: part.into() };
    report.rules = vec![rule(id, severity, title)];
    report.checks[0].status = Status::Failed;

    report.checks[0].findings = vec![finding(id, severity, message, place, "")];
    if severity >= Severity::High {
        let words = format!("{}: 1 {}", report.checks[0].title, severity.word());
        report.verdict.reasons = vec![reason(ReasonKind::Findings, Some(&report.checks[0].id), &words, None)];
        report.verdict.decision = Decision::NotReady;
        report.verdict.exit_code = 1;
    }
    count(&mut report);
    report
}

fn change(path: &str, kind: RollbackChangeKind, detail: Option<&str>) -> RollbackChange {
    RollbackChange { path: path.into(), kind, detail: detail.map(str::to_owned) }
}

fn changes(removed: bool) -> RollbackChanges {
    let since = if removed { RollbackChangeKind::Removed } else { RollbackChangeKind::PutAside };
    RollbackChanges {
        added: 1,
        replaced: 1_230,
        described: 1,
        since: 1,
        refs: 1,
        environment: vec!["DATABASE_URL".into()],
        kept: (!removed).then(|| format!(".readiness/rollback/kept/{ID}")),
        list: vec![
            change("config/app.yaml", RollbackChangeKind::Replaced, Some("1.2 kB, was 1.4 kB")),
            change("docs/old.md", RollbackChangeKind::Added, None),
            change("refs/heads/main", RollbackChangeKind::Ref, Some("1f2e3d4, was 5a6b7c8")),
            change("run.sh", RollbackChangeKind::Described, Some("mode 755, was 644")),
            change("scratch/new.txt", since, None),
        ],
        more: 1_229,
    }
}

fn step(
    name: &str,
    act: &str,
    outcome: RollbackOutcome,
    seconds: Option<f64>,
    detail: Option<&str>,
) -> RollbackStep {
    RollbackStep { name: name.into(), act: act.into(), outcome, seconds, detail: detail.map(str::to_owned) }
}

/// Captured, though a file could not be read.
pub(in crate::render) fn captured() -> Report {
    let mut rollback = of(RollbackAction::Captured);
    if let Some(point) = &mut rollback.point {
        (point.complete, point.encrypted, point.stored) = (false, false, Some(4_096));
        point.operation = Some("merge".into());
        point.status = [0, 2, 0, 1];
    }
    let report = report(rollback, "rollback-point", "files", 512);
    let title = "A rollback point is incomplete";
    failed(report, "RBK-001", Severity::High, title, "private/key.pem", "private/key.pem: permission denied")
}

/// Whole, of a tree without a commit.
pub(in crate::render) fn verified() -> Report {
    let mut rollback = of(RollbackAction::Verified);
    if let Some(point) = &mut rollback.point {
        (point.commit, point.name, point.status, point.in_git) = (None, None, [0; 4], 0);
        point.environment = vec![];
        point.notes = vec![];
    }
    report(rollback, "rollback-point", "objects", 513)
}

/// What would change.
pub(in crate::render) fn compared() -> Report {
    let mut rollback = of(RollbackAction::Compared);
    rollback.changes = Some(changes(true));
    report(rollback, "rollback-point", "files", 512)
}

/// Restored and validated.
pub(in crate::render) fn restored() -> Report {
    let mut rollback = of(RollbackAction::Restored);
    rollback.safety = Some(SAFETY.into());
    rollback.changes = Some(changes(false));
    rollback.validation = vec![step("starts", "`app --check`", RollbackOutcome::Done, Some(1.25), None)];
    report(rollback, "restore", "files", 1_234)
}

/// Put back, because a validation failed.
pub(in crate::render) fn undone() -> Report {
    let mut rollback = of(RollbackAction::Undone);
    rollback.safety = Some(SAFETY.into());
    rollback.validation = vec![
        step(
            "starts",
            "`app --check`",
            RollbackOutcome::Failed,
            Some(30.0),
            Some("exit code 1: no such table: orders"),
        ),
        step("answers", "`curl -fsS http://127.0.0.1:8080/health`", RollbackOutcome::Skipped, None, None),
    ];
    let report = report(rollback, "restore", "files", 1_234);
    let title = "A validation failed, and the restore was undone";
    failed(report, "RBK-020", Severity::High, title, "starts", "validation `app --check` exited with 1")
}

/// An interrupted restore, brought to its end.
pub(in crate::render) fn recovered() -> Report {
    let mut rollback = of(RollbackAction::Recovered);
    rollback.point = None;
    rollback.changes = Some(RollbackChanges::default());
    report(rollback, "restore", "files", 3)
}

fn phases(outcome: RollbackOutcome) -> Vec<RollbackPhase> {
    let carried_out = outcome != RollbackOutcome::Planned;
    let took = |seconds| carried_out.then_some(seconds);
    vec![
        RollbackPhase {
            number: 1,
            name: "application".into(),
            reverses: Some("the new program and its configuration".into()),
            risk: "medium".into(),
            owner: Some("on call".into()),
            communicate: vec![],
            expected_seconds: Some(300.0),
            measured_seconds: took(421.5),
            outcome,
            steps: vec![
                step("restore all", "restore all of the point", outcome, took(3.5), None),
                step(
                    "switch traffic",
                    "`sh -c 'lb drain blue && lb enable green | tee log'`",
                    outcome,
                    took(418.0),
                    None,
                ),
                step(
                    "Watch the error rate, and wait until it is what it was before the r…",
                    "by hand: Watch the error rate, and wait until it is what it was before the release.",
                    if carried_out { RollbackOutcome::Skipped } else { outcome },
                    None,
                    carried_out.then_some("a person does it"),
                ),
            ],
            verify: Some(step(
                "answers",
                "`curl -fsS http://127.0.0.1:8080/health`",
                outcome,
                took(0.2),
                None,
            )),
        },
        RollbackPhase {
            number: 2,
            name: "schema".into(),
            reverses: Some("the migrations of the release".into()),
            risk: "high".into(),
            owner: None,
            communicate: vec!["support, before it begins".into(), "partners, when it is done".into()],
            expected_seconds: None,
            measured_seconds: took(61.0),
            outcome: if carried_out { RollbackOutcome::Failed } else { outcome },
            steps: vec![step(
                "make migrate-down",
                "`make migrate-down`",
                if carried_out { RollbackOutcome::Failed } else { outcome },
                took(61.0),
                carried_out.then_some("exit code 2: relation \"orders_v2\" does not exist"),
            )],
            verify: None,
        },
    ]
}

/// The procedure.
pub(in crate::render) fn planned() -> Report {
    let mut rollback = of(RollbackAction::Planned);
    rollback.phases = phases(RollbackOutcome::Planned);
    rollback.before = vec![
        format!(
            "The point is verified: `readiness rollback verify {ID}` (last found good at 2026-11-22T14:40:00Z)."
        ),
        "The release is frozen: nobody deploys, merges or migrates.".into(),
    ];
    rollback.after = vec!["Monitoring shows the usual rates of errors for half an hour.".into()];
    rollback.communication = vec!["Before the first phase: support; on call - that we go back.".into()];
    rollback.emergency = vec![
        "Call the incident lead, +1 555 0100.".into(),
        "`readiness rollback emergency` restores the newest verified point.".into(),
    ];
    (rollback.expected_seconds, rollback.limit_seconds) = (Some(300.0), Some(5_400.0));
    let report = report(rollback, "rollback-plan", "phases", 2);
    let title = "A phase of the rollback has no verification";
    failed(report, "RBK-040", Severity::Medium, title, "phase 2 \"schema\"", "`verify` is missing")
}

/// Stopped in its second phase; the first was done by an earlier run.
pub(in crate::render) fn run() -> Report {
    let mut rollback = of(RollbackAction::Run);
    rollback.safety = Some(SAFETY.into());
    rollback.phases = phases(RollbackOutcome::Already);
    rollback.emergency = vec!["Call the incident lead, +1 555 0100.".into()];
    rollback.measured_seconds = Some(61.0);
    let report = report(rollback, "rollback-plan", "phases", 2);
    let title = "A phase of the rollback was not carried out";
    let message = "phase 2, step 1: `make migrate-down` exited with 2";
    failed(report, "RBK-044", Severity::High, title, "phase 2 \"schema\"", message)
}

/// Too slow, and it failed.
pub(in crate::render) fn rehearsed() -> Report {
    let mut rollback = of(RollbackAction::Rehearsed);
    rollback.phases = phases(RollbackOutcome::Done);
    rollback.expected_seconds = Some(300.0);
    rollback.measured_seconds = Some(482.5);
    rollback.limit_seconds = Some(480.0);
    rollback.expires = Some("2026-12-06T15:01:02Z".into());
    let report = report(rollback, "rehearsal", "phases", 2);
    let title = "A rehearsed phase failed";
    let message = "`make migrate-down` exited with 2";
    failed(report, "RBK-060", Severity::High, title, "phase 2 \"schema\"", message)
}

/// Texts that others may have written, each hostile, in a plan, a comparison and a rehearsal.
pub(in crate::render) fn hostile() -> Vec<Report> {
    let bad =
        |place: usize| format!("{} \" ' </svg></style><img src=x onerror=x> ]]>", HOSTILE_PATHS[place % 10]);
    let all = || (0..10).map(bad).collect::<Vec<String>>();
    let number = |value| Some(value);
    let hostile_step = |place: usize| RollbackStep {
        name: bad(place),
        // As a command, as words, and with a backtick that nothing closes.
        act: match place % 3 {
            0 => format!("`{}`", bad(place + 1)),
            1 => bad(place + 1),
            _ => format!("`{}", bad(place + 1)),
        },
        outcome: RollbackOutcome::Failed,
        seconds: number(f64::MAX),
        detail: Some(bad(place + 2)),
    };
    let phase = |place: usize| RollbackPhase {
        number: u32::MAX,
        name: bad(place),
        reverses: Some(bad(place + 1)),
        risk: bad(place + 2),
        owner: Some(bad(place + 3)),
        communicate: all(),
        expected_seconds: number(-1.0),
        measured_seconds: number(f64::MAX),
        outcome: RollbackOutcome::Failed,
        steps: (0..10).map(hostile_step).collect(),
        verify: Some(hostile_step(place)),
    };
    let make = |action| {
        let rollback = Rollback {
            action,
            point: Some(RollbackPoint {
                id: bad(0),
                name: Some(bad(1)),
                created: bad(2),
                commit: Some(bad(3)),
                branch: Some(bad(4)),
                operation: Some(bad(5)),
                complete: false,
                encrypted: false,
                captured: u64::MAX,
                bytes: u64::MAX,
                stored: Some(u64::MAX),
                in_git: u64::MAX,
                repositories: u64::MAX,
                status: [u64::MAX; 4],
                environment: all(),
                notes: all(),
            }),
            safety: Some(bad(6)),
            changes: Some(RollbackChanges {
                added: u64::MAX,
                replaced: u64::MAX,
                described: u64::MAX,
                since: u64::MAX,
                refs: u64::MAX,
                environment: all(),
                kept: Some(bad(7)),
                list: (0..10)
                    .map(|place| change(&bad(place), RollbackChangeKind::Removed, Some(&bad(9 - place))))
                    .collect(),
                more: u64::MAX,
            }),
            validation: (0..10).map(hostile_step).collect(),
            phases: (0..10).map(phase).collect(),
            before: all(),
            after: all(),
            communication: all(),
            emergency: all(),
            expected_seconds: number(f64::MIN_POSITIVE),
            measured_seconds: number(1e300),
            limit_seconds: number(1.0),
            expires: Some(bad(8)),
        };
        report(rollback, "restore", "files", 1)
    };
    [RollbackAction::Planned, RollbackAction::Compared, RollbackAction::Rehearsed].map(make).into()
}

/// All rollbacks but the hostile ones, with names.
pub(in crate::render) fn all() -> [(&'static str, Report); 9] {
    [
        ("rollback_captured", captured()),
        ("rollback_verified", verified()),
        ("rollback_compared", compared()),
        ("rollback_restored", restored()),
        ("rollback_undone", undone()),
        ("rollback_recovered", recovered()),
        ("rollback_planned", planned()),
        ("rollback_run", run()),
        ("rollback_rehearsed", rehearsed()),
    ]
}
