//! `CycloneDX` 1.6 in JSON (ECMA-424, <https://cyclonedx.org/docs/1.6/json/>).

use std::borrow::Cow;

use serde::Serialize;

use super::license::{self, License};
use super::{Bill, Entry, Kind, Place, digests, gather, identity};
use crate::formats::ecosystem::Family;
use crate::formats::package::Scope;

/// The bound of the schema on a version, in characters.
const MAX_VERSION: usize = 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'b> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata<'b>,
    components: Vec<Component<'b>>,
    dependencies: Vec<Dependency<'b>>,
    compositions: [Composition<'b>; 1],
}

#[derive(Serialize)]
struct Metadata<'b> {
    timestamp: &'b str,
    tools: Tools<'b>,
    component: Component<'b>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property<'b>>,
}

#[derive(Serialize)]
struct Tools<'b> {
    components: [Component<'b>; 1],
}

#[derive(Default, Serialize)]
struct Component<'b> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    reference: Option<Cow<'b, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'b str>,
    name: &'b str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'b str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash<'b>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(rename = "externalReferences", skip_serializing_if = "Vec::is_empty")]
    external: Vec<External<'b>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property<'b>>,
}

#[derive(Serialize)]
struct Hash<'b> {
    alg: &'static str,
    content: &'b str,
}

/// An element of `licenses`: a licence, or the only element, an expression.
#[derive(Serialize)]
#[serde(untagged)]
enum Choice {
    Expression { expression: String, acknowledgement: &'static str },
    License { license: Named },
}

#[derive(Serialize)]
struct Named {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    acknowledgement: &'static str,
}

#[derive(Serialize)]
struct External<'b> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'b str,
}

#[derive(Serialize)]
struct Property<'b> {
    name: &'static str,
    value: &'b str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency<'b> {
    #[serde(rename = "ref")]
    reference: Cow<'b, str>,
    depends_on: Vec<&'b str>,
}

#[derive(Serialize)]
struct Composition<'b> {
    aggregate: &'static str,
    assemblies: [Cow<'b, str>; 1],
}

/// The bytes of a bill in this format, the same for the same bill.
#[must_use]
pub fn cyclonedx(bill: &Bill) -> Vec<u8> {
    let mut document = document(bill);
    document.serial_number = format!("urn:uuid:{}", identity::uuid(&super::json(&document)));
    super::json(&document)
}

fn document(bill: &Bill) -> Document<'_> {
    let subject = &bill.subject;
    let root = bill.root();
    let (group, name) = split(&subject.name, subject.purl.as_ref().map(|purl| purl.kind.as_str()));
    let missing = bill.missing.iter().map(|value| Property { name: "readiness:missing", value });
    let outside = bill.outside.iter().map(|value| Property { name: "readiness:outside", value });
    let identities = |list: &[usize]| {
        list.iter().filter_map(|at| bill.packages.get(*at)).map(|entry| entry.identity.as_str()).collect()
    };
    let of_root = subject.depends_on.as_ref().map(|list| (root.clone(), list));
    let of_packages = bill
        .packages
        .iter()
        .filter_map(|entry| Some((Cow::Borrowed(entry.identity.as_str()), entry.depends_on.as_ref()?)));
    let dependencies = of_root
        .into_iter()
        .chain(of_packages)
        .map(|(reference, list)| Dependency { reference, depends_on: identities(list) });
    Document {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: String::new(),
        version: 1,
        metadata: Metadata {
            timestamp: &bill.created,
            tools: Tools {
                components: [Component {
                    kind: "application",
                    name: "readiness",
                    version: Some(&bill.tool_version),
                    ..Component::default()
                }],
            },
            component: Component {
                kind: "application",
                reference: Some(root.clone()),
                group,
                name,
                version: version(subject.version.as_deref()),
                licenses: licenses(&subject.licenses, false),
                purl: subject.purl.as_ref().map(ToString::to_string),
                ..Component::default()
            },
            properties: missing.chain(outside).collect(),
        },
        components: bill.packages.iter().map(component).collect(),
        dependencies: dependencies.collect(),
        // That everything was found is never known: a project may also hold copies that no file names.
        compositions: [Composition {
            aggregate: if bill.missing.is_empty() { "unknown" } else { "incomplete" },
            assemblies: [root],
        }],
    }
}

fn component(entry: &Entry) -> Component<'_> {
    let (group, name) = split(&entry.name, entry.purl.as_ref().map(|purl| purl.kind.as_str()));
    let hash = |hash: &'_ crate::formats::package::Hash| digests::cyclonedx_name(hash.algorithm);
    let family = entry.ecosystem.as_ref().map(|ecosystem| ecosystem.family);
    let development = entry.scope == Scope::Development && family == Some(Family::Npm);
    let development = development.then_some(Property { name: "cdx:npm:package:development", value: "true" });
    let files = entry.files.iter().map(|value| Property { name: "readiness:lockfile", value });
    Component {
        kind: match entry.kind {
            Kind::Library => "library",
            Kind::Application => "application",
            Kind::Container => "container",
        },
        reference: Some(Cow::Borrowed(&entry.identity)),
        group,
        name,
        version: version(entry.version.as_deref()),
        scope: match entry.scope {
            Scope::Runtime => Some("required"),
            Scope::Optional => Some("optional"),
            Scope::Development => Some("excluded"),
            Scope::Unknown => None,
        },
        hashes: entry
            .hashes
            .iter()
            .filter_map(|one| Some(Hash { alg: hash(one)?, content: &one.hex }))
            .collect(),
        licenses: licenses(&entry.licenses, gather::is_choice(entry)),
        purl: entry.purl.as_ref().map(ToString::to_string),
        external: match &entry.place {
            Some(Place::Archive(url)) => vec![External { kind: "distribution", url }],
            Some(Place::Git(url, _)) => vec![External { kind: "vcs", url }],
            None => Vec::new(),
        },
        properties: development.into_iter().chain(files).collect(),
    }
}

/// Group and name, for the types of package whose names have the two parts.
fn split<'n>(name: &'n str, kind: Option<&str>) -> (Option<&'n str>, &'n str) {
    let parts = match kind {
        Some("npm") if name.starts_with('@') => name.split_once('/'),
        Some("composer") => name.split_once('/'),
        Some("maven") => name.split_once(':'),
        _ => None,
    };
    match parts {
        Some((group, name)) => (Some(group), name),
        None => (None, name),
    }
}

/// A version that the schema takes; a longer one still stands in the package URL.
fn version(version: Option<&str>) -> Option<&str> {
    version.filter(|version| version.chars().count() <= MAX_VERSION)
}

/// Either one expression or a list of licences, as the schema demands.
fn licenses(written: &[String], choice: bool) -> Vec<Choice> {
    let read: Vec<License> = written.iter().filter_map(|text| license::read(text)).collect();
    let texts: Vec<String> = read
        .iter()
        .filter_map(|license| match license {
            License::Id(text) | License::Expression(text) => Some(text.clone()),
            License::Named(_) => None,
        })
        .collect();
    let compound = read.iter().any(|license| matches!(license, License::Expression(_)));
    if texts.len() == read.len() && (compound || (choice && read.len() > 1)) {
        let expression = license::joined(&texts, choice);
        return vec![Choice::Expression { expression, acknowledgement: "declared" }];
    }
    let named = read.into_iter().map(|license| {
        let (id, name) = match license {
            License::Id(id) => (Some(id), None),
            License::Expression(name) | License::Named(name) => (None, Some(name)),
        };
        Choice::License { license: Named { id, name, acknowledgement: "declared" } }
    });
    named.collect()
}
