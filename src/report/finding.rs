//! Findings: one rule, one place, what was seen there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Evidence, Severity, Vulnerability};

/// One thing that is wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Id of the rule.
    pub rule: String,
    /// Severity: the rule's, or the advisory's for a known vulnerability; lowered when `role` says that it stands outside
    /// the product.
    pub severity: Severity,
    /// What is wrong here, in one line.
    pub message: String,
    /// Where.
    pub location: Location,
    /// The line or value seen, with everything secret masked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Evidence>,
    /// Set when the file is a test, an example or documentation, and that lowered the severity.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<PathRole>,
    /// The vulnerability, for findings about one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub vulnerability: Option<Box<Vulnerability>>,
    /// Stable name of the finding: it survives moved lines.
    pub fingerprint: Fingerprint,
    /// Whether it holds the release up; set by the gate. Severity alone does not tell: a vulnerability that is exploited
    /// may fail whatever its severity, and one that was there before may not.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub failing: bool,
    /// What covers the finding, in force or not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suppression: Option<Suppression>,
    /// Findings of other checks that say the same of the same line, and say it better. The gate leaves this one out when
    /// one of them is open; a waiver for one of them hides no other.
    #[serde(skip)]
    pub said_by: Vec<Fingerprint>,
}

impl Finding {
    /// Whether the finding counts: nothing in force covers it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.suppression.as_ref().is_some_and(|suppression| suppression.in_force)
    }
}

/// Stable name of a finding: the first 32 hex digits of a SHA-256 over rule, path, masked line and, among equal ones,
/// position. A secret's value is not part of it, so that the name gives nothing away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// Where a finding is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Location {
    /// The subject as a whole.
    Subject,
    /// A file of the tree.
    File {
        /// Relative to the tree, separated by `/`; bytes that are not UTF-8 are written `\xNN`.
        path: String,
        /// The place in it, when the finding has one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        region: Option<Region>,
    },
    /// A part of the subject that is no file: an endpoint, a command.
    Part {
        /// Its name in the scenario or on the command line.
        name: String,
    },
}

impl Location {
    /// The path, if it is in a file.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Subject | Self::Part { .. } => None,
            Self::File { path, .. } => Some(path),
        }
    }

    /// The region, if it has one.
    #[must_use]
    pub const fn region(&self) -> Option<Region> {
        match self {
            Self::Subject | Self::Part { .. } => None,
            Self::File { region, .. } => *region,
        }
    }

    /// The name of the part, if it is one.
    #[must_use]
    pub fn part(&self) -> Option<&str> {
        match self {
            Self::Part { name } => Some(name),
            Self::Subject | Self::File { .. } => None,
        }
    }
}

/// A stretch of text. Lines and columns count from 1, columns in Unicode scalar values; the end column is the one
/// after the last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
}

/// What a file is for, judged by its path, where that is not the product itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathRole {
    /// Tests and their data.
    Test,
    /// Documentation.
    Documentation,
    /// Examples, samples, templates to copy.
    Example,
}

impl PathRole {
    /// The words used in reports.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Test => "in a test",
            Self::Documentation => "in documentation",
            Self::Example => "in an example",
        }
    }
}

/// What covers a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// A waiver of the configuration, a mark in the source or a VEX statement.
    pub kind: SuppressionKind,
    /// Why.
    pub reason: String,
    /// Who answers for it; marks in the source have none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// Last day on which it counts (UTC), `YYYY-MM-DD`; marks in the source and VEX statements have none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires: Option<String>,
    /// Why the vulnerability does no harm, by `OpenVEX`'s label.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub justification: Option<String>,
    /// Whether it counts. Expired waivers do not, nor do marks and waivers of a tree that is not trusted.
    pub in_force: bool,
}

/// Where a suppression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionKind {
    /// A waiver in the configuration.
    Waiver,
    /// A `readiness:ignore` mark beside the line.
    Mark,
    /// A statement of a VEX document that says that the product is not affected, or that it is fixed.
    Vex,
}
