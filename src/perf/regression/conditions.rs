//! Whether two measurements were made under the same conditions.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::load::Side;
use crate::report::Environment;

/// Longest value shown of a report that somebody else wrote, in characters.
const SHOWN: usize = 80;

/// What differs, each in words.
#[derive(Debug, Default)]
pub(super) struct Differences(Vec<String>);

impl Differences {
    /// All that was noted.
    pub(super) fn said(self) -> Vec<String> {
        self.0
    }

    /// Notes a difference, if there is one.
    pub(super) fn between<T: PartialEq + Display + ?Sized>(&mut self, what: &str, before: &T, after: &T) {
        if before != after {
            self.0.push(format!("{what}: {} before, {} now", shown(before), shown(after)));
        }
    }

    /// The same of values that can be absent.
    pub(super) fn between_some<T: PartialEq + Display>(
        &mut self,
        what: &str,
        before: Option<&T>,
        after: Option<&T>,
    ) {
        if before != after {
            let word = |value: Option<&T>| value.map_or_else(|| "none".to_owned(), |value| shown(value));
            self.0.push(format!("{what}: {} before, {} now", word(before), word(after)));
        }
    }

    /// The machines; the release of the kernel may differ.
    pub(super) fn machines(&mut self, before: &Environment, after: &Environment) {
        self.between("processor", &before.cpu, &after.cpu);
        self.between("cores", &before.cores, &after.cores);
        self.between_some("frequency governor", before.governor.as_ref(), after.governor.as_ref());
        self.between("system", &before.system, &after.system);
    }

    /// The labels, without those whose difference is the question.
    pub(super) fn labels(
        &mut self,
        before: &BTreeMap<String, String>,
        after: &BTreeMap<String, String>,
        vary: &[String],
    ) {
        let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys.into_iter().filter(|key| !vary.contains(key)) {
            self.between_some(&format!("label {}", shown(key)), before.get(key), after.get(key));
        }
    }
}

/// What forbids to compare two load tests; empty when nothing does.
pub(super) fn differences(before: &Side<'_>, after: &Side<'_>, vary: &[String]) -> Vec<String> {
    let mut found = Differences::default();
    let (one, other) = (before.perf, after.perf);
    found.between("version of readiness", before.version, after.version);
    found.machines(&one.environment, &other.environment);
    found.between("protocol", &one.target.protocol, &other.target.protocol);
    if !vary.iter().any(|key| key == "tls") {
        let word = |tls: &Option<String>| if tls.is_some() { "with" } else { "without" };
        found.between("TLS", word(&one.target.tls), word(&other.target.tls));
    }
    let (one, other) = (&before.perf.load, &after.perf.load);
    found.between("concurrency", &one.concurrency, &other.concurrency);
    found.between_some("requests per second due", one.rate.as_ref(), other.rate.as_ref());
    let end = |requests: Option<u64>| if requests.is_some() { "a number of requests" } else { "time" };
    found.between("what ends a run", end(one.requests), end(other.requests));
    if one.scenario_digest != other.scenario_digest {
        let short = |digest: &str| digest.chars().take(12).collect::<String>();
        found.between("scenario", &short(&one.scenario_digest), &short(&other.scenario_digest));
        if short(&one.scenario_digest) == short(&other.scenario_digest) {
            found.between("scenario", &one.scenario_digest, &other.scenario_digest);
        }
    }
    found.between("engine", &one.engine, &other.engine);
    found.between("streams on a connection", &one.streams, &other.streams);
    found.between("connections kept", &one.keep_alive, &other.keep_alive);
    found.between("threads", &one.threads, &other.threads);
    found.between("retries", &one.retries, &other.retries);
    found.labels(&one.labels, &other.labels, vary);
    let (one, other) = (before.perf, after.perf);
    found.between("generators", &one.generators, &other.generators);
    let shape = |steps: bool| if steps { "raised in steps" } else { "steady" };
    found.between("load", shape(!one.steps.is_empty()), shape(!other.steps.is_empty()));
    found.said()
}

/// A value that somebody else wrote, short and on one line.
fn shown<T: Display + ?Sized>(value: &T) -> String {
    let text = value.to_string();
    let mut short: String = text.chars().filter(|character| !character.is_control()).take(SHOWN).collect();
    if short.is_empty() {
        short.push_str("nothing");
    } else if text.chars().count() > SHOWN {
        short.push('…');
    }
    short
}
