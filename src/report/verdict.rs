//! The decision about a report. Filled in by the gate alone; renderers print it, exit codes come from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Severity;

/// May this ship?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing open at or above the threshold, and everything asked for was looked at.
    Ready,
    /// An open finding at or above the threshold.
    NotReady,
    /// No such finding, but something that is asked for was not looked at.
    Incomplete,
}

impl Decision {
    /// The words of the last line of a report.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ready => "READY",
            Self::NotReady => "NOT READY",
            Self::Incomplete => "INCOMPLETE",
        }
    }
}

/// The decision, the exit code and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The decision.
    pub decision: Decision,
    /// Exit code of the command: 0 ready, 1 high (or the threshold below it), 2 critical, 3 incomplete.
    pub exit_code: u8,
    /// Every reason against `ready`, worst first.
    pub reasons: Vec<Reason>,
    /// The policy that was applied.
    pub policy: PolicyUsed,
}

impl Verdict {
    /// The verdict of a report that no gate has seen: incomplete, because nothing passes by default.
    #[must_use]
    pub fn unjudged() -> Self {
        Self {
            decision: Decision::Incomplete,
            exit_code: 3,
            reasons: vec![],
            policy: PolicyUsed {
                fail_on: Severity::High,
                strict: false,
                optional: vec![],
                conditions: vec![],
                source: String::new(),
                tree_trusted: false,
            },
        }
    }
}

/// One reason why a subject is not ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// What kind of reason.
    pub kind: ReasonKind,
    /// The check it comes from, if from one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub check: Option<String>,
    /// In words.
    pub text: String,
    /// What would remove the reason.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}

/// What kind of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// Open findings at or above the threshold.
    Findings,
    /// A check that is asked for was not evaluated.
    NotEvaluated,
    /// A check went wrong.
    Errored,
    /// Strict mode, and something was left out.
    LeftOut,
}

/// The policy a verdict was reached with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyUsed {
    /// Lowest severity that fails; inclusive.
    pub fail_on: Severity,
    /// Whether things left out make the verdict incomplete.
    pub strict: bool,
    /// Checks that may stay unevaluated.
    pub optional: Vec<String>,
    /// Conditions on vulnerabilities besides their severity, in words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conditions: Vec<String>,
    /// Where the policy came from: `built in`, a file.
    pub source: String,
    /// Whether waivers, exclusions and marks inside the audited tree had force.
    pub tree_trusted: bool,
}

/// Findings by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Critical.
    pub critical: u64,
    /// High.
    pub high: u64,
    /// Medium.
    pub medium: u64,
    /// Low.
    pub low: u64,
    /// Info.
    pub info: u64,
}

impl Counts {
    /// The count of one severity.
    #[must_use]
    pub const fn of(&self, severity: Severity) -> u64 {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
            Severity::Info => self.info,
        }
    }

    /// Counts one finding.
    pub const fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Critical => self.critical += 1,
            Severity::High => self.high += 1,
            Severity::Medium => self.medium += 1,
            Severity::Low => self.low += 1,
            Severity::Info => self.info += 1,
        }
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.critical + self.high + self.medium + self.low + self.info
    }

    /// Those at or above a severity.
    #[must_use]
    pub fn at_least(&self, severity: Severity) -> u64 {
        Severity::WORST_FIRST.into_iter().filter(|each| *each >= severity).map(|each| self.of(each)).sum()
    }
}

/// The counts of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Open findings.
    pub open: Counts,
    /// Findings that a waiver or a mark in force covers.
    pub waived: Counts,
    /// Checks that passed.
    pub passed: u32,
    /// Checks that failed.
    pub failed: u32,
    /// Checks that nothing asks for.
    pub not_applicable: u32,
    /// Checks that could not be done.
    pub not_evaluated: u32,
    /// Checks that went wrong.
    pub errored: u32,
}

/// What became of one waiver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverUse {
    /// What it covers: a rule with a path, or a fingerprint.
    pub scope: String,
    /// Why it was granted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day on which it counts (UTC), `YYYY-MM-DD`; empty for VEX statements, which have none.
    pub expires: String,
    /// What became of it.
    pub state: WaiverState,
    /// Findings it covers.
    pub findings: u64,
}

/// What became of a waiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaiverState {
    /// Past its last day; it no longer counts.
    Expired,
    /// Lives longer than the policy allows; it does not count.
    TooLong,
    /// Stands in a tree whose configuration has no force.
    Untrusted,
    /// Covers nothing.
    Unused,
    /// In force, within 14 days of its end.
    Expiring,
    /// In force.
    Active,
}

impl WaiverState {
    /// The words used in reports.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::TooLong => "longer than the policy allows",
            Self::Untrusted => "not in force: the tree's own configuration is ignored",
            Self::Unused => "covers nothing",
            Self::Expiring => "expires soon",
            Self::Active => "in force",
        }
    }
}
