//! Other scanners: their reports joined with what is found here, and their programs run, well behaved and not. The
//! packages are those of the built-in list, so that no database is needed; the programs are scripts that stand in.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use readiness::cli::{AuditArgs, ScannerArg};
use readiness::commands::{Error, audit_report};
use readiness::report::{Finding, Report, Severity, Status, Vulnerability};

use super::support::{NOW, findings, write};

const LOCK: &str = r#"{
  "name": "a", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": {"name": "a", "version": "1.0.0", "dependencies": {"lodash": "4.17.20", "minimist": "1.2.5"}},
    "node_modules/lodash": {"version": "4.17.20"},
    "node_modules/minimist": {"version": "1.2.5"}
  }
}
"#;

/// One match of Grype: `(id, other id, severity, package, version, path)`.
fn grype_match(
    (id, other, severity, package, version, path): (&str, &str, &str, &str, &str, &str),
) -> String {
    format!(
        r#"{{"vulnerability":{{"id":"{id}","dataSource":"https://github.com/advisories/{id}","severity":"{severity}","description":"seen by grype","fix":{{"versions":["99.0.0"],"state":"fixed"}}}},
"relatedVulnerabilities":[{{"id":"{other}"}}],"matchDetails":[{{"found":{{"versionConstraint":"<99.0.0 (semantic version)"}}}}],
"artifact":{{"name":"{package}","version":"{version}","type":"npm","locations":[{{"path":"/{path}"}}],"purl":"pkg:npm/{package}@{version}"}}}}"#
    )
}

fn grype(matches: &[(&str, &str, &str, &str, &str, &str)]) -> String {
    let matches: Vec<String> = matches.iter().map(|one| grype_match(*one)).collect();
    format!(
        r#"{{"matches":[
{}
],"source":{{"type":"directory","target":"/src"}},"descriptor":{{"name":"grype","version":"0.118.0","db":{{"status":{{"built":"2026-06-14T01:31:41Z"}}}}}}}}"#,
        matches.join(",\n")
    )
}

/// Trivy's report of one file of npm packages: `(id, vendor's id, severity, package, version)`.
fn trivy(target: &str, seen: &[(&str, &str, &str, &str, &str)]) -> String {
    let seen: Vec<String> = seen
        .iter()
        .map(|(id, vendor, severity, package, version)| {
            format!(
                r#"{{"VulnerabilityID":"{id}","VendorIDs":["{vendor}"],"PkgName":"{package}","PkgIdentifier":{{"PURL":"pkg:npm/{package}@{version}"}},"InstalledVersion":"{version}","FixedVersion":"4.17.21, 5.0.0","Severity":"{severity}","Title":"seen by trivy"}}"#
            )
        })
        .collect();
    format!(
        r#"{{"SchemaVersion":2,"Trivy":{{"Version":"0.76.0"}},"CreatedAt":"2026-06-15T09:00:00Z","ArtifactName":"/src","ArtifactType":"filesystem","Results":[{{"Target":"{target}","Class":"lang-pkgs","Type":"npm","Vulnerabilities":[{}]}}]}}"#,
        seen.join(",")
    )
}

const COMMAND_INJECTION: (&str, &str, &str, &str, &str, &str) =
    ("GHSA-35jh-r3h4-6jhm", "CVE-2021-23337", "High", "lodash", "4.17.20", "package-lock.json");
const REGEX: (&str, &str, &str, &str, &str, &str) =
    ("GHSA-29mw-wpgm-hmr9", "CVE-2020-28500", "Medium", "lodash", "4.17.20", "package-lock.json");

/// A folder with a tree and a folder of programs beside it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "tree/package-lock.json", LOCK);
        Self(folder)
    }

    fn tree(&self) -> PathBuf {
        self.0.path().join("tree")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a script that can be run.
    fn program(&self, path: &str, script: &str) -> PathBuf {
        write(self.0.path(), path, format!("#!/bin/sh\n{script}\n"));
        let path = self.path(path);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// A script that prints a report; what it is called with goes to `called`.
    fn scanner(&self, path: &str, report: &str) -> PathBuf {
        write(self.0.path(), "report.json", report);
        let (called, report) = (self.path("called"), self.path("report.json"));
        let script = format!(
            "{{ pwd; ls -A; echo \"$@\"; env; }} >>{}\n[ \"$1\" = version ] && echo '{{\"VulnerabilityDB\":{{\"UpdatedAt\":\"2026-06-13T06:12:01Z\"}}}}' || cat {}",
            called.display(),
            report.display()
        );
        self.program(path, &script)
    }

    fn audit(&self, args: AuditArgs) -> Result<Report, Error> {
        let path = args.path.clone().unwrap_or_else(|| self.tree());
        let args = AuditArgs { path: Some(path), only: vec!["vulnerabilities".to_owned()], ..args };
        let (bin, inside) = (self.path("bin"), self.tree().join("bin"));
        let search = format!(":.:{}:{}:/usr/bin:/bin", inside.display(), bin.display());
        audit_report(&args, Timestamp::from_second(NOW).unwrap(), &|name| match name {
            "PATH" => Some(search.clone()),
            "HOME" => Some("/nowhere".to_owned()),
            "GITHUB_TOKEN" => Some("not for others".to_owned()),
            _ => None,
        })
    }

    fn with(&self, scanner: ScannerArg) -> Report {
        self.audit(AuditArgs { with: vec![scanner], ..AuditArgs::default() }).unwrap()
    }

    fn evidence(&self, files: &[&str]) -> Report {
        let evidence = files.iter().map(|file| self.path(file)).collect();
        self.audit(AuditArgs { evidence, ..AuditArgs::default() }).unwrap()
    }
}

fn known<'r>(report: &'r Report, id: &str) -> (&'r Finding, &'r Vulnerability) {
    let mut all = findings(report).filter_map(|finding| Some((finding, finding.vulnerability.as_deref()?)));
    let found = all.find(|(_, known)| known.is_called(id)).unwrap_or_else(|| panic!("{id} is not found"));
    assert!(!all.any(|(_, known)| known.is_called(id)), "{id} is found twice");
    found
}

fn reason(report: &Report) -> String {
    match &report.checks[0].status {
        Status::NotEvaluated { reason, .. } => reason.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_saw_what() {
    let place = Place::new();
    write(place.0.path(), "grype.json", grype(&[COMMAND_INJECTION, REGEX]));
    let seen = [
        ("CVE-2021-23337", "GHSA-35jh-r3h4-6jhm", "HIGH", "lodash", "4.17.20"),
        ("CVE-2020-28500", "GHSA-29mw-wpgm-hmr9", "LOW", "lodash", "4.17.20"),
        ("CVE-2099-1", "GHSA-aaaa-bbbb-cccc", "CRITICAL", "lodash", "4.17.19"),
    ];
    write(place.0.path(), "trivy.json", trivy("package-lock.json", &seen));
    let report = place.evidence(&["grype.json", "trivy.json"]);

    let (_, all) = known(&report, "CVE-2021-23337");
    assert_eq!(all.seen_by, ["readiness", "grype", "trivy"]);
    assert!(all.matches.iter().all(|one| one.source == "the built-in list"), "it is our own finding");
    let (_, ours) = known(&report, "CVE-2021-44906");
    assert_eq!(ours.seen_by, ["readiness"]);

    let (finding, theirs) = known(&report, "GHSA-29mw-wpgm-hmr9");
    assert_eq!(
        (finding.rule.as_str(), finding.severity),
        ("VUL-002", Severity::Medium),
        "the worst word counts"
    );
    assert_eq!(finding.location.path(), Some("package-lock.json"));
    assert_eq!(finding.location.region().unwrap().line, 5, "the line of the package");
    assert_eq!(
        (theirs.id.as_str(), theirs.aliases.as_slice()),
        ("CVE-2020-28500", &["GHSA-29mw-wpgm-hmr9".to_owned()][..])
    );
    assert_eq!(theirs.seen_by, ["grype", "trivy"]);
    assert_eq!(theirs.rating.source, "word of grype");
    assert_eq!(theirs.fixed.as_deref(), Some("4.17.21"), "the lowest that either names");
    assert_eq!(theirs.package.direct, Some(true), "the lock file tells");
    let sources: Vec<&str> = theirs.matches.iter().map(|one| one.source.as_str()).collect();
    assert_eq!(sources, ["grype 0.118.0", "trivy 0.76.0"]);
    assert_eq!(theirs.matches[0].range, "<99.0.0 (semantic version)");

    let (finding, _) = known(&report, "CVE-2099-1");
    assert_eq!(finding.location.path(), Some("package-lock.json"), "another version, but the file is there");
    assert_eq!(finding.severity, Severity::Critical);
    assert_eq!(report.verdict.exit_code, 2);

    let scanners = &report.advisories.as_ref().unwrap().scanners;
    let told: Vec<_> = scanners.iter().map(|one| (one.name.as_str(), one.reported, one.shared)).collect();
    assert_eq!(told, [("grype 0.118.0", 2, 1), ("trivy 0.76.0", 3, 1)]);
    assert_eq!(scanners[0].database.as_deref(), Some("2026-06-14T01:31:41Z"));
    assert_eq!(scanners[1].created.as_deref(), Some("2026-06-15T09:00:00Z"));
    assert_eq!(scanners[0].digest.as_ref().map(String::len), Some(64));
    assert!(reason(&report).starts_with("nothing was evaluated beyond the built-in list"), "that stays true");
}

#[test]
fn findings_without_a_place_in_the_tree_stand_in_the_report() {
    let place = Place::new();
    let elsewhere = ("GHSA-x", "CVE-2099-2", "Low", "left-pad", "1.0.0", "opt/app/package.json");
    let malicious = ("MAL-2099-1", "MAL-2099-1", "", "left-pad", "1.0.1", "opt/app/package.json");
    write(place.0.path(), "tree/ci/grype.json", grype(&[elsewhere, malicious]));
    let report = place.evidence(&["tree/ci/grype.json"]);
    let (finding, theirs) = known(&report, "CVE-2099-2");
    assert_eq!((finding.location.path(), finding.severity), (Some("ci/grype.json"), Severity::Low));
    assert_eq!(finding.location.region().unwrap().line, 2);
    assert_eq!(theirs.package.name, "left-pad");
    let (finding, theirs) = known(&report, "MAL-2099-1");
    assert_eq!((finding.rule.as_str(), finding.severity), ("VUL-001", Severity::Critical));
    assert!(theirs.rating.malicious);
}

#[test]
fn the_file_that_a_scanner_names_is_the_one_it_saw() {
    let place = Place::new();
    write(&place.tree(), "web/package-lock.json", LOCK);
    let in_web =
        ("GHSA-35jh-r3h4-6jhm", "CVE-2021-23337", "High", "lodash", "4.17.20", "web/package-lock.json");
    write(place.0.path(), "grype.json", grype(&[in_web]));
    let report = place.evidence(&["grype.json"]);
    let seen: Vec<_> = findings(&report)
        .filter(|finding| finding.vulnerability.as_ref().unwrap().is_called("CVE-2021-23337"))
        .map(|finding| {
            (finding.location.path().unwrap(), finding.vulnerability.as_ref().unwrap().seen_by.len())
        })
        .collect();
    assert_eq!(seen, [("package-lock.json", 1), ("web/package-lock.json", 2)]);
}

#[test]
fn a_scanner_is_run_in_an_empty_folder_without_anything_secret() {
    let place = Place::new();
    place.scanner("bin/grype", &grype(&[COMMAND_INJECTION]));
    place.program("tree/bin/grype", "echo the tree must not bring it");
    let report = place.with(ScannerArg::Grype);
    assert_eq!(known(&report, "CVE-2021-23337").1.seen_by, ["readiness", "grype"]);
    let called = std::fs::read_to_string(place.path("called")).unwrap();
    let mut lines = called.lines();
    assert!(!lines.next().unwrap().starts_with(place.0.path().to_str().unwrap()), "{called}");
    let tree = place.tree().canonicalize().unwrap();
    assert_eq!(
        lines.next().unwrap(),
        format!("dir:{} -o json --quiet", tree.display()),
        "the folder is empty"
    );
    for expected in ["GRYPE_DB_AUTO_UPDATE=false", "GRYPE_CHECK_FOR_APP_UPDATE=false", "HOME=/nowhere"] {
        assert!(called.lines().any(|line| line == expected), "{expected} is not in {called}");
    }
    assert!(!called.contains("GITHUB_TOKEN") && !called.contains("tree/bin"), "{called}");
    let scanners = &report.advisories.as_ref().unwrap().scanners;
    assert_eq!((scanners[0].evidence.as_ref(), scanners[0].digest.as_ref()), (None, None));

    place.scanner("bin/trivy", &trivy("package-lock.json", &[]));
    let report = place.with(ScannerArg::Trivy);
    let called = std::fs::read_to_string(place.path("called")).unwrap();
    let expected = format!(
        "fs --format json --scanners vuln --offline-scan --skip-db-update --skip-java-db-update --no-progress {}",
        tree.display()
    );
    assert!(called.lines().any(|line| line == expected), "{called}");
    let scanners = &report.advisories.as_ref().unwrap().scanners;
    assert_eq!((scanners[0].reported, scanners[0].database.as_deref()), (0, Some("2026-06-13T06:12:01Z")));
}

#[test]
fn a_scanner_that_fails_leaves_the_check_unevaluated() {
    let place = Place::new();
    let fails = |report: &Report, expected: &str| {
        let reason = reason(report);
        assert!(reason.contains(expected), "{expected:?} is not in {reason:?}");
        assert_eq!(known(report, "CVE-2021-23337").1.seen_by, ["readiness"], "our own findings stay");
    };
    fails(
        &place.with(ScannerArg::Grype),
        "grype gave no report: there is no such program in PATH outside the tree",
    );
    place.program("tree/bin/grype", "echo never");
    fails(&place.with(ScannerArg::Grype), "there is no such program");
    place.program("bin/grype", "echo first >&2; echo 'failed to load vulnerability db' >&2; exit 1");
    fails(&place.with(ScannerArg::Grype), "it ended with code 1: failed to load vulnerability db");
    place.program("bin/grype", "echo nonsense");
    fails(&place.with(ScannerArg::Grype), "what it wrote is not read (line 1: ");
    place.program("bin/grype", "kill -9 $$");
    fails(&place.with(ScannerArg::Grype), "it ended by a signal");
    place.scanner("bin/grype", &trivy("a", &[]));
    fails(&place.with(ScannerArg::Grype), "what it wrote is a report of trivy");
    place.program("bin/grype", "sleep 600");
    let args = AuditArgs { with: vec![ScannerArg::Grype], scanner_timeout: Some(1), ..AuditArgs::default() };
    fails(&place.audit(args).unwrap(), "it took longer than 1 s and was ended");
}

#[test]
fn a_scanner_fails_a_tree_without_packages_too() {
    let place = Place::new();
    write(place.0.path(), "empty/readme.md", "nothing\n");
    let args = |evidence: &[&str]| AuditArgs {
        path: Some(place.path("empty")),
        with: if evidence.is_empty() { vec![ScannerArg::Trivy] } else { Vec::new() },
        evidence: evidence.iter().map(|file| place.path(file)).collect(),
        ..AuditArgs::default()
    };
    assert!(reason(&place.audit(args(&[])).unwrap()).contains("trivy gave no report"));
    write(place.0.path(), "none.json", trivy("a", &[]));
    let report = place.audit(args(&["none.json"])).unwrap();
    assert!(matches!(report.checks[0].status, Status::NotApplicable { .. }), "{:?}", report.checks[0].status);
    write(place.0.path(), "some.json", grype(&[COMMAND_INJECTION]));
    assert_eq!(known(&place.audit(args(&["some.json"])).unwrap(), "CVE-2021-23337").1.seen_by, ["grype"]);
}

#[test]
fn the_program_can_be_chosen_and_pinned_outside_the_tree_alone() {
    let place = Place::new();
    let program = place.scanner("elsewhere/scanner", &grype(&[COMMAND_INJECTION]));
    let bytes = std::fs::read(&program).unwrap();
    let digest = readiness::crypto::digest::HashAlgorithm::Sha256.digest(&bytes).to_string();
    let config = |file: &str, path: &str, digest: &str| {
        let text = format!("vulnerabilities:\n  scanners:\n    grype: {{path: {path}, sha256: {digest}}}\n");
        write(place.0.path(), file, text);
        let args = AuditArgs {
            config: Some(place.path(file)),
            with: vec![ScannerArg::Grype],
            ..AuditArgs::default()
        };
        place.audit(args)
    };
    let report = config("policy.yaml", "elsewhere/scanner", &digest).unwrap();
    assert_eq!(known(&report, "CVE-2021-23337").1.seen_by, ["readiness", "grype"]);
    std::fs::remove_file(place.path("called")).unwrap();
    let report = config("policy.yaml", "elsewhere/scanner", &"0".repeat(64)).unwrap();
    assert!(reason(&report).contains(&format!("its SHA-256 is {digest}, not the one that is required")));
    assert!(!place.path("called").exists(), "it was started");
    place.program("tree/bin/grype", "echo never");
    let report = config("policy.yaml", "tree/bin/grype", &digest).unwrap();
    assert!(reason(&report).contains("lies inside the tree"), "{}", reason(&report));
    for file in ["tree/readiness.yaml", "tree/ci.yaml"] {
        let refused = config(file, "../elsewhere/scanner", &digest).unwrap_err().to_string();
        assert!(refused.contains("the tree's own configuration must not choose the program"), "{refused}");
    }
    let named = place.audit(AuditArgs { with: vec![ScannerArg::Grype], ..AuditArgs::default() });
    assert!(named.unwrap_err().to_string().contains("must not choose"), "readiness.yaml of the tree");
    assert!(place.audit(AuditArgs::default()).is_ok(), "without --with it has no force, and does no harm");
}

#[test]
fn what_cannot_be_done_is_said() {
    let place = Place::new();
    let failing = |args: AuditArgs| place.audit(args).unwrap_err().to_string();
    let file = AuditArgs {
        path: Some(place.tree().join("package-lock.json")),
        with: vec![ScannerArg::Trivy],
        ..AuditArgs::default()
    };
    assert!(failing(file).contains("a scanner judges a folder"));
    write(place.0.path(), "x.sarif", r#"{"version":"2.1.0","runs":[]}"#);
    let evidence = |path: &Path| AuditArgs { evidence: vec![path.to_owned()], ..AuditArgs::default() };
    assert!(failing(evidence(&place.path("x.sarif"))).contains("this is SARIF, which is not read yet"));
    assert!(failing(evidence(&place.path("absent.json"))).contains("absent.json"));
    write(place.0.path(), "grype.json", grype(&[]));
    let args = AuditArgs {
        path: Some(place.tree()),
        only: vec!["secrets".to_owned()],
        ..evidence(&place.path("grype.json"))
    };
    let error = audit_report(&args, Timestamp::from_second(NOW).unwrap(), &|_| None).unwrap_err();
    assert!(error.to_string().contains("that check is left out"), "{error}");
}

#[test]
fn findings_of_scanners_have_no_change() {
    let place = Place::new();
    write(place.0.path(), "grype.json", grype(&[COMMAND_INJECTION, REGEX]));
    let before = place.evidence(&["grype.json"]);
    write(place.0.path(), "before.json", serde_json::to_string(&before).unwrap());
    let args = AuditArgs {
        since: Some(place.path("before.json").to_string_lossy().into_owned()),
        evidence: vec![place.path("grype.json")],
        ..AuditArgs::default()
    };
    let report = place.audit(args).unwrap();
    assert!(known(&report, "CVE-2021-23337").1.change.is_some());
    assert_eq!(known(&report, "CVE-2020-28500").1.change, None);
}
