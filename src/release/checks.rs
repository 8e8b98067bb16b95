//! The checks of `readiness release`. They judge what was made, read or weighed already, so that each concludes alone: see
//! `conclude` in [`super::verify`], [`super::prepare`], [`super::evidence`] and [`super::trail`].

use std::sync::LazyLock;

use crate::engine::{Check, Reads, RuleFile};
use crate::report::Rule;

static RELEASE_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&RELEASE));
static PREPARATION_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&PREPARATION));
static EVIDENCE_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&EVIDENCE));
static TRAIL_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&TRAIL));

/// Whether a release directory is what was released.
pub static RELEASE: Check = Check {
    id: "release",
    title: "Release",
    about: "A release directory holds what its signed lists say, every byte of it and nothing else.",
    reads: Reads::Declarations,
    rules: || &RELEASE_RULES,
    rule_file: include_str!("rules/release.yaml"),
};

/// Whether a release was prepared as it was asked for.
pub static PREPARATION: Check = Check {
    id: "preparation",
    title: "Preparation",
    about: "Every step that was asked for succeeded, and what was tried passed.",
    reads: Reads::Declarations,
    rules: || &PREPARATION_RULES,
    rule_file: include_str!("rules/preparation.yaml"),
};

/// Whether the reports beside a release count for it.
pub static EVIDENCE: Check = Check {
    id: "evidence",
    title: "Evidence",
    about: "The reports that a release needs are there, fresh, and about this very release.",
    reads: Reads::Declarations,
    rules: || &EVIDENCE_RULES,
    rule_file: include_str!("rules/evidence.yaml"),
};

/// Whether the trail is whole.
pub static TRAIL: Check = Check {
    id: "trail",
    title: "Trail",
    about: "The record of what was prepared, verified and judged is whole and in order.",
    reads: Reads::Declarations,
    rules: || &TRAIL_RULES,
    rule_file: include_str!("rules/trail.yaml"),
};

/// All of them, in report order.
pub const CHECKS: [&Check; 4] = [&PREPARATION, &RELEASE, &EVIDENCE, &TRAIL];

fn rules(check: &Check) -> Vec<Rule> {
    RuleFile::embedded(check.rule_file).rules
}
