//! Which reports count as evidence for a release: of its kind, fresh, about the same commit and artifacts.
//!
//! A rehearsal of the rollback is evidence too; what else must hold of it stands in `rehearsal`.
//!
//! A report that is refused contributes the finding that says so, and no pass. One that is sound and about this release but
//! too old, or a rehearsal of a rollback that is too slow, contributes that finding and everything that it found: what was bad then is not better for being old, and a
//! waiver for its age must not be one for its findings.

mod baseline;
mod rehearsal;
mod sound;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::checks::EVIDENCE;
use super::settings::GateSettings;
use crate::engine::{Conclusion, conclude_alone};
use crate::formats::hex;
use crate::report::{CheckReport, Details, Release, ReleaseAction, ReleaseEvidence, Report, SCHEMA, Status};

/// Largest report read, in bytes.
pub const MAX_BYTES: u64 = 256 << 20;
/// Most reports weighed.
pub const MAX_REPORTS: usize = 16;
/// How far ahead of this machine's clock a report may be made.
const AHEAD: Duration = Duration::from_mins(5);

/// A report that is offered.
#[derive(Clone, Debug)]
pub struct Offered {
    /// Where it was read, for people.
    pub file: String,
    /// Its bytes, or why there are none, in words.
    pub bytes: Result<Vec<u8>, String>,
    /// What ties its bytes to the release.
    pub tie: Tie,
}

/// What ties the bytes of a report to a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tie {
    /// The manifest of the release lists it with this SHA-256 (hex).
    Listed(String),
    /// It lies in the release, and the manifest does not list it.
    Unlisted,
    /// Nothing: it was named by the user.
    Outside,
}

/// What is asked of reports.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// What the policy says.
    pub settings: &'a GateSettings,
    /// The commit of the release.
    pub commit: Option<&'a str>,
    /// When they are judged.
    pub now: Timestamp,
    /// The version of this program and the digest of its rules.
    pub tool: (&'a str, &'a str),
    /// The checks that a report of a kind must have, by kind.
    pub checks: &'a BTreeMap<&'static str, Vec<&'static str>>,
}

/// A report that was weighed.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// What is told of it.
    pub told: ReleaseEvidence,
    /// What speaks against it: the rules, and why in words.
    pub refusals: Vec<(&'static str, String)>,
    /// The report, if its findings are judged together with those of the release.
    pub report: Option<Box<Report>>,
}

/// Weighs reports, each alone and one after the other, so that they need not all be in memory; the same bytes count once.
#[must_use]
pub fn weigh(offered: impl IntoIterator<Item = Offered>, asked: &Asked<'_>) -> Vec<Weighed> {
    let mut seen: Vec<(String, ReleaseEvidence)> = Vec::new();
    let mut weighed = Vec::new();
    for one in offered {
        let sum = one.bytes.as_ref().map(|bytes| hex::encode(&Sha256::digest(bytes))).unwrap_or_default();
        let first = seen.iter().find(|(known, _)| *known == sum).map(|(_, first)| first.clone());
        weighed.push(match first {
            Some(first) => {
                let words = format!("the same report as {}", first.file);
                let told = ReleaseEvidence { file: one.file, words, ..first };
                Weighed { told, refusals: Vec::new(), report: None }
            }
            None => {
                let done = alone(&one, &sum, asked);
                if done.report.is_some() {
                    seen.push((sum, done.told.clone()));
                }
                done
            }
        });
    }
    weighed
}

fn told(offered: &Offered, words: String) -> ReleaseEvidence {
    ReleaseEvidence {
        kind: guessed(&offered.file).to_owned(),
        file: offered.file.clone(),
        made: None,
        commit: None,
        accepted: false,
        words,
    }
}

/// The kind of a report that cannot be read, by the folder that a release keeps it in.
fn guessed(file: &str) -> &'static str {
    let folder = |name: &str| file.split('/').any(|part| part == name);
    if folder("security_audit") {
        "audit"
    } else if folder("performance") {
        "perf"
    } else if folder("rehearsal") {
        "rehearsal"
    } else {
        "report"
    }
}

fn alone(offered: &Offered, sum: &str, asked: &Asked<'_>) -> Weighed {
    let refused = |told: ReleaseEvidence, rule, words: String| {
        let told = ReleaseEvidence { accepted: false, words: words.clone(), ..told };
        Weighed { told, refusals: vec![(rule, words)], report: None }
    };
    let mut told = told(offered, String::new());
    let report = match readable(offered, sum) {
        Ok(report) => report,
        Err(words) => return refused(told, "REL-033", words),
    };
    told.made = Some(report.created.clone());
    let Some(kind) = kind(&report) else {
        return refused(
            told,
            "REL-033",
            "a report of this kind is no evidence; releases are verified anew; of rollbacks rehearsals count, of baselines comparisons and drift"
                .to_owned(),
        );
    };
    told.kind = kind.to_owned();
    told.commit = commit(&report);
    // Another version may know other checks; what it lacks is told with its age.
    let expected = asked.checks.get(kind).map_or(&[][..], Vec::as_slice);
    let lacking = lacking(&report, expected);
    // One that has none of the checks that are known here has been said to be of another version, no more.
    let strange = !report.checks.iter().any(|check| expected.contains(&check.id.as_str()));
    let refusing = lacking.clone().filter(|_| strange || report.tool.version == asked.tool.0);
    let problem = sound::contradiction(&report).or(refusing).map(|words| ("REL-033", words));
    let about = || elsewhere(&offered.tie, kind, told.commit.as_deref(), asked.commit);
    if let Some((rule, words)) = problem.or_else(about) {
        return refused(told, rule, words);
    }
    if let Some(Details::Baseline(found)) = &report.details
        && let Some(words) = baseline::refusal(found, &report.checks)
    {
        return refused(told, "REL-033", words);
    }
    let age = match oldest(&report, asked.now) {
        Ok(age) => age,
        Err(words) => return refused(told, "REL-033", words),
    };
    let mut refusals = Vec::new();
    let most = asked.settings.max_age(kind);
    if age > most {
        let words = format!("made {} ago, and the rule for {kind} allows {}", length(age), length(most));
        refusals.push(("REL-031", words));
    }
    if let Some(Details::Rollback(rollback)) = &report.details {
        match rehearsal::weigh(rollback, asked) {
            Ok(more) => refusals.extend(more),
            Err(words) => return refused(told, "REL-033", words),
        }
    }
    told.accepted = refusals.is_empty();
    told.words = if told.accepted {
        words(&report, age, asked.tool, lacking)
    } else {
        let words: Vec<&str> = refusals.iter().map(|(_, words)| words.as_str()).collect();
        format!("{}; what it found counts all the same", words.join("; "))
    };
    Weighed { told, refusals, report: Some(report) }
}

/// Reads a report whose bytes are the right ones.
fn readable(offered: &Offered, sum: &str) -> Result<Box<Report>, String> {
    /// The version alone, for reports of which nothing else is known.
    #[derive(Deserialize)]
    struct Version {
        schema: u32,
    }
    let bytes = offered.bytes.as_ref().map_err(Clone::clone)?;
    match &offered.tie {
        Tie::Listed(listed) if listed != sum => {
            return Err("its bytes are not those that the manifest of the release lists".to_owned());
        }
        Tie::Unlisted => return Err("the manifest of the release does not list it".to_owned()),
        Tie::Listed(_) | Tie::Outside => {}
    }
    if let Ok(Version { schema }) = serde_json::from_slice(bytes)
        && schema != SCHEMA
    {
        return Err(format!("a report of form {schema}, where this version reads {SCHEMA}"));
    }
    let report: Box<Report> = serde_json::from_slice(bytes)
        .map_err(|error| format!("line {}: this is no report that this version reads", error.line()))?;
    if report.tool.name == "readiness" { Ok(report) } else { Err("made by another program".to_owned()) }
}

/// What a report is of; none of what is no evidence.
fn kind(report: &Report) -> Option<&'static str> {
    match &report.details {
        None => Some("audit"),
        Some(Details::Perf(_)) => Some("perf"),
        Some(Details::Command(_)) => Some("benchmark"),
        Some(Details::Rollback(rollback)) => rehearsal::kind(rollback),
        Some(Details::Baseline(found)) => baseline::kind(found),
        Some(Details::Release(_) | Details::Provenance(_)) => None,
    }
}

/// The commit that a report is about: what an audit found checked out, or what the user of a measurement says.
fn commit(report: &Report) -> Option<String> {
    let labelled = match &report.details {
        Some(Details::Perf(perf)) => perf.load.labels.get("commit"),
        Some(Details::Command(bench)) => bench.labels.get("commit"),
        _ => None,
    };
    report.subject.commit.as_ref().or(labelled).cloned()
}

/// The checks that a report of its kind should have and does not.
fn lacking(report: &Report, expected: &[&str]) -> Option<String> {
    let there = |id: &&&str| !report.checks.iter().any(|check| check.id == **id);
    let lacking: Vec<&str> = expected.iter().filter(there).copied().collect();
    (!lacking.is_empty()).then(|| format!("it lacks what was to be looked at: {}", lacking.join(", ")))
}

/// Why a report is not about the release, or cannot be told to be.
fn elsewhere(
    tie: &Tie,
    kind: &str,
    report: Option<&str>,
    release: Option<&str>,
) -> Option<(&'static str, String)> {
    let listed = matches!(tie, Tie::Listed(_));
    match (report, release) {
        (Some(report), Some(release)) if report.eq_ignore_ascii_case(release) => None,
        (Some(report), Some(release)) => {
            Some(("REL-032", format!("about commit {}, the release is of {}", short(report), short(release))))
        }
        // The manifest says that this is a report of the release: of a server there may be no more to say.
        (None, None) if listed => None,
        (None, Some(_)) if listed && matches!(kind, "perf" | "benchmark") => None,
        (Some(report), None) => Some((
            "REL-033",
            format!(
                "about commit {}, and the release names none: nothing ties it to this release",
                short(report)
            ),
        )),
        (None, _) => Some(("REL-033", "it names no commit: nothing ties it to this release".to_owned())),
    }
}

/// How old something is.
fn age(made: &str, now: Timestamp) -> Result<Duration, String> {
    let made: Timestamp = made.parse().map_err(|_| "it does not say when it was made".to_owned())?;
    let age = now.duration_since(made);
    match Duration::try_from(age) {
        Ok(age) => Ok(age),
        Err(_) if age.unsigned_abs() <= AHEAD => Ok(Duration::ZERO),
        Err(_) => Err(format!("made {} in the future, by this machine's clock", length(age.unsigned_abs()))),
    }
}

/// How old what a report says is: as old as the report, or as what it was measured of, whichever is older.
fn oldest(report: &Report, now: Timestamp) -> Result<Duration, String> {
    let made = age(&report.created, now)?;
    match &report.details {
        Some(Details::Baseline(found)) => match baseline::measured(found) {
            Some(measured) => Ok(made.max(age(measured, now)?)),
            None => Ok(made),
        },
        _ => Ok(made),
    }
}

/// The reported verdict, and what is worth knowing beside it.
fn words(report: &Report, age: Duration, (version, rules): (&str, &str), lacking: Option<String>) -> String {
    let mut words = vec![report.verdict.decision.words().to_owned(), format!("made {} ago", length(age))];
    if report.tool.version != version {
        words.push(format!("by version {}", report.tool.version));
    }
    if report.tool.rules_digest != rules {
        words.push("with other rules".to_owned());
    }
    if report.details.is_none() && !report.subject.deep {
        words.push("only of files that declare something (no `--deep`)".to_owned());
    }
    if report.since.is_some() {
        words.push("what was there before counts no more than it did then".to_owned());
    }
    if let Some(Details::Rollback(rollback)) = &report.details {
        words.extend(rehearsal::took(rollback));
    }
    if let Some(Details::Baseline(found)) = &report.details {
        words.extend(baseline::against(found));
    }
    words.extend(lacking);
    words.join(", ")
}

/// What the check `evidence` says; `release` tells whether the release could be read, so that there is something to weigh
/// against.
#[must_use]
pub fn conclude(weighed: &[Weighed], settings: &GateSettings, release: Result<(), &str>) -> CheckReport {
    conclude_alone(&EVIDENCE, |findings| {
        findings.examined("reports", weighed.len() as u64);
        if let Err(reason) = release {
            return Conclusion::Instead(Status::not_evaluated(reason, ""));
        }
        for one in weighed {
            for (rule, words) in &one.refusals {
                findings.on_path(rule, &one.told.file, words.as_str());
            }
        }
        for kind in &settings.require {
            if !weighed.iter().any(|one| one.told.kind == *kind) {
                findings.on_part("REL-030", kind, None, format!("no report of {}", article(kind)));
            }
        }
        if weighed.is_empty() && settings.require.is_empty() {
            return Conclusion::Instead(Status::not_applicable(
                "no report is asked for, and there is none",
                "`release.gate.require` in readiness.yaml asks for some",
            ));
        }
        Conclusion::Evaluated
    })
}

fn article(kind: &str) -> &str {
    match kind {
        "audit" => "an audit",
        "perf" => "a load test",
        "rehearsal" => "a rehearsal of the rollback",
        "benchmark" => "a benchmark",
        other => other,
    }
}

/// The details of a gate's report: those of the verification, and what was weighed.
#[must_use]
pub fn details(verified: Release, weighed: &[Weighed]) -> Release {
    let mut release = Release { action: ReleaseAction::Judged, ..verified };
    release.evidence.extend(weighed.iter().map(|one| one.told.clone()));
    release
}

/// A length of time in the largest unit of which there are two at least.
fn length(time: Duration) -> String {
    let seconds = time.as_secs();
    let (count, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The beginning of a commit's id.
fn short(commit: &str) -> String {
    commit.chars().take(12).collect()
}
