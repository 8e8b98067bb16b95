//! CycloneDX in JSON and XML.

use super::*;

pub(super) const GRAPH_JSON: &str = r#"{
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

pub(super) const GRAPH_XML: &str = r#"<?xml version="1.0"?>
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
