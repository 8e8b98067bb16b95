//! `package-lock.json`, `npm-shrinkwrap.json` (versions 1 to 3).

mod nested;
mod placed;

use super::node::{self, LIMITS};
use super::{Lockfile, Unread};
use crate::formats::document::{self, Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package, Scope};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    matches!(name, "package-lock.json" | "npm-shrinkwrap.json")
}

/// Reads it. Version 2 says everything twice, for older programs too; what counts is `packages`.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let documents = document::parse(bytes, Syntax::Json, &LIMITS)?;
    let root = documents.single()?;
    root.expect_map()?;
    match (root.entry("packages"), root.entry("dependencies")) {
        (Some(packages), _) => Ok(placed::read(root, packages.value.expect_map()?)),
        (None, Some(dependencies)) => Ok(nested::read(root, dependencies.value.expect_map()?)),
        (None, None) if root.get("lockfileVersion").is_some() => Ok(Lockfile::default()),
        (None, None) => Err(Fault::new(1, "neither packages nor a version of the format")),
    }
}

/// The scope by the marks that npm sets.
fn scope(node: &Node) -> Scope {
    if node::flag(node, "dev") {
        Scope::Development
    } else if ["optional", "devOptional", "peer"].iter().any(|mark| node::flag(node, mark)) {
        Scope::Optional
    } else if node::flag(node, "extraneous") {
        Scope::Unknown
    } else {
        Scope::Runtime
    }
}

/// Keeps a package, unless it has no name, or no version though it comes from a registry: then nothing can be told of it.
fn keep(package: Package, lockfile: &mut Lockfile) -> Option<usize> {
    if package.name.is_empty() {
        let (line, name) = (package.line, package.name);
        lockfile.left_out.push(Unread { line, reason: "neither name nor version", name });
        return None;
    }
    if package.version.is_none() && matches!(package.origin, Origin::Registry(_) | Origin::Unknown) {
        let (line, name) = (package.line, package.name);
        lockfile.left_out.push(Unread { line, reason: "no exact version", name });
        return None;
    }
    lockfile.packages.push(package);
    Some(lockfile.packages.len() - 1)
}

#[cfg(test)]
mod tests;
