use std::path::Path;

use super::*;
use crate::engine::{self, Progress, Started};
use crate::report::{CheckReport, Finding};

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn audit(tree: &Path, settings: Settings) -> CheckReport {
    let all = super::super::Settings { configuration: settings, ..super::super::Settings::default() };
    let started = vec![Started { check: &CHECK, start: start(&all) }];
    let mut outcome = engine::run(tree, &engine::Settings::default(), started, &Progress::default()).unwrap();
    outcome.checks.remove(0)
}

fn audit_text(name: &str, text: &str) -> CheckReport {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), name, text);
    audit(tree.path(), Settings::default())
}

fn places(report: &CheckReport) -> Vec<(&str, u32, u32)> {
    let place = |finding: &Finding| finding.location.region().map_or((0, 0), |at| (at.line, at.column));
    report
        .findings
        .iter()
        .map(|finding| {
            let (line, column) = place(finding);
            (finding.rule.as_str(), line, column)
        })
        .collect()
}

/// The examples that rules show are what they say.
#[test]
fn examples_of_rules_hold() {
    for rule in (CHECK.rules)() {
        for (example, expected) in [(&rule.bad, true), (&rule.good, false)] {
            let Some(example) = example else { continue };
            let name = if example.contains('=') { ".env.production" } else { "shop-production.yml" };
            let tree = tempfile::tempdir().unwrap();
            write(tree.path(), name, example);
            let report = audit(tree.path(), Settings { files: vec![name.to_owned()], ..Settings::default() });
            let found = report.findings.iter().any(|finding| finding.rule == rule.id);
            assert_eq!(found, expected, "{}: {example}", rule.id);
        }
    }
}

#[test]
fn findings_stand_at_the_value() {
    let report = audit_text(
        "production.yaml",
        "server:\n  port: 80\n  tls: {enabled: no}\n  cookie:\n    secure: \"false\"\n",
    );
    assert_eq!(places(&report), [("CFG-019", 3, 18), ("CFG-025", 5, 13)]);
    let report = audit_text("web.env", "A=1\nexport SESSION_COOKIE_SECURE=False # really\n");
    assert_eq!(places(&report), [("CFG-025", 2, 30)]);
}

#[test]
fn no_report_shows_a_secret() {
    let report = audit_text(
        ".env",
        "A_SALT=x\nMASTER_KEY=correct horse\nDATABASE_URL=mysql://a:horse-battery@db/x\nDB_PASSWORD=staple\n",
    );
    assert_eq!(report.findings.len(), 3);
    let text = serde_json::to_string(&report.findings).unwrap();
    for secret in ["horse", "battery", "staple"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn required_variables_come_from_profiles_or_the_environment() {
    let settings = |environment: &[(&str, &str)]| Settings {
        required_env: ["DB_URL", "API_KEY", "REGION"].map(str::to_owned).to_vec(),
        environment: Environment::new(environment.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))),
        ..Settings::default()
    };
    let tree = tempfile::tempdir().unwrap();
    // Nothing is read: all are missing, except those of the environment.
    let report = audit(tree.path(), settings(&[("REGION", "eu"), ("API_KEY", "<key>")]));
    assert_eq!(report.findings.len(), 2);
    assert_eq!(report.status, Status::Failed);
    // An empty value, a placeholder, an example and a profile for development give none.
    write(tree.path(), ".env", "DB_URL=\nREGION=eu\n");
    write(tree.path(), ".env.example", "DB_URL=mysql://db\n");
    write(tree.path(), ".env.development", "API_KEY=${KEY}\n");
    let report = audit(tree.path(), settings(&[]));
    assert_eq!(report.findings.len(), 2, "{:?}", report.findings);
    write(tree.path(), ".env.production", "DB_URL=db://db\nAPI_KEY=${KEY_OF_THE_PLATFORM}\n");
    assert_eq!(audit(tree.path(), settings(&[])).status, Status::Passed);
    assert!(!format!("{:?}", settings(&[("REGION", "eu-west")])).contains("eu-west"));
}

#[test]
fn files_that_the_user_names_count_whatever_they_look_like() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "deploy/values.yaml", "debug: true\n");
    write(tree.path(), "deploy/shop.conf", "debug = true\n");
    assert!(matches!(audit(tree.path(), Settings::default()).status, Status::NotApplicable { .. }));
    let files = vec!["deploy/*".to_owned()];
    let report = audit(tree.path(), Settings { files, ..Settings::default() });
    assert_eq!(places(&report), [("CFG-015", 1, 9), ("CFG-015", 1, 8)]);
    let files = vec!["absent/*.yaml".to_owned()];
    let report = audit(tree.path(), Settings { files, ..Settings::default() });
    assert!(matches!(report.status, Status::NotEvaluated { .. }), "{:?}", report.status);
    assert_eq!(report.coverage.left_out[0].paths, ["absent/*.yaml"]);
    let files = vec!["deploy/[".to_owned()];
    let report = audit(tree.path(), Settings { files, ..Settings::default() });
    assert!(matches!(report.status, Status::Errored { .. }));
}

#[test]
fn a_named_file_that_does_not_parse_is_an_error_with_its_place() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "a/shop.yaml", "debug: true\n  x: [\n");
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "shop.json", "{\n  \"debug\": true,\n}x");
    let named = vec![
        tree.path().join("a/shop.yaml").canonicalize().unwrap(),
        outside.path().join("shop.json").canonicalize().unwrap(),
        outside.path().join("absent.json"),
    ];
    let report = audit(tree.path(), Settings { named, ..Settings::default() });
    let Status::Errored { reason } = &report.status else { panic!("{:?}", report.status) };
    assert!(
        reason.contains("a/shop.yaml:2:")
            && reason.contains("shop.json:3:")
            && reason.contains("absent.json"),
        "{reason}"
    );
}

#[test]
fn a_named_file_outside_the_tree_is_looked_at() {
    let tree = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "shop.json", "{\n  \"debug\": true\n}");
    let named = vec![outside.path().join("shop.json").canonicalize().unwrap()];
    let report = audit(tree.path(), Settings { named, ..Settings::default() });
    assert_eq!(places(&report), [("CFG-015", 2, 1)]);
    assert!(report.findings[0].message.contains("column 12"), "{}", report.findings[0].message);
}

#[test]
fn a_recognised_file_that_does_not_parse_is_left_out_with_its_place() {
    let report = audit_text("application.yml", "debug: true\n  x: [\n");
    assert!(matches!(report.status, Status::NotEvaluated { .. }), "{:?}", report.status);
    let left = &report.coverage.left_out[0];
    assert_eq!(left.kind, LeftOutKind::Unparsable);
    assert!(left.reason.starts_with("2:"), "{}", left.reason);
}

#[test]
fn profiles_for_development_get_one_note() {
    let report = audit_text("application-dev.yml", "debug: true\nspring: {h2: {console: {enabled: true}}}\n");
    assert_eq!(places(&report), [("CFG-045", 1, 8)]);
    assert!(report.findings[0].message.contains("(CFG-015, CFG-032)"), "{}", report.findings[0].message);
}

#[test]
fn hostile_profiles_cost_little() {
    let wide: String = (0..40_000).map(|at| format!("DB_PASSWORD_{at}=admin\n")).collect();
    let deep = format!("{}1{}", "{\"jwt\":".repeat(60), "}".repeat(60));
    let long = format!("{}: true\n", "a_".repeat(500_000));
    for (name, text) in [(".env", &wide), ("application.json", &deep), ("application.yml", &long)] {
        let begun = std::time::Instant::now();
        audit_text(name, text);
        assert!(begun.elapsed().as_secs() < 20, "{name}");
    }
}

#[test]
fn bare_numbers_are_read_as_people_mean_them() {
    for (value, expected) in [
        ("900", None),
        ("3600000", None),
        ("7200000", Some("CFG-006")),
        ("86400", Some("CFG-006")),
        ("86400000", Some("CFG-006")),
        ("604800", Some("CFG-005")),
        ("604800000", Some("CFG-005")),
        ("31536000", Some("CFG-005")),
    ] {
        let report = audit_text(".env", &format!("JWT_EXPIRATION={value}\n"));
        assert_eq!(report.findings.first().map(|finding| finding.rule.as_str()), expected, "{value}");
    }
}

/// The environment can satisfy the variables, but not stand for profiles that nobody could read.
#[test]
fn unreadable_profiles_are_not_made_up_for_by_the_environment() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "shop-production.yml", "a: [1\n");
    let settings = Settings {
        files: vec!["shop-production.yml".to_owned()],
        required_env: vec!["REGION".to_owned()],
        environment: Environment::new([("REGION".to_owned(), "eu-west-1".to_owned())]),
        ..Settings::default()
    };
    assert!(matches!(
        audit(tree.path(), settings).status,
        Status::NotEvaluated { .. } | Status::Errored { .. }
    ));
}
