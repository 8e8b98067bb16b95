//! Nothing that the document lists goes missing without a word.

use super::*;

const UA: &str = "{\"type\":\"library\",\"name\":\"ua\",\"purl\":\"pkg:npm/ua@1\"}";

/// How many packages are read, and whether more may be there.
fn known(text: &str) -> (usize, bool) {
    let sbom = read(text);
    assert!(sbom.partial.is_none() || !sbom.invalid.is_empty(), "{text}");
    (sbom.packages.len() + usize::from(sbom.subject.is_some()), sbom.partial.is_some())
}

#[test]
fn what_stands_twice_or_is_no_list_leaves_a_document_in_doubt() {
    for (text, expected) in [
        (cdx(&format!("\"components\":[{UA}]")), (1, false)),
        (cdx(&format!("\"components\":[{UA}],\"components\":[]")), (0, true)),
        (cdx(&format!("\"components\":{{\"a\":{UA}}}")), (0, true)),
        (cdx("\"components\":null"), (0, false)),
        (
            cdx(&format!("\"components\":[{{\"type\":\"library\",\"name\":\"a\",\"components\":{UA}}}]")),
            (1, true),
        ),
        (cdx("\"components\":[{\"type\":\"library\",\"name\":\"a\",\"name\":\"b\"}]"), (1, true)),
        (spdx_json(), (3, false)),
        (
            spdx_json().replacen("\"packages\": [", "\"packages\": [{\"name\": \"z\"}], \"packages\": [", 1),
            (3, true),
        ),
        ("{\"spdxVersion\": \"SPDX-2.3\", \"packages\": {\"a\": {\"name\": \"a\"}}}".to_owned(), (0, true)),
        (
            xml(
                "<components><component type=\"library\"><name>a</name></component></components><components/>",
            ),
            (0, true),
        ),
        (
            xml(
                "<components><component type=\"library\"><name>a</name><version>1</version><version>2</version></component></components>",
            ),
            (1, true),
        ),
    ] {
        assert_eq!(known(&text), expected, "{text}");
    }
}

#[test]
fn elements_of_no_namespace_or_of_another_edition_are_read_and_told() {
    let one = "<component type=\"library\"><name>a</name></component>";
    let prefixed = format!(
        "<c:bom xmlns:c=\"http://cyclonedx.org/schema/bom/1.6\">\n<components>{one}</components></c:bom>"
    );
    let older =
        xml(&format!("\n<components xmlns=\"http://cyclonedx.org/schema/bom/1.5\">{one}</components>"));
    for text in [prefixed, older] {
        let sbom = read(&text);
        assert_eq!(sbom.packages.len(), 1, "{text}");
        assert_eq!(faults(&text), ["line 2: an element that is not of the document's namespace"]);
    }
    // What stands in an extension is the extension's, whatever its own namespace.
    let extension =
        xml("<components/><x:more xmlns:x=\"https://example.org/x\"><components xmlns=\"\"/></x:more>");
    assert_eq!((read(&extension).packages.len(), faults(&extension).len()), (0, 0));
}

#[test]
fn elements_of_spdx_3_may_stand_in_the_place_of_their_ids() {
    let inline = r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "type": "SpdxDocument", "spdxId": "urn:doc",
"creationInfo": {"type": "CreationInfo", "specVersion": "3.0.1", "created": "2026-01-02T03:04:05Z",
 "createdBy": [{"type": "Person", "spdxId": "urn:ann", "name": "Ann"}]},
"rootElement": [{"type": "software_Package", "spdxId": "urn:app", "name": "app"}],
"element": [{"type": ["software_Package"], "spdxId": "urn:a", "name": "a", "software_packageUrl": "pkg:npm/a@1"},
 {"type": "Relationship", "spdxId": "urn:1", "relationshipType": "dependsOn", "from": "urn:app",
  "to": [{"type": "software_Package", "spdxId": "urn:b", "name": "b"}]}]}"#;
    let sbom = read(inline);
    assert_eq!((sbom.invalid.len(), sbom.partial, sbom.authors.join(",").as_str()), (0, None, "Ann"));
    assert_eq!(
        lines(&sbom),
        [
            "app - Unknown None Some([1]) - ",
            "a 1 Unknown Some(false) None - ",
            "b - Unknown Some(true) None - ",
        ]
    );
    let untyped = GRAPH_THREE.replacen(
        "{\"type\": \"software_Package\", \"spdxId\": \"urn:b\"",
        "{\"spdxId\": \"urn:b\"",
        1,
    );
    assert_eq!(known(&untyped), (2, true));
}

#[test]
fn a_reference_of_spdx_2_may_be_named_in_full() {
    for kind in ["purl", "http://spdx.org/rdf/references/purl", "PURL"] {
        let json = spdx_json().replacen("cpe23Type", kind, 1).replacen(
            "cpe:2.3:a:a:a:2:*:*:*:*:*:*:*",
            "pkg:npm/a@2",
            1,
        );
        let text = TAG_VALUE.replacen("cpe23Type", kind, 1).replacen(
            "cpe:2.3:a:a:a:2:*:*:*:*:*:*:*",
            "pkg:npm/a@2",
            1,
        );
        for text in [json, text] {
            assert!(read(&text).packages[0].ecosystem.is_some(), "{text}");
        }
    }
}

#[test]
fn space_before_the_colon_of_a_tag_changes_nothing() {
    let spaced = TAG_VALUE.replace("PackageName:", "PackageName :").replace("SPDXVersion:", "SPDXVersion\t:");
    assert_eq!(lines(&read(&spaced)), lines(&read(TAG_VALUE)));
}

#[test]
fn a_document_that_says_that_it_is_not_complete_is_taken_at_its_word() {
    for (aggregate, partial) in
        [("complete", false), ("unknown", false), ("incomplete", true), ("incomplete_third_party_only", true)]
    {
        let json = cdx(&format!("\"compositions\":[{{\"aggregate\":\"{aggregate}\"}}]"));
        let text = xml(&format!(
            "<compositions><composition><aggregate>{aggregate}</aggregate></composition></compositions>"
        ));
        for text in [json, text] {
            assert_eq!((read(&text).partial.is_some(), faults(&text).len()), (partial, 0), "{text}");
        }
    }
}
