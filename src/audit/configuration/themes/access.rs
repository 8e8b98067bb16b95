//! Who may come in: origins, addresses that are listened on, authentication, management endpoints.

use super::super::profile::{Profile, Setting};
use super::{Concern, concern};

/// Kinds of authentication whose being off says nothing about the whole.
const ONE_OF_MANY: &[&str] = &[
    "mail",
    "smtp",
    "email",
    "basic",
    "factor",
    "proxy",
    "client",
    "mutual",
    "ldap",
    "saml",
    "oauth",
    "oidc",
    "social",
    "github",
    "google",
    "gitlab",
    "kerberos",
    "ntlm",
    "imap",
    "sasl",
    "metrics",
    "jwt",
    "mfa",
    "password",
    "negotiate",
    "strict",
];

/// Reports open doors.
pub(super) fn look(profile: &Profile<'_>, concerns: &mut Vec<Concern>) {
    let open: Option<&Setting<'_>> = profile.settings.iter().find(|setting| is_open(setting));
    let mut bound = false;
    let mut exposed: Option<String> = None;
    let with_credentials = profile.settings.iter().any(|setting| {
        setting.state == Some(true)
            && setting.key.has_any(&["credential"])
            && setting.words.has_any(&["cors", "allow", "allowed", "access control"])
    });
    for setting in &profile.settings {
        if is_any_origin(setting) {
            let (rule, says) = if with_credentials {
                ("CFG-022", "Every origin may call with the credentials of the user")
            } else {
                ("CFG-021", "Every origin may call")
            };
            concerns.push(concern(rule, setting, says));
        }
        if let Some(open) = open.filter(|open| open.development == setting.development)
            && listens_everywhere(setting)
        {
            bound = true;
            let says =
                format!("The service listens on all addresses while authentication is off (`{}`)", open.path);
            concerns.push(concern("CFG-023", setting, &says));
        }
        // One finding a list, however many endpoints it opens.
        if setting.words.has("exposure include")
            && exposed.as_ref() != Some(&setting.path)
            && setting.text().split(',').any(|name| {
                matches!(
                    name.trim(),
                    "*" | "env" | "heapdump" | "shutdown" | "threaddump" | "configprops" | "jolokia"
                )
            })
        {
            exposed = Some(setting.path.clone());
            concerns.push(concern(
                "CFG-030",
                setting,
                "Management endpoints that show or change the program are open",
            ));
        }
    }
    if !bound {
        concerns.extend(
            profile
                .settings
                .iter()
                .filter(|setting| is_open(setting))
                .map(|setting| concern("CFG-024", setting, "Authentication is switched off")),
        );
    }
}

fn is_open(setting: &Setting<'_>) -> bool {
    let off = setting.state == Some(false)
        && setting.subject.ends_any(&[
            "auth",
            "authentication",
            "authorization",
            "access control",
            "security",
        ])
        && !setting.words.has_any(ONE_OF_MANY)
        && !setting.words.has_any(&["management", "transport", "transactional"])
        && !setting.words.ends("auth algorithm");
    let open = setting.state == Some(true)
        && setting.subject.ends_any(&[
            "allow anonymous",
            "anonymous access",
            "anonymous auth",
            "allow anonymous access",
        ]);
    off || open
}

fn listens_everywhere(setting: &Setting<'_>) -> bool {
    let text = setting.text();
    let place = setting.key.ends_any(&[
        "host",
        "bind",
        "address",
        "listen",
        "bind address",
        "addr",
        "ip",
        "hostname",
        "bind ip",
        "interface",
        "bind host",
    ]);
    let every = ["0.0.0.0", "::", "[::]", "*"]
        .iter()
        .any(|host| text.strip_prefix(host).is_some_and(|rest| rest.is_empty() || is_port(rest)))
        || text.strip_prefix("http://0.0.0.0").is_some_and(|rest| rest.is_empty() || is_port(rest));
    place && every
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':')
        .is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_any_origin(setting: &Setting<'_>) -> bool {
    let of_origins =
        setting.key.ends_any(&[
            "origin",
            "allow origin",
            "origin patterns",
            "origin pattern",
            "allowed origin",
            "origin list",
        ]) && setting.words.has_any(&["cors", "allow", "allowed", "access control", "origin patterns"]);
    let cors_itself =
        setting.key.ends_any(&["cors", "cors domain", "allow domain", "cors domains", "cors allow"]);
    (of_origins || cors_itself || setting.words.ends("cors domains"))
        && setting.text().split([',', ' ']).any(|origin| {
            matches!(
                origin.trim_matches(['[', ']', '"', '\'', ' ']),
                "*" | "http://*" | "https://*" | ".*" | "*://*"
            )
        })
}
