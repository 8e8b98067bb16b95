//! VEX in and out, over packages that the built-in list knows.

use std::path::{Path, PathBuf};
use std::process::Output;

use jiff::Timestamp;
use readiness::cli::AuditArgs;
use readiness::commands::audit_report;
use readiness::formats::openvex::{self, Status};
use readiness::report::{Report, SuppressionKind, WaiverState};

use super::support::{self, NOW, findings, write};

const LOG4J: &str = "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1";
const LOG4SHELL: &str = "CVE-2021-44228";
const UA: &str = "pkg:npm/ua-parser-js@0.7.29";

/// A project that uses a vulnerable package of Maven and a malicious one of npm.
fn tree() -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("tree").tempdir().unwrap();
    write(
        folder.path(),
        "pom.xml",
        "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>app</artifactId>
<version>1.0</version><dependencies><dependency><groupId>org.apache.logging.log4j</groupId>
<artifactId>log4j-core</artifactId><version>2.14.1</version></dependency></dependencies></project>",
    );
    write(
        folder.path(),
        "web/package-lock.json",
        r#"{"name": "web", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "web", "version": "1.0.0",
"dependencies": {"ua-parser-js": "0.7.29"}}, "node_modules/ua-parser-js": {"version": "0.7.29",
"resolved": "https://example.org/ua-parser-js-0.7.29.tgz", "integrity": "sha512-AAAA"}}}"#,
    );
    folder
}

fn document(statements: &str) -> String {
    format!(
        r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/vex-1",
"author": "vendor@example.org", "timestamp": "2026-01-02T03:04:05Z", "version": 1, "statements": [{statements}]}}"#
    )
}

fn statement(id: &str, product: &str, rest: &str) -> String {
    format!(r#"{{"vulnerability": {{"name": "{id}"}}, "products": [{product}], {rest}}}"#)
}

fn product(purl: &str) -> String {
    format!(r#"{{"@id": "{purl}"}}"#)
}

const HARMLESS: &str = r#""status": "not_affected", "justification": "vulnerable_code_not_in_execute_path",
"impact_statement": "lookups are switched off""#;

fn audit(tree: &Path, vex: &[PathBuf], change: impl FnOnce(&mut AuditArgs)) -> Report {
    let mut args = AuditArgs {
        path: Some(tree.to_owned()),
        only: vec!["vulnerabilities".to_owned()],
        vex: vex.to_vec(),
        ..AuditArgs::default()
    };
    change(&mut args);
    audit_report(&args, Timestamp::from_second(NOW).unwrap(), &|_| None).unwrap()
}

/// Vulnerability and package of what is waived.
fn waived(report: &Report) -> Vec<(String, String)> {
    let covered = findings(report).filter(|finding| !finding.is_open());
    let mut covered: Vec<_> = covered
        .filter_map(|finding| finding.vulnerability.as_deref())
        .map(|known| (known.id.clone(), known.package.name.clone()))
        .collect();
    covered.sort();
    covered
}

fn log4shell() -> Vec<(String, String)> {
    vec![(LOG4SHELL.to_owned(), "org.apache.logging.log4j:log4j-core".to_owned())]
}

/// What a document waives in the tree, the document outside of it.
fn waived_by(contents: &str) -> Vec<(String, String)> {
    let (tree, outside) = (tree(), tempfile::tempdir().unwrap());
    write(outside.path(), "vex.json", contents);
    waived(&audit(tree.path(), &[outside.path().join("vex.json")], |_| {}))
}

#[test]
fn a_statement_waives_and_says_why() {
    let (tree, outside) = (tree(), tempfile::tempdir().unwrap());
    let idle = statement("CVE-2000-1", &product("pkg:npm/other"), HARMLESS);
    let bad = statement("CVE-2000-2", &product("pkg:npm/other"), r#""status": "not_affected""#);
    let good = statement(LOG4SHELL, &product(LOG4J), HARMLESS);
    write(outside.path(), "vex.json", document(&[idle.clone(), idle, bad, good].join(",")));
    let report = audit(tree.path(), &[outside.path().join("vex.json")], |_| {});
    assert_eq!(waived(&report), log4shell());
    let cover = findings(&report).find_map(|finding| finding.suppression.as_ref()).unwrap();
    assert_eq!(cover.kind, SuppressionKind::Vex);
    assert_eq!(cover.reason, "lookups are switched off");
    assert_eq!(cover.owner.as_deref(), Some("vendor@example.org"));
    assert_eq!(cover.justification.as_deref(), Some("vulnerable_code_not_in_execute_path"));
    // One line for the statement in use, one for all others.
    let rows: Vec<_> =
        report.waivers.iter().map(|row| (row.state, row.findings, row.reason.as_str())).collect();
    let others = "2 about nothing that was found, 1 faulty";
    assert_eq!(
        rows,
        [(WaiverState::Unused, 0, others), (WaiverState::Active, 1, "lookups are switched off")]
    );
}

#[test]
fn what_a_statement_covers() {
    let everything = [
        ("another id", statement("CVE-2021-4422", &product(LOG4J), HARMLESS), false),
        ("an alias", statement("GHSA-jfh8-c2jp-5v3q", &product(LOG4J), HARMLESS), true),
        (
            "its own alias",
            format!(
                r#"{{"vulnerability": {{"name": "X-1", "aliases": ["{LOG4SHELL}"]}}, "products": [{}], {HARMLESS}}}"#,
                product(LOG4J)
            ),
            true,
        ),
        ("every version", statement(LOG4SHELL, &product(LOG4J.split('@').next().unwrap()), HARMLESS), true),
        (
            "another version",
            statement(LOG4SHELL, &product(&LOG4J.replace("2.14.1", "2.14.0")), HARMLESS),
            false,
        ),
        ("fixed", statement(LOG4SHELL, &product(LOG4J), r#""status": "fixed""#), true),
        (
            "affected",
            statement(LOG4SHELL, &product(LOG4J), r#""status": "affected", "action_statement": "x""#),
            false,
        ),
        (
            "under investigation",
            statement(LOG4SHELL, &product(LOG4J), r#""status": "under_investigation""#),
            false,
        ),
        ("no reason", statement(LOG4SHELL, &product(LOG4J), r#""status": "not_affected""#), false),
        ("no product", format!(r#"{{"vulnerability": {{"name": "{LOG4SHELL}"}}, {HARMLESS}}}"#), false),
        (
            "a part of an image",
            statement(
                LOG4SHELL,
                &format!(r#"{{"@id": "pkg:oci/app", "subcomponents": [{}]}}"#, product(LOG4J)),
                HARMLESS,
            ),
            true,
        ),
        (
            "an identifier",
            statement(
                LOG4SHELL,
                &format!(r#"{{"@id": "https://example.org/l", "identifiers": {{"purl": "{LOG4J}"}}}}"#),
                HARMLESS,
            ),
            true,
        ),
        (
            "a part as seen by the makers of a dependency",
            statement(
                LOG4SHELL,
                &format!(r#"{{"@id": "pkg:npm/ua-parser-js", "subcomponents": [{}]}}"#, product(LOG4J)),
                HARMLESS,
            ),
            false,
        ),
    ];
    for (name, statement, covers) in everything {
        let expected = if covers { log4shell() } else { Vec::new() };
        assert_eq!(waived_by(&document(&statement)), expected, "{name}");
    }
}

#[test]
fn a_later_word_undoes_an_earlier_one() {
    let (tree, outside) = (tree(), tempfile::tempdir().unwrap());
    let good = statement(LOG4SHELL, &product(LOG4J), HARMLESS);
    // Without an action it breaks the standard, and its meaning is still clear.
    let later = r#""status": "affected", "timestamp": "2026-02-01T00:00:00Z""#;
    write(outside.path(), "one.json", document(&good));
    write(outside.path(), "two.json", document(&statement("GHSA-jfh8-c2jp-5v3q", &product(LOG4J), later)));
    let (one, two) = (outside.path().join("one.json"), outside.path().join("two.json"));
    assert_eq!(waived(&audit(tree.path(), std::slice::from_ref(&one), |_| {})), log4shell());
    assert_eq!(waived(&audit(tree.path(), &[one.clone(), two.clone()], |_| {})), []);
    assert_eq!(waived(&audit(tree.path(), &[two, one], |_| {})), []);
}

#[test]
fn a_tree_that_is_not_trusted_cannot_speak_for_itself() {
    let (tree, outside) = (tree(), tempfile::tempdir().unwrap());
    let contents = document(&statement(LOG4SHELL, &product(LOG4J), HARMLESS));
    write(tree.path(), "vex/app.json", &contents);
    write(tree.path(), "readiness.yaml", "vulnerabilities:\n  vex: [vex/app.json]\n");
    write(outside.path(), "vex.json", &contents);
    assert_eq!(waived(&audit(tree.path(), &[], |_| {})), log4shell());
    for named in [vec![], vec![tree.path().join("vex/app.json")]] {
        let report = audit(tree.path(), &named, |args| args.no_tree_config = true);
        assert_eq!(waived(&report), []);
        let shown = findings(&report).find_map(|finding| finding.suppression.as_ref()).unwrap();
        assert!(!shown.in_force && shown.kind == SuppressionKind::Vex);
        assert!(report.waivers.iter().all(|row| row.state == WaiverState::Untrusted));
    }
    let report = audit(tree.path(), &[outside.path().join("vex.json")], |args| args.no_tree_config = true);
    assert_eq!(waived(&report), log4shell());
}

#[test]
fn analyses_of_cyclonedx() {
    let bom = |analysis: &str, affects: &str| {
        format!(
            r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
"metadata": {{"timestamp": "2026-01-02T03:04:05Z", "component": {{"type": "application", "bom-ref": "app", "name": "app"}}}},
"components": [{{"type": "library", "bom-ref": "l", "name": "log4j-core", "version": "2.14.1", "purl": "{LOG4J}"}}],
"vulnerabilities": [{{"id": "{LOG4SHELL}", "analysis": {{{analysis}}}, "affects": [{{"ref": "{affects}"}}]}}]}}"#
        )
    };
    let link = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg%3Amaven/org.apache.logging.log4j/log4j-core%402.14.1";
    for (analysis, affects, covers) in [
        (r#""state": "not_affected", "justification": "code_not_reachable""#, "l", true),
        (r#""state": "not_affected", "detail": "no""#, "l", true),
        (r#""state": "not_affected""#, "l", false),
        (r#""state": "false_positive""#, "l", true),
        (r#""state": "resolved""#, "l", true),
        (r#""state": "resolved_with_pedigree""#, link, true),
        (r#""state": "resolved""#, "app", false),
        (r#""state": "exploitable""#, "l", false),
        (r#""state": "in_triage""#, "l", false),
    ] {
        let expected = if covers { log4shell() } else { Vec::new() };
        assert_eq!(waived_by(&bom(analysis, affects)), expected, "{analysis} {affects}");
    }
    // A statement about some versions says nothing of the others, and ranges of them are not compared.
    for (versions, covers) in [
        (r#"[{"version": "2.14.1", "status": "unaffected"}]"#, true),
        (r#"[{"version": "2.14.1"}]"#, true),
        (r#"[{"version": "2.14.1", "status": "affected"}]"#, false),
        (r#"[{"version": "2.14.0", "status": "unaffected"}]"#, false),
        (r#"[{"range": "vers:maven/<2.0", "status": "unaffected"}]"#, false),
        (r#"{"version": "2.14.0"}"#, false),
    ] {
        let of_some = bom(r#""state": "resolved""#, "l")
            .replace(r#"{"ref": "l"}"#, &format!(r#"{{"ref": "l", "versions": {versions}}}"#));
        let expected = if covers { log4shell() } else { Vec::new() };
        assert_eq!(waived_by(&of_some), expected, "{versions}");
    }
}

fn readiness(folder: &Path, arguments: &[&str]) -> Output {
    support::readiness(folder, &[&["audit", "--only", "vulnerabilities"], arguments].concat(), NOW)
}

#[test]
fn a_document_that_cannot_be_read_stops_the_run() {
    let tree = tree();
    write(tree.path(), "broken.json", "{\n\"@context\": oops}");
    write(tree.path(), "other.json", "{\"a\": 1}");
    // Which of the two states a reader takes is its own choice.
    write(
        tree.path(),
        "twice.json",
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "vulnerabilities": [{"id": "CVE-1",
"analysis": {"state": "exploitable", "state": "resolved"}, "affects": [{"ref": "pkg:npm/a"}]}]}"#,
    );
    for (file, place) in [
        ("twice.json", "twice.json:1: "),
        ("broken.json", "broken.json:2: "),
        ("other.json", "other.json:1: "),
        ("absent.json", "absent.json: "),
    ] {
        let output = readiness(tree.path(), &["--vex", file]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), said.contains(place)), (Some(4), true), "{said}");
        assert!(output.stdout.is_empty());
    }
    write(tree.path(), "readiness.yaml", "vulnerabilities: {vex: [other.json]}\n");
    assert_eq!(readiness(tree.path(), &[]).status.code(), Some(4));
    for arguments in [
        &["--vex-out", "-"][..],
        &["--vex-out", "absent/vex.json"],
        &["--vex-out", "a.json", "--json", "a.json"],
        &["--vex-out", "a.json", "--sbom", "a.json"],
    ] {
        let output = readiness(tree.path(), &[&["--no-tree-config"], arguments].concat());
        assert_eq!(output.status.code(), Some(4), "{arguments:?}");
    }
}

#[test]
fn what_is_written_waives_the_same_findings() {
    let tree = tree();
    let policy = format!(
        "waivers:
- {{vulnerability: {LOG4SHELL}, justification: inline_mitigations_already_exist, reason: Lookups are off., owner: o@example.org, expires: 2026-09-30}}
- {{vulnerability: CVE-2021-45046, package: '{LOG4J}', justification: vulnerable_code_not_in_execute_path, reason: Never reached., owner: o@example.org, expires: 2026-09-30}}
"
    );
    write(tree.path(), "policy.yaml", &policy);
    let first = audit(tree.path(), &[], |args| args.config = Some(tree.path().join("policy.yaml")));
    let output = readiness(tree.path(), &["--config", "policy.yaml", "--vex-out", "out.json"]);
    let again = readiness(tree.path(), &["--config", "policy.yaml", "--vex-out", "again.json"]);
    assert_eq!((output.status.code(), again.status.code()), (Some(2), Some(2)));
    let text = std::fs::read(tree.path().join("out.json")).unwrap();
    assert_eq!(text, std::fs::read(tree.path().join("again.json")).unwrap(), "identical bytes");

    let read = openvex::parse(&text).unwrap();
    assert_eq!((read.faults.len(), read.author.as_str()), (0, "o@example.org"));
    assert!(read.id.starts_with("https://openvex.dev/docs/public/vex-"));
    assert_eq!(read.moment.unwrap().as_second(), NOW);
    let of = |id: &str| read.statements.iter().find(|statement| statement.ids[0] == id).unwrap();
    let shell = of(LOG4SHELL);
    assert_eq!(shell.status, Status::NotAffected);
    assert_eq!(shell.justification.as_deref(), Some("inline_mitigations_already_exist"));
    assert_eq!(shell.notes.as_deref(), Some("answered for by o@example.org, until 2026-09-30"));
    assert!(shell.ids.contains(&"GHSA-jfh8-c2jp-5v3q".to_owned()));
    assert_eq!(shell.products[0].parts[0].id.as_deref(), Some(LOG4J));
    let second = of("CVE-2021-45046");
    assert_eq!(second.justification.as_deref(), Some("vulnerable_code_not_in_execute_path"));
    assert_eq!(second.impact.as_deref(), Some("Never reached."));
    let malicious =
        read.statements.iter().find(|one| one.products[0].parts[0].id.as_deref() == Some(UA)).unwrap();
    assert_eq!(malicious.status, Status::Affected);
    assert!(malicious.action.as_deref().unwrap().contains("ua-parser-js"));

    assert_eq!(waived(&first).len(), 2);
    let by_vex = audit(tree.path(), &[tree.path().join("out.json")], |_| {});
    assert_eq!(waived(&by_vex), waived(&first));

    // What VEX waived is said again as it was said, with its time.
    std::fs::copy(tree.path().join("out.json"), tree.path().join("in.json")).unwrap();
    write(
        tree.path(),
        "in.json",
        document(&statement(LOG4SHELL, &product(LOG4J), r#""status": "fixed", "status_notes": "patched""#)),
    );
    readiness(tree.path(), &["--vex", "in.json", "--vex-out", "out.json"]);
    let read = openvex::parse(&std::fs::read(tree.path().join("out.json")).unwrap()).unwrap();
    let shell = read.statements.iter().find(|statement| statement.ids[0] == LOG4SHELL).unwrap();
    assert_eq!(
        (shell.status, shell.notes.as_deref()),
        (Status::Fixed, Some("as stated by vendor@example.org"))
    );
    assert_eq!(shell.moment.unwrap().to_string(), "2026-01-02T03:04:05Z");
}

#[test]
fn an_accepted_risk_is_not_said_to_do_no_harm() {
    let tree = tree();
    let policy = format!(
        "waivers:\n- {{vulnerability: {LOG4SHELL}, reason: Until the move., owner: o@example.org, expires: 2026-09-30}}\n"
    );
    write(tree.path(), "policy.yaml", &policy);
    let report = audit(tree.path(), &[], |args| args.config = Some(tree.path().join("policy.yaml")));
    assert_eq!(waived(&report).len(), 1);
    readiness(tree.path(), &["--config", "policy.yaml", "--vex-out", "out.json"]);
    let text = std::fs::read(tree.path().join("out.json")).unwrap();
    let read = openvex::parse(&text).unwrap();
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    let shell = read.statements.iter().find(|statement| statement.ids[0] == LOG4SHELL).unwrap();
    assert_eq!((shell.status, shell.justification.as_deref()), (Status::Affected, None));
    assert_eq!(shell.action.as_deref(), Some("The risk is accepted: Until the move."));
    assert_eq!(shell.notes.as_deref(), Some("answered for by o@example.org, until 2026-09-30"));
    let by_vex = audit(tree.path(), &[tree.path().join("out.json")], |_| {});
    assert!(waived(&by_vex).is_empty(), "it excuses nobody else");
}

/// What `--since` an earlier state says of a vulnerability that went with a version: its status and the packages.
fn since(tree: &Path, file: &str, versions: (&str, &str), id: &str) -> (Status, Vec<String>) {
    readiness(tree, &["--json", "then.json"]);
    let text = std::fs::read_to_string(tree.join(file)).unwrap();
    write(tree, file, text.replace(versions.0, versions.1));
    readiness(tree, &["--since", "then.json", "--vex-out", "out.json"]);
    let read = openvex::parse(&std::fs::read(tree.join("out.json")).unwrap()).unwrap();
    let told = read.statements.iter().find(|statement| statement.ids[0] == id).unwrap();
    (told.status, told.products[0].parts.iter().map(|part| part.id.clone().unwrap()).collect())
}

#[test]
fn what_is_gone_since_then_is_fixed_where_everything_was_judged() {
    let folder = tree();
    std::fs::remove_file(folder.path().join("pom.xml")).unwrap();
    // The version that had it is still affected by it: another one is named.
    let now = UA.replace("0.7.29", "0.7.30");
    let told = since(folder.path(), "web/package-lock.json", ("0.7.29", "0.7.30"), "GHSA-pjwm-rvh2-c87w");
    assert_eq!(told, (Status::Fixed, vec![now]));

    // What the dependencies of a project of Maven need in turn is not known.
    let folder = tree();
    let told = since(folder.path(), "pom.xml", ("2.14.1", "2.99.0"), LOG4SHELL);
    assert_eq!(told, (Status::UnderInvestigation, vec![LOG4J.replace("2.14.1", "2.99.0")]));
}

#[test]
fn the_project_is_a_product_with_all_its_parts() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let lock = std::fs::read_to_string(tree().path().join("web/package-lock.json")).unwrap();
    write(folder.path(), "package-lock.json", lock);
    let part = product(UA);
    for (product, covers) in [
        (product("pkg:npm/web@1.0.0"), true),
        (product("pkg:npm/web"), true),
        (product("pkg:npm/web@2.0.0"), false),
        (product("pkg:npm/website"), false),
        (format!(r#"{{"@id": "pkg:npm/web@1.0.0", "subcomponents": [{part}]}}"#), true),
        (format!(r#"{{"@id": "pkg:npm/web@2.0.0", "subcomponents": [{part}]}}"#), false),
        (r#"{"@id": "pkg:npm/web", "subcomponents": [{"@id": "pkg:npm/other"}]}"#.to_owned(), false),
    ] {
        let contents = document(&statement("GHSA-pjwm-rvh2-c87w", &product, HARMLESS));
        write(outside.path(), "vex.json", contents);
        let report = audit(folder.path(), &[outside.path().join("vex.json")], |_| {});
        assert_eq!(waived(&report).len(), usize::from(covers), "{product}");
    }
    readiness(folder.path(), &["--vex-out", "out.json"]);
    let read = openvex::parse(&std::fs::read(folder.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(read.statements[0].products[0].whole.id.as_deref(), Some("pkg:npm/web@1.0.0"));
}

#[test]
fn no_document_without_a_statement() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "a.txt", "nothing");
    let output = readiness(tree.path(), &["--vex-out", "out.json"]);
    assert!(!tree.path().join("out.json").exists());
    assert!(String::from_utf8_lossy(&output.stderr).contains("out.json was not written"));
}
