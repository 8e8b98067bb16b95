use super::*;
use crate::formats::ecosystem::Family;

const GRYPE: &[u8] = br#"{
 "matches": [
  {
   "vulnerability": {
    "id": "GHSA-jfh8-c2jp-5v3q",
    "dataSource": "https://github.com/advisories/GHSA-jfh8-c2jp-5v3q",
    "namespace": "github:language:java",
    "severity": "Critical",
    "urls": [],
    "description": "Remote code injection\nin Log4j",
    "cvss": [{"type": "Secondary", "version": "3.1", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "metrics": {"baseScore": 10}}],
    "fix": {"versions": ["2.15.0"], "state": "fixed"},
    "advisories": [],
    "risk": 94.4
   },
   "relatedVulnerabilities": [{"id": "CVE-2021-44228", "namespace": "nvd:cpe", "severity": "Critical", "cvss": null}],
   "matchDetails": [{"type": "exact-direct-match", "matcher": "java-matcher", "searchedBy": {}, "found": {"versionConstraint": ">=2.13.0,<2.15.0 (maven)"}}],
   "artifact": {
    "id": "1", "name": "log4j-core", "version": "2.14.1", "type": "java-archive",
    "locations": [{"path": "/gradle.lockfile", "accessPath": "/gradle.lockfile"}, {"path": "/../secret"}],
    "language": "java", "licenses": [], "cpes": [], "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", "upstreams": []
   }
  },
  {
   "vulnerability": {"id": "ALAS2-2023-1", "severity": "Negligible", "fix": {"versions": null, "state": ""}},
   "relatedVulnerabilities": [{"id": "CVE-2023-1"}, {"id": "CVE-2023-2"}],
   "artifact": {"name": "Flask", "version": "0.12", "type": "python", "locations": null, "purl": ""}
  }
 ],
 "ignoredMatches": [{}, {}],
 "source": {"type": "directory", "target": "/src"},
 "descriptor": {"name": "grype", "version": "0.118.0", "timestamp": "2026-11-21T10:00:00Z",
  "db": {"status": {"schemaVersion": "v6.1.9", "built": "2026-11-20T01:31:41Z", "valid": true}}}
}"#;

#[test]
fn a_report_of_grype() {
    let report = parse(GRYPE).unwrap();
    assert_eq!((report.scanner, report.title().as_str()), (Scanner::Grype, "grype 0.118.0"));
    assert_eq!(report.database.as_deref(), Some("2026-11-20T01:31:41Z"));
    assert_eq!(report.created.as_deref(), Some("2026-11-21T10:00:00Z"));
    assert_eq!(report.suppressed, 2);
    let [log4j, flask] = report.findings.as_slice() else { panic!("there are two") };
    assert_eq!(log4j.ids, ["GHSA-jfh8-c2jp-5v3q", "CVE-2021-44228"]);
    assert_eq!(log4j.name, "org.apache.logging.log4j:log4j-core", "the package URL has the group");
    assert_eq!(log4j.ecosystem, Some(Ecosystem::of(Family::Maven)));
    assert_eq!((log4j.version.as_str(), log4j.severity), ("2.14.1", Word::Critical));
    assert_eq!(
        (log4j.fixed.as_slice(), log4j.range.as_str()),
        (&["2.15.0".to_owned()][..], ">=2.13.0,<2.15.0 (maven)")
    );
    assert_eq!(log4j.paths, ["gradle.lockfile"], "what leads out of the tree is no path");
    assert_eq!((log4j.title.as_str(), log4j.line), ("Remote code injection", 3));
    assert_eq!(log4j.vectors.len(), 1);
    assert_eq!(flask.ids, ["ALAS2-2023-1"], "what a notice is about is no alias of it");
    assert_eq!((flask.name.as_str(), flask.ecosystem.clone()), ("Flask", Some(Ecosystem::of(Family::PyPi))));
    assert_eq!(flask.severity, Word::Negligible);
}

#[test]
fn the_database_of_older_versions_of_grype() {
    let text = br#"{"matches":[],"descriptor":{"name":"grype","version":"0.74.0","db":{"built":"2024-01-02T00:00:00Z"}}}"#;
    let report = parse(text).unwrap();
    assert_eq!(report.database.as_deref(), Some("2024-01-02T00:00:00Z"));
    assert!(report.findings.is_empty());
}

const TRIVY: &[u8] = br#"{
 "SchemaVersion": 2,
 "Trivy": {"Version": "0.76.0"},
 "CreatedAt": "2026-11-22T03:09:41Z",
 "ArtifactName": "/src",
 "ArtifactType": "filesystem",
 "Results": [
  {"Target": "empty/Cargo.lock", "Class": "lang-pkgs", "Type": "cargo"},
  {"Target": "web/package-lock.json", "Class": "lang-pkgs", "Type": "npm", "Vulnerabilities": [
   {"VulnerabilityID": "CVE-2021-23337", "VendorIDs": ["GHSA-35jh-r3h4-6jhm"], "PkgID": "lodash@4.17.20",
    "PkgName": "lodash", "PkgIdentifier": {"PURL": "pkg:npm/lodash@4.17.20", "UID": "1"},
    "InstalledVersion": "4.17.20", "FixedVersion": "4.17.21, 5.0.0", "Status": "fixed",
    "Severity": "HIGH", "PrimaryURL": "https://avd.aquasec.com/nvd/cve-2021-23337", "Title": "command injection",
    "CVSS": {"ghsa": {"V3Vector": "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H", "V3Score": 7.2},
             "nvd": {"V2Vector": "AV:N/AC:L/Au:S/C:P/I:P/A:P", "V3Vector": "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H"}}}
  ], "ExperimentalModifiedFindings": [{}]},
  {"Target": "debian 12", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [
   {"VulnerabilityID": "CVE-2024-1", "VendorIDs": ["DSA-1-1"], "PkgName": "bash", "InstalledVersion": "5.2.15-2", "FixedVersion": "", "Severity": "UNKNOWN"}
  ]}
 ]
}"#;

#[test]
fn a_report_of_trivy() {
    let report = parse(TRIVY).unwrap();
    assert_eq!((report.scanner, report.title().as_str()), (Scanner::Trivy, "trivy 0.76.0"));
    assert_eq!((report.created.as_deref(), report.suppressed), (Some("2026-11-22T03:09:41Z"), 1));
    let [lodash, bash] = report.findings.as_slice() else { panic!("there are two") };
    assert_eq!(lodash.ids, ["CVE-2021-23337", "GHSA-35jh-r3h4-6jhm"]);
    assert_eq!(lodash.ecosystem, Some(Ecosystem::of(Family::Npm)));
    assert_eq!(lodash.fixed, ["4.17.21", "5.0.0"]);
    assert_eq!(lodash.paths, ["web/package-lock.json"]);
    assert_eq!((lodash.severity, lodash.vectors.len(), lodash.line), (Word::High, 2, 10));
    assert_eq!(bash.ids, ["CVE-2024-1"], "an errata notice is no alias");
    assert_eq!((bash.severity, bash.fixed.len(), bash.ecosystem.clone()), (Word::Unknown, 0, None));
}

#[test]
fn trivy_without_results() {
    let text = br#"{"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "filesystem"}"#;
    let report = parse(text).unwrap();
    assert_eq!((report.findings.len(), report.title().as_str()), (0, "trivy"));
    assert!(parse(br#"{"SchemaVersion": 1, "ArtifactName": "."}"#).is_err());
}

#[test]
fn other_formats_are_refused_by_name() {
    for (text, named) in [
        (
            r#"{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[]}"#,
            "SARIF",
        ),
        (r#"{"version":"2.1.0","runs":[]}"#, "SARIF"),
        (r#"{"bomFormat":"CycloneDX","specVersion":"1.6"}"#, "CycloneDX"),
        (r#"{"spdxVersion":"SPDX-2.3"}"#, "SPDX"),
        (r#"{"@context":"https://openvex.dev/ns/v0.2.0"}"#, "OpenVEX"),
        (r#"{"artifacts":[],"descriptor":{"name":"syft"}}"#, "Syft"),
        ("{}", "neither"),
        ("[]", "expected a map"),
        ("", "expected"),
    ] {
        let message = parse(text.as_bytes()).unwrap_err().message;
        assert!(message.contains(named), "{text}: {message}");
    }
}

#[test]
fn what_is_no_report_is_a_fault_with_its_line() {
    let text = b"{\"descriptor\":{},\n\"matches\":[\n{\"vulnerability\":{\"id\":\"CVE-1\"}}]}";
    let fault = parse(text).unwrap_err();
    assert_eq!((fault.line, fault.message.as_str()), (3, "a match has no `artifact`"));
    let text = b"{\"SchemaVersion\":2,\"Results\":[{\"Vulnerabilities\":[\n{\"PkgName\":\"a\"}]}]}";
    assert_eq!(parse(text).unwrap_err().line, 2);
    assert!(parse(b"{\"descriptor\":{},\"matches\":7}").is_err());
}

#[test]
fn a_report_in_which_a_key_stands_twice_is_refused() {
    // Of two lists readers take one; the other would go missing without a word.
    let text = String::from_utf8_lossy(TRIVY).replacen("{\n", "{ \"Results\": [],\n", 1);
    assert_eq!(parse(text.as_bytes()).unwrap_err(), Fault::new(7, "a key of the report stands twice"));
}
