//! `uv.lock`, version 1, and the lock files of single scripts (`x.py.lock`), which look the same.
//!
//! The project and the members of its workspace stand in it as packages without a registry, so what is direct follows
//! from them, and what a package is for from a walk along the graph: what they depend on, what their extras do, what
//! their dependency groups do, in this order.

use std::collections::{HashMap, HashSet};

use super::python::{self, ByName};
use super::reading::document;
use super::{Lockfile, Unread};
use crate::formats::document::{Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package, Scope};
use crate::formats::source_url::{commit, without_credentials};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "uv.lock" || name.ends_with(".py.lock")
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let root = document(bytes, Syntax::Toml)?;
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
        let commit = url.rsplit_once('#').and_then(|(_, fragment)| commit(fragment));
        return Origin::Git { url: without_credentials(url), commit };
    }
    if let Some(url) = python::text(source, "url") {
        return Origin::Url(without_credentials(url));
    }
    if let Some(path) = python::text(source, "path") {
        return Origin::Path(path.to_owned());
    }
    python::text(source, "registry").map_or(Origin::Unknown, |url| Origin::Registry(without_credentials(url)))
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
mod tests;
