//! `pylock.toml` and `pylock.NAME.toml` (PEP 751), version 1.

use super::python::{self, ByName};
use super::{Lockfile, Unread};
use crate::formats::document::Node;
use crate::formats::fault::Fault;
use crate::formats::package::{Hash, Origin, Scope};
use crate::formats::pypi;
use crate::formats::source_url::{commit, without_credentials};

/// Whether a file with this name is one: its middle part, if any, holds no further dot.
pub(super) fn is_name(name: &str) -> bool {
    let middle = name.strip_prefix("pylock.").and_then(|rest| rest.strip_suffix(".toml"));
    name == "pylock.toml" || middle.is_some_and(|middle| !middle.is_empty() && !middle.contains('.'))
}

/// Reads the document of one.
pub(super) fn read(root: &Node) -> Result<Lockfile, Fault> {
    if let Some(version) = python::text(root, "lock-version")
        && version.split('.').next() != Some("1")
    {
        return Err(Fault::new(1, "a version of the format that is not known"));
    }
    let tables = match root.get("packages") {
        Some(node) => node.expect_list()?,
        None => &[],
    };
    // Only a file for several ways to install tells which packages belong to which.
    let several = ["extras", "dependency-groups"]
        .iter()
        .any(|key| root.get(key).is_some_and(|list| !list.items().is_empty()));
    let mut lock = Lockfile::default();
    let mut read = Vec::new();
    for table in tables {
        let line = python::line(table);
        let Some(name) = python::text(table, "name") else {
            lock.left_out.push(Unread { line, reason: "no name", name: String::new() });
            continue;
        };
        let mut package = python::package(name, python::text(table, "version"), line);
        package.origin = origin(table);
        if package.version.is_none() && matches!(package.origin, Origin::Unknown | Origin::Registry(_)) {
            lock.left_out.push(Unread { line, reason: "no exact version", name: name.to_owned() });
            continue;
        }
        if several {
            package.scope = scope(python::text(table, "marker").unwrap_or_default());
        }
        let archives = ["sdist", "archive"].iter().filter_map(|key| table.get(key));
        let archives = archives.chain(table.get("wheels").map_or(&[][..], Node::items));
        package.hashes = archives.flat_map(hashes).collect();
        python::sort_hashes(&mut package);
        lock.packages.push(package);
        read.push(table);
    }
    let by_name = ByName::new(&lock.packages);
    for (package, table) in lock.packages.iter_mut().zip(read) {
        // Absent is not empty: the list is optional, and most tools do not write it.
        let Some(needed) = table.get("dependencies") else { continue };
        let names = needed.items().iter().filter_map(|item| python::text(item, "name"));
        package.depends_on =
            Some(python::sorted(names.flat_map(|name| by_name.all(name)).copied().collect()));
    }
    Ok(lock)
}

/// A marker on dependency groups is of development, one on extras optional.
fn scope(marker: &str) -> Scope {
    if marker.contains("dependency_groups") {
        Scope::Development
    } else if marker.contains("extras") {
        Scope::Optional
    } else {
        Scope::Runtime
    }
}

fn hashes(archive: &Node) -> impl Iterator<Item = Hash> {
    let table = archive.get("hashes").map_or(&[][..], Node::entries);
    table.iter().filter_map(|entry| python::hash_of(&entry.key, entry.value.as_str()?))
}

fn origin(table: &Node) -> Origin {
    if let Some(source) = table.get("vcs") {
        let place = python::text(source, "url").map(without_credentials);
        let place = place.or_else(|| python::text(source, "path").map(str::to_owned)).unwrap_or_default();
        return match python::text(source, "type") {
            Some("git") => {
                Origin::Git { url: place, commit: python::text(source, "commit-id").and_then(commit) }
            }
            _ => Origin::Url(place),
        };
    }
    if let Some(source) = table.get("directory") {
        return Origin::Path(python::text(source, "path").unwrap_or_default().to_owned());
    }
    if let Some(source) = table.get("archive") {
        return match (python::text(source, "url"), python::text(source, "path")) {
            (Some(url), _) => pypi::origin(url),
            (None, path) => Origin::Path(path.unwrap_or_default().to_owned()),
        };
    }
    python::text(table, "index").map_or(Origin::Unknown, |url| Origin::Registry(without_credentials(url)))
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, parse};
    use super::*;

    #[test]
    fn names_are_those_of_the_standard() {
        for (name, expected) in [
            ("pylock.toml", true),
            ("pylock.dev.toml", true),
            ("pylock.a.b.toml", false),
            ("pylock..toml", false),
        ] {
            assert_eq!(is_name(name), expected, "{name}");
        }
    }

    #[test]
    fn sources_and_roles_are_read() {
        let digest = "0".repeat(64);
        let text = format!(
            r#"lock-version = "1.0"
created-by = "x"
dependency-groups = ["dev"]

[[packages]]
name = "attrs"
version = "25.1.0"
index = "https://u:p@h.example/simple"
wheels = [{{name = "a.whl", hashes = {{sha256 = "{digest}"}}}}]

[[packages]]
name = "cattrs"
version = "24.1.2"
marker = "'dev' in dependency_groups"
dependencies = [{{name = "attrs"}}]

[[packages]]
name = "here"
directory = {{path = "."}}

[[packages]]
name = "forge"
vcs = {{type = "git", url = "https://h.example/f", commit-id = "4e095dd9119858e90fd21560e5618c6347e4ef1b"}}

[[packages]]
name = "lost"
"#
        );
        let lock = parse(Kind::Pdm, text.as_bytes()).unwrap();
        let seen: Vec<_> = lock.packages.iter().map(|one| (one.name.as_str(), one.line, one.scope)).collect();
        assert_eq!(
            seen,
            [
                ("attrs", 6, Scope::Runtime),
                ("cattrs", 12, Scope::Development),
                ("here", 18, Scope::Runtime),
                ("forge", 22, Scope::Runtime)
            ]
        );
        assert_eq!(lock.packages[0].origin, Origin::Registry("https://h.example/simple".to_owned()));
        assert_eq!((lock.packages[0].hashes.len(), &lock.packages[0].depends_on), (1, &None));
        assert_eq!(lock.packages[1].depends_on, Some(vec![0]));
        assert!(matches!(&lock.packages[3].origin, Origin::Git { commit: Some(_), .. }));
        assert_eq!(lock.left_out, [Unread { line: 26, reason: "no exact version", name: "lost".to_owned() }]);
        assert!(parse(Kind::Pdm, b"lock-version = \"2.0\"").is_err());
    }
}
