//! Rules and their severity: values, loaded from the rule files beside the checks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad an open finding is for a release. Ordered: `Info < Low < Medium < High < Critical`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; never holds a release up.
    Info,
    /// A weakness with little effect on its own.
    Low,
    /// A weakness that helps an attacker who has something else already.
    Medium,
    /// A weakness that can be exploited on its own, or a protection that is missing.
    High,
    /// Compromise, or proof of tampering.
    Critical,
}

impl Severity {
    /// All severities, worst first.
    pub const WORST_FIRST: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word used in reports and flags.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How often a finding of a rule is true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A hint; look before acting.
    Low,
    /// Usually true.
    Medium,
    /// True by structure: a checksum, a parsed statement, a digest.
    #[default]
    High,
}

impl Confidence {
    /// The word used in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One thing a check looks for. The text of every rule stands in a YAML file beside its check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Prefix of its family and a number that is never reused: `CFG-001`.
    pub id: String,
    /// What a finding says in one line, without a final period.
    pub title: String,
    /// Severity of a finding in what ships.
    pub severity: Severity,
    /// Severity where the finding stands in a test, an example or documentation, when that differs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub severity_outside_product: Option<Severity>,
    /// How often it is right.
    #[serde(default)]
    pub confidence: Confidence,
    /// Why it matters, in full sentences.
    pub description: String,
    /// What to do, in full sentences.
    pub remediation: String,
    /// Where more is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Ids in other catalogues, by catalogue: `CWE: [CWE-250]`, `CIS-Docker: ["4.1"]`, `OWASP: ["A07:2025"]`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mappings: BTreeMap<String, Vec<String>>,
    /// A short example that the rule reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad: Option<String>,
    /// The same example made right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good: Option<String>,
}
