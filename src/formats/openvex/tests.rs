//! Documents by hand, each with one thing that matters.

use jiff::Timestamp;

use super::*;

fn document(statements: &str) -> Document {
    let text = format!(
        r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/vex-1",
"author": "a@example.org", "timestamp": "2026-01-02T03:04:05Z", "version": 1,
"statements": [
{statements}
]}}"#
    );
    parse(text.as_bytes()).unwrap()
}

/// What a document of one statement with these further fields comes to.
fn one(fields: &str) -> Document {
    document(&format!(
        r#"{{"vulnerability": {{"name": "CVE-2026-1"}}, "products": [{{"@id": "pkg:npm/a@1"}}], {fields}}}"#
    ))
}

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

#[test]
fn a_whole_statement() {
    let read = document(
        r#"{"vulnerability": {"@id": "https://example.org/v", "name": "CVE-2026-1", "aliases": ["GHSA-x"]},
"timestamp": "2026-02-01T00:00:00+01:00", "status": "not_affected", "status_notes": "looked at",
"justification": "component_not_present", "impact_statement": "it is gone", "products": [
{"@id": "https://example.org/app", "identifiers": {"purl": "pkg:npm/app@1", "cpe23": "cpe:2.3:a:b:c"},
 "subcomponents": [{"@id": "pkg:npm/%40s/part@2"}, {"identifiers": {"purl": "pkg:npm/other"}}]}]}"#,
    );
    assert!(read.faults.is_empty() && read.unusable == 0, "{:?}", read.faults);
    assert_eq!((read.author.as_str(), read.moment), ("a@example.org", at("2026-01-02T03:04:05Z")));
    let [statement] = read.statements.as_slice() else { panic!("one statement") };
    assert_eq!(statement.ids, ["CVE-2026-1", "GHSA-x"]);
    assert_eq!((statement.line, statement.status), (4, Status::NotAffected));
    assert_eq!(statement.moment, at("2026-01-31T23:00:00Z"));
    assert_eq!(statement.justification.as_deref(), Some("component_not_present"));
    assert_eq!(statement.impact.as_deref(), Some("it is gone"));
    let [product] = statement.products.as_slice() else { panic!("one product") };
    assert_eq!(product.whole.purls, ["pkg:npm/app@1".parse().unwrap()]);
    let parts: Vec<String> = product.parts.iter().map(|part| part.purls[0].to_string()).collect();
    assert_eq!(parts, ["pkg:npm/%40s/part@2", "pkg:npm/other"]);
}

#[test]
fn statements_in_doubt_count_for_nothing_and_are_named() {
    for (fields, words) in [
        (r#""status": "not_affected""#, "needs a `justification`"),
        (r#""status": "not_affected", "justification": "" "#, "needs a `justification`"),
        (r#""status": "not_affected", "impact_statement": "  ""#, "needs a `justification`"),
        (r#""status": "not_affected", "justification": "because""#, "the justification is none of"),
        (r#""status": "not_affected", "justification": "because", "impact_statement": "x""#, "is none of"),
        (r#""status": "harmless""#, "the status is none of"),
        (r#""status": 4"#, "expected a string"),
        (r#""supplier": "nobody""#, "without a status"),
        (r#""status": "fixed", "timestamp": "yesterday""#, "as of when"),
        (r#""status": "affected", "action_statement": "x", "status": "fixed""#, "stands twice"),
    ] {
        let read = one(fields);
        assert!(read.statements.is_empty() && read.unusable == 1, "{fields}");
        let fault = read.faults.iter().find(|fault| fault.message.contains(words));
        assert_eq!(fault.map(|fault| fault.line), Some(4), "{fields}: {:?}", read.faults);
    }
    for statement in [
        r#"{"status": "fixed", "products": [{"@id": "pkg:npm/a"}]}"#,
        r#"{"vulnerability": {}, "status": "fixed", "products": [{"@id": "pkg:npm/a"}]}"#,
        r#"{"vulnerability": {"name": "X"}, "status": "fixed"}"#,
        r#"{"vulnerability": {"name": "X"}, "status": "fixed", "products": [{}]}"#,
        r#""text""#,
    ] {
        assert_eq!(
            (document(statement).statements.len(), document(statement).unusable),
            (0, 1),
            "{statement}"
        );
    }
}

#[test]
fn a_bad_statement_leaves_the_others() {
    let good = r#"{"vulnerability": {"name": "X"}, "status": "fixed", "products": [{"@id": "pkg:npm/a"}]}"#;
    let read =
        document(&format!("{good},\n{{\"vulnerability\": {{\"name\": \"Y\"}}, \"status\": \"?\"}},\n{good}"));
    assert_eq!((read.statements.len(), read.unusable), (2, 1));
    assert_eq!(read.faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [5]);
}

#[test]
fn what_speaks_against_a_product_keeps_its_force() {
    let read = one(r#""status": "affected""#);
    assert_eq!(read.statements.len(), 1);
    assert!(read.faults[0].message.contains("action_statement"));
    let read = one(r#""status": "under_investigation", "timestamp": "soon""#);
    assert_eq!((read.statements[0].moment, read.faults.len()), (None, 1));
}

#[test]
fn the_latest_time_of_a_statement_counts() {
    let read = one(r#""status": "fixed""#);
    assert_eq!(read.statements[0].moment, at("2026-01-02T03:04:05Z"));
    let read = one(
        r#""status": "fixed", "timestamp": "2025-01-01T00:00:00Z", "last_updated": "2026-05-01T00:00:00Z""#,
    );
    assert_eq!(read.statements[0].moment, at("2026-05-01T00:00:00Z"));
}

#[test]
fn the_first_version_is_read() {
    let text = r#"{"@context": "https://openvex.dev/ns", "@id": "i", "author": "a", "timestamp": "2023-01-01T00:00:00Z",
"version": 1, "statements": [{"vulnerability": "CVE-2023-1", "products": ["pkg:oci/app"],
"subcomponents": ["pkg:npm/a@1"], "status": "not_affected", "justification": "component_not_present"}]}"#;
    let read = parse(text.as_bytes()).unwrap();
    assert_eq!(read.faults, []);
    assert_eq!(read.statements[0].ids, ["CVE-2023-1"]);
    assert_eq!(read.statements[0].products[0].parts[0].purls[0].to_string(), "pkg:npm/a@1");
}

#[test]
fn other_documents_are_refused() {
    for (text, words) in [
        ("", "expected"),
        ("[]", "expected a mapping"),
        (r#"{"statements": []}"#, "no OpenVEX"),
        (r#"{"@context": "https://openvex.dev/ns/v1.0.0", "statements": []}"#, "not supported"),
        (r#"{"@context": "https://openvex.dev/ns/v0.2.0"}"#, "no `statements`"),
        (r#"{"@context": "https://openvex.dev/ns/v0.2.0", "statements": {}}"#, "expected a list"),
        (
            r#"{"@context": "https://openvex.dev/ns/v0.2.0", "author": "a", "author": "b", "statements": []}"#,
            "stands twice",
        ),
    ] {
        let fault = parse(text.as_bytes()).unwrap_err();
        assert!(fault.message.contains(words) || text.is_empty(), "{text}: {fault}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let part = |purl: &str| Component { id: Some(purl.to_owned()), purls: vec![purl.parse().unwrap()] };
    let statement = |status, line| Statement {
        line,
        ids: vec!["CVE-2026-1".to_owned(), "GHSA-x".to_owned()],
        status,
        moment: at("2026-01-01T00:00:00Z"),
        products: vec![Product { whole: part("pkg:generic/app"), parts: vec![part("pkg:npm/a@1")] }],
        justification: (status == Status::NotAffected).then(|| "component_not_present".to_owned()),
        impact: None,
        action: Some("upgrade".to_owned()),
        notes: Some("n\u{1}\"".to_owned()),
    };
    let mut written = Document {
        id: "https://example.org/1".to_owned(),
        author: "a".to_owned(),
        moment: at("2026-01-02T00:00:00Z"),
        version: 1,
        statements: vec![statement(Status::NotAffected, 0), statement(Status::Affected, 0)],
        ..Document::default()
    };
    let text = written.to_json().unwrap();
    assert_eq!(written.to_json().unwrap(), text);
    let mut read = parse(text.as_bytes()).unwrap();
    for statement in read.statements.iter_mut().chain(&mut written.statements) {
        statement.line = 0;
    }
    assert_eq!(read, written);
}
