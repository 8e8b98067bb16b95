//! Which values of a document are not kept as they are. What is hidden needlessly is only compared by its digest; what is shown
//! needlessly is lost, so that doubt hides.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::mask_secrets;

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
    "cookie",
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
];
/// Words that are secrets only where they end a key: `smtp_auth`, `auths.example.auth`.
const AT_THE_END: &[&str] = &["auth", "auths", "login"];
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
/// Keys of a map that name what stands beside them.
const NAMING: &[&str] = &["name", "key", "id", "field", "variable", "var"];
/// Shortest stretch of letters and digits that looks like nobody made it up.
const RANDOM: usize = 20;

/// One value: its path (`a.b[0].c`), its text, and whether it is text (and not a number, a truth or a length of time).
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) worded: bool,
}

/// The paths whose values are hidden.
pub(super) fn hidden(leaves: &[Told<'_>]) -> BTreeSet<String> {
    let texts: BTreeMap<&str, &str> = leaves.iter().map(|leaf| (leaf.path, leaf.text)).collect();
    leaves.iter().filter(|leaf| is_hidden(leaf, &texts)).map(|leaf| leaf.path.to_owned()).collect()
}

fn is_hidden(leaf: &Told<'_>, texts: &BTreeMap<&str, &str>) -> bool {
    by_keys(leaf)
        || beside_a_name(leaf, texts)
        || of_a_secret_object(leaf, texts)
        || argument(leaf, texts)
        || (leaf.worded && (address(leaf.text) || random(leaf.text) || masked(leaf)))
}

/// By the keys above it: those that name a secret make one of everything below, except settings over secrets.
fn by_keys(leaf: &Told<'_>) -> bool {
    let keys: Vec<Vec<String>> = keys(leaf.path).map(words).collect();
    let Some((last, above)) = keys.split_last() else { return false };
    let policy = last.iter().any(|word| POLICY.contains(&word.as_str()));
    if names_secret(last) || last.last().is_some_and(|word| AT_THE_END.contains(&word.as_str())) {
        // `token_ttl: 15m` is a setting; `token_max: hunter2` is not worth the doubt.
        return leaf.worded || !policy;
    }
    above.iter().any(|words| names_secret(words)) && (!policy || leaf.worded)
}

/// `{name: DB_PASSWORD, value: …}`.
fn beside_a_name(leaf: &Told<'_>, texts: &BTreeMap<&str, &str>) -> bool {
    let Some((parent, last)) = leaf.path.rsplit_once('.') else { return false };
    let is_name = |key: &str| NAMING.iter().any(|naming| naming.eq_ignore_ascii_case(key));
    let beside = NAMING.iter().filter(|naming| !naming.eq_ignore_ascii_case(last)).filter_map(|naming| {
        let own = texts.get(format!("{parent}.{naming}").as_str());
        own.or_else(|| texts.get(format!("{parent}.{}", naming.to_uppercase()).as_str()))
    });
    let mut beside = beside.map(|name| words(name));
    !(is_name(last) && last.eq_ignore_ascii_case("name"))
        && beside.any(|words| {
            names_secret(&words) || words.last().is_some_and(|word| AT_THE_END.contains(&word.as_str()))
        })
}

/// `data` and `stringData` of a Kubernetes `Secret`.
fn of_a_secret_object(leaf: &Told<'_>, texts: &BTreeMap<&str, &str>) -> bool {
    ["data", "stringData"].iter().any(|field| {
        let inside = format!("{field}.");
        let at = if leaf.path.starts_with(&inside) {
            Some("")
        } else {
            leaf.path.find(&format!(".{inside}")).and_then(|at| leaf.path.get(..=at))
        };
        at.is_some_and(|prefix| {
            texts.get(format!("{prefix}kind").as_str()).is_some_and(|kind| *kind == "Secret")
        })
    })
}

/// What stands behind a flag that names a secret, in a list of words or in a command line.
fn argument(leaf: &Told<'_>, texts: &BTreeMap<&str, &str>) -> bool {
    let flag = |word: &str| {
        word.starts_with('-') && {
            let name = word.split('=').next().unwrap_or(word);
            let words = words(name);
            names_secret(&words) || words.last().is_some_and(|word| AT_THE_END.contains(&word.as_str()))
        }
    };
    // `-phunter2`, as clients of databases take it.
    let joined = |word: &str| word.starts_with("-p") && word.len() > 4;
    let mut split = leaf.text.split_whitespace();
    if leaf.worded
        && split.any(|word| (flag(word) && (word.contains('=') || leaf.text.contains(' '))) || joined(word))
    {
        return true;
    }
    let before =
        leaf.path.strip_suffix(']').and_then(|path| path.rsplit_once('[')).and_then(|(list, number)| {
            let number = number.parse::<usize>().ok()?.checked_sub(1)?;
            texts.get(format!("{list}[{number}]").as_str())
        });
    before.is_some_and(|word| flag(word) && !word.contains('='))
}

/// A URL that carries a user, a secret in its query, or the name of a hook.
fn address(text: &str) -> bool {
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
        || query.split(['&', ';']).any(secret)
}

/// Whether some of it looks like nobody made it up: letters and digits without an end, or a mixture of both that is no word.
fn random(text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '=' | '_' | '-');
    text.split(|c| !part(c)).any(|word| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.len() >= RANDOM && digits >= 2 && word.len() - digits >= 2
    })
}

/// Whether a report would not show it, alone or beside its key.
fn masked(leaf: &Told<'_>) -> bool {
    let key = keys(leaf.path).last().unwrap_or_default();
    let pair = format!("{key}: {}", leaf.text);
    mask_secrets(leaf.text) != leaf.text || mask_secrets(&pair) != pair
}

/// The keys of a path, without the places in lists.
fn keys(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').map(|key| key.split('[').next().unwrap_or(key)).filter(|key| !key.is_empty())
}

/// The words of a key, in lower case: `DB_PASSWORD`, `dbPassword` and `db-password` have the same.
fn words(key: &str) -> Vec<String> {
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

fn names_secret(words: &[String]) -> bool {
    let is =
        |list: &[&str], word: &String| list.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()));
    words.iter().any(|word| is(SECRET, word) || word.ends_with("password") || word.ends_with("secret"))
        || words
            .windows(2)
            .any(|pair| matches!(pair, [of, key] if is(KEY_OF, of) && matches!(key.as_str(), "key" | "keys")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(leaves: &[(&str, &str)]) -> Vec<bool> {
        let told: Vec<Told<'_>> = leaves
            .iter()
            .map(|(path, text)| Told {
                path,
                text,
                worded: text.parse::<f64>().is_err() && *text != "true" && !text.ends_with("m"),
            })
            .collect();
        let hidden = hidden(&told);
        leaves.iter().map(|(path, _)| hidden.contains(*path)).collect()
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        for (path, text) in [
            ("database.password", "correct"),
            ("password.prod", "correct"),
            ("password.prod", "12345"),
            ("password[0]", "correct"),
            ("secrets.db", "correct"),
            ("credentials.admin", "correct"),
            ("token.value", "correct"),
            ("a.password.value", "correct"),
            ("auth.tokens.alice", "correct"),
            ("api_keys.svc", "correct"),
            ("pass.word", "correct"),
            ("GITHUB_PAT", "correct"),
            ("REDISCLI_AUTH", "correct"),
            ("SMTP_AUTH", "correct"),
            ("NPM_CONFIG__AUTH", "correct"),
            ("basic_auth", "user:correct"),
            ("auths.example.auth", "Y29ycmVjdA"),
            ("sendgrid", "SG.abcdefghij0123456789.x"),
            ("cookie", "correct"),
            ("RABBITMQ_ERLANG_COOKIE", "correct"),
            ("pw", "correct"),
            ("cred", "correct"),
            ("card.pin", "1234"),
            ("otp_seed", "correct"),
            ("wallet.mnemonic", "correct horse"),
            ("seed", "correct"),
            ("admin.hash", "correct"),
            ("private", "correct"),
            ("dbPassword", "correct"),
            ("db-password2", "correct"),
            ("mysqlpassword", "correct"),
            ("url", "https://user:correct@db.example/x"),
            ("url", "https://KEY@sentry.example/1"),
            ("url", "https://x.example/container?sig=correct"),
            ("url", "https://hooks.slack.com/services/T0/B0/x"),
            ("url", "jdbc:oracle:thin:u/PW@h"),
            ("command", "redis-server --requirepass correct"),
            ("command", "mysql -pcorrect"),
            ("args[0]", "--token=correct"),
            ("blob", "Zm9vYmFyMTIzNDU2Nzg5MA"),
        ] {
            assert_eq!(is(&[(path, text)]), [true], "{path}: {text}");
        }
        assert_eq!(is(&[("env[0].name", "DB_PASSWORD"), ("env[0].value", "correct")]), [false, true]);
        assert!(is(&[("env[0].key", "API_KEY"), ("env[0].val", "correct")])[1]);
        assert_eq!(is(&[("kind", "Secret"), ("data.user", "x"), ("stringData.a", "y")]), [false, true, true]);
        assert_eq!(
            is(&[("[1].kind", "Secret"), ("[1].data.user", "x"), ("[0].data.user", "x")]),
            [false, true, false]
        );
        assert_eq!(
            is(&[("args[0]", "--password"), ("args[1]", "correct"), ("args[2]", "correct")]),
            [false, true, false]
        );
    }

    #[test]
    fn settings_stay_readable() {
        for (path, text) in [
            ("pool.size", "10"),
            ("security.jwt.expiry", "15m"),
            ("security.jwt.algorithm", "RS256"),
            ("security.jwt.issuer", "https://a.example"),
            ("cors.origins[0]", "https://a.example"),
            ("password.min_length", "12"),
            ("token.ttl", "15m"),
            ("session.cookie.secure", "true"),
            ("log.level", "info"),
            ("feature.enabled", "true"),
            ("image", "registry.example/app/server:1.2.3-alpine3"),
            ("path", "/var/lib/app/data"),
            ("database.host", "db-1.internal.example.com"),
            ("keyboard", "qwerty"),
            ("auth.method", "oidc"),
            ("env[0].name", "LOG_LEVEL"),
            ("command", "python -m app --workers 4"),
        ] {
            assert_eq!(is(&[(path, text)]), [false], "{path}: {text}");
        }
        assert_eq!(is(&[("env[0].name", "LOG_LEVEL"), ("env[0].value", "debug")]), [false, false]);
    }
}
