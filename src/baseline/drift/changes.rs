//! How two snapshots differ.

use std::collections::{BTreeMap, BTreeSet};

use super::align::{Moved, Pair, align};
use super::digests::{is_digest, short};
use super::{FileState, OpenFinding, Seen, Snapshot, Value};
use crate::report::{DriftChange, DriftKind, Severity};

/// Most changes that are told one by one: the worst. Of the others their number is told.
const MOST: usize = 1_000;

/// Rules, see `rules/drift.yaml`.
const WEAKENED: &str = "BSL-030";
const SECURITY: &str = "BSL-031";
const SETTING: &str = "BSL-032";
const VARIABLE: &str = "BSL-033";
const VERSION: &str = "BSL-034";
const PORT_NEW: &str = "BSL-035";
const PORT_GONE: &str = "BSL-036";
const FINDING: &str = "BSL-037";

/// What changed, each with the rule that it is a finding of. Digests count only under the same salt.
#[must_use]
pub fn changes(then: &Snapshot, now: &Snapshot) -> Vec<DriftChange> {
    let same_salt = then.salt == now.salt;
    let mut all = Vec::new();
    let paths: BTreeSet<&String> = then.files.keys().chain(now.files.keys()).collect();
    for path in paths {
        let file = Compared { path, same_salt };
        match (then.files.get(path), now.files.get(path)) {
            (Some(old), Some(new)) => file.changed(old, new, &mut all),
            (None, Some(new)) => file.added(new, &mut all),
            (Some(old), None) => all.push(file.whole(old.values.values(), "the file is gone")),
            (None, None) => {}
        }
    }
    if same_salt {
        environment(&then.environment, &now.environment, &mut all);
    }
    versions(&then.versions, &now.versions, &mut all);
    if let (Some(then), Some(now)) = (&then.ports, &now.ports) {
        ports(then, now, &mut all);
    }
    if let (Some(then), Some(now)) = (&then.findings, &now.findings) {
        findings(then, now, &mut all);
    }
    folded(all)
}

/// How bad a change is: what is said of it, or what its rule says in general.
pub(super) fn severity(change: &DriftChange) -> Severity {
    change.severity.unwrap_or(match change.rule.as_str() {
        WEAKENED => Severity::High,
        SETTING | VERSION | PORT_GONE => Severity::Low,
        _ => Severity::Medium,
    })
}

/// The worst, in their order; of the others their number.
fn folded(all: Vec<DriftChange>) -> Vec<DriftChange> {
    let more = all.len().saturating_sub(MOST);
    if more == 0 {
        return all;
    }
    let mut numbered: Vec<(usize, DriftChange)> = all.into_iter().enumerate().collect();
    numbered.sort_by_key(|(number, change)| (std::cmp::Reverse(severity(change)), *number));
    let worst = numbered.get(MOST).map(|(_, change)| severity(change));
    numbered.truncate(MOST);
    numbered.sort_by_key(|(number, _)| *number);
    let rest = DriftChange {
        rule: SETTING.to_owned(),
        severity: worst,
        words: format!("{more} more changes, none of them worse than those that are told"),
        ..DriftChange::default()
    };
    numbered.into_iter().map(|(_, change)| change).chain([rest]).collect()
}

/// A file that two snapshots may have.
struct Compared<'a> {
    path: &'a str,
    same_salt: bool,
}

impl Compared<'_> {
    fn change(&self, key: &str, rule: &str) -> DriftChange {
        DriftChange {
            kind: DriftKind::File,
            place: self.path.to_owned(),
            key: key.to_owned(),
            rule: rule.to_owned(),
            ..DriftChange::default()
        }
    }

    /// A change of the file as a whole: as grave as the gravest of its values could be.
    fn whole<'v>(&self, mut values: impl Iterator<Item = &'v Value>, words: &str) -> DriftChange {
        let rule = if values.any(|value| value.security) { SECURITY } else { SETTING };
        DriftChange { words: words.to_owned(), ..self.change("", rule) }
    }

    fn added(&self, new: &FileState, all: &mut Vec<DriftChange>) {
        all.push(self.whole(new.values.values(), "the file is new"));
        self.weak_values(new, all);
        self.weak_whole(&BTreeSet::new(), new, all);
    }

    /// What concerns rules in values of which nothing is known from before.
    fn weak_values(&self, new: &FileState, all: &mut Vec<DriftChange>) {
        let weak = new.values.iter().filter(|(_, value)| value.concern.is_some());
        all.extend(weak.map(|(key, value)| self.value(key, None, Some(value))));
    }

    fn changed(&self, old: &FileState, new: &FileState, all: &mut Vec<DriftChange>) {
        let other_bytes = self.same_salt && old.digest != new.digest;
        match (old.parsed, new.parsed) {
            (true, true) => self.keys(old, new, all),
            (false, false) if other_bytes => {
                all.push(self.whole([].into_iter(), "its contents changed; they cannot be read key by key"));
            }
            (true, false) => {
                let words = "it cannot be read key by key any more";
                all.push(self.whole(old.values.values(), words));
            }
            (false, true) => {
                let words = "it can be read key by key now; what it said before is not known";
                all.push(self.whole(new.values.values(), words));
                self.weak_values(new, all);
                self.weak_whole(&BTreeSet::new(), new, all);
            }
            (false, false) => {}
        }
    }

    fn keys(&self, old: &FileState, new: &FileState, all: &mut Vec<DriftChange>) {
        let before = all.len();
        let (pairs, moved) = align(&old.values, &new.values);
        let mut same = Vec::new();
        for pair in &pairs {
            if self.differ(pair) {
                all.push(self.pair(pair));
            } else if let (Some(then), Some(now)) = (pair.then, pair.now) {
                same.push((&pair.key, then, now));
            }
        }
        all.extend(moved.into_iter().map(|list| self.moved(list)));
        // Where nothing changed, it is the rules that did.
        if all.len() == before {
            return;
        }
        // What a value means may depend on others: an address is open once authentication is off.
        for (key, then, now) in same {
            if newly(then, now).is_some() {
                all.push(self.value(key, Some(then), Some(now)));
            }
        }
        self.weak_whole(&old.concerns, new, all);
    }

    fn differ(&self, pair: &Pair<'_>) -> bool {
        match (pair.then, pair.now) {
            (Some(then), Some(now)) => {
                let unknown = !self.same_salt && is_digest(&then.text) && is_digest(&now.text);
                !unknown && then.text != now.text
            }
            (then, now) => then.is_some() != now.is_some(),
        }
    }

    fn pair(&self, pair: &Pair<'_>) -> DriftChange {
        let mut change = self.value(&pair.key, pair.then, pair.now);
        let hidden = |value: Option<&Value>| value.is_some_and(|value| is_digest(&value.text));
        if pair.displaced && hidden(pair.then) && hidden(pair.now) && change.words.is_empty() {
            change.words = "or the same at another place of its list: digests are bound to places".to_owned();
        }
        change
    }

    /// The order of a list may matter: the first rule that fits, the last value that is set.
    fn moved(&self, list: Moved) -> DriftChange {
        DriftChange {
            before: Some(list.then),
            after: Some(list.now),
            words: "the same items in another order".to_owned(),
            ..self.change(&list.key, if list.security { SECURITY } else { SETTING })
        }
    }

    /// What is said of a value that changed, or whose meaning did.
    fn value(&self, key: &str, then: Option<&Value>, now: Option<&Value>) -> DriftChange {
        let nothing = Value::default();
        let (old, new) = (then.unwrap_or(&nothing), now.unwrap_or(&nothing));
        let text = |value: Option<&Value>| {
            value.map(|value| if is_digest(&value.text) { short(&value.text) } else { value.text.clone() })
        };
        let mut change = if let Some((rule, severity, words)) = newly(old, new) {
            DriftChange {
                severity: Some(*severity),
                audit_rule: Some(rule.clone()),
                words: words.clone(),
                ..self.change(key, WEAKENED)
            }
        } else {
            let security =
                old.security || new.security || old.concern.is_some() || runs_as_root(key, old, new);
            self.change(key, if security { SECURITY } else { SETTING })
        };
        if change.rule != WEAKENED {
            let stays = |rule: &str| new.concerns().any(|(own, _, _)| own == rule);
            let gone: Vec<&str> = old
                .concerns()
                .filter(|(rule, _, _)| !stays(rule))
                .map(|(rule, _, _)| rule.as_str())
                .collect();
            if now.is_some() && !gone.is_empty() {
                change.severity = Some(Severity::Low);
                change.words = format!("better than before: {} is not broken any more", gone.join(", "));
            } else if let Some((rule, _, words)) = &new.concern {
                change.words = format!("{rule} is broken as before: {words}");
            }
        }
        change.before = text(then);
        change.after = text(now);
        change
    }

    /// What is missing in the whole now and was not before.
    fn weak_whole(
        &self,
        before: &BTreeSet<(String, Severity, String)>,
        new: &FileState,
        all: &mut Vec<DriftChange>,
    ) {
        for (rule, severity, words) in &new.concerns {
            if before.iter().all(|(known, _, _)| known != rule) {
                all.push(DriftChange {
                    severity: Some(*severity),
                    audit_rule: Some(rule.clone()),
                    words: words.clone(),
                    ..self.change("", WEAKENED)
                });
            }
        }
    }
}

/// The worst that rules say of the new value and did not say of the old one. What was as bad or worse before, under another
/// rule that is kept now, is no weakening: an expiry that went from 48 to 2 hours.
fn newly<'v>(old: &Value, new: &'v Value) -> Option<&'v (String, Severity, String)> {
    let had = |rule: &str| old.concerns().any(|(known, _, _)| known == rule);
    let given_up = old.concerns().filter(|(rule, _, _)| new.concerns().all(|(own, _, _)| own != rule));
    let bound = given_up.map(|(_, severity, _)| *severity).max();
    new.concerns()
        .filter(|(rule, severity, _)| !had(rule) && bound.is_none_or(|bound| *severity >= bound))
        .max_by_key(|(_, severity, _)| *severity)
}

/// Whether a program is given, or has no more, the rights of the administrator: `user: root` of a container.
fn runs_as_root(key: &str, old: &Value, new: &Value) -> bool {
    let is_user = key.ends_with(".user") || key.ends_with(".runAsUser");
    let is_root = |value: &Value| {
        let name = value.text.trim_matches('"').split(':').next().unwrap_or_default();
        matches!(name, "root" | "0")
    };
    is_user && is_root(old) != is_root(new)
}

fn change(kind: DriftKind, place: &str, rule: &str) -> DriftChange {
    DriftChange { kind, place: place.to_owned(), rule: rule.to_owned(), ..DriftChange::default() }
}

/// Variables that both were asked for.
fn environment(
    then: &BTreeMap<String, Option<String>>,
    now: &BTreeMap<String, Option<String>>,
    all: &mut Vec<DriftChange>,
) {
    for (name, new) in now {
        let Some(old) = then.get(name).filter(|old| *old != new) else { continue };
        let words = match (old, new) {
            (None, _) => "it is set now",
            (_, None) => "it is not set any more",
            _ => "it has another value",
        };
        all.push(DriftChange {
            before: old.as_deref().map(short),
            after: new.as_deref().map(short),
            words: words.to_owned(),
            ..change(DriftKind::Environment, name, VARIABLE)
        });
    }
}

fn versions(then: &BTreeMap<String, Seen>, now: &BTreeMap<String, Seen>, all: &mut Vec<DriftChange>) {
    for (name, new) in now {
        let Some(old) = then.get(name) else { continue };
        let text = |seen: &Seen| match seen {
            Seen::Text(text) => Some(text.clone()),
            Seen::Unseen(_) => None,
        };
        let (before, after) = (text(old), text(new));
        if before == after {
            continue;
        }
        let words = match new {
            Seen::Unseen(reason) => format!("it says nothing any more: {reason}"),
            Seen::Text(_) if before.is_none() => "it could not be asked before".to_owned(),
            Seen::Text(_) => String::new(),
        };
        all.push(DriftChange { before, after, words, ..change(DriftKind::Version, name, VERSION) });
    }
}

fn ports(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>, all: &mut Vec<DriftChange>) {
    for (port, program) in now {
        let rated = is_loopback(port).then_some(Severity::Low);
        let new = || DriftChange {
            after: Some(program.clone()),
            severity: rated,
            ..change(DriftKind::Port, port, PORT_NEW)
        };
        match then.get(port) {
            None => all.push(new()),
            Some(before) if before != program && !before.is_empty() && !program.is_empty() => {
                let words = "another program listens there".to_owned();
                all.push(DriftChange { before: Some(before.clone()), words, ..new() });
            }
            Some(_) => {}
        }
    }
    for (port, program) in then.iter().filter(|(port, _)| !now.contains_key(*port)) {
        all.push(DriftChange { before: Some(program.clone()), ..change(DriftKind::Port, port, PORT_GONE) });
    }
}

/// Whether only this machine itself can reach a port: `tcp 127.0.0.1:80`.
fn is_loopback(port: &str) -> bool {
    let address = port.split_once(' ').and_then(|(_, address)| address.parse::<std::net::SocketAddr>().ok());
    address.is_some_and(|address| address.ip().to_canonical().is_loopback())
}

fn findings(
    then: &BTreeMap<String, OpenFinding>,
    now: &BTreeMap<String, OpenFinding>,
    all: &mut Vec<DriftChange>,
) {
    // What a setting is weakened by is the same cause, told with its key already.
    let told = |finding: &OpenFinding, all: &[DriftChange]| {
        all.iter().any(|change| {
            change.rule == WEAKENED
                && change.place == finding.place
                && change.audit_rule.as_deref() == Some(finding.rule.as_str())
        })
    };
    for (_, finding) in now.iter().filter(|(print, _)| !then.contains_key(*print)) {
        if told(finding, all) {
            continue;
        }
        all.push(DriftChange {
            after: Some(finding.rule.clone()),
            severity: Some(finding.severity),
            audit_rule: Some(finding.rule.clone()),
            ..change(DriftKind::Finding, &finding.place, FINDING)
        });
    }
}
