//! Tests over all formats: packages, graphs, statements, faults, hostile input.
//!
//! Long because each format brings a whole document.

mod unread;

use std::time::{Duration, Instant};

use proptest::prelude::*;

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

const GRAPH_JSON: &str = r#"{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  "metadata": {
    "timestamp": "2026-01-02T03:04:05Z",
    "tools": {"components": [{"type": "application", "name": "maker"}]},
    "authors": [{"name": "Ann"}],
    "component": {"type": "application", "bom-ref": "app", "name": "app", "version": "1"}
  },
  "components": [
    {"type": "library", "bom-ref": "a", "group": "org.example", "name": "a", "version": "1.0", "scope": "required",
     "supplier": {"name": "Example"}, "licenses": [{"license": {"id": "MIT"}}],
     "hashes": [{"alg": "SHA-1", "content": "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"}],
     "components": [{"type": "library", "bom-ref": "b", "group": "@scope", "name": "b", "scope": "excluded",
       "publisher": "Bob", "licenses": [{"expression": "MIT OR Apache-2.0"}]}]},
    {"type": "file", "bom-ref": "c", "name": "c", "scope": "optional", "cpe": "cpe:2.3:a:c:c:1:*:*:*:*:*:*:*"}
  ],
  "dependencies": [
    {"ref": "app", "dependsOn": ["a", "c"]},
    {"ref": "a", "dependsOn": ["b", "a"]},
    {"ref": "b", "dependsOn": ["a"]}
  ],
  "vulnerabilities": [
    {"id": "CVE-2026-1", "references": [{"id": "GHSA-x", "source": {"name": "g"}}],
     "analysis": {"state": "not_affected", "justification": "code_not_reachable", "detail": "unused"},
     "affects": [{"ref": "b"}, {"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a"}]},
    {"id": "CVE-2026-2", "analysis": {"state": "exploitable"}},
    {"id": "CVE-2026-3", "analysis": {"state": "resolved"},
     "affects": [{"ref": "urn:cdx:11111111-395b-41f5-a30f-a58921a69b79/1#a"}]},
    {"id": "CVE-2026-4"}
  ]
}"#;

const GRAPH_XML: &str = r#"<?xml version="1.0"?>
<c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.6" serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79">
  <c:metadata>
    <c:timestamp>2026-01-02T03:04:05Z</c:timestamp>
    <c:tools><c:components><c:component type="application"><c:name>maker</c:name></c:component></c:components></c:tools>
    <c:authors><c:author><c:name>Ann</c:name></c:author></c:authors>
    <c:component type="application" bom-ref="app"><c:name>app</c:name><c:version>1</c:version></c:component>
  </c:metadata>
  <c:components>
    <c:component type="library" bom-ref="a">
      <c:supplier><c:name>Example</c:name></c:supplier>
      <c:group>org.example</c:group><c:name><![CDATA[a]]></c:name><c:version>1.0</c:version><c:scope>required</c:scope>
      <c:hashes><c:hash alg="SHA-1"> DA39A3EE5E6B4B0D3255BFEF95601890AFD80709 </c:hash></c:hashes>
      <c:licenses><c:license><c:id>MIT</c:id></c:license></c:licenses>
      <c:components>
        <c:component type="library" bom-ref="b">
          <c:publisher>Bob</c:publisher><c:group>@scope</c:group><c:name>&#98;</c:name><c:scope>excluded</c:scope>
          <c:licenses><c:expression>MIT OR Apache-2.0</c:expression></c:licenses>
        </c:component>
      </c:components>
      <x:extension xmlns:x="https://example.org/x"><x:name>not ours</x:name></x:extension>
    </c:component>
    <c:component type="file" bom-ref="c">
      <c:name>c</c:name><c:scope>optional</c:scope><c:cpe>cpe:2.3:a:c:c:1:*:*:*:*:*:*:*</c:cpe>
    </c:component>
  </c:components>
  <c:dependencies>
    <c:dependency ref="app"><c:dependency ref="a"/><c:dependency ref="c"/></c:dependency>
    <c:dependency ref="a"><c:dependency ref="b"/><c:dependency ref="a"/></c:dependency>
    <c:dependency ref="b"><c:dependency ref="a"/></c:dependency>
  </c:dependencies>
  <c:vulnerabilities>
    <c:vulnerability>
      <c:id>CVE-2026-1</c:id>
      <c:references><c:reference><c:id>GHSA-x</c:id><c:source><c:name>g</c:name></c:source></c:reference></c:references>
      <c:analysis>
        <c:state>not_affected</c:state><c:justification>code_not_reachable</c:justification><c:detail>unused</c:detail>
      </c:analysis>
      <c:affects>
        <c:target><c:ref>b</c:ref></c:target>
        <c:target><c:ref>urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a</c:ref></c:target>
      </c:affects>
    </c:vulnerability>
    <c:vulnerability><c:id>CVE-2026-2</c:id><c:analysis><c:state>exploitable</c:state></c:analysis></c:vulnerability>
    <c:vulnerability>
      <c:id>CVE-2026-3</c:id><c:analysis><c:state>resolved</c:state></c:analysis>
      <c:affects><c:target><c:ref>urn:cdx:11111111-395b-41f5-a30f-a58921a69b79/1#a</c:ref></c:target></c:affects>
    </c:vulnerability>
    <c:vulnerability><c:id>CVE-2026-4</c:id></c:vulnerability>
  </c:vulnerabilities>
</c:bom>"#;

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
fn a_graph_of_cyclonedx_is_the_same_in_both_syntaxes() {
    for (text, expected_lines) in [(GRAPH_JSON, [12, 15, 17]), (GRAPH_XML, [10, 16, 23])] {
        let sbom = read(text);
        assert_eq!(sbom.invalid, []);
        assert_eq!(
            (sbom.format.as_str(), sbom.created.as_deref()),
            ("CycloneDX 1.6", Some("2026-01-02T03:04:05Z"))
        );
        assert_eq!(sbom.authors, ["Ann", "maker"]);
        assert_eq!(
            lines(&sbom),
            [
                "app 1 Unknown None Some([0, 2]) - ",
                "org.example:a 1.0 Runtime Some(true) Some([0, 1]) Example MIT",
                "@scope/b - Development Some(false) Some([0]) Bob MIT OR Apache-2.0",
                "c - Optional Some(true) None - ",
            ]
        );
        assert_eq!(sbom.packages.iter().map(|one| one.line).collect::<Vec<_>>(), expected_lines);
        assert_eq!(
            (sbom.packages[0].hashes[0].algorithm, sbom.assets.as_slice()),
            (HashFunction::Sha1, &[2][..])
        );
        assert_eq!(sbom.packages[0].hashes[0].hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert!(sbom.packages[2].cpe.is_some() && sbom.has_relations);
        let [one, two, three] = sbom.statements.as_slice() else { panic!("{:?}", sbom.statements) };
        assert_eq!(
            (one.ids.as_slice(), one.affects.as_slice()),
            (&["CVE-2026-1".to_owned(), "GHSA-x".to_owned()][..], &[0, 1][..])
        );
        assert_eq!(
            (one.state.as_str(), one.justification.as_deref(), one.detail.as_deref()),
            ("not_affected", Some("code_not_reachable"), Some("unused"))
        );
        assert!(!one.affects_subject && one.elsewhere.is_empty());
        assert!(two.affects_subject && two.affects.is_empty());
        // A statement about another document is none about the subject.
        assert!(!three.affects_subject && three.affects.is_empty() && three.elsewhere.len() == 1);
    }
}

#[test]
fn faults_of_cyclonedx_have_a_place_and_words() {
    for (text, expected) in [
        (cdx("\"components\":[{\"name\":\"a\"}]"), "line 1: a component without `type`"),
        (
            cdx("\n\"components\":[{\"type\":\"library\",\n\"name\":5}]"),
            "line 3: `name` of a component is not a string",
        ),
        (cdx("\n\"surprise\":1"), "line 2: the document has a property that CycloneDX 1.6 does not have"),
        (cdx("\"citations\":[]"), "line 1: the document has a property that CycloneDX 1.6 does not have"),
        (cdx("\"components\":{}"), "line 1: `components` of the document is a mapping and no list"),
        (
            cdx("\n\n\"dependencies\":[{\"ref\":\"x\"}]"),
            "line 3: a dependency refers to a `bom-ref` that the document does not have",
        ),
        (
            cdx(
                "\"components\":[{\"type\":\"library\",\"name\":\"a\",\"hashes\":[{\"alg\":\"SHA-256\",\"content\":\"d41d8cd98f00b204e9800998ecf8427e\"}]}]",
            ),
            "line 1: a hash whose length is not that of its algorithm",
        ),
        (cdx("\"version\":1,\n\"version\":2"), "line 2: a key that its object has already"),
        (
            cdx("\"metadata\":{\"timestamp\":\"yesterday\"}"),
            "line 1: `timestamp` of the metadata is not a date and a time with its zone",
        ),
        (
            xml("<components><service/></components>"),
            "line 1: `components` of the document holds another element",
        ),
        (xml("\n<components/><components/>"), "line 2: `components` of the document stands twice"),
        (xml("\n<color/>"), "line 2: the document has an element that CycloneDX 1.6 does not have"),
        (xml("words"), "line 1: the document holds text between its elements"),
    ] {
        assert_eq!(faults(&text), [expected], "{text}");
    }
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
fn entities_are_not_expanded() {
    let bomb = "<!DOCTYPE bom [<!ENTITY a \"aaaa\">]>\n<bom>&a;</bom>";
    assert_eq!(refused(bomb), "line 1: a document type declaration, which is not read");
    assert_eq!(refused(&xml("\n&a;")), "line 2: an entity that XML itself does not have");
    assert_eq!(refused("<bom a='&a;'/>"), "line 1: an entity that XML itself does not have");
}

const TAG_VALUE: &str = "\
SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: app
DocumentNamespace: https://example.org/app
Creator: Tool: maker-1.0
Creator: Person: Ann (ann@example.org)
Created: 2026-01-02T03:04:05Z

# The application
PackageName: app
SPDXID: SPDXRef-app
PackageVersion: 1
PackageDownloadLocation: NOASSERTION
PackageComment: <text>First line
SPDXID: SPDXRef-not-a-tag
last line</text>

PackageName: a
SPDXID: SPDXRef-a
PackageVersion: 2
PackageSupplier: Organization: Example (mail@example.org)
PackageDownloadLocation: NONE
PackageChecksum: SHA1: da39a3ee5e6b4b0d3255bfef95601890afd80709
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: MIT
ExternalRef: SECURITY cpe23Type cpe:2.3:a:a:a:2:*:*:*:*:*:*:*

PackageName: b
SPDXID: SPDXRef-b
PackageSupplier: NOASSERTION
PackageDownloadLocation: NONE

FileName: ./c.c
SPDXID: SPDXRef-c
FileChecksum: SHA1: da39a3ee5e6b4b0d3255bfef95601890afd80709

Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-app
Relationship: SPDXRef-app DEPENDS_ON SPDXRef-a
Relationship: SPDXRef-b TEST_DEPENDENCY_OF SPDXRef-a
Relationship: SPDXRef-b DEPENDS_ON NONE
";

fn spdx_json() -> String {
    r#"{"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "app",
"documentNamespace": "https://example.org/app",
"creationInfo": {"creators": ["Tool: maker-1.0", "Person: Ann (ann@example.org)"], "created": "2026-01-02T03:04:05Z"},
"documentDescribes": ["SPDXRef-app"],
"packages": [
{"SPDXID": "SPDXRef-app", "name": "app", "versionInfo": "1", "downloadLocation": "NOASSERTION"},
{"SPDXID": "SPDXRef-a", "name": "a", "versionInfo": "2", "downloadLocation": "NONE",
 "supplier": "Organization: Example (mail@example.org)",
 "checksums": [{"algorithm": "SHA1", "checksumValue": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}],
 "licenseConcluded": "NOASSERTION", "licenseDeclared": "MIT",
 "externalRefs": [{"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:a:a:2:*:*:*:*:*:*:*"}]},
{"SPDXID": "SPDXRef-b", "name": "b", "supplier": "NOASSERTION", "downloadLocation": "NONE"}],
"relationships": [
{"spdxElementId": "SPDXRef-app", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-a"},
{"spdxElementId": "SPDXRef-b", "relationshipType": "TEST_DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-a"},
{"spdxElementId": "SPDXRef-b", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "NONE"}]}"#
        .to_owned()
}

#[test]
fn a_graph_of_spdx_is_the_same_in_both_syntaxes() {
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(TAG_VALUE.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for text in [TAG_VALUE.as_bytes().to_vec(), spdx_json().into_bytes(), utf16] {
        let sbom = parse(&text).unwrap();
        assert_eq!(sbom.invalid, []);
        assert_eq!((sbom.format.as_str(), sbom.authors.join(",").as_str()), ("SPDX-2.3", "maker-1.0,Ann"));
        assert_eq!(
            lines(&sbom),
            [
                "app 1 Unknown None Some([0]) - ",
                "a 2 Unknown Some(true) Some([1]) Example MIT",
                "b - Development Some(false) Some([]) - ",
            ]
        );
        assert!(sbom.packages[0].cpe.is_some() && sbom.packages[0].hashes.len() == 1);
    }
    assert_eq!(read(TAG_VALUE).packages.iter().map(|one| one.line).collect::<Vec<_>>(), [19, 29]);
}

#[test]
fn faults_of_spdx_have_a_place_and_words() {
    for (from, to, expected) in [
        ("CC0-1.0", "MIT", "line 2: `dataLicense` is not `CC0-1.0`"),
        ("DataLicense: CC0-1.0", "", "line 1: the document has no `dataLicense`"),
        (
            "org/app\n",
            "org/app#x\n",
            "line 5: the document namespace is not an absolute URI without a fragment",
        ),
        ("05Z", "05", "line 8: the time of creation is not `YYYY-MM-DDThh:mm:ssZ`"),
        (
            "Tool: maker",
            "Robot: maker",
            "line 6: a creator that is not `Tool:`, `Organization:` or `Person:` and a name",
        ),
        ("PackageDownloadLocation: NOASSERTION", "", "line 11: a package has no download location"),
        ("SHA1: da39", "SHA1: da", "line 24: a checksum that is no digest of its algorithm"),
        ("SHA1: da39", "SHA7: da39", "line 24: a checksum of an algorithm that SPDX 2 does not have"),
        ("Declared: MIT", "Declared: The MIT", "line 26: a licence that is no SPDX licence expression"),
        (
            "Organization: Example",
            "Example",
            "line 22: a supplier or originator that is not `Organization:` or `Person:` and a name",
        ),
        ("SPDXID: SPDXRef-c", "SPDXID: SPDXRef-b", "line 35: the `SPDXID` of a file is taken already"),
        ("SPDXID: SPDXRef-c", "SPDXID: c", "line 35: the `SPDXID` of a file is not `SPDXRef-` and a name"),
        (
            "DEPENDS_ON SPDXRef-a",
            "DEPENDS_ON SPDXRef-z",
            "line 39: a relationship with an element that the document does not have",
        ),
        ("TEST_DEPENDENCY_OF", "LIKES", "line 40: a relationship of a type that SPDX 2 does not have"),
        ("SECURITY", "SAFETY", "line 27: a category of external references that SPDX 2 does not have"),
    ] {
        let text = TAG_VALUE.replacen(from, to, 1);
        assert_ne!(text, TAG_VALUE);
        assert_eq!(faults(&text), [expected]);
    }
    let surprise = spdx_json().replacen("\"name\": \"b\"", "\"name\": \"b\", \"color\": 1", 1);
    assert_eq!(faults(&surprise), ["line 12: a package has a property that SPDX 2 does not have"]);
}

const GRAPH_THREE: &str = r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
{"type": "CreationInfo", "@id": "_:made", "specVersion": "3.0.1", "created": "2026-01-02T03:04:05Z", "createdBy": ["urn:ann"]},
{"type": "Person", "spdxId": "urn:ann", "creationInfo": "_:made", "name": "Ann"},
{"type": "SpdxDocument", "spdxId": "urn:doc", "creationInfo": "_:made", "rootElement": ["urn:sbom"]},
{"type": "software_Sbom", "spdxId": "urn:sbom", "creationInfo": "_:made", "rootElement": ["urn:app"]},
{"type": "software_Package", "spdxId": "urn:app", "name": "app", "software_packageVersion": "1", "suppliedBy": "urn:ann"},
{"type": "software_Package", "spdxId": "urn:a", "name": "a", "software_packageUrl": "pkg:npm/%40scope/a@2",
 "verifiedUsing": [{"type": "Hash", "algorithm": "sha1", "hashValue": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}]},
{"type": "software_Package", "spdxId": "urn:b", "name": "b", "externalIdentifier": [
 {"type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:b:b:1:*:*:*:*:*:*:*"}]},
{"type": "simplelicensing_LicenseExpression", "spdxId": "urn:mit", "simplelicensing_licenseExpression": "MIT"},
{"type": "Relationship", "spdxId": "urn:1", "from": "urn:app", "relationshipType": "dependsOn", "to": ["urn:a"]},
{"type": "LifecycleScopedRelationship", "spdxId": "urn:2", "from": "urn:a", "relationshipType": "dependsOn", "to": ["urn:b"], "scope": "test"},
{"type": "Relationship", "spdxId": "urn:3", "from": "urn:a", "relationshipType": "hasDeclaredLicense", "to": ["urn:mit"]}
]}"#;

#[test]
fn a_graph_of_spdx_3_is_read() {
    let sbom = read(GRAPH_THREE);
    assert_eq!(sbom.invalid, []);
    assert_eq!((sbom.format.as_str(), sbom.authors.join(",").as_str()), ("SPDX-3.0.1", "Ann"));
    assert_eq!(
        lines(&sbom),
        [
            "app 1 Unknown None Some([0]) Ann ",
            "@scope/a 2 Unknown Some(true) Some([1]) - MIT",
            "b - Development Some(false) None - ",
        ]
    );
    assert_eq!(
        sbom.packages.iter().map(|one| (one.line, one.hashes.len(), one.cpe.is_some())).collect::<Vec<_>>(),
        [(7, 1, false), (9, 0, true)]
    );
    let lost = GRAPH_THREE.replacen("\"to\": [\"urn:a\"]", "\"to\": [\"urn:z\"]", 1);
    assert_eq!(faults(&lost), ["line 12: a relationship with an element that the document does not have"]);
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

#[test]
fn a_document_full_of_faults_lists_a_hundred() {
    let components: Vec<String> = (0..500).map(|at| format!("\n{{\"name\":\"{at}\"}}")).collect();
    let sbom = read(&cdx(&format!("\"components\":[{}]", components.join(","))));
    assert_eq!((sbom.packages.len(), sbom.invalid.len()), (500, 100));
}

#[test]
fn deep_nesting_ends_in_a_fault() {
    let json = format!("{}{}", "{\"bomFormat\":\"CycloneDX\",\"a\":".repeat(5000), "}".repeat(5000));
    assert!(refused(&json).contains("nested more than"));
    let tags = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(refused(&xml(&tags)).contains("nested too deep"));
    let attributes: String = (0..10_000).map(|at| format!(" a{at}=\"\"")).collect();
    assert!(refused(&xml(&format!("<a{attributes}/>"))).contains("too many attributes"));
    let spaces: String = (0..10_000).map(|at| format!(" xmlns:a{at}=\"x\"")).collect();
    assert!(refused(&xml(&format!("<a{spaces}/>"))).contains("too many attributes"));
}

/// A document with so many components, each of which needs the next two.
fn large(count: usize) -> String {
    let component = |at: usize| {
        format!(
            "{{\"type\":\"library\",\"bom-ref\":\"r{at}\",\"name\":\"n{at}\",\"version\":\"1.{at}\",\"scope\":\"required\",\n\"hashes\":[{{\"alg\":\"SHA-1\",\"content\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}}],\n\"licenses\":[{{\"license\":{{\"id\":\"MIT\"}}}}],\"supplier\":{{\"name\":\"s\"}}}}"
        )
    };
    let dependency = |at: usize| {
        format!("{{\"ref\":\"r{at}\",\"dependsOn\":[\"r{}\",\"r{}\"]}}", (at + 1) % count, (at + 2) % count)
    };
    let components: Vec<String> = (0..count).map(component).collect();
    let dependencies: Vec<String> = (0..count).map(dependency).collect();
    cdx(&format!(
        "\"components\":[{}],\"dependencies\":[{}]",
        components.join(",\n"),
        dependencies.join(",\n")
    ))
}

#[test]
fn the_time_grows_with_the_size() {
    let measure = |count: usize| {
        let text = large(count);
        let start = Instant::now();
        let sbom = read(&text);
        assert_eq!((sbom.packages.len(), sbom.invalid.len()), (count, 0));
        start.elapsed()
    };
    let small = (0..3).map(|_| measure(2_000)).min().unwrap_or_default();
    let tenfold = measure(20_000);
    assert!(tenfold < small * 30 + Duration::from_millis(500), "{small:?} became {tenfold:?}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn damaged_documents_never_panic(which in 0_usize..5, at in any::<prop::sample::Index>(), piece in "[ -~\n]{0,6}", cut in 0_usize..40) {
        let text = [GRAPH_JSON.to_owned(), GRAPH_XML.to_owned(), TAG_VALUE.to_owned(), spdx_json(), GRAPH_THREE.to_owned()][which].clone();
        let at = at.index(text.len());
        let damaged = format!("{}{piece}{}", &text[..at], &text[(at + cut).min(text.len())..]);
        if let Ok(sbom) = parse(damaged.as_bytes()) {
            prop_assert!(sbom.invalid.len() <= 100);
            let reach = sbom.packages.len();
            for package in sbom.packages.iter().chain(&sbom.subject) {
                prop_assert!(package.line > 0);
                prop_assert!(package.depends_on.iter().flatten().all(|index| *index < reach));
            }
            prop_assert!(completeness(&sbom).len() <= 3 + 5 * (reach + 1));
        }
    }
}
