//! Records as they are written, as far as we read them; whatever else stands in them is skipped without being kept.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::lenient::{Text, list, mapping, texts};

#[derive(Deserialize)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) modified: String,
    #[serde(default)]
    pub(super) published: Text,
    // A withdrawal that is no text must not pass for none.
    pub(super) withdrawn: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub(super) aliases: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub(super) upstream: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pub(super) related: Vec<String>,
    #[serde(default)]
    pub(super) summary: Text,
    #[serde(default)]
    pub(super) details: Text,
    #[serde(default, deserialize_with = "list")]
    pub(super) severity: Vec<Severity>,
    #[serde(default, deserialize_with = "list")]
    pub(super) affected: Vec<Affected>,
    #[serde(default, deserialize_with = "list")]
    pub(super) references: Vec<Reference>,
    #[serde(default, deserialize_with = "mapping")]
    pub(super) database_specific: Own,
}

#[derive(Deserialize)]
pub(super) struct Severity {
    #[serde(default, rename = "type")]
    pub(super) kind: Text,
    #[serde(default)]
    pub(super) score: Text,
}

#[derive(Deserialize)]
pub(super) struct Reference {
    #[serde(default, rename = "type")]
    pub(super) kind: Text,
    #[serde(default)]
    pub(super) url: Text,
}

#[derive(Deserialize)]
pub(super) struct Affected {
    pub(super) package: Option<Package>,
    #[serde(default, deserialize_with = "list")]
    pub(super) severity: Vec<Severity>,
    #[serde(default, deserialize_with = "list")]
    pub(super) ranges: Vec<Range>,
    #[serde(default, deserialize_with = "list")]
    pub(super) versions: Vec<String>,
    #[serde(default, deserialize_with = "mapping")]
    pub(super) ecosystem_specific: Own,
    #[serde(default, deserialize_with = "mapping")]
    pub(super) database_specific: Own,
}

#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) ecosystem: String,
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Range {
    #[serde(default, rename = "type")]
    pub(super) kind: Text,
    #[serde(default, deserialize_with = "list")]
    pub(super) events: Vec<Event>,
}

#[derive(Deserialize)]
pub(super) struct Event {
    #[serde(default)]
    pub(super) introduced: Text,
    #[serde(default)]
    pub(super) fixed: Text,
    #[serde(default)]
    pub(super) last_affected: Text,
    #[serde(default)]
    pub(super) limit: Text,
}

/// What databases write in `database_specific` and `ecosystem_specific`.
#[derive(Default, Deserialize)]
pub(super) struct Own {
    #[serde(default)]
    pub(super) severity: Text,
    #[serde(default)]
    pub(super) informational: Text,
    #[serde(default, deserialize_with = "texts")]
    pub(super) cwe_ids: Vec<String>,
    #[serde(rename = "malicious-packages-origins")]
    pub(super) malicious_origins: Option<IgnoredAny>,
}
