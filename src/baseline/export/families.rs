//! What a capture says, as families of samples.

use std::collections::HashSet;

use super::super::capture::{Capture, Metric};
use super::{measured, names};
use crate::report::{LoadOutcome, MetricState};

/// Most metrics, modules and files that are told of, each.
const MOST: usize = 1_000;

/// A family whose name does not hang on what is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Name of its samples.
    pub name: &'static str,
    /// What it says.
    pub help: &'static str,
    /// Names of its labels.
    pub labels: &'static [&'static str],
}

/// Every family of a fixed name.
pub const FIXED: [Fixed; 10] = [
    Fixed {
        name: "readiness_baseline_up",
        help: "Whether the metric was measured: 0 is errored, missing or not evaluated.",
        labels: &["metric", "category"],
    },
    Fixed {
        name: "readiness_baseline_target_met",
        help: "Whether the metric reaches its target; absent without one.",
        labels: &["metric"],
    },
    Fixed {
        name: "readiness_baseline_accepted",
        help: "Whether the metric is in its accepted range; absent without one.",
        labels: &["metric"],
    },
    Fixed {
        name: "readiness_baseline_capture_timestamp_seconds",
        help: "When the capture was made, in seconds since 1970.",
        labels: &[],
    },
    Fixed {
        name: "readiness_baseline_capture_duration_seconds",
        help: "How long the capture took.",
        labels: &[],
    },
    Fixed {
        name: "readiness_baseline_info",
        help: "What the capture is.",
        labels: &["capture", "label", "commit", "machine", "version"],
    },
    Fixed {
        name: "readiness_baseline_module_up",
        help: "Whether the module or program started and ended well.",
        labels: &["module"],
    },
    Fixed {
        name: "readiness_baseline_module_load_seconds",
        help: "How long the module or program took; absent if it did not end well.",
        labels: &["module"],
    },
    Fixed {
        name: "readiness_baseline_file_valid",
        help: "Whether the model or data file is there, whole, and of the right digest and format.",
        labels: &["path"],
    },
    Fixed {
        name: "readiness_baseline_left_out",
        help: "How many metrics, modules and files the capture has beyond what is told of here.",
        labels: &["kind"],
    },
];

/// Labels of a sample: name and value.
pub(super) type Labels = Vec<(String, String)>;

/// A family of gauges.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Family {
    /// Name of its samples.
    pub(super) name: String,
    pub(super) help: String,
    /// Unit that the name ends with; empty for none.
    pub(super) unit: String,
    pub(super) samples: Vec<(Labels, f64)>,
}

/// All families of a capture that have samples: the fixed ones, then one for each metric.
pub(super) fn of(capture: &Capture) -> Vec<Family> {
    let mut families: Vec<Family> = FIXED
        .iter()
        .map(|fixed| Family {
            name: fixed.name.to_owned(),
            help: fixed.help.to_owned(),
            unit: if fixed.name.ends_with("_seconds") { "seconds".to_owned() } else { String::new() },
            samples: Vec::new(),
        })
        .collect();
    let mut add = |name: &str, values: &[&str], value: f64| {
        let place =
            FIXED.iter().position(|fixed| fixed.name.strip_prefix("readiness_baseline_") == Some(name));
        let fixed = place.and_then(|place| FIXED.get(place).zip(families.get_mut(place)));
        if let Some((fixed, family)) = fixed {
            let labels = fixed.labels.iter().zip(values);
            let labels = labels.map(|(name, value)| ((*name).to_owned(), names::short(value))).collect();
            family.samples.push((labels, value));
        }
    };
    about(capture, &mut add);
    let mut known = HashSet::new();
    for metric in capture.metrics.iter().take(MOST) {
        let name = names::unique(&metric.name, &mut known);
        let value = measured(metric);
        // Of what this machine has nothing of, and need not have, nothing is down.
        if !(metric.optional && metric.state == MetricState::NotEvaluated) {
            add("up", &[&name, &metric.category], truth(value.is_some()));
        }
        for (family, range) in [("target_met", metric.target), ("accepted", metric.accept)] {
            if let (Some([min, max]), Some(value)) = (range, value) {
                let holds = min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max);
                add(family, &[&name], truth(holds));
            }
        }
    }
    let mut taken: HashSet<String> = FIXED.iter().map(|fixed| fixed.name.to_owned()).collect();
    for metric in capture.metrics.iter().take(MOST) {
        families.extend(family(metric, &mut taken));
    }
    families.retain(|family| !family.samples.is_empty());
    families
}

/// What is said of a capture as a whole, of its modules and its files.
fn about(capture: &Capture, add: &mut impl FnMut(&str, &[&str], f64)) {
    if let Some(moment) = capture.moment() {
        add("capture_timestamp_seconds", &[], seconds(moment.as_millisecond()));
    }
    add("capture_duration_seconds", &[], milliseconds(capture.took_ms));
    let of = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    let (label, commit) = (of(&capture.label), of(&capture.commit));
    add("info", &[&capture.id, &label, &commit, &capture.machine.fingerprint, &capture.version], 1.0);
    let mut known = HashSet::new();
    for module in capture.modules.iter().take(MOST) {
        let name = names::unique(&module.name, &mut known);
        let is_up = matches!(module.outcome, LoadOutcome::Loads | LoadOutcome::Slow);
        add("module_up", &[&name], truth(is_up));
        if is_up {
            add("module_load_seconds", &[&name], milliseconds(module.took_ms));
        }
    }
    known.clear();
    for file in capture.files.iter().take(MOST) {
        add("file_valid", &[&names::unique(&file.path, &mut known)], truth(file.problems.is_empty()));
    }
    let counts = [
        ("metrics", capture.metrics.len()),
        ("modules", capture.modules.len()),
        ("files", capture.files.len()),
    ];
    for (kind, count) in counts {
        let more = u32::try_from(count.saturating_sub(MOST)).unwrap_or(u32::MAX);
        add("left_out", &[kind], f64::from(more));
    }
}

/// The family of one metric; none if it was not measured.
fn family(metric: &Metric, taken: &mut HashSet<String>) -> Option<Family> {
    let value = measured(metric)?;
    let unit = names::plain(&metric.unit);
    let mut number = 1;
    let mut name = names::numbered(&metric.name, &unit, number);
    while !taken.insert(name.clone()) {
        number += 1;
        name = names::numbered(&metric.name, &unit, number);
    }
    let mut help = format!("Metric {} of the baseline, median of its samples.", names::short(&metric.name));
    if number > 1 {
        help.push_str(" Another metric has the same name here, so that this one has a number.");
    }
    let mut labels = vec![("category".to_owned(), names::short(&metric.category))];
    for (label, value) in metric.labels.iter().take(16) {
        let mut label = names::plain(label);
        // Those two are of histograms and summaries, which a gauge is not.
        if matches!(label.as_str(), "le" | "quantile") {
            label = format!("of_{label}");
        }
        // Names that begin with two underscores belong to Prometheus, and digits begin none.
        let may_be =
            label.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && !label.starts_with("__");
        if may_be && labels.iter().all(|(known, _)| *known != label) {
            labels.push((label, names::short(value)));
        }
    }
    Some(Family { name, help, unit, samples: vec![(labels, value)] })
}

fn truth(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn milliseconds(count: u64) -> f64 {
    std::time::Duration::from_millis(count).as_secs_f64()
}

/// Milliseconds since 1970 as seconds.
fn seconds(milliseconds: i64) -> f64 {
    let whole = std::time::Duration::from_millis(milliseconds.unsigned_abs()).as_secs_f64();
    if milliseconds < 0 { -whole } else { whole }
}
