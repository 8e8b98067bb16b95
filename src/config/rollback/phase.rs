//! The phases of a release, in the order in which it was carried out.

use std::time::Duration;

use super::super::decode::{Section, Sink};
use super::{DAY, items, lines, step, time};
use crate::formats::document::{Node, Span};
use crate::rollback::settings::{Phase, Risk};

const KEYS: &[&str] = &["name", "reverses", "steps", "verify", "expected", "risk", "owner", "communicate"];
const RISKS: [(&str, Risk); 3] = [("low", Risk::Low), ("medium", Risk::Medium), ("high", Risk::High)];

/// Reads the phases.
pub(super) fn read(section: Section<'_>, sink: &mut Sink) -> Vec<Phase> {
    let mut names: Vec<(String, Span)> = Vec::new();
    let mut phases = Vec::new();
    for item in items(section, "phases", "each phase is an item of a list: `- name: …`", sink) {
        phases.extend(phase(item, &mut names, sink));
    }
    phases
}

fn phase(node: &Node, names: &mut Vec<(String, Span)>, sink: &mut Sink) -> Option<Phase> {
    if node.is_null() {
        sink.add(node.span, "the phase says nothing", None);
    }
    let phase = Section::of(node, "phase", KEYS, sink)?;
    let name = phase.text("name", sink);
    if phase.get("name").is_none() {
        sink.add(phase.span(), "a phase needs `name`", None);
    }
    if let (Some(name), Some(node)) = (&name, phase.get("name")) {
        match names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, first)) => {
                let message = format!("a phase of this name stands on line {} already", first.line);
                sink.add(node.span, message, None);
            }
            None => names.push((name.clone(), node.span)),
        }
    }
    if phase.get("steps").is_none_or(|steps| steps.expect_list().is_ok_and(<[_]>::is_empty)) {
        let hint = "what a person does is a step too: `- manual: …`".to_owned();
        sink.add(phase.span(), "a phase needs `steps`", Some(hint));
    }
    let read = Phase {
        name: name.unwrap_or_default(),
        reverses: phase.text("reverses", sink),
        steps: step::steps(phase, sink),
        verify: step::verify(phase, sink),
        expected: time(phase, "expected", Duration::from_millis(1)..=30 * DAY, sink),
        risk: phase.one_of("risk", &RISKS, sink).unwrap_or_default(),
        owner: phase.text("owner", sink),
        communicate: lines(phase, "communicate", sink),
    };
    Some(read)
}
