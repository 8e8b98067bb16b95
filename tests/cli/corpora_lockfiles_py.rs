//! Lock files of Python and Go projects with what an oracle found in them: every package that it names is read, and the
//! number of packages is the one it counted.

use std::collections::BTreeSet;
use std::path::Path;

use readiness::formats::ecosystem::Family;
use readiness::formats::lockfile::{self, Kind, Lockfile};
use readiness::formats::package::Origin;
use serde_json::Value;

use super::support::corpora;

/// The lock file of a folder, read.
fn read(folder: &Path) -> Lockfile {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if let Some(kind) = Kind::of_path(path.file_name().unwrap().to_str().unwrap()) {
            return lockfile::parse(kind, &std::fs::read(&path).unwrap()).unwrap();
        }
    }
    panic!("{} holds no lock file", folder.display());
}

#[test]
fn packages_of_real_lock_files() {
    let Some(corpora) = corpora("packages_of_real_lock_files") else { return };
    let (mut files, mut named, mut met, mut packages) = (0, 0, 0, 0);
    for (ecosystem, family) in [("PyPI", Family::PyPi), ("Go", Family::Go)] {
        for entry in std::fs::read_dir(corpora.join("vuln/lockfiles").join(ecosystem)).unwrap() {
            let folder = entry.unwrap().path();
            let oracle: Value =
                serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
            let lock = read(&folder);
            let pinned: Vec<(String, &str)> = lock
                .packages
                .iter()
                .filter(|one| one.origin != Origin::Own)
                .filter_map(|one| Some((family.normal_name(&one.name).into_owned(), one.version.as_deref()?)))
                .collect();
            let expected: BTreeSet<(String, &str)> = oracle["findings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| {
                    let name = family.normal_name(one["package"].as_str().unwrap()).into_owned();
                    (name, one["version"].as_str().unwrap())
                })
                .collect();
            let missed: Vec<_> = expected.iter().filter(|one| !pinned.contains(one)).collect();
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            assert!(missed.is_empty(), "{name}: {missed:?}");
            assert_eq!(pinned.len() as u64, oracle["packages_in_lock"].as_u64().unwrap(), "{name}");
            assert!(lock.packages.iter().all(|one| one.line > 0), "{name}");
            (files, named) = (files + 1, named + expected.len());
            (met, packages) = (met + expected.len() - missed.len(), packages + pinned.len());
        }
    }
    eprintln!(
        "lock files of Python and Go: {met} of {named} affected packages, {packages} packages in {files} files"
    );
    assert!(files >= 9 && named >= 60, "the corpora shrank");
}
