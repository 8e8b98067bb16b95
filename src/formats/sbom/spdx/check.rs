//! What the standard refuses in a document of SPDX 2.

use std::collections::HashSet;

use super::model::{Checksum, Document, Package, Placed};
use super::relation::meaning;
use crate::formats::sbom::faults::Faults;
use crate::formats::sbom::values::{hash_function, is_date_time, is_digest, is_expression};

/// Values of `PrimaryPackagePurpose`.
const PURPOSES: &[&str] = &[
    "APPLICATION",
    "FRAMEWORK",
    "LIBRARY",
    "CONTAINER",
    "OPERATING-SYSTEM",
    "DEVICE",
    "FIRMWARE",
    "SOURCE",
    "ARCHIVE",
    "FILE",
    "INSTALL",
    "OTHER",
];

/// Categories of external references, underscores read as hyphens.
const CATEGORIES: &[&str] = &["SECURITY", "PACKAGE-MANAGER", "PERSISTENT-ID", "OTHER"];

/// Notes all faults of a document.
pub(super) fn check(document: &Document, faults: &mut Faults) {
    head(document, faults);
    let mut ids: HashSet<&str> = HashSet::from(["NONE", "NOASSERTION"]);
    let mut missing = Vec::new();
    let elements = std::iter::once((1, "the document", &document.id))
        .chain(document.packages.iter().map(|package| (package.line, "a package", &package.id)))
        .chain(document.files.iter().map(|file| (file.line, "a file", &file.id)));
    for (line, what, id) in elements {
        match id {
            Some(id) if !is_id(&id.text) => {
                faults.add(id.line, format!("the `SPDXID` of {what} is not `SPDXRef-` and a name"));
            }
            Some(id) if !ids.insert(&id.text) => {
                faults.add(id.line, format!("the `SPDXID` of {what} is taken already"));
            }
            Some(_) => {}
            None => missing.push((line, what)),
        }
    }
    ids.extend(document.snippets.iter().map(|snippet| snippet.text.as_str()));
    for (line, what) in missing {
        faults.add(line, format!("{what} has no `SPDXID`"));
    }
    for package in &document.packages {
        of_package(package, faults);
    }
    for file in &document.files {
        if file.name.is_none() {
            faults.add(file.line, "a file has no name");
        }
        checksums(&file.checksums, faults);
        expression(file.concluded.as_ref(), faults);
    }
    let others: HashSet<&str> = document.others.iter().map(|other| other.text.as_str()).collect();
    let exists = |id: &str| match id.split_once(':') {
        Some((other, _)) => others.contains(other),
        None => ids.contains(id),
    };
    for relation in &document.relations {
        if meaning(&relation.kind).is_none() {
            faults.add(relation.line, "a relationship of a type that SPDX 2 does not have");
        }
        if !exists(&relation.from) || !exists(&relation.to) {
            faults.add(relation.line, "a relationship with an element that the document does not have");
        }
    }
    for described in &document.describes {
        if !exists(&described.text) {
            faults.add(described.line, "the document describes an element that it does not have");
        }
    }
}

fn head(document: &Document, faults: &mut Faults) {
    match &document.data_license {
        Some(license) if license.text != "CC0-1.0" => {
            faults.add(license.line, "`dataLicense` is not `CC0-1.0`");
        }
        Some(_) => {}
        None => faults.add(1, "the document has no `dataLicense`"),
    }
    if let Some(id) = &document.id
        && id.text != "SPDXRef-DOCUMENT"
    {
        faults.add(id.line, "the `SPDXID` of the document is not `SPDXRef-DOCUMENT`");
    }
    if document.name.is_none() {
        faults.add(1, "the document has no name");
    }
    match &document.namespace {
        Some(namespace) if !namespace.text.contains(':') || namespace.text.contains(['#', ' ']) => {
            faults.add(namespace.line, "the document namespace is not an absolute URI without a fragment");
        }
        Some(_) => {}
        None => faults.add(1, "the document has no namespace"),
    }
    match &document.created {
        Some(created)
            if !is_date_time(&created.text, true)
                || !created.text.ends_with('Z')
                || created.text.len() != 20 =>
        {
            faults.add(created.line, "the time of creation is not `YYYY-MM-DDThh:mm:ssZ`");
        }
        Some(_) => {}
        None => faults.add(1, "the document does not say when it was created"),
    }
    if document.creators.is_empty() {
        faults.add(1, "the document does not say who created it");
    }
    for creator in &document.creators {
        if !["Tool:", "Organization:", "Person:"].iter().any(|kind| has_name(&creator.text, kind)) {
            faults
                .add(creator.line, "a creator that is not `Tool:`, `Organization:` or `Person:` and a name");
        }
    }
}

fn of_package(package: &Package, faults: &mut Faults) {
    if package.name.is_none() {
        faults.add(package.line, "a package has no name");
    }
    if package.download.is_none() {
        faults.add(package.line, "a package has no download location");
    }
    for party in [&package.supplier, &package.originator].into_iter().flatten() {
        let right = party.text == "NOASSERTION"
            || ["Organization:", "Person:"].iter().any(|kind| has_name(&party.text, kind));
        if !right {
            faults.add(
                party.line,
                "a supplier or originator that is not `Organization:` or `Person:` and a name",
            );
        }
    }
    checksums(&package.checksums, faults);
    expression(package.concluded.as_ref(), faults);
    expression(package.declared.as_ref(), faults);
    if let Some(purpose) = &package.purpose
        && !PURPOSES.contains(&purpose.text.replace('_', "-").as_str())
    {
        faults.add(purpose.line, "a purpose of a package that SPDX 2 does not have");
    }
    for reference in &package.references {
        if !CATEGORIES.contains(&reference.category.text.replace('_', "-").as_str()) {
            faults
                .add(reference.category.line, "a category of external references that SPDX 2 does not have");
        }
    }
}

fn checksums(checksums: &[Checksum], faults: &mut Faults) {
    for checksum in checksums {
        let line = checksum.value.line;
        match hash_function(&checksum.algorithm) {
            Some((_, digits)) if !is_digest(&checksum.value.text, digits) => {
                faults.add(line, "a checksum that is no digest of its algorithm");
            }
            Some(_) => {}
            None => faults.add(line, "a checksum of an algorithm that SPDX 2 does not have"),
        }
    }
}

fn expression(license: Option<&Placed>, faults: &mut Faults) {
    if let Some(license) = license
        && !matches!(license.text.as_str(), "NONE" | "NOASSERTION")
        && !faults.is_full()
        && !is_expression(&license.text)
    {
        faults.add(license.line, "a licence that is no SPDX licence expression");
    }
}

fn has_name(text: &str, kind: &str) -> bool {
    text.strip_prefix(kind).is_some_and(|name| !name.trim().is_empty())
}

fn is_id(text: &str) -> bool {
    text.strip_prefix("SPDXRef-").is_some_and(|name| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
    })
}
