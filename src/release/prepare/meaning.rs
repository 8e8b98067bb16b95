//! What else a signature of a release could mean.
//!
//! The signature beside a file is over its plain bytes, so that stock tools can check it, and says nothing of what the file
//! is. The same key signs other things: envelopes and endorsements of keys (over bytes that begin with `DSSEv1 `), key
//! sets, manifests. Whoever may put a file into a release, and no more, must not get such a signature by it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::crypto::keys::parse_key_set;
use crate::formats::release_manifest::{MAX_BYTES, ReleaseManifest};

/// What everything begins with that is signed by the rules of DSSE.
const ENVELOPE: &[u8] = b"DSSEv1 ";

/// What the bytes of a file are that a signature of this key is taken for something else by; `None` when they are nothing
/// of the kind.
///
/// # Errors
/// It cannot be read.
pub(super) fn other(path: &Path) -> io::Result<Option<&'static str>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    // What is longer is none of the others, and its begin is enough.
    let whole = file.metadata()?.len() <= MAX_BYTES as u64;
    let most = if whole { MAX_BYTES } else { ENVELOPE.len() };
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(of(&bytes))
}

fn of(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(ENVELOPE) {
        return Some("what is signed of an envelope or of an endorsed key");
    }
    // Both are read in full only where a word of theirs stands.
    let says = |word: &[u8]| memchr::memmem::find(bytes, word).is_some();
    if says(b"artifacts") && ReleaseManifest::parse(bytes).is_ok() {
        return Some("the manifest of a release");
    }
    if says(b"keys") && parse_key_set(bytes).is_ok() {
        return Some("a key set");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::dsse::pae;

    #[test]
    fn what_is_signed_elsewhere_is_told_from_other_files() {
        let begins = pae("application/vnd.readiness.key-endorsement.v1", b"evil\n00\n\n\n");
        assert_eq!(of(&begins), Some("what is signed of an envelope or of an endorsed key"));
        let manifest = ReleaseManifest { schema: 1, ..ReleaseManifest::default() }.to_bytes();
        assert_eq!(of(&manifest), Some("the manifest of a release"));
        let key =
            include_str!("../../../fixtures/crypto/rsa3072.pub.pem").trim_end().replace('\n', "\n      ");
        let set = format!("# ours\nkeys:\n  - id: a\n    pem: |\n      {key}\n");
        assert_eq!(of(set.as_bytes()), Some("a key set"));
        for plain in ["", "# keys:\nand artifacts\n", "{\"artifacts\": []}", "keys: [a]\n", "DSSEv1"] {
            assert_eq!(of(plain.as_bytes()), None, "{plain}");
        }
    }
}
