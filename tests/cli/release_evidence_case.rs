//! Cases of the rules over evidence and the trail: files that say what is there, made into the real things and judged by the
//! program's own code.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use readiness::formats::duration;
use readiness::host::disk::Disk;
use readiness::release::evidence::{self, Asked, Offered, Tie};
use readiness::release::settings::GateSettings;
use readiness::release::trail::{self, Event};
use readiness::report::{CheckReport, Details, Rollback, RollbackAction};
use serde::Deserialize;

use super::support::{NOW, audit, repository, write};

/// A case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Reports that a release of commit `a` is judged by.
    #[serde(default)]
    reports: Option<Vec<Offer>>,
    /// A trail of some records.
    #[serde(default)]
    trail: Option<Trail>,
}

/// A report of an audit, or of a rehearsal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Offer {
    /// The commit that it is of.
    #[serde(default)]
    commit: Option<String>,
    /// How long ago it was made.
    age: String,
    /// Whether the release's manifest lists it.
    listed: bool,
    /// What it rehearsed, if it is one of a rehearsal.
    #[serde(default)]
    rehearsed: Option<Rehearsed>,
    /// Bytes instead of the report's.
    #[serde(default)]
    text: Option<String>,
}

/// A rollback that was rehearsed, as the gate asks for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rehearsed {
    /// What it took.
    took: String,
    /// Longest that it may take.
    within: String,
    /// How long its report counts.
    counts: String,
}

/// A trail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trail {
    /// What its records are about.
    records: Vec<String>,
    /// Records (from 1) that are left of it, in this order.
    #[serde(default)]
    left: Option<Vec<usize>>,
    /// Text behind the last of them.
    #[serde(default)]
    behind: String,
    /// A text that is put in the place of another.
    #[serde(default)]
    replaced: Option<(String, String)>,
}

/// The reports of the checks over one case.
pub(crate) fn judge(path: &Path) -> Vec<CheckReport> {
    let text = std::fs::read_to_string(path).unwrap();
    let case: Case =
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let weighed = case.reports.map(|reports| weighed(&reports));
    weighed.into_iter().chain(case.trail.map(|trail| verified(&trail))).collect()
}

fn weighed(offers: &[Offer]) -> CheckReport {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "app.py", "print('hello')\n");
    let now = Timestamp::from_second(NOW).unwrap();
    let length = |text: &str| Duration::from_nanos(duration::nanoseconds(text, "").unwrap().0);
    let mut settings = GateSettings::default();
    if let Some(rehearsed) = offers.iter().find_map(|offer| offer.rehearsed.as_ref()) {
        settings.require = vec!["rehearsal".to_owned()];
        settings.rehearsal_within = Some(length(&rehearsed.within));
    }
    let offered: Vec<_> = offers
        .iter()
        .map(|offer| {
            let mut report = audit(tree.path(), &[]);
            report.subject.commit.clone_from(&offer.commit);
            let made = now - length(&offer.age);
            report.created = made.to_string();
            if let Some(rehearsed) = &offer.rehearsed {
                report.details = Some(Details::Rollback(Box::new(Rollback {
                    action: RollbackAction::Rehearsed,
                    measured_seconds: Some(length(&rehearsed.took).as_secs_f64()),
                    expires: Some((made + length(&rehearsed.counts)).to_string()),
                    ..Rollback::default()
                })));
            }
            let bytes = match &offer.text {
                Some(text) => text.clone().into_bytes(),
                None => serde_json::to_vec(&report).unwrap(),
            };
            let sum = trail::digest(&bytes);
            let tie = if offer.listed { Tie::Listed(sum) } else { Tie::Outside };
            Offered { file: "security_audit/report.json".to_owned(), bytes: Ok(bytes), tie }
        })
        .collect();
    let asked =
        Asked { settings: &settings, commit: Some("a"), now, tool: ("0.1.0", ""), checks: &BTreeMap::new() };
    evidence::conclude(&evidence::weigh(offered, &asked), &settings, Ok(()))
}

fn verified(told: &Trail) -> CheckReport {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.jsonl");
    for subject in &told.records {
        let event = Event { subject: subject.clone(), action: "gate".to_owned(), ..Event::default() };
        trail::append(&path, &event, "readiness 0.1.0", &Disk::real()).unwrap();
    }
    let whole = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let all: Vec<usize> = (1..=lines.len()).collect();
    let left = told.left.as_ref().unwrap_or(&all);
    let mut text: String = left.iter().map(|number| lines[number - 1]).collect();
    if let Some((from, to)) = &told.replaced {
        assert!(text.contains(from.as_str()), "{from}");
        text = text.replace(from.as_str(), to);
    }
    text.push_str(&told.behind);
    write(folder.path(), "trail.jsonl", text);
    trail::conclude(&trail::read(&path, None, &mut |_| {}).unwrap(), "trail.jsonl")
}

#[test]
fn bad_cases_are_found_and_good_ones_spared() {
    let mut cases = 0;
    for rule in ["REL-030", "REL-031", "REL-032", "REL-033", "REL-034", "REL-040", "REL-041", "REL-042"] {
        for bad in [true, false] {
            let folder = repository("fixtures/rules").join(rule).join(if bad { "bad" } else { "good" });
            for case in std::fs::read_dir(folder).unwrap() {
                let path = case.unwrap().path();
                let found = judge(&path).iter().any(|check| check.findings.iter().any(|of| of.rule == rule));
                assert_eq!(found, bad, "{}", path.display());
                cases += 1;
            }
        }
    }
    assert!(cases >= 18);
}
