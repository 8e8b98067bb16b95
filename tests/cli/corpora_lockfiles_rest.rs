//! Lock files of PHP and workflows of other projects with the results that other tools have for them, read from the
//! corpora folder when `READINESS_CORPORA` names it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use readiness::formats::ecosystem::Family;
use readiness::formats::lockfile::{self, Kind};
use serde_json::Value;

use super::support::corpora;

#[test]
fn packagist_packages() {
    let Some(corpora) = corpora("packagist_packages") else { return };
    let folder = corpora.join("vuln/lockfiles/Packagist/BookStack-v0.26.4");
    let oracle: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let lock =
        lockfile::parse(Kind::Composer, &std::fs::read(folder.join("composer.lock")).unwrap()).unwrap();
    let ours: BTreeSet<(&str, &str)> =
        lock.packages.iter().map(|one| (one.name.as_str(), one.version.as_deref().unwrap())).collect();
    let expected: BTreeSet<(&str, &str)> = oracle["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["package"].as_str().unwrap(), one["version"].as_str().unwrap()))
        .collect();
    let missed: Vec<_> = expected.difference(&ours).collect();
    eprintln!("Packagist: {} of {} packages", expected.len() - missed.len(), expected.len());
    assert!(missed.is_empty() && !expected.is_empty(), "{missed:?}");
    assert_eq!(Some(lock.packages.len() as u64), oracle["packages_in_lock"].as_u64());
    assert_eq!(lock.left_out, []);
}

fn workflows(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            workflows(&path, files);
        } else if path.extension().is_some_and(|end| end == "yml" || end == "yaml") {
            files.push(path);
        }
    }
}

/// A folder, its files that have `jobs` or `runs`, and the actions that they use, local ones aside; counted with another
/// reader of YAML (`PyYAML`). Of the invalid files, one uses an empty name, which counts here.
const USES: &[(&str, usize, usize)] =
    &[("real", 92, 416), ("zizmor", 56, 74), ("actionlint-ok", 38, 7), ("actionlint-err", 48, 22)];

#[test]
fn actions_that_workflows_use() {
    let Some(corpora) = corpora("actions_that_workflows_use") else { return };
    for (folder, files, uses) in USES {
        let mut paths = Vec::new();
        workflows(&corpora.join("gha").join(folder), &mut paths);
        let (mut read, mut used, mut exact) = (0, 0, 0);
        for path in paths {
            // Configuration of other tools stands between the workflows, and has no jobs.
            let Ok(lock) = lockfile::parse(Kind::Workflow, &std::fs::read(&path).unwrap()) else { continue };
            read += 1;
            let of_actions = |family: &Family| *family == Family::GitHubActions;
            let actions: Vec<_> = lock
                .packages
                .iter()
                .filter(|one| one.ecosystem.as_ref().is_some_and(|known| of_actions(&known.family)))
                .collect();
            let unnamed = ["no repository", "a name that holds an expression", "a name that is no text"];
            used += actions.len() + lock.left_out.iter().filter(|one| unnamed.contains(&one.reason)).count();
            exact += actions.iter().filter(|one| one.version.is_some()).count();
        }
        eprintln!(
            "{folder}: {used} of {uses} uses in {read} of {files} files, {exact} with an exact version"
        );
        assert_eq!((read, used), (*files, *uses), "{folder}");
    }
}
