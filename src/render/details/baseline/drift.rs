//! What was configured differently, what weighs most first.

use super::units::counted;
use super::{DIGITS, approval, called, commit, name};
use crate::render::details::{Body, Fact, Row, Section, Table, Tone, Weight, fact, section, sentence, toned};
use crate::render::visible;
use crate::render::words::{NOTHING, number};
use crate::report::{Baseline, BaselineAction, DriftChange, DriftKind};

/// Longest value shown, in characters.
const VALUE: usize = 80;
/// How much that both values begin with is still shown when they differ further on.
const BEFORE: usize = 12;

/// The sections: always when this is what was asked for, otherwise when something changed.
pub(super) fn sections(baseline: &Baseline) -> Vec<Section<'static>> {
    let asked = baseline.action == BaselineAction::Drift;
    let mut out = Vec::new();
    if asked {
        out.push(section("Drift", Weight::Normal, Body::Facts(facts(baseline))));
    }
    if !baseline.drift.is_empty() {
        let title = if asked { "Changes" } else { "Configured differently" };
        out.push(section(title, Weight::Normal, Body::Table(table(&baseline.drift))));
    }
    out
}

fn facts(baseline: &Baseline) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (label, side) in [("reference", &baseline.reference), ("now", &baseline.capture)] {
        facts.push(match side {
            Some(capture) if label == "now" && capture.id == "now" => {
                fact(label, format!("the system as it is, commit {}", commit(capture).0))
            }
            Some(capture) => fact(
                label,
                format!("{}, made {}, commit {}", called(capture), name(&capture.created), commit(capture).0),
            ),
            // What is compared with the reference may be the system as it is, which no one captured.
            None if label == "now" => fact(label, "the system as it is".to_owned()),
            None => Fact { name: label, text: "none".to_owned(), tone: Tone::Caution },
        });
    }
    let approved = baseline.reference.as_ref().and_then(|reference| reference.approved.as_ref());
    facts.extend(approved.map(|given| fact("approved by", approval(given))));
    let mut words = Vec::new();
    for weight in 0..=2 {
        let many = baseline.drift.iter().filter(|change| weigh(change).0 == weight).count();
        let what = ["against a rule of the audit", "of security", if many == 1 { "other" } else { "others" }];
        let what = what.get(usize::from(weight)).unwrap_or(&"others");
        words.extend((many > 0).then(|| format!("{} {what}", number(counted(many)))));
    }
    let tone = baseline.drift.iter().map(|change| weigh(change).1).fold(Tone::Plain, worse);
    let text = match (words.is_empty(), &baseline.reference) {
        (true, None) => "not looked for: there is nothing to compare with".to_owned(),
        (true, Some(_)) => "none".to_owned(),
        (false, _) => words.join(" · "),
    };
    facts.push(Fact { name: "changes", text, tone });
    facts
}

const fn worse(one: Tone, other: Tone) -> Tone {
    match (one, other) {
        (Tone::Bad, _) | (_, Tone::Bad) => Tone::Bad,
        (Tone::Caution, _) | (_, Tone::Caution) => Tone::Caution,
        _ => Tone::Plain,
    }
}

/// How much a change weighs: 0 for a value that a rule of the audit calls weak, 1 for what touches security, 2 for others.
fn weigh(change: &DriftChange) -> (u8, Tone) {
    match change.rule.as_str() {
        "BSL-030" | "BSL-037" => (0, Tone::Bad),
        _ if change.audit_rule.is_some() => (0, Tone::Bad),
        "BSL-031" | "BSL-033" | "BSL-035" => (1, Tone::Caution),
        _ => (2, Tone::Plain),
    }
}

fn table(changes: &[DriftChange]) -> Table {
    let mut sorted: Vec<&DriftChange> = changes.iter().collect();
    sorted.sort_by_key(|change| weigh(change).0);
    let columns =
        vec![("place", false), ("key", false), ("weight", false), ("kind", false), ("was → is", false)];
    Table {
        columns,
        keys: 1,
        rows: sorted.into_iter().map(row).collect(),
        things: "changes",
        lesser: &["weight", "kind"],
    }
}

fn row(change: &DriftChange) -> Row {
    let (weight, tone) = weigh(change);
    let kind = match change.kind {
        DriftKind::File => "file",
        DriftKind::Environment => "variable",
        DriftKind::Version => "version",
        DriftKind::Port => "port",
        DriftKind::Finding => "finding",
    };
    let word = match change.rule.as_str() {
        "BSL-030" => "weakened",
        "BSL-031" => "security",
        "BSL-032" => "setting",
        "BSL-033" => "another value",
        "BSL-034" => "another version",
        "BSL-035" => "opened",
        "BSL-036" => "closed",
        "BSL-037" => "new finding",
        _ => "",
    };
    let mut rules = vec![format!("{} {word}", name(&change.rule)).trim_end().to_owned()];
    rules.extend(change.audit_rule.as_ref().map(|rule| name(rule)));
    let key = if change.key.is_empty() { NOTHING.to_owned() } else { name(&change.key) };
    let cells = vec![
        name(&change.place).into(),
        key.into(),
        toned(rules.join(" · "), tone),
        kind.to_owned().into(),
        // Its weight may have no room.
        toned(values(change.before.as_deref(), change.after.as_deref()), tone),
    ];
    Row { cells, note: sentence(&change.words), keep: weight < 2 }
}

/// What it was and what it is.
fn values(before: Option<&str>, after: Option<&str>) -> String {
    match (before, after) {
        (Some(before), Some(after)) => {
            let skipped = skipped(&brief(before), &brief(after));
            format!("{} → {}", from(&brief(before), skipped), from(&brief(after), skipped))
        }
        (None, Some(after)) => format!("new: {}", from(&brief(after), 0)),
        (Some(before), None) => format!("gone, was {}", from(&brief(before), 0)),
        (None, None) => "changed".to_owned(),
    }
}

/// A value on one line; of a digest as much as tells it from others; nothing is told from a value that is empty.
fn brief(value: &str) -> String {
    let line = visible::line(value);
    match line.split_once(':') {
        Some((kind @ ("hmac" | "sha256"), digits)) if digits.len() > DIGITS && digits.is_ascii() => {
            format!("{kind}:{}…", digits.get(..DIGITS).unwrap_or_default())
        }
        _ if line.trim().is_empty() => "(empty)".to_owned(),
        _ => line.into_owned(),
    }
}

/// How many characters both begin with that need not be shown: none unless the difference would be cut away.
fn skipped(before: &str, after: &str) -> usize {
    let shared = before.chars().zip(after.chars()).take_while(|(one, other)| one == other).count();
    if shared + 1 < VALUE { 0 } else { shared.saturating_sub(BEFORE) }
}

fn from(text: &str, skipped: usize) -> String {
    let rest: String = text.chars().skip(skipped).collect();
    // A cut may bring what a build runner takes as a command to the front.
    let rest = if skipped > 0 { format!("…{rest}") } else { rest };
    visible::cut(&visible::line(&rest), VALUE).into_owned()
}

#[cfg(test)]
mod tests {
    use super::values;

    #[test]
    fn what_differs_is_shown() {
        assert_eq!(values(Some("15m"), Some("24h")), "15m → 24h");
        assert_eq!(values(None, Some("10")), "new: 10");
        assert_eq!(values(Some(" "), None), "gone, was (empty)");
        assert_eq!(
            values(Some("hmac:0123456789abcdef0123"), Some("hmac:fedcba98765432100123")),
            "hmac:0123456789ab… → hmac:fedcba987654…"
        );
        let long = "x".repeat(500);
        assert_eq!(
            values(Some(&format!("{long}a")), Some(&format!("{long}b"))),
            "…xxxxxxxxxxxxa → …xxxxxxxxxxxxb"
        );
        assert_eq!(values(Some(&long), None).chars().count(), "gone, was ".len() + 80);
    }
}
