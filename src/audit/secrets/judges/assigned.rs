//! Values judged by the name they are given to: passwords, keys, tokens without a format of their own.

use memchr::memmem;

use super::structure::decode;
use super::url::is_password;
use super::{accept_if, is_whole};
use crate::audit::secrets::shape;
use crate::engine::{Candidate, Judgement, Language, entropy, is_comment};

/// Last words of names that hold something about a secret, not the secret.
const NOT_THE_SECRET: &[&str] = &[
    "id",
    "ids",
    "name",
    "names",
    "url",
    "uri",
    "path",
    "file",
    "files",
    "filename",
    "dir",
    "field",
    "fields",
    "type",
    "types",
    "length",
    "len",
    "size",
    "expiry",
    "expires",
    "expiration",
    "ttl",
    "lifetime",
    "timeout",
    "header",
    "headers",
    "prefix",
    "suffix",
    "regex",
    "regexp",
    "pattern",
    "hash",
    "hashed",
    "digest",
    "count",
    "limit",
    "label",
    "hint",
    "help",
    "placeholder",
    "title",
    "text",
    "message",
    "msg",
    "error",
    "errors",
    "version",
    "algorithm",
    "alg",
    "format",
    "class",
    "selector",
    "template",
    "env",
    "var",
    "variable",
    "endpoint",
    "host",
    "issuer",
    "provider",
    "location",
    "input",
    "element",
    "button",
    "link",
    "route",
    "reset",
    "policy",
    "rule",
    "rules",
    "validator",
    "description",
    "desc",
    "ref",
    "arn",
    "kind",
    "status",
    "enabled",
    "required",
    "store",
    "spec",
    "count",
    "index",
    "mode",
    "strength",
    "checksum",
    "fingerprint",
    "integrity",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "commit",
    "rev",
    "at",
    "date",
    "time",
    "column",
    "table",
    "icon",
    "image",
    "color",
    "signature",
    "string",
    "chars",
    "charset",
    "alphabet",
    "code",
    "map",
    "address",
    "symbol",
    "contract",
    "mint",
    "metadata",
];
/// Words that, anywhere in a name, say that the value is meant to be seen.
const PUBLIC: &[&str] = &[
    "public",
    "pubkey",
    "publishable",
    "csrf",
    "xsrf",
    "primary",
    "foreign",
    "cache",
    "sort",
    "partition",
    "shortcut",
    "keyboard",
    "keycode",
    "keyword",
    "keypress",
    "monkey",
    "turkey",
    "hotkey",
    "keyframe",
    "idempotency",
    "translation",
    "i18n",
    "locale",
    "license_key_name",
    "sitekey",
    "site_key",
    "tokenizer",
    "tokenize",
    "pagetoken",
    "page_token",
    "continuation",
    "cursor",
    "nextpage",
    "object_key",
    "objectkey",
    "s3_key",
    "filekey",
    "keyid",
    "key_id",
    "webtoken",
    // The nonce of a WebSocket handshake, RFC 6455 section 4.1.
    "websocket-key",
    "author",
    "etag",
    "digest",
    "checksum",
    "integrity",
    "commit",
];

/// A password. It may be short; it may not be a word, a label, a reference or code.
pub(super) fn password(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let name = name(candidate);
    let quoted = is_quoted(candidate);
    let prose = !quoted && matches!(candidate.language, Language::Prose | Language::Other | Language::Markup);
    let drawn = shape::looks_drawn(value);
    accept_if(
        !is_about(name)
            && !says_its_name(name, value)
            && !is_code(candidate, quoted)
            && !is_expansion(candidate)
            && !is_other_argument(candidate)
            && !is_shown(candidate)
            && is_password(b"", value)
            && (drawn || is_chosen(value))
            && (drawn || !prose && !is_translation(candidate)),
    )
}

/// Whether the file holds texts in a language, by the kinds that translators work with: a label such as `Passwort*` is no
/// password.
fn is_translation(candidate: &Candidate<'_>) -> bool {
    let name = candidate.entry.name().to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "arb" | "po" | "pot" | "xlf" | "xliff" | "strings" | "stringsdict" | "xcstrings" | "ftl"
    )
}

/// Whether a person may have chosen a value as password: no spaces, a digit with letters, or letters with signs.
fn is_chosen(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let joined = value.iter().any(|byte| b"_-./:\\@".contains(byte));
    let signs = value.iter().any(|byte| b"!#$%^&*+~?@".contains(byte));
    let length = value.len();
    if value.iter().any(|byte| byte.is_ascii_whitespace() || b"<>(){}[]|".contains(byte))
        || length < 6
        || letters == 0
    {
        return false;
    }
    // `input_password2` and `user.password` are names; so is a path or a version.
    (digits >= 1 || signs) && !(joined && shape::is_words(value)) && letters + digits >= length / 2
}

/// The key with which a framework signs and encrypts. Django marks the one it generates; that makes it no less a key.
pub(super) fn framework_key(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let value = value.strip_prefix(b"django-insecure-").unwrap_or(value);
    accept_if(
        value.len() >= 24
            && !is_code(candidate, is_quoted(candidate))
            && !is_expansion(candidate)
            && !shape::is_stand_in(value)
            && !shape::has_weak_word(value)
            && !shape::is_words(value)
            && entropy(value) >= 3.5,
    )
}

/// A key, secret or token assigned to a name that says so; the value must look drawn.
pub(super) fn key(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let name = name(candidate);
    let named = !is_about(name) && !says_its_name(name, value) && !is_expansion(candidate);
    let code = is_code(candidate, is_quoted(candidate)) || is_reference(value);
    let shown = is_shown(candidate) || is_for_tests(value) || wraps_stand_in(value);
    let weak = shape::is_stand_in(value) || (value.len() < 24 && shape::has_weak_word(value));
    accept_if(named && !code && !shown && !weak && shape::looks_drawn(value))
}

/// A drawn value after a word that speaks of a key, with nothing but space between.
pub(super) fn loose_key(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let name = name(candidate);
    let before = candidate.text.get(candidate.whole.start..candidate.part.start).unwrap_or_default();
    let assigned = before.iter().any(|byte| matches!(byte, b'=' | b':' | b'>'));
    let enough =
        value.len() >= if assigned { 16 } else { 20 } && is_whole(candidate) && !is_expansion(candidate);
    accept_if(
        enough
            && !is_for_tests(value)
            && !is_about(name)
            && !shape::is_stand_in(value)
            && !is_reference(value)
            && shape::looks_drawn(value),
    )
}

/// A value of a provider's length beside the provider's name.
pub(super) fn provider_key(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let name = name(candidate);
    accept_if(
        is_whole(candidate)
            && !is_about(name)
            && !shape::is_stand_in(value)
            && (shape::looks_drawn(value) || shape::is_uuid(value)),
    )
}

/// The name that a value is given to: the last run of name characters before it that is not a keyword.
fn name<'a>(candidate: &Candidate<'a>) -> &'a [u8] {
    let before = candidate.text.get(candidate.whole.start..candidate.part.start).unwrap_or_default();
    before
        .rsplit(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')))
        .find(|word| {
            word.len() >= 3
                && !matches!(word.to_ascii_lowercase().as_slice(), b"string" | b"str" | b"value" | b"is")
        })
        .unwrap_or_default()
}

/// Whether a name speaks about a secret or of something public.
fn is_about(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    if PUBLIC.iter().any(|word| memmem::find(&lower, word.as_bytes()).is_some()) {
        return true;
    }
    let last = last_word(name);
    NOT_THE_SECRET.iter().any(|word| last.eq_ignore_ascii_case(word.as_bytes()))
}

/// The last word of a name: after the last separator, or the last capital that follows a small letter.
fn last_word(name: &[u8]) -> &[u8] {
    let name = name.strip_suffix(b"$").unwrap_or(name);
    let from = name
        .iter()
        .zip(name.iter().skip(1))
        .rposition(|(before, here)| {
            matches!(before, b'_' | b'-' | b'.') || (before.is_ascii_lowercase() && here.is_ascii_uppercase())
        })
        .map_or(0, |at| at + 1);
    name.get(from..).unwrap_or_default()
}

/// Whether a value repeats its name, as catalogues of messages and form fields do.
fn says_its_name(name: &[u8], value: &[u8]) -> bool {
    let bare = |text: &[u8]| -> Vec<u8> {
        text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
    };
    let (name, value) = (bare(name), bare(value));
    value.is_empty() || name.ends_with(&value) || (name.len() >= 4 && memmem::find(&value, &name).is_some())
}

/// Whether a quotation mark stands on either side.
fn is_quoted(candidate: &Candidate<'_>) -> bool {
    let before = candidate.part.start.checked_sub(1).and_then(|at| candidate.text.get(at));
    matches!(before, Some(b'"' | b'\'' | b'`'))
}

/// Whether an unquoted value is code: a call, an index, a member, a path of identifiers.
fn is_code(candidate: &Candidate<'_>, quoted: bool) -> bool {
    let value = candidate.value();
    let after = candidate.text.get(candidate.part.end).copied().unwrap_or(b'\n');
    if quoted {
        return false;
    }
    value.iter().any(|byte| b"(){}[]<>|\\`".contains(byte))
        || matches!(after, b'(' | b'[' | b'{')
        || value.starts_with(b"$")
        || value.starts_with(b"&")
        || value.starts_with(b"*")
        || value.starts_with(b"!")
        || value.starts_with(b"@")
        || memmem::find(value, b"->").is_some()
        || memmem::find(value, b"::").is_some()
        || memmem::find(value, b"==").is_some_and(|at| at + 2 < value.len())
}

/// Whether the name stands in an expansion, `${NAME:?message}`, and what follows is its message or default.
fn is_expansion(candidate: &Candidate<'_>) -> bool {
    let from = candidate.whole.start;
    let near = candidate.text.get(from.saturating_sub(2)..candidate.part.start).unwrap_or_default();
    memmem::rfind(near, b"${").is_some_and(|at| !near.get(at..).unwrap_or_default().contains(&b'}'))
}

/// A secret that a variable falls back to: `${NAME:-value}`.
pub(super) fn fallback(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let chosen = is_chosen(value) || shape::looks_drawn(value);
    accept_if(chosen && is_password(b"", value) && !is_reference(value) && entropy(value) >= 2.5)
}

/// Whether a value follows its name after a comma, with more arguments after it: then it is not the name's value, as it
/// is in `define('NAME', 'value')`.
fn is_other_argument(candidate: &Candidate<'_>) -> bool {
    let before = candidate.text.get(candidate.whole.start..candidate.part.start).unwrap_or_default();
    let after = candidate.text.get(candidate.part.end..candidate.text.len().min(candidate.part.end + 8));
    let closes = after.unwrap_or_default().iter().find(|byte| !b"\"'` ".contains(byte)) == Some(&b')');
    let comma = before.iter().rfind(|byte| !b"\"'` @".contains(byte)) == Some(&b',');
    comma && !closes
}

/// Whether the value stands in a comment that calls it an example.
fn is_shown(candidate: &Candidate<'_>) -> bool {
    let line = candidate.line();
    let comment = is_comment(candidate.language, line) || line.trim_ascii_start().starts_with(b"#");
    comment && memmem::find(&line.to_ascii_lowercase(), b"example").is_some()
}

/// Whether a value is a stand-in in base64.
fn wraps_stand_in(value: &[u8]) -> bool {
    let inner = decode(value).unwrap_or_default();
    let readable = inner.len() >= 8 && inner.iter().all(|byte| (0x20..0x7f).contains(byte));
    readable && (shape::is_stand_in(&inner) || shape::has_weak_word(&inner) || shape::is_words(&inner))
}

/// Whether a value says that it opens a test environment only.
fn is_for_tests(value: &[u8]) -> bool {
    [&b"_test_"[..], b"-test-", b"sandbox", b"_sbx", b"sbx_", b"sdbx"]
        .iter()
        .any(|mark| memmem::find(value, mark).is_some())
}

/// Whether a value points elsewhere: a path, a URL, an address, an ARN, a digest with its algorithm, an asset.
fn is_reference(value: &[u8]) -> bool {
    let starts = |marks: &[&[u8]]| marks.iter().any(|mark| value.starts_with(mark));
    let lower = value.to_ascii_lowercase();
    let extension = lower.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    starts(&[
        b"/",
        b"./",
        b"../",
        b"~/",
        b"http",
        b"arn:",
        b"sha1-",
        b"sha256",
        b"sha384",
        b"sha512",
        b"md5",
        b"urn:",
        b"data:",
        b"file:",
        b"vault:",
        b"projects/",
        b"ssh-",
        b"op://",
        b"age1",
        b"ENC[",
        b"enc:",
    ]) || memmem::find(value, b"://").is_some()
        || matches!(
            extension,
            b"js"
                | b"ts"
                | b"json"
                | b"yaml"
                | b"yml"
                | b"pem"
                | b"key"
                | b"crt"
                | b"txt"
                | b"png"
                | b"svg"
                | b"html"
                | b"css"
                | b"py"
                | b"cer"
                | b"p12"
                | b"com"
                | b"org"
                | b"net"
                | b"io"
        )
        || value.iter().filter(|byte| **byte == b'/').count() >= 3
            && value.iter().filter(|byte| byte.is_ascii_uppercase()).count() < 3
}
