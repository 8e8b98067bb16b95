//! Transport: old versions, weak ciphers, and what addresses say about encryption.

use super::super::profile::{Profile, Setting};
use super::super::values;
use super::{Concern, concern};

/// Reports weak transport and weak algorithms.
pub(super) fn look(profile: &Profile<'_>, concerns: &mut Vec<Concern>) {
    for setting in &profile.settings {
        let text = setting.text();
        if text.is_empty() || text.len() > 8192 {
            continue;
        }
        if speaks_of_version(setting) && text.split([',', ' ', '+', ':', ';', '|']).any(is_old_version) {
            concerns.push(concern("CFG-020", setting, "Versions of TLS before 1.2 are allowed"));
        }
        if speaks_of_cipher(setting)
            && let Some(weak) = text.split([',', ' ', ':', ';', '|']).find(|name| is_weak_cipher(name))
        {
            let weak: String = weak.chars().take(40).collect();
            concerns.push(concern("CFG-042", setting, &format!("`{weak}` is broken")));
        }
        let lower = text.to_ascii_lowercase();
        if lower.contains("://") || lower.contains(';') || lower.contains("sslmode=") {
            address(setting, &lower, concerns);
        }
    }
}

/// Whether a setting says which versions or ciphers are used.
pub(super) fn knows(setting: &Setting<'_>) -> bool {
    speaks_of_version(setting) || speaks_of_cipher(setting)
}

fn speaks_of_version(setting: &Setting<'_>) -> bool {
    setting.words.has_any(&["tls", "ssl", "https"])
        && setting.key.has_any(&[
            "min",
            "minimum",
            "version",
            "versions",
            "protocol",
            "minversion",
            "minimal",
        ])
        && !setting.words.has_any(&["disabled", "disable", "exclude", "excluded", "max", "maximum", "http"])
}

fn is_old_version(text: &str) -> bool {
    let bare: String = text.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    matches!(
        bare.as_str(),
        "10" | "11"
            | "tls1"
            | "tls10"
            | "tls11"
            | "tlsv1"
            | "tlsv10"
            | "tlsv11"
            | "v10"
            | "v11"
            | "versiontls10"
            | "versiontls11"
            | "ssl2"
            | "ssl3"
            | "ssl30"
            | "sslv2"
            | "sslv3"
            | "sslv23"
    ) && !text.starts_with(['!', '-'])
}

fn speaks_of_cipher(setting: &Setting<'_>) -> bool {
    let words = &setting.words;
    if words.has_any(&[
        "jwt",
        "token",
        "password",
        "disabled",
        "exclude",
        "checksum",
        "etag",
        "balancer",
        "compression",
    ]) {
        return false;
    }
    setting.key.has_any(&["cipher", "cipher suites", "ciphersuites"])
        || (setting.key.ends_any(&["algorithm", "mode", "method", "type"])
            && words.has_any(&["encryption", "crypto", "cipher", "signing", "tls", "ssl"]))
}

fn is_weak_cipher(name: &str) -> bool {
    let name = name.trim();
    if name.starts_with(['!', '-']) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    lower == "sha1withrsa"
        || lower.split(|next: char| !next.is_ascii_alphanumeric()).any(|word| {
            matches!(
                word,
                "des"
                    | "3des"
                    | "des3"
                    | "desede"
                    | "tripledes"
                    | "rc2"
                    | "rc4"
                    | "arcfour"
                    | "ecb"
                    | "export"
                    | "anon"
                    | "adh"
                    | "enull"
                    | "anull"
                    | "blowfish"
                    | "md5"
                    | "md5withrsa"
                    | "rot13"
                    | "xor"
            )
        })
}

/// What the options of an address or a connection string say.
fn address(setting: &Setting<'_>, lower: &str, concerns: &mut Vec<Concern>) {
    let option = |names: &[&str], wrong: &[&str]| {
        lower.split(['?', '&', ';', ' ']).filter_map(|part| part.split_once('=')).any(|(name, value)| {
            let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            names.contains(&name.as_str()) && wrong.contains(&value.trim())
        })
    };
    let yes = ["true", "yes", "1"];
    let no = ["false", "no", "0", "disable", "disabled"];
    if option(
        &[
            "trustservercertificate",
            "tlsinsecure",
            "tlsallowinvalidcertificates",
            "sslallowinvalidcertificates",
        ],
        &yes,
    ) || option(&["verifyservercertificate"], &no)
        || option(&["tls"], &["skip-verify"])
    {
        concerns.push(concern("CFG-018", setting, "The address says that certificates are not verified"));
    }
    let host = lower.split_once("://").map_or("", |(_, rest)| rest.rsplit('@').next().unwrap_or(rest));
    let data_source = lower.split(';').any(|part| {
        part.trim().split_once('=').is_some_and(|(key, value)| {
            matches!(key, "server" | "host" | "data source") && values::is_loopback(value)
        })
    });
    let here = values::is_loopback(host) || data_source;
    if !here && option(&["sslmode", "usessl", "ssl", "tls", "encrypt"], &no) {
        concerns.push(concern("CFG-019", setting, "The address says that the connection is not encrypted"));
    }
    let trusted = setting.key.has_any(&["issuer", "jwks", "jwk", "oidc", "authority"])
        || setting.words.ends_any(&[
            "authorization uri",
            "token uri",
            "token endpoint",
            "issuer uri",
            "auth url",
        ]);
    if trusted && lower.starts_with("http://") && is_public_host(host) {
        concerns.push(concern("CFG-043", setting, "Identity is fetched over an unencrypted connection"));
    }
}

/// Whether a host is reached over networks of others.
fn is_public_host(host: &str) -> bool {
    let name = host.split(['/', ':', '?']).next().unwrap_or_default();
    let inside = [".local", ".internal", ".svc", ".cluster", ".localhost", ".lan", ".test", ".example"]
        .iter()
        .any(|end| name.ends_with(end))
        || name.contains(".svc.")
        || name.starts_with("10.")
        || name.starts_with("192.168.")
        || values::is_loopback(name)
        || name.contains(['$', '{', '<', '%']);
    name.contains('.') && !inside
}
