use super::*;

/// The example of the schema's text, reduced, with fields that we do not know.
const RECORD: &str = r#"{
  "schema_version": "1.7.3", "id": "GHSA-aaaa-bbbb-cccc", "modified": "2024-01-02T03:04:05Z",
  "published": "2024-01-01T00:00:00Z", "aliases": ["CVE-2024-1"], "related": null, "upstream": [],
  "summary": "A flaw", "details": "Long\ntext",
  "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}, null],
  "affected": [{
    "package": {"ecosystem": "crates.io", "name": "one", "purl": "pkg:cargo/one"},
    "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}], "database_specific": {"a": [{}]}},
               {"type": "GIT", "repo": "https://example.org/one", "events": [{"introduced": "0"}, {"limit": "abc"}]}],
    "versions": null,
    "ecosystem_specific": {"affects": {"os": []}},
    "database_specific": {"informational": "unsound", "cvss": null}
  }, null],
  "references": [{"type": "WEB", "url": "https://example.org/web"}, {"type": "ADVISORY", "url": "javascript:1"},
                 {"type": "ADVISORY", "url": "https://example.org/advisory"}],
  "credits": [{"name": "x"}],
  "database_specific": {"severity": "moderate", "cwe_ids": ["CWE-79", 7], "github_reviewed": true}
}"#;

#[test]
fn what_is_needed_is_kept() {
    let advisory = parse(RECORD.as_bytes()).unwrap();
    assert_eq!(
        advisory,
        Advisory {
            id: "GHSA-aaaa-bbbb-cccc".to_owned(),
            modified: "2024-01-02T03:04:05Z".to_owned(),
            published: Some("2024-01-01T00:00:00Z".to_owned()),
            aliases: vec!["CVE-2024-1".to_owned()],
            summary: "A flaw".to_owned(),
            severity: vec![Score {
                kind: "CVSS_V3".to_owned(),
                score: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned()
            }],
            affected: vec![Affected {
                ecosystem: "crates.io".to_owned(),
                name: "one".to_owned(),
                ranges: vec![
                    Range {
                        kind: RangeKind::Semver,
                        events: vec![Event::Introduced("0".to_owned()), Event::Fixed("1.2.3".to_owned())]
                    },
                    Range {
                        kind: RangeKind::Git,
                        events: vec![Event::Introduced("0".to_owned()), Event::Limit("abc".to_owned())]
                    },
                ],
                informational: Some("unsound".to_owned()),
                ..Affected::default()
            }],
            severity_word: Some("MODERATE".to_owned()),
            page: Some("https://example.org/advisory".to_owned()),
            cwes: vec!["CWE-79".to_owned()],
            ..Advisory::default()
        }
    );
    let stored = serde_json::to_string(&advisory).unwrap();
    assert_eq!(serde_json::from_str::<Advisory>(&stored).unwrap(), advisory);
}

#[test]
fn what_is_missing_is_empty() {
    let advisory = parse(br#"{"id": "X-1", "modified": "2024-01-02T03:04:05Z", "affected": null}"#).unwrap();
    assert_eq!(advisory.affected, []);
    let advisory = parse(
        br##"{"id": "X-1", "modified": "", "summary": null, "details": "\n### First\nline", "database_specific": [1],
            "affected": [{"ranges": null, "package": null}]}"##,
    )
    .unwrap();
    assert_eq!((advisory.affected.len(), advisory.summary.as_str()), (1, "First"));
}

#[test]
fn what_is_not_understood_is_marked() {
    let record = br#"{"id": "X-1", "modified": "", "affected": [{"package": {"ecosystem": "npm", "name": "a"}, "ranges": [
        {"type": "SEMVER", "events": [{"introduced": "0", "fixed": "1"}, {"introduced": 0}, {"broken": "1"}]},
        {"type": "SOUNDEX", "events": [{"introduced": "0"}]}, {"events": []}]}]}"#;
    let ranges = parse(record).unwrap().affected.remove(0).ranges;
    assert_eq!(
        ranges[0].events,
        ["an event with two keys", "an event whose version is no text", "an event of no known kind"]
            .map(|text| Event::Unclear(text.to_owned()))
    );
    assert_eq!((ranges[1].kind, ranges[2].kind), (RangeKind::Other, RangeKind::Other));
    assert_eq!(ranges[1].events, [Event::Introduced("0".to_owned())]);
}

#[test]
fn malicious_code_is_told_by_id_alias_or_origin() {
    for record in [
        r#"{"id": "MAL-2024-1", "modified": ""}"#,
        r#"{"id": "GHSA-1", "modified": "", "aliases": ["MAL-2024-1"]}"#,
        r#"{"id": "X-1", "modified": "", "database_specific": {"malicious-packages-origins": [{"source": "x"}]}}"#,
    ] {
        assert!(parse(record.as_bytes()).unwrap().malicious, "{record}");
    }
    assert!(!parse(RECORD.as_bytes()).unwrap().malicious);
}

#[test]
fn faults_are_named_without_values() {
    let deep = format!(r#"{{"id": "X", "modified": "", "a": {}}}"#, "[".repeat(100_000));
    for (record, line, message) in [
        ("", 1, "the JSON ends too early"),
        ("{\n\"id\": \"X\"\n}", 3, "missing field `modified`"),
        (r#"{"modified": ""}"#, 1, "missing field `id`"),
        (r#"{"id": " ", "modified": ""}"#, 1, "the record has no id"),
        (r#"{"id": "X", "id": "Y", "modified": ""}"#, 1, "duplicate field `id`"),
        (
            "{\"id\": \"X\", \"modified\": \"\",\n\"withdrawn\": true}",
            2,
            "a field is of another type than the OSV schema gives it",
        ),
        (r#"{"id": "X", "modified": ""} {}"#, 1, "this is no JSON"),
        (&deep, 1, "this is no JSON"),
    ] {
        let fault = parse(record.as_bytes()).unwrap_err();
        assert_eq!((fault.line, fault.message.as_str()), (line, message));
    }
    assert!(parse(&vec![b' '; MAX_BYTES + 1]).is_err());
}

#[test]
fn an_empty_withdrawal_is_none() {
    let record = |withdrawn: &str| {
        let text =
            format!(r#"{{"id": "X-1", "modified": "2024-01-01T00:00:00Z", "withdrawn": {withdrawn}}}"#);
        parse(text.as_bytes()).unwrap().withdrawn
    };
    assert_eq!((record("\"\""), record("\" \""), record("null")), (None, None, None));
    assert!(record("\"2024-01-02T00:00:00Z\"").is_some());
}
