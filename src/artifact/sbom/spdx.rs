//! SPDX 2.3 in JSON (<https://spdx.github.io/spdx-spec/v2.3/>).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::license::{self, License};
use super::{Bill, Entry, Kind, digests, gather, identity, origin};
use crate::formats::package::Scope;
use crate::formats::purl::Purl;

const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const ROOT: &str = "SPDXRef-Root";
const UNKNOWN: &str = "NOASSERTION";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'b> {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    id: &'static str,
    name: &'b str,
    document_namespace: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    creation_info: Creation<'b>,
    packages: Vec<Package<'b>>,
    relationships: Vec<Relationship<'b>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    has_extracted_licensing_infos: Vec<Extracted>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Creation<'b> {
    created: &'b str,
    creators: [String; 1],
    license_list_version: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package<'b> {
    name: &'b str,
    #[serde(rename = "SPDXID")]
    id: Cow<'b, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_info: Option<&'b str>,
    supplier: &'static str,
    download_location: String,
    files_analyzed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checksums: Vec<Checksum<'b>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<String>,
    license_concluded: &'static str,
    license_declared: String,
    copyright_text: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_refs: Vec<Reference>,
    primary_package_purpose: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checksum<'b> {
    algorithm: &'static str,
    checksum_value: &'b str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    reference_category: &'static str,
    reference_type: &'static str,
    reference_locator: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Relationship<'b> {
    spdx_element_id: &'b str,
    relationship_type: &'static str,
    related_spdx_element: &'b str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Extracted {
    license_id: String,
    extracted_text: String,
    name: String,
}

/// The bytes of a bill in this format, the same for the same bill.
#[must_use]
pub fn spdx(bill: &Bill) -> Vec<u8> {
    let ids: Vec<String> = bill.packages.iter().map(id).collect();
    let mut document = document(bill, &ids);
    // A namespace needs to be unique and nothing else; this form is the standard's own for who has no place of his own.
    let uuid = identity::uuid(&super::json(&document));
    let name = identity::plain(&bill.subject.name);
    let name = if name.is_empty() { "sbom" } else { &name };
    document.document_namespace = format!("https://spdx.org/spdxdocs/{name}-{uuid}");
    super::json(&document)
}

/// An id that follows from the identity: readable, and its digest keeps it unique.
fn id(entry: &Entry) -> String {
    let name = identity::plain(&entry.name);
    let digest = identity::short(&entry.identity);
    format!("SPDXRef-Package-{name}{}{digest}", if name.is_empty() { "" } else { "-" })
}

fn document<'b>(bill: &'b Bill, ids: &'b [String]) -> Document<'b> {
    let mut extracted = BTreeMap::new();
    let subject = &bill.subject;
    let root = Package {
        name: &subject.name,
        id: Cow::Borrowed(ROOT),
        version_info: subject.version.as_deref(),
        supplier: UNKNOWN,
        download_location: UNKNOWN.to_owned(),
        files_analyzed: false,
        checksums: Vec::new(),
        source_info: None,
        license_concluded: UNKNOWN,
        license_declared: declared(&subject.licenses, false, &mut extracted),
        copyright_text: UNKNOWN,
        comment: None,
        external_refs: references(subject.purl.as_ref()),
        primary_package_purpose: "APPLICATION",
    };
    let mut packages = vec![root];
    packages.extend(bill.packages.iter().zip(ids).map(|(entry, id)| package(entry, id, &mut extracted)));
    let not_known = bill.missing.iter().map(|what| format!("Not known: {what}."));
    let outside = bill.outside.iter().map(|what| format!("Not of the product: {what}."));
    let comment: Vec<String> = not_known.chain(outside).collect();
    Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        id: DOCUMENT,
        name: &subject.name,
        document_namespace: String::new(),
        comment: (!comment.is_empty()).then(|| comment.join("\n")),
        creation_info: Creation {
            created: &bill.created,
            creators: [format!("Tool: readiness-{}", bill.tool_version)],
            license_list_version: list_version(),
        },
        packages,
        relationships: relationships(bill, ids),
        has_extracted_licensing_infos: extracted
            .into_iter()
            .map(|(license_id, name)| Extracted {
                license_id,
                extracted_text: format!("The text is not known; the package names its licence so: {name}"),
                name,
            })
            .collect(),
    }
}

/// The version of the licence list, two numbers.
fn list_version() -> String {
    spdx::license_version().split('.').take(2).collect::<Vec<_>>().join(".")
}

fn package<'b>(entry: &'b Entry, id: &'b str, extracted: &mut BTreeMap<String, String>) -> Package<'b> {
    let checksum = |hash: &'b crate::formats::package::Hash| {
        Some(Checksum { algorithm: digests::spdx_name(hash.algorithm)?, checksum_value: &hash.hex })
    };
    let files: Vec<&str> = entry.files.iter().map(String::as_str).collect();
    Package {
        name: &entry.name,
        id: Cow::Borrowed(id),
        version_info: entry.version.as_deref(),
        supplier: UNKNOWN,
        download_location: entry.place.as_ref().map_or_else(|| UNKNOWN.to_owned(), origin::location),
        files_analyzed: false,
        checksums: entry.hashes.iter().filter_map(checksum).collect(),
        source_info: (!files.is_empty()).then(|| format!("named by {}", files.join(", "))),
        license_concluded: UNKNOWN,
        license_declared: declared(&entry.licenses, gather::is_choice(entry), extracted),
        copyright_text: UNKNOWN,
        comment: (entry.scope == Scope::Development).then_some("Only development needs it."),
        external_refs: references(entry.purl.as_ref()),
        primary_package_purpose: match entry.kind {
            Kind::Library => "LIBRARY",
            Kind::Application => "APPLICATION",
            Kind::Container => "CONTAINER",
        },
    }
}

fn references(purl: Option<&Purl>) -> Vec<Reference> {
    let reference = |purl: &Purl| Reference {
        reference_category: "PACKAGE-MANAGER",
        reference_type: "purl",
        reference_locator: purl.to_string(),
    };
    purl.map(reference).into_iter().collect()
}

/// The licence as an expression; names become `LicenseRef-…`, each with an entry of its own.
fn declared(written: &[String], choice: bool, extracted: &mut BTreeMap<String, String>) -> String {
    let mut parts = Vec::new();
    for license in written.iter().filter_map(|text| license::read(text)) {
        parts.push(match license {
            License::Id(id) => id,
            License::Expression(expression) => {
                for reference in license::references(&expression) {
                    extracted.entry(reference.to_owned()).or_insert_with(|| reference.to_owned());
                }
                expression
            }
            License::Named(name) => {
                let plain = identity::plain(&name);
                let digest = identity::short(&name);
                let reference =
                    format!("LicenseRef-{plain}{}{digest}", if plain.is_empty() { "" } else { "-" });
                extracted.insert(reference.clone(), name);
                reference
            }
        });
    }
    if parts.is_empty() { UNKNOWN.to_owned() } else { license::joined(&parts, choice) }
}

/// What describes, then what the project needs, then what each package needs. That a package needs nothing is said too.
fn relationships<'b>(bill: &'b Bill, ids: &'b [String]) -> Vec<Relationship<'b>> {
    let relation = |from, kind, to| Relationship {
        spdx_element_id: from,
        relationship_type: kind,
        related_spdx_element: to,
    };
    let mut relations = vec![relation(DOCUMENT, "DESCRIBES", ROOT)];
    let of_root = (ROOT, true, &bill.subject.depends_on);
    let of_packages = bill
        .packages
        .iter()
        .zip(ids)
        .map(|(entry, id)| (id.as_str(), entry.kind == Kind::Application, &entry.depends_on));
    for (id, is_own, depends_on) in std::iter::once(of_root).chain(of_packages) {
        let Some(list) = depends_on else { continue };
        if list.is_empty() {
            relations.push(relation(id, "DEPENDS_ON", "NONE"));
        }
        for (entry, needed) in list.iter().filter_map(|at| bill.packages.get(*at).zip(ids.get(*at))) {
            // What a package of others needs for its own development is in no lock file.
            relations.push(match entry.scope {
                Scope::Development if is_own => relation(needed, "DEV_DEPENDENCY_OF", id),
                Scope::Optional if is_own => relation(needed, "OPTIONAL_DEPENDENCY_OF", id),
                _ => relation(id, "DEPENDS_ON", needed),
            });
        }
    }
    relations
}
