//! The head of a git bundle: which objects it builds upon, and what it names; gitformat-bundle(5).

use std::io::{BufRead, Read as _};

use crate::rollback::tree::place::is_oid;

/// Longest line, in bytes.
const LINE: u64 = 1 << 16;
/// Most lines.
const MOST: usize = 4_000_000;

/// The head of a bundle.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// Whether objects are named by SHA-256; else by SHA-1.
    pub(super) sha256: bool,
    /// Commits (hex) that it builds upon.
    pub(super) needs: Vec<String>,
    /// Names that it tells, with their objects (hex).
    pub(super) refs: Vec<(String, String)>,
}

impl Header {
    /// Its bytes, the empty line at its end among them.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut text = String::from("# v2 git bundle\n");
        if self.sha256 {
            text = "# v3 git bundle\n@object-format=sha256\n".to_owned();
        }
        for oid in &self.needs {
            text.push_str(&format!("-{oid}\n"));
        }
        for (name, oid) in &self.refs {
            text.push_str(&format!("{oid} {name}\n"));
        }
        text.push('\n');
        text.into_bytes()
    }

    /// Reads a head; what follows is a pack.
    pub(super) fn read(reader: &mut impl BufRead) -> Result<Self, String> {
        let mut header = Self::default();
        let third = match line(reader)?.as_slice() {
            b"# v2 git bundle" => false,
            b"# v3 git bundle" => true,
            _ => return Err("this is no git bundle".to_owned()),
        };
        for _ in 0..MOST {
            let line = line(reader)?;
            match line.as_slice() {
                b"" => return header.checked(),
                b"@object-format=sha1" if third => header.sha256 = false,
                b"@object-format=sha256" if third => header.sha256 = true,
                [b'@', ..] if third => return Err("it asks for what this version does not know".to_owned()),
                [b'-', rest @ ..] => header.needs.push(first_word(rest)?.0),
                rest => {
                    let (oid, name) = first_word(rest)?;
                    header.refs.push((name, oid));
                }
            }
        }
        Err("its head has too many lines".to_owned())
    }

    fn checked(self) -> Result<Self, String> {
        let length = if self.sha256 { 64 } else { 40 };
        let mut oids = self.needs.iter().chain(self.refs.iter().map(|(_, oid)| oid));
        if oids.all(|oid| oid.len() == length) {
            Ok(self)
        } else {
            Err("its head is not understood".to_owned())
        }
    }
}

/// The name of an object, and what follows it.
fn first_word(line: &[u8]) -> Result<(String, String), String> {
    let (oid, rest) = match line.iter().position(|byte| *byte == b' ') {
        Some(at) => line.split_at(at),
        None => (line, &b""[..]),
    };
    if !is_oid(oid) {
        return Err("its head is not understood".to_owned());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((text(oid), text(rest.get(1..).unwrap_or_default())))
}

fn line(reader: &mut impl BufRead) -> Result<Vec<u8>, String> {
    let mut line = Vec::new();
    reader.take(LINE).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
    match line.pop() {
        Some(b'\n') => Ok(line),
        _ => Err("its head ends early, or a line of it is too long".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_head_comes_back() {
        let of = |digit: &str, length| digit.repeat(length);
        for (sha256, length) in [(false, 40), (true, 64)] {
            let header = Header {
                sha256,
                needs: vec![of("a", length)],
                refs: vec![
                    ("refs/heads/ä b".to_owned(), of("1", length)),
                    ("HEAD".to_owned(), of("2", length)),
                ],
            };
            let mut bytes = header.write();
            bytes.extend_from_slice(b"PACK");
            let mut reader = bytes.as_slice();
            assert_eq!(Header::read(&mut reader), Ok(header));
            assert_eq!(reader, b"PACK");
        }
        let commented = format!("# v2 git bundle\n-{} a comment\n\n", of("b", 40));
        assert_eq!(Header::read(&mut commented.as_bytes()).unwrap().needs, [of("b", 40)]);
    }

    #[test]
    fn what_is_no_head_is_refused() {
        let oid = "a".repeat(40);
        for bad in [
            String::new(),
            "# v4 git bundle\n\n".to_owned(),
            "# v3 git bundle\n@filter=blob:none\n\n".to_owned(),
            format!("# v2 git bundle\n{oid} refs/heads/a\n"),
            format!("# v3 git bundle\n@object-format=sha256\n{oid} refs/heads/a\n\n"),
            "# v2 git bundle\n-zz\n\n".to_owned(),
            format!("# v2 git bundle\n{oid} {}\n\n", "x".repeat(70_000)),
        ] {
            assert!(Header::read(&mut bad.as_bytes()).is_err(), "{bad:.80}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let whole = [b"# v3 git bundle\n".as_slice(), &bytes].concat();
            let _ = Header::read(&mut whole.as_slice());
        }
    }
}
