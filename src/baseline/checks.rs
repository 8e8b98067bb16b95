//! The checks of `readiness baseline`. They judge what was measured or read already, so that each concludes alone: see
//! `conclude` in [`super::compare`], [`super::history`], [`super::drift`], [`super::modules`] and [`super::files`].

use std::sync::LazyLock;

use crate::engine::{Check, Reads, RuleFile};
use crate::report::Rule;

static PROBE_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&PROBES));
static COMPARISON_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&COMPARISON));
static HISTORY_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&HISTORY));
static DRIFT_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&DRIFT));
static MODULE_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&MODULES));
static FILE_RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(&FILES));

/// Whether what was measured is as it should be.
pub static PROBES: Check = Check {
    id: "baseline-probes",
    title: "Probes",
    about: "Every probe answers, and its value is within what is accepted and reaches its target.",
    reads: Reads::Declarations,
    rules: || &PROBE_RULES,
    rule_file: include_str!("rules/probes.yaml"),
};

/// Whether it is worse than the reference.
pub static COMPARISON: Check = Check {
    id: "baseline-comparison",
    title: "Comparison",
    about: "No metric is worse than in the reference, beyond size and chance, or out of the band of its history.",
    reads: Reads::Declarations,
    rules: || &COMPARISON_RULES,
    rule_file: include_str!("rules/comparison.yaml"),
};

/// Whether it gets worse over time.
pub static HISTORY: Check = Check {
    id: "baseline-history",
    title: "History",
    about: "No metric drifts for the worse, changed for the worse, or lies out of the band of its history.",
    reads: Reads::Declarations,
    rules: || &HISTORY_RULES,
    rule_file: include_str!("rules/history.yaml"),
};

/// Whether the configuration is what was approved.
pub static DRIFT: Check = Check {
    id: "baseline-drift",
    title: "Drift",
    about: "Configuration, versions, ports and open findings are those of the reference.",
    reads: Reads::Declarations,
    rules: || &DRIFT_RULES,
    rule_file: include_str!("rules/drift.yaml"),
};

/// Whether programs start.
pub static MODULES: Check = Check {
    id: "modules",
    title: "Modules",
    about: "Every named module or program starts in time and ends well.",
    reads: Reads::Declarations,
    rules: || &MODULE_RULES,
    rule_file: include_str!("rules/modules.yaml"),
};

/// Whether model and data files are what they should be.
pub static FILES: Check = Check {
    id: "data-files",
    title: "Model and data files",
    about: "Every named model or data file is there, whole, of the right digest and format, and runs no code when loaded.",
    reads: Reads::Declarations,
    rules: || &FILE_RULES,
    rule_file: include_str!("rules/files.yaml"),
};

/// All of them, in report order.
pub const CHECKS: [&Check; 6] = [&PROBES, &COMPARISON, &HISTORY, &DRIFT, &MODULES, &FILES];

fn rules(check: &Check) -> Vec<Rule> {
    RuleFile::embedded(check.rule_file).rules
}
