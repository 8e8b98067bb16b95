//! Cases of the rules over baselines: a tree with its settings, captures that were made of it before, what changed since, and
//! the command that looks at it. The program itself runs it.

use std::collections::BTreeMap;
use std::path::Path;

use readiness::baseline::capture::{Capture, Machine, Metric, SCHEMA};
use readiness::baseline::drift::{self, Snapshot};
use readiness::report::{Baseline, BaselineAction, BaselineCapture, CheckReport, MetricState, Report};
use serde::Deserialize;

use super::support::{NOW, readiness, write};

/// A case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The section `baseline` of the readiness.yaml.
    #[serde(default)]
    section: Option<serde_json::Value>,
    /// Files of the tree.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Whether what is there then is captured and approved.
    #[serde(default)]
    approve: bool,
    /// Files written afterwards; none removes one.
    #[serde(default)]
    then: BTreeMap<String, Option<String>>,
    /// The section of the settings afterwards, where it is another.
    #[serde(default)]
    section_then: Option<serde_json::Value>,
    /// Captures of a metric `value`, a day apart, each with its samples; an empty one was not measured.
    #[serde(default)]
    captures: Vec<Vec<f64>>,
    /// A file of the store that is no capture.
    #[serde(default)]
    broken: bool,
    /// What is run: arguments behind `baseline`.
    #[serde(default)]
    run: Vec<String>,
    /// Two snapshots of a configuration, concluded by themselves: ports and variables are not the tests' to change.
    #[serde(default)]
    snapshots: Option<[Snapshot; 2]>,
    /// What else the captures say of the metric.
    #[serde(default)]
    metric: Option<serde_json::Value>,
}

/// The reports of the checks over one case.
pub(crate) fn judge(path: &Path) -> Vec<CheckReport> {
    let text = std::fs::read_to_string(path).unwrap();
    let case: Case =
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if let Some([then, now]) = &case.snapshots {
        let details = Baseline {
            action: BaselineAction::Drift,
            drift: drift::changes(then, now),
            reference: Some(BaselineCapture::default()),
            ..Baseline::default()
        };
        return vec![drift::conclude(&details, Some(then), now)];
    }
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path();
    settings(tree, case.section.as_ref());
    for (path, text) in &case.files {
        write(tree, path, text);
    }
    if case.approve {
        let captured = readiness(tree, &["baseline", "capture", "--label", "first"], NOW);
        assert!(captured.status.code().is_some_and(|code| code < 4), "{}: {captured:?}", path.display());
        let approve = ["baseline", "approve", "first", "--owner", "a", "--reason", "b", "--no-trail"];
        let approved = readiness(tree, &approve, NOW);
        assert!(approved.status.success(), "{}: {approved:?}", path.display());
    }
    for (path, text) in &case.then {
        match text {
            Some(text) => write(tree, path, text),
            None => std::fs::remove_file(tree.join(path)).unwrap(),
        }
    }
    if case.section_then.is_some() {
        settings(tree, case.section_then.as_ref());
    }
    for (day, samples) in case.captures.iter().enumerate() {
        let capture = capture(day, samples, case.metric.as_ref());
        let place = format!(".readiness/baselines/{}.json", capture.id);
        write(tree, &place, serde_json::to_vec(&capture).unwrap());
    }
    if case.broken {
        write(tree, ".readiness/baselines/20260101T000000000Z-00000000.json", "{\"schema\":1,");
    }
    let mut arguments = vec!["baseline"];
    arguments.extend(case.run.iter().map(String::as_str));
    arguments.extend(["--format", "json"]);
    let ran = readiness(tree, &arguments, NOW + 86_400);
    let report: Report = serde_json::from_slice(&ran.stdout)
        .unwrap_or_else(|error| panic!("{}: {error}: {ran:?}", path.display()));
    report.checks
}

fn settings(tree: &Path, section: Option<&serde_json::Value>) {
    if let Some(section) = section {
        // JSON is YAML.
        write(tree, "readiness.yaml", format!("version: 1\nbaseline: {section}\n"));
    }
}

/// The capture of a day.
fn capture(day: usize, samples: &[f64], more: Option<&serde_json::Value>) -> Capture {
    let mut metric = serde_json::json!({
        "name": "value", "category": "business", "better": "lower", "threshold": 0.2,
        "state": if samples.is_empty() { MetricState::Errored } else { MetricState::Measured },
        "samples": samples,
    });
    if let (Some(object), Some(more)) = (metric.as_object_mut(), more.and_then(|more| more.as_object())) {
        object.extend(more.clone());
    }
    let metric: Metric = serde_json::from_value(metric).unwrap();
    Capture {
        schema: SCHEMA,
        id: format!("202605{:02}T120000000Z-{day:08x}", day + 1),
        created: format!("2026-05-{:02}T12:00:00.000Z", day + 1),
        version: "0.1.0".to_owned(),
        label: Some(format!("day-{}", day + 1)),
        machine: Machine { fingerprint: "0123456789abcdef".to_owned(), ..Machine::default() },
        metrics: vec![metric],
        ..Capture::default()
    }
}
