//! The checks of `readiness rollback`. They judge what was captured, tried or carried out already, so that each concludes
//! alone: see `conclude` in [`super::verify`], [`super::restore`], [`super::plan`] and [`super::rehearse`].

use std::sync::LazyLock;

use crate::engine::{Check, Reads, RuleFile};
use crate::report::Rule;

static POINT_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&POINT));
static RESTORE_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&RESTORE));
static PLAN_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&PLAN));
static REHEARSAL_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&REHEARSAL));

/// Whether a point is whole and can be gone back to.
pub static POINT: Check = Check {
    id: "rollback-point",
    title: "Rollback point",
    about: "A rollback point holds everything it should, unchanged, and could be restored here.",
    reads: Reads::Declarations,
    rules: || &POINT_RULES,
    rule_file: include_str!("rules/point.yaml"),
};

/// Whether a restore came to its end.
pub static RESTORE: Check = Check {
    id: "restore",
    title: "Restore",
    about: "The tree is what the point says, byte by byte, and the validation commands succeeded.",
    reads: Reads::Declarations,
    rules: || &RESTORE_RULES,
    rule_file: include_str!("rules/restore.yaml"),
};

/// Whether a plan says what is needed.
pub static PLAN: Check = Check {
    id: "rollback-plan",
    title: "Rollback plan",
    about: "Every phase of the rollback says what is done, who does it, how long it takes and how it is verified.",
    reads: Reads::Declarations,
    rules: || &PLAN_RULES,
    rule_file: include_str!("rules/plan.yaml"),
};

/// Whether a plan was seen to work.
pub static REHEARSAL: Check = Check {
    id: "rehearsal",
    title: "Rehearsal",
    about: "The rollback was carried out in a scratch copy, and did what it should in the time it may take.",
    reads: Reads::Declarations,
    rules: || &REHEARSAL_RULES,
    rule_file: include_str!("rules/rehearsal.yaml"),
};

/// All of them, in report order.
pub const CHECKS: [&Check; 4] = [&POINT, &RESTORE, &PLAN, &REHEARSAL];

fn rules(check: &Check) -> Vec<Rule> {
    RuleFile::embedded(check.rule_file).rules
}
