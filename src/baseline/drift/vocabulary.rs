//! Words of keys, and which of them speak of secrets.

/// Words of keys whose values, and all below them, are secrets.
const SECRET: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "pwd",
    "pw",
    "pass",
    "passphrase",
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "cred",
    "creds",
    "cookies",
    "pin",
    "otp",
    "totp",
    "seed",
    "mnemonic",
    "hash",
    "salt",
    "private",
    "pat",
    "dsn",
    "webhook",
    "webhooks",
    "signature",
    "sig",
    "sas",
    "bearer",
    "apikey",
    "apikeys",
    "requirepass",
    "masterauth",
    "authorization",
    "psk",
    "preshared",
    "chpasswd",
];
/// Words that are secrets only where they end a key: `smtp_auth`, `auths.example.auth`; what is below them is settings
/// (`cookie.same_site`).
const AT_THE_END: &[&str] =
    &["auth", "auths", "login", "cookie", "community", "communities", "rocommunity", "rwcommunity"];
/// What words end with that are passwords, and those that are none.
const ENDINGS: &[&str] = &["password", "secret", "passwd", "pass", "pw"];
const NO_PASSWORDS: &[&str] = &["bypass", "compass", "encompass", "overpass", "underpass", "surpass"];
/// Keys under which users stand with their passwords: `users: {ann: …}`.
const USERS: &[&str] = &["users", "accounts", "logins", "basicauth"];
/// What keys directly below `auth` are about that are no users.
const ABOUT: &[&str] = &[
    "admin",
    "audience",
    "backend",
    "base",
    "callback",
    "claim",
    "class",
    "client",
    "db",
    "default",
    "domain",
    "driver",
    "endpoint",
    "expires",
    "group",
    "groups",
    "guard",
    "guards",
    "handler",
    "host",
    "id",
    "key",
    "kind",
    "level",
    "module",
    "path",
    "plugin",
    "port",
    "prefix",
    "protocol",
    "providers",
    "realm",
    "redirect",
    "region",
    "role",
    "roles",
    "scheme",
    "scope",
    "scopes",
    "server",
    "service",
    "source",
    "status",
    "strategy",
    "tenant",
    "user",
    "username",
    "users",
    "zone",
];
/// Words before `key` or `keys` that make a secret of it.
const KEY_OF: &[&str] = &[
    "api",
    "access",
    "account",
    "encryption",
    "signing",
    "master",
    "shared",
    "storage",
    "host",
    "license",
    "app",
    "auth",
    "admin",
    "application",
    "consumer",
    "aes",
    "cipher",
    "client",
    "deploy",
    "encrypt",
    "gpg",
    "hmac",
    "jwt",
    "pgp",
    "record",
    "server",
    "session",
    "ssh",
    "ssl",
    "tls",
    "unseal",
];
/// Words of settings over secrets, which are none: `password.min_length`, `token.ttl`.
const POLICY: &[&str] = &[
    "min",
    "max",
    "length",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "expire",
    "lifetime",
    "age",
    "rotation",
    "interval",
    "timeout",
    "count",
    "num",
    "limit",
    "size",
    "enabled",
    "enable",
    "required",
    "require",
    "attempts",
    "history",
    "days",
    "hours",
    "minutes",
    "seconds",
    "period",
    "grace",
    "window",
    "duration",
    "rounds",
    "iterations",
    "cost",
    "strength",
    "policy",
    "refresh",
    "validity",
    "valid",
    "secure",
    "samesite",
    "httponly",
    "algorithm",
];
/// Keys that only say that here is the value of what is above: `cookie.value`.
pub(super) const ONLY_VALUE: &[&str] = &["value", "val", "content", "data"];
/// What a compound key ends with that says where a secret is, or of which kind: `token_url`, `secretName`, `auth_type`.
const NAMES_IT: &[&str] = &[
    "name", "url", "uri", "ref", "alias", "type", "format", "header", "field", "provider", "issuer",
    "method", "mode", "version",
];
/// What a key ends with whose value may be the path of a file.
const IN_A_FILE: &[&str] = &[
    "file",
    "files",
    "filename",
    "path",
    "dir",
    "directory",
    "folder",
    "location",
    "store",
    "keystore",
    "truststore",
    "key",
    "cert",
    "certificate",
    "ca",
];
/// Keys of a map that name what stands beside them.
pub(super) const NAMING: &[&str] = &["name", "key", "id", "field", "variable", "var"];

/// The keys of a path, without the places in lists.
pub(super) fn keys(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').map(|key| key.split('[').next().unwrap_or(key)).filter(|key| !key.is_empty())
}

/// The words of a key, in lower case: `DB_PASSWORD`, `dbPassword` and `db-password` have the same.
pub(super) fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in key.chars() {
        let ends = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && lower);
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
        lower = c.is_ascii_lowercase();
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// Whether words anywhere in a key make a secret of it and of all below it.
pub(super) fn names_secret(words: &[String]) -> bool {
    let is =
        |list: &[&str], word: &String| list.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()));
    words.iter().any(|word| is(SECRET, word) || is_password(word))
        || words
            .windows(2)
            .any(|pair| matches!(pair, [of, key] if (is(KEY_OF, of) || of == "s3") && matches!(key.as_str(), "key" | "keys")))
}

fn is_password(word: &str) -> bool {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    ENDINGS.iter().any(|end| word.ends_with(end)) && !NO_PASSWORDS.contains(&word)
}

/// Whether users stand below a key, with what they log in with.
pub(super) fn has_users(words: &[String]) -> bool {
    words.last().is_some_and(|word| USERS.contains(&word.as_str()))
}

/// Whether a key directly below another one can be the name of a user who has a password there: below `users` any, below `auth`
/// those that are no word of settings.
pub(super) fn is_user_of(above: &[String], words: &[String]) -> bool {
    let about = |word: &String| {
        let word = word.as_str();
        ABOUT.contains(&word)
            || NAMES_IT.contains(&word)
            || POLICY.contains(&word)
            || IN_A_FILE.contains(&word)
    };
    has_users(above) || (above.last().is_some_and(|word| word == "auth") && !words.iter().any(about))
}

/// The same, or words that do so at the end of a key.
pub(super) fn is_secret(words: &[String]) -> bool {
    names_secret(words) || words.last().is_some_and(|word| AT_THE_END.contains(&word.as_str()))
}

/// Whether the words of a key are a setting over secrets, if the value is no text.
pub(super) fn is_policy(words: &[String]) -> bool {
    words.iter().any(|word| POLICY.contains(&word.as_str()))
}

/// The words of the keys of a path, outermost first. `jwt.key` is `jwt_key`, and `cookie.value` is `cookie`.
pub(super) fn of_path(path: &str) -> Vec<Vec<String>> {
    let mut keys: Vec<Vec<String>> = keys(path).map(words).collect();
    let only = |key: &Vec<String>| matches!(key.as_slice(), [word] if ONLY_VALUE.contains(&word.as_str()));
    while keys.len() > 1 && keys.last().is_some_and(only) {
        keys.pop();
    }
    if let [.., above, last] = keys.as_mut_slice()
        && matches!(last.as_slice(), [word] if word == "key" || word == "keys")
        && let Some(word) = above.last()
    {
        last.insert(0, word.clone());
    }
    keys
}

/// Whether a key says where a secret is or of which kind, and not what it is.
pub(super) fn only_names(words: &[String]) -> bool {
    words.len() > 1 && words.last().is_some_and(|word| NAMES_IT.contains(&word.as_str()))
}

/// Whether the value of a key may be the path of a file.
pub(super) fn may_be_path(words: &[String]) -> bool {
    words.last().is_some_and(|word| IN_A_FILE.contains(&word.as_str()))
}
