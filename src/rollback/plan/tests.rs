//! What a plan says.

use std::time::Duration;

use super::*;
use crate::host::git_since::{Stretch, Way};
use crate::rollback::settings::{Act, Settings, Step};

pub(in crate::rollback) fn command(name: &str, words: &[&str]) -> Step {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Step {
        name: name.to_owned(),
        act: Act::Command { words },
        limit: Duration::from_secs(20),
        rehearse: true,
    }
}

pub(in crate::rollback) fn phase(name: &str, steps: Vec<Step>) -> Phase {
    Phase {
        name: name.to_owned(),
        reverses: None,
        steps,
        verify: None,
        expected: None,
        risk: Risk::Medium,
        owner: None,
        communicate: Vec::new(),
    }
}

pub(in crate::rollback) fn facts() -> Facts {
    let point = RollbackPoint {
        id: "20261122T143500Z-0123456789abcdef".to_owned(),
        name: Some("before-2.4".to_owned()),
        created: "2026-11-22T14:35:00Z".to_owned(),
        complete: true,
        ..RollbackPoint::default()
    };
    Facts { point, ..Facts::default() }
}

fn whole(name: &str) -> Phase {
    Phase {
        verify: Some(command("is it back", &["make", "status"])),
        expected: Some(Duration::from_secs(90)),
        owner: Some(format!("owner of {name}")),
        communicate: vec!["support".to_owned(), format!("users of {name}")],
        ..phase(name, vec![command("down", &["kubectl", "down", "--name=a b", "--token=abc"])])
    }
}

fn rules(plan: &Plan) -> Vec<(String, String)> {
    let report = conclude(plan);
    let part = |finding: &crate::report::Finding| match &finding.location {
        crate::report::Location::Part { name } => name.clone(),
        _ => String::new(),
    };
    report.findings.iter().map(|finding| (finding.rule.clone(), part(finding))).collect()
}

#[test]
fn phases_go_backwards_and_what_they_lack_is_told() {
    let high = Phase { risk: Risk::High, ..whole("database") };
    let bare = phase("cache", vec![command("flush", &["redis-cli", "flushall"])]);
    let settings = Settings { phases: vec![high, bare, whole("web")], ..Settings::default() };
    let made = plan(&settings, facts(), &Way::default());
    let names: Vec<(u32, &str)> =
        made.numbered().map(|(number, phase)| (number, phase.name.as_str())).collect();
    assert_eq!(names, [(1, "web"), (2, "cache"), (3, "database")]);
    assert_eq!((made.expected, made.unknown, made.risk), (Some(Duration::from_secs(180)), 1, Risk::High));
    assert!(!made.derived && !made.restores());
    let cache = "phase 2 \"cache\"".to_owned();
    assert_eq!(
        rules(&made),
        ["RBK-040", "RBK-041", "RBK-042"].map(|rule| (rule.to_owned(), cache.clone())),
        "the others say all that is asked for"
    );
    let before = made.before.join("\n");
    for wanted in [
        "which can lose data: owner of database",
        "Can be reached for phase 1 \"web\": owner of web",
        "kubectl, make, redis-cli",
        "more than 3 min: 1 of the phases",
        "No phase restores the point",
        "rollback verify 20261122T143500Z-0123456789abcdef` (it never was",
    ] {
        assert!(before.contains(wanted), "{wanted} in {before}");
    }
    assert!(made.after.join("\n").contains("Phase 2 \"cache\" has no verification"));
    let told = &made.communication;
    assert_eq!(told.len(), 5, "before, two phases, after, on failure: {told:?}");
    assert!(told[0].contains("support; users of web; owner of web; users of database; owner of database"));
    let emergency = made.emergency.join("\n");
    assert!(
        emergency.contains("`readiness rollback emergency`") && emergency.contains("phase 3 \"database\"")
    );
    let shown = details(&made);
    assert_eq!(shown.phases.len(), 3);
    assert_eq!(shown.phases[0].steps[0].act, "`kubectl down '--name=a b' '--token=[redacted]'`");
    assert_eq!(shown.expected_seconds, Some(180.0));
}

#[test]
fn without_phases_they_come_from_git() {
    let stretch = |tag: Option<&str>, commits, subjects: &[&str]| Stretch {
        tag: tag.map(str::to_owned),
        commits,
        subjects: subjects.iter().map(|text| (*text).to_owned()).collect(),
    };
    let way = Way {
        stretches: vec![
            stretch(None, 1, &["fix"]),
            stretch(Some("v2.4"), 9, &["a", "b"]),
            stretch(Some("v2.3"), 2, &["c", "d"]),
        ],
        base: vec!["v2.2".to_owned()],
        ..Way::default()
    };
    let made = plan(&Settings::default(), facts(), &way);
    let names: Vec<&str> = made.phases.iter().map(|phase| phase.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "go back from the commit checked out now to v2.4",
            "go back from v2.4 to v2.3",
            "go back from v2.3 to v2.2",
            "restore the point before-2.4 (20261122T143500Z-0123456789abcdef)",
        ]
    );
    assert_eq!(made.phases[1].reverses.as_deref(), Some("9 commits: a; b; …"));
    assert_eq!(made.phases[2].reverses.as_deref(), Some("2 commits: c; d"));
    assert!(made.phases[0].steps.is_empty() && made.restores() && made.derived);
    assert_eq!(rules(&made), [("RBK-043".to_owned(), String::new())]);
    assert_eq!(made.expected, None);
    let none = plan(&Settings::default(), facts(), &Way::default());
    assert_eq!(none.phases.len(), 1);
}

#[test]
fn durations_are_said_as_people_do() {
    for (millis, text) in [
        (0, "0 s"),
        (1_500, "1.5 s"),
        (59_900, "59.9 s"),
        (60_000, "1 min"),
        (90_000, "1 min 30 s"),
        (5_400_000, "1 h 30 min"),
        (14 * 86_400_000, "14 d"),
        (90_000_000, "1 d 1 h"),
    ] {
        assert_eq!(long(Duration::from_millis(millis)), text);
    }
}
