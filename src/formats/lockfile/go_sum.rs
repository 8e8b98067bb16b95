//! `go.sum` (<https://go.dev/ref/mod#go-sum-files>): digests, and no list of what is built.
//!
//! It holds every module whose content was ever needed to settle versions, most of which are not built, and several
//! versions of many. So its packages must not be taken for dependencies: they serve to give the modules of `go.mod` their
//! digests and to find those that have none. The digest `h1:` is a SHA-256 over a list of the SHA-256 of all files, which
//! is the digest of no archive and therefore [`HashFunction::Other`]. Digests of `go.mod` files alone (`/go.mod`) are
//! not listed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::go_mod::{is_version, module};
use super::{Lockfile, Unread, text};
use crate::formats::fault::Fault;
use crate::formats::hex;
use crate::formats::package::{Hash, HashFunction};

/// The largest file that is read.
const MAX_BYTES: usize = 64 << 20;

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    name == "go.sum"
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let text = text::decode(bytes, MAX_BYTES)?;
    let mut lock = Lockfile::default();
    let mut understood = false;
    for (index, line) in text.lines().enumerate() {
        let mut words = line.split_whitespace();
        let (path, version, digest, more) = (words.next(), words.next(), words.next(), words.next());
        let Some(path) = path else { continue };
        let line = text::number(index);
        let whole = (version, digest.and_then(dirhash), more);
        let (Some(version), Some(hash), None) = whole else {
            lock.left_out.push(Unread {
                line,
                reason: "not module, version and digest",
                name: String::new(),
            });
            continue;
        };
        understood = true;
        if version.ends_with("/go.mod") {
            continue;
        }
        if !is_version(version) {
            lock.left_out.push(Unread { line, reason: "no exact version", name: path.to_owned() });
            continue;
        }
        let mut package = module(path, Some(version), line);
        package.hashes.push(hash);
        lock.packages.push(package);
    }
    match lock.left_out.first() {
        Some(first) if !understood => {
            Err(Fault::new(first.line, "no line holds a module, a version and a digest"))
        }
        _ => Ok(lock),
    }
}

fn dirhash(text: &str) -> Option<Hash> {
    let bytes = STANDARD.decode(text.strip_prefix("h1:")?).ok()?;
    (bytes.len() == 32).then(|| Hash { algorithm: HashFunction::Other, hex: hex::encode(&bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_modules_are_read() {
        // The SHA-256 of nothing, in base64 and in hexadecimal digits.
        let digest = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let text = format!(
            "a.example/b v1.0.0 h1:{digest}\r\na.example/b v1.0.0/go.mod h1:{digest}\n\nodd\nc v1 h2:x\n"
        );
        let lock = parse(text.as_bytes()).unwrap();
        assert_eq!(lock.packages.len(), 1);
        assert_eq!(lock.packages[0].hashes, [Hash { algorithm: HashFunction::Other, hex: hex.to_owned() }]);
        assert_eq!(lock.left_out.iter().map(|one| one.line).collect::<Vec<_>>(), [4, 5]);
        assert!(parse(b"<<<<<<< HEAD\n").is_err());
        assert!(parse(b"").unwrap().packages.is_empty());
    }
}
