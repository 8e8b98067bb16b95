//! The section `rollback`. What each key means stands in `docs/configuration.md`.

mod phase;
mod step;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;
use std::time::Duration;

use super::decode::{Section, Sink};
use super::pattern::{self, Where};
use crate::formats::document::Node;
use crate::formats::duration::{self, UnitSource};
use crate::rollback::settings::{
    DEFAULT_CONFIG, DEFAULT_IGNORED, DEFAULT_SECURITY, Keep, Rehearsal, Settings,
};

/// The keys of the section.
pub(super) const KEYS: &[&str] = &[
    "store",
    "key",
    "protect",
    "ignored",
    "environment",
    "bundle",
    "validate",
    "keep",
    "rehearsal",
    "phases",
    "emergency",
];

const DAY: Duration = Duration::from_hours(24);
/// Longest age and validity: ten years.
const LONGEST: Duration = Duration::from_hours(3_650 * 24);
/// Most points that may be asked to be kept.
const MOST_KEPT: u32 = 100_000;

/// Reads the section.
pub(super) fn read(section: Section<'_>, sink: &mut Sink) -> Settings {
    let usual = Settings::default();
    let (config, security) = protect(section, &usual, sink);
    Settings {
        store: section.text("store", sink),
        key: section.text("key", sink),
        config,
        security,
        ignored: pattern::read(section, "ignored", DEFAULT_IGNORED, Where::Inside, sink)
            .unwrap_or(usual.ignored),
        environment: super::variables::names(section, "environment", sink),
        bundle: section.boolean("bundle", sink).unwrap_or(usual.bundle),
        validate: step::commands(section, sink),
        keep: keep(section, usual.keep, sink),
        rehearsal: rehearsal(section, usual.rehearsal, sink),
        phases: phase::read(section, sink),
        emergency: lines(section, "emergency", sink),
    }
}

/// Globs over configuration files and over security-related ones.
fn protect(section: Section<'_>, usual: &Settings, sink: &mut Sink) -> (Vec<String>, Vec<String>) {
    let (mut config, mut security) = (usual.config.clone(), usual.security.clone());
    if let Some(protect) = section.section("protect", &["config", "security", "outside"], sink) {
        config = pattern::read(protect, "config", DEFAULT_CONFIG, Where::Anywhere, sink).unwrap_or(config);
        security =
            pattern::read(protect, "security", DEFAULT_SECURITY, Where::Anywhere, sink).unwrap_or(security);
        config.extend(pattern::read(protect, "outside", &[], Where::Outside, sink).unwrap_or_default());
    }
    (config, security)
}

fn keep(section: Section<'_>, usual: Keep, sink: &mut Sink) -> Keep {
    let Some(keep) = section.section("keep", &["count", "age"], sink) else { return usual };
    let count = keep.number("count", sink).unwrap_or(usual.count);
    if count > MOST_KEPT
        && let Some(node) = keep.get("count")
    {
        sink.add(node.span, format!("`count` is at most {MOST_KEPT}"), None);
    }
    Keep { count, age: time(keep, "age", Duration::ZERO..=LONGEST, sink).unwrap_or(usual.age) }
}

fn rehearsal(section: Section<'_>, usual: Rehearsal, sink: &mut Sink) -> Rehearsal {
    let keys = &["valid_for", "max_duration"];
    let Some(rehearsal) = section.section("rehearsal", keys, sink) else { return usual };
    let second = Duration::from_secs(1);
    Rehearsal {
        valid_for: time(rehearsal, "valid_for", second..=LONGEST, sink).unwrap_or(usual.valid_for),
        max_duration: time(rehearsal, "max_duration", second..=30 * DAY, sink),
    }
}

/// A length of time. It needs a unit: thirty may be seconds, or days.
fn time(
    section: Section<'_>,
    key: &str,
    range: RangeInclusive<Duration>,
    sink: &mut Sink,
) -> Option<Duration> {
    let text = section.text(key, sink)?;
    let node = section.get(key)?;
    let read = duration::nanoseconds(&text, "").map(|(length, unit)| (Duration::from_nanos(length), unit));
    let message = match read {
        Some((length, unit)) if unit != UnitSource::Value && !length.is_zero() => {
            format!("`{key}` needs a unit, such as `{text}m`")
        }
        Some((length, _)) if range.contains(&length) => return Some(length),
        Some(_) => format!("`{key}` is from {:?} to {}", range.start(), longest(*range.end())),
        None => "a length of time is expected, such as `5m` or `14d`".to_owned(),
    };
    sink.add(node.span, message, None);
    None
}

fn longest(time: Duration) -> String {
    match time.as_secs() / DAY.as_secs() {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// Free text, one line for each item.
fn lines(section: Section<'_>, key: &str, sink: &mut Sink) -> Vec<String> {
    super::read::plain(section.texts(key, sink))
}

/// The items of a list; what is none is a problem.
fn items<'n>(section: Section<'n>, key: &str, hint: &str, sink: &mut Sink) -> &'n [Node] {
    let Some(node) = section.get(key) else { return &[] };
    match node.expect_list() {
        Ok(items) => items,
        Err(error) => {
            sink.add(node.span, error.message, Some(hint.to_owned()));
            &[]
        }
    }
}
