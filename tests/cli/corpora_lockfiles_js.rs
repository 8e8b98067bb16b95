//! Real lock files of crates and of npm's world, read from the corpora folder when `READINESS_CORPORA` names it. Every
//! package that a scanner reported must be among ours, and the number of packages is what an independent count gives.

use std::collections::BTreeSet;
use std::path::Path;

use readiness::formats::lockfile::{self, Kind, Lockfile};
use readiness::formats::package::Origin;
use serde_json::Value;

use super::support::corpora;

fn read(path: &Path) -> Lockfile {
    let kind = Kind::of_path(path.to_str().unwrap()).unwrap();
    lockfile::parse(kind, &std::fs::read(path).unwrap()).unwrap()
}

/// Packages by name and version.
fn pairs(lockfile: &Lockfile) -> BTreeSet<(String, String)> {
    let packages = lockfile.packages.iter();
    packages.filter_map(|of| Some((of.name.clone(), of.version.clone()?))).collect()
}

/// Packages that a scanner's results name: those it reported, and those it was not sure of.
fn reported(oracle: &Value) -> BTreeSet<(String, String)> {
    let of_list = |key: &str| oracle[key].as_array().cloned().unwrap_or_default();
    let all = of_list("findings").into_iter().chain(of_list("uncertain"));
    all.filter_map(|one| Some((one["package"].as_str()?.to_owned(), one["version"].as_str()?.to_owned())))
        .collect()
}

/// Checks every file of a folder; returns how many files and packages there were.
fn check(
    folder: &Path,
    name: impl Fn(&str) -> bool,
    count: impl Fn(&Path, &[u8]) -> usize,
) -> (usize, usize) {
    let (mut files, mut packages) = (0, 0);
    for case in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let oracle: Value =
            serde_json::from_slice(&std::fs::read(case.join("expected.json")).unwrap()).unwrap();
        let found = std::fs::read_dir(&case).unwrap().map(|entry| entry.unwrap().path());
        let file = found.into_iter().find(|path| name(path.file_name().unwrap().to_str().unwrap())).unwrap();
        let lockfile = read(&file);
        assert_eq!(lockfile.left_out, [], "{}", case.display());
        let ours = pairs(&lockfile);
        let missing: Vec<_> = reported(&oracle).into_iter().filter(|pair| !ours.contains(pair)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", case.display());
        assert!(lockfile.packages.iter().all(|package| package.line > 0 && package.ecosystem.is_some()));
        let counted = count(&case, &std::fs::read(&file).unwrap());
        assert_eq!(lockfile.packages.len(), counted, "{}", case.display());
        files += 1;
        packages += counted;
    }
    (files, packages)
}

#[test]
fn crates() {
    let Some(corpora) = corpora("crates") else { return };
    let folder = corpora.join("vuln/lockfiles/crates.io");
    let (files, packages) = check(
        &folder,
        |name| name == "Cargo.lock",
        |case, _| {
            let oracle = std::fs::read(case.join("expected.json")).unwrap();
            let oracle: Value = serde_json::from_slice(&oracle).unwrap();
            usize::try_from(oracle["packages_in_lock"].as_u64().unwrap()).unwrap()
        },
    );
    eprintln!("Cargo.lock: {packages} packages of {files} files, every reported one among them");
    assert_eq!(files, 17);
}

/// Entries of a package-lock.json with `dependencies` within `dependencies`.
fn nested(of: &Value) -> usize {
    let entries = of["dependencies"].as_object();
    entries.map_or(0, |entries| entries.values().map(|entry| 1 + nested(entry)).sum())
}

#[test]
fn npm() {
    let Some(corpora) = corpora("npm") else { return };
    let folder = corpora.join("vuln/lockfiles/npm");
    let is_lock = |name: &str| matches!(name, "package-lock.json" | "yarn.lock");
    let (files, packages) =
        check(&folder, is_lock, |_, bytes| match serde_json::from_slice::<Value>(bytes) {
            // The project itself is one of ours, where the file names it.
            Ok(lock) => lock["packages"].as_object().map_or_else(
                || nested(&lock) + usize::from(lock["name"].is_string()),
                |placed| placed.values().filter(|entry| entry["link"] != true).count(),
            ),
            Err(_) => {
                bytes.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"  version ")).count()
            }
        });
    eprintln!("npm and yarn: {packages} packages of {files} files, every reported one among them");
    assert_eq!(files, 4);
}

#[test]
fn graphs_of_real_files_hang_together() {
    let Some(corpora) = corpora("graphs_of_real_files_hang_together") else { return };
    for folder in ["crates.io", "npm"] {
        for case in std::fs::read_dir(corpora.join("vuln/lockfiles").join(folder)).unwrap() {
            let case = case.unwrap().path();
            for path in std::fs::read_dir(&case).unwrap().map(|entry| entry.unwrap().path()) {
                if path.extension().is_some_and(|extension| extension == "json")
                    && !path.ends_with("package-lock.json")
                {
                    continue;
                }
                let packages = read(&path).packages;
                let depended: BTreeSet<usize> = packages
                    .iter()
                    .flat_map(|package| package.depends_on.clone().unwrap_or_default())
                    .collect();
                assert!(depended.iter().all(|index| *index < packages.len()), "{}", path.display());
                // Nothing stands in a lock file without a reason: what nothing depends on is direct or the project's own.
                let knows_direct = packages.iter().any(|package| package.direct == Some(true));
                let stray: Vec<_> = (0..packages.len())
                    .filter(|index| knows_direct && !depended.contains(index))
                    .filter(|index| {
                        packages[*index].direct != Some(true) && packages[*index].origin != Origin::Own
                    })
                    .map(|index| packages[index].name.clone())
                    .collect();
                assert!(stray.is_empty(), "{}: {stray:?}", path.display());
            }
        }
    }
}
