//! What the readers of several lock files share: bounded input, digests in their spellings, edges by name.

use std::cell::Cell;
use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::formats::document::{self, Limits, Node, Syntax};
use crate::formats::fault::Fault;
use crate::formats::hex;
use crate::formats::package::{Hash, HashFunction, Package};

/// How long a lock file may be, in bytes.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// How many packages of one name (variants for platforms) an edge leads to.
const MAX_VARIANTS: usize = 64;
/// How many edges there may be besides one for every name that a file writes; hostile files would multiply them.
const MAX_MORE_EDGES: usize = 4_000_000;

/// How long an address may be, in bytes, that is given to many packages.
pub(super) const MAX_ADDRESS: usize = 2_000;

/// The text of a line-based file, without a byte order mark.
///
/// # Errors
/// When it is too long or not UTF-8.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::new(
            1,
            format!("{} bytes are more than the {MAX_BYTES} that are read", bytes.len()),
        ));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', valid).count() + 1;
        Fault::new(u32::try_from(line).unwrap_or(u32::MAX), "not UTF-8")
    })
}

/// Lines with their numbers, from 1.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..=u32::MAX).zip(text.lines())
}

/// The one JSON or YAML document of a file.
///
/// # Errors
/// When it is not of the syntax, or there is not exactly one.
pub(super) fn document(bytes: &[u8], syntax: Syntax) -> Result<Node, Fault> {
    let limits = Limits { max_bytes: MAX_BYTES, max_nodes: 8_000_000, ..Limits::default() };
    let documents = document::parse(bytes, syntax, &limits)?;
    documents.single()?;
    documents.roots.into_iter().next().ok_or_else(|| Fault::new(1, "expected a document, found nothing"))
}

/// A text that is there and not empty.
pub(super) fn filled<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.get(key)?.text().filter(|text| !text.is_empty())
}

/// A digest in hexadecimal digits; none when its length is not the function's.
pub(super) fn hex_hash(algorithm: HashFunction, text: &str) -> Option<Hash> {
    bytes_hash(algorithm, &hex::decode(text.trim().as_bytes()).ok()?)
}

/// A digest in base64; none when its length is not the function's.
pub(super) fn base64_hash(algorithm: HashFunction, text: &str) -> Option<Hash> {
    bytes_hash(algorithm, &BASE64_STANDARD.decode(text.trim()).ok()?)
}

fn bytes_hash(algorithm: HashFunction, digest: &[u8]) -> Option<Hash> {
    let length = match algorithm {
        HashFunction::Md5 => 16,
        HashFunction::Sha1 => 20,
        HashFunction::Sha224 => 28,
        HashFunction::Sha256 | HashFunction::Sha3_256 => 32,
        HashFunction::Sha384 | HashFunction::Sha3_384 => 48,
        HashFunction::Sha512 | HashFunction::Sha3_512 | HashFunction::Blake2b512 => 64,
        _ => return None,
    };
    (digest.len() == length).then(|| Hash { algorithm, hex: hex::encode(digest) })
}

/// Where packages stand, by the name that edges use for them.
#[derive(Default)]
pub(super) struct Places<'n> {
    by_name: HashMap<&'n str, Vec<usize>>,
    more_edges: Cell<usize>,
}

impl<'n> Places<'n> {
    /// Adds the package at `index`; an empty name, as separators leave them, is none.
    pub(super) fn add(&mut self, name: &'n str, index: usize) {
        if name.is_empty() {
            return;
        }
        let places = self.by_name.entry(name).or_default();
        if places.len() < MAX_VARIANTS && places.last() != Some(&index) {
            places.push(index);
        }
    }

    /// Where the packages of a name stand: at most 64 of them, and only the first once very many were asked for.
    pub(super) fn of(&self, name: &str) -> &[usize] {
        let all = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let more = self.more_edges.get().saturating_add(all.len().saturating_sub(1));
        if more > MAX_MORE_EDGES {
            return all.get(..1).unwrap_or_default();
        }
        self.more_edges.set(more);
        all
    }
}

/// Adds edges to what is known of them, sorted and each once.
pub(super) fn depend(package: &mut Package, edges: impl IntoIterator<Item = usize>) {
    let all = package.depends_on.get_or_insert_default();
    all.extend(edges);
    all.sort_unstable();
    all.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_have_the_length_of_their_function() {
        // The SHA-1 of nothing (FIPS 180 examples), in both spellings.
        let digest = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        let expected = Some(Hash { algorithm: HashFunction::Sha1, hex: digest.to_owned() });
        assert_eq!(hex_hash(HashFunction::Sha1, &digest.to_uppercase()), expected);
        assert_eq!(base64_hash(HashFunction::Sha1, "2jmj7l5rSw0yVb/vlWAYkK/YBwk="), expected);
        assert_eq!(hex_hash(HashFunction::Sha256, digest), None);
        assert_eq!(hex_hash(HashFunction::Sha1, "da39"), None);
    }

    #[test]
    fn edges_to_variants_are_bounded() {
        let mut places = Places::default();
        (0..100).for_each(|index| places.add("a", index));
        assert_eq!(places.of("a").len(), 64);
        assert!((0..70_000).all(|_| !places.of("a").is_empty()));
        assert_eq!((places.of("a"), places.of("b")), (&[0][..], &[][..]));
    }

    #[test]
    fn text_that_is_not_utf_8_is_told_with_its_line() {
        assert_eq!(text(b"a\n\xFF").unwrap_err().line, 2);
        assert_eq!(text(b"\xEF\xBB\xBFa").unwrap(), "a");
    }
}
