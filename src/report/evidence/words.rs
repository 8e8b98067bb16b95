//! Single words that look like secrets, wherever they stand.

use super::MASK;

/// Shortest run of token characters that is masked for its looks alone.
const TOKEN: usize = 20;

/// Masks words that are given to names of secrets, and long runs of mixed token characters.
pub(super) fn mask_words(text: &str) -> String {
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
                    // `PASSWORD=$DB_PASSWORD command` has its value.
                    Name::Assigned if word.starts_with('$') => Name::None,
                    // `Authorization: Bearer …`, `password = str("…")`.
                    Name::Assigned if is_filler(word) => Name::Assigned,
                    _ => Name::of(word),
                };
            }
        }
    }
    out
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
pub(super) fn names_secret(word: &str) -> bool {
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
    word.len() >= 3 && !reference && !is_keyword(word) && !is_filler(word)
}

/// Words that are no value, whatever they are given to.
fn is_keyword(word: &str) -> bool {
    matches!(
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
    )
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

/// Whether a value is none: a keyword, what is masked already, or the name of something that is filled in later. What a
/// template holds in quotation marks is a value.
pub(super) fn is_reference_or_keyword(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let value = value.strip_suffix(b",").or(value.strip_suffix(b";")).unwrap_or(value);
    let Ok(text) = std::str::from_utf8(value) else { return false };
    if text.is_empty() || text.starts_with(MASK) && text.replace(MASK, "").trim().is_empty() {
        return true;
    }
    let name = |text: &str| {
        !text.is_empty()
            && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-'))
    };
    let plain = |inside: &str| !inside.contains(['"', '\'', '`', '{', '}']);
    let between = |open: &str, close: &str| text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let constant = |text: &str| {
        name(text) && text.bytes().all(|byte| !byte.is_ascii_lowercase())
            || text.bytes().all(|byte| !byte.is_ascii_digit()) && name(text)
    };
    text.strip_prefix('$').is_some_and(constant)
        || between("${", "}").is_some_and(name)
        || between("{", "}").is_some_and(|inside| inside.is_empty() || name(inside))
        || between("%", "%").is_some_and(name)
        || between("${{", "}}").is_some_and(plain)
        || between("{{", "}}").is_some_and(plain)
        || between("$(", ")").is_some_and(|inside| plain(inside) && !inside.contains("echo"))
        || matches!(text, "%s" | "%d" | "%v" | "%q" | "?" | "|" | ">" | "*")
        || text.starts_with("process.env.") && name(text)
        || text.starts_with("os.environ") && !text.contains(' ')
        || is_keyword(text)
}
