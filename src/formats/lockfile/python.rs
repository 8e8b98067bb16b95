//! What the lock files of Python's tools share.

use std::collections::HashMap;

use super::reading::hex_hash;
use crate::formats::document::Node;
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::package::{Hash, HashFunction, Package, Scope};

/// Most packages of one name that a dependency is linked to. Lock files hold two or three, for different platforms;
/// without a bound, a file of one name alone would have a graph of quadratic size.
const SAME_NAME: usize = 64;

/// The text at a key of a table, if it is not empty.
pub(super) fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty())
}

/// The line of a table: that of its `name`, which readers look for.
pub(super) fn line(node: &Node) -> u32 {
    node.entry("name").map_or(node.span.line, |entry| entry.key_span.line).max(1)
}

/// A package of the Python index.
pub(super) fn package(name: &str, version: Option<&str>, line: u32) -> Package {
    Package {
        name: name.to_owned(),
        version: version.map(str::to_owned),
        ecosystem: Some(Ecosystem::of(Family::PyPi)),
        line,
        ..Package::default()
    }
}

/// A digest in the form `sha256:0123…`; none when it is malformed or of a function not known.
pub(super) fn hash(text: &str) -> Option<Hash> {
    let (function, hex) = text.trim().split_once(':')?;
    hash_of(function, hex)
}

/// A digest by the name that Python's `hashlib` has for its function.
pub(super) fn hash_of(function: &str, hex: &str) -> Option<Hash> {
    let algorithm = match function.trim().to_ascii_lowercase().as_str() {
        "md5" => HashFunction::Md5,
        "sha1" => HashFunction::Sha1,
        "sha224" => HashFunction::Sha224,
        "sha256" => HashFunction::Sha256,
        "sha384" => HashFunction::Sha384,
        "sha512" => HashFunction::Sha512,
        "sha3_256" => HashFunction::Sha3_256,
        "sha3_384" => HashFunction::Sha3_384,
        "sha3_512" => HashFunction::Sha3_512,
        "blake2b" => HashFunction::Blake2b512,
        _ => return None,
    };
    hex_hash(algorithm, hex)
}

/// Puts digests in order, each once.
pub(super) fn sort_hashes(package: &mut Package) {
    package.hashes.sort();
    package.hashes.dedup();
}

/// The packages of a list by the normal form of their name.
pub(super) struct ByName(HashMap<String, Vec<usize>>);

impl ByName {
    /// Indexes a list.
    pub(super) fn new(packages: &[Package]) -> Self {
        let mut map: HashMap<String, Vec<usize>> = HashMap::with_capacity(packages.len());
        for (index, package) in packages.iter().enumerate() {
            let same = map.entry(normal(&package.name)).or_default();
            if same.len() < SAME_NAME {
                same.push(index);
            }
        }
        Self(map)
    }

    /// All packages of a name, in any spelling.
    pub(super) fn all(&self, name: &str) -> &[usize] {
        self.0.get(&normal(name)).map_or(&[], Vec::as_slice)
    }
}

/// A name in the form in which spellings of one package are equal.
pub(super) fn normal(name: &str) -> String {
    Family::PyPi.normal_name(name).into_owned()
}

/// Sorts a list of indexes and leaves each there once.
pub(super) fn sorted(mut indexes: Vec<usize>) -> Vec<usize> {
    indexes.sort_unstable();
    indexes.dedup();
    indexes
}

/// What a package of groups is for: needed by the main group it is of the product (or of an extra of it, when
/// optional), else of development. No groups, no statement.
pub(super) fn scope_of_groups<'g>(
    groups: impl Iterator<Item = &'g str>,
    main: &str,
    optional: bool,
) -> Scope {
    let mut scope = Scope::Unknown;
    for group in groups {
        if group == main {
            return if optional { Scope::Optional } else { Scope::Runtime };
        }
        scope = Scope::Development;
    }
    if scope == Scope::Unknown && optional { Scope::Optional } else { scope }
}
