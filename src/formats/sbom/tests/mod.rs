//! Tests over all formats: packages, graphs, statements, faults, hostile input.

mod cyclonedx;
mod hostile;
mod spdx;
mod unread;

use self::cyclonedx::{GRAPH_JSON, GRAPH_XML};
use self::spdx::{GRAPH_THREE, TAG_VALUE, spdx_json};
use super::*;
use crate::formats::package::HashFunction;

fn read(text: &str) -> Sbom {
    parse(text.as_bytes()).unwrap_or_else(|fault| panic!("{fault} in {text:?}"))
}

fn refused(text: &str) -> String {
    parse(text.as_bytes()).unwrap_err().to_string()
}

fn faults(text: &str) -> Vec<String> {
    read(text).invalid.iter().map(ToString::to_string).collect()
}

fn cdx(rest: &str) -> String {
    format!("{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",{rest}}}")
}

fn xml(rest: &str) -> String {
    format!("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\">{rest}</bom>")
}

#[test]
fn names_tell_an_sbom() {
    for name in [
        "bom.json",
        "BOM.xml",
        "app.cdx.json",
        "app.cyclonedx.xml",
        "sbom.json",
        "app.sbom.json",
        "app.bom.json",
        "app.spdx",
        "app.spdx.json",
        "app.spdx.yml",
        "app.spdx.rdf.xml",
        "app-1.0-cyclonedx.json",
        "sbom.spdx",
    ] {
        assert!(is_sbom_name(name), "{name}");
    }
    for name in ["package.json", "pom.xml", ".spdx", "spdx.rs", "bombs.json", "sbom.rs", "mybom.json"] {
        assert!(!is_sbom_name(name), "{name}");
    }
}

/// Name, version, scope, direct, dependencies, supplier, licences.
fn lines(sbom: &Sbom) -> Vec<String> {
    let all = sbom.subject.iter().chain(&sbom.packages);
    all.map(|one| {
        format!(
            "{} {} {:?} {:?} {:?} {} {}",
            one.name,
            one.version.as_deref().unwrap_or("-"),
            one.scope,
            one.direct,
            one.depends_on,
            one.supplier.as_deref().unwrap_or("-"),
            one.licenses.join(",")
        )
    })
    .collect()
}

#[test]
fn what_is_no_sbom_is_refused_in_words() {
    for (text, expected) in [
        ("", "line 1: nothing in the file"),
        ("{}", "line 1: neither CycloneDX nor SPDX"),
        ("hello", "line 1: neither CycloneDX nor SPDX"),
        ("{\"bomFormat\":\n\"SPDX\"}", "line 2: `bomFormat` is not `CycloneDX`"),
        ("{\"bomFormat\":\"CycloneDX\"}", "line 1: CycloneDX without a `specVersion`"),
        (
            "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.8\"}",
            "line 1: a `specVersion` of CycloneDX that is not among 1.2 to 1.7",
        ),
        ("{\"spdxVersion\":\"SPDX-1.2\"}", "line 1: a version of SPDX that is not among 2.0 to 2.3"),
        (
            "{\"@context\":\"https://spdx.org/rdf/3.1.0/x\",\"@graph\":[{\"type\":\"CreationInfo\",\"specVersion\":\"3.1.0\"}]}",
            "line 1: a version of SPDX 3 that is not 3.0",
        ),
        ("<bom/>", "line 1: a namespace that is not of CycloneDX 1.0 to 1.7"),
        ("<project/>", "line 1: XML that is no CycloneDX document"),
        (
            "\n<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/>",
            "line 2: SPDX in RDF/XML is not read: convert it to JSON or tag-value",
        ),
        ("<bom>\n<a></b></bom>", "line 2: not well-formed XML"),
        ("<bom>\n<a>", "line 2: XML that ends within an element"),
        ("<bom a='1'\na='2'/>", "line 1: an attribute that its element has already"),
        ("<a/><b/>", "line 1: a second root element"),
        ("SPDXVersion: SPDX-2.3\nPackageName: <text>a\n", "line 2: `<text>` without `</text>`"),
        (
            "SPDXVersion: SPDX-2.3\nSPDXVersion: SPDX-2.3\n",
            "line 1: expected one SPDX document, found several",
        ),
    ] {
        assert_eq!(refused(text), expected, "{text}");
    }
}

#[test]
fn a_package_url_names_the_package_as_its_ecosystem_does() {
    let component =
        |rest: &str| cdx(&format!("\"components\":[{{\"type\":\"library\",\"name\":\"n\",{rest}}}]"));
    for (rest, name, version, ecosystem) in [
        ("\"purl\":\"pkg:maven/org.example/art@1.2\"", "org.example:art", Some("1.2"), Some("Maven")),
        ("\"version\":\"v3\",\"purl\":\"pkg:pypi/Some_Thing@3\"", "some-thing", Some("v3"), Some("PyPI")),
        ("\"group\":\"g\",\"version\":\"1\"", "g/n", Some("1"), None),
    ] {
        let sbom = read(&component(rest));
        let package = &sbom.packages[0];
        let family = package.ecosystem.as_ref().map(|ecosystem| ecosystem.family.name());
        assert_eq!((package.name.as_str(), package.version.as_deref(), family), (name, version, ecosystem));
        assert_eq!(sbom.invalid, []);
    }
    assert_eq!(faults(&component("\"purl\":\"npm/a\"")), ["line 1: a package URL that is not well-formed"]);
}

#[test]
fn completeness_names_each_gap() {
    let kinds =
        |text: &str| completeness(&read(text)).iter().map(|gap| (gap.kind, gap.line)).collect::<Vec<_>>();
    let whole = GRAPH_JSON;
    use GapKind::{NoAuthor, NoHash, NoIdentifier, NoRelations, NoSupplier, NoTimestamp, NoVersion};
    let of_packages = [
        (NoIdentifier, 9),
        (NoSupplier, 9),
        (NoHash, 9),
        (NoIdentifier, 12),
        (NoVersion, 15),
        (NoIdentifier, 15),
        (NoHash, 15),
    ];
    assert_eq!(kinds(whole), of_packages);
    let bare = cdx("\"components\":[{\"type\":\"file\",\"name\":\"a\"}]");
    assert_eq!(kinds(&bare), [(NoTimestamp, 1), (NoAuthor, 1), (NoRelations, 1)]);
}
