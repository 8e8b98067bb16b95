//! Passwords in URLs, connection strings and command lines.

use memchr::memmem;

use super::accept_if;
use crate::audit::secrets::shape;
use crate::engine::{Candidate, Judgement};

/// `scheme://user:password@host`. Group 1 is the password.
pub(super) fn user_information(candidate: &Candidate<'_>) -> Judgement {
    let before = candidate.text.get(candidate.whole.start..candidate.part.start).unwrap_or_default();
    let user = before.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let user = user.strip_suffix(b":").unwrap_or(user);
    let after = candidate.text.get(candidate.part.end..).unwrap_or_default();
    let host = after.get(1..after.len().min(120)).unwrap_or_default();
    let host = host
        .split(|byte| {
            !(byte.is_ascii_alphanumeric()
                || matches!(byte, b'.' | b'-' | b'_' | b'[' | b'$' | b'{' | b'<' | b'%'))
        })
        .next()
        .unwrap_or_default();
    let value = candidate.value();
    let shown = [&b"example.com"[..], b"example.org", b"example.net"].iter().any(|name| host.ends_with(name))
        && !shape::looks_drawn(value);
    accept_if(!shown && !shape::is_template(user) && is_password(user, value))
}

/// `Password=…` in a connection string that names a server or a user too.
pub(super) fn connection(candidate: &Candidate<'_>) -> Judgement {
    let line = candidate.line().to_ascii_lowercase();
    let names_server = [
        &b"server="[..],
        b"data source=",
        b"user id=",
        b"uid=",
        b"host=",
        b"initial catalog=",
        b"jdbc:",
        b"database=",
        b"username=",
        b"user=",
    ]
    .iter()
    .any(|name| memmem::find(&line, name).is_some());
    let path = candidate.value().starts_with(b"/");
    accept_if(names_server && !path && is_password(b"", candidate.value()))
}

/// `curl -u user:password` and the like. Group 1 is the password.
pub(super) fn command_line(candidate: &Candidate<'_>) -> Judgement {
    let before = candidate.text.get(candidate.whole.start..candidate.part.start).unwrap_or_default();
    let user = before.rsplit(|byte| matches!(byte, b' ' | b'"' | b'\'' | b'=')).next().unwrap_or_default();
    let user = user.strip_suffix(b":").unwrap_or(user);
    accept_if(!shape::is_template(user) && is_password(user, candidate.value()))
}

/// The second argument of a call that makes credentials. People take words of one case here; drawn ones count.
pub(super) fn in_call(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let long = value.len() >= 14 && shape::letters_make_no_words(value);
    accept_if(is_password(b"", value) || (long && !shape::is_stand_in(value)))
}

/// Whether a value is a password rather than a word that stands for one. A word in lower case alone is what tutorials
/// and local set-ups have; a person's own choice holds a digit, a capital inside, or a sign.
pub(super) fn is_password(user: &[u8], value: &[u8]) -> bool {
    let plain = value.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-' | b'.'))
        || value.iter().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'))
        || value.iter().all(u8::is_ascii_digit);
    !(value.len() < 4
        || plain
        || value.eq_ignore_ascii_case(user)
        || shape::is_stand_in(value)
        || (shape::has_weak_word(value) && value.len() < 20))
}
