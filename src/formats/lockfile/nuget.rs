//! `packages.lock.json` of NuGet, versions 1 and 2: one list a target framework, joined here.
//!
//! `contentHash` is the digest of the archive without the signature that a registry adds to it.

use std::collections::HashMap;

use super::reading::{base64_hash, depend, document, filled};
use super::{Lockfile, Unread};
use crate::formats::document::{Entry, Node, Syntax};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{HashFunction, Origin, Package};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    // A project beside others in one folder has a lock file of its own: `packages.Project.lock.json`.
    name.starts_with("packages.") && name.ends_with(".lock.json") || name == "packages.lock.json"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let root = document(bytes, Syntax::Json)?;
    root.expect_map()?;
    let targets = root.get("dependencies").ok_or_else(|| Fault::new(1, "no `dependencies`"))?.expect_map()?;
    let mut lock = Lockfile::default();
    let mut known: HashMap<(String, Option<String>), usize> = HashMap::new();
    for target in targets {
        let mut places = HashMap::new();
        for entry in target.value.expect_map()? {
            let version = filled(&entry.value, "resolved").map(str::to_owned);
            let kind = filled(&entry.value, "type").unwrap_or_default();
            let line = entry.key_span.line;
            if version.is_none() && kind != "Project" {
                lock.left_out.push(Unread { line, reason: "no exact version", name: entry.key.clone() });
                continue;
            }
            let lower = entry.key.to_lowercase();
            let index = *known.entry((lower.clone(), version)).or_insert_with(|| {
                lock.packages.push(package(entry, kind));
                lock.packages.len() - 1
            });
            if kind == "Direct"
                && let Some(package) = lock.packages.get_mut(index)
            {
                package.direct = Some(true);
            }
            places.insert(lower, index);
        }
        for entry in target.value.entries() {
            let Some(from) = places.get(&entry.key.to_lowercase()) else { continue };
            let names = entry.value.get("dependencies").map_or(&[][..], Node::entries);
            let edges = names.iter().filter_map(|name| places.get(&name.key.to_lowercase()).copied());
            if let Some(package) = lock.packages.get_mut(*from) {
                depend(package, edges);
            }
        }
    }
    Ok(lock)
}

fn package(entry: &Entry, kind: &str) -> Package {
    let hash = filled(&entry.value, "contentHash").and_then(|text| base64_hash(HashFunction::Sha512, text));
    Package {
        name: entry.key.clone(),
        version: filled(&entry.value, "resolved").map(str::to_owned),
        ecosystem: Some(Ecosystem::of(Family::NuGet)),
        line: entry.key_span.line,
        direct: Some(false),
        origin: if kind == "Project" { Origin::Own } else { Origin::Unknown },
        hashes: hash.into_iter().collect(),
        depends_on: Some(Vec::new()),
        ..Package::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The digest is the SHA-512 of nothing.
    const LOCK: &str = r#"{
  "version": 2,
  "dependencies": {
    "net6.0": {
      "Acme.Json": {
        "type": "Direct",
        "requested": "[13.0.1, )",
        "resolved": "13.0.1",
        "contentHash": "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        "dependencies": {"acme.text": "4.3.0"}
      },
      "Acme.Text": {"type": "Transitive", "resolved": "4.3.0"},
      "lib": {"type": "Project", "dependencies": {"Acme.Text": "[4.3.0, )"}}
    },
    "net8.0": {
      "acme.json": {"type": "CentralTransitive", "resolved": "13.0.1"},
      "Acme.Text": {"type": "Transitive", "resolved": "5.0.0"},
      "Broken": {"type": "Direct"}
    },
    "net8.0/linux-x64": {}
  }
}"#;

    #[test]
    fn targets_are_joined() {
        let lock = parse(LOCK.as_bytes()).unwrap();
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| {
                (
                    one.name.as_str(),
                    one.version.as_deref(),
                    one.line,
                    one.direct,
                    one.depends_on.clone().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("Acme.Json", Some("13.0.1"), 5, Some(true), vec![1]),
                ("Acme.Text", Some("4.3.0"), 12, Some(false), vec![]),
                ("lib", None, 13, Some(false), vec![1]),
                ("Acme.Text", Some("5.0.0"), 17, Some(false), vec![]),
            ]
        );
        assert!(lock.packages[0].hashes[0].hex.starts_with("cf83e1357eefb8bd"));
        assert_eq!(lock.packages[2].origin, Origin::Own);
        assert_eq!(lock.left_out.len(), 1);
        assert_eq!((lock.left_out[0].name.as_str(), lock.left_out[0].line), ("Broken", 18));
    }

    #[test]
    fn what_is_no_lock_file_is_refused() {
        for text in ["", "[]", "{}", r#"{"dependencies": []}"#, r#"{"dependencies": {"a": 1}}"#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
