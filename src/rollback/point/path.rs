//! Paths as a manifest has them: text that gives every byte back.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path, byte by byte. As text, what is no UTF-8 and what is no character to print stands as `\xNN`, and a backslash as
/// `\\`; so the text shows any name safely and gives its bytes back.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RawPath(Vec<u8>);

impl RawPath {
    /// The path of some bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The path.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        Self(path.as_os_str().as_encoded_bytes().to_vec())
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As the system has it.
    #[must_use]
    pub fn to_path(&self) -> PathBuf {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            PathBuf::from(std::ffi::OsStr::from_bytes(&self.0))
        }
        #[cfg(not(unix))]
        {
            PathBuf::from(String::from_utf8_lossy(&self.0).into_owned())
        }
    }

    /// Whether it is absolute: something outside the tree.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        self.0.first() == Some(&b'/')
    }

    /// Whether there is nothing in it: the tree itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it can be joined to a folder and stays in it: relative, no part empty, `.` or `..`, no NUL. What names the
    /// tree itself, the empty path, is not safe in this sense.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        !self.0.contains(&0)
            && self.0.split(|byte| *byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
    }

    /// Whether it is absolute and says where it is: no part empty, `.` or `..`, no NUL.
    #[must_use]
    pub fn is_safe_absolute(&self) -> bool {
        self.0.strip_prefix(b"/").is_some_and(|rest| Self::from_bytes(rest).is_safe())
    }

    /// This path with another below it.
    #[must_use]
    pub fn join(&self, below: &[u8]) -> Self {
        let mut bytes = self.0.clone();
        if !bytes.is_empty() && !below.is_empty() && !bytes.ends_with(b"/") {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(below);
        Self(bytes)
    }

    /// Whether it is `folder` or lies in it; everything relative lies in the empty path.
    #[must_use]
    pub fn lies_in(&self, folder: &Self) -> bool {
        if folder.is_empty() {
            return !self.is_absolute();
        }
        self.0
            .strip_prefix(folder.0.as_slice())
            .is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'/'))
    }

    /// The folder that it lies in, if it names one; the root of the file system lies in none.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.0 == b"/" {
            return None;
        }
        let at = self.0.iter().rposition(|byte| *byte == b'/')?;
        self.0.get(..at.max(usize::from(at == 0))).map(Self::from_bytes)
    }

    /// The text, see the type.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        let plain = |c: char| c != '\\' && !c.is_control() && !is_direction_mark(c);
        if let Ok(text) = std::str::from_utf8(&self.0)
            && text.chars().all(plain)
        {
            return Cow::Borrowed(text);
        }
        let mut text = String::with_capacity(self.0.len() + 8);
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\\' => text.push_str("\\\\"),
                    c if plain(c) => text.push(c),
                    c => escape(&mut text, c.encode_utf8(&mut [0; 4]).as_bytes()),
                }
            }
            escape(&mut text, chunk.invalid());
        }
        Cow::Owned(text)
    }

    /// Reads the text; none when it is not the one that [`Self::text`] writes.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            rest = match (first, after) {
                (b'\\', [b'\\', after @ ..]) => {
                    bytes.push(b'\\');
                    after
                }
                (b'\\', [b'x', high, low, after @ ..]) => {
                    bytes.push(crate::formats::hex::decode(&[*high, *low]).ok()?.first().copied()?);
                    after
                }
                (b'\\', _) => return None,
                (byte, after) => {
                    bytes.push(*byte);
                    after
                }
            };
        }
        let path = Self(bytes);
        (path.text() == text).then_some(path)
    }
}

/// Marks that turn the direction of text, with which a name can pretend to be another.
const fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escape(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        text.push_str(&format!("\\x{byte:02X}"));
    }
}

impl fmt::Debug for RawPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text())
    }
}

impl Serialize for RawPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for RawPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_text(&text).ok_or_else(|| D::Error::custom("no path as this program writes them"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_show_and_keep() {
        for (bytes, text) in [
            (&b"a/b"[..], "a/b"),
            (b"a\\b", "a\\\\b"),
            (b"\xff\n", "\\xFF\\x0A"),
            ("ä\u{202e}".as_bytes(), "ä\\xE2\\x80\\xAE"),
            (b"", ""),
        ] {
            assert_eq!(RawPath::from_bytes(bytes).text(), text);
            assert_eq!(RawPath::from_text(text).unwrap().bytes(), bytes);
        }
        for text in ["\\", "\\x", "\\xf", "\\xff", "\\x41", "\n", "\\y"] {
            assert_eq!(RawPath::from_text(text), None, "{text:?}");
        }
    }

    #[test]
    fn paths_that_leave_are_not_safe() {
        let of = |text: &str| RawPath::from_bytes(text.as_bytes());
        for bad in ["", "/a", "a//b", "../a", "a/..", "./a", "a/", "a\0b", "."] {
            assert!(!of(bad).is_safe(), "{bad:?}");
        }
        assert!(of("a/..b/.c").is_safe() && of("/etc/app").is_safe_absolute());
        assert!(
            !of("/etc/../a").is_safe_absolute() && !of("/").is_safe_absolute() && !of("a").is_safe_absolute()
        );
        assert!(of("a/b").lies_in(&of("a")) && of("a").lies_in(&of("a")) && !of("ab").lies_in(&of("a")));
        assert!(of("a").lies_in(&of("")) && !of("/a").lies_in(&of("")));
        assert_eq!(
            (of("a/b").parent(), of("a").parent(), of("/a").parent()),
            (Some(of("a")), None, Some(of("/")))
        );
        assert_eq!(of("/").parent(), None, "whoever walks up comes to an end");
        assert_eq!(
            (of("").join(b"a"), of("a").join(b"b"), of("/").join(b"b")),
            (of("a"), of("a/b"), of("/b"))
        );
    }

    proptest! {
        #[test]
        fn every_name_comes_back(bytes: Vec<u8>) {
            let path = RawPath::from_bytes(&bytes);
            prop_assert_eq!(RawPath::from_text(&path.text()), Some(path));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = RawPath::from_text(&text);
        }
    }
}
