//! Checksum lists as `sha256sum` and its kin write them: `SHA256SUMS` and the like.
//!
//! Two forms may mix, as for `sha256sum --check` (GNU coreutils 9): `digest  name` or `digest *name`, and the tagged
//! form of BSD, `SHA256 (name) = digest`. A backslash in front of the line means that the name has escapes: `\\`, `\n`
//! and `\r`. A list whose first untagged line has one blank only is read in the reversed form of BSD, `digest name`. Unlike the programs, one list may hold SHA-256, SHA-384 and SHA-512 together; which one a digest without a
//! tag is, its length tells.

use std::collections::HashMap;

use super::entry_path::{self, PathProblem};
use super::hex;

/// Bounds on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most lines that are read; the rest is a problem of its own.
    pub max_lines: usize,
    /// Longest line that is read, in bytes.
    pub max_line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_lines: 1_000_000, max_line: 16 << 10 }
    }
}

/// The digest algorithms of a list that are strong enough to rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// The length of a digest in bytes.
    pub fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    fn of_length(digits: usize) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|algorithm| 2 * algorithm.length() == digits)
    }

    fn of_tag(tag: &[u8]) -> Option<Self> {
        match tag {
            b"SHA256" | b"SHA2-256" => Some(Self::Sha256),
            b"SHA384" | b"SHA2-384" => Some(Self::Sha384),
            b"SHA512" | b"SHA2-512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Line, counted from 1.
    pub line: u32,
    /// The algorithm of the digest.
    pub algorithm: Algorithm,
    /// The digest, [`Algorithm::length`] bytes.
    pub digest: Vec<u8>,
    /// The path, relative to the folder of the list, without parts `.`; see [`entry_path::normalise`].
    pub path: String,
    /// Whether the line marks the file as binary (`*`), which means nothing on most systems.
    pub binary: bool,
}

/// A line that cannot be used, or not without a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, counted from 1.
    pub line: u32,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// Of neither form.
    #[error("improperly formatted line")]
    Malformed,
    /// A digest of MD5, SHA-1 or another algorithm that is not relied on.
    #[error("digest of {0}, which is not one to rely on here")]
    UnsupportedAlgorithm(&'static str),
    /// A name that is not UTF-8.
    #[error("file name that is not UTF-8")]
    NameNotUtf8,
    /// A name that is not accepted.
    #[error("{0}")]
    Path(PathProblem),
    /// A path that came before with the same digest; the first entry is kept.
    #[error("same entry as in line {first}")]
    Repeated {
        /// The line of the first entry.
        first: u32,
    },
    /// A path that came before with another digest of the same algorithm; the first entry is kept.
    #[error("another digest than in line {first} for the same file")]
    Contradicts {
        /// The line of the first entry.
        first: u32,
    },
    /// The list goes on behind [`Limits::max_lines`]; what follows was not read.
    #[error("more lines than are read; this one and what follows are left out")]
    TooManyLines,
}

/// A list that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checksums {
    /// The usable lines, in the order of the file; one per path and algorithm.
    pub entries: Vec<Entry>,
    /// The others, in the order of the file.
    pub problems: Vec<Problem>,
}

/// Reads a list. Blank lines and lines that start with `#` are skipped; lines may end in CR LF. There is no error: what
/// is no list has no entries and a problem a line.
pub fn parse(input: &[u8], limits: &Limits) -> Checksums {
    let input = input.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(input);
    let mut checksums = Checksums::default();
    let mut seen: HashMap<(String, Algorithm), usize> = HashMap::new();
    let mut reversed = None;
    for (index, line) in input.split(|byte| *byte == b'\n').enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        if index >= limits.max_lines {
            checksums.problems.push(Problem { line: number, kind: ProblemKind::TooManyLines });
            break;
        }
        let entry = if line.len() > limits.max_line {
            Err(ProblemKind::Malformed)
        } else {
            entry(line, number, &mut reversed)
        };
        let kind = match entry {
            Err(ProblemKind::Malformed) if line.iter().all(u8::is_ascii_whitespace) => continue,
            Err(kind) => kind,
            Ok(entry) => {
                let key = (entry.path.clone(), entry.algorithm);
                match seen.get(&key).and_then(|first| checksums.entries.get(*first)) {
                    Some(first) if first.digest == entry.digest => {
                        ProblemKind::Repeated { first: first.line }
                    }
                    Some(first) => ProblemKind::Contradicts { first: first.line },
                    None => {
                        seen.insert(key, checksums.entries.len());
                        checksums.entries.push(entry);
                        continue;
                    }
                }
            }
        };
        checksums.problems.push(Problem { line: number, kind });
    }
    checksums
}

fn entry(line: &[u8], number: u32, reversed: &mut Option<bool>) -> Result<Entry, ProblemKind> {
    let line = trim_start(line);
    let (escaped, line) = match line.strip_prefix(b"\\") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (algorithm, digits, name, binary) = match tagged(line) {
        Some(parts) => parts?,
        None => untagged(line, reversed)?,
    };
    let digest = hex::decode(digits).map_err(|_| ProblemKind::Malformed)?;
    let unescaped = if escaped { unescape(name).ok_or(ProblemKind::Malformed)? } else { name.to_vec() };
    let name = String::from_utf8(unescaped).map_err(|_| ProblemKind::NameNotUtf8)?;
    let path = entry_path::normalise(&name).map_err(ProblemKind::Path)?;
    Ok(Entry { line: number, algorithm, digest, path, binary })
}

type Parts<'l> = (Algorithm, &'l [u8], &'l [u8], bool);

/// `SHA256 (name) = digest`; the blank in front of the parenthesis is missing in OpenSSL's lines. `None` if the line is
/// not of this form at all.
fn tagged(line: &[u8]) -> Option<Result<Parts<'_>, ProblemKind>> {
    let open = memchr::memchr(b'(', line)?;
    let tag = line.get(..open)?;
    let tag = tag.strip_suffix(b" ").unwrap_or(tag);
    let algorithm = match (Algorithm::of_tag(tag), weak_tag(tag)) {
        (Some(algorithm), _) => algorithm,
        (None, Some(weak)) => return Some(Err(ProblemKind::UnsupportedAlgorithm(weak))),
        (None, None) => return None,
    };
    // The name may hold parentheses; what follows the last one cannot.
    let rest = line.get(open + 1..)?;
    let parts = memchr::memrchr(b')', rest).and_then(|close| {
        let digits = trim_start(rest.get(close + 1..)?).strip_prefix(b"=").map(trim_start)?;
        (digits.len() == 2 * algorithm.length()).then_some((algorithm, digits, rest.get(..close)?, false))
    });
    Some(parts.ok_or(ProblemKind::Malformed))
}

fn weak_tag(tag: &[u8]) -> Option<&'static str> {
    Some(match tag {
        b"MD5" => "MD5",
        b"SHA1" => "SHA-1",
        b"SHA224" | b"SHA2-224" => "SHA-224",
        b"BLAKE2b" | b"BLAKE2b-256" => "BLAKE2b",
        b"SM3" => "SM3",
        b"RMD160" => "RIPEMD-160",
        _ => return None,
    })
}

/// `digest  name` or `digest *name`, with a tab for the first blank too; or `digest name`. Which of the two, the first
/// line decides, as in coreutils.
fn untagged<'l>(line: &'l [u8], reversed: &mut Option<bool>) -> Result<Parts<'l>, ProblemKind> {
    let length = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, rest) = line.split_at_checked(length).ok_or(ProblemKind::Malformed)?;
    let [b' ' | b'\t', rest @ ..] = rest else { return Err(ProblemKind::Malformed) };
    let algorithm = match (Algorithm::of_length(length), length) {
        (Some(algorithm), _) => algorithm,
        (None, 32) => return Err(ProblemKind::UnsupportedAlgorithm("MD5")),
        (None, 40) => return Err(ProblemKind::UnsupportedAlgorithm("SHA-1")),
        (None, 56) => return Err(ProblemKind::UnsupportedAlgorithm("SHA-224")),
        (None, _) => return Err(ProblemKind::Malformed),
    };
    match (rest, *reversed) {
        ([], _) => Err(ProblemKind::Malformed),
        ([mark @ (b' ' | b'*'), name @ ..], None | Some(false)) => {
            *reversed = Some(false);
            Ok((algorithm, digits, name, *mark == b'*'))
        }
        (_, Some(false)) => Err(ProblemKind::Malformed),
        (name, _) => {
            *reversed = Some(true);
            Ok((algorithm, digits, name, false))
        }
    }
}

fn trim_start(line: &[u8]) -> &[u8] {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    line.get(blanks..).unwrap_or_default()
}

/// Resolves `\\`, `\n` and `\r`; `None` if there is any other escape.
fn unescape(name: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(name.len());
    let mut bytes = name.iter();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next()? {
                b'\\' => b'\\',
                b'n' => b'\n',
                b'r' => b'\r',
                _ => return None,
            },
            other => *other,
        });
    }
    Some(plain)
}

/// The line of the GNU form for one file, with its line feed; the name escaped where it has to be.
pub fn gnu_line(digest: &[u8], path: &str) -> String {
    let mut line = String::with_capacity(2 * digest.len() + path.len() + 4);
    let escape = path.contains(['\\', '\n', '\r']);
    if escape {
        line.push('\\');
    }
    for byte in digest {
        for digit in [byte >> 4, byte & 15] {
            line.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
    }
    line.push_str("  ");
    if escape {
        line.push_str(&path.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r"));
    } else {
        line.push_str(path);
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests;
