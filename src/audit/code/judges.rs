//! Functions that judge a match of a code rule.

use crate::engine::{Candidate, Judgement};

/// The judge of a name used in the rule file.
pub(super) fn named(_name: &str) -> Option<fn(&Candidate<'_>) -> Judgement> {
    None
}
