//! Functions that judge a match: checksums and structure where a provider's format has them, and word lists.

use crate::engine::{Candidate, Judgement};

/// The judge of a name used in the rule file.
pub(super) fn named(name: &str) -> Option<fn(&Candidate<'_>) -> Judgement> {
    match name {
        "not-example" => Some(not_example),
        _ => None,
    }
}

fn not_example(candidate: &Candidate<'_>) -> Judgement {
    if candidate.value().ends_with(b"EXAMPLE") { Judgement::Reject } else { Judgement::Accept }
}
