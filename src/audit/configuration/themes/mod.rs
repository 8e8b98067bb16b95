//! The rules by theme. Each theme looks at a whole profile and says what concerns it.

mod absence;
mod access;
mod credentials;
mod modes;
mod numbers;
mod switches;
mod tokens;
mod transport;

use std::ops::Range;

use super::profile::{Profile, Setting};
use crate::formats::document::Span;

/// A rule that a setting breaks, before it is known whether the file counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Concern {
    /// The rule.
    pub(super) rule: &'static str,
    /// The setting, or the section that lacks one.
    pub(super) span: Span,
    /// A full sentence; the path of the setting comes last, so that nothing in it hides what is said.
    pub(super) message: String,
    /// Bytes that no evidence may show.
    pub(super) secret: Option<Range<usize>>,
    /// Whether it stands in a part for development or testing.
    pub(super) development: bool,
}

/// A concern about a setting.
fn concern(rule: &'static str, setting: &Setting<'_>, says: &str) -> Concern {
    let default = if setting.by_default { ", unless the environment says otherwise" } else { "" };
    Concern {
        rule,
        span: setting.place(),
        message: format!("{says}{default}: `{}`.", setting.path),
        secret: None,
        development: setting.development,
    }
}

/// A concern about a setting whose value is secret.
fn secret_concern(rule: &'static str, setting: &Setting<'_>, says: &str) -> Concern {
    let place = setting.node.span;
    Concern { secret: Some(place.start..place.end), ..concern(rule, setting, says) }
}

/// Words of which one in the path of a setting makes it one of security, whether a rule looks at its value or not.
const SUBJECTS: &[&str] = &[
    "security",
    "auth",
    "authentication",
    "authorization",
    "jwt",
    "jws",
    "jwk",
    "jwks",
    "oauth",
    "oidc",
    "saml",
    "ldap",
    "kerberos",
    "sso",
    "mfa",
    "2fa",
    "otp",
    "totp",
    "password",
    "passphrase",
    "secret",
    "credential",
    "api key",
    "private key",
    "public key",
    "access key",
    "signing key",
    "encryption",
    "crypto",
    "cipher",
    "tls",
    "mtls",
    "ssl",
    "https",
    "certificate",
    "ca",
    "truststore",
    "keystore",
    "hsts",
    "csp",
    "content security policy",
    "signing",
    "hash",
    "bcrypt",
    "argon2",
    "cors",
    "origin",
    "csrf",
    "cookie",
    "session",
    "login",
    "lockout",
    "admin",
    "privileged",
    "permission",
    "permissions",
    "role",
    "roles",
    "rbac",
    "acl",
    "access control",
    "anonymous",
    "allow",
    "allowed",
    "allowlist",
    "whitelist",
    "denylist",
    "blacklist",
    "firewall",
    "waf",
    "rate limit",
    "request limit",
    "quota",
    "debug",
    "debugger",
    "audit",
    "pii",
    "privacy",
    "gdpr",
    "retention",
    "redact",
    "anonymize",
    "compliance",
    "enforcement",
    "sandbox",
    "vault",
    "trusted",
    "trust",
    "insecure",
    "verify",
    "bind",
    "listen",
    "expose",
    "exposure",
];

/// Whether a setting speaks of security: a rule looks at it, or a word of its path says so.
pub(super) fn speaks_of_security(setting: &Setting<'_>) -> bool {
    let token =
        setting.words.has("token") && !setting.words.has_any(&["max token", "token limit", "token count"]);
    token
        || setting.words.has_any(SUBJECTS)
        || switches::knows(setting)
        || tokens::knows(setting)
        || transport::knows(setting)
        || modes::knows(setting)
        || credentials::holds_secret(setting)
}

/// Whether a setting holds a secret.
pub(super) fn holds_secret(setting: &Setting<'_>) -> bool {
    credentials::holds_secret(setting)
}

/// Everything that concerns the rules in a profile, in the order of the file; each rule once a place.
pub(super) fn concerns(profile: &Profile<'_>) -> Vec<Concern> {
    let mut concerns = Vec::new();
    for look in [
        switches::look,
        tokens::look,
        credentials::look,
        transport::look,
        access::look,
        modes::look,
        numbers::look,
        absence::look,
    ] {
        look(profile, &mut concerns);
    }
    concerns.sort_by(|one, other| {
        (one.span, one.rule, &one.message).cmp(&(other.span, other.rule, &other.message))
    });
    concerns.dedup_by(|later, kept| later.rule == kept.rule && later.span == kept.span);
    concerns
}
