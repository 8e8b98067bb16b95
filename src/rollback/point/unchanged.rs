//! What need not be captured byte by byte, because git can give it back: tracked files that are as the index says. And the
//! folders of the tree. One object of a point lists them, because there may be hundreds of thousands.
//!
//! A record is one line of text, ended by a NUL because paths may hold anything else:
//! `KIND MODE UID GID SECONDS.NANOSECONDS SIZE OID PATH`, where KIND is `f` (file), `l` (link) or `d` (folder), MODE is octal
//! and OID `-` of a folder.

use super::codec::is_in_tree;
use super::{Meta, RawPath};

/// Largest list read, in bytes.
const MAX_BYTES: usize = 1 << 30;

/// Something that git can give back, or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchanged {
    /// Relative to the tree.
    pub path: RawPath,
    /// Where its contents are.
    pub origin: Origin,
    /// What it is besides its bytes.
    pub meta: Meta,
    /// Bytes of the file on disk; 0 of links and folders.
    pub size: u64,
}

/// Where the contents of something unchanged are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A regular file: the bytes of this blob (hex), as they are.
    Blob(String),
    /// A symbolic link: its target is this blob (hex).
    LinkBlob(String),
    /// A folder.
    Folder,
}

/// Why a list is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {0} of the list of unchanged files is none")]
pub struct UnchangedError(pub usize);

/// The bytes of a list. It must be in order of paths.
#[must_use]
pub fn write_unchanged(list: &[Unchanged]) -> Vec<u8> {
    use std::io::Write as _;
    let mut out = Vec::with_capacity(list.len() * 110);
    for item in list {
        let (kind, oid) = match &item.origin {
            Origin::Blob(oid) => ('f', oid.as_str()),
            Origin::LinkBlob(oid) => ('l', oid.as_str()),
            Origin::Folder => ('d', "-"),
        };
        let Meta { mode, uid, gid, seconds, nanoseconds } = item.meta;
        // Writing to memory does not fail.
        let _ = write!(out, "{kind} {mode:o} {uid} {gid} {seconds}.{nanoseconds} {} {oid} ", item.size);
        out.extend_from_slice(item.path.bytes());
        out.push(0);
    }
    out
}

/// Reads a list.
///
/// # Errors
/// The first record that is none, or leads out of the tree, or is not in order of paths.
pub fn parse_unchanged(bytes: &[u8]) -> Result<Vec<Unchanged>, UnchangedError> {
    let Some(body) = bytes.strip_suffix(&[0]) else {
        return if bytes.is_empty() { Ok(Vec::new()) } else { Err(UnchangedError(0)) };
    };
    if bytes.len() > MAX_BYTES {
        return Err(UnchangedError(0));
    }
    let mut list: Vec<Unchanged> = Vec::new();
    for (at, record) in body.split(|byte| *byte == 0).enumerate() {
        let item = record_of(record).ok_or(UnchangedError(at))?;
        if list.last().is_some_and(|last| last.path >= item.path) {
            return Err(UnchangedError(at));
        }
        list.push(item);
    }
    Ok(list)
}

fn record_of(record: &[u8]) -> Option<Unchanged> {
    let mut fields = record.splitn(8, |byte| *byte == b' ');
    let mut field = || std::str::from_utf8(fields.next()?).ok();
    let (kind, mode, uid, gid, time, size, oid) =
        (field()?, field()?, field()?, field()?, field()?, field()?, field()?);
    let path = RawPath::from_bytes(fields.next()?);
    let (seconds, nanoseconds) = time.split_once('.')?;
    let meta = Meta {
        mode: u32::from_str_radix(mode, 8).ok().filter(|mode| *mode <= 0o7777)?,
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        seconds: seconds.parse().ok()?,
        nanoseconds: nanoseconds.parse().ok().filter(|count| *count < 1_000_000_000)?,
    };
    let is_oid =
        matches!(oid.len(), 40 | 64) && oid.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let size = size.parse().ok()?;
    let origin = match (kind, is_oid) {
        ("f", true) => Origin::Blob(oid.to_owned()),
        ("l", true) => Origin::LinkBlob(oid.to_owned()),
        ("d", false) if oid == "-" => Origin::Folder,
        _ => return None,
    };
    is_in_tree(&path).then_some(Unchanged { path, origin, meta, size })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_comes_back() {
        let meta = Meta { mode: 0o644, uid: 1, gid: 2, seconds: -3, nanoseconds: 4 };
        let item = |path: &[u8], origin| Unchanged { path: RawPath::from_bytes(path), origin, meta, size: 5 };
        let list = vec![
            item(b"a b\n", Origin::Blob("0".repeat(40))),
            item(b"d", Origin::Folder),
            item(b"d/\xff", Origin::LinkBlob("f".repeat(64))),
        ];
        let bytes = write_unchanged(&list);
        assert!(bytes.starts_with(b"f 644 1 2 -3.4 5 0000"));
        assert_eq!(parse_unchanged(&bytes), Ok(list));
        assert_eq!(parse_unchanged(b""), Ok(vec![]));
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        let line = |path: &str| format!("d 755 0 0 0.0 0 - {path}\0").into_bytes();
        assert!(parse_unchanged(&line("a")).is_ok());
        for bad in ["../a", "/a", "a//b", "", ".git/hooks", "a/.GIT/config", "."] {
            assert_eq!(parse_unchanged(&line(bad)), Err(UnchangedError(0)), "{bad}");
        }
        assert_eq!(parse_unchanged(&[line("b"), line("a")].concat()), Err(UnchangedError(1)));
        assert_eq!(parse_unchanged(b"d 755 0 0 0.0 0 - a"), Err(UnchangedError(0)), "cut off");
        assert!(parse_unchanged(b"f 755 0 0 0.0 0 - a\0").is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = parse_unchanged(&bytes);
        }
    }
}
