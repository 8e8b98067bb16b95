//! `uv.lock`, version 1, and the lock files of single scripts (`x.py.lock`), which look the same.
//!
//! The project and the members of its workspace stand in it as packages without a registry, so what is direct follows
//! from them, and what a package is for from a walk along the graph: what they depend on, what their extras do, what
//! their dependency groups do, in this order.

use std::collections::{HashMap, HashSet};

use super::python::{self, ByName};
use super::{Lockfile, Unread};
use crate::formats::document::{Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package, Scope};
use crate::formats::pypi;

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "uv.lock" || name.ends_with(".py.lock")
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let root = python::read(bytes, Syntax::Toml)?;
    let tables = match root.get("package") {
        Some(node) => node.expect_list()?,
        // Also without any package the file says which version of the format it is.
        None if root.get("version").is_some() => &[],
        None => return Err(Fault::new(1, "neither packages nor a version of the format")),
    };
    let manifest = root.get("manifest");
    let members: HashSet<String> = manifest
        .and_then(|manifest| manifest.get("members"))
        .map(|members| members.items().iter().filter_map(Node::as_str).map(python::normal).collect())
        .unwrap_or_default();

    let mut lock = Lockfile::default();
    let mut read = Vec::new();
    for table in tables {
        let Some(name) = python::text(table, "name") else {
            lock.left_out.push(Unread {
                line: table.span.line.max(1),
                reason: "no name",
                name: String::new(),
            });
            continue;
        };
        let version = python::text(table, "version");
        let mut package = python::package(name, version, python::line(table));
        package.origin = table.get("source").map_or(Origin::Unknown, |source| origin(source, name, &members));
        // Projects whose version is made at build time have none here, and archives in a folder neither.
        if version.is_none() && matches!(package.origin, Origin::Registry(_) | Origin::Unknown) {
            let name = name.to_owned();
            lock.left_out.push(Unread { line: package.line, reason: "no exact version", name });
            continue;
        }
        let archives = table.get("wheels").map_or(&[][..], Node::items).iter().chain(table.get("sdist"));
        package.hashes =
            archives.filter_map(|archive| python::text(archive, "hash")).filter_map(python::hash).collect();
        python::sort_hashes(&mut package);
        lock.packages.push(package);
        read.push(table);
    }
    let by_name = ByName::new(&lock.packages);
    let graph: Vec<Edges<'_>> = read.iter().map(|table| Edges::of(table, &lock.packages, &by_name)).collect();
    let asked = manifest.map(|manifest| asked_by_manifest(manifest, &by_name)).unwrap_or_default();
    mark(&mut lock.packages, &graph, &asked);
    for (package, edges) in lock.packages.iter_mut().zip(&graph) {
        let all = edges.normal.iter().chain(edges.optional.values().flatten()).chain(&edges.development);
        package.depends_on = Some(python::sorted(all.map(|edge| edge.to).collect()));
    }
    Ok(lock)
}

fn origin(source: &Node, name: &str, members: &HashSet<String>) -> Origin {
    for key in ["editable", "virtual", "directory"] {
        let Some(path) = python::text(source, key) else { continue };
        // Without a workspace the project itself is the one at `.`; anything else in a folder is a dependency there.
        let own = if members.is_empty() { path == "." } else { members.contains(&python::normal(name)) };
        return if own { Origin::Own } else { Origin::Path(path.to_owned()) };
    }
    if let Some(url) = python::text(source, "git") {
        let commit = url.rsplit_once('#').and_then(|(_, commit)| pypi::full_commit(commit));
        return Origin::Git { url: pypi::clean_url(url), commit };
    }
    if let Some(url) = python::text(source, "url") {
        return Origin::Url(pypi::clean_url(url));
    }
    if let Some(path) = python::text(source, "path") {
        return Origin::Path(path.to_owned());
    }
    python::text(source, "registry").map_or(Origin::Unknown, |url| Origin::Registry(pypi::clean_url(url)))
}

/// One dependency on one package of the list, with the extras it asks for.
struct Edge<'n> {
    to: usize,
    extras: Vec<&'n str>,
}

/// What one package depends on.
struct Edges<'n> {
    normal: Vec<Edge<'n>>,
    optional: HashMap<&'n str, Vec<Edge<'n>>>,
    development: Vec<Edge<'n>>,
}

impl<'n> Edges<'n> {
    fn of(table: &'n Node, packages: &[Package], by_name: &ByName) -> Self {
        let list = |node: Option<&'n Node>| edges(node.map_or(&[], Node::items), packages, by_name);
        let groups = |key: &str| table.get(key).map_or(&[][..], Node::entries);
        let development = [groups("dev-dependencies"), groups("dependency-groups")].into_iter().flatten();
        Self {
            normal: list(table.get("dependencies")),
            optional: groups("optional-dependencies")
                .iter()
                .map(|entry| (entry.key.as_str(), list(Some(&entry.value))))
                .collect(),
            development: development.flat_map(|entry| list(Some(&entry.value))).collect(),
        }
    }
}

fn edges<'n>(list: &'n [Node], packages: &[Package], by_name: &ByName) -> Vec<Edge<'n>> {
    let mut edges = Vec::new();
    for item in list {
        let same = by_name.all(python::text(item, "name").unwrap_or_default());
        let version = python::text(item, "version");
        let fits = |index: &usize| {
            version.is_none() || packages.get(*index).is_some_and(|one| one.version.as_deref() == version)
        };
        let extras = item.get("extra").map_or(&[][..], Node::items);
        for to in same.iter().copied().filter(fits) {
            edges.push(Edge { to, extras: extras.iter().filter_map(Node::as_str).collect() });
        }
    }
    edges
}

/// What the lock file of a script, or of a workspace without a project at its root, asks for itself.
fn asked_by_manifest(manifest: &Node, by_name: &ByName) -> Vec<(usize, Scope)> {
    let named = |list: &Node, scope| -> Vec<(usize, Scope)> {
        let names = list.items().iter().filter_map(|item| python::text(item, "name"));
        names.flat_map(|name| by_name.all(name)).map(|index| (*index, scope)).collect()
    };
    let mut asked = manifest.get("requirements").map(|list| named(list, Scope::Runtime)).unwrap_or_default();
    for group in manifest.get("dependency-groups").map_or(&[][..], Node::entries) {
        asked.extend(named(&group.value, Scope::Development));
    }
    asked
}

/// A place the walk along the graph goes to.
#[derive(Clone, Copy)]
enum Step<'n> {
    Package(usize),
    Extra(usize, &'n str),
}

/// Tells of every package whether it is direct, and what for it is needed. Each package and each extra is gone through
/// once, in the strongest of its roles.
fn mark(packages: &mut [Package], graph: &[Edges<'_>], asked: &[(usize, Scope)]) {
    let own: Vec<usize> = (0..packages.len())
        .filter(|at| packages.get(*at).is_some_and(|one| one.origin == Origin::Own))
        .collect();
    if own.is_empty() && asked.is_empty() {
        return;
    }
    let is_own: HashSet<usize> = own.iter().copied().collect();
    let mut direct: HashSet<usize> = asked.iter().map(|(index, _)| *index).collect();
    let mut seen = (vec![false; packages.len()], HashSet::new());
    for scope in [Scope::Runtime, Scope::Optional, Scope::Development] {
        let mut pending: Vec<Step<'_>> = Vec::new();
        pending.extend(asked.iter().filter(|(_, of)| *of == scope).map(|(index, _)| Step::Package(*index)));
        for index in &own {
            let Some(edges) = graph.get(*index) else { continue };
            match scope {
                Scope::Runtime => {
                    pending.push(Step::Package(*index));
                    direct.extend(edges.normal.iter().map(|edge| edge.to));
                }
                Scope::Optional => {
                    pending.extend(edges.optional.keys().map(|extra| Step::Extra(*index, extra)));
                    direct.extend(edges.optional.values().flatten().map(|edge| edge.to));
                }
                _ => {
                    follow(&edges.development, &mut pending);
                    direct.extend(edges.development.iter().map(|edge| edge.to));
                }
            }
        }
        while let Some(step) = pending.pop() {
            match step {
                Step::Package(index) => {
                    let (Some(edges), Some(package)) = (graph.get(index), packages.get_mut(index)) else {
                        continue;
                    };
                    if seen.0.get(index) != Some(&false) {
                        continue;
                    }
                    seen.0.iter_mut().skip(index).take(1).for_each(|seen| *seen = true);
                    follow(&edges.normal, &mut pending);
                    // Of other packages the file holds only those extras that something asks for.
                    if !is_own.contains(&index) {
                        package.scope = scope;
                        edges.optional.values().for_each(|extra| follow(extra, &mut pending));
                    }
                }
                Step::Extra(index, extra) => {
                    let edges = graph.get(index).and_then(|edges| edges.optional.get(extra));
                    if let Some(edges) = edges.filter(|_| seen.1.insert((index, extra))) {
                        follow(edges, &mut pending);
                    }
                }
            }
        }
    }
    for (index, package) in packages.iter_mut().enumerate() {
        package.direct = (!is_own.contains(&index)).then(|| direct.contains(&index));
    }
}

fn follow<'n>(edges: &[Edge<'n>], pending: &mut Vec<Step<'n>>) {
    for edge in edges {
        pending.push(Step::Package(edge.to));
        pending.extend(edge.extras.iter().map(|extra| Step::Extra(edge.to, extra)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"version = 1
requires-python = ">=3.12"

[manifest]
members = ["app", "core"]

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "core", extra = ["fast"] },
    { name = "torch", version = "2.0", source = { registry = "https://h.example/simple" }, marker = "x" },
]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "core"
source = { editable = "packages/core" }

[package.optional-dependencies]
fast = [{ name = "speed" }]
slow = [{ name = "snail" }]

[[package]]
name = "pytest"
version = "8.0"
source = { registry = "https://h.example/simple" }
sdist = { url = "https://h.example/x", hash = "sha256:21128f47e4e3b9d597a3e8521a329bf56909b690fcc3fa3e477725aa81367638", size = 1 }
dependencies = [{ name = "speed" }, { name = "pluggy" }]

[[package]]
name = "speed"
version = "1"
source = { git = "https://u:p@h.example/s?rev=v1#4e095dd9119858e90fd21560e5618c6347e4ef1b" }

[[package]]
name = "snail"
version = "1"
source = { path = "snail-1.whl" }

[[package]]
name = "pluggy"
version = "1"
source = { registry = "https://h.example/simple" }

[[package]]
name = "torch"
version = "1.0"
source = { registry = "https://h.example/simple" }

[[package]]
name = "torch"
version = "2.0"
source = { registry = "https://h.example/simple" }
"#;

    #[test]
    fn roles_follow_the_graph() {
        let lock = parse(LOCK.as_bytes()).unwrap();
        let seen: Vec<_> =
            lock.packages.iter().map(|one| (one.name.as_str(), one.direct, one.scope)).collect();
        assert_eq!(
            seen,
            [
                ("app", None, Scope::Unknown),
                ("core", None, Scope::Unknown),
                ("pytest", Some(true), Scope::Development),
                ("speed", Some(true), Scope::Runtime),
                ("snail", Some(true), Scope::Optional),
                ("pluggy", Some(false), Scope::Development),
                ("torch", Some(false), Scope::Unknown),
                ("torch", Some(true), Scope::Runtime),
            ]
        );
        assert_eq!(lock.packages[0].depends_on, Some(vec![1, 2, 7]));
        assert_eq!(lock.packages[1].origin, Origin::Own);
        let commit = Some("4e095dd9119858e90fd21560e5618c6347e4ef1b".to_owned());
        assert_eq!(lock.packages[3].origin, Origin::Git { url: "https://h.example/s".to_owned(), commit });
        assert_eq!(lock.packages[4].origin, Origin::Path("snail-1.whl".to_owned()));
        assert_eq!((lock.packages[2].line, lock.packages[2].hashes.len()), (28, 1));
        assert!(lock.left_out.is_empty());
    }

    #[test]
    fn a_cycle_ends() {
        let one = |name: &str, other: &str| {
            format!(
                "[[package]]\nname='{name}'\nversion='1'\nsource={{virtual='.'}}\ndependencies=[{{name='{other}',extra=['e']}}]\n[package.optional-dependencies]\ne=[{{name='{name}',extra=['e']}}]\n"
            )
        };
        let lock = parse((one("a", "b") + &one("b", "a")).as_bytes()).unwrap();
        assert_eq!(lock.packages[0].depends_on, Some(vec![0, 1]));
    }

    #[test]
    fn what_is_no_lock_file_is_refused() {
        assert!(parse(b"").is_err());
        assert!(parse(b"package = 1").is_err());
        assert_eq!(parse(b"version = 1\n").unwrap(), Lockfile::default());
    }
}
