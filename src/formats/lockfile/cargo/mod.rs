//! `Cargo.lock`, versions 1 to 4, and the form before them, whose own package is `[root]`.

use std::collections::HashMap;

use super::reading::hex_hash;
use super::{Lockfile, Unread};
use crate::formats::document::{self, Limits, Node, Syntax, Value};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{Hash, HashFunction, Origin, Package};
use crate::formats::source_url::{commit, host, without_credentials};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "Cargo.lock"
}

/// The largest in use have some 60,000 values.
const LIMITS: Limits =
    Limits { max_bytes: 16 << 20, max_depth: 16, max_nodes: 1_000_000, max_alias_bytes: 0 };

/// Reads it. Patches that are not used (`[[patch.unused]]`) are no part of what is built, and not listed.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let documents = document::parse(bytes, Syntax::Toml, &LIMITS)?;
    let root = documents.single()?;
    let mut lockfile = Lockfile::default();
    let mut entries = Vec::new();
    if let Some(own) = root.get("root") {
        read(own, &mut lockfile, &mut entries);
    }
    if let Some(packages) = root.get("package") {
        packages.expect_list()?.iter().for_each(|entry| read(entry, &mut lockfile, &mut entries));
    }
    if entries.is_empty() && lockfile.left_out.is_empty() && !is_lock(root) {
        return Err(Fault::new(1, "neither packages nor a version of the format"));
    }
    if let Some(metadata) = root.get("metadata") {
        add_checksums(metadata, &entries, &mut lockfile.packages);
    }
    add_graph(&entries, &mut lockfile);
    Ok(lockfile)
}

/// Whether a file without packages is a lock file all the same, of a project without any.
fn is_lock(root: &Node) -> bool {
    root.get("version").is_some() || root.entries().is_empty()
}

/// What of an entry the graph needs.
struct Entry<'n> {
    name: &'n str,
    version: &'n str,
    source: Option<&'n str>,
    dependencies: &'n [Node],
}

fn read<'n>(node: &'n Node, lockfile: &mut Lockfile, entries: &mut Vec<Entry<'n>>) {
    let text = |key: &str| node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty());
    // The header of the table stands a line above its first key, but in a file written by hand it need not.
    let line = node.span.line;
    let (Some(name), Some(version)) = (text("name"), text("version")) else {
        let name = text("name").unwrap_or_default().to_owned();
        let reason = if name.is_empty() { "neither name nor version" } else { "no exact version" };
        lockfile.left_out.push(Unread { line, reason, name });
        return;
    };
    let source = text("source");
    let checksum = text("checksum").and_then(checksum);
    lockfile.packages.push(Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        ecosystem: Some(Ecosystem::of(Family::CratesIo)),
        line,
        origin: source.map_or(Origin::Own, origin),
        hashes: checksum.into_iter().collect(),
        ..Package::default()
    });
    let dependencies = node.get("dependencies").map(Node::items).unwrap_or_default();
    entries.push(Entry { name, version, source, dependencies });
}

fn checksum(text: &str) -> Option<Hash> {
    hex_hash(HashFunction::Sha256, text)
}

/// Where a source points: `registry+URL`, `sparse+URL`, `git+URL?branch=…#COMMIT`, `path+URL`.
fn origin(source: &str) -> Origin {
    let Some((kind, address)) = source.split_once('+') else {
        return Origin::Url(without_credentials(source));
    };
    let url = without_credentials(address);
    match kind {
        "git" => {
            let fragment = address.rsplit_once('#').map(|(_, fragment)| fragment);
            Origin::Git { url, commit: fragment.and_then(commit) }
        }
        "registry" | "sparse" | "local-registry" if is_usual(&url) => Origin::Registry(String::new()),
        "registry" | "sparse" => Origin::Registry(url),
        "path" | "directory" | "local-registry" => {
            Origin::Path(url.strip_prefix("file://").unwrap_or(&url).to_owned())
        }
        _ => Origin::Url(url),
    }
}

/// Whether a URL is one of the two indexes of the usual registry, the one in git or the sparse one.
fn is_usual(url: &str) -> bool {
    let name = Family::CratesIo.name();
    match host(url) {
        Some("github.com") => {
            let path = url.trim_end_matches('/').trim_end_matches(".git");
            path.ends_with(&format!("://github.com/rust-lang/{name}-index"))
        }
        Some(sparse) => sparse.strip_prefix("index.") == Some(name),
        None => false,
    }
}

/// The checksums of version 1: `"checksum NAME VERSION (SOURCE)" = "HEX"`.
fn add_checksums(metadata: &Node, entries: &[Entry<'_>], packages: &mut [Package]) {
    let of: HashMap<(&str, &str, &str), &str> = metadata
        .entries()
        .iter()
        .filter_map(|entry| {
            let (name, version, source) = reference(entry.key.strip_prefix("checksum ")?);
            Some(((name, version?, source?), entry.value.as_str()?))
        })
        .collect();
    for (entry, package) in entries.iter().zip(packages) {
        let found = entry.source.and_then(|source| of.get(&(entry.name, entry.version, source)));
        if let Some(hash) = found.and_then(|text| checksum(text))
            && package.hashes.is_empty()
        {
            package.hashes.push(hash);
        }
    }
}

/// The parts of `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`.
fn reference(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let mut parts = text.splitn(3, ' ');
    let name = parts.next().unwrap_or_default();
    let version = parts.next();
    let source = parts.next().and_then(|source| source.strip_prefix('(')?.strip_suffix(')'));
    (name, version, source)
}

/// Entries by what a dependency may say of them. Of several that fit, none is meant.
#[derive(Default)]
struct Index<'n> {
    by_name: HashMap<&'n str, Option<usize>>,
    by_version: HashMap<(&'n str, &'n str), Option<usize>>,
    by_source: HashMap<(&'n str, &'n str, &'n str), Option<usize>>,
}

impl<'n> Index<'n> {
    fn new(entries: &[Entry<'n>]) -> Self {
        let mut index = Self::default();
        for (at, entry) in entries.iter().enumerate() {
            let (name, version) = (entry.name, entry.version);
            index.by_name.entry(name).and_modify(|other| *other = None).or_insert(Some(at));
            // A package without a source, of the project's own, is named without one beside another with the same version.
            let one = index.by_version.entry((name, version)).or_insert(Some(at));
            if *one != Some(at) {
                let is_own = |at: &usize| entries.get(*at).is_some_and(|entry| entry.source.is_none());
                *one = one.filter(is_own).or(Some(at).filter(is_own));
            }
            if let Some(source) = entry.source {
                // Dependencies name a git source without its commit.
                let source = source.split('#').next().unwrap_or(source);
                let key = (name, version, source);
                index.by_source.entry(key).and_modify(|other| *other = None).or_insert(Some(at));
            }
        }
        index
    }

    fn find(&self, text: &str) -> Option<usize> {
        let (name, version, source) = reference(text);
        match (version, source) {
            (None, _) => *self.by_name.get(name)?,
            (Some(version), None) => *self.by_version.get(&(name, version))?,
            (Some(version), Some(source)) => {
                let source = source.split('#').next().unwrap_or(source);
                let exact = self.by_source.get(&(name, version, source)).copied().flatten();
                exact.or_else(|| self.by_version.get(&(name, version)).copied().flatten())
            }
        }
    }
}

fn add_graph(entries: &[Entry<'_>], lockfile: &mut Lockfile) {
    let index = Index::new(entries);
    let mut direct = vec![false; entries.len()];
    for (at, entry) in entries.iter().enumerate() {
        let mut targets = Vec::with_capacity(entry.dependencies.len());
        for dependency in entry.dependencies {
            let Value::String(text) = &dependency.value else { continue };
            match index.find(text) {
                Some(target) => targets.push(target),
                None => lockfile.left_out.push(Unread {
                    line: dependency.span.line,
                    reason: "a dependency that the file does not hold",
                    name: reference(text).0.to_owned(),
                }),
            }
        }
        targets.sort_unstable();
        targets.dedup();
        if entry.source.is_none() {
            for target in &targets {
                if let Some(flag) = direct.get_mut(*target) {
                    *flag = true;
                }
            }
        }
        if let Some(package) = lockfile.packages.get_mut(at) {
            package.depends_on = Some(targets);
        }
    }
    for (package, direct) in lockfile.packages.iter_mut().zip(direct) {
        package.direct = (package.origin != Origin::Own).then_some(direct);
    }
}

#[cfg(test)]
mod tests;
