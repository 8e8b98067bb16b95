//! Imports point one way: the table of `docs/architecture.md`, held by reading the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::support::repository;

/// For each folder of `src`, the folders it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("report", &[]),
    ("formats", &[]),
    ("crypto", &["formats"]),
    ("host", &[]),
    ("stats", &[]),
    ("advisories", &["formats", "crypto", "host"]),
    ("artifact", &["formats", "crypto", "host"]),
    ("gate", &["report", "formats"]),
    ("render", &["report"]),
    ("engine", &["report", "formats", "crypto", "host"]),
    ("audit", &["engine", "artifact", "advisories", "report", "formats", "crypto", "host"]),
    ("perf", &["engine", "stats", "report", "formats", "crypto", "host"]),
    ("release", &["engine", "artifact", "report", "formats", "crypto", "host"]),
    ("rollback", &["engine", "artifact", "report", "formats", "crypto", "host"]),
    ("baseline", &["engine", "stats", "report", "formats", "crypto", "host"]),
    ("catalog", &["engine", "report", "audit", "perf", "release", "rollback", "baseline", "formats"]),
    (
        "config",
        &[
            "report", "engine", "formats", "host", "gate", "perf", "release", "rollback", "baseline",
            "artifact",
        ],
    ),
    ("cli", &["report", "render"]),
    (
        "commands",
        &[
            "advisories",
            "artifact",
            "audit",
            "baseline",
            "catalog",
            "cli",
            "config",
            "crypto",
            "engine",
            "formats",
            "gate",
            "host",
            "perf",
            "release",
            "render",
            "report",
            "rollback",
            "stats",
        ],
    ),
];

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Folders named in `crate::…` paths of a text, `use crate::{a, b}` included.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (_, tail) in line.match_indices("crate::").map(|(at, mark)| line.split_at(at + mark.len())) {
            let name = |text: &str| {
                text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
            };
            match tail.strip_prefix('{') {
                Some(list) => found.extend(list.split(',').map(|part| name(part.trim()))),
                None => drop(found.insert(name(tail))),
            }
        }
    }
    found
}

#[test]
fn imports_point_one_way() {
    let folders: BTreeSet<&str> = MAY_USE.iter().map(|(folder, _)| *folder).collect();
    let mut wrong = Vec::new();
    for entry in fs::read_dir(repository("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !path.is_dir() {
            assert!(
                ["main.rs", "lib.rs"].contains(&name.as_str()),
                "src/{name}: only main.rs and lib.rs stand here"
            );
            continue;
        }
        let (_, may) = MAY_USE
            .iter()
            .find(|(folder, _)| *folder == name)
            .unwrap_or_else(|| panic!("src/{name} has no layer"));
        let mut files = Vec::new();
        sources(&path, &mut files);
        for (file, text) in files {
            for used in imports(&text).iter().filter(|used| folders.contains(used.as_str())) {
                if *used != name && !may.contains(&used.as_str()) {
                    wrong.push(format!("{file} uses {used}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn main_stays_thin() {
    let main = fs::read_to_string(repository("src/main.rs")).unwrap();
    let lines = main.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("//")).count();
    assert!(lines <= 30, "src/main.rs has {lines} lines");
}
