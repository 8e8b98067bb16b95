//! The section `release`.

use std::time::Duration;

use super::decode::{Section, Sink};
use super::read::{name_of, plain};
use crate::formats::document::Span;
use crate::formats::duration;
use crate::release::settings::{EVIDENCE_KINDS, GateSettings, OPTIONAL_STEPS, Settings};

/// The keys of the section.
pub(super) const KEYS: &[&str] =
    &["name", "version", "artifacts", "optional", "mandatory", "step_timeout", "scenario", "gate"];

/// Reads the section.
pub(super) fn read(section: Section<'_>, sink: &mut Sink) -> Settings {
    let usual = Settings::default();
    Settings {
        name: section.text("name", sink),
        version: section.text("version", sink),
        artifacts: plain(section.texts("artifacts", sink)),
        optional: among("step", section.texts("optional", sink), OPTIONAL_STEPS, sink),
        mandatory: among("step", section.texts("mandatory", sink), OPTIONAL_STEPS, sink),
        step_timeout: time(section, "step_timeout", sink).unwrap_or(usual.step_timeout),
        scenario: section.text("scenario", sink),
        gate: section
            .section("gate", &["require", "max_age"], sink)
            .map_or(usual.gate, |gate| read_gate(gate, sink)),
    }
}

fn read_gate(section: Section<'_>, sink: &mut Sink) -> GateSettings {
    let mut gate = GateSettings::default();
    if section.get("require").is_some() {
        gate.require = among("report", section.texts("require", sink), EVIDENCE_KINDS, sink);
    }
    let kinds: Vec<&str> = EVIDENCE_KINDS.iter().copied().chain(["all"]).collect();
    if let Some(ages) = section.section("max_age", &kinds, sink) {
        for kind in kinds {
            gate.max_age.extend(time(ages, kind, sink).map(|age| (kind.to_owned(), age)));
        }
    }
    gate
}

/// Texts that must be among some names.
fn among(kind: &str, texts: Vec<(String, Span)>, names: &[&str], sink: &mut Sink) -> Vec<String> {
    for (text, span) in &texts {
        name_of(kind, text, *span, names, sink);
    }
    plain(texts)
}

/// A length of time with its unit.
fn time(section: Section<'_>, key: &str, sink: &mut Sink) -> Option<Duration> {
    let text = section.text(key, sink)?;
    match duration::nanoseconds(&text, key) {
        Some((nanoseconds, _)) if nanoseconds > 0 => Some(Duration::from_nanos(nanoseconds)),
        _ => {
            if let Some(node) = section.get(key) {
                sink.add(node.span, "a length of time is expected, such as `5m` or `7d`", None);
            }
            None
        }
    }
}
