//! How texts look that are secrets, and how those that are none.

use super::vocabulary::{names_secret, words};

/// Shortest stretch of letters and digits that looks like nobody made it up.
const RANDOM: usize = 20;
/// Words that settings have as values. Whoever would take one for a password has guessed it already: the digest under the salt
/// beside it would give it away at the first try.
const PLAIN: &[&str] = &[
    "true",
    "false",
    "on",
    "off",
    "yes",
    "no",
    "none",
    "null",
    "nil",
    "never",
    "always",
    "auto",
    "required",
    "require",
    "requires",
    "optional",
    "enabled",
    "enable",
    "disabled",
    "disable",
    "allow",
    "deny",
    "permit",
    "inherit",
    "read",
    "write",
    "strict",
    "lax",
    "permissive",
    "enforce",
    "prefer",
    "preferred",
    "want",
    "need",
    "request",
    "verify-ca",
    "verify-full",
    "peer",
    "trust",
    "md5",
    "scram-sha-256",
    "plain",
    "basic",
    "bearer",
    "digest",
    "oidc",
    "oauth2",
    "saml",
    "ldap",
    "jwt",
    "hs256",
    "hs384",
    "hs512",
    "rs256",
    "rs384",
    "rs512",
    "es256",
    "es384",
    "es512",
    "ps256",
    "eddsa",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "bcrypt",
    "scrypt",
    "argon2",
    "argon2i",
    "argon2id",
    "pbkdf2",
    "aes",
    "rsa",
    "dsa",
    "ec",
    "string",
    "integer",
    "boolean",
    "object",
    "array",
];

/// Whether a text is a word that settings have, or only says from where the value comes.
pub(super) fn harmless(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || PLAIN.iter().any(|word| word.eq_ignore_ascii_case(text))
        || reference(text)
        || text.strip_prefix("/run/secrets/").is_some_and(|name| !name.contains(char::is_whitespace))
}

/// The value that holds when nothing from outside changes it: of `${NAME:-value}` and `${NAME:value}` that after the colon.
pub(super) fn by_default(text: &str) -> &str {
    let mut text = text.trim();
    // References stand in the defaults of references.
    for _ in 0..4 {
        let inner = text.strip_prefix("${").and_then(|text| text.strip_suffix('}'));
        let Some((name, default)) = inner.and_then(|inner| inner.split_once(':')) else { break };
        if !is_name(name) || default.starts_with('?') {
            break;
        }
        text = default.strip_prefix('-').unwrap_or(default);
    }
    text
}

/// `${NAME}`, `$NAME`, `%env(NAME)%`, `${{ secrets.NAME }}` and `{{ .Values.name }}`: a name, and nothing that stands for it.
fn reference(text: &str) -> bool {
    let inside = |open: &str, close: &str| text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
    if let Some(inner) = inside("${{", "}}").or_else(|| inside("{{", "}}")) {
        return !inner.contains(['"', '\'', '`', '{', '}']);
    }
    if let Some(inner) = inside("${", "}") {
        // `${NAME:?words}` ends with these words when there is no value.
        return is_name(inner.split_once(":?").map_or(inner, |(name, _)| name));
    }
    inside("%env(", ")%").is_some_and(is_name) || text.strip_prefix('$').is_some_and(is_variable)
}

fn is_name(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-');
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && text.bytes().all(part)
        && !text.contains(":-")
}

/// `$ecret` is rather a password than a variable.
fn is_variable(text: &str) -> bool {
    is_name(text) && !text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Whether a text can be the path of a file: it begins as one, or is plain and ends in an extension.
pub(super) fn path(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-');
    let begins = ["/", "./", "../", "~/", "classpath:", "file:"].iter().any(|begin| text.starts_with(begin));
    let ends = text.rsplit_once('.').is_some_and(|(before, end)| {
        !before.is_empty()
            && (2..=5).contains(&end.len())
            && end.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && text.bytes().all(plain)
    });
    (begins || ends) && !text.contains(char::is_whitespace)
}

/// Whether a text can be a name or an address, and not a sentence or something that was generated.
pub(super) fn name(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:{}".contains(&byte);
    text.trim_matches('"').bytes().all(part)
}

/// A URL that carries a user, a secret in its query, or the name of a hook.
pub(super) fn address(text: &str) -> bool {
    let rest = match text.split_once("://") {
        Some((_, rest)) => rest,
        None if text.starts_with("jdbc:") => text,
        None => return false,
    };
    let secret = |pair: &str| {
        let words = words(pair.split('=').next().unwrap_or(pair));
        names_secret(&words) || words.iter().any(|word| matches!(word.as_str(), "key" | "code"))
    };
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    rest.contains('@')
        || rest.starts_with("hooks.")
        || rest.contains("/hooks/")
        || rest.contains("/webhook")
        || query.split(['&', ';']).any(secret)
}

/// `Server=db;User Id=sa;Pwd=…`, as drivers of databases take it.
pub(super) fn connection(text: &str) -> bool {
    let mut pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    text.contains(';')
        && pairs.any(|(name, value)| {
            let words = words(name.trim());
            let key = words.last().is_some_and(|word| word.ends_with("key"));
            (key || names_secret(&words)) && !harmless(value)
        })
}

/// Whether some of it looks like nobody made it up: a long stretch that changes too often between letters and digits, or between
/// small letters and capitals, to be made of words.
pub(super) fn random(text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '=' | '_' | '-');
    let mut before = "";
    text.split_inclusive(|c| !part(c)).any(|piece| {
        let word = piece.trim_end_matches(|c| !part(c));
        // `alpine@sha256:0c45…` names a state of something public.
        let known = before == "sha256:" && word.len() == 64;
        before = piece;
        !known && word.len() >= RANDOM && (is_hex(word) || is_mixed(word))
    })
}

/// Whether it is hexadecimal digits of both kinds, as in UUIDs.
fn is_hex(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether there are letters and digits, in runs (a capital begins one) that are shorter than three and a half on the average.
fn is_mixed(word: &str) -> bool {
    let (mut runs, mut letters, mut digits) = (0_usize, 0_usize, 0_usize);
    let mut last = b' ';
    for byte in word.bytes() {
        let same = match byte {
            b'0'..=b'9' => last.is_ascii_digit(),
            b'A'..=b'Z' => last.is_ascii_uppercase(),
            b'a'..=b'z' => last.is_ascii_alphabetic(),
            _ => true,
        };
        runs += usize::from(!same);
        letters += usize::from(byte.is_ascii_alphabetic());
        digits += usize::from(byte.is_ascii_digit());
        last = byte;
    }
    letters >= 2 && digits >= 2 && word.len() * 2 < runs * 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_told_from_words() {
        for text in [
            "Zm9vYmFyMTIzNDU2Nzg5MA",
            "951c5c9f-f925-4d22-b17f-1db4f7f9b1b2",
            "0123456789abcdef0123456789abcdef01234567",
            "tkhc-Dhltzai7A0dwSk9vCziuCSuZeTaMQtkkcAmH1EaSMqlaID6rA==",
            "prefix/Zm9vYmFyMTIzNDU2Nzg5MA",
        ] {
            assert!(random(text), "{text}");
        }
        for text in [
            "x86_64-unknown-linux-gnu",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "HTTPRoute303RedirectStatusCode",
            "QDRANT__SERVICE__GRPC_PORT=6334",
            "--max-old-space-size=200",
            "nginx-deployment-965685897",
            "alpine@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "DefaultWebSessionManagerFactoryBean",
        ] {
            assert!(!random(text), "{text}");
        }
    }

    #[test]
    fn references_are_told_from_what_they_stand_for() {
        for text in [
            "${A}",
            "$A_B",
            "${a.b}",
            "%env(A)%",
            "${{ secrets.A }}",
            "{{ .Values.a }}",
            "${A:?no A}",
            "Lax",
            " ",
        ] {
            assert!(harmless(text), "{text}");
        }
        for text in [
            "${A:-hunter2}",
            "${{ a || 'hunter2' }}",
            "{{ \"hunter2\" }}",
            "$ecretf0rt3st",
            "hunter2",
            "${A}hunter2",
        ] {
            assert!(!harmless(text), "{text}");
        }
        for (text, expected) in [
            ("${A:b}", "b"),
            ("${A:-b:c}", "b:c"),
            ("${A:}", ""),
            ("${A:${B:c}}", "c"),
            ("${A:?b}", "${A:?b}"),
            ("a:b", "a:b"),
        ] {
            assert_eq!(by_default(text), expected);
        }
        assert!(
            path("./tls/key.pem")
                && path("server_key.pem")
                && path("/etc/x")
                && !path("hunter2")
                && !path("a b.pem")
        );
    }
}
