//! The graph: what importers and packages (or their snapshots) depend on.

use std::collections::HashMap;

use super::super::Lockfile;
use super::super::node::reach::{self, Edges, Roots};
use super::key;
use crate::formats::document::{Entry, Node};
use crate::formats::package::{Package, Scope};

/// Groups of dependencies of the project itself.
const GROUPS: [(&str, Scope); 5] = [
    ("dependencies", Scope::Runtime),
    ("configDependencies", Scope::Development),
    ("packageManagerDependencies", Scope::Development),
    ("optionalDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
];

/// Adds what one document says of its packages: those from `first` on, one for each entry.
pub(super) fn add(root: &Node, entries: &[&Entry], first: usize, lockfile: &mut Lockfile) {
    let Some(packages) = lockfile.packages.get_mut(first..) else { return };
    let mut index: HashMap<&str, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        index.insert(entry.key.as_str(), at);
    }
    let mut edges: Vec<Edges> = vec![Edges::new(); packages.len()];
    match root.get("snapshots") {
        Some(snapshots) => {
            for snapshot in snapshots.entries() {
                let Some(at) = find(&index, &snapshot.key) else { continue };
                if let Some(edges) = edges.get_mut(at) {
                    edges.extend(dependencies(&snapshot.value, &index));
                }
            }
        }
        None => {
            for (entry, edges) in entries.iter().zip(&mut edges) {
                edges.extend(dependencies(&entry.value, &index));
            }
        }
    }
    let mut roots = Roots::new();
    match root.get("importers") {
        Some(importers) => {
            importers.entries().iter().for_each(|importer| add_roots(&importer.value, &index, &mut roots));
        }
        None => add_roots(root, &index, &mut roots),
    }
    reach::link(packages, &edges, &roots);
    reach::scopes(packages, &edges, &roots);
    shift(packages, first);
}

/// Indexes count from the first package of the document until here.
fn shift(packages: &mut [Package], first: usize) {
    if first == 0 {
        return;
    }
    for targets in packages.iter_mut().filter_map(|package| package.depends_on.as_mut()) {
        targets.iter_mut().for_each(|target| *target += first);
    }
}

fn add_roots(importer: &Node, index: &HashMap<&str, usize>, roots: &mut Roots) {
    for (group, scope) in GROUPS {
        for wanted in importer.get(group).map(Node::entries).unwrap_or_default() {
            // Since format 6 (and in 5.4 of some) a map of what was asked for and what it became.
            let reference = wanted.value.get("version").unwrap_or(&wanted.value);
            roots.extend(target(&wanted.key, reference, index).map(|target| (target, scope)));
        }
    }
}

fn dependencies(node: &Node, index: &HashMap<&str, usize>) -> impl Iterator<Item = (usize, Scope)> {
    let groups = [("dependencies", Scope::Runtime), ("optionalDependencies", Scope::Optional)];
    groups.into_iter().flat_map(move |(group, scope)| {
        let wanted = node.get(group).map(Node::entries).unwrap_or_default();
        wanted.iter().filter_map(move |wanted| Some((target(&wanted.key, &wanted.value, index)?, scope)))
    })
}

fn target(name: &str, reference: &Node, index: &HashMap<&str, usize>) -> Option<usize> {
    let reference = reference.text()?;
    if reference.starts_with("link:") {
        return None;
    }
    key::candidates(name, reference).iter().find_map(|key| find(index, key))
}

/// A package by its key, with its peers where the file has them, else without.
fn find(index: &HashMap<&str, usize>, key: &str) -> Option<usize> {
    index.get(key).or_else(|| index.get(key::base(key))).copied()
}
