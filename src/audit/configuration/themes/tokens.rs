//! Tokens: how long they live, and what they are signed with.

use super::super::keys::Phrase;
use super::super::profile::{Profile, Section, Setting};
use super::super::values;
use super::{Concern, concern, secret_concern};
use crate::formats::duration;
use crate::formats::duration::{Reading, UnitSource};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Longest life of an access token that goes unreported.
const ACCESS_GOOD: u64 = HOUR;
/// Longest life of an access token that is not a grave matter.
const ACCESS_TOLERABLE: u64 = DAY;
/// Longest life of a refresh token that goes unreported.
const REFRESH_GOOD: u64 = 30 * DAY;
/// Bytes of a key for HS256 (RFC 7518 section 3.2).
const HMAC_KEY: usize = 32;

/// Words that speak of how long something lives.
pub(super) const LIFE: &[&str] =
    &["expiry", "ttl", "lifetime", "duration", "max age", "valid for", "time to live", "ttlms", "timeout"];

/// Reports tokens that live too long, and weak signatures.
pub(super) fn look(profile: &Profile<'_>, concerns: &mut Vec<Concern>) {
    let asymmetric =
        profile.settings.iter().any(|setting| is_algorithm(setting) && is_asymmetric(setting.text()));
    for setting in &profile.settings {
        if is_life_of_token(setting) {
            concerns.extend(life(setting));
        }
        if is_algorithm(setting) && setting.text().eq_ignore_ascii_case("none") {
            concerns.push(concern("CFG-008", setting, "Unsigned JSON Web Tokens are accepted or issued"));
        }
        if setting.state == Some(true)
            && setting.words.has_any(&["jwt", "token"])
            && setting.subject.ends_any(&[
                "allow none",
                "allow none algorithm",
                "allow unsigned",
                "none algorithm",
                "accept unsigned",
            ])
        {
            concerns.push(concern("CFG-008", setting, "Unsigned JSON Web Tokens are accepted or issued"));
        }
        if !asymmetric && is_signing_secret(setting) {
            let text = setting.text();
            // A common default is another rule's matter.
            if values::is_default_secret(text) {
                continue;
            }
            concerns.push(secret_concern(
                "CFG-009",
                setting,
                &format!("The key of an HMAC is {} bytes long, less than {HMAC_KEY}", text.len()),
            ));
        }
    }
    missing(profile, concerns);
}

/// Whether a setting is the symmetric key of tokens, short, and written in the file.
pub(super) fn is_signing_secret(setting: &Setting<'_>) -> bool {
    let text = setting.text();
    setting.words.has_any(&["jwt", "token signing"])
        && setting.words.ends_any(&[
            "secret",
            "secret key",
            "signing key",
            "jwt key",
            "hmac key",
            "signing secret",
        ])
        && setting.value.is_some()
        && !text.is_empty()
        && text.len() < HMAC_KEY
        && !values::is_reference(text)
        && !values::is_placeholder(text)
        && !text.starts_with(['/', '.'])
}

/// Whether a setting says how tokens are signed or how long they live.
pub(super) fn knows(setting: &Setting<'_>) -> bool {
    is_algorithm(setting) || is_life_of_token(setting)
}

fn is_algorithm(setting: &Setting<'_>) -> bool {
    setting.key.ends_any(&["algorithm", "signing method", "allowed algorithm"])
        && setting.words.has_any(&["jwt", "jws", "token"])
}

fn is_asymmetric(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ["RS", "ES", "PS", "EDDSA", "ED25519"].iter().any(|family| upper.starts_with(family))
}

/// Whether a setting says how long an access or a refresh token lives.
fn is_life_of_token(setting: &Setting<'_>) -> bool {
    let words = &setting.words;
    setting.key.has_any(LIFE)
        && words.has_any(&["jwt", "token", "bearer"])
        && !words.has_any(&[
            "reset", "verify", "confirm", "confirmation", "activation", "activate", "invite", "invitation", "csrf",
            "email", "magic", "registration", "cache", "clock", "skew", "leeway", "jwks", "bucket", "rate", "password",
            "device", "unsubscribe", "timeout refresh", "connect", "connection", "read timeout", "request", "code",
            "refresh interval", "lock", "max tokens",
        ])
        // `timeout` of anything but a token is a wait.
        && (!setting.key.ends("timeout") || setting.words.ends_any(&["token timeout", "jwt timeout"]))
}

fn life(setting: &Setting<'_>) -> Option<Concern> {
    let refresh = setting.words.has_any(&["refresh", "remember", "remember me"]);
    let text = setting.value.as_deref()?.trim();
    if values::is_reference(text) {
        return None;
    }
    let endless = matches!(
        text.to_ascii_lowercase().as_str(),
        "0" | "never"
            | "none"
            | "infinite"
            | "infinity"
            | "unlimited"
            | "forever"
            | "0s"
            | "0m"
            | "0h"
            | "0d"
    ) || text.starts_with("-1");
    let switched_off = setting.state == Some(false) && values::flag(text).is_some() && text != "0";
    if endless || switched_off {
        return Some(concern("CFG-004", setting, "Nothing ends the validity of what is issued"));
    }
    let reading = duration::read(text, setting.raw_key)?;
    let seconds = meant(reading);
    if seconds == 0 {
        return Some(concern("CFG-004", setting, "Nothing ends the validity of what is issued"));
    }
    let life = words_of(seconds);
    if refresh {
        return (seconds > REFRESH_GOOD)
            .then(|| concern("CFG-007", setting, &format!("A validity of {life} is longer than 30 days")));
    }
    if seconds > ACCESS_TOLERABLE {
        Some(concern("CFG-005", setting, &format!("A validity of {life} is longer than 24 hours")))
    } else if seconds > ACCESS_GOOD {
        Some(concern("CFG-006", setting, &format!("A validity of {life} is longer than 60 minutes")))
    } else {
        None
    }
}

/// The seconds that a duration is meant to have. A bare number is in seconds or in milliseconds, and only seconds make
/// whole days of less than a year.
pub(super) fn meant(reading: Reading) -> u64 {
    let seconds = reading.seconds;
    let too_long = seconds > 366 * DAY || (seconds >= 600_000 && !seconds.is_multiple_of(DAY));
    if reading.unit == UnitSource::Assumed && too_long && seconds.is_multiple_of(1000) {
        seconds / 1000
    } else {
        seconds
    }
}

/// A number of seconds in the largest unit that fits it without a rest.
pub(super) fn words_of(seconds: u64) -> String {
    let (count, unit) = [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")]
        .into_iter()
        .find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length))
        .map_or((seconds, "second"), |(length, unit)| (seconds / length, unit));
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// Reports a section on tokens that are issued here, without anything on how long they live.
fn missing(profile: &Profile<'_>, concerns: &mut Vec<Concern>) {
    if profile.overlay {
        return;
    }
    let told = |words: &Phrase| words.has_any(LIFE) && words.has_any(&["jwt", "token", "bearer", "access"]);
    if profile.settings.iter().any(|setting| told(&setting.words) && !setting.node.is_null()) {
        return;
    }
    let issues = |setting: &Setting<'_>| {
        !setting.words.has_any(&["public", "jwks", "jwk", "issuer uri"])
            && setting.key.ends_any(&[
                "secret",
                "secret key",
                "signing key",
                "private key",
                "algorithm",
                "jwt key",
            ])
    };
    let of_tokens = |section: &&Section| {
        section.key.ends_any(&[
            "jwt",
            "jwt settings",
            "jwt config",
            "jwt token",
            "jwt options",
            "json web token",
        ]) && profile.settings.get(section.settings.clone()).is_some_and(|inside| inside.iter().any(issues))
    };
    const SAYS: &str = "Nothing says when what is issued expires";
    if let Some(section) = profile.sections.iter().find(of_tokens) {
        concerns.push(Concern {
            rule: "CFG-003",
            span: section.span,
            message: format!("{SAYS}: `{}`.", section.path),
            secret: None,
            development: section.development,
        });
    } else if profile.flat
        && let Some(setting) = profile
            .settings
            .iter()
            .find(|setting| setting.words.has("jwt") && issues(setting) && setting.value.is_some())
    {
        concerns.push(Concern { span: setting.key_span, ..concern("CFG-003", setting, SAYS) });
    }
}
