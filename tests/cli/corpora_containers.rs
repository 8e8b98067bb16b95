//! Container files of other projects with the results that their tools expect, read from the corpora folder when
//! `READINESS_CORPORA` names it. Scores are printed and held to a floor.

use std::collections::BTreeSet;
use std::path::Path;

use readiness::formats::containerfile;
use serde_json::Value;

use super::support::{audit, corpora, findings};

/// Which of our rules answers a query of KICS. An empty list: none does, because the number of
/// layers is no concern of a release.
const KICS: &[(&str, &[&str])] = &[
    ("apk_add_using_local_cache_path", &["CTR-029"]),
    ("apt_get_install_lists_were_not_deleted", &["CTR-028"]),
    ("apt_get_install_pin_version_not_defined", &["CTR-023"]),
    ("apt_get_not_avoiding_additional_packages", &["CTR-022"]),
    ("changing_default_shell_using_run_command", &["CTR-047"]),
    ("gem_install_without_version", &["CTR-024"]),
    ("image_version_using_latest", &["CTR-005"]),
    ("maintainer_instruction_being_used", &["CTR-043"]),
    ("missing_user_instruction", &["CTR-001", "CTR-002", "CTR-003", "CTR-049"]),
    ("missing_version_specification_in_dnf_install", &["CTR-023"]),
    ("multiple_cmd_instructions_listed", &["CTR-039"]),
    ("multiple_run_add_copy_instructions_listed", &[]),
    ("npm_install_without_pinned_version", &["CTR-024"]),
    ("pip_install_keeping_cached_packages", &["CTR-030"]),
    ("run_command_cd_instead_of_workdir", &["CTR-045"]),
    ("run_using_apt", &["CTR-026"]),
    ("run_utilities_and_posix_commands", &["CTR-046"]),
    ("same_alias_in_different_froms", &["CTR-007"]),
    ("unpinned_package_version_in_pip_install", &["CTR-024"]),
    ("using_unnamed_build_stages", &["CTR-008"]),
    ("yum_install_without_version", &["CTR-023"]),
    ("zypper_install_without_version", &["CTR-023"]),
];

/// Which of our rules answers a check of checkov.
const CHECKOV: &[(&str, &[&str])] = &[
    ("CKV_DOCKER_1", &["CTR-037"]),
    ("CKV_DOCKER_2", &["CTR-038"]),
    ("CKV_DOCKER_3", &["CTR-001", "CTR-002", "CTR-003", "CTR-004", "CTR-049"]),
    ("CKV_DOCKER_4", &["CTR-010", "CTR-011"]),
    ("CKV_DOCKER_5", &["CTR-021"]),
    ("CKV_DOCKER_7", &["CTR-005"]),
    ("CKV_DOCKER_8", &["CTR-001", "CTR-003"]),
    ("CKV_DOCKER_9", &["CTR-026"]),
    ("CKV_DOCKER_10", &["CTR-042"]),
    ("CKV2_DOCKER_1", &["CTR-031"]),
];

/// What we report of some rules: path, line of the finding, first line of the instruction that it stands in.
fn found(tree: &Path, rules: &[&str]) -> Vec<(String, u64, u64)> {
    let outcome = audit(tree, &["containers"]);
    findings(&outcome)
        .filter(|finding| rules.contains(&finding.rule.as_str()))
        .map(|finding| {
            let path = finding.location.path().unwrap().to_owned();
            let line = finding.location.region().unwrap().line;
            let parsed = containerfile::parse(&std::fs::read(tree.join(&path)).unwrap()).unwrap();
            let instructions = parsed.instructions();
            let start = instructions.iter().map(|one| one.line).filter(|start| *start <= line).max();
            (path, u64::from(line), u64::from(start.unwrap_or(line)))
        })
        .collect()
}

#[test]
fn kics_queries() {
    let Some(corpora) = corpora("kics_queries") else { return };
    let folder = corpora.join("config/kics/dockerfile");
    let (mut expected_places, mut met, mut exact, mut of_all, mut false_alarms, mut extra) =
        (0, 0, 0, 0, 0, 0);
    for (query, rules) in KICS {
        let tree = folder.join(query);
        let oracle: Value =
            serde_json::from_slice(&std::fs::read(tree.join("expected.json")).unwrap()).unwrap();
        let ours = found(&tree, rules);
        of_all += oracle["expected"].as_array().unwrap().len();
        // The same place may be expected once for each package; where no file is named, any positive one will do.
        let places: BTreeSet<(Option<&str>, u64, usize)> = oracle["expected"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(index, one)| {
                let file = one["fileName"].as_str();
                (file, one["line"].as_u64().unwrap(), if file.is_none() { index } else { 0 })
            })
            .collect();
        let mut left = ours.clone();
        let mut missed = Vec::new();
        for (file, line, _) in &places {
            let at = left.iter().position(|(path, own, start)| {
                file.map_or(path.starts_with("positive"), |file| file == path)
                    && (own == line || start == line)
            });
            match at {
                Some(at) => {
                    met += 1;
                    exact += usize::from(left[at].1 == *line);
                    let (path, _, start) = left[at].clone();
                    // Several commands of one instruction are one place for the oracle.
                    left.retain(|one| one.0 != path || one.2 != start);
                }
                None => missed.push((*file, *line)),
            }
        }
        expected_places += places.len();
        let wrong: Vec<_> = left.iter().filter(|one| one.0.starts_with("negative")).collect();
        let more: Vec<_> = left.iter().filter(|one| !one.0.starts_with("negative")).collect();
        false_alarms += wrong.len();
        extra += more.len();
        if !(missed.is_empty() && wrong.is_empty() && more.is_empty()) {
            eprintln!("{query}: missed {missed:?}, in negatives {wrong:?}, elsewhere {more:?}");
        }
    }
    let unmapped = KICS.iter().filter(|(_, rules)| rules.is_empty()).count();
    eprintln!(
        "KICS: {met} of {expected_places} places ({of_all} findings), {exact} at the very line; {false_alarms} in negatives, {extra} elsewhere; {unmapped} of {} queries unmapped",
        KICS.len()
    );
    assert_eq!(KICS.len(), std::fs::read_dir(folder).unwrap().count(), "a query is not in the list");
    assert!(met >= MET && exact >= EXACT, "recall fell");
    assert!(false_alarms <= FALSE_ALARMS, "precision fell");
    assert_eq!(extra, 0, "a finding in a positive file that is not expected there");
}

/// Floors and ceilings for the test above, as they were last measured.
const MET: usize = 54;
const EXACT: usize = 52;
const FALSE_ALARMS: usize = 1;

fn rules_of(check: &str) -> &'static [&'static str] {
    CHECKOV.iter().find(|(id, _)| *id == check).map_or(&[], |(_, rules)| rules)
}

#[test]
fn checkov_cases() {
    let Some(corpora) = corpora("checkov_cases") else { return };
    let folder = corpora.join("config/checkov/dockerfile");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let tree = entry.unwrap().path();
        let oracle: Value =
            serde_json::from_slice(&std::fs::read(tree.join("expected.json")).unwrap()).unwrap();
        let rules = rules_of(oracle["check_id"].as_str().unwrap());
        assert!(!rules.is_empty(), "{} is not in the list", oracle["check_id"]);
        let ours: BTreeSet<String> = found(&tree, rules).into_iter().map(|(path, ..)| path).collect();
        // A resource is the path with the instruction behind a dot.
        for (kind, expected) in [("passing_resources", false), ("failing_resources", true)] {
            for resource in oracle["expected"][0][kind].as_array().unwrap() {
                let (path, _) = resource.as_str().unwrap().trim_start_matches('/').rsplit_once('.').unwrap();
                cases += 1;
                if ours.contains(path) != expected {
                    wrong.push(format!("{}: {path} {kind}", oracle["check_id"]));
                }
            }
        }
    }
    eprintln!("checkov: {} of {cases} resources agree", cases - wrong.len());
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn checkov_on_real_files() {
    let Some(corpora) = corpora("checkov_on_real_files") else { return };
    let tree = corpora.join("config/real");
    let peer: Value =
        serde_json::from_slice(&std::fs::read(tree.join("PEER-checkov.json")).unwrap()).unwrap();
    let mut agreed = 0;
    // An image left at root and one set back to it are one rule of ours, so the second of the two is not compared.
    for (check, rules) in CHECKOV.iter().filter(|(check, _)| *check != "CKV_DOCKER_8") {
        let theirs: BTreeSet<&str> = peer
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["id"] == *check)
            .map(|finding| finding["file"].as_str().unwrap())
            .collect();
        let ours = found(&tree, rules);
        let ours: BTreeSet<&str> = ours.iter().map(|(path, ..)| path.as_str()).collect();
        agreed += theirs.intersection(&ours).count();
        eprintln!(
            "{check}: both {}, theirs alone {:?}, ours alone {:?}",
            theirs.intersection(&ours).count(),
            theirs.difference(&ours).collect::<Vec<_>>(),
            ours.difference(&theirs).collect::<Vec<_>>()
        );
    }
    assert!(agreed >= AGREED, "agreement fell to {agreed}");
}

/// Floor for the test above: files of which both say the same.
const AGREED: usize = 82;
