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
