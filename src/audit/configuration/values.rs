//! What a value means: switched on or off, a reference to somewhere else, or a placeholder.

use std::borrow::Cow;

use crate::formats::document::{Node, Value};

/// Whether a text means yes or no. What says that there is none of something (`none`, `never`) means no.
pub(super) fn flag(text: &str) -> Option<bool> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "enabled" | "enable" | "y" | "t" | "always" | "active" => true,
        "false" | "no" | "off" | "0" | "disabled" | "disable" | "n" | "f" | "none" | "never" | "inactive"
        | "verify_none" => false,
        _ => return None,
    })
}

/// The text that a scalar has when nothing from outside changes it, and whether that is a default behind a
/// reference: `${NAME:text}` as Spring writes it and `${NAME:-text}` as shells do.
pub(super) fn effective(node: &Node) -> Option<(Cow<'_, str>, bool)> {
    if matches!(&node.value, Value::Null) || node.tag.as_deref().is_some_and(is_reference_tag) {
        return None;
    }
    let text = node.text()?;
    let inner = text.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    // Several references in a row are a text with holes, not one reference.
    let Some((_, default)) =
        inner.filter(|inner| !inner.contains('}')).and_then(|inner| inner.split_once(':'))
    else {
        return Some((Cow::Borrowed(text), false));
    };
    let default = default.strip_prefix(['-', '=']).unwrap_or(default);
    if default.contains("${") || default.starts_with('?') {
        return Some((Cow::Borrowed(text), false));
    }
    Some((Cow::Owned(default.trim_matches(['"', '\'']).to_owned()), true))
}

fn is_reference_tag(tag: &str) -> bool {
    let tag = tag.to_ascii_lowercase();
    ["vault", "secret", "env", "ref", "encrypted", "sops"].iter().any(|name| tag.contains(name))
}

/// Whether a value stands somewhere else (an environment variable, a vault, a file) or is encrypted.
pub(super) fn is_reference(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    const BEGINNINGS: &[&str] = &[
        "vault:",
        "file:",
        "env:",
        "env.",
        "enc(",
        "enc[",
        "secret:",
        "secrets:",
        "ref:",
        "ref+",
        "op://",
        "arn:aws",
        "ssm:",
        "awssm:",
        "gcpsm:",
        "sm://",
        "azurekeyvault:",
        "@microsoft.keyvault(",
        "projects/",
        "/run/secrets",
        "process.env",
        "os.environ",
        "env(",
        "getenv(",
        "secretref",
        "keyref",
        "keyvault:",
        "{cipher}",
        "encrypted:",
        "!vault",
        "!secret",
        "-----begin pgp message",
        "$__file{",
        "$__env{",
        "$__vault{",
        "sops:",
        "doppler:",
        "$(",
        "k8s:",
        "kubernetes:",
        "aws:",
        "gcp:",
        "azure:",
        "bao:",
        "conjur:",
        "file://",
        "${{",
        "from_env",
        "env/",
    ];
    let named = text.strip_prefix('$').is_some_and(|name| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|next| next.is_ascii_alphanumeric() || next == '_')
            // `$argon2id` begins a hash; a variable is written in capitals.
            && !name.contains(|next: char| next.is_ascii_lowercase())
    });
    let percent = text.len() > 2
        && text
            .strip_prefix('%')
            .and_then(|rest| rest.strip_suffix('%'))
            .is_some_and(|name| !name.contains(' '));
    named
        || percent
        || BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning))
        || text.contains("${")
        || text.contains("{{")
        || text.contains("<%")
        || text.contains("#{")
        || (text.starts_with('@') && text.ends_with('@') && text.len() > 2)
        || (text.starts_with("__") && text.ends_with("__") && text.len() > 4)
}

/// Whether a value only marks the place where one belongs.
pub(super) fn is_placeholder(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    const MARKS: &[&str] = &[
        "your",
        "you-",
        "example",
        "placeholder",
        "replace",
        "todo",
        "fixme",
        "xxx",
        "***",
        "insert",
        "dummy",
        "fill",
        "sample",
        "redacted",
        "to-be",
        "to_be",
        "tbd",
        "not-set",
        "notset",
        "not_set",
        "generate",
        "put-",
        "put_",
        "enter",
        "<set",
        "some-",
        "some_",
        "..",
        "somerandom",
        "some random",
        "00000000",
    ];
    const WHOLE: &[&str] = &[
        "",
        "null",
        "nil",
        "none",
        "undefined",
        "empty",
        "n/a",
        "na",
        "-",
        "''",
        "\"\"",
        "~",
        "unset",
        "string",
        "value",
        "optional",
        "required",
        "false",
        "true",
        "auto",
        "password_here",
        "...",
        "?",
        "abc",
        "foo",
        "bar",
    ];
    (lower.starts_with('<') && lower.ends_with('>'))
        || (lower.starts_with('{') && lower.ends_with('}') && !lower.starts_with("{noop"))
        || (lower.starts_with('[') && lower.ends_with(']'))
        || WHOLE.contains(&lower.as_str())
        || MARKS.iter().any(|mark| lower.contains(mark))
        || one_character(&lower)
        || names_a_variable(text.trim())
}

/// `CLUSTER_API_SECRET`: the name of what belongs there.
fn names_a_variable(text: &str) -> bool {
    text.contains('_') && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// The same character all along: `xxxx`, `****`, `0000`.
fn one_character(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| text.chars().count() > 2 && characters.all(|next| next == first))
}

/// Whether a value that should be secret is one that everybody tries first.
pub(super) fn is_default_secret(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let bare: String = lower.chars().filter(|next| !matches!(next, '-' | '_' | '.' | ' ' | '!')).collect();
    matches!(
        bare.as_str(),
        "admin"
            | "administrator"
            | "root"
            | "toor"
            | "guest"
            | "password"
            | "passw0rd"
            | "pssw0rd"
            | "password1"
            | "password123"
            | "postgres"
            | "postgresql"
            | "mysql"
            | "123456"
            | "1234"
            | "12345"
            | "12345678"
            | "123456789"
            | "changeme"
            | "changethis"
            | "changeit"
            | "changemeplease"
            | "pleasechangeme"
            | "secret"
            | "secretkey"
            | "mysecret"
            | "supersecret"
            | "topsecret"
            | "default"
            | "letmein"
            | "qwerty"
            | "welcome"
            | "minioadmin"
            | "minio123"
            | "rabbitmq"
            | "nacos"
            | "elastic"
            | "admin123"
            | "root123"
            | "redis"
            | "mongodb"
            | "mongo"
            | "mariadb"
            | "oracle"
            | "grafana"
            | "test123"
            | "pass"
            | "pass123"
            | "keyboardcat"
            | "changemeinproduction"
            | "changethisinproduction"
    )
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim().to_ascii_lowercase();
    let host = host.trim_start_matches('[');
    host == "::1" || host.starts_with("::1]") || host.starts_with("localhost") || host.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_placeholders_are_told_from_values() {
        for text in [
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "%DB_PASSWORD%",
            "vault:db#password",
            "ENC(abc=)",
            "{{ secret }}",
            "/run/secrets/db",
            "<%= ENV['X'] %>",
            "@Microsoft.KeyVault(SecretUri=x)",
            "op://vault/item",
        ] {
            assert!(is_reference(text), "{text}");
        }
        for text in ["hunter2", "$2a$10$abcdef", "$argon2id", "p%ss%", "pa$$word"] {
            assert!(!is_reference(text), "{text}");
        }
        for text in [
            "<password>",
            "{password}",
            "CLUSTER_API_SECRET",
            "your-secret-key",
            "xxxx",
            "****",
            "",
            "TODO",
            "null",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        assert!(!is_placeholder("k3yB0ard-Monkey"));
        assert!(
            is_default_secret("Change-Me!") && is_default_secret("postgres") && !is_default_secret("s3rious")
        );
    }

    #[test]
    fn yes_and_no_in_many_words() {
        for (text, expected) in
            [("Yes", Some(true)), ("0", Some(false)), ("disabled", Some(false)), ("maybe", None), ("2", None)]
        {
            assert_eq!(flag(text), expected, "{text}");
        }
        assert!(is_loopback("localhost:5432") && is_loopback("[::1]:80") && !is_loopback("10.0.0.1"));
    }
}
