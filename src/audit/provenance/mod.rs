//! Provenance: attestations in the tree are signed by someone who is trusted, vouch for files as they are, and say what the
//! settings expect: builder, source, parameters, SLSA Build level.
//!
//! Signatures and statements are looked at as files are met; subjects are compared in the end, when the digests of all
//! files are known. Without `--deep` those are the files beside an attestation.

mod judge;
mod named;
mod names;

pub use named::{NamedOutcome, judge_named};

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use self::judge::{Subjects, judge};
use self::names::Named;
use crate::artifact::provenance::file::looks_like_one;
use crate::artifact::provenance::{
    Artifact, Attestation, FileError, Policy, SubjectMatch, Trust, examine, subject_of,
};
use crate::crypto::digest::{Digest, HashAlgorithm};
use crate::engine::{Check, Conclusion, Entry, File, Findings, Inspect, Reads, RuleFile, Start, Tree, Want};
use crate::report::{LeftOutKind, Status};

static FILE: LazyLock<RuleFile> = LazyLock::new(|| RuleFile::embedded(CHECK.rule_file));

/// The check.
pub static CHECK: Check = Check {
    id: "provenance",
    title: "Provenance",
    about: "SLSA provenance is signed by those who are trusted, vouches for files as they are, and says what is expected.",
    reads: Reads::Declarations,
    rules: || &FILE.rules,
    rule_file: include_str!("rules.yaml"),
};

/// What completes the check where no key is trusted, as hints name it.
const HINT: &str = "name keys: `provenance.builders` or `keys.public` in readiness.yaml";
const DEEP: &str = "subjects are compared with all files in a deep audit";

/// What the check is told.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Whose signatures count.
    pub trust: Trust,
    /// What is expected.
    pub policy: Policy,
    /// The moment that windows of keys are held against where provenance names none.
    pub now: Timestamp,
}

/// Makes the check ready for one run.
#[must_use]
pub fn start(settings: &super::Settings) -> Start {
    Start::Run(Box::new(Provenance {
        settings: settings.provenance.clone(),
        state: Mutex::new(State::default()),
    }))
}

struct Provenance {
    settings: Settings,
    state: Mutex<State>,
}

/// What was met so far.
#[derive(Default)]
struct State {
    deep: bool,
    walked: bool,
    /// Folders that hold an attestation; their files are hashed whatever else is read.
    folders: BTreeSet<String>,
    attestations: BTreeMap<String, Result<Vec<Attestation>, FileError>>,
    /// Attestations that could not be read, or changed while they were.
    unread: BTreeSet<String>,
    links: BTreeSet<String>,
    /// The files of the tree, as far as they were hashed.
    digests: Vec<(Box<str>, [u8; 32])>,
}

impl Provenance {
    // A thread that panicked while it held the lock left whole values behind: they are only inserted.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inspect for Provenance {
    fn begin(&self, tree: &Tree<'_>) {
        self.state().deep = tree.deep;
    }

    fn listed(&self, files: &[Entry]) {
        let mut state = self.state();
        state.walked = true;
        for Entry { path, .. } in files {
            if names::named(path).is_some() {
                state.folders.insert(names::folder(path).to_owned());
            }
        }
    }

    fn wants(&self, entry: &Entry) -> Want {
        if names::named(&entry.path).is_some() {
            return if entry.is_file() { Want::Bytes } else { Want::Name };
        }
        let state = self.state();
        match entry.is_file() {
            true if state.folders.contains(names::folder(&entry.path)) => Want::Digest,
            // A deep audit hashes it anyway.
            true if state.deep => Want::Name,
            _ => Want::Nothing,
        }
    }

    fn file(&self, file: &File<'_>, _findings: &mut Findings<'_>) {
        let path = &file.entry.path;
        let named = names::named(path);
        if named.is_some() && !file.entry.is_file() {
            self.state().links.insert(path.clone());
            return;
        }
        if let Some(named) = named {
            let bytes = file.contents.bytes();
            let sure = named == Named::Surely;
            if file.changed || !file.whole {
                self.state().unread.extend(sure.then(|| path.clone()));
            } else if sure || looks_like_one(bytes) {
                let Settings { trust, now, .. } = &self.settings;
                let mut read = examine(bytes, trust, *now);
                // What was said besides has done its work, and may be large.
                for attestation in read.iter_mut().flatten() {
                    if let Ok(statement) = &mut attestation.statement {
                        statement.predicate = serde_json::Value::Null;
                    }
                }
                self.state().attestations.insert(path.clone(), read);
            }
        } else if let Some(digest) = file.digest.filter(|_| !file.changed) {
            self.state().digests.push((path.as_str().into(), digest));
        }
    }

    fn finish(&self, findings: &mut Findings<'_>) -> Conclusion {
        let state = self.state();
        let Settings { trust, policy, .. } = &self.settings;
        for path in &state.links {
            findings.left_out(LeftOutKind::Link, "an attestation that is a link, not verified", path);
        }
        let files = Files::of(&state);
        let mut sum = Sum::default();
        for (path, read) in &state.attestations {
            let read = match read {
                Ok(read) => read,
                Err(FileError::NoEnvelope(_)) => {
                    let reason = "a Sigstore bundle that signs a file: another system, not verified";
                    findings.left_out(LeftOutKind::Unsupported, reason, path);
                    continue;
                }
                Err(error) => {
                    sum.judged += 1;
                    findings.on_path("PRV-004", path, error.to_string());
                    continue;
                }
            };
            for attestation in read {
                let subjects = files.subjects(attestation, path, state.deep);
                let judged = judge(attestation, &subjects, trust, policy);
                if let Some(kind) = judged.other_kind {
                    let kind: String = kind.chars().filter(|c| !c.is_control()).take(100).collect();
                    findings.left_out(
                        LeftOutKind::Unsupported,
                        &format!("an attestation of another kind: {kind}"),
                        path,
                    );
                    continue;
                }
                sum.judged += 1;
                if let Some(reason) = judged.unanswered {
                    sum.unanswered.get_or_insert((path, reason));
                }
                for (rule, place, message) in judged.remarks {
                    match place {
                        Some(file) => findings.on_path(rule, &file, format!("{message} ({path})")),
                        None => findings.on_path(rule, path, message),
                    }
                }
            }
        }
        if sum.judged > 0 {
            findings.examined("attestations", sum.judged);
        }
        self.conclude(&state, &sum, findings)
    }
}

/// What came of all attestations.
#[derive(Default)]
struct Sum<'a> {
    /// How many are about a build, or should be.
    judged: u64,
    /// The first that could not be judged to its end, and why.
    unanswered: Option<(&'a str, &'static str)>,
}

impl Provenance {
    fn conclude(&self, state: &State, sum: &Sum<'_>, findings: &mut Findings<'_>) -> Conclusion {
        if let Some(path) = state.unread.first() {
            return Conclusion::Instead(Status::not_evaluated(
                &format!("{path} could not be read whole"),
                "",
            ));
        }
        if let Some((path, reason)) = sum.unanswered {
            let hint = if reason == DEEP { "readiness audit --deep" } else { HINT };
            return Conclusion::Instead(Status::not_evaluated(&format!("{path}: {reason}"), hint));
        }
        let Policy { source, level, parameters } = &self.settings.policy;
        let asked = source.is_some() || parameters.is_some() || level.is_some_and(|level| level > 0);
        if sum.judged > 0 {
            return Conclusion::Evaluated;
        }
        if asked && state.walked {
            findings.on_subject("PRV-007", "the settings ask for provenance, and there is none: L0");
            return Conclusion::Evaluated;
        }
        Conclusion::Instead(Status::not_applicable(
            "no provenance in the tree",
            "say what is needed: `provenance.level` in readiness.yaml",
        ))
    }
}

/// The files of the tree by their digests.
struct Files<'a> {
    by_digest: HashMap<&'a [u8; 32], &'a str>,
    by_path: Vec<(&'a str, &'a [u8; 32])>,
}

impl<'a> Files<'a> {
    fn of(state: &'a State) -> Self {
        let mut by_path: Vec<(&str, &[u8; 32])> = Vec::new();
        let mut by_digest = HashMap::new();
        if !state.attestations.is_empty() {
            by_path = state.digests.iter().map(|(path, digest)| (&**path, digest)).collect();
            by_path.sort_unstable();
            // Of equal files the first by name speaks.
            by_digest = by_path.iter().rev().map(|(path, digest)| (*digest, *path)).collect();
        }
        Self { by_digest, by_path }
    }

    /// What the subjects of an attestation come to among the files.
    fn subjects(&self, attestation: &Attestation, path: &str, deep: bool) -> Subjects {
        let mut found = Subjects { unseen: if deep { "" } else { DEEP }, ..Subjects::default() };
        let Ok(statement) = &attestation.statement else { return found };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for subject in &statement.subjects {
            let bytes = subject.digest.get("sha256").and_then(|text| {
                let bytes = crate::formats::hex::decode(text.as_bytes()).ok()?;
                <[u8; 32]>::try_from(bytes).ok()
            });
            if let Some(file) = bytes.and_then(|digest| self.by_digest.get(&digest)) {
                seen.insert(file);
            }
        }
        found.matched = seen.iter().map(|file| (*file).to_owned()).collect();
        // Names tell what was meant where no digest is known.
        let mut named: HashMap<&str, Vec<&str>> = HashMap::new();
        for subject in &statement.subjects {
            let name = subject.name.as_deref().unwrap_or_default();
            let last = name.rsplit('/').next().filter(|last| !last.is_empty());
            if let Some(last) = last {
                named.entry(last).or_default().push(name);
            }
        }
        for (file, digest) in &self.by_path {
            let last = file.rsplit('/').next().unwrap_or(file);
            let Some(subjects) = named.get(last).filter(|_| !seen.contains(file)) else { continue };
            if !subjects.iter().any(|subject| names::may_be_subject(file, subject, path)) {
                continue;
            }
            let digests = Digest::from_bytes(HashAlgorithm::Sha256, *digest).into_iter().collect();
            let artifact = Artifact { name: last.to_owned(), digests };
            match subject_of(statement, &artifact) {
                SubjectMatch::OtherDigest => found.other.push((*file).to_owned()),
                SubjectMatch::Weak => found.weak.push((*file).to_owned()),
                SubjectMatch::Is => found.matched.push((*file).to_owned()),
                SubjectMatch::Absent => {}
            }
        }
        found
    }
}
