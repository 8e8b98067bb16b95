//! Advisories of public databases, versions that they list themselves, and the answers that osv.dev gave, read from the
//! corpora folder when `READINESS_CORPORA` names it. Scores are printed and held.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use readiness::advisories::matching::{Answer, Query, evaluate};
use readiness::advisories::severity::{Level, severity};
use readiness::formats::ecosystem::Ecosystem;
use readiness::formats::osv::{self, Advisory, Event, RangeKind};
use serde_json::{Value, json};

use super::support::corpora;

/// The databases with the number of records that `INDEX.md` gives for each.
const DATABASES: &[(&str, usize)] =
    &[("Go", 4291), ("Maven", 370), ("Packagist", 1585), ("PyPI", 2661), ("crates.io", 1206), ("npm", 463)];

/// The schema calls eight records invalid: seven of `PyPI` name a commit that is none, in ranges of commits, which decide
/// nothing; this one has a CVSS vector that is none.
const INVALID_VECTORS: &[&str] = &["x_NSWG-ECO-504"];

/// All records of a database; the faults of those that cannot be read, by name.
fn database(corpora: &Path, name: &str) -> (Vec<Advisory>, Vec<String>) {
    let file = std::fs::File::open(corpora.join("vuln/osv").join(name).join("all.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::BufReader::new(file)).unwrap();
    let (mut advisories, mut faults) = (Vec::new(), Vec::new());
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        match osv::parse(&bytes) {
            Ok(advisory) => advisories.push(advisory),
            Err(fault) => faults.push(format!("{name} {}: {fault}", entry.name().unwrap_or_default())),
        }
    }
    (advisories, faults)
}

#[test]
fn every_record_is_read() {
    let Some(corpora) = corpora("every_record_is_read") else { return };
    for (name, count) in DATABASES {
        let (advisories, faults) = database(&corpora, name);
        let affected = || advisories.iter().flat_map(|advisory| &advisory.affected);
        let ranges = || affected().flat_map(|affected| &affected.ranges);
        let unclear = ranges()
            .filter(|range| {
                range.kind == RangeKind::Other
                    || range.events.iter().any(|event| matches!(event, Event::Unclear(_)))
            })
            .count();
        let informational = affected().filter(|affected| affected.informational.is_some()).count();
        let withdrawn = advisories.iter().filter(|advisory| advisory.withdrawn.is_some()).count();
        let mut levels: BTreeMap<Level, usize> = BTreeMap::new();
        let mut vectors = Vec::new();
        for advisory in &advisories {
            let Some(affected) = advisory.affected.first() else { continue };
            let rating = severity(advisory, affected);
            *levels.entry(rating.level).or_default() += 1;
            vectors.extend(rating.faults.iter().map(|fault| (advisory.id.clone(), fault.clone())));
        }
        eprintln!(
            "{name}: {} of {count} records, {} ranges, {unclear} unclear, {informational} informational, {withdrawn} withdrawn; {levels:?}; {vectors:?}",
            advisories.len(),
            ranges().count(),
        );
        assert_eq!((faults, advisories.len(), unclear), (Vec::new(), *count, 0), "{name}");
        assert!(vectors.iter().all(|(id, _)| INVALID_VECTORS.contains(&id.as_str())), "{vectors:?}");
        for (name_of, expected) in [("crates.io", (476, 13)), ("Go", (0, 17)), ("PyPI", (0, 10))] {
            assert!(name_of != *name || (informational, withdrawn) == expected, "{name}");
        }
    }
}

/// Versions outside of the list of their own record that its range nevertheless holds. `PYSEC-2023-72` ends a range at 3.2.0
/// and begins the next there, to 3.2.2, but its list stops before 3.2.0. It tells of the flaw of `PYSEC-2022-236` again, and
/// that one lists 3.2.0 and 3.2.1, so the range is right.
const HELD_THOUGH_NOT_LISTED: &[(&str, &str)] = &[("PYSEC-2023-72", "3.2.0")];

/// Reads JSON lines.
fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

#[test]
fn listed_versions_lie_in_their_ranges() {
    let Some(corpora) = corpora("listed_versions_lie_in_their_ranges") else { return };
    let (mut total, mut wrong) = (BTreeMap::<(bool, String), (usize, usize)>::new(), Vec::new());
    for case in lines(&corpora.join("vuln/range-oracle.jsonl")) {
        let name = case["package"].as_str().unwrap();
        let record = json!({"id": case["id"], "modified": "", "affected": [
            {"package": {"ecosystem": case["ecosystem"], "name": name}, "ranges": case["ranges"]}]});
        let advisory = osv::parse(record.to_string().as_bytes()).unwrap();
        let ecosystem = Ecosystem::parse(case["ecosystem"].as_str().unwrap()).unwrap();
        for (key, expected) in [("affected", true), ("not_affected", false)] {
            for version in texts(&case[key]) {
                let answer = evaluate(&advisory, &Query { ecosystem: &ecosystem, name, version: &version });
                let right = match answer {
                    Answer::Affected(_) => expected,
                    Answer::NotAffected => !expected,
                    Answer::Unknown(_) => false,
                };
                let score = total.entry((expected, ecosystem.to_string())).or_default();
                score.0 += usize::from(right);
                score.1 += 1;
                let id = case["id"].as_str().unwrap();
                if !right && !HELD_THOUGH_NOT_LISTED.contains(&(id, &version)) {
                    wrong.push(format!("{} {name} {version}: expected {key}, {answer:?}", case["id"]));
                }
            }
        }
    }
    for ((affected, ecosystem), (right, all)) in &total {
        eprintln!(
            "{ecosystem}: {right} of {all} that are {}",
            if *affected { "affected" } else { "not affected" }
        );
    }
    assert_eq!(total.values().map(|(_, all)| all).sum::<usize>(), 11_825 + 2_810);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Records that the service did not have: those of another source with ids of the corpora's own, and those that Go published
/// after the answers were taken (its releases 1.25.13 and 1.26.6, and x/image 0.45.0, fix them; no answer names a fix in these).
fn unknown_to_the_service(id: &str) -> bool {
    const LATER: &[&str] = &[
        "GO-2026-5026",
        "GO-2026-5942",
        "GO-2026-5972",
        "GO-2026-6088",
        "GO-2026-6089",
        "GO-2026-6090",
        "GO-2026-6091",
        "GO-2026-6218",
        "GO-2026-6222",
    ];
    id.starts_with("x_") || LATER.contains(&id)
}

#[test]
fn answers_of_the_public_service() {
    let Some(corpora) = corpora("answers_of_the_public_service") else { return };
    let advisories: Vec<Advisory> =
        DATABASES.iter().flat_map(|(name, _)| database(&corpora, name).0).collect();
    let known: BTreeSet<&str> = advisories.iter().map(|advisory| advisory.id.as_str()).collect();
    let mut index: BTreeMap<(String, String), Vec<&Advisory>> = BTreeMap::new();
    for advisory in &advisories {
        let of = |affected: &osv::Affected| {
            let ecosystem = Ecosystem::parse(&affected.ecosystem)?;
            let name = ecosystem.family.normal_name(&affected.name).into_owned();
            Some((ecosystem.family.name().to_owned(), name))
        };
        for key in advisory.affected.iter().filter_map(of).collect::<BTreeSet<_>>() {
            index.entry(key).or_default().push(advisory);
        }
    }
    let (mut met, mut expected, mut absent, mut later) = (0, 0, 0, 0);
    let (mut missed, mut more) = (Vec::new(), Vec::new());
    for case in lines(&corpora.join("vuln/osv-dev-querybatch.jsonl")) {
        let (name, version) = (case["name"].as_str().unwrap(), case["version"].as_str().unwrap());
        let Some(ecosystem) = Ecosystem::parse(case["ecosystem"].as_str().unwrap()) else { continue };
        let query = Query { ecosystem: &ecosystem, name, version };
        let key = (ecosystem.family.name().to_owned(), ecosystem.family.normal_name(name).into_owned());
        let candidates = index.get(&key).map(Vec::as_slice).unwrap_or_default();
        let ours: BTreeSet<&str> = candidates
            .iter()
            .filter(|advisory| matches!(evaluate(advisory, &query), Answer::Affected(_)))
            .map(|advisory| advisory.id.as_str())
            .collect();
        let theirs = texts(&case["ids"]);
        absent += theirs.iter().filter(|id| !known.contains(id.as_str())).count();
        let theirs: BTreeSet<&str> =
            theirs.iter().map(String::as_str).filter(|id| known.contains(id)).collect();
        expected += theirs.len();
        met += theirs.intersection(&ours).count();
        for id in theirs.difference(&ours) {
            let advisory = candidates.iter().find(|advisory| advisory.id == **id);
            let answer = advisory.map(|advisory| evaluate(advisory, &query));
            missed.push(format!("{id} for {ecosystem} {name} {version}: {answer:?}"));
        }
        later += ours.iter().filter(|id| unknown_to_the_service(id)).count();
        for id in ours.difference(&theirs).filter(|id| !unknown_to_the_service(id)) {
            more.push(format!("{id} for {ecosystem} {name} {version}"));
        }
    }
    eprintln!(
        "osv.dev: {met} of {expected} ids, {} more; {absent} of its ids are not in the data, {later} of ours were unknown to it",
        more.len()
    );
    assert!(missed.is_empty() && more.is_empty(), "missed {missed:#?}\nmore {more:#?}");
    assert_eq!(met, MET);
}

/// Ids that osv.dev gave and the data holds.
const MET: usize = 339;
