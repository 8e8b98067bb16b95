//! SPDX 2 in JSON or YAML.

use super::model::{Checksum, Document, File, Package, Placed, Reference, Relation, version};
use crate::formats::document::{Node, Value};
use crate::formats::fault::Fault;
use crate::formats::sbom::faults::Faults;

/// Properties of a document (JSON schema of SPDX 2.3, which allows no others).
const DOCUMENT: &[&str] = &[
    "$schema",
    "SPDXID",
    "annotations",
    "comment",
    "creationInfo",
    "dataLicense",
    "documentDescribes",
    "documentNamespace",
    "externalDocumentRefs",
    "files",
    "hasExtractedLicensingInfos",
    "name",
    "packages",
    "relationships",
    "revieweds",
    "snippets",
    "spdxVersion",
];

/// Properties of a package.
const PACKAGE: &[&str] = &[
    "SPDXID",
    "annotations",
    "attributionTexts",
    "builtDate",
    "checksums",
    "comment",
    "copyrightText",
    "description",
    "downloadLocation",
    "externalRefs",
    "filesAnalyzed",
    "hasFiles",
    "homepage",
    "licenseComments",
    "licenseConcluded",
    "licenseDeclared",
    "licenseInfoFromFiles",
    "name",
    "originator",
    "packageFileName",
    "packageVerificationCode",
    "primaryPackagePurpose",
    "releaseDate",
    "sourceInfo",
    "summary",
    "supplier",
    "validUntilDate",
    "versionInfo",
];

/// Reads a document.
pub(super) fn read(root: &Node, faults: &mut Faults) -> Result<Document, Fault> {
    root.expect_map()?;
    let Some(written) = root.get("spdxVersion") else {
        return Err(Fault::new(root.span.line.max(1), "an SPDX document without `spdxVersion`"));
    };
    let version = version(written.text().unwrap_or_default(), written.span.line)?;
    known(root, DOCUMENT, "the document", faults);
    let info = root.get("creationInfo");
    if info.is_none() {
        faults.add(root.span.line, "the document has no `creationInfo`");
    }
    let mut document = Document {
        version,
        data_license: placed(root, "dataLicense"),
        id: placed(root, "SPDXID"),
        name: placed(root, "name"),
        namespace: placed(root, "documentNamespace"),
        created: info.and_then(|info| placed(info, "created")),
        creators: info.map(|info| strings(info, "creators", faults)).unwrap_or_default(),
        describes: strings(root, "documentDescribes", faults),
        ..Document::default()
    };
    for node in list(root, "packages", faults) {
        known(node, PACKAGE, "a package", faults);
        document.packages.push(package(node, faults));
    }
    for node in list(root, "files", faults) {
        document.files.push(File {
            line: node.span.line,
            id: placed(node, "SPDXID"),
            name: placed(node, "fileName"),
            concluded: placed(node, "licenseConcluded"),
            checksums: checksums(node, faults),
        });
    }
    document.snippets =
        list(root, "snippets", faults).iter().filter_map(|node| placed(node, "SPDXID")).collect();
    document.others = list(root, "externalDocumentRefs", faults)
        .iter()
        .filter_map(|node| placed(node, "externalDocumentId"))
        .collect();
    for node in list(root, "relationships", faults) {
        let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
        match (text("spdxElementId"), text("relationshipType"), text("relatedSpdxElement")) {
            (Some(from), Some(kind), Some(to)) => {
                document.relations.push(Relation { line: node.span.line, from, kind, to });
            }
            _ => faults.add(node.span.line, "a relationship without two elements and a type"),
        }
    }
    Ok(document)
}

fn package(node: &Node, faults: &mut Faults) -> Package {
    let mut references = Vec::new();
    for reference in list(node, "externalRefs", faults) {
        let (category, kind, locator) = (
            placed(reference, "referenceCategory"),
            placed(reference, "referenceType"),
            placed(reference, "referenceLocator"),
        );
        match (category, kind, locator) {
            (Some(category), Some(kind), Some(locator)) => {
                references.push(Reference { category, kind: kind.text, locator: locator.text });
            }
            _ => faults.add(reference.span.line, "an external reference without category, type and locator"),
        }
    }
    Package {
        line: node.span.line,
        id: placed(node, "SPDXID"),
        name: placed(node, "name"),
        version: placed(node, "versionInfo"),
        supplier: placed(node, "supplier"),
        originator: placed(node, "originator"),
        download: placed(node, "downloadLocation"),
        concluded: placed(node, "licenseConcluded"),
        declared: placed(node, "licenseDeclared"),
        purpose: placed(node, "primaryPackagePurpose"),
        checksums: checksums(node, faults),
        references,
    }
}

fn checksums(node: &Node, faults: &mut Faults) -> Vec<Checksum> {
    let mut found = Vec::new();
    for one in list(node, "checksums", faults) {
        match (placed(one, "algorithm"), placed(one, "checksumValue")) {
            (Some(algorithm), Some(value)) => found.push(Checksum { algorithm: algorithm.text, value }),
            _ => faults.add(one.span.line, "a checksum without its algorithm or its value"),
        }
    }
    found
}

fn known(node: &Node, keys: &[&str], what: &str, faults: &mut Faults) {
    for entry in node.entries() {
        if !keys.contains(&entry.key.as_str()) {
            faults.add(entry.key_span.line, format!("{what} has a property that SPDX 2 does not have"));
        }
    }
}

fn list<'n>(node: &'n Node, key: &str, faults: &mut Faults) -> &'n [Node] {
    match node.get(key) {
        Some(list) if !matches!(list.value, Value::List(_)) => {
            faults.add(list.span.line, format!("`{key}` is {} and no list", list.kind()));
            &[]
        }
        Some(list) => list.items(),
        None => &[],
    }
}

fn strings(node: &Node, key: &str, faults: &mut Faults) -> Vec<Placed> {
    let items = list(node, key, faults).iter();
    items.filter_map(|item| item.text().map(|text| Placed::new(text, item.span.line))).collect()
}

/// The text of a scalar that is not empty; in YAML a version such as `1.0` is a number.
fn placed(node: &Node, key: &str) -> Option<Placed> {
    let node = node.get(key)?;
    let placed = Placed::new(node.text()?, node.span.line);
    (!placed.text.is_empty()).then_some(placed)
}
