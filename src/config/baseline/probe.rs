//! Probes, by category.

use std::time::Duration;

use super::super::decode::{Section, Sink};
use super::super::value::{percentage, real, time, whole};
use super::{MOST, Names, amount, is_name, reach, reading, source};
use crate::baseline::settings::{Probe, Range, Reading, Take, TestsReading};
use crate::formats::document::{Node, Span};
use crate::report::Better;

/// The keys that every probe may have besides those of its source.
const COMMON: &[&str] = &[
    "name",
    "read",
    "over",
    "unit",
    "scale",
    "better",
    "target",
    "accept",
    "threshold",
    "floor",
    "samples",
    "interval",
    "timeout",
    "optional",
];
/// Most samples.
const SAMPLES: u32 = 1_000;
/// Largest share of failed tests that is accepted unless the probe says otherwise.
const FAILED_TESTS: f64 = 0.1;

/// Reads the probes.
pub(super) fn read(section: Section<'_>, sink: &mut Sink) -> Vec<Probe> {
    let Some(node) = section.get("probes") else { return Vec::new() };
    let categories = match node.expect_map() {
        Ok(entries) => entries,
        Err(error) => {
            let hint = "probes stand under their category: `probes: {network: [{name: …}]}`".to_owned();
            sink.add(node.span, error.message, Some(hint));
            return Vec::new();
        }
    };
    let mut names = Names::default();
    let mut probes = Vec::new();
    for category in categories {
        if !is_name(&category.key) {
            sink.add(
                category.key_span,
                "a category is letters, digits and `_`, beginning with a letter",
                None,
            );
            continue;
        }
        if category.value.is_null() {
            continue;
        }
        let items = match category.value.expect_list() {
            Ok(items) => items,
            Err(error) => {
                let hint = "each probe is an item of a list: `- name: …`".to_owned();
                sink.add(category.value.span, error.message, Some(hint));
                continue;
            }
        };
        for item in items {
            if probes.len() >= MOST {
                sink.add(item.span, format!("there are more than {MOST} probes"), None);
                return probes;
            }
            probes.extend(probe(item, &category.key, &mut names, sink));
        }
    }
    probes
}

fn probe(node: &Node, category: &str, names: &mut Names, sink: &mut Sink) -> Option<Probe> {
    let kind = kind(node, sink)?;
    let own = source::KINDS.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, keys)| *keys);
    let mut keys: Vec<&str> = COMMON.to_vec();
    if kind == "prometheus" {
        keys.retain(|key| *key != "read");
    } else if kind != "redis" {
        keys.retain(|key| *key != "over");
    }
    keys.push(kind);
    keys.extend(own);
    let section = Section::of(node, "this probe", &keys, sink)?;
    let name = names.take(section, "a probe", sink);
    let asked = source::read(section, kind, sink);
    let reading = reading::read(section, kind, sink)?;
    let (unit, better) = reading::natural(&reading);
    let unit = self::unit(section, sink).unwrap_or_else(|| unit.to_owned());
    let words = [("lower", Better::Lower), ("higher", Better::Higher), ("same", Better::Same)];
    let better = section.one_of("better", &words, sink).unwrap_or(better);
    let accept = amount::range(section, "accept", &unit, better, sink).unwrap_or(match &reading {
        Reading::Tests(TestsReading::FailureRate) => Range { min: None, max: Some(FAILED_TESTS) },
        _ => Range::default(),
    });
    let usual = Probe::new(category, name.as_deref().unwrap_or_default(), asked.clone()?, reading.clone());
    let longest = Duration::from_mins(10);
    let interval = time(section, "interval", Duration::ZERO..=Duration::from_hours(1), sink);
    let timeout = time(section, "timeout", Duration::from_millis(1)..=longest, sink);
    let probe = Probe {
        target: amount::range(section, "target", &unit, better, sink).unwrap_or_default(),
        accept,
        scale: scale(section, sink).unwrap_or(usual.scale),
        threshold: threshold(section, better, sink).unwrap_or(usual.threshold),
        floor: amount::positive(section, "floor", &unit, sink).unwrap_or(usual.floor),
        samples: whole(section, "samples", 1..=SAMPLES, sink).unwrap_or(usual.samples),
        interval: interval.unwrap_or_else(|| pause(&reading)),
        timeout: timeout.unwrap_or(usual.timeout),
        optional: section.boolean("optional", sink).unwrap_or(usual.optional),
        unit,
        better,
        ..usual
    };
    within_reach(section, &probe, sink);
    name.map(|name| Probe { name, ..probe })
}

/// What is multiplied by 0 is always 0, and nothing could fail.
fn scale(section: Section<'_>, sink: &mut Sink) -> Option<f64> {
    let scale = real(section, "scale", -1e18..=1e18, sink)?;
    if scale == 0.0 {
        let hint = "such as `0.001`, which makes seconds of milliseconds".to_owned();
        sink.add(section.get("scale")?.span, "`scale` is not 0: every value would be 0", Some(hint));
        return None;
    }
    Some(scale)
}

/// Refuses bounds that no value can miss or meet.
fn within_reach(section: Section<'_>, probe: &Probe, sink: &mut Sink) {
    let Some(reach) = reach::of(&probe.reading, &probe.source, probe.scale) else { return };
    reach::check(section, "accept", probe.accept, &probe.unit, reach, sink);
    reach::check(section, "target", probe.target, &probe.unit, reach, sink);
    reach::check_floor(section, probe.floor, &probe.unit, reach, sink);
}

/// The change that counts: any, where neither way is better; of what should be high no more can be lost than all of it.
fn threshold(section: Section<'_>, better: Better, sink: &mut Sink) -> Option<f64> {
    let Some(node) = section.get("threshold") else { return (better == Better::Same).then_some(0.0) };
    let threshold = percentage(section, "threshold", 100.0, sink)?;
    if better == Better::Higher && threshold >= 1.0 {
        let hint = "less than 100%, or `accept: {min: …}`".to_owned();
        sink.add(node.span, "nothing can lose more than all of it: this would never fail", Some(hint));
        return None;
    }
    Some(threshold)
}

/// Two scrapes without time between them have no rate.
const fn pause(reading: &Reading) -> Duration {
    match reading {
        Reading::Series(query) if matches!(query.take, Take::Rate | Take::QuantileRate(_)) => {
            Duration::from_secs(1)
        }
        _ => Duration::ZERO,
    }
}

/// The one kind of source that a probe names.
fn kind(node: &Node, sink: &mut Sink) -> Option<&'static str> {
    let entries = match node.expect_map() {
        Ok(entries) => entries,
        Err(error) => {
            sink.add(node.span, error.message, Some("a probe is a mapping: `- name: …`".to_owned()));
            return None;
        }
    };
    let named: Vec<(&'static str, Span)> = entries
        .iter()
        .filter_map(|entry| {
            let (kind, _) = source::KINDS.iter().find(|(kind, _)| *kind == entry.key)?;
            Some((*kind, entry.key_span))
        })
        .collect();
    match named.as_slice() {
        [(kind, _)] => Some(*kind),
        [] => {
            let kinds: Vec<&str> = source::KINDS.iter().map(|(kind, _)| *kind).collect();
            let hint = format!("one of: {}", kinds.join(", "));
            sink.add(node.span, "the probe does not say what is asked", Some(hint));
            None
        }
        [_, (_, span), ..] => {
            sink.add(*span, "a probe asks one source", Some("make two probes of it".to_owned()));
            None
        }
    }
}

/// The unit: a part of the metric's name in an export.
fn unit(section: Section<'_>, sink: &mut Sink) -> Option<String> {
    let text = section.text("unit", sink)?;
    let fits = is_name(&text) && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if !fits {
        let hint = "base units in the plural, such as `seconds`, `bytes`, `ratio`, `celsius`".to_owned();
        sink.add(section.get("unit")?.span, "a unit is lower-case letters, digits and `_`", Some(hint));
        return None;
    }
    Some(text)
}
