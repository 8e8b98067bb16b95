//! SPDX 2 in tag-value and JSON, and SPDX 3.

use super::*;

pub(super) const TAG_VALUE: &str = "\
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

pub(super) fn spdx_json() -> String {
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

pub(super) const GRAPH_THREE: &str = r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
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
