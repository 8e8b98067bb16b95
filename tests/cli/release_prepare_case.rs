//! Cases of the rules over preparations: files that say how the steps and the trials of one ended.

use std::path::Path;

use readiness::release::prepare::{Steps, Trial, conclude};
use readiness::report::{CheckReport, Release, ReleaseAction, ReleaseStep};
use serde::Deserialize;

/// A case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    steps: Vec<ReleaseStep>,
    #[serde(default)]
    trials: Vec<Tried>,
    /// Steps that may fail.
    #[serde(default)]
    optional: Vec<String>,
    #[serde(default)]
    commit: Option<String>,
    #[serde(default)]
    dirty: Option<bool>,
    /// Whether it is a plan alone.
    #[serde(default)]
    planned: bool,
}

/// A trial that came to a verdict.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    step: String,
    exit_code: u8,
    words: String,
}

/// The reports of the checks over one case.
pub(crate) fn judge(path: &Path) -> Vec<CheckReport> {
    let text = std::fs::read_to_string(path).unwrap();
    let case: Case =
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let action = if case.planned { ReleaseAction::Planned } else { ReleaseAction::Prepared };
    let release =
        Release { action, steps: case.steps, commit: case.commit, dirty: case.dirty, ..Release::default() };
    let trials: Vec<Trial> = case
        .trials
        .into_iter()
        .map(|Tried { step, exit_code, words }| Trial { step, exit_code, words })
        .collect();
    let policy = Steps { optional: case.optional, mandatory: Vec::new() };
    vec![conclude(&release, &trials, &policy)]
}
