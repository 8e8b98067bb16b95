//! CycloneDX (ECMA-424, <https://cyclonedx.org/specification/overview/>): JSON, and XML brought into the shape of the JSON,
//! so that one reader and one validator serve both.

mod from_xml;
mod links;
mod read;
mod schema;
mod shape;
mod validate;

use super::{LIMITS, Sbom, TWICE, xml};
use crate::formats::document::Node;
use crate::formats::fault::Fault;
use crate::formats::sbom::faults::Faults;

/// The namespaces of XML end in the version.
const NAMESPACE: &str = "http://cyclonedx.org/schema/bom/";

/// What a reader and a validator have to know of a document.
#[derive(Clone, Copy, Debug)]
struct Edition {
    /// The minor version: 6 of 1.6.
    minor: u8,
    /// Whether it was written in XML.
    xml: bool,
}

/// The minor version of `1.N` if it is one that is read.
fn minor(version: &str, xml: bool) -> Option<u8> {
    let minor: u8 = version.strip_prefix("1.")?.parse().ok()?;
    let first = if xml { 0 } else { 2 };
    ((first..=7).contains(&minor) && version.len() == 3).then_some(minor)
}

/// Reads a JSON document.
pub(super) fn from_json(root: &Node, faults: &mut Faults) -> Result<Sbom, Fault> {
    match root.get("bomFormat") {
        Some(format) if format.as_str() != Some("CycloneDX") => {
            return Err(Fault::new(format.span.line, "`bomFormat` is not `CycloneDX`"));
        }
        _ => {}
    }
    let Some(version) = root.get("specVersion") else {
        return Err(Fault::new(root.span.line, "CycloneDX without a `specVersion`"));
    };
    let Some(minor) = version.as_str().and_then(|version| minor(version, false)) else {
        return Err(Fault::new(
            version.span.line,
            "a `specVersion` of CycloneDX that is not among 1.2 to 1.7",
        ));
    };
    Ok(finish(root, Edition { minor, xml: false }, faults))
}

/// Reads an XML document.
pub(super) fn from_xml(text: &str, faults: &mut Faults) -> Result<Sbom, Fault> {
    let document = xml::parse(text, &LIMITS)?;
    let root = &document.root;
    if root.name == "RDF" || root.name == "SpdxDocument" {
        return Err(Fault::new(root.line, "SPDX in RDF/XML is not read: convert it to JSON or tag-value"));
    }
    if root.name != "bom" {
        return Err(Fault::new(root.line, "XML that is no CycloneDX document"));
    }
    let Some(minor) = document.namespace.strip_prefix(NAMESPACE).and_then(|version| minor(version, true))
    else {
        return Err(Fault::new(root.line, "a namespace that is not of CycloneDX 1.0 to 1.7"));
    };
    let edition = Edition { minor, xml: true };
    if let Some(line) = document.stray {
        faults.add(line, "an element that is not of the document's namespace");
    }
    let (node, twice) = from_xml::convert(root, edition, faults);
    let mut sbom = finish(&node, edition, faults);
    sbom.partial = twice.then_some(TWICE).or(sbom.partial);
    Ok(sbom)
}

fn finish(root: &Node, edition: Edition, faults: &mut Faults) -> Sbom {
    validate::validate(root, edition, faults);
    let mut sbom = read::read(root, faults);
    links::check(root, faults);
    sbom.format = format!("CycloneDX 1.{}", edition.minor);
    sbom
}
