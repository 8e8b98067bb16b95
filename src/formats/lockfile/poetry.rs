//! `poetry.lock`, versions 1.0 to 2.1.
//!
//! The file does not name the project, so it does not tell what is direct. What a package is for stands in `category`
//! (before 1.5), in `groups` (from 2.0) or nowhere. Digests stand with the package, or in `[metadata.files]` before 1.3.

use std::collections::HashMap;

use super::python::{self, ByName};
use super::reading::document;
use super::{Lockfile, Unread};
use crate::formats::document::{Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Scope};
use crate::formats::source_url::{commit, without_credentials};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "poetry.lock"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let root = document(bytes, Syntax::Toml)?;
    let metadata = root.get("metadata");
    let tables = match root.get("package") {
        Some(node) => node.expect_list()?,
        None if metadata.is_some() => &[],
        None => return Err(Fault::new(1, "neither packages nor metadata")),
    };
    let files: HashMap<String, &Node> = metadata
        .and_then(|metadata| metadata.get("files").or_else(|| metadata.get("hashes")))
        .map(|files| files.entries().iter().map(|entry| (python::normal(&entry.key), &entry.value)).collect())
        .unwrap_or_default();

    let mut lock = Lockfile::default();
    let mut read = Vec::new();
    for table in tables {
        let (name, version) = (python::text(table, "name"), python::text(table, "version"));
        let (Some(name), Some(version)) = (name, version) else {
            let reason = if name.is_some() { "no exact version" } else { "no name" };
            lock.left_out.push(Unread {
                line: python::line(table),
                reason,
                name: name.unwrap_or_default().to_owned(),
            });
            continue;
        };
        let mut package = python::package(name, Some(version), python::line(table));
        package.scope = scope(table);
        package.origin = table.get("source").map_or(Origin::Unknown, origin);
        for file in [table.get("files"), files.get(&python::normal(name)).copied()].into_iter().flatten() {
            // The oldest layout has the digest alone, and it is always SHA-256.
            package.hashes.extend(file.items().iter().filter_map(|file| match file.as_str() {
                Some(hex) => python::hash(hex).or_else(|| python::hash_of("sha256", hex)),
                None => python::text(file, "hash").and_then(python::hash),
            }));
        }
        python::sort_hashes(&mut package);
        lock.packages.push(package);
        read.push(table);
    }

    let by_name = ByName::new(&lock.packages);
    for (package, table) in lock.packages.iter_mut().zip(read) {
        let needed = table.get("dependencies").map_or(&[][..], Node::entries);
        let needed = needed.iter().flat_map(|entry| by_name.all(&entry.key)).copied().collect();
        package.depends_on = Some(python::sorted(needed));
    }
    Ok(lock)
}

fn scope(table: &Node) -> Scope {
    let optional = table.get("optional").and_then(Node::as_bool).unwrap_or(false);
    match (table.get("groups"), python::text(table, "category")) {
        (Some(groups), _) => {
            python::scope_of_groups(groups.items().iter().filter_map(Node::as_str), "main", optional)
        }
        (None, Some(category)) => python::scope_of_groups([category].into_iter(), "main", optional),
        (None, None) => python::scope_of_groups([].into_iter(), "main", optional),
    }
}

fn origin(source: &Node) -> Origin {
    let url = python::text(source, "url").unwrap_or_default();
    match python::text(source, "type").unwrap_or_default() {
        "git" => Origin::Git {
            url: without_credentials(url),
            commit: python::text(source, "resolved_reference")
                .or_else(|| python::text(source, "reference"))
                .and_then(commit),
        },
        "url" => Origin::Url(without_credentials(url)),
        "directory" | "file" => Origin::Path(url.to_owned()),
        // `legacy`, and nothing for the usual one.
        _ => Origin::Registry(without_credentials(url)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::package::HashFunction;

    const NEW: &str = r#"
[[package]]
name = "Flask"
version = "3.0.0"
optional = false
groups = ["main", "dev"]
files = [
    {file = "flask-3.0.0.whl", hash = "sha256:21128f47e4e3b9d597a3e8521a329bf56909b690fcc3fa3e477725aa81367638"},
]

[package.dependencies]
click = ">=8"
My_Lib = {version = "*", markers = "x"}

[[package]]
name = "click"
version = "8.1.7"
optional = false
groups = ["dev"]

[[package]]
name = "my-lib"
version = "0.1"
optional = true
groups = ["main"]
[package.source]
type = "git"
url = "https://u:p@h.example/my-lib.git"
reference = "main"
resolved_reference = "4e095dd9119858e90fd21560e5618c6347e4ef1b"

[[package]]
name = "broken"

[metadata]
lock-version = "2.1"
"#;

    #[test]
    fn groups_and_sources_are_read() {
        let lock = parse(NEW.as_bytes()).unwrap();
        let seen: Vec<_> =
            lock.packages.iter().map(|one| (one.name.as_str(), one.line, one.scope, one.direct)).collect();
        assert_eq!(
            seen,
            [
                ("Flask", 3, Scope::Runtime, None),
                ("click", 16, Scope::Development, None),
                ("my-lib", 22, Scope::Optional, None)
            ]
        );
        assert_eq!(lock.packages[0].depends_on, Some(vec![1, 2]));
        assert_eq!(lock.packages[0].hashes[0].algorithm, HashFunction::Sha256);
        let commit = Some("4e095dd9119858e90fd21560e5618c6347e4ef1b".to_owned());
        assert_eq!(
            lock.packages[2].origin,
            Origin::Git { url: "https://h.example/my-lib.git".to_owned(), commit }
        );
        let missing = Unread { line: 33, reason: "no exact version", name: "broken".to_owned() };
        assert_eq!(lock.left_out, [missing]);
    }

    #[test]
    fn the_old_layout_is_read() {
        let digest = "0".repeat(64);
        let text = format!(
            "[[package]]\ncategory = \"dev\"\nname = \"A_b\"\noptional = false\nversion = \"1\"\n[package.source]\ntype=\"legacy\"\nurl=\"https://h.example/simple\"\n[metadata.files]\na-b = [{{file = \"x\", hash = \"sha256:{digest}\"}}]\n"
        );
        let lock = parse(text.as_bytes()).unwrap();
        assert_eq!(lock.packages[0].scope, Scope::Development);
        assert_eq!(lock.packages[0].hashes.len(), 1);
        assert_eq!(lock.packages[0].origin, Origin::Registry("https://h.example/simple".to_owned()));
    }

    #[test]
    fn what_is_no_lock_file_is_refused() {
        assert!(parse(b"").is_err());
        assert!(parse(b"[tool]\n").is_err());
        assert!(parse(b"<<<<<<< HEAD\n").is_err());
        assert_eq!(parse(b"package = []\n[metadata]\n").unwrap(), Lockfile::default());
    }

    #[test]
    fn an_empty_version_is_none() {
        let lock = parse(b"[[package]]\nname = \"a\"\nversion = \"\"\n").unwrap();
        assert_eq!((lock.packages.len(), lock.left_out[0].reason), (0, "no exact version"));
    }

    #[test]
    fn packages_of_one_name_do_not_square_the_graph() {
        let text = "[[package]]\nname='a'\nversion='1'\n[package.dependencies]\na='*'\n".repeat(5_000);
        let lock = parse(text.as_bytes()).unwrap();
        let edges: usize = lock.packages.iter().flat_map(|one| &one.depends_on).map(Vec::len).sum();
        assert!(lock.packages.len() == 5_000 && edges <= 5_000 * 64);
    }
}
