//! `bun.lock` (the text form): JSON with commas at the end of lists, one list for each place of a package.

use std::collections::HashSet;

use super::node::reach::{self, Edges, Roots};
use super::node::tree::{Step, Tree};
use super::node::{self, LIMITS, hashes, is_version, source, split_name, text};
use super::{Lockfile, Unread};
use crate::formats::document::{self, Entry, Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package, Scope};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "bun.lock"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let documents = document::parse(bytes, Syntax::Json, &LIMITS)?;
    let root = documents.single()?;
    root.expect_map()?;
    if root.get("lockfileVersion").is_none() {
        return Err(Fault::new(1, "no version of the format"));
    }
    let trusted = root.get("trustedDependencies").map(Node::items).unwrap_or_default();
    let table = |key: &str| root.get(key).map_or(Ok(&[][..]), Node::expect_map);
    let (members, packages) = (table("workspaces")?, table("packages")?);
    let known = Known {
        members: members.iter().map(|member| member.key.as_str()).collect(),
        trusted: trusted.iter().filter_map(Node::as_str).collect(),
    };
    let mut lockfile = Lockfile::default();
    let mut tree = Tree::new();
    let mut placed = Vec::new();
    own_packages(members, &mut tree, &mut placed, &mut lockfile);
    let own = placed.len();
    for entry in packages {
        read(entry, &known, &mut tree, &mut placed, &mut lockfile);
    }
    add_graph(&placed, own, &tree, &mut lockfile);
    Ok(lockfile)
}

/// What the file says outside of its packages.
struct Known<'n> {
    /// Folders of the workspace's members.
    members: HashSet<&'n str>,
    /// Packages whose scripts run on installation.
    trusted: HashSet<&'n str>,
}

/// A package, or a member of the workspace that has no name, and where what it depends on is written.
struct Placed<'n> {
    package: Option<usize>,
    place: usize,
    node: Option<&'n Node>,
}

/// The project and the members of its workspace.
fn own_packages<'n>(
    members: &'n [Entry],
    tree: &mut Tree<'n>,
    placed: &mut Vec<Placed<'n>>,
    lockfile: &mut Lockfile,
) {
    for member in members {
        let mut package = None;
        let mut place = Some(0);
        if let Some(name) = text(&member.value, "name") {
            let version = text(&member.value, "version").map(str::to_owned);
            lockfile
                .packages
                .push(Package { version, ..node::package(name, member.key_span.line, Origin::Own) });
            package = Some(lockfile.packages.len() - 1);
            if !member.key.is_empty() {
                // What a member needs for itself is placed below its name.
                place = tree.place(steps(name));
            }
        }
        // The project itself is at no place that a name leads to.
        if let (Some(place @ 1..), Some(package)) = (place, package) {
            tree.put(place, package);
        }
        placed.push(Placed { package, place: place.unwrap_or(0), node: Some(&member.value) });
    }
}

/// The steps to a key: names apart by slashes, each with its scope.
fn steps(key: &str) -> impl Iterator<Item = Step<'_>> {
    let mut rest = key;
    std::iter::from_fn(move || {
        let scope =
            if rest.starts_with('@') { rest.find('/').map_or(rest.len(), |slash| slash + 1) } else { 0 };
        let name = rest.get(scope..)?;
        let end = scope + name.find('/').unwrap_or(name.len());
        let name = rest.get(..end).filter(|name| !name.is_empty())?;
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(Step::Package(name))
    })
}

fn read<'n>(
    entry: &'n Entry,
    known: &Known<'_>,
    tree: &mut Tree<'n>,
    placed: &mut Vec<Placed<'n>>,
    lockfile: &mut Lockfile,
) {
    let line = entry.key_span.line;
    let mut leave_out = |reason, name: &str| {
        lockfile.left_out.push(Unread { line, reason, name: name.to_owned() });
    };
    let items = entry.value.items();
    let Some((name, reference)) = items.first().and_then(Node::as_str).and_then(split_name) else {
        return leave_out("neither name nor version", &entry.key);
    };
    let Some(place) = tree.place(steps(&entry.key)) else {
        return leave_out("nested too deep", name);
    };
    if let Some(folder) = reference.strip_prefix("workspace:") {
        // A member is listed with the workspace.
        if known.members.contains(folder) {
            return;
        }
        return leave_out("a member that the workspace does not list", name);
    }
    let is_of_registry = is_version(reference);
    let origin = match items.get(1).and_then(Node::as_str) {
        Some("") if is_of_registry => Origin::Registry(String::new()),
        Some(registry) if is_of_registry => source::registry_of(registry),
        _ if is_of_registry => Origin::Unknown,
        _ => source::of_resolved(reference.strip_prefix("root:").map_or(reference, |_| "workspace:")),
    };
    if !is_of_registry && origin == Origin::Unknown {
        return leave_out("no exact version", name);
    }
    let digest = items.last().and_then(Node::as_str).filter(|_| items.len() > 2);
    lockfile.packages.push(Package {
        version: is_of_registry.then(|| reference.to_owned()),
        hashes: digest.map(hashes).unwrap_or_default(),
        install_script: known.trusted.contains(name),
        ..node::package(name, line, origin)
    });
    let package = lockfile.packages.len() - 1;
    tree.put(place, package);
    let node = items.iter().find(|item| item.expect_map().is_ok());
    placed.push(Placed { package: Some(package), place, node });
}

/// Groups of dependencies, and what for. Folders outside of the workspace have those for development in the file too.
const GROUPS: [(&str, Scope); 4] = [
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("peerDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
];

fn add_graph<'n>(placed: &[Placed<'n>], own: usize, tree: &Tree<'n>, lockfile: &mut Lockfile) {
    let mut edges: Vec<Edges> = vec![Edges::new(); lockfile.packages.len()];
    let mut roots = Roots::new();
    for (at, from) in placed.iter().enumerate() {
        for (group, scope) in GROUPS {
            let wanted = from.node.and_then(|node| node.get(group)).map(Node::entries).unwrap_or_default();
            for wanted in wanted {
                let Some(target) = tree.find(from.place, &wanted.key) else { continue };
                if let Some(edges) = from.package.and_then(|package| edges.get_mut(package)) {
                    edges.push((target, scope));
                }
                if at < own {
                    roots.push((target, scope));
                }
            }
        }
    }
    reach::link(&mut lockfile.packages, &edges, &roots);
    reach::scopes(&mut lockfile.packages, &edges, &roots);
    for package in lockfile.packages.iter_mut().filter(|package| package.origin == Origin::Own) {
        package.scope = Scope::Unknown;
    }
}

#[cfg(test)]
mod tests;
