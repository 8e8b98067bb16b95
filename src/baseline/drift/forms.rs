//! Forms in which programs write secrets, whatever key they stand under.

use super::looks::{harmless, name, path};
use super::vocabulary::{is_policy, is_secret, may_be_path, words};

/// What hashes of passwords begin with (crypt(5), htpasswd, LDAP), and keys that say so themselves.
const MARKS: &[&str] = &[
    "$apr1$",
    "$1$",
    "$2a$",
    "$2b$",
    "$2y$",
    "$5$",
    "$6$",
    "$7$",
    "$y$",
    "$argon2",
    "$pbkdf2",
    "$scrypt$",
    "{SHA}",
    "{SSHA}",
    "{SHA512}",
    "{CRYPT}",
    "PRIVATE KEY-----",
    "PRIVATE KEY BLOCK-----",
    "-SECRET-KEY-",
];
/// Options of programs before a name and a password, or before a password alone.
const LOGIN: &[&str] = &["-u", "--user", "--proxy-user", "-U"];
const PASSWORD: &[&str] = &["sshpass"];

/// Whether a text has such a form: a hash of a password, a private key, the line of a login, a command or a header with one.
pub(super) fn secret(text: &str) -> bool {
    // Compose files write `$$` for `$`.
    let single = text.replace("$$", "$");
    MARKS.iter().any(|mark| single.contains(mark))
        || text.strip_prefix("pass:").is_some_and(|rest| !rest.is_empty())
        // What an INI file makes of an address whose scheme it takes for a key.
        || (text.starts_with("//") && text.contains('@'))
        || token(text)
        || command(text)
}

/// A JSON web token wherever it stands: its first part is an object in base64.
fn token(text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.split(|c| !part(c))
        .any(|piece| piece.starts_with("eyJ") && piece.len() >= 20 && piece.matches('.').count() >= 2)
}

/// Several words, one of which names a secret that follows it: `PGPASSWORD=x psql`, `X-Api-Key: x`, `machine h password x`.
fn command(text: &str) -> bool {
    let all: Vec<&str> = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';')).collect();
    let all: Vec<&str> = all.into_iter().filter(|word| !word.is_empty()).collect();
    let begins = |first: &[&str]| all.first().is_some_and(|word| first.contains(word));
    all.windows(2).any(|pair| {
        let [one, next] = pair else { return false };
        let header = one.strip_suffix(':').is_some_and(|key| key.contains('-') && named(key, next));
        let login = LOGIN.contains(one) && is_login(next);
        let netrc = begins(&["machine", "default"]) && *one == "password";
        header || login || netrc || *one == "PSK" || (begins(PASSWORD) && *one == "-p")
    }) || all.iter().any(|word| word.split_once('=').is_some_and(|(key, value)| named(key, value)))
}

fn named(key: &str, value: &str) -> bool {
    let words = words(key);
    let worded = value.parse::<f64>().is_err();
    let in_a_file = may_be_path(&words) && path(value);
    name(key) && is_secret(&words) && !harmless(value) && !in_a_file && (worded || !is_policy(&words))
}

/// `ann:…`; not an address, and not the numbers of a user and a group.
pub(super) fn is_login(text: &str) -> bool {
    text.split_once(':').is_some_and(|(user, password)| {
        !user.is_empty()
            && !password.is_empty()
            && !text.contains("//")
            && !harmless(password)
            && password.parse::<f64>().is_err()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_the_forms_of_programs() {
        for text in [
            "alice:$apr1$s4lt$hunter2",
            "ann:$$2y$$05$$hunter2",
            "PGPASSWORD=hunter2 psql -h db",
            "curl -H 'X-Api-Key: hunter2' https://a.example",
            "curl -u ann:hunter2 https://a.example",
            "machine h login ann password hunter2",
            "sshpass -p hunter2 ssh h",
            "/v/eyJhbGciOiJub25lIn0.hunter2.",
        ] {
            assert!(secret(text), "{text}");
        }
        for text in [
            "PORT=8080 server --user ann",
            "docker run -u 1000:1000 app",
            "curl -H 'Accept: text/plain' https://a.example",
            "PASSWORD_FILE=/run/secrets/db server",
            "PASSWORD_FILE=/etc/db.pw server",
            "MAX_TOKENS=15 serve --all",
            "PGPASSWORD=${PGPASSWORD} psql",
            "a default password is not set",
            "costs $5 or $6",
            "eyJ.a.b",
        ] {
            assert!(!secret(text), "{text}");
        }
    }
}
