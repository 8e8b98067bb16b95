//! Provenance that is named, for artifacts that are named: the same rules, without a tree.

use std::cmp::Reverse;

use super::judge::{Judged, Subjects, judge};
use super::{CHECK, Settings};
use crate::artifact::provenance::{Artifact, Attestation, FileError, Level, SubjectMatch, subject_of};
use crate::engine::{Conclusion, Findings, conclude_alone};
use crate::report::{CheckReport, LeftOutKind, Status};

const NEED_KEY: &str =
    "name the signer's key (--key), or the root of its certificate and whom it is for (--root, --identity)";
const NEED_IDENTITY: &str =
    "name the signer: --builder ID, or --identity NAME for the one in the certificate";

/// What came of it.
#[derive(Debug)]
pub struct NamedOutcome {
    /// What the check says.
    pub report: CheckReport,
    /// The place of the attestation that the answer is about; none when nothing could be read.
    pub telling: Option<usize>,
    /// The level that holds for all artifacts, and why.
    pub level: Level,
    /// The artifacts that are vouched for.
    pub matched: Vec<String>,
}

/// Judges a file (`name`) that was examined, for artifacts. For each of them the best attestation counts: a file may hold
/// those of other builds, too, and who trusts one of them needs no other.
#[must_use]
pub fn judge_named(
    name: &str,
    read: &Result<Vec<Attestation>, FileError>,
    artifacts: &[Artifact],
    settings: &Settings,
) -> NamedOutcome {
    let all: &[Attestation] = read.as_deref().unwrap_or_default();
    let chosen: Vec<Chosen> = artifacts.iter().filter_map(|artifact| best(all, artifact, settings)).collect();
    let report = conclude_alone(&CHECK, |findings| {
        findings.examined("attestations", all.len() as u64);
        findings.examined("artifacts", artifacts.len() as u64);
        if let Err(error) = read {
            findings.on_part("PRV-004", name, None, error.to_string());
            return Conclusion::Evaluated;
        }
        conclude(name, all.len(), &chosen, settings, findings)
    });
    let worst = chosen.iter().min_by_key(|chosen| chosen.judged.level.level);
    NamedOutcome {
        report,
        telling: worst.map(|chosen| chosen.place),
        level: worst
            .map(|chosen| chosen.judged.level.clone())
            .unwrap_or_else(|| Level { level: 0, reason: "L0: nothing in the file can be read".to_owned() }),
        matched: chosen.iter().flat_map(|chosen| chosen.matched.iter().cloned()).collect(),
    }
}

/// The best attestation for one artifact.
struct Chosen {
    place: usize,
    judged: Judged,
    matched: Vec<String>,
}

fn best(all: &[Attestation], artifact: &Artifact, settings: &Settings) -> Option<Chosen> {
    all.iter()
        .enumerate()
        .map(|(place, attestation)| {
            let subjects = subjects(attestation, artifact);
            let judged = judge(attestation, &subjects, &settings.trust, &settings.policy);
            Chosen { place, judged, matched: subjects.matched }
        })
        .min_by_key(|chosen| rank(&chosen.judged))
}

fn conclude(
    name: &str,
    count: usize,
    chosen: &[Chosen],
    settings: &Settings,
    findings: &mut Findings<'_>,
) -> Conclusion {
    let used: std::collections::BTreeSet<usize> = chosen.iter().map(|chosen| chosen.place).collect();
    let others = count.saturating_sub(used.len()) as u64;
    if others > 0 {
        let reason = "other attestations in the same file: for each artifact the best one counts";
        findings.left_out_many(LeftOutKind::Excluded, reason, name, others);
    }
    let mut unanswered = None;
    for Chosen { judged, .. } in chosen {
        if let Some(kind) = &judged.other_kind {
            let kind: String = kind.chars().filter(|c| !c.is_control()).take(200).collect();
            findings.on_part("PRV-004", name, None, format!("no SLSA provenance, but `{kind}`"));
        }
        // Said of several artifacts alike, it stands once.
        for (rule, place, message) in &judged.remarks {
            findings.on_part(rule, place.as_deref().unwrap_or(name), None, message.as_str());
        }
        unanswered = unanswered.or(judged.unanswered);
    }
    match unanswered {
        Some(reason) => {
            let hint = if settings.trust.roots.is_empty() { NEED_KEY } else { NEED_IDENTITY };
            Conclusion::Instead(Status::not_evaluated(reason, hint))
        }
        None if chosen.is_empty() => Conclusion::Instead(Status::not_evaluated("nothing to judge", "")),
        None => Conclusion::Evaluated,
    }
}

/// How bad it is, least first: another kind, grave findings, unanswered, other findings; then the highest level.
fn rank(judged: &Judged) -> (bool, usize, bool, usize, Reverse<u8>) {
    let count = |wanted: fn(&str) -> bool| judged.remarks.iter().filter(|(rule, ..)| wanted(rule)).count();
    let grave = |rule: &str| matches!(rule, "PRV-001" | "PRV-002" | "PRV-004" | "PRV-011");
    let other = |rule: &str| !matches!(rule, "PRV-001" | "PRV-002" | "PRV-004" | "PRV-011" | "PRV-012");
    (
        judged.other_kind.is_some(),
        count(grave),
        judged.unanswered.is_some(),
        count(other),
        Reverse(judged.level.level),
    )
}

fn subjects(attestation: &Attestation, artifact: &Artifact) -> Subjects {
    let mut found = Subjects::default();
    let Ok(statement) = &attestation.statement else { return found };
    let names = match subject_of(statement, artifact) {
        SubjectMatch::Is => &mut found.matched,
        SubjectMatch::OtherDigest => &mut found.other,
        SubjectMatch::Weak => &mut found.weak,
        SubjectMatch::Absent => &mut found.absent,
    };
    names.push(artifact.name.clone());
    found
}
