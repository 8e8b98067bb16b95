//! Cases of the rules over rollbacks: files that say what was seen of a point, what a restore or a rehearsal came to, or how
//! phases are declared, concluded by the program's own code.

use std::path::Path;

use readiness::catalog;
use readiness::config::{self, Known};
use readiness::host::git_since::{Stretch, Way};
use readiness::report::CheckReport;
use readiness::rollback::plan::{self, Facts, Plan, run};
use readiness::rollback::rehearse::{self, Rehearsed};
use readiness::rollback::restore::{self, Recovered, Restored};
use readiness::rollback::settings::Settings;
use readiness::rollback::verify::{self, Verified};
use serde::Deserialize;

use super::support::write;

/// A case: one of its parts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What was seen of a point.
    #[serde(default)]
    point: Option<Vec<Seen>>,
    /// What a restore came to.
    #[serde(default)]
    restore: Option<Restore>,
    /// The section `rollback` of a readiness.yaml, planned.
    #[serde(default)]
    plan: Option<serde_json::Value>,
    /// Where carrying that plan out stopped, if it was carried out: the phase, and what was said.
    #[serde(default)]
    stopped: Option<(String, String)>,
    /// Whether that plan was carried out.
    #[serde(default)]
    run: bool,
    /// What a rehearsal came to.
    #[serde(default)]
    rehearsal: Option<Vec<Seen>>,
}

/// Something that was found.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    rule: String,
    at: String,
    words: String,
}

/// A restore.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Restore {
    #[serde(default)]
    problems: Vec<Seen>,
    /// The section `rollback` of a readiness.yaml, which may declare validations.
    #[serde(default)]
    settings: Option<serde_json::Value>,
    /// Whether an earlier one was finished before it, or undone.
    #[serde(default)]
    recovered: Option<bool>,
}

/// The reports of the checks over one case.
pub(crate) fn judge(path: &Path) -> Vec<CheckReport> {
    let text = std::fs::read_to_string(path).unwrap();
    let case: Case =
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reports = Vec::new();
    if let Some(seen) = case.point {
        let verified = Verified { problems: problems(seen), objects: 12, ..Verified::default() };
        reports.push(verify::conclude(&verified));
    }
    reports.extend(case.restore.map(restored));
    if let Some(section) = &case.plan {
        let settings = settings(section);
        let way = Way {
            stretches: vec![Stretch { tag: Some("v2.4".to_owned()), commits: 3, subjects: Vec::new() }],
            ..Way::default()
        };
        let plan = plan::plan(&settings, Facts::default(), &way);
        reports.push(if case.run { carried_out(&plan, case.stopped) } else { plan::conclude(&plan) });
    }
    if let Some(seen) = case.rehearsal {
        let rehearsed = Rehearsed { problems: problems(seen), ..Rehearsed::default() };
        reports.push(rehearse::conclude(&Plan::default(), &rehearsed));
    }
    assert!(!reports.is_empty(), "{}: nothing to judge", path.display());
    reports
}

fn restored(case: Restore) -> CheckReport {
    let declared = case.settings.is_some_and(|section| !settings(&section).validate.is_empty());
    let recovered = case.recovered.map(|done| Recovered {
        id: "20261122T143500Z-0123456789abcdef".parse().unwrap(),
        safety: "20261122T150102Z-fedcba9876543210".parse().unwrap(),
        restored: Restored { done, ..Restored::default() },
    });
    let restored = Restored { done: true, problems: problems(case.problems), ..Restored::default() };
    restore::conclude(&restored, recovered.as_ref(), declared)
}

fn carried_out(plan: &Plan, stopped: Option<(String, String)>) -> CheckReport {
    let touched = plan.numbered().map(|(number, _)| number).collect();
    let stop = stopped.map(|(part, words)| run::Stop { part, failed: true, words });
    run::conclude(plan, &run::Carried { touched, stop, ..run::Carried::default() })
}

/// The settings of a section, read as those of a user's file are.
fn settings(section: &serde_json::Value) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    // JSON is YAML.
    write(folder.path(), "readiness.yaml", format!("rollback: {section}\n"));
    let known = Known { checks: &[], rules: || vec![] };
    config::load(&folder.path().join("readiness.yaml"), "readiness.yaml", known).unwrap().rollback
}

fn problems(seen: Vec<Seen>) -> Vec<(&'static str, String, String)> {
    let of = |seen: Seen| {
        let known = catalog::rules().find(|(_, rule)| rule.id == seen.rule);
        let (_, rule) = known.unwrap_or_else(|| panic!("{}: no such rule", seen.rule));
        (rule.id.as_str(), seen.at, seen.words)
    };
    seen.into_iter().map(of).collect()
}
