//! `Pipfile.lock`, version 6.
//!
//! `default` is what the product needs, `develop` what its makers need, any other section is a category that the user
//! asks for. Direct and transitive packages stand there alike, and there is no graph.

use std::collections::HashMap;

use super::python;
use super::reading::document;
use super::{Lockfile, Unread};
use crate::formats::document::{Entry, Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package, Scope};
use crate::formats::pypi;
use crate::formats::source_url::{commit, without_credentials};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "Pipfile.lock"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let root = document(bytes, Syntax::Json)?;
    let sections = root.expect_map()?;
    if !sections.iter().any(|section| matches!(section.key.as_str(), "_meta" | "default" | "develop")) {
        return Err(Fault::new(1, "none of _meta, default and develop"));
    }
    for section in sections {
        section.value.expect_map()?;
    }
    let mut lock = Lockfile::default();
    let mut sources = HashMap::new();
    let mut usual = String::new();
    for source in root.get_path(&["_meta", "sources"]).map_or(&[][..], Node::items) {
        let Some(url) = python::text(source, "url").map(without_credentials) else { continue };
        let line = source.entry("url").map_or(source.span.line, |entry| entry.key_span.line);
        lock.registries.push((url.clone(), line));
        if usual.is_empty() {
            usual.clone_from(&url);
        }
        sources.insert(python::text(source, "name").unwrap_or_default().to_owned(), url);
    }
    // The sections in the order of their weight, so that a package of two has the role that counts.
    let mut known: HashMap<(String, Option<String>), usize> = HashMap::new();
    for (scope, pick) in [(Scope::Runtime, "default"), (Scope::Optional, ""), (Scope::Development, "develop")]
    {
        let of_scope = sections.iter().filter(|section| match section.key.as_str() {
            "_meta" => false,
            "default" | "develop" => section.key == pick,
            _ => pick.is_empty(),
        });
        for entry in of_scope.flat_map(|section| section.value.entries()) {
            let mut package = match package(entry, &sources, &usual) {
                Ok(package) => package,
                Err(unread) => {
                    lock.left_out.push(unread);
                    continue;
                }
            };
            let key = (python::normal(&package.name), package.version.clone());
            if known.contains_key(&key) {
                continue;
            }
            known.insert(key, lock.packages.len());
            package.scope = scope;
            lock.packages.push(package);
        }
    }
    lock.packages.sort_by_key(|package| package.line);
    Ok(lock)
}

fn package(entry: &Entry, sources: &HashMap<String, String>, usual: &str) -> Result<Package, Unread> {
    let (name, pin, line) = (entry.key.as_str(), &entry.value, entry.key_span.line);
    // A pin is a table, or in the oldest files its version alone.
    let version = pin.as_str().or_else(|| python::text(pin, "version"));
    let mut package = python::package(name, version.and_then(pypi::exact), line);
    package.origin = origin(pin).unwrap_or_else(|| {
        let named = python::text(pin, "index").and_then(|index| sources.get(index));
        Origin::Registry(named.map_or(usual, String::as_str).to_owned())
    });
    if package.version.is_none() && matches!(package.origin, Origin::Registry(_)) {
        return Err(Unread { line, reason: "no exact version", name: name.to_owned() });
    }
    let hashes = pin.get("hashes").map_or(&[][..], Node::items);
    package.hashes = hashes.iter().filter_map(Node::as_str).filter_map(python::hash).collect();
    python::sort_hashes(&mut package);
    Ok(package)
}

/// Where a pin leads when not to a registry.
fn origin(pin: &Node) -> Option<Origin> {
    if let Some(url) = python::text(pin, "git") {
        return Some(Origin::Git {
            url: without_credentials(url),
            commit: python::text(pin, "ref").and_then(commit),
        });
    }
    ["hg", "svn", "bzr"]
        .iter()
        .find_map(|key| python::text(pin, key))
        .map(|url| Origin::Url(without_credentials(url)))
        .or_else(|| python::text(pin, "file").map(pypi::origin))
        .or_else(|| python::text(pin, "path").map(|path| Origin::Path(path.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"{
  "_meta": {"sources": [{"name": "own", "url": "https://u:p@h.example/simple", "verify_ssl": true}]},
  "default": {
    "certifi": {"hashes": ["sha256:21128f47e4e3b9d597a3e8521a329bf56909b690fcc3fa3e477725aa81367638", "odd"],
                "index": "own", "version": "==2023.5.7"},
    "lib": {"git": "https://h.example/lib.git", "ref": "4e095dd9119858e90fd21560e5618c6347e4ef1b"},
    "here": {"editable": true, "path": "."},
    "loose": {"version": "*"}
  },
  "develop": {
    "Certifi": {"version": "==2023.5.7"},
    "pytest": "==8.0"
  },
  "docs": {"sphinx": {"version": "==7.1"}}
}"#;

    #[test]
    fn sections_are_roles() {
        let lock = parse(LOCK.as_bytes()).unwrap();
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| (one.name.as_str(), one.version.as_deref(), one.line, one.scope))
            .collect();
        assert_eq!(
            seen,
            [
                ("certifi", Some("2023.5.7"), 4, Scope::Runtime),
                ("lib", None, 6, Scope::Runtime),
                ("here", None, 7, Scope::Runtime),
                ("pytest", Some("8.0"), 12, Scope::Development),
                ("sphinx", Some("7.1"), 14, Scope::Optional),
            ]
        );
        assert_eq!(lock.packages[0].hashes.len(), 1);
        assert_eq!(lock.packages[0].origin, Origin::Registry("https://h.example/simple".to_owned()));
        assert_eq!(lock.packages[2].origin, Origin::Path(".".to_owned()));
        assert_eq!(lock.left_out, [Unread { line: 8, reason: "no exact version", name: "loose".to_owned() }]);
        assert_eq!(lock.registries, [("https://h.example/simple".to_owned(), 2)]);
    }

    #[test]
    fn what_is_no_lock_file_is_refused() {
        for text in
            ["", "[]", "{}", "{\"name\": {}}", "{\"default\": [\"a\"]}", "{\"_meta\": {}, \"develop\": 1}"]
        {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"{\"_meta\": {}}").unwrap().packages.is_empty());
    }
}
