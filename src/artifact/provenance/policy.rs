//! What is expected of provenance, and which level it supports.

use super::examine::{Attestation, Signed};
use super::trust::Trust;
use crate::crypto::digest::Digest;
use crate::formats::intoto::{SlsaProvenance, Statement, same_source};

/// What provenance must say; what is absent is not judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The repository that the source is from.
    pub source: Option<String>,
    /// The SLSA Build level that is needed.
    pub level: Option<u8>,
    /// The external parameters that there may be.
    pub parameters: Option<Vec<String>>,
}

/// A file that provenance may vouch for.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Its path or name; the last part of it is compared with names of subjects.
    pub name: String,
    /// Its digests, by every algorithm that is at hand.
    pub digests: Vec<Digest>,
}

/// What a statement says of an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectMatch {
    /// It is a subject: every digest that is understood is the artifact's.
    Is,
    /// A subject has its name, or one of its digests, and another digest beside it.
    OtherDigest,
    /// A subject has its name, and no digest of an algorithm that counts.
    Weak,
    /// No subject is it.
    Absent,
}

/// Whether an artifact is among the subjects: by digest alone; the name only tells what was meant where it is not.
#[must_use]
pub fn subject_of(statement: &Statement, artifact: &Artifact) -> SubjectMatch {
    let mut best = SubjectMatch::Absent;
    for subject in &statement.subjects {
        let (mut equal, mut different) = (0, 0);
        for digest in &artifact.digests {
            match subject.digest.get(digest.algorithm().name()) {
                Some(said) if *said == digest.to_string() => equal += 1,
                Some(_) => different += 1,
                None => {}
            }
        }
        let last = |path: &'_ str| path.rsplit('/').next().map(str::to_owned);
        let named = subject.name.as_deref().is_some_and(|name| last(name) == last(&artifact.name));
        match (equal, different) {
            (1.., 0) => return SubjectMatch::Is,
            (1.., _) => best = SubjectMatch::OtherDigest,
            (0, 1..) if named => best = SubjectMatch::OtherDigest,
            (0, 0) if named && best == SubjectMatch::Absent => best = SubjectMatch::Weak,
            _ => {}
        }
    }
    best
}

/// A level and why it is that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// SLSA Build level (v1.x), 0 to 3.
    pub level: u8,
    /// Why, in words.
    pub reason: String,
}

/// The level that an attestation supports for artifacts that are its subjects (`matched`) or not.
///
/// More than 1 it is only by a builder that the trust names, together with someone who signs for it.
#[must_use]
pub fn level(attestation: &Attestation, trust: &Trust, matched: bool) -> Level {
    let of = |level: u8, why: String| Level { level, reason: format!("L{level}: {why}") };
    let provenance = match &attestation.provenance {
        Some(Ok(provenance)) => provenance,
        Some(Err(why)) => return of(0, format!("not provenance of level 1: {why}")),
        None => return of(0, "there is no SLSA provenance that can be read".to_owned()),
    };
    if !matched {
        return of(0, "none of its subjects is the artifact".to_owned());
    }
    if let Some((signed, level)) = best(attestation, trust, provenance) {
        let certificate = match &signed.certificate {
            Some(_) => "; no transparency log was asked, so that the time of signing is not proven",
            None => "",
        };
        return of(
            level,
            format!("{} is trusted to sign for this builder up to level {level}{certificate}", signed.name),
        );
    }
    let Some(signed) = attestation.signed.first() else {
        let who = match attestation.signatures {
            0 => "nobody signed it",
            _ => "nobody who is trusted signed it",
        };
        return of(1, format!("self-asserted, {who}"));
    };
    of(
        1,
        match signed.any || signed.builders.is_empty() {
            true => format!("signed by {}, for which no level is configured", signed.name),
            false => format!("signed by {}, which is not trusted for this builder", signed.name),
        },
    )
}

/// The signer and the highest level among the builders that it signs for and whose id this is.
fn best<'a>(
    attestation: &'a Attestation,
    trust: &Trust,
    provenance: &SlsaProvenance,
) -> Option<(&'a Signed, u8)> {
    let pairs =
        attestation.signed.iter().flat_map(|signed| signed.builders.iter().map(move |at| (signed, *at)));
    pairs
        .filter_map(|(signed, at)| Some((signed, trust.builders.get(at)?)))
        .filter(|(_, builder)| builder.id.matches(&provenance.builder_id))
        .map(|(signed, builder)| (signed, builder.level.clamp(1, 3)))
        .max_by_key(|(_, level)| *level)
}

/// Whether the builder is one that was expected: there are none, or the id is of one that a signer signs for.
#[must_use]
pub fn expected_builder(attestation: &Attestation, trust: &Trust, provenance: &SlsaProvenance) -> bool {
    trust.builders.is_empty() || best(attestation, trust, provenance).is_some()
}

/// What is said to be the source, where it is not the expected one; an empty text when none is named. What a certificate
/// says counts beside what the provenance says, as the authority looked at it.
#[must_use]
pub fn other_source(
    attestation: &Attestation,
    provenance: &SlsaProvenance,
    expected: &str,
) -> Option<String> {
    let said = provenance.source().0;
    let certified =
        attestation.signed.iter().filter_map(|signed| signed.certificate.as_ref()?.source.clone());
    match said {
        None => Some(String::new()),
        Some(said) => [said].into_iter().chain(certified).find(|source| !same_source(source, expected)),
    }
}

/// The parameters that nobody expects.
#[must_use]
pub fn unexpected_parameters<'p>(provenance: &'p SlsaProvenance, allowed: &[String]) -> Vec<&'p str> {
    let names = provenance.parameter_names.iter().map(String::as_str);
    names.filter(|name| !allowed.iter().any(|known| known == name)).collect()
}
