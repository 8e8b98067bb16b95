//! What others said and a document passes on, made harmless: programs, servers, paths, values of a configuration.

use std::collections::{BTreeMap, BTreeSet};

use super::Capture;
use crate::baseline::drift::{Seen, Snapshot};
use crate::report::Severity;

/// Whether a character is obeyed instead of shown: controls, separators of lines and paragraphs, and marks that turn the
/// direction of what follows.
pub(super) const fn is_odd(c: char) -> bool {
    matches!(
        c,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// Makes such characters of a text visible; line ends stay.
fn text(text: &mut String) {
    let odd = |c: char| is_odd(c) && c != '\n';
    if text.contains(odd) {
        *text =
            text.chars().flat_map(|c| if odd(c) { c.escape_default().collect() } else { vec![c] }).collect();
    }
}

/// The same in the keys of a map.
fn keys<V>(map: &mut BTreeMap<String, V>) {
    if map.keys().any(|key| key.contains(is_odd)) {
        *map = std::mem::take(map)
            .into_iter()
            .map(|(mut key, value)| {
                text(&mut key);
                (key, value)
            })
            .collect();
    }
}

/// The same in what rules say.
fn concerns(all: &mut BTreeSet<(String, Severity, String)>) {
    *all = std::mem::take(all)
        .into_iter()
        .map(|(rule, severity, mut words)| {
            text(&mut words);
            (rule, severity, words)
        })
        .collect();
}

/// Cleans everything in a capture that may hold any text.
pub(super) fn clean(capture: &mut Capture) {
    capture.metrics.iter_mut().filter_map(|metric| metric.reason.as_mut()).for_each(text);
    for module in &mut capture.modules {
        [&mut module.name, &mut module.command, &mut module.words].into_iter().for_each(text);
    }
    for file in &mut capture.files {
        [&mut file.path, &mut file.about].into_iter().for_each(text);
        file.problems.iter_mut().for_each(|(_, words)| text(words));
    }
    let environment = &mut capture.machine.environment;
    [Some(&mut environment.cpu), Some(&mut environment.system)]
        .into_iter()
        .chain([environment.governor.as_mut(), environment.kernel.as_mut()])
        .flatten()
        .for_each(text);
    if let Some(snapshot) = &mut capture.snapshot {
        clean_snapshot(snapshot);
    }
}

/// Cleans a snapshot. One that was just taken is cleaned too before it is compared: both must say the same.
pub fn clean_snapshot(snapshot: &mut Snapshot) {
    keys(&mut snapshot.files);
    for file in snapshot.files.values_mut() {
        keys(&mut file.values);
        concerns(&mut file.concerns);
        for value in file.values.values_mut() {
            text(&mut value.text);
            concerns(&mut value.further);
            value.concern.iter_mut().for_each(|(_, _, words)| text(words));
        }
    }
    keys(&mut snapshot.environment);
    keys(&mut snapshot.versions);
    for seen in snapshot.versions.values_mut() {
        let (Seen::Text(words) | Seen::Unseen(words)) = seen;
        text(words);
    }
    if let Some(ports) = &mut snapshot.ports {
        keys(ports);
        ports.values_mut().for_each(text);
    }
    if let Some(findings) = &mut snapshot.findings {
        keys(findings);
        findings.values_mut().for_each(|finding| text(&mut finding.place));
    }
    snapshot.unseen.iter_mut().for_each(text);
}
