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
    let optional = among("step", section.texts("optional", sink), OPTIONAL_STEPS, sink);
    Settings {
        name: section.text("name", sink),
        version: section.text("version", sink),
        artifacts: plain(section.texts("artifacts", sink)),
        mandatory: mandatory(section, &optional, sink),
        optional,
        step_timeout: time(section, "step_timeout", sink).unwrap_or(usual.step_timeout),
        scenario: section.text("scenario", sink),
        gate: section
            .section("gate", &["require", "max_age", "rehearsal_within"], sink)
            .map_or(usual.gate, |gate| read_gate(gate, sink)),
    }
}

/// The mandatory steps; one that is optional as well makes no sense.
fn mandatory(section: Section<'_>, optional: &[String], sink: &mut Sink) -> Vec<String> {
    let texts = section.texts("mandatory", sink);
    for (text, span) in texts.iter().filter(|(text, _)| optional.contains(text)) {
        sink.add(*span, format!("`{text}` stands under `optional`, too: a step is one of them"), None);
    }
    among("step", texts, OPTIONAL_STEPS, sink)
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
    gate.rehearsal_within = time(section, "rehearsal_within", sink);
    if let Some(node) = section.get("rehearsal_within")
        && !gate.require.iter().any(|kind| kind == "rehearsal")
    {
        let hint = "add it: `require: [audit, rehearsal]`".to_owned();
        let message =
            "this bounds nothing unless `require` names `rehearsal`: a release without one would pass";
        sink.add(node.span, message, Some(hint));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Known, read};

    const KNOWN: Known<'_> = Known { checks: &[], rules: || vec![] };

    #[test]
    fn a_full_section() {
        let text = "release:\n  name: app\n  version: 1.2.3\n  artifacts: [dist/*.tar.gz]\n  optional: [sbom]\n  \
                    mandatory: [slsa]\n  step_timeout: 90s\n  scenario: load.yaml\n  gate:\n    require: [audit, perf]\n    \
                    max_age: {audit: 36h, all: 2d}\n";
        let told = read::read(text.as_bytes(), "r", KNOWN).unwrap().release;
        assert_eq!((told.name.as_deref(), told.version.as_deref()), (Some("app"), Some("1.2.3")));
        assert_eq!((told.optional, told.mandatory), (vec!["sbom".to_owned()], vec!["slsa".to_owned()]));
        assert_eq!(told.step_timeout, Duration::from_secs(90));
        assert_eq!(told.gate.require, ["audit", "perf"]);
        assert_eq!(told.gate.max_age("audit"), Duration::from_secs(36 * 3_600));
        assert_eq!(told.gate.max_age("perf"), Duration::from_secs(2 * 86_400));
        assert_eq!(told.gate.rehearsal_within, None);
        let text = b"release:\n  gate: {require: [rehearsal], rehearsal_within: 90m}\n";
        let rehearsed = read::read(text, "r", KNOWN).unwrap().release.gate;
        assert_eq!(rehearsed.rehearsal_within, Some(Duration::from_secs(90 * 60)));
        assert_eq!(rehearsed.max_age("rehearsal"), Duration::from_secs(14 * 86_400));
        let nothing = read::read(b"release:\n  gate: {require: []}\n", "r", KNOWN).unwrap().release;
        assert_eq!(nothing.gate.require, Vec::<String>::new(), "to ask for nothing is a wish, too");
        assert_eq!(nothing.gate.max_age("audit"), Duration::from_secs(7 * 86_400));
    }

    #[test]
    fn what_makes_no_sense_is_told_with_its_place() {
        for (text, place, words) in [
            ("release:\n  optional: [tests]\n", "2:14", "tests"),
            ("release:\n  optional: [sbom]\n  mandatory: [sbom]\n", "3:15", "under `optional`, too"),
            ("release:\n  step_timeout: 0s\n", "2:17", "a length of time is expected"),
            ("release:\n  gate:\n    require: [sbom]\n", "3:15", "sbom"),
            ("release:\n  gate:\n    max_age: {audits: 1d}\n", "3:15", "audits"),
            ("release:\n  gate:\n    rehearsal_within: 90m\n", "3:23", "unless `require` names `rehearsal`"),
            (
                "release:\n  gate:\n    require: [rehearsal]\n    rehearsal_within: soon\n",
                "4:23",
                "a length of time is expected",
            ),
            ("release:\n  gate:\n    max_age: {audit: soon}\n", "3:22", "a length of time is expected"),
        ] {
            let told = read::read(text.as_bytes(), "r", KNOWN).unwrap_err().to_string();
            assert!(told.starts_with(&format!("r:{place}: ")) && told.contains(words), "{text}{told}");
        }
    }
}
