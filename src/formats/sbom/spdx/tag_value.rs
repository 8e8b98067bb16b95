//! SPDX 2 in tag-value: one `Tag: value` a line, longer texts between `<text>` and `</text>`.

use super::model::{Checksum, Document, File, Package, Placed, Reference, Relation, version};
use crate::formats::fault::Fault;
use crate::formats::sbom::faults::Faults;

/// Whether a text is SPDX in tag-value: its version is the first tag that only such a document has.
pub(in crate::formats::sbom) fn is_tag_value(text: &str) -> bool {
    text.lines().any(|line| line.split_once(':').is_some_and(|(tag, _)| tag.trim() == "SPDXVersion"))
}

/// What the tags of a line belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Document,
    Package,
    File,
    Other,
}

/// Reads a document.
pub(super) fn read(text: &str, faults: &mut Faults) -> Result<Document, Fault> {
    let mut document = Document::default();
    let mut section = Section::Document;
    let mut lines = text.lines().zip(1_u32..);
    let mut versions = 0;
    while let Some((line, number)) = lines.next() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((tag, value)) = line.split_once(':') else {
            faults.add(number, "a line that is neither a tag nor a comment");
            continue;
        };
        let (tag, value) = (tag.trim_end(), value.trim());
        let owned;
        let value = match value.strip_prefix("<text>") {
            Some(start) => {
                owned = long_text(start, number, &mut lines)?;
                owned.as_str()
            }
            None => value,
        };
        if tag == "SPDXVersion" {
            document.version = version(value, number)?;
            versions += 1;
        } else {
            take(&mut document, &mut section, tag, value, number, faults);
        }
    }
    match versions {
        1 => Ok(document),
        _ => Err(Fault::new(1, "expected one SPDX document, found several")),
    }
}

/// The rest of a text that begins in a line.
fn long_text<'t>(
    start: &str,
    number: u32,
    lines: &mut impl Iterator<Item = (&'t str, u32)>,
) -> Result<String, Fault> {
    if let Some((text, _)) = start.split_once("</text>") {
        return Ok(text.to_owned());
    }
    let mut text = start.to_owned();
    for (line, _) in lines {
        text.push('\n');
        match line.split_once("</text>") {
            Some((last, _)) => {
                text.push_str(last);
                return Ok(text);
            }
            None => text.push_str(line),
        }
    }
    Err(Fault::new(number, "`<text>` without `</text>`"))
}

fn take(
    document: &mut Document,
    section: &mut Section,
    tag: &str,
    value: &str,
    line: u32,
    faults: &mut Faults,
) {
    let placed = Placed::new(value, line);
    let some = (!placed.text.is_empty()).then_some(placed.clone());
    match tag {
        "PackageName" => {
            document.packages.push(Package { line, name: some, ..Package::default() });
            *section = Section::Package;
        }
        "FileName" => {
            document.files.push(File { line, name: some, ..File::default() });
            *section = Section::File;
        }
        "SnippetSPDXID" => {
            document.snippets.push(placed);
            *section = Section::Other;
        }
        "LicenseID" => *section = Section::Other,
        "DataLicense" => document.data_license = some,
        "DocumentName" => document.name = some,
        "DocumentNamespace" => document.namespace = some,
        "Created" => document.created = some,
        "Creator" => document.creators.extend(some),
        "ExternalDocumentRef" => {
            let id = value.split_whitespace().next().unwrap_or_default();
            document.others.push(Placed::new(id, line));
        }
        "Relationship" => match words(value) {
            Some([from, kind, to]) => document.relations.push(Relation {
                line,
                from: from.to_owned(),
                kind: kind.to_owned(),
                to: to.to_owned(),
            }),
            None => faults.add(line, "a relationship without two elements and a type"),
        },
        "SPDXID" => match section {
            Section::Document => document.id = some,
            Section::Package => set(document.packages.last_mut().map(|package| &mut package.id), some),
            Section::File => set(document.files.last_mut().map(|file| &mut file.id), some),
            Section::Other => {}
        },
        _ => match section {
            Section::Package => {
                if let Some(package) = document.packages.last_mut() {
                    of_package(package, tag, placed, faults);
                }
            }
            Section::File => {
                if let Some(file) = document.files.last_mut() {
                    match tag {
                        "FileChecksum" => file.checksums.extend(checksum(&placed, faults)),
                        "LicenseConcluded" => file.concluded = some,
                        _ => {}
                    }
                }
            }
            Section::Document | Section::Other => {}
        },
    }
}

fn of_package(package: &mut Package, tag: &str, placed: Placed, faults: &mut Faults) {
    if placed.text.is_empty() {
        return;
    }
    let field = match tag {
        "PackageVersion" => &mut package.version,
        "PackageSupplier" => &mut package.supplier,
        "PackageOriginator" => &mut package.originator,
        "PackageDownloadLocation" => &mut package.download,
        "PackageLicenseConcluded" => &mut package.concluded,
        "PackageLicenseDeclared" => &mut package.declared,
        "PrimaryPackagePurpose" => &mut package.purpose,
        "PackageChecksum" => {
            package.checksums.extend(checksum(&placed, faults));
            return;
        }
        "ExternalRef" => {
            match words(&placed.text) {
                Some([category, kind, locator]) => package.references.push(Reference {
                    category: Placed::new(category, placed.line),
                    kind: kind.to_owned(),
                    locator: locator.to_owned(),
                }),
                None => faults.add(placed.line, "an external reference without category, type and locator"),
            }
            return;
        }
        _ => return,
    };
    *field = Some(placed);
}

fn set(field: Option<&mut Option<Placed>>, value: Option<Placed>) {
    if let Some(field) = field {
        *field = value;
    }
}

fn checksum(placed: &Placed, faults: &mut Faults) -> Option<Checksum> {
    let Some((algorithm, value)) = placed.text.split_once(':') else {
        faults.add(placed.line, "a checksum without its algorithm");
        return None;
    };
    Some(Checksum { algorithm: algorithm.trim().to_owned(), value: Placed::new(value, placed.line) })
}

/// Three words; the last one to the end of the value, or to a comment.
fn words(value: &str) -> Option<[&str; 3]> {
    let mut words = value.split_whitespace();
    let found = [words.next()?, words.next()?, words.next()?];
    words.next().is_none_or(|more| more.starts_with('#')).then_some(found)
}
