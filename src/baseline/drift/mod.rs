//! The configuration of a system as a value, and how two of them differ, key by key.
//!
//! No secret is kept: values of environment variables, and values of files that are secrets by their key or their look, are
//! kept as HMAC-SHA256 digests under a salt that stands beside them.

mod align;
mod changes;
mod conclude;
mod digests;
mod forms;
mod looks;
mod secrecy;
mod take;
mod tree;
mod values;
mod versions;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use self::changes::changes;
pub use self::conclude::conclude;
pub(super) use self::digests::is_salt;
pub use self::take::take;
use super::probe::Surroundings;
use super::settings;
use crate::formats::document::Documents;
use crate::report::Severity;

/// The configuration of a system at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// Key of the digests, 32 hex digits.
    pub salt: String,
    /// Configuration files, by path relative to the tree.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub files: BTreeMap<String, FileState>,
    /// Environment variables that were asked for: keyed digests of their values; none for one that is not set.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub environment: BTreeMap<String, Option<String>>,
    /// Versions: the first line that each command printed, or why there is none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub versions: BTreeMap<String, Seen>,
    /// Listening ports (`tcp 127.0.0.1:8080`), each with the program, as far as it can be seen; none when not asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ports: Option<BTreeMap<String, String>>,
    /// Open findings of the audit, by fingerprint; none when not asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub findings: Option<BTreeMap<String, OpenFinding>>,
    /// What was asked for and could not be seen, in words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unseen: Vec<String>,
}

/// A text, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// What it is.
    Text(String),
    /// Why it could not be seen.
    Unseen(String),
}

/// A configuration file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileState {
    /// Keyed digest of its bytes.
    pub digest: String,
    /// Whether its values could be read; otherwise only the digest is compared.
    pub parsed: bool,
    /// Values by dotted path: `security.jwt.expiry`, `servers[0].host`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub values: BTreeMap<String, Value>,
    /// What the audit's rules say of it as a whole (something is absent): rule and words.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub concerns: BTreeSet<(String, Severity, String)>,
}

/// One value of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// The value as text; a keyed digest for a secret (`hmac:…`).
    pub text: String,
    /// Whether its key speaks of security.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub security: bool,
    /// What the audit's rules say of it: rule, severity and words; the worst if there are several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub concern: Option<(String, Severity, String)>,
    /// What else they say of it.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub further: BTreeSet<(String, Severity, String)>,
}

impl Value {
    /// Everything that the audit's rules say of it.
    fn concerns(&self) -> impl Iterator<Item = &(String, Severity, String)> {
        self.concern.iter().chain(&self.further)
    }
}

/// An open finding of the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenFinding {
    /// Its rule.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where, in words.
    pub place: String,
}

/// What the audit's configuration check knows of a document; made by the caller, because this feature does not know the audit.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    /// Paths of keys (as in [`FileState::values`]) that speak of security.
    pub security: BTreeSet<String>,
    /// Paths of keys whose values are secrets.
    pub secret: BTreeSet<String>,
    /// What its rules say: path of the key (empty for the whole), rule, severity, words.
    pub concerns: Vec<(String, String, Severity, String)>,
}

/// Weighs a document: its path in the tree, and what is in it.
pub type Weigh<'a> = &'a (dyn Fn(&str, &Documents) -> Weights + Sync);

/// What a snapshot is taken of.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The tree.
    pub root: &'a Path,
    /// What is wanted.
    pub settings: &'a settings::Drift,
    /// Where commands run, and the environment.
    pub around: &'a Surroundings<'a>,
    /// Weighs documents.
    pub weigh: Weigh<'a>,
    /// Open findings of the audit, if they were asked for.
    pub findings: Option<&'a BTreeMap<String, OpenFinding>>,
    /// Salt of the snapshot that this one will be compared with; a new one when absent.
    pub salt: Option<&'a str>,
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_lists;
#[cfg(test)]
mod tests_secrets;
