//! Modes: development in production, enforcement that only watches, how passwords are hashed.

use super::super::profile::{Profile, Setting};
use super::super::stage::Stage;
use super::{Concern, concern, secret_concern};

/// Modes of a control that does not act.
const WATCHING: &[&str] = &[
    "permissive",
    "audit",
    "warn",
    "warning",
    "report",
    "reportonly",
    "report-only",
    "report_only",
    "monitor",
    "monitoring",
    "monitor-only",
    "dry-run",
    "dryrun",
    "dry_run",
    "log",
    "log-only",
    "logonly",
    "detect",
    "detection",
    "detectiononly",
    "advisory",
    "observe",
    "passive",
    "disabled",
    "off",
    "none",
    "relaxed",
    "lenient",
    "simulate",
    "non-enforcing",
    "false",
];

/// Reports modes that are not those of production.
pub(super) fn look(profile: &Profile<'_>, concerns: &mut Vec<Concern>) {
    for setting in &profile.settings {
        let lower = setting.text().to_ascii_lowercase();
        if lower.is_empty() {
            continue;
        }
        if is_control(setting) && WATCHING.contains(&lower.as_str()) {
            concerns.push(concern(
                "CFG-014",
                setting,
                &format!("A control is in the mode `{lower}` and stops nothing"),
            ));
        } else if setting.enforce
            && setting.state == Some(false)
            && setting.subject.ends_any(&[
                "compliance",
                "policy",
                "policies",
                "control",
                "controls",
                "security policy",
                "compliance mode",
            ])
        {
            concerns.push(concern("CFG-014", setting, "A control is not enforced"));
        }
        development_mode(profile, setting, &lower, concerns);
        if weak_hash(setting, &lower) {
            concerns.push(concern("CFG-033", setting, "Passwords are stored with a fast hash or with none"));
        } else if lower.starts_with("{noop}") {
            concerns.push(secret_concern("CFG-033", setting, "The value is stored without a hash"));
        }
        if setting.key.ends("same site") && lower == "none" && setting.words.has_any(&["cookie", "session"]) {
            concerns.push(concern("CFG-027", setting, "A cookie is sent along with requests of other sites"));
        }
        if setting.key.ends_any(&["frame options", "x frame options"])
            && lower.starts_with("allow")
            && lower != "allow-from"
        {
            concerns.push(concern("CFG-036", setting, "Every site may frame the pages"));
        }
        if setting.words.ends_any(&[
            "include stack trace",
            "include exception",
            "server error include message",
        ]) && setting.key.has_any(&["stack trace", "exception"])
            && matches!(lower.as_str(), "on_trace_param" | "on-param" | "on_param")
        {
            concerns.push(concern(
                "CFG-044",
                setting,
                "Errors are shown with their inner details to whoever asks",
            ));
        }
    }
}

/// Whether a setting says how far a control acts.
pub(super) fn knows(setting: &Setting<'_>) -> bool {
    is_control(setting)
}

fn is_control(setting: &Setting<'_>) -> bool {
    let words = &setting.words;
    words.ends_any(&[
        "compliance mode",
        "compliance",
        "enforcement mode",
        "enforcement",
        "enforcement action",
        "policy mode",
        "security mode",
        "waf mode",
        "guard mode",
        "selinux",
        "selinux mode",
        "apparmor mode",
        "compliance level mode",
        "enforcement level",
        "guardrails mode",
        "policies mode",
        "policy enforcement",
    ]) && !words.has_any(&["log", "level"])
        || (setting.enforce && setting.key.ends("mode"))
        || (setting.key.ends("mode") && words.has_any(&["compliance", "enforcement"]))
}

fn development_mode(profile: &Profile<'_>, setting: &Setting<'_>, lower: &str, concerns: &mut Vec<Concern>) {
    let development =
        matches!(lower, "development" | "dev" | "develop" | "local" | "debug" | "testing" | "test");
    let production = profile.stage == Stage::Production;
    let words = &setting.words;
    let flask = words.ends("flask env") && matches!(lower, "development" | "dev");
    if flask && !production {
        concerns.push(concern("CFG-015", setting, "The debugger of Flask is on"));
    }
    let mode = words.ends_any(&[
        "node env",
        "app env",
        "flask env",
        "rails env",
        "rack env",
        "django env",
        "environment",
        "gin mode",
        "app environment",
        "app mode",
        "run mode",
        "server mode",
        "env",
        "aspnetcore environment",
        "dotnet environment",
        "profiles active",
        "symfony env",
    ]);
    if production && mode && development {
        concerns.push(concern(
            "CFG-016",
            setting,
            &format!("A profile for production sets the mode `{lower}`"),
        ));
    }
    let level =
        words.ends_any(&["log level", "level", "logger level", "verbosity"]) || words.has("log level");
    if production
        && level
        && words.has_any(&["log", "logger", "level"])
        && matches!(lower, "debug" | "trace" | "all")
    {
        concerns.push(concern(
            "CFG-017",
            setting,
            &format!("A profile for production logs at the level `{lower}`"),
        ));
    }
}

fn weak_hash(setting: &Setting<'_>, lower: &str) -> bool {
    let of_passwords = setting.words.has("password")
        && (setting.key.ends_any(&[
            "hash",
            "algorithm",
            "hash algorithm",
            "encoder",
            "scheme",
            "digest",
            "encryption",
            "hash type",
            "method",
            "password hash",
            "hash method",
            "storage",
            "password encryption",
            "password format",
            "hash function",
            "password encoder",
        ]))
        && !setting.words.has_any(&["jwt", "token", "otp", "totp"]);
    let bare: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    of_passwords
        && matches!(
            bare.as_str(),
            "md5"
                | "md4"
                | "sha"
                | "sha1"
                | "sha256"
                | "sha512"
                | "plain"
                | "plaintext"
                | "noop"
                | "none"
                | "crc32"
                | "ntlm"
                | "des"
                | "crypt"
                | "clear"
                | "cleartext"
                | "false"
                | "off"
                | "disabled"
                | "base64"
                | "ldapsha"
                | "mysql"
        )
}
