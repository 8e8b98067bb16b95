//! Every rule has `fixtures/rules/<ID>/bad` and `good`: bad must yield it, good must not. One snapshot over all fixtures
//! and all rules shows what else they yield, so that a new rule's false alarms are seen in review.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use readiness::report::{CheckReport, Finding};
use readiness::{catalog, perf};

use super::support::{audit, findings, repository};
use super::{
    baseline_case, measured_case, release_case, release_evidence_case, release_prepare_case, rollback_case,
};

/// The single cases in a folder: each entry of it is audited as a tree of its own, copied to where no path speaks of
/// fixtures or tests.
fn cases(folder: &Path) -> Vec<(String, tempfile::TempDir)> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    names.sort();
    names
        .iter()
        .map(|case| {
            let copy = tempfile::Builder::new().prefix("case").tempdir().unwrap();
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            // A folder is a tree; a file is a tree of one file.
            if case.is_dir() {
                copy_tree(case, copy.path());
                close_keys(copy.path());
            } else {
                fs::copy(case, copy.path().join(&name)).unwrap();
            }
            set_modes(copy.path());
            (name, copy)
        })
        .collect()
}

/// Sets the permissions that the file `.modes` of a case lists (`4755 path`): git keeps none but the execute bit.
fn set_modes(tree: &Path) {
    let list = tree.join(".modes");
    let Ok(text) = fs::read_to_string(&list) else { return };
    fs::remove_file(list).unwrap();
    #[cfg(unix)]
    for (mode, path) in text.lines().map(|line| line.split_once(' ').unwrap()) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::Permissions::from_mode(u32::from_str_radix(mode, 8).unwrap());
        fs::set_permissions(tree.join(path), mode).unwrap();
    }
}

/// Lets nobody but its owner read a key: git keeps no such modes. One called `open.key` is readable for everybody.
fn close_keys(tree: &Path) {
    #[cfg(unix)]
    for entry in fs::read_dir(tree).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "key") {
            let mode = if path.ends_with("open.key") { 0o644 } else { 0o600 };
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    }
}

fn copy_tree(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy_tree(&entry.path(), &target);
        } else if entry.file_type().unwrap().is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(entry.path()).unwrap(), target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What one case yields.
struct Outcome {
    rule: &'static str,
    bad: bool,
    case: String,
    /// Whether the rule's own check, alone, reports it: beside others, a severer rule may speak for it.
    reported: bool,
    /// What all checks together report: rule, path, line.
    found: Vec<(String, String, u32)>,
}

/// Every case of every rule, audited once.
static OUTCOMES: LazyLock<Vec<Outcome>> = LazyLock::new(|| {
    let mut outcomes = Vec::new();
    for (check, rule) in catalog::rules() {
        for bad in [true, false] {
            let folder = repository("fixtures/rules").join(&rule.id).join(if bad { "bad" } else { "good" });
            if let Some(judge) = judge_of(check.id) {
                outcomes.extend(described(&folder, judge, check.id, &rule.id, bad));
                continue;
            }
            for (case, tree) in cases(&folder) {
                let alone = audit(tree.path(), &[check.id]);
                let reported = findings(&alone).any(|finding| finding.rule == rule.id);
                let report = audit(tree.path(), &[]);
                let found = findings(&report).map(|finding| {
                    let line = finding.location.region().map_or(0, |region| region.line);
                    (finding.rule.clone(), finding.location.path().unwrap_or("").to_owned(), line)
                });
                outcomes.push(Outcome { rule: &rule.id, bad, case, reported, found: found.collect() });
            }
        }
    }
    outcomes
});

/// Who makes what a case describes, and lets the checks judge it.
type Judge = fn(&Path) -> Vec<CheckReport>;

/// The judge of a check that audits no tree; its cases are files that describe what is judged, each read by its own module.
fn judge_of(check: &str) -> Option<Judge> {
    if perf::checks::CHECKS.iter().any(|other| other.id == check) {
        return Some(measured_case::judge);
    }
    match check {
        "release" => Some(release_case::judge),
        "preparation" => Some(release_prepare_case::judge),
        "evidence" | "trail" => Some(release_evidence_case::judge),
        "baseline-probes"
        | "baseline-comparison"
        | "baseline-history"
        | "baseline-drift"
        | "modules"
        | "data-files" => Some(baseline_case::judge),
        "rollback-point" | "restore" | "rollback-plan" | "rehearsal" => Some(rollback_case::judge),
        _ => None,
    }
}

/// The cases of a rule over what a file describes: numbers of a measurement, what was done to a release.
fn described(folder: &Path, judge: Judge, check: &str, rule: &'static str, bad: bool) -> Vec<Outcome> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    paths.sort();
    let outcome = |path: std::path::PathBuf| {
        let reports = judge(&path);
        let said = || reports.iter().flat_map(|report| report.findings.iter().map(move |of| (report, of)));
        let place =
            |found: &Finding| found.location.path().or(found.location.part()).unwrap_or_default().to_owned();
        Outcome {
            rule,
            bad,
            case: path.file_name().unwrap().to_string_lossy().into_owned(),
            reported: said().any(|(report, found)| report.id == check && found.rule == rule),
            found: said().map(|(_, found)| (found.rule.clone(), place(found), 0)).collect(),
        }
    };
    paths.into_iter().map(outcome).collect()
}

#[test]
fn every_rule_finds_its_bad_and_spares_its_good() {
    let mut problems = Vec::new();
    for (_, rule) in catalog::rules() {
        for bad in [true, false] {
            if !OUTCOMES.iter().any(|outcome| outcome.rule == rule.id && outcome.bad == bad) {
                problems.push(format!("{}: no {} case", rule.id, if bad { "bad" } else { "good" }));
            }
        }
    }
    for Outcome { rule, bad, case, reported, .. } in &*OUTCOMES {
        if reported != bad {
            problems.push(format!(
                "{rule} {}",
                if *bad {
                    format!("is not found in bad/{case}")
                } else {
                    format!("is reported in good/{case}")
                }
            ));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn fixtures_belong_to_rules() {
    let known: BTreeSet<&str> = catalog::rules().map(|(_, rule)| rule.id.as_str()).collect();
    for entry in fs::read_dir(repository("fixtures/rules")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(known.contains(name.as_str()), "fixtures/rules/{name}: no such rule");
    }
}

#[test]
fn all_rules_over_all_fixtures() {
    let mut lines = Vec::new();
    for Outcome { rule, bad, case, found, .. } in &*OUTCOMES {
        let kind = if *bad { "bad" } else { "good" };
        lines.extend(
            found
                .iter()
                .map(|(reported, path, line)| format!("{rule}/{kind}/{case}: {reported} {path}:{line}")),
        );
    }
    insta::assert_snapshot!(lines.join("\n"));
}
