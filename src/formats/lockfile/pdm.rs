//! `pdm.lock`, formats 2 to 4; and by name `pylock.toml`, which [`super::pylock`] reads.
//!
//! The file does not name the project, so it does not tell what is direct. A package asked for with extras stands there
//! once more for them; it is one package here.

use std::collections::HashMap;

use super::python::{self, ByName};
use super::reading::document;
use super::{Lockfile, Unread, pylock};
use crate::formats::document::{Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::Origin;
use crate::formats::pypi;
use crate::formats::source_url::{commit, without_credentials};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "pdm.lock" || pylock::is_name(name)
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let root = document(bytes, Syntax::Toml)?;
    if root.get("lock-version").is_some() || root.get("packages").is_some() {
        return pylock::read(&root);
    }
    let tables = match root.get("package") {
        Some(node) => node.expect_list()?,
        None if root.get("metadata").is_some() => &[],
        None => return Err(Fault::new(1, "neither packages nor metadata")),
    };
    // Before format 4.3 the digests stand apart, under `name version`.
    let files: HashMap<&str, &Node> = root
        .get_path(&["metadata", "files"])
        .map(|files| files.entries().iter().map(|entry| (entry.key.as_str(), &entry.value)).collect())
        .unwrap_or_default();

    let mut lock = Lockfile::default();
    let mut known: HashMap<(String, Option<&str>), usize> = HashMap::new();
    let mut tables_of: Vec<Vec<&Node>> = Vec::new();
    for table in tables {
        let line = python::line(table);
        let Some(name) = python::text(table, "name") else {
            lock.left_out.push(Unread { line, reason: "no name", name: String::new() });
            continue;
        };
        let version = python::text(table, "version");
        let mut package = python::package(name, version, line);
        package.origin = origin(table);
        if version.is_none() && package.origin == Origin::Unknown {
            lock.left_out.push(Unread { line, reason: "no exact version", name: name.to_owned() });
            continue;
        }
        let apart = files.get(format!("{name} {}", version.unwrap_or_default()).as_str()).copied();
        for file in [table.get("files"), apart].into_iter().flatten().flat_map(Node::items) {
            package.hashes.extend(python::text(file, "hash").and_then(python::hash));
        }
        let groups = table.get("groups").map_or(&[][..], Node::items);
        package.scope = python::scope_of_groups(groups.iter().filter_map(Node::as_str), "default", false);
        let key = (python::normal(name), version);
        let known_at = known.get(&key).copied();
        if let Some(at) = known_at
            && let (Some(first), Some(of)) = (lock.packages.get_mut(at), tables_of.get_mut(at))
        {
            first.hashes.extend(package.hashes);
            python::sort_hashes(first);
            of.push(table);
            continue;
        }
        python::sort_hashes(&mut package);
        known.insert(key, lock.packages.len());
        lock.packages.push(package);
        tables_of.push(vec![table]);
    }
    let by_name = ByName::new(&lock.packages);
    for (package, tables) in lock.packages.iter_mut().zip(tables_of) {
        let needed = tables.iter().filter_map(|table| table.get("dependencies")).flat_map(Node::items);
        let needed = needed.filter_map(Node::as_str).filter_map(pypi::requirement);
        package.depends_on =
            Some(python::sorted(needed.flat_map(|one| by_name.all(one.name)).copied().collect()));
    }
    Ok(lock)
}

fn origin(table: &Node) -> Origin {
    if let Some(url) = python::text(table, "git") {
        return Origin::Git {
            url: without_credentials(url),
            commit: python::text(table, "revision").and_then(commit),
        };
    }
    if let Some(path) = python::text(table, "path") {
        return Origin::Path(path.to_owned());
    }
    python::text(table, "url").map_or(Origin::Unknown, pypi::origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::package::Scope;

    #[test]
    fn extras_are_one_package() {
        let digest = "0".repeat(64);
        let text = format!(
            r#"[metadata]
groups = ["default", "test"]
lock_version = "4.4"

[[package]]
name = "coverage"
version = "7.4"
groups = ["test"]
files = [{{file = "x.whl", hash = "sha256:{digest}"}}]

[[package]]
name = "coverage"
version = "7.4"
extras = ["toml"]
groups = ["test"]
dependencies = ["coverage==7.4", "tomli; python_version < \"3.11\""]

[[package]]
name = "tomli"
version = "2.0"
groups = ["default", "test"]

[[package]]
name = "here"
path = "./here"
groups = ["default"]

[[package]]
name = "forge"
git = "https://h.example/forge"
revision = "4e095dd9119858e90fd21560e5618c6347e4ef1b"
version = "1"

[[package]]
name = "lost"
"#
        );
        let lock = parse(text.as_bytes()).unwrap();
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| (one.name.as_str(), one.line, one.scope, one.hashes.len()))
            .collect();
        assert_eq!(
            seen,
            [
                ("coverage", 6, Scope::Development, 1),
                ("tomli", 19, Scope::Runtime, 0),
                ("here", 24, Scope::Runtime, 0),
                ("forge", 29, Scope::Unknown, 0)
            ]
        );
        assert_eq!(lock.packages[0].depends_on, Some(vec![0, 1]));
        assert_eq!(lock.left_out, [Unread { line: 35, reason: "no exact version", name: "lost".to_owned() }]);
    }

    #[test]
    fn digests_that_stand_apart_are_found() {
        let digest = "0".repeat(64);
        let text = format!(
            "[[package]]\nname=\"a\"\nversion=\"1\"\n[metadata.files]\n\"a 1\" = [{{file=\"x\", hash=\"sha256:{digest}\"}}]\n"
        );
        assert_eq!(parse(text.as_bytes()).unwrap().packages[0].hashes.len(), 1);
        assert!(parse(b"").is_err());
    }
}
