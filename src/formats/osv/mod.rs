//! OSV records (schema 1.7, <https://ossf.github.io/osv-schema/>): what matching and explaining need of them.

mod lenient;
mod read;
#[cfg(test)]
mod tests;
mod wire;

pub use read::{MAX_BYTES, parse};

use serde::{Deserialize, Serialize};

/// One advisory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advisory {
    /// Its id: `GHSA-…`, `RUSTSEC-…`, `CVE-…`, `MAL-…`.
    pub id: String,
    /// When it was last changed, RFC 3339.
    pub modified: String,
    /// When it was first published, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// When it was withdrawn, RFC 3339; a withdrawn advisory never matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
    /// Other ids of the same vulnerability: symmetric and transitive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Vulnerabilities that this one stems from; not aliases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upstream: Vec<String>,
    /// Related ones; not aliases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// One line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Severity of the whole advisory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<Score>,
    /// The packages it affects.
    #[serde(default)]
    pub affected: Vec<Affected>,
    /// `database_specific.severity`, upper case: `LOW`, `MODERATE`, `HIGH`, `CRITICAL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity_word: Option<String>,
    /// The page to read: the first reference of type ADVISORY, else WEB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// CWE ids that the database gives (`database_specific.cwe_ids`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwes: Vec<String>,
    /// Whether it tells of malicious code rather than of a flaw: its id or an alias is `MAL-…`, or its database says where
    /// the report of the malicious package came from.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub malicious: bool,
}

/// A severity as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// `CVSS_V2`, `CVSS_V3`, `CVSS_V4`, `Ubuntu`, …; [`WORD`] for what a database says of one package in a field of its own.
    #[serde(rename = "type")]
    pub kind: String,
    /// The vector, or the word for `Ubuntu` and [`WORD`].
    pub score: String,
}

/// The kind of a [`Score`] that is a word in `severity` of `affected[].ecosystem_specific` or `.database_specific`.
pub const WORD: &str = "word";

/// One affected package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// Ecosystem as written: `Debian:12`. Empty for records without a package (GIT ranges only).
    #[serde(default)]
    pub ecosystem: String,
    /// Package name as written.
    #[serde(default)]
    pub name: String,
    /// Ranges, any of which may hold the version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<Range>,
    /// Affected versions one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// Severity for this package alone; goes before the advisory's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<Score>,
    /// `RustSec`'s kind of notice (`unmaintained`, `unsound`, `notice`): no vulnerability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub informational: Option<String>,
}

/// One range of versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// How its versions are ordered.
    #[serde(rename = "type")]
    pub kind: RangeKind,
    /// Events as written, in the order of the record.
    pub events: Vec<Event>,
}

/// How the versions of a range are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RangeKind {
    /// `SemVer` 2.0.
    Semver,
    /// As the ecosystem does.
    Ecosystem,
    /// By the history of a git repository, which no offline data holds.
    Git,
    /// In a way that the schema does not know: nothing can be told from such a range.
    Other,
}

/// One event of a range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// From here on, inclusive; `0` comes before every version.
    Introduced(String),
    /// Until here, exclusive.
    Fixed(String),
    /// Until here, inclusive.
    LastAffected(String),
    /// Nothing from here on is said anything of; `*` is no limit.
    Limit(String),
    /// What could not be understood, in words: nothing can be told from a range with such an event.
    Unclear(String),
}
