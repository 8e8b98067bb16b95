//! What a document must be before anything is made of it: forms, finite numbers, bounded counts.

use std::collections::BTreeSet;

use super::clean::is_odd;
use super::{Capture, Metric, SCHEMA};
use crate::baseline::drift::{Seen, Snapshot};
use crate::baseline::store::is_id;
use crate::report::{MetricState, Severity, mask_secrets};

/// Most metrics of a capture.
const METRICS: usize = 10_000;
/// Most samples of one metric, and of all.
const SAMPLES: usize = 100_000;
const ALL_SAMPLES: usize = 1_000_000;
/// Most labels of a metric.
const LABELS: usize = 64;
/// Most modules, and most data files.
const MODULES: usize = 10_000;
const FILES: usize = 100_000;
/// Most configuration files and keys in all of them; a snapshot that is taken has fewer.
const CONFIGURATION: usize = 10_000;
const KEYS: usize = 200_000;
/// Most of anything else in a snapshot.
const ENTRIES: usize = 100_000;
/// Longest name, in bytes.
const NAME: usize = 200;
/// Longest text that people write, in bytes.
const TEXT: usize = 4_000;
/// Longest text that programs and systems write (paths, commands, values), in bytes.
const LONG: usize = 64 << 10;

/// Why a document could not be read, without what stands in it.
pub(super) fn explain(bytes: &[u8], error: &serde_json::Error) -> String {
    #[derive(serde::Deserialize)]
    struct Head {
        schema: Option<u64>,
    }
    // Another version says more than the first field that this one does not know.
    if let Ok(Head { schema: Some(other) }) = serde_json::from_slice(bytes)
        && other != u64::from(SCHEMA)
    {
        return other_schema(other);
    }
    // The message may quote the document.
    mask_secrets(&crate::host::terminal::clean(&error.to_string()).chars().take(200).collect::<String>())
}

fn other_schema(found: u64) -> String {
    format!("the document has schema {found}, this program reads {SCHEMA}")
}

/// Checks a capture that was read or is about to be written.
pub(super) fn check(capture: &Capture) -> Result<(), String> {
    if capture.schema != SCHEMA {
        return Err(other_schema(capture.schema.into()));
    }
    if !is_id(&capture.id) {
        return Err("`id` is not a time to the millisecond and eight hex digits".to_owned());
    }
    if !is_time(&capture.created) {
        return Err("`created` is no time of RFC 3339 in UTC".to_owned());
    }
    if !agrees(&capture.id, &capture.created) {
        return Err("`created` is not the time that `id` begins with".to_owned());
    }
    text("version", &capture.version, NAME)?;
    if let Some(label) = &capture.label {
        text("label", label, NAME)?;
        if label.trim().is_empty() {
            return Err("`label` is empty".to_owned());
        }
    }
    if let Some(commit) = &capture.commit
        && !is_commit(commit)
    {
        return Err("`commit` is not 40 or 64 hex digits".to_owned());
    }
    text("machine.fingerprint", &capture.machine.fingerprint, NAME)?;
    metrics(&capture.metrics)?;
    bound("modules", capture.modules.len(), MODULES)?;
    bound("files", capture.files.len(), FILES)?;
    words(capture)?;
    capture.snapshot.as_ref().map_or(Ok(()), snapshot)
}

/// Whether a time is that of an id, to the second.
fn agrees(id: &str, created: &str) -> bool {
    let moment = created.parse::<jiff::Timestamp>().ok();
    let digits = moment.map(|moment| moment.strftime("%Y%m%dT%H%M%S").to_string());
    digits.is_some_and(|digits| id.starts_with(&digits))
}

/// Lengths of what others said; what stands in it is cleaned when it is read.
fn words(capture: &Capture) -> Result<(), String> {
    for module in &capture.modules {
        for part in [&module.name, &module.command, &module.words] {
            length("modules", part, LONG)?;
        }
    }
    for file in &capture.files {
        for part in [&file.path, &file.about] {
            length("files", part, LONG)?;
        }
        bound("problems of a file", file.problems.len(), LABELS)?;
        for (rule, words) in &file.problems {
            text("rule of a file", rule, NAME)?;
            length("problems of a file", words, LONG)?;
        }
        for part in [&file.sha256, &file.format].into_iter().flatten() {
            text("files", part, NAME)?;
        }
    }
    let environment = &capture.machine.environment;
    [
        Some(&environment.cpu),
        Some(&environment.system),
        environment.governor.as_ref(),
        environment.kernel.as_ref(),
    ]
    .into_iter()
    .flatten()
    .try_for_each(|part| length("machine.environment", part, TEXT))
}

/// RFC 3339 in UTC and nothing more, so that it can be shown as it stands.
fn is_time(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'.' | b'T' | b'Z');
    text.len() <= 30
        && text.ends_with('Z')
        && text.as_bytes().get(10) == Some(&b'T')
        && text.bytes().all(plain)
        && text.parse::<jiff::Timestamp>().is_ok()
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}

fn metrics(metrics: &[Metric]) -> Result<(), String> {
    bound("metrics", metrics.len(), METRICS)?;
    let mut names = BTreeSet::new();
    let mut left = ALL_SAMPLES;
    for metric in metrics {
        let name = &metric.name;
        if !is_name(name) {
            return Err("`metrics`: a name is not made of letters, digits and `_`".to_owned());
        }
        if !names.insert(name.as_str()) {
            return Err(format!("`metrics`: {name} is there twice"));
        }
        let wrong = |what: &str| Err(format!("metric {name}: {what}"));
        let texts = [&metric.category, &metric.unit]
            .into_iter()
            .chain(&metric.kind)
            .chain(metric.labels.iter().flat_map(|(name, value)| [name, value]));
        for part in texts {
            text(&format!("metric {name}"), part, NAME)?;
        }
        if let Some(reason) = &metric.reason
            && reason.len() > TEXT
        {
            return wrong("its reason is too long");
        }
        let crossed = |range: &[Option<f64>; 2]| matches!(range, [Some(min), Some(max)] if min > max);
        if metric.target.iter().chain(&metric.accept).any(crossed) {
            return wrong("a range begins beyond its end");
        }
        let bounds = metric.target.iter().chain(&metric.accept).flatten().flatten();
        let numbers = metric.samples.iter().chain(bounds).chain([&metric.threshold, &metric.floor]);
        if numbers.into_iter().any(|number| !number.is_finite()) {
            return wrong("a number is not finite");
        }
        if metric.threshold < 0.0 || metric.floor < 0.0 {
            return wrong("its threshold or floor is below zero");
        }
        match (metric.state, metric.samples.is_empty()) {
            (MetricState::Measured, true) => return wrong("it was measured, and there are no samples"),
            (MetricState::Measured, false) | (MetricState::NotEvaluated | MetricState::Errored, true) => {}
            (MetricState::Missing, _) => return wrong("a capture has no missing metrics"),
            (_, false) => return wrong("it was not measured, and there are samples"),
        }
        bound(&format!("metric {name}: labels"), metric.labels.len(), LABELS)?;
        bound(&format!("metric {name}: samples"), metric.samples.len(), SAMPLES)?;
        left = left
            .checked_sub(metric.samples.len())
            .ok_or_else(|| format!("more than {ALL_SAMPLES} samples"))?;
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn snapshot(snapshot: &Snapshot) -> Result<(), String> {
    if !crate::baseline::drift::is_salt(&snapshot.salt) {
        return Err("`snapshot.salt` is not 32 hex digits".to_owned());
    }
    bound("snapshot.files", snapshot.files.len(), CONFIGURATION)?;
    let keys = snapshot.files.values().map(|file| file.values.len()).sum();
    bound("keys of snapshot.files", keys, KEYS)?;
    for (what, count) in [
        ("snapshot.environment", snapshot.environment.len()),
        ("snapshot.versions", snapshot.versions.len()),
        ("snapshot.ports", snapshot.ports.as_ref().map_or(0, std::collections::BTreeMap::len)),
        ("snapshot.findings", snapshot.findings.as_ref().map_or(0, std::collections::BTreeMap::len)),
        ("snapshot.unseen", snapshot.unseen.len()),
    ] {
        bound(what, count, ENTRIES)?;
    }
    for (path, file) in &snapshot.files {
        length("snapshot.files", path, LONG)?;
        text("digest of snapshot.files", &file.digest, NAME)?;
        concerns(file.concerns.iter())?;
        for (key, value) in &file.values {
            length("keys of snapshot.files", key, LONG)?;
            length("values of snapshot.files", &value.text, LONG)?;
            concerns(value.concern.iter().chain(&value.further))?;
        }
    }
    for (name, digest) in &snapshot.environment {
        length("snapshot.environment", name, LONG)?;
        text("snapshot.environment", digest.as_deref().unwrap_or_default(), NAME)?;
    }
    for (name, Seen::Text(words) | Seen::Unseen(words)) in &snapshot.versions {
        length("snapshot.versions", name, LONG)?;
        length("snapshot.versions", words, LONG)?;
    }
    for (port, program) in snapshot.ports.iter().flatten() {
        length("snapshot.ports", port, TEXT)?;
        length("snapshot.ports", program, LONG)?;
    }
    for (print, finding) in snapshot.findings.iter().flatten() {
        length("snapshot.findings", print, TEXT)?;
        text("rule of snapshot.findings", &finding.rule, NAME)?;
        length("snapshot.findings", &finding.place, LONG)?;
    }
    snapshot.unseen.iter().try_for_each(|words| length("snapshot.unseen", words, LONG))
}

/// What rules say.
fn concerns<'s>(mut all: impl Iterator<Item = &'s (String, Severity, String)>) -> Result<(), String> {
    all.try_for_each(|(rule, _, words)| {
        text("rule of snapshot.files", rule, NAME)?;
        length("words of snapshot.files", words, TEXT)
    })
}

fn bound(what: &str, count: usize, most: usize) -> Result<(), String> {
    if count > most { Err(format!("`{what}`: {count}, at most {most} are read")) } else { Ok(()) }
}

/// A text that is not too long.
fn length(what: &str, value: &str, most: usize) -> Result<(), String> {
    if value.len() > most { Err(format!("`{what}` is longer than {most} bytes")) } else { Ok(()) }
}

/// A text of one line.
fn text(what: &str, value: &str, most: usize) -> Result<(), String> {
    length(what, value, most)?;
    if value.contains(is_odd) {
        return Err(format!("`{what}` holds control characters"));
    }
    Ok(())
}
