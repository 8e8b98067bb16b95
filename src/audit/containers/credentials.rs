//! Secrets in `ENV`, `ARG` and `LABEL`.

use std::ops::Range;

use super::view::View;
use crate::engine::Findings;
use crate::formats::containerfile::{Instruction, InstructionKind, Value};

/// CTR-015 and CTR-017: values that stand in the file.
pub(super) fn values(view: &View<'_>, findings: &mut Findings<'_>) {
    let instructions =
        view.file.global_args.iter().chain(view.placed.iter().map(|placed| placed.instruction));
    for instruction in instructions {
        // Names stand in the order of the list, so each is looked for behind the one before.
        let mut from = instruction.keyword.end;
        match &instruction.kind {
            InstructionKind::Env(pairs) | InstructionKind::Label(pairs) => {
                let env = matches!(instruction.kind, InstructionKind::Env(_));
                for pair in pairs {
                    from = judge(view, findings, (instruction, from), &pair.name, &pair.value, env);
                }
            }
            InstructionKind::Arg(arguments) => {
                for argument in arguments {
                    if let Some(default) = &argument.default {
                        from = judge(view, findings, (instruction, from), &argument.name, default, false);
                    }
                }
            }
            _ => {}
        }
    }
}

/// CTR-016: `ARG` for a secret: what is passed for it stays in the image's history and in the build cache.
pub(super) fn build_arguments(view: &View<'_>, findings: &mut Findings<'_>) {
    let mut seen = std::collections::BTreeSet::new();
    for placed in &view.placed {
        let InstructionKind::Arg(arguments) = &placed.instruction.kind else { continue };
        let mut from = placed.instruction.keyword.end;
        for argument in arguments {
            let literal = argument
                .default
                .as_ref()
                .is_some_and(|default| !matches!(kind_of(default), Kind::None | Kind::Reference));
            if is_secret_name(&argument.name) && !literal && seen.insert(argument.name.clone()) {
                let place = name_place(view, placed.instruction, from, &argument.name);
                from = place.end.max(from);
                findings.at(
                    "CTR-016",
                    place,
                    format!("`{}` is passed to the build as an argument", argument.name),
                );
            }
        }
    }
}

/// Reports the value of one name, looked for from an offset in its instruction. Returns where the next name is looked for.
fn judge(
    view: &View<'_>,
    findings: &mut Findings<'_>,
    (instruction, from): (&Instruction, usize),
    name: &str,
    value: &Value,
    env: bool,
) -> usize {
    if !is_secret_name(name) {
        return from;
    }
    let place = name_place(view, instruction, from, name);
    let end = place.end.max(from);
    // `NAGIOSADMIN_PASS=nagios` is as good as known.
    let guessed =
        value.text.len() > 3 && name.to_ascii_lowercase().contains(&value.text.to_ascii_lowercase());
    match kind_of(value) {
        Kind::Literal if guessed && env => {
            let message = format!("`{name}` is set to a password that everyone tries first");
            findings.at("CTR-017", place, message);
        }
        Kind::Literal if guessed => {}
        Kind::Literal => {
            if let Some(secret) = view.find(instruction.span, place.end, &value.raw) {
                findings.mask(secret);
            }
            findings.at(
                "CTR-015",
                place,
                format!("the value of `{name}` stands in the file and in every image made of it"),
            );
        }
        Kind::Default if env => {
            let message = format!("`{name}` is set to a password that everyone tries first");
            findings.at("CTR-017", place, message);
        }
        _ => {}
    }
    end
}

fn name_place(view: &View<'_>, instruction: &Instruction, from: usize, name: &str) -> Range<usize> {
    view.find(instruction.span, from, name).unwrap_or_else(|| view.head(instruction))
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Empty, or an obvious blank to be filled in.
    None,
    /// Another variable.
    Reference,
    /// A password that every list of passwords begins with.
    Default,
    Literal,
}

fn kind_of(value: &Value) -> Kind {
    if value.raw.contains('$') {
        return Kind::Reference;
    }
    let text = value.text.trim();
    let lower = text.to_ascii_lowercase();
    const TRIVIAL: &[&str] = &[
        "admin",
        "changeit",
        "changeme",
        "change_me",
        "change-me",
        "default",
        "guest",
        "letmein",
        "mysql",
        "p@ssw0rd",
        "pass",
        "passw0rd",
        "password",
        "password1",
        "postgres",
        "qwerty",
        "root",
        "secret",
        "toor",
        "user",
        "welcome",
        "1234",
        "12345",
        "123456",
        "12345678",
        "123456789",
    ];
    if TRIVIAL.contains(&lower.as_str()) {
        return Kind::Default;
    }
    const BLANKS: &[&str] = &[
        "placeholder",
        "example",
        "dummy",
        "todo",
        "replace",
        "your",
        "xxx",
        "***",
        "...",
        "fake",
        "redacted",
        "notset",
        "not-set",
        "not_set",
        "unset",
        "insert",
        "build-time",
        "buildtime",
        "not-used",
        "unused",
        "sample",
    ];
    let flag = matches!(
        lower.as_str(),
        "" | "none"
            | "null"
            | "nil"
            | "true"
            | "false"
            | "yes"
            | "no"
            | "on"
            | "off"
            | "test"
            | "testing"
            | "foo"
            | "bar"
    );
    let number = text.len() < 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let bracketed = text.starts_with(['<', '{', '[', '%']);
    let place = text.starts_with(['/', '.', '~']) || lower.contains("://") && !lower.contains('@');
    if flag
        || number
        || bracketed
        || place
        || text.len() < 4
        || BLANKS.iter().any(|blank| lower.contains(blank))
    {
        return Kind::None;
    }
    // One letter over and over, and sentences.
    let first = text.chars().next();
    if text.chars().all(|letter| Some(letter) == first) || text.split_whitespace().count() > 3 {
        return Kind::None;
    }
    Kind::Literal
}

/// Whether a name is that of a secret, judged by its words.
fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let has = |word: &str| words.iter().any(|have| have == word);
    let pair = |one: &str, two: &str| words.windows(2).any(|two_words| two_words == [one, two]);
    const OTHERS: &[&str] = &[
        "FILE",
        "FILES",
        "PATH",
        "DIR",
        "FOLDER",
        "URL",
        "URI",
        "NAME",
        "ID",
        "TTL",
        "EXPIRY",
        "EXPIRES",
        "EXPIRATION",
        "LENGTH",
        "SIZE",
        "LIMIT",
        "ENABLED",
        "ENABLE",
        "DISABLED",
        "HEADER",
        "TYPE",
        "ALGORITHM",
        "ALG",
        "ISSUER",
        "POLICY",
        "MODE",
        "VERSION",
        "HOST",
        "PORT",
        "USER",
        "USERNAME",
        "ENDPOINT",
        "PUBLIC",
        "MIN",
        "MAX",
        "ALLOW",
        "RANDOM",
        "EMPTY",
        "DUMMY",
        "COUNT",
        "SERVER",
        "SERVICE",
        "PROVIDER",
        "STORE",
        "MANAGER",
        "PREFIX",
        "SUFFIX",
        "NAMESPACE",
        "REGEX",
        "FIELD",
        "COLUMN",
        "AGE",
        "LIFETIME",
        "TIMEOUT",
        "INTERVAL",
        "ROTATION",
        "HASHER",
        "CLASS",
        "FORMAT",
        "BACKEND",
        "PARALLELISM",
        "REFRESH",
        "DURATION",
        "MINUTES",
        "SECONDS",
        "HOURS",
        "DAYS",
    ];
    if OTHERS.iter().any(|word| has(word)) {
        return false;
    }
    let key = ["API", "ACCESS", "PRIVATE", "SECRET", "ENCRYPTION", "SIGNING", "MASTER", "AUTH", "LICENSE"]
        .iter()
        .any(|word| pair(word, "KEY"));
    let alone = [
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "SECRET",
        "SECRETS",
        "TOKEN",
        "APIKEY",
        "CREDENTIAL",
        "CREDENTIALS",
        "PASSWORDS",
    ];
    // Web servers pass requests on.
    let passes_on = words.iter().rev().nth(1).is_some_and(|before| {
        matches!(before.as_str(), "PROXY" | "UWSGI" | "SCGI" | "FASTCGI" | "GRPC" | "MEMCACHED")
    });
    let short = !passes_on
        && words.len() > 1
        && words.last().is_some_and(|last| matches!(last.as_str(), "PWD" | "PASS"));
    key || short || alone.iter().any(|word| has(word))
}

/// The words of a name in capitals: `dbPassword`, `DB_PASSWORD` and `db.password` have the same two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for letter in name.chars().take(200) {
        if !letter.is_ascii_alphanumeric() || lower && letter.is_ascii_uppercase() {
            words.push(String::new());
        }
        lower = letter.is_ascii_lowercase();
        if letter.is_ascii_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.push(letter.to_ascii_uppercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_by_their_words() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "NPM_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "API_KEY",
            "apiKey",
            "MYSQL_PWD",
            "SECRET_KEY_BASE",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "PWD",
            "OLDPWD",
            "DB_PASSWORD_FILE",
            "TOKENIZERS_PARALLELISM",
            "TOKEN_TTL",
            "GPG_KEY",
            "SECRET_NAME",
            "PUBLIC_KEY",
            "COMPASS",
            "MYSQL_ALLOW_EMPTY_PASSWORD",
            "DD_UWSGI_PASS",
            "KEYCLOAK_HOME",
            "SECRETARY",
            "JWT_TOKEN_EXPIRES",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn values_by_what_they_are() {
        let kind = |text: &str| {
            kind_of(&Value { raw: text.to_owned(), text: text.to_owned(), unresolved: Vec::new() })
        };
        assert_eq!(kind("hunter2-Blue-Horse"), Kind::Literal);
        assert_eq!(kind("${OTHER}"), Kind::Reference);
        assert_eq!(kind("changeme"), Kind::Default);
        for blank in [
            "",
            "<token>",
            "your-token-here",
            "/run/secrets/db",
            "true",
            "0",
            "xxxxxxxx",
            "aaaaaaaa",
            "dummy-value",
        ] {
            assert_eq!(kind(blank), Kind::None, "{blank}");
        }
    }
}
