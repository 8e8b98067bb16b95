//! `composer.lock` of Composer.
//!
//! A version is written as its tag is, so with a leading `v` where the project tags so: the version order drops it, and
//! lists of affected versions hold the tag. Platform packages (`php`, `ext-json`) are requirements on the machine and are
//! never among the packages.

use super::reading::{Places, depend, document, filled, hex_hash};
use super::{Lockfile, Unread};
use crate::formats::document::{Node, Syntax, Value};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{HashFunction, Origin, Package, Scope};
use crate::formats::source_url::without_credentials;

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "composer.lock"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let root = document(bytes, Syntax::Json)?;
    if root.get("packages").is_none() && root.get("packages-dev").is_none() {
        root.expect_map()?;
        return Err(Fault::new(1, "neither `packages` nor `packages-dev`"));
    }
    let mut lock = Lockfile::default();
    let mut entries = Vec::new();
    for (key, scope) in [("packages", Scope::Runtime), ("packages-dev", Scope::Development)] {
        let Some(list) = root.get(key).filter(|list| !list.is_null()) else { continue };
        for entry in list.expect_list()? {
            let line = entry.span.line;
            match package(entry, scope) {
                Some(package) => {
                    lock.packages.push(package);
                    entries.push(entry);
                }
                None => {
                    let name = filled(entry, "name").unwrap_or_default().to_owned();
                    lock.left_out.push(Unread { line, reason: "no name", name });
                }
            }
        }
    }
    lock.stand_ins = entries.iter().flat_map(|entry| stand_ins(entry)).collect();
    link(&mut lock.packages, &entries);
    Ok(lock)
}

/// Names that a package stands in for.
fn stand_ins(entry: &Node) -> impl Iterator<Item = String> {
    let names = |key: &str| entry.get(key).map_or(&[][..], Node::entries);
    names("replace").iter().chain(names("provide")).map(|name| name.key.to_lowercase())
}

fn package(entry: &Node, scope: Scope) -> Option<Package> {
    let name = filled(entry, "name")?;
    let dist = entry.get("dist");
    let kind = filled(entry, "type").unwrap_or_default();
    Some(Package {
        name: name.to_owned(),
        version: filled(entry, "version").map(str::to_owned),
        ecosystem: Some(Ecosystem::of(Family::Packagist)),
        line: entry.entry("name").map_or(entry.span.line, |name| name.key_span.line),
        scope,
        origin: origin(entry),
        hashes: dist
            .and_then(|dist| hex_hash(HashFunction::Sha1, filled(dist, "shasum")?))
            .into_iter()
            .collect(),
        licenses: texts(entry.get("license")),
        // Composer runs the code of its plugins while it installs.
        install_script: matches!(kind, "composer-plugin" | "composer-installer"),
        depends_on: Some(Vec::new()),
        ..Package::default()
    })
}

/// A registry leaves the address that it wants to be told of downloads at; what has none comes from a repository of its
/// own, or from a folder.
fn origin(entry: &Node) -> Origin {
    let part = |outer: &str, key: &str| entry.get(outer).and_then(|part| filled(part, key));
    let commit = || part("source", "reference").or_else(|| part("dist", "reference")).map(str::to_owned);
    if part("dist", "type") == Some("path") {
        return Origin::Path(part("dist", "url").unwrap_or_default().to_owned());
    }
    let moving = filled(entry, "version")
        .is_some_and(|version| version.starts_with("dev-") || version.ends_with("-dev"));
    match (filled(entry, "notification-url"), part("source", "type"), part("source", "url")) {
        (told, Some("git"), Some(url)) if moving || told.is_none() => {
            Origin::Git { url: without_credentials(url), commit: commit() }
        }
        (Some("https://packagist.org/downloads/"), ..) => Origin::Registry(String::new()),
        (Some(registry), ..) => Origin::Registry(without_credentials(registry)),
        (None, ..) => match part("dist", "url") {
            Some(url) => Origin::Url(without_credentials(url)),
            None => Origin::Unknown,
        },
    }
}

fn texts(node: Option<&Node>) -> Vec<String> {
    match node.map(|node| &node.value) {
        Some(Value::List(items)) => items.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        Some(Value::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// Edges go by name in lower case, and to the packages that replace or provide the name where none bears it.
fn link(packages: &mut [Package], entries: &[&Node]) {
    let lower = |names: &str| names.to_lowercase();
    let own: Vec<String> = packages.iter().map(|package| lower(&package.name)).collect();
    let mut stand_ins = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        stand_ins.extend(self::stand_ins(entry).map(|name| (name, index)));
    }
    let (mut places, mut others) = (Places::default(), Places::default());
    own.iter().enumerate().for_each(|(index, name)| places.add(name, index));
    stand_ins.iter().for_each(|(name, index)| others.add(name, *index));
    for (package, entry) in packages.iter_mut().zip(entries) {
        let mut edges = Vec::new();
        for required in entry.get("require").map_or(&[][..], Node::entries) {
            let name = lower(&required.key);
            let named = places.of(&name);
            edges.extend(if named.is_empty() { others.of(&name) } else { named });
        }
        depend(package, edges);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"{
  "packages": [
    {
      "name": "acme/app-kit",
      "version": "v2.1.0",
      "source": {"type": "git", "url": "https://example.org/kit.git", "reference": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
      "dist": {"type": "zip", "url": "https://example.org/kit.zip", "shasum": "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
      "require": {"php": ">=8.1", "ext-json": "*", "PSR/Log-Implementation": "1.0", "acme/text": "^1"},
      "license": ["MIT", "Apache-2.0"],
      "notification-url": "https://packagist.org/downloads/"
    },
    {"name": "acme/text", "version": "1.0.3", "notification-url": "https://packages.example.org/downloads/"},
    {"name": "acme/log", "version": "dev-master", "provide": {"psr/log-implementation": "1.0"},
     "source": {"type": "git", "url": "https://user:pw@example.org/log.git", "reference": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
     "notification-url": "https://packagist.org/downloads/"},
    {"version": "1"}
  ],
  "packages-dev": [
    {"name": "acme/plugin", "version": "1.0", "type": "composer-plugin", "dist": {"type": "path", "url": "../plugin"}}
  ]
}"#;

    #[test]
    fn packages_of_both_lists_are_read() {
        let lock = parse(LOCK.as_bytes()).unwrap();
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| {
                (
                    one.name.as_str(),
                    one.version.as_deref().unwrap(),
                    one.line,
                    one.scope,
                    one.depends_on.clone().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("acme/app-kit", "v2.1.0", 4, Scope::Runtime, vec![1, 2]),
                ("acme/text", "1.0.3", 12, Scope::Runtime, vec![]),
                ("acme/log", "dev-master", 13, Scope::Runtime, vec![]),
                ("acme/plugin", "1.0", 19, Scope::Development, vec![]),
            ]
        );
        let origins: Vec<_> = lock.packages.iter().map(|one| one.origin.clone()).collect();
        assert_eq!(
            origins,
            [
                Origin::Registry(String::new()),
                Origin::Registry("https://packages.example.org/downloads/".to_owned()),
                Origin::Git { url: "https://example.org/log.git".to_owned(), commit: Some("b".repeat(40)) },
                Origin::Path("../plugin".to_owned()),
            ]
        );
        assert_eq!(lock.packages[0].licenses, ["MIT", "Apache-2.0"]);
        assert_eq!(lock.packages[0].hashes.len(), 1);
        assert!(lock.packages[3].install_script && !lock.packages[0].install_script);
        assert_eq!(lock.left_out, [Unread { line: 16, reason: "no name", name: String::new() }]);
    }

    #[test]
    fn what_is_no_lock_file_is_refused() {
        for text in ["", "[]", "{}", r#"{"packages": {}}"#] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(parse(br#"{"packages": []}"#).unwrap(), Lockfile::default());
    }
}
