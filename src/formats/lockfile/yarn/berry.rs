//! Yarn 2 and later: YAML, one entry a resolution.
//!
//! What the project names for development is not told apart from what it runs, so the scope stays unknown. The
//! `checksum` is of Yarn's own repacked archive, so it is no digest of what the registry serves.

use std::collections::HashMap;

use super::super::node::reach::{self, Edges, Roots};
use super::super::node::{self, LIMITS, is_version, source, split_name, text};
use super::super::{Lockfile, Unread};
use crate::formats::document::{self, Entry, Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::package::{Origin, Package, Scope};

/// Reads all entries.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let documents = document::parse(bytes, Syntax::Yaml, &LIMITS)?;
    let entries = documents.single()?.expect_map()?;
    let mut lockfile = Lockfile::default();
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries.iter().filter(|entry| entry.key != "__metadata") {
        match package(entry) {
            Ok(package) => {
                lockfile.packages.push(package);
                kept.push(entry);
            }
            Err(unread) => lockfile.left_out.push(unread),
        }
    }
    add_graph(&kept, &mut lockfile);
    Ok(lockfile)
}

fn package(entry: &Entry) -> Result<Package, Unread> {
    let (node, line) = (&entry.value, entry.key_span.line);
    let unread = |reason, name: &str| Unread { line, reason, name: name.to_owned() };
    let key = entry.key.split(", ").next().unwrap_or_default();
    let by_key = split_name(key).map(|(name, _)| name).unwrap_or_default();
    let Some((name, reference)) = text(node, "resolution").and_then(split_name) else {
        return Err(unread("no resolution", by_key));
    };
    let reference = match reference.strip_prefix("virtual:").and_then(|rest| rest.split_once('#')) {
        Some((_, inner)) => inner,
        None => reference,
    };
    let origin = origin(reference);
    // Versions that look like numbers are numbers in YAML: `version: 1.0` does not occur, but hand-written files exist.
    let version = node.get("version").and_then(Node::text).filter(|version| is_version(version));
    let version = if origin == Origin::Own { None } else { version };
    if version.is_none() && matches!(origin, Origin::Registry(_)) {
        return Err(unread("no exact version", name));
    }
    Ok(Package { version: version.map(str::to_owned), ..node::package(name, line, origin) })
}

/// Where a reference points: `npm:1.2.3`, `npm:1.2.3::__archiveUrl=…`, `patch:…`, `workspace:path`, an address.
fn origin(reference: &str) -> Origin {
    let (address, bindings) = reference.split_once("::").unwrap_or((reference, ""));
    if address.starts_with("npm:") {
        let archive = bindings.split('&').find_map(|binding| binding.strip_prefix("__archiveUrl="));
        return match archive.map(|url| source::of_resolved(&decode(url))) {
            Some(origin) if origin != Origin::Unknown => origin,
            _ => Origin::Registry(String::new()),
        };
    }
    if let Some(patched) = address.strip_prefix("patch:") {
        // What is patched comes first, up to the place of the patch.
        let patched = decode(patched.split('#').next().unwrap_or(patched));
        return split_name(&patched).map_or(Origin::Unknown, |(_, inner)| plain_origin(inner));
    }
    plain_origin(address)
}

fn plain_origin(reference: &str) -> Origin {
    if reference.starts_with("npm:") || is_version(reference) {
        return Origin::Registry(String::new());
    }
    match source::of_specifier(reference) {
        Some(Origin::Path(path)) => {
            // `file:` names the archive's place, then its digest; `link:` and `portal:` who asks for it.
            Origin::Path(path.split(['#', ':']).next().unwrap_or_default().to_owned())
        }
        Some(origin) => origin,
        None => Origin::Unknown,
    }
}

/// A text without percent signs, as in URLs; what is no code stays.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'%').then(|| tail.get(..2)).flatten();
        match code
            .and_then(|digits| crate::formats::hex::decode(digits).ok())
            .and_then(|byte| byte.first().copied())
        {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Packages by what they answer to.
#[derive(Default)]
struct Index<'n> {
    /// By descriptor: `name@npm:^1`.
    by_key: HashMap<&'n str, usize>,
    /// By the descriptor of what a patch is applied to.
    patched: HashMap<String, usize>,
    /// By name, where only one has it.
    by_name: HashMap<&'n str, Option<usize>>,
}

impl<'n> Index<'n> {
    fn new(entries: &[&'n Entry]) -> Self {
        let mut index = Self::default();
        for (at, entry) in entries.iter().enumerate() {
            for key in entry.key.split(", ") {
                index.by_key.insert(key, at);
                let Some((name, range)) = split_name(key) else { continue };
                if let Some(patch) = range.strip_prefix("patch:") {
                    index.patched.insert(decode(patch.split('#').next().unwrap_or(patch)), at);
                } else {
                    let one = index.by_name.entry(name).or_insert(Some(at));
                    if *one != Some(at) {
                        *one = None;
                    }
                }
            }
        }
        index
    }

    /// What a dependency leads to: the package, and a patched form of it beside.
    fn find(&self, name: &str, range: &str) -> impl Iterator<Item = usize> + use<> {
        let plain = format!("{name}@{range}");
        let with_protocol = format!("{name}@npm:{range}");
        let exact =
            self.by_key.get(plain.as_str()).or_else(|| self.by_key.get(with_protocol.as_str())).copied();
        let patched = self.patched.get(&plain).or_else(|| self.patched.get(&with_protocol)).copied();
        // Resolutions of the project replace ranges without a trace here.
        let found = exact.or(patched).or_else(|| self.by_name.get(name).copied().flatten());
        found.into_iter().chain(patched)
    }
}

fn add_graph(entries: &[&Entry], lockfile: &mut Lockfile) {
    let index = Index::new(entries);
    let mut edges: Vec<Edges> = Vec::with_capacity(entries.len());
    let mut roots = Roots::new();
    for (at, entry) in entries.iter().enumerate() {
        let is_own = lockfile.packages.get(at).is_some_and(|package| package.origin == Origin::Own);
        let mut own_edges = Edges::new();
        for wanted in entry.value.get("dependencies").map(Node::entries).unwrap_or_default() {
            let range = wanted.value.text().unwrap_or_default();
            own_edges.extend(index.find(&wanted.key, range).map(|target| (target, Scope::Runtime)));
        }
        if is_own {
            roots.extend(own_edges.iter().map(|(target, _)| (*target, Scope::Unknown)));
        }
        edges.push(own_edges);
    }
    reach::link(&mut lockfile.packages, &edges, &roots);
}
