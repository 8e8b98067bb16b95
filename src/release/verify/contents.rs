//! What is inside the documents of a release: bills of materials are about what is released, reports say what the
//! manifest says of them.

use std::collections::BTreeMap;

use super::outcome::{Outcome, Verdict};
use super::pass::{Content, Seen};
use super::problem::Flaw;
use crate::formats::release_manifest::{FileRole, ReleaseManifest, Tried};
use crate::formats::sbom as bills;
use crate::report::{Decision, Details, Report};

/// What matters of a bill of materials.
#[derive(Debug)]
pub(super) struct SbomFacts {
    /// What it is about: the name as it is written, and the one that its package URL or group makes of it.
    pub(super) subject: Vec<String>,
    /// Whether it says itself that packages are missing: that is honest, and no fault.
    pub(super) incomplete: bool,
}

/// What matters of a report.
#[derive(Debug)]
pub(super) struct ReportFacts {
    kind: Kind,
    ready: bool,
    words: String,
}

/// What a report is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Audit,
    Load,
    Other,
}

/// Whether a path is that of a report for programs.
pub(super) fn is_json(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

/// Reads a bill of materials.
pub(super) fn sbom(bytes: &[u8]) -> Result<SbomFacts, String> {
    let sbom = bills::parse(bytes).map_err(|fault| format!("line {}: {}", fault.line, fault.message))?;
    match sbom.partial {
        Some(why) if why != bills::INCOMPLETE => Err(why.to_owned()),
        partial => {
            let named = sbom.title.into_iter().chain(sbom.subject.map(|subject| subject.name));
            Ok(SbomFacts { subject: named.collect(), incomplete: partial.is_some() })
        }
    }
}

/// Reads a report of this program.
pub(super) fn report(bytes: &[u8]) -> Result<ReportFacts, String> {
    // The error could quote values; its place is enough.
    let report: Report = serde_json::from_slice(bytes)
        .map_err(|error| format!("line {}: not a report that this version reads", error.line()))?;
    let ready = report.verdict.decision == Decision::Ready;
    if ready != (report.verdict.exit_code == 0) {
        return Err("its verdict and its exit code contradict each other".to_owned());
    }
    let first = report.verdict.reasons.first().map(|reason| format!(": {}", reason.text));
    Ok(ReportFacts {
        kind: match report.details {
            None => Kind::Audit,
            Some(Details::Perf(_) | Details::Command(_)) => Kind::Load,
            Some(
                Details::Release(_) | Details::Provenance(_) | Details::Rollback(_) | Details::Baseline(_),
            ) => Kind::Other,
        },
        ready,
        words: format!("{}{}", report.verdict.decision.words(), first.unwrap_or_default()),
    })
}

/// Holds the documents against the manifest.
pub(super) fn compare(manifest: &ReleaseManifest, seen: &BTreeMap<String, Seen>, outcome: &mut Outcome) {
    for file in manifest.files.iter().filter(|file| file.role == FileRole::Sbom) {
        let fault = match seen.get(&file.path).map(|file| &file.content) {
            Some(Content::Sbom(Ok(facts))) => about(manifest, facts),
            Some(Content::Sbom(Err(fault))) => Some(fault.clone()),
            Some(_) => Some("larger than is read".to_owned()),
            // It was missed already.
            None => None,
        };
        outcome.sboms.add(fault.is_none() && seen.contains_key(&file.path));
        if let (None, Some(Content::Sbom(Ok(SbomFacts { incomplete: true, .. })))) =
            (&fault, seen.get(&file.path).map(|file| &file.content))
        {
            outcome.leave_out(&file.path, "SBOMs that say themselves that packages are missing in them");
        }
        if let Some(fault) = fault {
            outcome.note(&file.path, Flaw::Sbom(fault));
        }
    }
    let mut wrong: BTreeMap<&str, String> = BTreeMap::new();
    let json = |path: &str| {
        manifest.files.iter().any(|file| file.role == FileRole::Report && file.path == path) && is_json(path)
    };
    let trials = [
        ("security audit", &manifest.validation.security_audit, Kind::Audit),
        ("load test", &manifest.validation.performance_tests, Kind::Load),
    ];
    for (name, tried, kind) in trials {
        let (path, passed) = match tried {
            Tried::Passed { report } => (report, true),
            Tried::Failed { report, .. } => (report, false),
            Tried::NotRun { .. } => continue,
        };
        if !json(path) {
            let why = format!("the manifest names it for the {name}, and lists no such report in JSON");
            wrong.insert(path, why);
            continue;
        }
        let Some(Content::Report(Ok(facts))) = seen.get(path.as_str()).map(|file| &file.content) else {
            continue;
        };
        if facts.kind != kind {
            wrong.insert(
                path,
                format!("the manifest names it for the {name}, and it is a report of something else"),
            );
        } else if facts.ready != passed {
            let says = if passed { "passed" } else { "failed" };
            wrong.insert(
                path,
                format!("the manifest says that the {name} {says}, the report says {}", facts.words),
            );
        }
    }
    for file in manifest.files.iter().filter(|file| file.role == FileRole::Report && is_json(&file.path)) {
        match seen.get(&file.path).map(|file| &file.content) {
            Some(Content::Report(Ok(facts))) => outcome.verdicts.push(Verdict {
                path: file.path.clone(),
                ready: facts.ready,
                words: facts.words.clone(),
            }),
            Some(Content::Report(Err(fault))) => {
                wrong.insert(&file.path, fault.clone());
            }
            Some(_) => {
                wrong.insert(&file.path, "larger than is read".to_owned());
            }
            None => {
                outcome.reports.add(false);
                continue;
            }
        }
        outcome.reports.add(!wrong.contains_key(file.path.as_str()));
    }
    for (path, why) in wrong {
        outcome.note(path, Flaw::Report(why));
    }
}

/// Why a bill of materials is not about the release or something in it.
fn about(manifest: &ReleaseManifest, facts: &SbomFacts) -> Option<String> {
    let Some(subject) = facts.subject.first() else {
        return Some("it does not say what it is about".to_owned());
    };
    let released = |name: &String| {
        *name == manifest.name || manifest.artifacts.iter().any(|artifact| artifact.name == *name)
    };
    let known = facts.subject.iter().any(released);
    (!known).then(|| format!("it is about `{subject}`, which is neither the release nor an artifact of it"))
}
