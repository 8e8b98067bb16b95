//! From what an attestation is to the rules that it breaks: the same for files of a tree and for a file that is named.

use crate::artifact::provenance::{
    Attestation, Level, Policy, Refusal, Trust, expected_builder, level, other_source, unexpected_parameters,
};
use crate::formats::intoto::{SlsaProvenance, Statement};

/// Digests that someone can forge another file for, or that have no strength left.
const WEAK: [&str; 2] = ["md5", "sha1"];
/// Most subjects told of one attestation.
const MOST: usize = 20;

/// What the subjects of an attestation came to.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    /// Files that are subjects.
    pub(super) matched: Vec<String>,
    /// Files that a subject names and that have another digest.
    pub(super) other: Vec<String>,
    /// Files that a subject names, without a digest that counts.
    pub(super) weak: Vec<String>,
    /// Files that it should vouch for, and no subject is.
    pub(super) absent: Vec<String>,
    /// Why subjects were not compared with files; empty when they were.
    pub(super) unseen: &'static str,
}

/// What is said of an attestation.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Rule, file where it is not the attestation's own, and message.
    pub(super) remarks: Vec<(&'static str, Option<String>, String)>,
    /// Why it could not be judged to its end; none when it was.
    pub(super) unanswered: Option<&'static str>,
    /// It is about something else than a build: its predicate's type.
    pub(super) other_kind: Option<String>,
    /// What it supports.
    pub(super) level: Level,
}

/// What completes a check where no key is trusted.
pub(super) const NO_KEY: &str = "nobody is trusted to sign it";
/// The same where only roots are given.
pub(super) const NOBODY_NAMED: &str =
    "a root is given, and nothing says who of those that it certifies is trusted";

/// Judges one attestation.
pub(super) fn judge(
    attestation: &Attestation,
    subjects: &Subjects,
    trust: &Trust,
    policy: &Policy,
) -> Judged {
    let mut judged =
        Judged { level: level(attestation, trust, !subjects.matched.is_empty()), ..Judged::default() };
    let statement = match &attestation.statement {
        Ok(statement) => statement,
        Err(why) => {
            judged.say("PRV-004", why.clone());
            return judged;
        }
    };
    let provenance = match &attestation.provenance {
        Some(provenance) => provenance,
        None => {
            judged.other_kind = Some(statement.predicate_type.clone());
            return judged;
        }
    };
    signatures(attestation, trust, &mut judged);
    compare(statement, subjects, &mut judged);
    match provenance {
        Ok(provenance) => expectations(attestation, provenance, trust, policy, &mut judged),
        Err(why) => judged.say("PRV-004", why.clone()),
    }
    if judged.remarks.is_empty() && judged.unanswered.is_none() {
        let scheme =
            attestation.signed.first().map_or_else(String::new, |signed| format!(" ({})", signed.scheme));
        let files = subjects.matched.len();
        let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
        judged.say("PRV-012", format!("vouches for {files}; {}{scheme}", judged.level.reason));
    }
    judged
}

impl Judged {
    fn say(&mut self, rule: &'static str, message: String) {
        self.remarks.push((rule, None, message));
    }
}

fn signatures(attestation: &Attestation, trust: &Trust, judged: &mut Judged) {
    if attestation.signatures == 0 {
        judged.say("PRV-008", "nobody signed it: anyone can have written it".to_owned());
    } else if !attestation.signed.is_empty() {
    } else if !trust.names_someone() {
        judged.unanswered = Some(if trust.roots.is_empty() { NO_KEY } else { NOBODY_NAMED });
    } else if let Some(refusal) = attestation.refusals.first() {
        let rule = match refusal {
            Refusal::Revoked(_) | Refusal::Window(..) => "PRV-011",
            _ => "PRV-001",
        };
        judged.say(rule, refusal.to_string());
    }
}

fn compare(statement: &Statement, subjects: &Subjects, judged: &mut Judged) {
    let is_weak = |digests: &std::collections::BTreeMap<String, String>| {
        digests.keys().all(|algorithm| WEAK.contains(&algorithm.as_str()))
    };
    for path in subjects.other.iter().take(MOST) {
        let message = "is named in the provenance with another digest: it is not what was built";
        judged.remarks.push(("PRV-002", Some(path.clone()), message.to_owned()));
    }
    for path in subjects.absent.iter().take(MOST) {
        let message = format!("none of the {} subjects is this file", statement.subjects.len());
        judged.remarks.push(("PRV-002", Some(path.clone()), message));
    }
    for path in subjects.weak.iter().take(MOST) {
        let message = "is named in the provenance without a digest that proves anything".to_owned();
        judged.remarks.push(("PRV-010", Some(path.clone()), message));
    }
    let weak = statement.subjects.iter().filter(|subject| is_weak(&subject.digest)).count();
    if weak > 0 && subjects.weak.is_empty() {
        judged.say("PRV-010", format!("subjects with nothing but MD5 or SHA-1: {weak}"));
    }
    let nothing = subjects.matched.is_empty()
        && subjects.other.is_empty()
        && subjects.weak.is_empty()
        && subjects.absent.is_empty();
    if !nothing {
    } else if subjects.unseen.is_empty() {
        let count = statement.subjects.len();
        judged.say("PRV-003", format!("no file here has a digest of its subjects ({count})"));
    } else {
        judged.unanswered = judged.unanswered.or(Some(subjects.unseen));
    }
}

fn expectations(
    attestation: &Attestation,
    provenance: &SlsaProvenance,
    trust: &Trust,
    policy: &Policy,
    judged: &mut Judged,
) {
    let shown = |text: &str| text.chars().filter(|c| !c.is_control()).take(200).collect::<String>();
    if !attestation.signed.is_empty() && !expected_builder(attestation, trust, provenance) {
        let signers: Vec<&str> = attestation.signed.iter().map(|signed| signed.name.as_str()).collect();
        let (builder, signers) = (shown(&provenance.builder_id), signers.join(", "));
        judged.say("PRV-005", format!("built by `{builder}`, for which {signers} is not trusted to sign"));
    }
    if let Some(expected) = &policy.source
        && let Some(other) = other_source(attestation, provenance, expected)
    {
        let message = match other.as_str() {
            "" => format!("it names no source, and `{expected}` is expected"),
            other => format!("built from `{}`, and `{expected}` is expected", shown(other)),
        };
        judged.say("PRV-006", message);
    }
    if let Some(allowed) = &policy.parameters {
        let names = unexpected_parameters(provenance, allowed);
        if !names.is_empty() {
            let (count, some) = (names.len(), names.into_iter().take(10).collect::<Vec<_>>().join(", "));
            judged.say("PRV-009", format!("parameters that nobody expects ({count}): {}", shown(&some)));
        }
    }
    // What nobody verified may still reach it.
    if judged.unanswered.is_none()
        && let Some(needed) = policy.level
        && judged.level.level < needed
    {
        judged.say("PRV-007", format!("level {needed} is needed. {}", judged.level.reason));
    }
}
