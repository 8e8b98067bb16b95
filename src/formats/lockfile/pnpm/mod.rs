//! `pnpm-lock.yaml`, of the formats 5 (`/a/1.2.3_peer`), 6 (`/a@1.2.3(peer)`) and 9 (`a@1.2.3`, peers in `snapshots`).
//!
//! Members of the workspace are in the file by their folder alone, without name or version, and so not among the
//! packages; what they name is direct.

mod graph;
mod key;

use super::node::{self, LIMITS, hashes, source, text};
use super::{Lockfile, Unread};
use crate::formats::document::{self, Entry, Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package, Scope};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part. There may be one a branch.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name.starts_with("pnpm-lock.") && name.ends_with(".yaml")
}

/// Reads it. A file may have a document of its own for pnpm itself in front.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let documents = document::parse(bytes, Syntax::Yaml, &LIMITS)?;
    let mut lockfile = Lockfile::default();
    if documents.roots.is_empty() {
        return Err(Fault::new(1, "expected a document, found nothing"));
    }
    for root in &documents.roots {
        if root.is_null() {
            continue;
        }
        root.expect_map()?;
        let version = root.get("lockfileVersion").and_then(Node::text);
        let version = version.ok_or_else(|| Fault::new(root.span.line, "no version of the format"))?;
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        match major {
            Some(5 | 6 | 9) => read(root, &mut lockfile)?,
            _ => return Err(Fault::new(root.span.line, "a version of the format that is not known")),
        }
    }
    Ok(lockfile)
}

fn read(root: &Node, lockfile: &mut Lockfile) -> Result<(), Fault> {
    for table in ["packages", "snapshots", "importers"].iter().filter_map(|key| root.get(key)) {
        if !table.is_null() {
            table.expect_map()?;
        }
    }
    let first = lockfile.packages.len();
    let mut kept = Vec::new();
    for entry in root.get("packages").map(Node::entries).unwrap_or_default() {
        match package(entry) {
            Ok(package) => {
                lockfile.packages.push(package);
                kept.push(entry);
            }
            Err(unread) => lockfile.left_out.push(unread),
        }
    }
    graph::add(root, &kept, first, lockfile);
    Ok(())
}

fn package(entry: &Entry) -> Result<Package, Unread> {
    let (node, line) = (&entry.value, entry.key_span.line);
    let (by_key, version) = key::parts(&entry.key);
    let name = text(node, "name").or(by_key);
    let Some(name) = name else {
        return Err(Unread { line, reason: "neither name nor version", name: String::new() });
    };
    let version = node.get("version").and_then(Node::text).or(version);
    let resolution = node.get("resolution");
    let origin = origin(&entry.key, resolution);
    if version.is_none() && matches!(origin, Origin::Registry(_) | Origin::Unknown) {
        return Err(Unread { line, reason: "no exact version", name: name.to_owned() });
    }
    Ok(Package {
        version: version.map(str::to_owned),
        scope: scope(node),
        hashes: resolution.and_then(|from| text(from, "integrity")).map(hashes).unwrap_or_default(),
        install_script: node::flag(node, "requiresBuild"),
        ..node::package(name, line, origin)
    })
}

fn origin(key: &str, resolution: Option<&Node>) -> Origin {
    let field = |name: &str| resolution.and_then(|from| text(from, name));
    if let Some(directory) = field("directory") {
        return Origin::Path(directory.to_owned());
    }
    if let Some(repository) = field("repo") {
        let commit = field("commit").unwrap_or_default();
        return source::of_resolved(&format!("git+{repository}#{commit}"));
    }
    match field("tarball") {
        Some(tarball) => source::of_resolved(tarball),
        // Format 5 puts the host of another registry in front.
        None => match key::registry(key) {
            Some(host) => Origin::Registry(format!("https://{host}/")),
            None => Origin::Registry(String::new()),
        },
    }
}

/// The scope where the file tells it; format 9 no longer does.
fn scope(node: &Node) -> Scope {
    match (node.get("dev").and_then(Node::as_bool), node::flag(node, "optional")) {
        (Some(true), _) => Scope::Development,
        (Some(false), true) => Scope::Optional,
        (Some(false), false) => Scope::Runtime,
        (None, _) => Scope::Unknown,
    }
}

#[cfg(test)]
mod tests;
