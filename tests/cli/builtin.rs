//! The built-in list against the databases of others, read from the corpora folder when `READINESS_CORPORA` names it:
//! wherever one of them knows the same vulnerability of the same package, the ranges must be the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use readiness::advisories::builtin;
use readiness::formats::ecosystem::Ecosystem;
use readiness::formats::osv::{Affected, Event};
use serde_json::Value;

use super::support::corpora;

/// A range as a line of events, and the single versions that stand beside ranges.
type Facts = BTreeSet<String>;

/// Where the list differs, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("PYSEC-2022-199", "ctx", "the range has no end; its own list of versions is taken"),
    ("PYSEC-2022-250", "exotel", "the range has no end; releases after the one it lists are harmless"),
    ("PYSEC-2022-251", "spam", "the range has no end; releases other than those it lists are harmless"),
    (
        "PYSEC-2022-252",
        "deep-translator",
        "the range has no end; releases after the one it lists are harmless",
    ),
];

/// How many packages of the list the databases of the corpora know; it only rises.
const COMPARED: usize = 266;

fn line<'a>(events: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let events: Vec<String> = events
        // RustSec writes the lowest version that SemVer has where OSV has a zero of its own.
        .map(|(kind, version)| format!("{kind} {}", if version == "0.0.0-0" { "0" } else { version }))
        .collect();
    events.join(", ")
}

/// What a record of a database says of each package: ranges, or single versions where it has none.
fn theirs(record: &Value) -> BTreeMap<(String, String), Facts> {
    let mut all: BTreeMap<(String, String), Facts> = BTreeMap::new();
    for affected in record["affected"].as_array().into_iter().flatten() {
        let (Some(ecosystem), Some(name)) =
            (affected["package"]["ecosystem"].as_str(), affected["package"]["name"].as_str())
        else {
            continue;
        };
        let mut timelines: Vec<Vec<(&str, &str)>> = Vec::new();
        for range in affected["ranges"].as_array().into_iter().flatten() {
            if range["type"] == "GIT" {
                continue;
            }
            let events = range["events"].as_array().unwrap().iter();
            let events: Vec<(&str, &str)> = events
                .flat_map(|event| event.as_object().unwrap())
                .map(|(kind, version)| (kind.as_str(), version.as_str().unwrap()))
                .collect();
            // Branches that follow each other without a gap are one range.
            match timelines.last_mut() {
                Some(last)
                    if ecosystem == "Packagist"
                        && events.len() == 2
                        && last.last() == Some(&("fixed", events[0].1)) =>
                {
                    *last.last_mut().unwrap() = events[1];
                }
                _ => timelines.push(events),
            }
        }
        let facts = all.entry((ecosystem.to_owned(), name.to_owned())).or_default();
        if timelines.is_empty() {
            let versions = affected["versions"].as_array().into_iter().flatten();
            facts.extend(versions.map(|version| format!("is {}", version.as_str().unwrap())));
        }
        facts.extend(timelines.iter().map(|events| line(events.iter().copied())));
    }
    all
}

fn ours(affected: &Affected) -> Facts {
    let ranges = affected.ranges.iter().map(|range| {
        line(range.events.iter().map(|event| match event {
            Event::Introduced(version) => ("introduced", version.as_str()),
            Event::Fixed(version) => ("fixed", version.as_str()),
            Event::LastAffected(version) => ("last_affected", version.as_str()),
            Event::Unclear(version) | Event::Limit(version) => ("limit", version.as_str()),
        }))
    });
    ranges.chain(affected.versions.iter().map(|version| format!("is {version}"))).collect()
}

fn records(archive: &Path) -> Vec<Value> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut text = String::new();
            archive.by_index(index).unwrap().read_to_string(&mut text).unwrap();
            serde_json::from_str(&text).unwrap()
        })
        .collect()
}

#[test]
fn corpora_agree_with_the_built_in_list() {
    let Some(corpora) = corpora("corpora_agree_with_the_built_in_list") else { return };
    // Every id of a record that is in force leads to what the record says.
    let mut known: BTreeMap<(String, String, String), Vec<Facts>> = BTreeMap::new();
    for folder in ["PyPI", "npm", "Maven", "Go", "crates.io", "Packagist"] {
        for record in records(&corpora.join("vuln/osv").join(folder).join("all.zip")) {
            if record.get("withdrawn").is_some_and(|moment| !moment.is_null()) {
                continue;
            }
            let aliases = record["aliases"].as_array().into_iter().flatten();
            let ids: BTreeSet<&str> =
                std::iter::once(&record["id"]).chain(aliases).filter_map(Value::as_str).collect();
            for ((ecosystem, name), facts) in theirs(&record) {
                for id in &ids {
                    let key = (ecosystem.clone(), name.clone(), (*id).to_owned());
                    known.entry(key).or_default().push(facts.clone());
                }
            }
        }
    }
    let (mut compared, mut differing) = (0, Vec::new());
    for advisory in builtin::all() {
        for affected in &advisory.affected {
            let family = Ecosystem::parse(&affected.ecosystem).unwrap().family.name().to_owned();
            let ids = std::iter::once(&advisory.id).chain(&advisory.aliases);
            let found: Vec<&Facts> = ids
                .filter_map(|id| known.get(&(family.clone(), affected.name.clone(), id.clone())))
                .flatten()
                .collect();
            if found.is_empty() {
                continue;
            }
            compared += 1;
            let own = ours(affected);
            if !found.contains(&&own) {
                differing.push((advisory.id.as_str(), affected.name.as_str()));
                let explained = DIFFERENCES
                    .iter()
                    .any(|(id, name, _)| (*id, *name) == (advisory.id.as_str(), affected.name.as_str()));
                if !explained {
                    eprintln!("{} {}: ours {own:?}, theirs {found:?}", advisory.id, affected.name);
                }
            }
        }
    }
    eprintln!(
        "built-in list: {} of {compared} packages agree, {} differ for a reason",
        compared - differing.len(),
        DIFFERENCES.len()
    );
    let explained: BTreeSet<_> = DIFFERENCES.iter().map(|(id, name, _)| (*id, *name)).collect();
    assert_eq!(differing.into_iter().collect::<BTreeSet<_>>(), explained);
    assert!(compared >= COMPARED, "only {compared} were compared");
}
