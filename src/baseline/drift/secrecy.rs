//! Which values of a document are not kept as they are. What is hidden needlessly is only compared by its digest; what is shown
//! needlessly is lost, so that doubt hides.

use std::collections::{BTreeMap, BTreeSet};

use super::forms;
use super::looks::{self, address, connection, random};
use super::vocabulary::{self, NAMING, ONLY_VALUE, is_policy, is_secret, keys, names_secret, words};
use crate::report::mask_secrets;

/// One value: its path (`a.b[0].c`), its text, and whether it is text (and not a number, a truth or a length of time).
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) worded: bool,
}

/// The paths whose values are hidden. `known` are those that somebody else takes for secrets, by their keys.
pub(super) fn hidden(leaves: &[Told<'_>], known: &BTreeSet<String>) -> BTreeSet<String> {
    let texts: BTreeMap<&str, &str> = leaves.iter().map(|leaf| (leaf.path, leaf.text)).collect();
    let is_hidden = |leaf: &&Told<'_>| is_hidden(leaf, &texts, known.contains(leaf.path));
    leaves.iter().filter(is_hidden).map(|leaf| leaf.path.to_owned()).collect()
}

fn is_hidden(leaf: &Told<'_>, texts: &BTreeMap<&str, &str>, known: bool) -> bool {
    if looks::harmless(leaf.text) {
        return false;
    }
    let path = vocabulary::of_path(leaf.path);
    let last = path.last().map_or(&[][..], Vec::as_slice);
    // `token_ttl: 3600` is a setting, whoever else takes it for a token.
    let known = known && (leaf.worded || !is_policy(last));
    let looks_so = address(leaf.text) || connection(leaf.text) || random(leaf.text) || masked("", leaf.text);
    if (leaf.worded && looks_so)
        || of_a_secret_object(leaf, texts)
        || argument(leaf, texts)
        || assignment(leaf)
        || embedded(leaf.text)
        || (leaf.worded && (forms::secret(leaf.text) || of_a_user(leaf, &path) || beside_a_mark(leaf, texts)))
    {
        return true;
    }
    if is_elsewhere(last, leaf.text) {
        return false;
    }
    let key = keys(leaf.path).last().unwrap_or_default();
    known || by_keys(&path, leaf) || beside_a_name(leaf, texts) || (leaf.worded && masked(key, leaf.text))
}

/// Whether a key says where a secret is, and the text is such a place.
fn is_elsewhere(key: &[String], text: &str) -> bool {
    (vocabulary::only_names(key) && looks::name(text)) || (vocabulary::may_be_path(key) && looks::path(text))
}

/// `users: {ann: …}`, and `users: ['ann:…']`.
fn of_a_user(leaf: &Told<'_>, path: &[Vec<String>]) -> bool {
    let direct =
        leaf.path.rsplit_once('.').is_some_and(|(above, last)| !above.ends_with(']') && !last.ends_with(']'));
    match path {
        [.., above, last] if direct => vocabulary::is_user_of(above, last),
        [.., last] => vocabulary::has_users(last) && forms::is_login(leaf.text),
        [] => false,
    }
}

/// `{value: …, sensitive: true}`, as states of Terraform have it.
fn beside_a_mark(leaf: &Told<'_>, texts: &BTreeMap<&str, &str>) -> bool {
    let above = leaf.path.rsplit_once('.').map_or("", |(above, _)| above);
    let is = |mark: &str| texts.get(format!("{above}.{mark}").as_str()).is_some_and(|text| *text == "true");
    let last = keys(leaf.path).last().unwrap_or_default();
    ONLY_VALUE.contains(&last) && ["sensitive", "secret", "secure"].iter().any(|mark| is(mark))
}

/// By the keys above it: those that name a secret make one of everything below, except settings over secrets.
fn by_keys(path: &[Vec<String>], leaf: &Told<'_>) -> bool {
    let Some((last, above)) = path.split_last() else { return false };
    // `token_ttl: 15m` is a setting; `token_max: hunter2` is not worth the doubt.
    (is_secret(last) || above.iter().any(|words| names_secret(words))) && (leaf.worded || !is_policy(last))
}

/// A file in a value, as in a `ConfigMap`, with a line that names a secret.
fn embedded(text: &str) -> bool {
    text.trim_end().contains('\n')
        && text.lines().filter_map(|line| line.split_once(['=', ':'])).any(|(name, value)| {
            let (words, value) = (words(name), value.trim());
            looks::name(name.trim())
                && is_secret(&words)
                && (value.is_empty() || !looks::harmless(value) && !is_elsewhere(&words, value))
        })
}

/// `{name: DB_PASSWORD, value: …}`, and `{name: DB_PASSWORD, value: {live: …}}`.
fn beside_a_name(leaf: &Told<'_>, texts: &BTreeMap<&str, &str>) -> bool {
    let ends = leaf.path.match_indices('.').map(|(at, _)| at);
    let mut maps = ends.filter_map(|at| Some((leaf.path.get(..at)?, leaf.path.get(at + 1..)?)));
    maps.any(|(map, below)| {
        let key = below.split(['.', '[']).next().unwrap_or(below);
        let direct = key == below && !key.eq_ignore_ascii_case("name");
        (direct || ONLY_VALUE.contains(&key)) && named_secret(leaf, map, key, texts)
    })
}

/// Whether a map has a key that names a secret, besides the one at hand.
fn named_secret(leaf: &Told<'_>, map: &str, key: &str, texts: &BTreeMap<&str, &str>) -> bool {
    let beside = NAMING.iter().filter(|naming| !naming.eq_ignore_ascii_case(key)).filter_map(|naming| {
        let own = texts.get(format!("{map}.{naming}").as_str());
        own.or_else(|| texts.get(format!("{map}.{}", naming.to_uppercase()).as_str()))
    });
    // `name: Log in with a token` is a title.
    let mut names = beside.filter(|name| looks::name(name) && !looks::path(name)).map(|name| words(name));
    names.any(|words| is_secret(&words) && (leaf.worded || !is_policy(&words)))
}

/// `DB_PASSWORD=…` as an item of a list.
fn assignment(leaf: &Told<'_>) -> bool {
    let Some((name, value)) = leaf.text.split_once('=').filter(|_| leaf.path.ends_with(']')) else {
        return false;
    };
    let words = words(name);
    let worded = value.parse::<f64>().is_err();
    looks::name(name)
        && !looks::harmless(value)
        && !is_elsewhere(&words, value)
        && is_secret(&words)
        && (worded || !is_policy(&words))
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
            is_secret(&words(name))
        }
    };
    // `-phunter2`, as clients of databases take it.
    let joined = |word: &str| word.starts_with("-p") && word.len() > 4;
    let redis = leaf.text.contains("redis-cli") && leaf.text.contains(" -a ");
    let mut split = leaf.text.split_whitespace();
    if redis
        || leaf.worded
            && split
                .any(|word| (flag(word) && (word.contains('=') || leaf.text.contains(' '))) || joined(word))
    {
        return true;
    }
    let before =
        leaf.path.strip_suffix(']').and_then(|path| path.rsplit_once('[')).and_then(|(list, number)| {
            let number = number.parse::<usize>().ok()?.checked_sub(1)?;
            texts.get(format!("{list}[{number}]").as_str())
        });
    // `-u ann:…`, as clients of web services take it.
    let login = |word: &str| matches!(word, "-u" | "--user") && leaf.text.contains(':');
    before.is_some_and(|word| (flag(word) && !word.contains('=')) || login(word))
}

/// Whether a report would not show it beside a key, if there is one.
fn masked(key: &str, text: &str) -> bool {
    let shown = if key.is_empty() { text.to_owned() } else { format!("{key}: {text}") };
    mask_secrets(&shown) != shown
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
        let hidden = hidden(&told, &BTreeSet::new());
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
