//! Documents of version 0.2.0, valid by its JSON schema.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Component, Document};

const CONTEXT: &str = "https://openvex.dev/ns/v0.2.0";

#[derive(Serialize)]
struct WireDocument<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@id")]
    id: &'a str,
    author: &'a str,
    timestamp: String,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tooling: Option<&'a str>,
    statements: Vec<WireStatement<'a>>,
}

#[derive(Serialize)]
struct WireStatement<'a> {
    vulnerability: WireVulnerability<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    products: Vec<WireComponent<'a>>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_notes: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact_statement: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_statement: Option<&'a str>,
}

#[derive(Serialize)]
struct WireVulnerability<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    aliases: &'a [String],
}

#[derive(Serialize)]
struct WireComponent<'a> {
    #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    identifiers: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subcomponents: Vec<Self>,
}

impl Document {
    /// The document as JSON of version 0.2.0, the same bytes for the same document; `faults` and lines are no part of it.
    ///
    /// It is valid by the official schema when there is at least one statement, no two are equal, ids are IRIs, every
    /// component has a name, and every statement has what its status needs.
    ///
    /// # Errors
    /// None in practice: it is all text.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let issued = self.moment.unwrap_or(Timestamp::UNIX_EPOCH);
        let statements = self.statements.iter().map(|statement| {
            let (name, aliases) =
                statement.ids.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
            WireStatement {
                vulnerability: WireVulnerability { name, aliases },
                timestamp: statement
                    .moment
                    .filter(|moment| *moment != issued)
                    .map(|moment| moment.to_string()),
                products: statement
                    .products
                    .iter()
                    .map(|product| WireComponent {
                        subcomponents: product.parts.iter().map(component).collect(),
                        ..component(&product.whole)
                    })
                    .collect(),
                status: statement.status.label(),
                status_notes: statement.notes.as_deref(),
                justification: statement.justification.as_deref(),
                impact_statement: statement.impact.as_deref(),
                action_statement: statement.action.as_deref(),
            }
        });
        let wire = WireDocument {
            context: CONTEXT,
            id: &self.id,
            author: &self.author,
            timestamp: issued.to_string(),
            version: self.version.max(1),
            tooling: self.tooling.as_deref(),
            statements: statements.collect(),
        };
        serde_json::to_string_pretty(&wire).map(|text| text + "\n")
    }
}

/// The schema knows one package URL besides the id.
fn component(component: &Component) -> WireComponent<'_> {
    let purl = component.purls.first().map(|purl| ("purl", purl.to_string()));
    WireComponent {
        id: component.id.as_deref(),
        identifiers: purl.into_iter().collect(),
        subcomponents: Vec::new(),
    }
}
