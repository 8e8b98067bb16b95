//! What a file is for, and what a stretch of it is for, as the findings of a whole tree tell.

use readiness::report::{PathRole, Severity};

use super::support::{audit, findings, write};

/// The rules found in a file, with their severities and roles.
fn found(path: &str, text: &str, only: &[&str]) -> Vec<(String, Severity, Option<PathRole>)> {
    let folder = tempfile::Builder::new().prefix("tree").tempdir().unwrap();
    write(folder.path(), path, text);
    let report = audit(folder.path(), only);
    findings(&report).map(|finding| (finding.rule.clone(), finding.severity, finding.role)).collect()
}

#[test]
fn a_workflow_is_no_test_by_its_name() {
    let text = "jobs:\n  a:\n    steps:\n      - run: curl -sSL https://get.example.net/x.sh | sh\n";
    let high = [("COD-001".to_owned(), Severity::High, None)];
    assert_eq!(found(".github/workflows/test.yml", text, &["code"]), high);
    assert_eq!(found(".github/workflows/ci.yml", text, &["code"]), high);
    let below = found("tests/.github/workflows/ci.yml", text, &["code"]);
    assert!(below.iter().all(|(_, _, role)| *role == Some(PathRole::Test)) && below.len() == 1);
}

#[test]
fn a_branch_that_a_setting_chose_is_an_option() {
    let rules = |path: &str, text: &str| -> Vec<String> {
        found(path, text, &["code"]).into_iter().map(|(rule, ..)| rule).collect()
    };
    let parsed = "package a\n\nfunc f(d *D, t *T) {\n\tswitch d.Val() {\n\tcase \"insecure_skip_verify\":\n\t\tif d.NextArg() {\n\t\t\treturn\n\t\t}\n\t\tif t.x == nil {\n\t\t\tt.x = new(X)\n\t\t}\n\t\tt.InsecureSkipVerify = true\n\t}\n}\n";
    assert_eq!(rules("a.go", parsed), ["COD-045"]);
    let matched = "fn f() {\n    let b = match security {\n        Security::Secure => b,\n        Security::Insecure => b.danger_accept_invalid_certs(true),\n    };\n}\n";
    assert_eq!(rules("a.rs", matched), ["COD-045"]);
    // Another branch, and no branch at all.
    let other = "package a\n\nfunc f(d *D, t *T) {\n\tswitch d.Val() {\n\tcase \"insecure_skip_verify\":\n\t\tt.y = 1\n\tcase \"timeout\":\n\t\tt.InsecureSkipVerify = true\n\t}\n}\n";
    assert_eq!(rules("a.go", other), ["COD-040"]);
    let plain = "fn f() {\n    let b = b.danger_accept_invalid_certs(true);\n}\n";
    assert_eq!(rules("a.rs", plain), ["COD-040"]);
}

#[test]
fn labels_of_translations_are_no_passwords() {
    let text = "{\n  \"demoTextFieldPassword\": \"Wagwoord*\"\n}\n";
    assert_eq!(found("lib/l10n/intl_af.arb", text, &["secrets"]), []);
    assert!(!found("lib/settings.json", text, &["secrets"]).is_empty());
}

#[test]
fn a_key_in_a_module_text_of_elixir_is_documentation() {
    let line = "        secret_key_base: \"kjoy3o1zeidquwy1398juxzldjlksahdk3\"\n";
    let text = format!("defmodule A do\n  @moduledoc \"\"\"\n      config :a,\n{line}\n  \"\"\"\nend\n");
    let shown = found("lib/a.ex", &text, &["secrets"]);
    assert!(
        !shown.is_empty() && shown.iter().all(|(_, _, role)| *role == Some(PathRole::Documentation)),
        "{shown:?}"
    );
    let used = found("lib/a.ex", &format!("defmodule A do\n{line}end\n"), &["secrets"]);
    assert!(!used.is_empty() && used.iter().all(|(_, _, role)| role.is_none()), "{used:?}");
}

#[test]
fn a_template_of_a_container_file_is_left_out_by_name() {
    let folder = tempfile::Builder::new().prefix("tree").tempdir().unwrap();
    write(folder.path(), "Dockerfile", "FROM scratch\nUSER 1000\n");
    write(folder.path(), "priv/Dockerfile.eex", "FROM <%= image %>\nRUN apt-get install curl\n");
    let report = audit(folder.path(), &["containers"]);
    let check = report.checks.iter().find(|check| check.id == "containers").unwrap();
    let left: Vec<(&str, &str)> =
        check.coverage.left_out.iter().map(|left| (left.reason.as_str(), left.paths[0].as_str())).collect();
    assert_eq!(left, [("a template, not a container file", "priv/Dockerfile.eex")]);
    assert!(findings(&report).all(|finding| finding.location.path() != Some("priv/Dockerfile.eex")));
}
