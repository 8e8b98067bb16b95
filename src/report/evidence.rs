//! Evidence: what was seen, with everything secret masked. The type has no constructor that skips the masking, so a
//! report cannot hold a raw secret.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest evidence kept, in characters; the rest is cut with an ellipsis.
const LONGEST: usize = 200;
/// Shortest run of token characters that is masked for its looks alone.
const TOKEN: usize = 20;
/// Shortest value that is masked wherever it stands on a line.
const SHORTEST: usize = 4;
/// What stands for a masked value.
const MASK: &str = "[redacted]";

/// Text shown with a finding. Secrets are masked when it is made: those whose position is known, and whatever else
/// looks like one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String")]
pub struct Evidence(String);

/// Reading a report back masks again, so that a foreign report cannot bring a raw secret in.
impl From<String> for Evidence {
    fn from(text: String) -> Self {
        Self(shorten(&mask_secrets(&text)))
    }
}

impl Evidence {
    /// Makes evidence of one line. `known` are byte ranges of the line that hold secrets.
    #[must_use]
    pub fn of_line(line: &[u8], known: &[Range<usize>]) -> Self {
        let mut known: Vec<Range<usize>> =
            known.iter().map(|range| range.start..range.end.min(line.len())).collect();
        let values: Vec<&[u8]> = known.iter().filter_map(|range| line.get(range.clone())).map(bare).collect();
        // The same value may stand on the line a second time.
        for value in values.into_iter().filter(|value| value.len() >= SHORTEST) {
            known.extend(memchr::memmem::find_iter(line, value).map(|at| at..at + value.len()));
        }
        known.sort_unstable_by_key(|range| range.start);
        let mut text = String::new();
        let mut at = 0;
        for range in known {
            let end = range.end.min(line.len());
            if end <= at {
                continue;
            }
            let start = range.start.clamp(at, end);
            text.push_str(&String::from_utf8_lossy(line.get(at..start).unwrap_or_default()));
            text.push_str(MASK);
            at = end;
        }
        text.push_str(&String::from_utf8_lossy(line.get(at..).unwrap_or_default()));
        Self(shorten(&mask_secrets(text.trim())))
    }

    /// The masked text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value without the quotes and punctuation that a rule may have taken along.
fn bare(value: &[u8]) -> &[u8] {
    let mark = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b',' | b';' | b')' | b'(' | b' ');
    let start = value.iter().position(|byte| !mark(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !mark(byte)).map_or(start, |at| at + 1);
    value.get(start..end).unwrap_or_default()
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", text.get(..cut).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Masks everything in a text that looks like a secret, whoever put it there: values assigned to names that speak of
/// secrets, user information in URLs, and long runs of mixed token characters. Coarser than the secret rules on
/// purpose; a masked word too many costs nothing. Prose stays as it is: a name and a value need something between
/// them that assigns.
#[must_use]
pub fn mask_secrets(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut name = Name::None;
    let mut digest_next = false;
    for piece in pieces(text) {
        match piece {
            Piece::Gap(gap) => {
                name = name.after(gap);
                digest_next &= gap == ":";
                out.push_str(gap);
            }
            Piece::Word(word) => {
                // `password hunter2` in a .netrc assigns by position; `password field` in prose does not.
                let odd = !word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.');
                let value = is_value(word) && (name == Name::Assigned || name == Name::Named && odd);
                // What names its own algorithm is a digest, and a reader wants to compare it.
                let digest =
                    std::mem::replace(&mut digest_next, word.to_ascii_lowercase().ends_with("sha256"))
                        && is_hex(word);
                out.push_str(if value || (looks_like_token(word) && !digest) { MASK } else { word });
                name = match name {
                    _ if value => Name::None,
                    // `Authorization: Bearer …`, `password = str("…")`.
                    Name::Assigned if is_filler(word) => Name::Assigned,
                    _ => Name::of(word),
                };
            }
        }
    }
    mask_user_information(&out)
}

/// Whether a name that speaks of a secret stands before the place at hand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    /// None does.
    None,
    /// One does; the next gap says whether it is given a value.
    Named,
    /// One does, and what follows is its value.
    Assigned,
}

impl Name {
    fn of(word: &str) -> Self {
        match (names_secret(word), word.starts_with('-')) {
            (false, _) => Self::None,
            // `--password hunter2` assigns by position.
            (true, true) => Self::Assigned,
            (true, false) => Self::Named,
        }
    }

    fn after(self, gap: &str) -> Self {
        let ends = gap.contains([';', '&', '\n', ')', '}']) || (gap.contains(',') && !gap.contains(':'));
        match self {
            _ if ends => Self::None,
            Self::Named if gap.contains([':', '=', '"', '\'', '`', '>', '(']) => Self::Assigned,
            other => other,
        }
    }
}

#[derive(Clone, Copy)]
enum Piece<'a> {
    Word(&'a str),
    Gap(&'a str),
}

/// Splits a text into runs of token characters and what is between them.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let word = is_token_char(first);
        let end = rest.find(|c| is_token_char(c) != word).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(if word { Piece::Word(piece) } else { Piece::Gap(piece) })
    })
}

const fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '_' | '-' | '+' | '/' | '.' | '~' | '!' | '@' | '#' | '$' | '%' | '^' | '*')
}

/// Whether a name speaks of a secret: `DB_PASSWORD`, `apiKey`, `client-secret`.
fn names_secret(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let lower = lower.trim_start_matches(['-', '$']);
    // `token_lifetime_minutes: 60` and `NOPASSWD: ALL` speak of secrets and hold none.
    let about = [
        "minutes",
        "seconds",
        "hours",
        "days",
        "_ms",
        "lifetime",
        "expiry",
        "expires",
        "expiration",
        "ttl",
        "timeout",
        "length",
        "limit",
        "size",
        "_age",
        "count",
        "type",
        "url",
        "uri",
        "enabled",
        "algorithm",
        "nopasswd",
    ];
    let named = !about.iter().any(|end| lower.ends_with(end));
    named
        && [
            "passw",
            "passphrase",
            "pwd",
            "secret",
            "token",
            "apikey",
            "api_key",
            "api-key",
            "access_key",
            "private_key",
            "privatekey",
            "credential",
            "authorization",
            "bearer",
        ]
        .iter()
        .any(|name| lower.contains(name))
}

/// Words that may stand between a name and its value.
fn is_filler(word: &str) -> bool {
    matches!(
        word.to_ascii_lowercase().as_str(),
        "is" | "be" | "to" | "bearer" | "basic" | "token" | "str" | "string" | "const" | "value" | "default"
    )
}

/// Whether a word can be a secret's value at all, and not a reference, a type or a keyword.
fn is_value(word: &str) -> bool {
    let reference =
        word.starts_with('$') || word.starts_with("process.env") || word.starts_with("os.environ");
    let keyword = matches!(
        word.to_ascii_lowercase().as_str(),
        "redacted"
            | "true"
            | "false"
            | "null"
            | "none"
            | "undefined"
            | "required"
            | "optional"
            | "if"
            | "for"
            | "from"
            | "in"
            | "and"
            | "or"
            | "not"
    );
    word.len() >= 3 && !reference && !keyword && !is_filler(word)
}

/// Whether a run of characters looks like key material: long, and mixed as words and paths are not.
fn looks_like_token(word: &str) -> bool {
    // `https://…/repository.git#$ENGINE_VERSION_27` ends with the name of a variable.
    let word = word.rsplit_once('$').filter(|(_, name)| is_constant(name)).map_or(word, |(head, _)| head);
    if is_constant(word) {
        return false;
    }
    let longest_run = word.split(['/', '.', '-', '@']).map(str::len).max().unwrap_or(0);
    if longest_run < TOKEN {
        return false;
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let upper = word.bytes().filter(u8::is_ascii_uppercase).count();
    let lower = word.bytes().filter(u8::is_ascii_lowercase).count();
    (word.len() >= 32 && is_hex(word))
        || (digits >= 3 && upper + lower >= 6)
        || (upper >= 4 && lower >= 4 && digits >= 1)
}

/// Whether a word is a name in the manner of `CREDENTIAL_AES_256_KEY`: capitals and short numbers, each a part of its own.
fn is_constant(word: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.len() <= 16 && part.bytes().all(|byte| byte.is_ascii_uppercase())
            || (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    word.contains('_') && word.split('_').all(part)
}

fn is_hex(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Masks the password of `scheme://user:password@host`.
fn mask_user_information(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`'))
            .unwrap_or(after.len());
        let (authority, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        match authority
            .rsplit_once('@')
            .and_then(|(user, host)| user.split_once(':').map(|(name, _)| (name, host)))
        {
            Some((name, host)) => {
                out.push_str(name);
                out.push(':');
                out.push_str(MASK);
                out.push('@');
                out.push_str(host);
            }
            None => out.push_str(authority),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_ranges_never_survive() {
        let line = b"url = https://example.org/?k=abc";
        assert_eq!(
            Evidence::of_line(line, std::slice::from_ref(&(29..32))).as_str(),
            "url = https://example.org/?k=[redacted]"
        );
        assert_eq!(
            Evidence::of_line(b"f('abcd', x) == abcd", std::slice::from_ref(&(2..8))).as_str(),
            "f([redacted], x) == [redacted]"
        );
        // Overlapping and out-of-range positions are not a way around it.
        assert_eq!(Evidence::of_line(b"abcdef", &[1..3, 2..99]).as_str(), "a[redacted][redacted]");
    }

    #[test]
    fn what_looks_like_a_secret_is_masked_without_being_told() {
        for (text, secret) in [
            ("password: hunter2", "hunter2"),
            ("export DB_PASSWORD='s3cr3t pass'", "s3cr3t"),
            ("\"api_key\": \"abc123\",", "abc123"),
            ("Authorization: Bearer abcdefgh", "abcdefgh"),
            // readiness:ignore SEC-070 a case of a test
            ("postgres://app:hunter2@db/app", "hunter2"),
            ("x = ghp_1234567890abcdefghijABCDEFGHIJ123456", "ghp_"),
            ("digest d41d8cd98f00b204e9800998ecf8427e", "d41d8"),
            ("mysql --password hunter2", "hunter2"),
            ("Authorization: Token abcdefgh", "abcdefgh"),
            ("SECRET_KEY_123=ABCDEF_GHIJKL_1234", "GHIJKL"),
            ("x Q7X2_9KD0_PLM3_88AB_ZZT1 y", "9KD0"),
            // readiness:ignore SEC-064 a case of a test
            ("machine x login y password hunter2", "hunter2"),
        ] {
            assert!(!mask_secrets(text).contains(secret), "{text} -> {}", mask_secrets(text));
        }
    }

    #[test]
    fn ordinary_lines_stay_readable() {
        for text in [
            "USER root",
            "FROM registry.example.org:5000/team/image:1.2.3",
            "curl -fsSL https://get.example.net/install.sh | sudo sh",
            "RUN apt-get update && apt-get install -y build-essential",
            "debug: true",
            "password = os.environ[\"X\"]",
            "A key or token stands in a configuration file",
            "Tokens never expire",
            "TokenLifetimeMinutes: 1440",
            // readiness:ignore COD-102 a case of a test
            "app ALL=(ALL) NOPASSWD: ALL",
            "FROM python@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "The secret name is required",
            "DD_CREDENTIAL_AES_256_KEY is not set",
            "ADD https://github.com/example/engine.git#$ENGINE_OTHER_VERSION_17 .",
        ] {
            assert_eq!(mask_secrets(text), text);
        }
    }

    #[test]
    fn long_lines_are_cut_on_a_character() {
        let line = "é".repeat(500);
        assert_eq!(Evidence::of_line(line.as_bytes(), &[]).as_str().chars().count(), LONGEST + 1);
    }
}
