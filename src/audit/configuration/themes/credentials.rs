//! Secrets that stand in the file instead of being referred to, and those that everybody knows.

use super::super::profile::{Profile, Setting};
use super::super::values;
use super::tokens::is_signing_secret;
use super::{Concern, secret_concern};

/// Ends of paths whose value is a secret.
const SECRETS: &[&str] = &[
    "password",
    "passphrase",
    "secret",
    "secret key",
    "secret key base",
    "api key",
    "api secret",
    "access key",
    "private key",
    "client secret",
    "signing key",
    "encryption key",
    "master key",
    "auth token",
    "access token",
    "api token",
    "bearer token",
    "jwt key",
    "shared key",
    "account key",
    "hmac key",
    "session key",
    "cookie key",
    "secret token",
    "app key",
    "signing secret",
    "webhook secret",
    "bot token",
    "refresh token",
    "auth key",
    "secret access key",
    "database password",
    "root password",
    "smtp password",
    "token secret",
];
/// Words that make a key speak about a secret instead of holding one.
const ABOUT: &[&str] = &[
    "public",
    "name",
    "header",
    "field",
    "prefix",
    "policy",
    "length",
    "file",
    "path",
    "url",
    "uri",
    "param",
    "parameter",
    "reset",
    "site",
    "id",
    "ref",
    "placeholder",
    "label",
    "message",
    "rotation",
    "strength",
    "format",
    "publishable",
    "expiry",
    "ttl",
    "hint",
    "regex",
    "pattern",
    "i18n",
    "error",
    "title",
    "claim",
];

/// Reports inline and default secrets.
pub(super) fn look(profile: &Profile<'_>, concerns: &mut Vec<Concern>) {
    for (at, setting) in profile.settings.iter().enumerate() {
        let Some(value) = setting.value.as_deref().map(str::trim) else { continue };
        if value.len() > 8192 {
            continue;
        }
        if is_secret_key(setting) {
            concerns.extend(inline(profile, at, setting, value));
        } else if let Some(password) = password_inside(value).filter(|_| !value.contains("devstoreaccount1"))
        {
            // What everybody tries first on this machine itself is how people develop.
            let here = value.rsplit_once('@').is_some_and(|(_, host)| values::is_loopback(host));
            if !(here && values::is_default_secret(password)) {
                concerns.extend(judge(setting, password, None));
            }
        }
    }
}

/// Whether a setting holds a secret, by its key or by what stands in it.
pub(super) fn holds_secret(setting: &Setting<'_>) -> bool {
    let text = setting.node.text().unwrap_or_default();
    is_secret_key(setting)
        || is_signing_secret(setting)
        || text.to_ascii_lowercase().starts_with("{noop}")
        || [text, setting.text()].into_iter().any(|text| password_inside(text.trim()).is_some())
}

fn is_secret_key(setting: &Setting<'_>) -> bool {
    setting.words.ends_any(SECRETS)
        && !setting.key.has_any(ABOUT)
        && values::flag(&setting.node.text().unwrap_or_default().to_ascii_lowercase()).is_none_or(|_| {
            // `1` is a password as bad as any; `true` is none.
            setting.text().bytes().all(|byte| byte.is_ascii_digit()) && setting.key.ends("password")
        })
}

fn inline(profile: &Profile<'_>, at: usize, setting: &Setting<'_>, value: &str) -> Option<Concern> {
    // Sentences are translations and help texts.
    if value.split_whitespace().count() > 3 && !value.starts_with("-----BEGIN") {
        return None;
    }
    if !setting.key.has("password") && looks_like_a_place(value) {
        return None;
    }
    let user = profile
        .neighbours(at)
        .find(|near| {
            near.key.ends_any(&["user", "username", "login", "name"])
                && !near.key.has_any(&["database", "full"])
        })
        .map(Setting::text);
    if is_signing_secret(setting) && !values::is_default_secret(value) {
        return None;
    }
    judge(setting, value, user)
}

fn judge(setting: &Setting<'_>, value: &str, user: Option<&str>) -> Option<Concern> {
    if value.is_empty() || values::is_reference(value) {
        return None;
    }
    let same_as_user = user.is_some_and(|user| !user.is_empty() && user == value);
    if values::is_default_secret(value) || (same_as_user && !values::is_placeholder(value)) {
        return Some(secret_concern(
            "CFG-011",
            setting,
            "A value that everybody tries first protects access",
        ));
    }
    if values::is_placeholder(value) {
        return None;
    }
    // Short values of keys are names and switches; a password may be short.
    if !setting.key.has("password") && !value.contains("://") && value.len() < 8 {
        return None;
    }
    Some(secret_concern(
        "CFG-010",
        setting,
        "The value stands in the file instead of a reference to where it is kept",
    ))
}

/// A path, a URL without credentials, or the name of a class.
fn looks_like_a_place(value: &str) -> bool {
    (value.starts_with(['/', '.', '~'])
        && !value.contains(char::is_whitespace)
        && value.len() < 200
        && value.contains('/')
        && !value.ends_with('='))
        || (value.contains("://") && password_inside(value).is_none())
        || ["classpath:", "com.", "org.", "io.", "net."].iter().any(|beginning| value.starts_with(beginning))
        || [".pem", ".key", ".crt", ".jks", ".p12"].iter().any(|end| value.ends_with(end))
}

/// The password inside a URL (`scheme://user:password@host`) or a connection string (`…;Password=…;`).
pub(super) fn password_inside(value: &str) -> Option<&str> {
    if let Some((_, rest)) = value.split_once("://") {
        let end = rest
            .find(|next: char| next.is_whitespace() || matches!(next, '/' | '"' | '\''))
            .unwrap_or(rest.len());
        let (user, _) = rest.get(..end)?.rsplit_once('@')?;
        return user.split_once(':').map(|(_, password)| password).filter(|password| !password.is_empty());
    }
    if !value.contains(';') {
        return None;
    }
    value.split(';').find_map(|part| {
        let (key, password) = part.split_once('=')?;
        let key = key.trim().to_ascii_lowercase();
        matches!(key.as_str(), "password" | "pwd" | "accountkey" | "sharedaccesskey").then(|| password.trim())
    })
}
