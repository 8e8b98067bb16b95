//! Versions 2 and 3: one entry for each place, `node_modules/a/node_modules/b`.

use super::super::node::reach::{self, Edges, Roots};
use super::super::node::source;
use super::super::node::tree::{Step, Tree};
use super::super::node::{self, hashes, text};
use super::super::{Lockfile, Unread};
use super::{keep, scope};
use crate::formats::document::{Entry, Node};
use crate::formats::glob;
use crate::formats::package::{Origin, Package, Scope};

/// An entry that became a package.
struct Placed<'n> {
    node: &'n Node,
    place: usize,
    /// Its index among the packages; none for a project without a name.
    package: Option<usize>,
    is_own: bool,
}

/// Reads all entries.
pub(super) fn read(root: &Node, entries: &[Entry]) -> Lockfile {
    let mut lockfile = Lockfile::default();
    let mut tree = Tree::new();
    let mut placed = Vec::with_capacity(entries.len());
    let mut links = Vec::new();
    let members = Members::new(entries);
    for entry in entries {
        let Some(place) = tree.place(steps(&entry.key)) else {
            let name = last_name(&entry.key).to_owned();
            lockfile.left_out.push(Unread { line: entry.key_span.line, reason: "nested too deep", name });
            continue;
        };
        if node::flag(&entry.value, "link") {
            links.push((place, entry));
            continue;
        }
        let Some(package) = package(root, entry, &members, &mut lockfile) else { continue };
        let is_own = package.origin == Origin::Own;
        // A project need not have a name; it is no package then, but what it names is direct all the same.
        let is_nameless = is_own && package.name.is_empty();
        let package = if is_nameless { None } else { keep(package, &mut lockfile) };
        if let Some(package) = package {
            tree.put(place, package);
        }
        placed.push(Placed { node: &entry.value, place, package, is_own });
    }
    follow_links(&links, &mut tree, &mut lockfile);
    add_graph(&placed, &tree, &mut lockfile);
    lockfile
}

/// The steps to a key: folders of the project, then packages. Names of packages may have a scope before a slash.
fn steps(key: &str) -> impl Iterator<Item = Step<'_>> {
    let (folders, packages) = match key.find("node_modules/") {
        Some(start) => key.split_at_checked(start).unwrap_or((key, "")),
        None => (key, ""),
    };
    let folders = folders.split('/').filter(|folder| !folder.is_empty() && *folder != ".").map(Step::Folder);
    let packages = packages.split("node_modules/").map(|name| name.trim_end_matches('/'));
    folders.chain(packages.filter(|name| !name.is_empty()).map(Step::Package))
}

/// The name that a key ends with.
fn last_name(key: &str) -> &str {
    key.rsplit_once("node_modules/").map_or(key, |(_, name)| name)
}

/// Which folders are members of the project's workspace.
struct Members(Option<globset::GlobSet>);

impl Members {
    fn new(entries: &[Entry]) -> Self {
        let own = entries.iter().find(|entry| entry.key.is_empty()).map(|entry| &entry.value);
        let declared = own.and_then(|own| own.get("workspaces"));
        let globs = declared.map(|list| list.get("packages").unwrap_or(list).items()).unwrap_or_default();
        let globs = globs
            .iter()
            .filter_map(Node::as_str)
            .map(|glob| glob.trim_start_matches("./").trim_end_matches('/'));
        Self(glob::set(globs).ok())
    }

    fn has(&self, folder: &str) -> bool {
        self.0.as_ref().is_some_and(|globs| globs.is_match(folder))
    }
}

/// The package of an entry; none if it is left out. The project itself may have no name.
fn package(root: &Node, entry: &Entry, members: &Members, lockfile: &mut Lockfile) -> Option<Package> {
    let (node, line) = (&entry.value, entry.key_span.line);
    if node.expect_map().is_err() {
        let name = last_name(&entry.key).to_owned();
        lockfile.left_out.push(Unread { line, reason: "neither name nor version", name });
        return None;
    }
    if entry.key.is_empty() {
        let name = text(node, "name").or_else(|| text(root, "name")).unwrap_or_default();
        let version = text(node, "version").or_else(|| text(root, "version")).map(str::to_owned);
        return Some(Package { version, ..node::package(name, line, Origin::Own) });
    }
    let is_installed = entry.key.contains("node_modules/");
    // A folder's name stands in the folder's own project file and is repeated here; npm leaves it out where it is the
    // folder's own name.
    let by_place =
        if is_installed { last_name(&entry.key) } else { entry.key.rsplit('/').next().unwrap_or_default() };
    let name = text(node, "name").unwrap_or(by_place);
    let origin = if is_installed {
        text(node, "resolved").map_or(Origin::Unknown, source::of_resolved)
    } else if members.has(&entry.key) {
        Origin::Own
    } else {
        Origin::Path(entry.key.clone())
    };
    Some(Package {
        version: text(node, "version").map(str::to_owned),
        scope: if origin == Origin::Own { Scope::Unknown } else { scope(node) },
        hashes: text(node, "integrity").map(hashes).unwrap_or_default(),
        install_script: node::flag(node, "hasInstallScript"),
        bundled: node::flag(node, "inBundle"),
        licenses: text(node, "license").map(str::to_owned).into_iter().collect(),
        ..node::package(name, line, origin)
    })
}

/// A link stands for the folder that it points to.
fn follow_links(links: &[(usize, &Entry)], tree: &mut Tree<'_>, lockfile: &mut Lockfile) {
    for (place, entry) in links {
        let target = text(&entry.value, "resolved").unwrap_or_default();
        let found = tree.look_up(steps(target)).and_then(|place| tree.at(place));
        if let Some(package) = found {
            tree.put(*place, package);
        } else {
            lockfile.left_out.push(Unread {
                line: entry.key_span.line,
                reason: "a link to a folder that the file does not hold",
                name: last_name(&entry.key).to_owned(),
            });
        }
    }
}

/// Groups of dependencies, and what for.
const GROUPS: [(&str, Scope); 4] = [
    ("dependencies", Scope::Runtime),
    ("optionalDependencies", Scope::Optional),
    ("peerDependencies", Scope::Optional),
    ("devDependencies", Scope::Development),
];

fn add_graph<'n>(placed: &[Placed<'n>], tree: &Tree<'n>, lockfile: &mut Lockfile) {
    let mut edges: Vec<Edges> = vec![Vec::new(); lockfile.packages.len()];
    let mut roots = Roots::new();
    for from in placed {
        for (group, scope) in GROUPS {
            // Those for development stand in the file for folders alone: npm leaves them out for what it downloads.
            for wanted in from.node.get(group).map(Node::entries).unwrap_or_default() {
                let Some(target) = tree.find(from.place, &wanted.key) else { continue };
                if let Some(edges) = from.package.and_then(|package| edges.get_mut(package)) {
                    edges.push((target, scope));
                }
                if from.is_own {
                    roots.push((target, scope));
                }
            }
        }
    }
    reach::link(&mut lockfile.packages, &edges, &roots);
}
