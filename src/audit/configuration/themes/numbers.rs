//! Numbers that are too small or too large: rounds, lengths, attempts, how long sessions last.

use super::super::profile::{Profile, Setting};
use super::super::values;
use super::tokens::{LIFE, meant, words_of};
use super::{Concern, concern};
use crate::formats::duration;
use crate::formats::duration::UnitSource;

/// Fewest rounds of bcrypt, as a power of two.
const BCRYPT_ROUNDS: u64 = 10;
/// Shortest password.
const PASSWORD_LENGTH: u64 = 8;
/// Longest session, in seconds.
const SESSION: u64 = 24 * 60 * 60;

/// Reports numbers out of bounds.
pub(super) fn look(profile: &Profile<'_>, concerns: &mut Vec<Concern>) {
    for setting in &profile.settings {
        session(setting, concerns);
        let Ok(number) = setting.text().parse::<u64>() else { continue };
        let words = &setting.words;
        let rounds = setting.key.ends_any(&[
            "rounds",
            "cost",
            "strength",
            "work factor",
            "salt rounds",
            "cost factor",
            "log rounds",
        ]) && (words.has_any(&["bcrypt", "salt rounds"])
            || (words.has("hash") && words.has("password")))
            && !words.has_any(&["argon2", "argon2id", "pbkdf2", "scrypt", "policy", "memory"]);
        if rounds && number < BCRYPT_ROUNDS {
            let says = format!("A cost of {number} is below {BCRYPT_ROUNDS}");
            concerns.push(concern("CFG-034", setting, &says));
        }
        let length = words.has("password")
            && setting.key.has_any(&[
                "min length",
                "minimum length",
                "length min",
                "min password length",
                "password min length",
                "min chars",
            ]);
        if length && number < PASSWORD_LENGTH {
            let says = format!("A least length of {number} is below {PASSWORD_LENGTH}");
            concerns.push(concern("CFG-047", setting, &says));
        }
        let attempts = words.has_any(&["login", "lockout", "auth", "authentication", "password"])
            && setting.key.ends_any(&[
                "max attempts",
                "max login attempts",
                "max failed attempts",
                "attempts",
                "max failures",
                "max failed logins",
            ])
            && !words.has_any(&["retry", "connect", "connection", "reconnect"]);
        if attempts && number == 0 {
            concerns.push(concern("CFG-048", setting, "Attempts to log in are not limited"));
        }
    }
}

fn session(setting: &Setting<'_>, concerns: &mut Vec<Concern>) {
    let words = &setting.words;
    let of_session = words.has("session")
        && setting.key.has_any(LIFE)
        && !words.has_any(&[
            "token",
            "cache",
            "cleanup",
            "refresh",
            "remember",
            "zookeeper",
            "kafka",
            "connect",
            "lock",
            "consumer",
            "replication",
            "dtls",
            "coap",
            "mqtt",
            "transport",
            "websocket",
            "grpc",
        ])
        && !setting.key.has_any(&["interval", "check"]);
    if !of_session {
        return;
    }
    let Some(text) = setting.value.as_deref().map(str::trim).filter(|text| !values::is_reference(text))
    else {
        return;
    };
    let endless = text.starts_with("-1")
        || matches!(
            text.to_ascii_lowercase().as_str(),
            "never" | "infinite" | "unlimited" | "none" | "forever"
        );
    let seconds = duration::read(text, setting.raw_key).map(|reading| match reading.unit {
        // Laravel counts this one in minutes.
        UnitSource::Assumed if setting.raw_key == "SESSION_LIFETIME" => reading.seconds.saturating_mul(60),
        _ => meant(reading),
    });
    if endless {
        concerns.push(concern("CFG-028", setting, "Sessions never end"));
    } else if let Some(seconds) = seconds.filter(|seconds| *seconds > SESSION) {
        let says = format!("A session of {} is longer than 24 hours", words_of(seconds));
        concerns.push(concern("CFG-028", setting, &says));
    }
}
