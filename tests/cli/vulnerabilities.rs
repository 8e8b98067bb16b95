//! The check of vulnerabilities as a whole: a database made of records written here, and trees that pin packages of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use readiness::cli::AuditArgs;
use readiness::commands::audit_report;
use readiness::report::{Change, Finding, Report, Severity, Status};
use tempfile::TempDir;

use super::support::{findings, write};

/// The day after the newest record.
pub(super) const NOW: &str = "2026-06-15T12:00:00Z";

fn record(id: &str, package: &str, more: &str, events: &str) -> String {
    format!(
        r#"{{"id":"{id}","modified":"2026-06-14T00:00:00Z","summary":"A fault",{more}
           "affected":[{{"package":{{"ecosystem":"npm","name":"{package}"}},
           "ranges":[{{"type":"SEMVER","events":{events}}}]}}]}}"#
    )
}

/// A database with a few npm advisories, imported by the program, EPSS and KEV with them.
pub(super) fn database() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let critical =
        r#""severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"#;
    let low = r#""severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"}],"#;
    let zero_to = |fixed: &str| format!(r#"[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]"#);
    for (name, text) in [
        (
            "GHSA-2222-2222-2222",
            record(
                "GHSA-2222-2222-2222",
                "left",
                &format!(r#"{critical}"aliases":["CVE-2026-0001"],"#),
                &zero_to("1.2.0"),
            ),
        ),
        ("GHSA-3333-3333-3333", record("GHSA-3333-3333-3333", "left", low, &zero_to("1.4.0"))),
        (
            "GHSA-4444-4444-4444",
            record(
                "GHSA-4444-4444-4444",
                "known",
                &format!(r#"{low}"aliases":["CVE-2026-0002"],"#),
                &zero_to("9.0.0"),
            ),
        ),
        ("GHSA-5555-5555-5555", record("GHSA-5555-5555-5555", "wordless", "", r#"[{"introduced":"0"}]"#)),
        (
            "GHSA-6666-6666-6666",
            record(
                "GHSA-6666-6666-6666",
                "gone",
                r#""withdrawn":"2026-06-01T00:00:00Z","#,
                r#"[{"introduced":"0"}]"#,
            ),
        ),
        ("MAL-2026-1", record("MAL-2026-1", "evil", "", r#"[{"introduced":"0"}]"#)),
        (
            "GHSA-7777-7777-7777",
            record("GHSA-7777-7777-7777", "odd", "", r#"[{"introduced":"1.0.0"},{"fixed":"2.0.0"}]"#),
        ),
    ] {
        write(folder.path(), &format!("osv/npm/{name}.json"), text);
    }
    write(
        folder.path(),
        "osv/epss_scores-current.csv",
        "#model_version:v2026.06.15,score_date:2026-06-14T00:00:00Z\ncve,epss,percentile\nCVE-2026-0001,0.25,0.9\n",
    );
    write(
        folder.path(),
        "osv/kev.json",
        r#"{"title":"t","catalogVersion":"2026.06.14","dateReleased":"2026-06-14T00:00:00.0000Z","count":1,"vulnerabilities":[
           {"cveID":"CVE-2026-0002","vendorProject":"v","product":"p","vulnerabilityName":"n","dateAdded":"2026-06-02",
            "shortDescription":"s","requiredAction":"r","dueDate":"2026-07-01","knownRansomwareCampaignUse":"Known"}]}"#,
    );
    let database = folder.path().join("advisories.db");
    import_folder(&database, &folder.path().join("osv"));
    (folder, database)
}

/// Imports records besides those that are there.
pub(super) fn import(database: &Path, beside: &Path, records: &[(&str, &str)]) {
    for (name, text) in records {
        write(beside, &format!("more/{name}"), text);
    }
    import_folder(database, &beside.join("more"));
}

pub(super) fn import_folder(database: &Path, folder: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_readiness"))
        .args(["advisories", "import", "--advisories"])
        .arg(database)
        .arg(folder)
        .env("SOURCE_DATE_EPOCH", NOW.parse::<Timestamp>().unwrap().as_second().to_string())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// An SBOM with these components.
pub(super) fn bom(components: &str) -> String {
    format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[{components}]}}"#)
}

/// A lock file of npm with these packages, all asked for by the project.
pub(super) fn lock(packages: &[(&str, &str)]) -> String {
    let asked: Vec<String> = packages.iter().map(|(name, _)| format!("\"{name}\": \"*\"")).collect();
    let locked: Vec<String> = packages
        .iter()
        .map(|(name, version)| format!("    \"node_modules/{name}\": {{ \"version\": \"{version}\" }}"))
        .collect();
    format!(
        "{{\n  \"name\": \"app\",\n  \"lockfileVersion\": 3,\n  \"packages\": {{\n    \"\": {{ \"name\": \"app\", \"dependencies\": {{ {} }} }},\n{}\n  }}\n}}\n",
        asked.join(", "),
        locked.join(",\n")
    )
}

pub(super) fn arguments(tree: &Path, database: &Path) -> AuditArgs {
    AuditArgs {
        path: Some(tree.to_owned()),
        only: vec!["vulnerabilities".to_owned()],
        advisories: Some(database.to_owned()),
        ..AuditArgs::default()
    }
}

pub(super) fn audit_as(args: &AuditArgs, now: &str) -> Report {
    audit_report(args, now.parse().unwrap(), &|_| None).unwrap()
}

pub(super) fn audit(tree: &Path, database: &Path) -> Report {
    audit_as(&arguments(tree, database), NOW)
}

fn of<'a>(report: &'a Report, id: &str) -> &'a Finding {
    findings(report)
        .find(|finding| finding.vulnerability.as_ref().is_some_and(|known| known.is_called(id)))
        .unwrap_or_else(|| panic!("{id} is not found"))
}

pub(super) fn reason(report: &Report) -> String {
    match &report.checks[0].status {
        Status::NotEvaluated { reason, .. } => reason.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_match_says_why_how_bad_and_what_clears_it() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    write(
        tree.path(),
        "package-lock.json",
        lock(&[("left", "1.1.0"), ("known", "8.0.0"), ("gone", "1.0.0"), ("fine", "1.0.0")]),
    );
    let report = audit(tree.path(), &database);
    assert_eq!(findings(&report).count(), 3, "withdrawn advisories never match");

    let worst = of(&report, "CVE-2026-0001");
    let known = worst.vulnerability.as_ref().unwrap();
    assert_eq!((worst.rule.as_str(), worst.severity), ("VUL-002", Severity::Critical));
    assert_eq!(worst.location.region().unwrap().line, 6);
    assert_eq!(
        (known.id.as_str(), known.aliases.as_slice()),
        ("CVE-2026-0001", &["GHSA-2222-2222-2222".to_owned()][..])
    );
    assert_eq!(known.rating.score.unwrap().to_string(), "9.8");
    assert_eq!((known.fixed.as_deref(), known.upgrade.as_deref()), (Some("1.2.0"), Some("1.4.0")));
    assert_eq!(known.epss.unwrap().probability.to_string(), "0.25000");
    assert_eq!(known.package.purl.as_deref(), Some("pkg:npm/left@1.1.0"));
    assert_eq!(known.package.direct, Some(true));
    let why = &known.matches[0];
    assert_eq!(why.events, ["introduced 0", "fixed 1.2.0"]);
    assert!(why.range.contains("1.1.0") && why.scheme == "SemVer", "{why:?}");

    let exploited = of(&report, "CVE-2026-0002");
    assert_eq!(exploited.severity, Severity::Low);
    let listed = exploited.vulnerability.as_ref().unwrap().exploited.clone().unwrap();
    assert_eq!((listed.added.as_str(), listed.ransomware), ("2026-06-02", true));

    let data = report.advisories.as_ref().unwrap();
    assert!(!data.built_in && data.digest.len() == 64 && data.imported.is_some());
    assert_eq!(report.checks[0].status, Status::Failed);
    assert_eq!(report.verdict.exit_code, 2);
}

#[test]
fn what_is_exploited_fails_whatever_its_severity_unless_the_gate_says_otherwise() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "package-lock.json", lock(&[("known", "8.0.0")]));
    assert_eq!(audit(tree.path(), &database).verdict.exit_code, 1);
    write(tree.path(), "readiness.yaml", "gate: {vulnerabilities: {exploited: false}}\n");
    let report = audit(tree.path(), &database);
    assert_eq!(report.verdict.exit_code, 0);
    assert_eq!(report.verdict.policy.conditions.len(), 1, "a looser gate is shown");
}

#[test]
fn epss_and_fixes_are_conditions_of_the_gate() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    let judged = |packages: &[(&str, &str)], gate: &str| {
        write(tree.path(), "package-lock.json", lock(packages));
        write(tree.path(), "readiness.yaml", gate);
        audit(tree.path(), &database).verdict.exit_code
    };
    let wordless = &[("wordless", "1.0.0")][..];
    assert_eq!(judged(wordless, ""), 0, "an unknown severity counts as medium");
    assert_eq!(judged(wordless, "vulnerabilities: {unknown_severity: high}\n"), 1);
    let unfixed = "vulnerabilities: {unknown_severity: high}\ngate: {vulnerabilities: {unfixed: false}}\n";
    assert_eq!(judged(wordless, unfixed), 0);
    let left = &[("left", "1.3.0")][..];
    assert_eq!(judged(left, ""), 0);
    let likely = "gate: {fail_on: critical, vulnerabilities: {epss: 0.25}}\n";
    assert_eq!(judged(&[("left", "1.1.0")], likely), 2);
    assert_eq!(judged(&[("evil", "1.0.0")], unfixed), 2, "malicious packages are never excused");
}

#[test]
fn a_package_that_ships_beside_a_copy_for_development_is_no_development_package() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "readiness.yaml", "gate: {vulnerabilities: {development: false}}\n");
    let judged = |shipped: &str| {
        let lock = format!(
            r#"{{"name":"a","version":"1.0.0","lockfileVersion":3,"packages":{{
               "":{{"name":"a","version":"1.0.0","dependencies":{{"z":"1.0.0"}},"devDependencies":{{"d":"1.0.0"}}}},
               "node_modules/d":{{"version":"1.0.0","dev":true,"dependencies":{{"left":"1.1.0"}}}},
               "node_modules/d/node_modules/left":{{"version":"1.1.0","dev":true}},
               "node_modules/z":{{"version":"1.0.0"{shipped}}}}}"#
        );
        write(tree.path(), "package-lock.json", lock);
        let report = audit(tree.path(), &database);
        let known = findings(&report).find(|finding| finding.rule == "VUL-002").unwrap();
        let package = &known.vulnerability.as_ref().unwrap().package;
        (report.verdict.exit_code, package.development, package.via.clone())
    };
    assert_eq!(judged("}"), (0, true, vec!["d".to_owned(), "left".to_owned()]));
    let shipped =
        r#","dependencies":{"left":"1.1.0"}},"node_modules/z/node_modules/left":{"version":"1.1.0"}"#;
    assert_eq!(judged(shipped), (2, false, vec!["z".to_owned(), "left".to_owned()]));
}

#[test]
fn what_an_sbom_says_again_is_said_once() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    let component = |version: &str| {
        format!(r#"{{"type":"library","name":"left","version":"{version}","purl":"pkg:npm/left@{version}"}}"#)
    };
    let places = |lock_path: &str, versions: &[&str]| {
        let tree = tempfile::tempdir_in(tree.path()).unwrap();
        write(tree.path(), lock_path, lock(&[("left", "1.1.0")]));
        write(
            tree.path(),
            "bom.json",
            bom(&versions.iter().map(|version| component(version)).collect::<Vec<_>>().join(",")),
        );
        let report = audit(tree.path(), &database);
        let of = |finding: &Finding| {
            (finding.rule == "VUL-002").then(|| finding.location.path().map(str::to_owned))
        };
        findings(&report).filter_map(of).flatten().collect::<Vec<_>>()
    };
    assert_eq!(places("package-lock.json", &["1.1.0"]), ["package-lock.json"; 2], "two vulnerabilities");
    let other = places("package-lock.json", &["1.3.0"]);
    assert_eq!(
        other,
        ["bom.json", "package-lock.json", "package-lock.json"],
        "another version is another package"
    );
    let of_tests = places("tests/package-lock.json", &["1.1.0"]);
    assert_eq!(
        of_tests.iter().filter(|path| *path == "bom.json").count(),
        2,
        "the SBOM tells of the product"
    );
}

#[test]
fn what_a_named_sbom_is_about_is_judged_too() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    let about = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"metadata":{"component":
        {"type":"library","name":"left","version":"1.1.0","purl":"pkg:npm/left@1.1.0"}},"components":[
        {"type":"library","name":"fine","version":"1.0.0","purl":"pkg:npm/fine@1.0.0"}]}"#;
    write(tree.path(), "bom.json", about);
    let found = |report: &Report| findings(report).filter(|finding| finding.rule == "VUL-002").count();
    assert_eq!(found(&audit(tree.path(), &database)), 0, "the project itself");
    let scan_sbom = vec![tree.path().join("bom.json")];
    let named = audit_as(&AuditArgs { scan_sbom, ..arguments(tree.path(), &database) }, NOW);
    assert_eq!(found(&named), 2, "{:?}", named.checks);
    assert_eq!(named.checks[0].coverage.count("packages"), 2);
    assert_eq!(named.checks[0].coverage.count("lists"), 1);
}

#[cfg(unix)]
#[test]
fn archives_in_the_tree_are_judged_and_folders_are_its_own() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    let text = r#"{"name":"app","lockfileVersion":3,"packages":{"":{"name":"app"},
        "node_modules/left":{"version":"1.3.0","resolved":"file:dist/left-1.3.0.tgz","integrity":"sha512-AA=="},
        "libs/evil":{"version":"1.0.0"},"node_modules/evil":{"resolved":"libs/evil","link":true}}}"#;
    write(tree.path(), "package-lock.json", text);
    let report = audit(tree.path(), &database);
    of(&report, "GHSA-3333-3333-3333");
    assert_eq!(findings(&report).count(), 1);
}

#[test]
fn packages_of_one_name_are_told_apart_by_their_ecosystem() {
    let (folder, database) = database();
    let fault = record("PYSEC-2026-1", "left", "", r#"[{"introduced":"0"}]"#)
        .replace(r#""npm""#, r#""PyPI""#)
        .replace("SEMVER", "ECOSYSTEM");
    import(&database, folder.path(), &[("PYSEC-2026-1.json", &fault)]);
    let tree = tempfile::tempdir().unwrap();
    let components = r#"{"type":"library","name":"left","version":"2.0.0","purl":"pkg:npm/left@2.0.0"},
        {"type":"library","name":"left","version":"2.0.0","purl":"pkg:pypi/left@2.0.0"}"#;
    write(tree.path(), "bom.json", bom(components));
    let report = audit(tree.path(), &database);
    assert_eq!(of(&report, "PYSEC-2026-1").vulnerability.as_ref().unwrap().package.ecosystem, "PyPI");
}

#[test]
fn packages_of_distributions_in_sboms_are_judged_by_what_advisories_speak_of() {
    let (folder, database) = database();
    let of_distribution = |id: &str, ecosystem: &str, package: &str, fixed: &str| {
        record(id, package, "", &format!(r#"[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]"#))
            .replace(r#""npm""#, &format!("\"{ecosystem}\""))
            .replace("SEMVER", "ECOSYSTEM")
    };
    let debian = of_distribution("DSA-1-1", "Debian:12", "glibc", "2.36-10");
    let alma = of_distribution("ALSA-2026:1", "AlmaLinux:9", "bind-libs", "32:9.16-2");
    let rocky = of_distribution("RLSA-2026:1", "Rocky Linux:9", "bind", "32:9.16-2");
    let other = of_distribution("ALSA-2026:2", "AlmaLinux:9", "mailx", "32:9.16-2");
    import(
        &database,
        folder.path(),
        &[("a.json", &debian), ("b.json", &alma), ("c.json", &rocky), ("d.json", &other)],
    );
    let tree = tempfile::tempdir().unwrap();
    let component = |name: &str, version: &str, purl: &str| {
        format!(r#"{{"type":"library","name":"{name}","version":"{version}","purl":"{purl}"}}"#)
    };
    let rpm = "epoch=32&upstream=bind-9.16-1.src.rpm&distro=";
    let components = [
        component("libc6", "2.36-9", "pkg:deb/debian/libc6@2.36-9?upstream=glibc&distro=debian-12"),
        component("bind-libs", "9.16-1", &format!("pkg:rpm/almalinux/bind-libs@9.16-1?{rpm}almalinux-9")),
        component("bind-utils", "9.16-1", &format!("pkg:rpm/rocky/bind-utils@9.16-1?{rpm}rocky-9")),
        component("mailx", "9.16-3", "pkg:rpm/almalinux/mailx@9.16-3?epoch=32&distro=almalinux-9"),
    ];
    write(tree.path(), "bom.json", bom(&components.join(",")));
    let report = audit(tree.path(), &database);
    for (id, package) in [("DSA-1-1", "libc6"), ("ALSA-2026:1", "bind-libs"), ("RLSA-2026:1", "bind-utils")] {
        assert_eq!(of(&report, id).vulnerability.as_ref().unwrap().package.name, package, "{id}");
    }
    assert_eq!(findings(&report).count(), 3, "what is newer by its epoch is not affected");
}

#[test]
fn what_is_asked_to_be_explained_is_shown() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "package-lock.json", lock(&[("wordless", "1.0.0")]));
    let printed = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_readiness"))
            .args(["audit", "--only", "vulnerabilities", "--advisories"])
            .arg(&database)
            .args(more)
            .current_dir(tree.path())
            .env("SOURCE_DATE_EPOCH", NOW.parse::<Timestamp>().unwrap().as_second().to_string())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(printed(&[]).contains("1 medium (hidden, --show medium)"));
    let explained = printed(&["--explain"]);
    assert!(
        explained.contains("GHSA-5555-5555-5555") && explained.contains("0 ≤ 1.0.0 [introduced 0]"),
        "{explained}"
    );
    assert!(!explained.contains("hidden"), "{explained}");
    let high = printed(&["--explain", "--show", "high"]);
    assert!(high.contains("1 medium (hidden, --show medium)"), "{high}");
}

#[test]
fn a_waiver_on_any_alias_covers_the_vulnerability() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "package-lock.json", lock(&[("left", "1.2.0"), ("known", "8.0.0")]));
    for (waiver, open) in [
        ("vulnerability: GHSA-4444-4444-4444", 1),
        ("vulnerability: cve-2026-0002", 1),
        ("vulnerability: CVE-2026-0002, package: 'pkg:npm/known'", 1),
        ("vulnerability: CVE-2026-0002, package: 'pkg:npm/known@8.0.0'", 1),
        ("vulnerability: CVE-2026-0002, package: 'pkg:npm/known@7.0.0'", 2),
        ("vulnerability: CVE-2026-0002, package: left", 2),
        ("vulnerability: CVE-2026-000", 2),
    ] {
        let text = format!("waivers:\n- {{{waiver}, reason: r, owner: o, expires: 2026-12-31}}\n");
        write(tree.path(), "readiness.yaml", text);
        let report = audit(tree.path(), &database);
        assert_eq!(findings(&report).filter(|finding| finding.is_open()).count(), open, "{waiver}");
    }
}

#[test]
fn only_what_is_new_since_a_report_or_a_revision_fails() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(tree.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"]);
    // A later file at another place, so that what moved is not taken for new.
    write(tree.path(), "app/package-lock.json", lock(&[("left", "1.1.0"), ("wordless", "1.0.0")]));
    git(&["add", "-A"]);
    git(&["commit", "-qm", "before"]);
    let before = audit(tree.path(), &database);
    let report = tree.path().join("before.json");
    write(tree.path(), "before.json", serde_json::to_vec(&before).unwrap());

    std::fs::remove_file(tree.path().join("app/package-lock.json")).unwrap();
    write(tree.path(), "package-lock.json", lock(&[("left", "1.1.0"), ("known", "8.0.0")]));
    for since in ["HEAD".to_owned(), report.display().to_string()] {
        let args = AuditArgs { since: Some(since.clone()), ..arguments(tree.path(), &database) };
        let now = audit_as(&args, NOW);
        let compared = now.since.as_ref().unwrap();
        assert_eq!((compared.introduced, compared.remaining), (1, 2), "{since}");
        let fixed: Vec<_> =
            compared.fixed.iter().map(|each| (each.package.as_str(), each.path.as_str())).collect();
        assert_eq!(fixed, [("wordless", "app/package-lock.json")], "{since}");
        assert_eq!(of(&now, "CVE-2026-0001").vulnerability.as_ref().unwrap().change, Some(Change::Remaining));
        assert_eq!(
            of(&now, "CVE-2026-0002").vulnerability.as_ref().unwrap().change,
            Some(Change::Introduced)
        );
        assert_eq!(now.verdict.exit_code, 1, "the critical one was there before; the new one is exploited");
    }
    write(tree.path(), "app/package-lock.json", "{");
    let args = AuditArgs { since: Some("HEAD".to_owned()), ..arguments(tree.path(), &database) };
    let blind = audit_as(&args, NOW);
    assert!(blind.since.unwrap().fixed.is_empty(), "a file that is not understood fixes nothing");
    for (since, problem) in
        [("no-such-revision", "git knows no such commit"), ("--upload-pack=x", "no revision")]
    {
        let args = AuditArgs { since: Some(since.to_owned()), ..arguments(tree.path(), &database) };
        let error = audit_report(&args, NOW.parse().unwrap(), &|_| None).unwrap_err();
        assert!(error.to_string().contains(problem), "{error}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (_folder, database) = database();
    let tree = tempfile::tempdir().unwrap();
    for folder in ["a", "b", "c", "d"] {
        write(
            tree.path(),
            &format!("{folder}/package-lock.json"),
            lock(&[("left", "1.0.0"), ("evil", "1.0.0")]),
        );
    }
    let once = serde_json::to_string(&audit(tree.path(), &database)).unwrap();
    for _ in 0..5 {
        assert_eq!(once, serde_json::to_string(&audit(tree.path(), &database)).unwrap());
    }
}
