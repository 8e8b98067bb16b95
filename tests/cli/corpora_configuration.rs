//! Manifests, compose files and workflows of real projects: none of them is application configuration.

use std::path::Path;

use readiness::audit::Settings;

use super::support::{audit_with, corpora, repository};

/// How many files of a folder the check takes for application configuration.
fn taken(folder: &Path) -> u64 {
    assert!(folder.is_dir(), "{} is missing", folder.display());
    let outcome = audit_with(folder, &["configuration"], &Settings::default());
    outcome.checks.iter().map(|check| check.coverage.count("profiles")).sum()
}

#[test]
fn infrastructure_is_no_application_configuration() {
    // The count can be other than nought.
    assert!(taken(&repository("fixtures/rules/CFG-001/bad")) >= 4);
    let Some(corpora) = corpora("corpora_configuration") else { return };
    for folder in [
        "gha",
        "config/kics/k8s",
        "config/kics/dockerCompose",
        "config/kics/cicd",
        "config/checkov",
        "config/kube-linter",
        "config/pod-security",
        "config/real",
    ] {
        let folder = corpora.join(folder);
        assert_eq!(taken(&folder), 0, "{}", folder.display());
    }
}
