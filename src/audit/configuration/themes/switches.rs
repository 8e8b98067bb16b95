//! Protections that are switched off, and dangers that are switched on: one table of what a setting speaks of.

use super::super::profile::{Profile, Setting};
use super::super::stage::Stage;
use super::super::values;
use super::{Concern, concern};

/// Settings whose state decides.
struct Switch {
    rule: &'static str,
    /// The state that is a finding.
    wrong: bool,
    /// What the setting speaks of: the last words of its path without those that only switch.
    of: &'static [&'static str],
    /// Words of which one must stand in its path, if there are any here.
    with: &'static [&'static str],
    /// Words that make it something else.
    without: &'static [&'static str],
    /// What is said; the path follows.
    says: &'static str,
}

const TABLE: &[Switch] = &[
    Switch {
        rule: "CFG-001",
        wrong: false,
        of: &[
            "encryption",
            "encryption at rest",
            "at rest encryption",
            "encryption in transit",
            "encryption mode",
            "encryption type",
            "encryption status",
            "encryption state",
            "encryption algorithm",
            "encryption provider",
        ],
        with: &[],
        without: &["mail", "smtp", "email", "password"],
        says: "Encryption is switched off",
    },
    Switch {
        rule: "CFG-002",
        wrong: false,
        of: &[
            "signing",
            "signing verify",
            "verify signing",
            "signing mode",
            "signing algorithm",
            "signing check",
            "check signing",
            "verify webhook signing",
        ],
        with: &[],
        without: &["single", "jwt", "token", "self", "up", "in", "algorithm"],
        says: "Signing or the verification of signatures is switched off",
    },
    Switch {
        rule: "CFG-012",
        wrong: false,
        of: &["rate limit", "rate limit status", "request limit"],
        with: &[],
        without: &["log"],
        says: "Rate limiting is switched off",
    },
    Switch {
        rule: "CFG-018",
        wrong: false,
        of: &[
            "tls verify",
            "ssl verify",
            "verify tls",
            "verify ssl",
            "verify certificate",
            "certificate verify",
            "check certificate",
            "certificate check",
            "verify hostname",
            "hostname verify",
            "reject unauthorized",
            "verify peer",
            "peer verify",
            "verify host",
            "verify server certificate",
            "verify https",
            "https verify",
            "strict ssl",
            "strict tls",
            "verify tls certificate",
            "verify ssl certificate",
            "insecure verify",
            "verify ca",
            "ssl errors",
            "tls errors",
            "certificate errors",
            "https errors",
            "ssl verify mode",
            "tls verify mode",
            "verify peer name",
        ],
        with: &[],
        without: &[],
        says: "The verification of TLS certificates is switched off",
    },
    Switch {
        rule: "CFG-018",
        wrong: false,
        of: &["verify", "verify mode"],
        with: &["tls", "ssl", "https", "certificate"],
        without: &["client", "email", "mail", "sign"],
        says: "The verification of TLS certificates is switched off",
    },
    Switch {
        rule: "CFG-018",
        wrong: true,
        of: &[
            "trust all",
            "trust all certificate",
            "accept invalid certificate",
            "allow invalid certificate",
            "insecure tls",
            "tls insecure",
            "insecure ssl",
            "ssl insecure",
            "https insecure",
            "insecure https",
            "trust server certificate",
            "accept all certificate",
            "accept any certificate",
            "allow insecure ssl",
            "allow insecure tls",
            "allow insecure https",
            "accept untrusted certificate",
        ],
        with: &[],
        without: &[],
        says: "TLS certificates are accepted without verification",
    },
    Switch {
        rule: "CFG-019",
        wrong: false,
        of: &[
            "tls",
            "ssl",
            "https",
            "starttls",
            "https only",
            "https redirect",
            "redirect https",
            "redirect to https",
            "ssl redirect",
            "secure ssl redirect",
            "ssl mode",
            "tls mode",
            "transport security",
            "ssl only",
        ],
        with: &[],
        without: &["mutual", "client", "acme", "letsencrypt", "lets"],
        says: "Transport encryption is switched off",
    },
    Switch {
        rule: "CFG-019",
        wrong: false,
        of: &["encryption"],
        with: &["mail", "smtp", "email"],
        without: &["password"],
        says: "Transport encryption is switched off",
    },
    Switch {
        rule: "CFG-025",
        wrong: false,
        of: &["cookie secure", "secure cookie", "session secure", "cookie secure only", "cookie https only"],
        with: &[],
        without: &[],
        says: "A cookie is sent over unencrypted connections too",
    },
    Switch {
        rule: "CFG-025",
        wrong: false,
        of: &["secure"],
        with: &["cookie"],
        without: &[],
        says: "A cookie is sent over unencrypted connections too",
    },
    Switch {
        rule: "CFG-026",
        wrong: false,
        of: &["http only", "cookie http only", "http only cookie"],
        with: &["cookie", "session"],
        without: &[],
        says: "Scripts in a page may read a cookie",
    },
    Switch {
        rule: "CFG-029",
        wrong: true,
        of: &[
            "directory listing",
            "directory index listing",
            "autoindex",
            "directory browsing",
            "list directory",
            "directory list",
            "folder listing",
        ],
        with: &[],
        without: &[],
        says: "Directories are listed to whoever asks",
    },
    Switch {
        rule: "CFG-030",
        wrong: true,
        of: &["endpoint shutdown", "endpoints shutdown", "pprof", "expose all endpoints"],
        with: &[],
        without: &[],
        says: "A management endpoint is open",
    },
    Switch {
        rule: "CFG-030",
        wrong: false,
        of: &["management security"],
        with: &[],
        without: &[],
        says: "Management endpoints need no authentication",
    },
    Switch {
        rule: "CFG-031",
        wrong: true,
        of: &["introspection", "playground", "graphiql", "graphql ide"],
        with: &["graphql", "graphiql", "playground", "apollo", "introspection", "gql"],
        without: &["token", "oauth", "oidc"],
        says: "The GraphQL schema is open to exploration",
    },
    Switch {
        rule: "CFG-032",
        wrong: true,
        of: &["h2 console", "web allow others", "console web allow others"],
        with: &["h2"],
        without: &[],
        says: "The database console is reachable",
    },
    Switch {
        rule: "CFG-035",
        wrong: false,
        of: &[
            "csrf",
            "csrf protection",
            "csrf verify",
            "verify csrf",
            "antiforgery",
            "csrf token",
            "check csrf",
            "csrf check",
            "csrf token verify",
            "csrf mode",
        ],
        with: &[],
        without: &[],
        says: "Protection against forged requests is switched off",
    },
    Switch {
        rule: "CFG-036",
        wrong: false,
        of: &[
            "hsts",
            "security header",
            "secure header",
            "csp",
            "content security policy",
            "helmet",
            "frame options",
            "content type options",
            "nosniff",
            "strict transport security",
            "frameguard",
            "x frame options",
            "content type nosniff",
        ],
        with: &[],
        without: &["report"],
        says: "Security headers are switched off",
    },
    Switch {
        rule: "CFG-036",
        wrong: true,
        of: &["csp report only", "content security policy report only"],
        with: &[],
        without: &[],
        says: "The content security policy only reports",
    },
    Switch {
        rule: "CFG-037",
        wrong: false,
        of: &[
            "audit",
            "audit log",
            "audit trail",
            "audit event",
            "audit events",
            "security log",
            "audit logger",
        ],
        with: &[],
        without: &["npm", "retry"],
        says: "Audit logging is switched off",
    },
    Switch {
        rule: "CFG-038",
        wrong: false,
        of: &[
            "pii filter",
            "pii redact",
            "pii mask",
            "mask pii",
            "redact pii",
            "redact",
            "mask",
            "mask sensitive",
            "mask sensitive data",
            "data mask",
            "scrub",
            "scrub pii",
            "pii scrub",
            "filter pii",
            "anonymize",
            "anonymize ip",
            "pii protection",
            "pii detection",
            "pseudonymization",
            "sensitive data filter",
            "filter sensitive data",
            "redact sensitive data",
            "scrub data",
        ],
        with: &[],
        without: &["network", "subnet"],
        says: "The filtering of personal or secret data is switched off",
    },
    Switch {
        rule: "CFG-038",
        wrong: true,
        of: &[
            "send default pii",
            "log pii",
            "log sensitive data",
            "sensitive data log",
            "log password",
            "log request body",
            "log credential",
            "log secret",
            "log personal data",
            "include pii",
        ],
        with: &[],
        without: &[],
        says: "Personal or secret data is written to logs or sent on",
    },
    Switch {
        rule: "CFG-039",
        wrong: false,
        of: &[
            "backup",
            "automatic backup",
            "auto backup",
            "backup database",
            "database backup",
            "backup schedule",
        ],
        with: &[],
        without: &["code", "codes", "recovery", "local"],
        says: "Backups are switched off",
    },
    Switch {
        rule: "CFG-044",
        wrong: true,
        of: &[
            "include stack trace",
            "show stack trace",
            "stack trace",
            "detailed errors",
            "display errors",
            "show errors",
            "expose errors",
            "show error details",
            "show exceptions",
            "expose stack trace",
            "include exception details",
            "detailed error",
            "expose error details",
        ],
        with: &[],
        without: &["log"],
        says: "Errors are shown to clients with their inner details",
    },
    Switch {
        rule: "CFG-046",
        wrong: false,
        of: &[
            "mfa",
            "2fa",
            "two factor",
            "two factor authentication",
            "two factor auth",
            "multi factor",
            "multi factor authentication",
            "multi factor auth",
        ],
        with: &[],
        without: &[],
        says: "Authentication with a second factor is switched off",
    },
    Switch {
        rule: "CFG-048",
        wrong: false,
        of: &[
            "lockout",
            "account lockout",
            "brute force protection",
            "bruteforce protection",
            "login protection",
            "account lock",
            "lockout on failure",
        ],
        with: &[],
        without: &[],
        says: "Protection against guessing of passwords is switched off",
    },
    Switch {
        rule: "CFG-015",
        wrong: true,
        of: &["debug", "debug mode", "debugger", "debugging", "debugbar", "debug toolbar", "debug errors"],
        with: &[],
        without: &["log", "logger", "xdebug", "sql", "cors", "trace", "smtp", "mail", "level"],
        says: "Debug mode is on",
    },
];

/// Whether the table knows what a setting speaks of, however it stands.
pub(super) fn knows(setting: &Setting<'_>) -> bool {
    TABLE.iter().any(|switch| {
        setting.subject.ends_any(switch.of)
            && (switch.with.is_empty() || setting.words.has_any(switch.with))
            && !setting.words.has_any(switch.without)
    })
}

/// Reports switches that stand wrong.
pub(super) fn look(profile: &Profile<'_>, concerns: &mut Vec<Concern>) {
    for (at, setting) in profile.settings.iter().enumerate() {
        let Some(state) = setting.state else { continue };
        for switch in TABLE.iter().filter(|switch| switch.wrong == state) {
            if setting.subject.ends_any(switch.of)
                && (switch.with.is_empty() || setting.words.has_any(switch.with))
                && !setting.words.has_any(switch.without)
                && !(switch.rule == "CFG-019" && is_excused(profile, at, setting))
                && !(switch.rule == "CFG-031" && profile.stage == Stage::Development)
            {
                concerns.push(concern(switch.rule, setting, switch.says));
                break;
            }
        }
    }
}

/// Whether another way of encrypting the same connection is on, or it does not leave this machine.
fn is_excused(profile: &Profile<'_>, at: usize, setting: &Setting<'_>) -> bool {
    profile.neighbours(at).any(|near| {
        let other_way = near.path != setting.path
            && near.state == Some(true)
            && near.subject.ends_any(&["tls", "ssl", "starttls", "encryption"]);
        let here = near.key.ends_any(&["host", "hostname", "server", "address", "url", "addr"])
            && values::is_loopback(near.text());
        other_way || here
    })
}
