//! What the lock files of Node's package managers have in common.

mod integrity;
pub(super) mod reach;
pub(in crate::formats) mod source;
pub(super) mod tree;

pub(super) use integrity::hashes;

use crate::formats::document::{Limits, Node};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::package::{Origin, Package};

/// Bounds for lock files: the largest in use have some 10 MiB and half a million values. Two levels of a document make
/// one of nested dependencies.
pub(super) const LIMITS: Limits =
    Limits { max_bytes: 64 << 20, max_depth: 128, max_nodes: 2_000_000, max_alias_bytes: 4 << 20 };

/// A package of npm's ecosystem of which nothing but name, line and origin is known.
pub(super) fn package(name: &str, line: u32, origin: Origin) -> Package {
    Package {
        name: name.to_owned(),
        ecosystem: Some(Ecosystem::of(Family::Npm)),
        line,
        origin,
        ..Package::default()
    }
}

/// The text of a string that is not empty.
pub(super) fn text<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key).and_then(Node::as_str).filter(|text| !text.is_empty())
}

/// Whether a key holds `true`.
pub(super) fn flag(node: &Node, key: &str) -> bool {
    node.get(key).and_then(Node::as_bool) == Some(true)
}

/// The name and the rest of `name@rest`, where the name may start with an `@` of its own.
pub(super) fn split_name(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().skip(1).find(|(_, letter)| *letter == '@')?.0;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Whether a text is a version and not the address of something: it starts with a digit and has nothing that ranges and
/// addresses have.
pub(super) fn is_version(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
        && !text.contains([':', '/', '|', '@', '(', '<', '>', '*'])
        && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_at_the_second_at_sign_of_scopes() {
        assert_eq!(split_name("a@1"), Some(("a", "1")));
        assert_eq!(split_name("@s/a@npm:b@1"), Some(("@s/a", "npm:b@1")));
        assert_eq!(split_name("@s/a"), None);
        assert_eq!(split_name(""), None);
        assert_eq!(split_name("é@1"), Some(("é", "1")));
    }

    #[test]
    fn versions_are_not_addresses() {
        assert!(is_version("1.2.3-rc.1+build"));
        assert!(!is_version("https://example.org/a.tgz"));
        assert!(!is_version("^1.0.0"));
    }
}
