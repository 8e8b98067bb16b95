//! Version 1: entries nested as their folders are.

use super::super::Lockfile;
use super::super::node::reach::{self, Edges, Roots};
use super::super::node::source;
use super::super::node::tree::{Step, Tree};
use super::super::node::{self, hashes, is_version, split_name, text};
use super::{keep, scope};
use crate::formats::document::{Entry, Node};
use crate::formats::package::{Origin, Package, Scope};

struct Placed<'n> {
    node: &'n Node,
    place: usize,
    package: usize,
}

/// Reads all entries. Which of them the project itself names is not in the file.
pub(super) fn read(root: &Node, entries: &[Entry]) -> Lockfile {
    let mut lockfile = Lockfile::default();
    if let Some(name) = text(root, "name") {
        let line = root.entry("name").map_or(1, |entry| entry.key_span.line);
        let version = text(root, "version").map(str::to_owned);
        lockfile.packages.push(Package { version, ..node::package(name, line, Origin::Own) });
    }
    let own = lockfile.packages.len();
    let mut tree = Tree::new();
    let mut placed = Vec::new();
    // Nesting is bounded by the document's depth, so the path is short.
    collect(entries, &mut Vec::new(), &mut tree, &mut placed, &mut lockfile);
    let mut edges: Vec<Edges> = vec![Vec::new(); lockfile.packages.len()];
    for from in &placed {
        for wanted in from.node.get("requires").map(Node::entries).unwrap_or_default() {
            if let (Some(target), Some(edges)) =
                (tree.find(from.place, &wanted.key), edges.get_mut(from.package))
            {
                edges.push((target, Scope::Runtime));
            }
        }
    }
    reach::link(&mut lockfile.packages, &edges, &Roots::new());
    for package in lockfile.packages.iter_mut().skip(own) {
        package.direct = None;
    }
    for package in lockfile.packages.iter_mut().take(own) {
        package.depends_on = None;
    }
    lockfile
}

fn collect<'n>(
    entries: &'n [Entry],
    path: &mut Vec<&'n str>,
    tree: &mut Tree<'n>,
    placed: &mut Vec<Placed<'n>>,
    lockfile: &mut Lockfile,
) {
    for entry in entries {
        path.push(&entry.key);
        let kept = keep(package(entry), lockfile);
        let place = tree.place(path.iter().map(|name| Step::Package(name)));
        if let (Some(package), Some(place)) = (kept, place) {
            tree.put(place, package);
            placed.push(Placed { node: &entry.value, place, package });
        }
        let below = entry.value.get("dependencies").map(Node::entries).unwrap_or_default();
        collect(below, path, tree, placed, lockfile);
        path.pop();
    }
}

/// The package of an entry, whose `version` is an address for what is not from a registry, and `npm:NAME@VERSION` for
/// what is installed under another name.
fn package(entry: &Entry) -> Package {
    let node = &entry.value;
    let written = text(node, "version").unwrap_or_default();
    let alias = written.strip_prefix("npm:").and_then(split_name);
    let (name, version) = alias.unwrap_or((&entry.key, written));
    let version = is_version(version).then(|| version.to_owned());
    let origin = match (text(node, "resolved"), source::of_specifier(written)) {
        (_, Some(origin)) => origin,
        (Some(resolved), None) => source::of_resolved(resolved),
        (None, None) => Origin::Unknown,
    };
    Package {
        version,
        scope: scope(node),
        hashes: text(node, "integrity").map(hashes).unwrap_or_default(),
        bundled: node::flag(node, "bundled"),
        ..node::package(name, entry.key_span.line, origin)
    }
}
