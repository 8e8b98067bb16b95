//! The section `perf`, which also stands at the top of a scenario file. What each key means stands in
//! `docs/perf-scenarios.md`.

mod endpoint;

use std::collections::BTreeMap;
use std::time::Duration;

use super::decode::{Section, Sink};
use super::problems::Problems;
use super::read::{finish, root};
use super::value::{percentage, real, time, whole};
use crate::perf::scenario::{Limits, Objectives, PerfConfig, Profile, Thresholds, refused_name, refused_url};

/// The keys.
pub(super) const KEYS: &[&str] = &[
    "url",
    "scenario",
    "duration",
    "requests",
    "warm_up",
    "ramp",
    "concurrency",
    "rate",
    "timeout",
    "retries",
    "runs",
    "profile",
    "threads",
    "steps",
    "limits",
    "labels",
    "thresholds",
    "max_error_rate",
    "objectives",
    "data",
    "login",
    "endpoints",
];

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Whether a key of the section stands at the top of a file.
pub(super) fn looks_like_scenario(bytes: &[u8]) -> bool {
    let Some(root) = root(bytes, &mut Sink::default()) else { return false };
    KEYS.iter().any(|key| root.get(key).is_some())
}

/// Reads a scenario file.
pub(super) fn read_scenario(bytes: &[u8], name: &str) -> Result<PerfConfig, Problems> {
    let mut sink = Sink::default();
    let mut config = PerfConfig { source: name.to_owned(), ..PerfConfig::default() };
    if let Some(root) = root(bytes, &mut sink)
        && let Some(top) = Section::of(&root, name, KEYS, &mut sink)
    {
        config = read(top, name, &mut sink);
    }
    finish(config, sink, bytes, name)
}

/// Reads the section.
pub(super) fn read(section: Section<'_>, source: &str, sink: &mut Sink) -> PerfConfig {
    let config = PerfConfig {
        source: source.to_owned(),
        url: checked(section, "url", refused_url, sink),
        scenario: checked(section, "scenario", refused_name, sink),
        duration: time(section, "duration", Duration::from_millis(1)..=DAY, sink),
        requests: whole(section, "requests", 1..=1_000_000_000_000, sink),
        warm_up: time(section, "warm_up", Duration::ZERO..=HOUR, sink),
        ramp: time(section, "ramp", Duration::ZERO..=HOUR, sink),
        concurrency: whole(section, "concurrency", 1..=10_000, sink),
        rate: real(section, "rate", 0.001..=10_000_000.0, sink),
        timeout: time(section, "timeout", Duration::from_millis(1)..=HOUR, sink),
        retries: whole(section, "retries", 0..=10, sink),
        runs: whole(section, "runs", 1..=100, sink),
        profile: section.one_of("profile", &Profile::ALL.map(|profile| (profile.word(), profile)), sink),
        threads: whole(section, "threads", 1..=256, sink),
        steps: steps(section, sink),
        limits: limits(section, sink),
        labels: labels(section, sink),
        thresholds: thresholds(section, sink),
        max_error_rate: percentage(section, "max_error_rate", 1.0, sink),
        objectives: objectives(section, sink),
        data: section
            .text("data", sink)
            .and_then(|name| Some((name, super::value::place(section.get("data")?.span, source)))),
        login: endpoint::login(section, source, sink),
        endpoints: endpoint::endpoints(section, source, sink),
        ..PerfConfig::default()
    };
    if let (Some(_), Some(_), Some(node)) = (config.duration, config.requests, section.get("requests")) {
        sink.add(node.span, "either `requests` or `duration` ends a run, not both", None);
    }
    if let (Some(ramp), Some(warm_up), Some(node)) = (config.ramp, config.warm_up, section.get("ramp"))
        && ramp > warm_up
    {
        sink.add(node.span, "`ramp` is a part of `warm_up` and cannot be longer", None);
    }
    config
}

/// A text that `refused` finds nothing wrong with.
fn checked(
    section: Section<'_>,
    key: &str,
    refused: impl Fn(&str) -> Option<&'static str>,
    sink: &mut Sink,
) -> Option<String> {
    let text = section.text(key, sink)?;
    match refused(&text) {
        Some(reason) => {
            sink.add(section.get(key)?.span, reason, None);
            None
        }
        None => Some(text),
    }
}

fn steps(section: Section<'_>, sink: &mut Sink) -> Vec<u32> {
    let Some(node) = section.get("steps") else { return Vec::new() };
    let items = match node.expect_list() {
        Ok(items) => items,
        Err(error) => {
            sink.add(node.span, error.message, Some("`steps: [50, 100, 200]`".to_owned()));
            return Vec::new();
        }
    };
    let mut steps: Vec<u32> = Vec::new();
    for item in items {
        match item
            .as_i64()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|n| (1..=1_000_000).contains(n))
        {
            Some(step) if steps.last().is_some_and(|last| *last >= step) => {
                sink.add(item.span, "steps rise: each is larger than the one before", None);
            }
            Some(step) => steps.push(step),
            None => sink.add(item.span, item.unexpected("a whole number from 1 to 1000000").message, None),
        }
    }
    if items.is_empty() || items.len() > 100 {
        sink.add(node.span, "there are 1 to 100 steps", None);
    }
    steps
}

fn limits(section: Section<'_>, sink: &mut Sink) -> Limits {
    let Some(section) = section.section("limits", &["p95", "p99", "error_rate"], sink) else {
        return Limits::default();
    };
    Limits {
        p95: super::value::limit(section, "p95", sink),
        p99: super::value::limit(section, "p99", sink),
        error_rate: percentage(section, "error_rate", 1.0, sink),
    }
}

fn thresholds(section: Section<'_>, sink: &mut Sink) -> Thresholds {
    let keys = ["p95", "p99", "throughput", "error_rate", "floor"];
    let Some(section) = section.section("thresholds", &keys, sink) else { return Thresholds::default() };
    Thresholds {
        p95: percentage(section, "p95", 100.0, sink),
        p99: percentage(section, "p99", 100.0, sink),
        throughput: percentage(section, "throughput", 1.0, sink),
        error_rate: percentage(section, "error_rate", 1.0, sink),
        floor_ns: super::value::nanoseconds(section, "floor", sink),
    }
}

fn objectives(section: Section<'_>, sink: &mut Sink) -> Objectives {
    let Some(section) = section.section("objectives", &["p95", "p99", "throughput"], sink) else {
        return Objectives::default();
    };
    Objectives {
        p95: super::value::limit(section, "p95", sink),
        p99: super::value::limit(section, "p99", sink),
        throughput: real(section, "throughput", 0.001..=1_000_000_000.0, sink),
    }
}

fn labels(section: Section<'_>, sink: &mut Sink) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let Some(node) = section.get("labels") else { return labels };
    let entries = match node.expect_map() {
        Ok(entries) => entries,
        Err(error) => {
            sink.add(node.span, error.message, Some("`labels: {build: \"1.4\"}`".to_owned()));
            return labels;
        }
    };
    for entry in entries {
        let name = entry.key.as_str();
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(word) {
            sink.add(entry.key_span, "a label has 1 to 64 letters, digits, `_`, `.` and `-`", None);
        }
        match entry.value.text() {
            Some(text) if text.chars().count() <= 256 && !text.chars().any(char::is_control) => {
                labels.insert(entry.key.clone(), text.to_owned());
            }
            Some(_) => {
                sink.add(entry.value.span, "a label's value is one line of at most 256 characters", None);
            }
            None => sink.add(entry.value.span, entry.value.unexpected("a text").message, None),
        }
    }
    if entries.len() > 32 {
        sink.add(node.span, "there are at most 32 labels", None);
    }
    labels
}

#[cfg(test)]
mod tests;
