//! What was captured, compared, looked at over time or found to be configured differently, as sections.

mod captured;
mod compared;
mod drift;
pub(in crate::render) mod history;
mod sparkline;
mod things;
pub(in crate::render) mod units;

use super::numbers::time;
use super::{Fact, Section, Tone, environment, fact, name, sentence};
use crate::render::visible;
use crate::report::{Baseline, BaselineAction, BaselineApproval, BaselineCapture};

/// How many characters of a digest, a commit or a fingerprint tell it from others.
const DIGITS: usize = 12;
/// Most lines of a list of sentences.
const LINES: usize = 12;

/// The sections of a baseline.
pub(super) fn sections(baseline: &Baseline) -> Vec<Section<'_>> {
    let mut out = match baseline.action {
        BaselineAction::Captured => captured::sections(baseline),
        BaselineAction::Compared => compared::sections(baseline),
        BaselineAction::History => history::sections(baseline),
        BaselineAction::Drift => Vec::new(),
    };
    out.extend(drift::sections(baseline));
    out.extend(things::sections(baseline));
    out
}

/// A capture by the name that people know it by, and its id.
fn called(capture: &BaselineCapture) -> String {
    let id = name(&capture.id);
    capture.label.as_ref().map_or_else(|| id.clone(), |label| format!("{} ({id})", name(label)))
}

/// The commit of a capture, and whether it is all of what was there.
fn commit(capture: &BaselineCapture) -> (String, Tone) {
    match (&capture.commit, capture.dirty) {
        (Some(commit), Some(true)) => {
            (format!("{}, with changed files", head(commit, DIGITS)), Tone::Caution)
        }
        (Some(commit), _) => (head(commit, DIGITS), Tone::Plain),
        (None, _) => ("none".to_owned(), Tone::Plain),
    }
}

/// What the machine is, and its fingerprint.
fn machine(title: &'static str, capture: &BaselineCapture) -> Fact {
    let known = !(capture.environment.system.is_empty() && capture.environment.cpu.is_empty());
    let mut words: Vec<String> = known.then(|| environment(&capture.environment).text).into_iter().collect();
    let fingerprint = head(&capture.machine, DIGITS);
    words.extend((!fingerprint.is_empty()).then(|| format!("fingerprint {fingerprint}")));
    fact(title, if words.is_empty() { "unknown".to_owned() } else { words.join(" · ") })
}

/// Who answers for a capture as the reference, when they said so, and why.
fn approval(approval: &BaselineApproval) -> String {
    let reason = sentence(&approval.reason);
    let who = format!("{}, {}", name(&approval.owner), name(&approval.time));
    if reason.is_empty() { who } else { format!("{who}: {reason}") }
}

fn milliseconds(value: u64) -> String {
    time(super::numbers::float(value) * 1e6)
}

/// The first characters of something that no one reads to its end.
fn head(text: &str, most: usize) -> String {
    visible::line(text).chars().take(most).collect()
}

/// At most [`LINES`] sentences, and how many there are besides.
fn sentences(lines: impl Iterator<Item = String>) -> Vec<(String, String)> {
    let mut all = lines.map(|line| (line, String::new()));
    let mut shown: Vec<(String, String)> = all.by_ref().take(LINES).collect();
    let more = units::counted(all.count());
    if more > 0 {
        let words = format!("and {} more, which the JSON report has", crate::render::words::number(more));
        shown.push((words, String::new()));
    }
    shown
}
