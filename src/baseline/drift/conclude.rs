//! What the check `baseline-drift` says of the changes.

use super::changes::severity;
use super::digests::{MARK, is_digest};
use super::{Seen, Snapshot};
use crate::baseline::checks::DRIFT;
use crate::engine::{Conclusion, Findings, conclude_alone};
use crate::report::{Baseline, CheckReport, DriftChange, DriftKind, Status, mask_secrets};

/// How many things that could not be seen are named in the status.
const NAMED: usize = 3;

/// What the check `baseline-drift` says: a finding for each change in [`Baseline::drift`]. What was asked for and could not be
/// seen or compared makes the check not evaluated; the findings stay.
#[must_use]
pub fn conclude(baseline: &Baseline, then: Option<&Snapshot>, now: &Snapshot) -> CheckReport {
    conclude_alone(&DRIFT, |findings| {
        let keys: usize = now.files.values().map(|file| file.values.len()).sum();
        for (unit, count) in [
            ("configuration files", now.files.len()),
            ("keys", keys),
            ("environment variables", now.environment.len()),
            ("versions", now.versions.len()),
            ("ports", now.ports.as_ref().map_or(0, std::collections::BTreeMap::len)),
        ] {
            if count > 0 {
                findings.examined(unit, count as u64);
            }
        }
        for change in &baseline.drift {
            say(change, findings);
        }
        let Some(then) = then else {
            return Conclusion::Instead(if is_empty(now) {
                nothing()
            } else {
                Status::not_evaluated("no reference is approved", "readiness baseline approve")
            });
        };
        if is_empty(now) && is_empty(then) {
            return Conclusion::Instead(nothing());
        }
        let unseen = unseen(then, now);
        if unseen.is_empty() {
            return Conclusion::Evaluated;
        }
        let mut words: Vec<&str> = unseen.iter().take(NAMED).map(String::as_str).collect();
        let more = unseen.len().saturating_sub(NAMED);
        let rest = format!("{more} more");
        if more > 0 {
            words.push(&rest);
        }
        let reason = mask_secrets(&format!("could not be seen or compared: {}", words.join("; ")));
        Conclusion::Instead(Status::not_evaluated(&reason, ""))
    })
}

fn nothing() -> Status {
    Status::not_applicable(
        "no configuration file was found and nothing else is declared",
        "name files, variables, versions or ports under `baseline.drift` in readiness.yaml",
    )
}

/// Whether there is nothing to compare.
fn is_empty(snapshot: &Snapshot) -> bool {
    snapshot.files.is_empty()
        && snapshot.environment.is_empty()
        && snapshot.versions.is_empty()
        && snapshot.ports.is_none()
        && snapshot.findings.is_none()
        && snapshot.unseen.is_empty()
}

/// What was asked for and could not be seen, now or in the reference, in words.
fn unseen(then: &Snapshot, now: &Snapshot) -> Vec<String> {
    let mut unseen = now.unseen.clone();
    unseen.extend(then.unseen.iter().map(|words| format!("in the reference: {words}")));
    for (name, seen) in &now.versions {
        if let Seen::Unseen(reason) = seen {
            unseen.push(format!("version of {name}: {reason}"));
        }
    }
    let new = |what: &str, name: &str| format!("{what} {name}: the reference has none to compare with");
    for name in now.environment.keys().filter(|name| !then.environment.contains_key(*name)) {
        unseen.push(new("variable", name));
    }
    for name in now.versions.keys().filter(|name| !then.versions.contains_key(*name)) {
        unseen.push(new("version of", name));
    }
    if now.ports.is_some() && then.ports.is_none() {
        unseen.push("listening ports: the reference has none to compare with".to_owned());
    }
    if now.findings.is_some() && then.findings.is_none() {
        unseen.push("open findings of the audit: the reference has none to compare with".to_owned());
    }
    if then.salt != now.salt {
        let is_kept = |snapshot: &Snapshot| {
            !snapshot.environment.is_empty()
                || snapshot
                    .files
                    .values()
                    .any(|file| !file.parsed || file.values.values().any(|value| is_digest(&value.text)))
        };
        if is_kept(then) && is_kept(now) {
            unseen.push(
                "secrets, variables and files without keys: their digests have another salt".to_owned(),
            );
        }
    }
    unseen
}

/// Reports one change.
fn say(change: &DriftChange, findings: &mut Findings<'_>) {
    let severity = severity(change);
    match change.kind {
        DriftKind::File if !change.place.is_empty() => {
            findings.on_path_rated(&change.rule, severity, &change.place, of_file(change));
        }
        DriftKind::File => findings.on_part(&change.rule, "drift", Some(severity), change.words.clone()),
        _ => findings.on_part(&change.rule, &change.place, Some(severity), of_part(change)),
    }
}

/// `security.jwt.expiry: 15m → 24h (CFG-006): …`
fn of_file(change: &DriftChange) -> String {
    let rule = change.audit_rule.as_deref().map(|rule| format!(" ({rule})")).unwrap_or_default();
    let words = &change.words;
    if change.key.is_empty() {
        return format!("{}{rule}", words.trim_end_matches('.'));
    }
    let key = format!("`{}`", change.key);
    let hidden = [&change.before, &change.after]
        .into_iter()
        .any(|text| text.as_deref().is_some_and(|text| text.starts_with(MARK)));
    let text = |text: &str| if hidden { "of which only digests are kept".to_owned() } else { quoted(text) };
    // The words stand before the key: what follows the name of a secret is taken for the secret and masked.
    let told = match (change.before.as_deref(), change.after.as_deref()) {
        (None, Some(after)) => format!("new: {key}, {}", text(after)),
        (Some(before), None) => format!("gone: {key}, {}", text(before)),
        (Some(before), Some(after)) if before == after => {
            format!("unchanged, and of another meaning: {key}, {}", text(after))
        }
        _ if hidden => format!("another value of {key}, {}", text("")),
        (before, after) => {
            format!("{key}: {} → {}", quoted(before.unwrap_or_default()), quoted(after.unwrap_or_default()))
        }
    };
    let words = if words.is_empty() { String::new() } else { format!("; {words}") };
    format!("{told}{rule}{words}")
}

/// A text that shows where it is empty.
fn quoted(text: &str) -> String {
    if text.is_empty() { "\"\"".to_owned() } else { text.to_owned() }
}

fn of_part(change: &DriftChange) -> String {
    let program = |text: &Option<String>| match text.as_deref() {
        None | Some("") => String::new(),
        Some(program) => format!(" ({program})"),
    };
    // As it is, also at the beginning of a sentence.
    let place = format!("`{}`", change.place);
    let words = if change.words.is_empty() { String::new() } else { format!(": {}", change.words) };
    match (change.kind, &change.before, &change.after) {
        (DriftKind::Environment, ..) => format!("{place}{words}"),
        (DriftKind::Version, Some(before), Some(after)) => {
            format!("{place}: {before} → {after}")
        }
        (DriftKind::Version, ..) => format!("{place}{words}"),
        (DriftKind::Port, before, None) => {
            format!("{place}{} is not listened on any more", program(before))
        }
        (DriftKind::Port, None, after) => format!("{place}{} is new", program(after)),
        (DriftKind::Port, before, after) => {
            format!("{place}:{} →{}{words}", program(before), program(after))
        }
        (DriftKind::Finding, ..) => {
            format!("{} in {} is new", change.audit_rule.as_deref().unwrap_or_default(), change.place)
        }
        (DriftKind::File, ..) => change.words.clone(),
    }
}
