//! What was done with a release, as sections.

use super::{
    Body, Cell, Fact, Row, Section, Table, Tone, Weight, fact, name, section, sentence, strong, toned,
};
use crate::render::words::{NOTHING, bytes, count, number};
use crate::report::{
    Provenance, Release, ReleaseAction, ReleaseArtifact, ReleaseEvidence, ReleaseSigner, ReleaseStep,
    ReleaseTrial, ReleaseVerified, StepOutcome,
};

/// Digits of a digest that are shown; the whole of it stands in the lists of the release and in JSON.
const DIGEST: usize = 16;

/// The sections of a release.
pub(super) fn sections(release: &Release) -> Vec<Section<'_>> {
    let mut out = vec![section(title(release.action), Weight::Normal, Body::Facts(facts(release)))];
    let mut add = |title: &str, note: &str, table: Table| {
        if !table.rows.is_empty() {
            let note = note.to_owned();
            out.push(Section { note, ..section(title, Weight::Normal, Body::Table(table)) });
        }
    };
    let planned = release.action == ReleaseAction::Planned;
    add(if planned { "Steps, none of them done" } else { "Steps" }, "", steps(&release.steps));
    let measured = if planned { "sizes before encryption" } else { "sizes and SHA-256 before encryption" };
    add("Artifacts", measured, artifacts(&release.artifacts));
    add("Tried before the release", "", trials(&release.validation));
    add("What holds", "", verified(&release.verified));
    add("Evidence", "", evidence(&release.evidence));
    if !release.signers.is_empty() {
        let body = Body::Facts(signers(&release.signers));
        let note = "names are those of the keys given".to_owned();
        out.push(Section { note, ..section("Signed by", Weight::Normal, body) });
    }
    out
}

/// The sections of provenance.
pub(super) fn provenance(provenance: &Provenance) -> Vec<Section<'_>> {
    super::provenance::sections(provenance)
}

const fn title(action: ReleaseAction) -> &'static str {
    match action {
        ReleaseAction::Prepared => "Release prepared",
        ReleaseAction::Planned => "Release planned",
        ReleaseAction::Verified => "Verification",
        ReleaseAction::Judged => "Release judged",
        ReleaseAction::Trail => "Trail",
    }
}

fn facts(release: &Release) -> Vec<Fact> {
    let mut facts = Vec::new();
    let named = match (release.name.as_str(), release.version.as_str()) {
        ("", "") => None,
        (title, "") => Some(name(title)),
        ("", version) => Some(name(version)),
        (title, version) => Some(format!("{} {}", name(title), name(version))),
    };
    match named {
        Some(text) => facts.push(Fact { name: "release", text, tone: Tone::Strong }),
        None if release.action == ReleaseAction::Trail => {}
        None => {
            let text = "not known: its manifest cannot be read".to_owned();
            facts.push(Fact { name: "release", text, tone: Tone::Bad });
        }
    }
    facts.extend((!release.directory.is_empty()).then(|| fact("directory", name(&release.directory))));
    facts.extend(release.made.as_ref().map(|made| fact("made", name(made))));
    facts.extend(release.profile.as_ref().map(|profile| fact("profile", name(profile))));
    facts.extend(source(release));
    if let Some(trail) = &release.trail {
        facts.push(fact("records", number(trail.records)));
        facts.extend((!trail.head.is_empty()).then(|| fact("head", name(&trail.head))));
    }
    facts
}

/// The commit, and whether it is the whole of what was released.
fn source(release: &Release) -> Option<Fact> {
    let commit = release.commit.as_ref().map(|commit| name(commit));
    Some(match (commit, release.dirty) {
        (Some(commit), Some(true)) => Fact {
            name: "commit",
            text: format!("{commit}, and changes that are in no commit"),
            tone: Tone::Caution,
        },
        (Some(commit), _) => fact("commit", commit),
        (None, Some(true)) => {
            Fact { name: "commit", text: "none, changed files".to_owned(), tone: Tone::Caution }
        }
        (None, _) if matches!(release.action, ReleaseAction::Prepared | ReleaseAction::Planned) => Fact {
            name: "commit",
            text: "not known: no commit of a git repository".to_owned(),
            tone: Tone::Caution,
        },
        (None, _) => return None,
    })
}

fn artifacts(artifacts: &[ReleaseArtifact]) -> Table {
    let row = |artifact: &ReleaseArtifact| {
        let digest = artifact.sha256.as_ref().map(|digest| digest.chars().take(DIGEST).collect::<String>());
        let cells = vec![
            strong(name(&artifact.path)),
            bytes(artifact.size).into(),
            digest.map_or_else(|| NOTHING.to_owned(), |digest| format!("{}…", name(&digest))).into(),
            if artifact.encrypted { "encrypted" } else { "as it is" }.to_owned().into(),
        ];
        Row { cells, ..Row::default() }
    };
    let mut rows: Vec<Row> = artifacts.iter().map(row).collect();
    let read = artifacts.iter().any(|artifact| artifact.sha256.is_some());
    if !read {
        // Of a plan nothing was read yet.
        rows.iter_mut().for_each(|row| drop(row.cells.remove(2)));
    }
    let columns = [("artifact", false), ("size", true), ("SHA-256", false), ("kept", false)];
    Table {
        columns: columns.into_iter().filter(|(head, _)| read || *head != "SHA-256").collect(),
        keys: 1,
        rows,
        things: "artifacts",
        lesser: &[],
    }
}

fn steps(steps: &[ReleaseStep]) -> Table {
    let row = |step: &ReleaseStep| {
        let outcome = match step.outcome {
            StepOutcome::Done => Cell::from("done".to_owned()),
            StepOutcome::Failed => toned("failed".to_owned(), Tone::Bad),
            StepOutcome::Skipped => Cell::from("skipped".to_owned()),
            StepOutcome::Planned => Cell::from("planned".to_owned()),
        };
        let keep = step.outcome == StepOutcome::Failed;
        let cells = vec![strong(spaced(&step.name)), outcome, sentence(&step.detail).into()];
        Row { cells, keep, ..Row::default() }
    };
    Table {
        columns: vec![("step", false), ("outcome", false), ("what", false)],
        keys: 1,
        rows: steps.iter().map(row).collect(),
        things: "steps",
        lesser: &[],
    }
}

fn trials(trials: &[ReleaseTrial]) -> Table {
    let row = |trial: &ReleaseTrial| {
        let status = match trial.status.as_str() {
            "passed" => Cell::from("passed".to_owned()),
            "failed" => toned("failed".to_owned(), Tone::Bad),
            "not_run" => toned("not run".to_owned(), Tone::Caution),
            other => toned(name(other), Tone::Caution),
        };
        let words = trial.reason.as_ref().map_or_else(|| NOTHING.to_owned(), |reason| sentence(reason));
        let report = trial.report.as_ref().map_or_else(|| NOTHING.to_owned(), |report| name(report));
        let cells = vec![strong(spaced(&trial.name)), status, report.into(), words.into()];
        Row { cells, keep: true, ..Row::default() }
    };
    Table {
        columns: vec![("trial", false), ("result", false), ("report", false), ("in words", false)],
        keys: 1,
        rows: trials.iter().map(row).collect(),
        things: "trials",
        lesser: &[],
    }
}

fn verified(verified: &[ReleaseVerified]) -> Table {
    let row = |kind: &ReleaseVerified| {
        let whole = kind.good == kind.of && kind.of > 0;
        let tone = match kind.good {
            _ if whole => Tone::Plain,
            // Not one: mostly because it was not asked for, and findings say so where it was.
            0 => Tone::Caution,
            _ => Tone::Bad,
        };
        let text = format!("{} of {}", number(kind.good), number(kind.of));
        Row { cells: vec![strong(name(&kind.what)), toned(text, tone)], keep: !whole, ..Row::default() }
    };
    Table {
        columns: vec![("what", false), ("good", true)],
        keys: 1,
        rows: verified.iter().map(row).collect(),
        things: "kinds",
        lesser: &[],
    }
}

/// Keys with their fingerprints, whole: a part of one can be made to fit.
fn signers(signers: &[ReleaseSigner]) -> Vec<Fact> {
    const MOST: usize = 20;
    let facts = |signer: &ReleaseSigner| {
        let made = count(signer.signatures, "signatures");
        let key = Fact { name: "key", text: format!("{}, {made}", name(&signer.key)), tone: Tone::Strong };
        [key, fact("fingerprint", name(&signer.fingerprint))]
    };
    signers.iter().take(MOST).flat_map(facts).collect()
}

fn evidence(evidence: &[ReleaseEvidence]) -> Table {
    let or_nothing = |text: &Option<String>| {
        Cell::from(text.as_ref().map_or_else(|| NOTHING.to_owned(), |text| name(text)))
    };
    let row = |report: &ReleaseEvidence| {
        let counts =
            if report.accepted { Cell::from("yes".to_owned()) } else { toned("no".to_owned(), Tone::Bad) };
        let commit = report.commit.as_ref().map(|commit| commit.chars().take(12).collect::<String>());
        let cells = vec![
            strong(spaced(&report.kind)),
            counts,
            or_nothing(&report.made),
            or_nothing(&commit),
            name(&report.file).into(),
            sentence(&report.words).into(),
        ];
        Row { cells, keep: !report.accepted, ..Row::default() }
    };
    Table {
        columns: vec![
            ("evidence", false),
            ("counts", false),
            ("made", false),
            ("commit", false),
            ("file", false),
            ("in words", false),
        ],
        keys: 1,
        rows: evidence.iter().map(row).collect(),
        things: "reports",
        lesser: &["commit"],
    }
}

/// A name of the wire form in words: `security_audit` as `security audit`.
fn spaced(text: &str) -> String {
    name(&text.replace('_', " "))
}
