//! Functions that judge a match: checksums and structure where a provider's format has them, and the shape of names and
//! values where it has none.

mod assigned;
mod checksum;
mod files;
mod header;
mod private_key;
mod structure;
mod url;

use super::shape;
use crate::engine::{Candidate, Judgement};

/// The judge of a name used in the rule file.
pub(super) fn named(name: &str) -> Option<fn(&Candidate<'_>) -> Judgement> {
    let judge: fn(&Candidate<'_>) -> Judgement = match name {
        "token" => token,
        "hash" => hash,
        "github" => checksum::github,
        "npm" => checksum::npm,
        "grafana" => checksum::grafana,
        "age" => checksum::age,
        "pypi" => structure::pypi,
        "storage-key" => structure::storage_key,
        "jwt" => structure::jwt,
        "discord" => structure::discord,
        "docker-auth" => structure::docker_auth,
        "base64-json" => structure::base64_json,
        "plain-key" => private_key::plain,
        "encrypted-key" => private_key::encrypted,
        "wrapped-key" => private_key::wrapped,
        "pgp-key" => private_key::pgp,
        "basic" => header::basic,
        "bearer" => header::bearer,
        "url" => url::user_information,
        "connection" => url::connection,
        "command-line" => url::command_line,
        "netrc" => files::netrc,
        "pgpass" => files::pgpass,
        "npmrc" => files::npmrc,
        "pypirc" => files::pypirc,
        "call-password" => url::in_call,
        "fallback" => assigned::fallback,
        "framework-key" => assigned::framework_key,
        "password" => assigned::password,
        "key" => assigned::key,
        "loose-key" => assigned::loose_key,
        "provider-key" => assigned::provider_key,
        _ => return None,
    };
    Some(judge)
}

/// A token in its provider's format: whole, and not a stand-in.
fn token(candidate: &Candidate<'_>) -> Judgement {
    accept_if(is_whole(candidate) && !is_stand_in_token(candidate.value()))
}

/// A password hash. Programs keep one that no password matches, to spend the same time on unknown users.
fn hash(candidate: &Candidate<'_>) -> Judgement {
    let line = candidate.line().to_ascii_lowercase();
    let dummy =
        [&b"dummy"[..], b"fake", b"invalid"].iter().any(|word| memchr::memmem::find(&line, word).is_some());
    if dummy { Judgement::Reject } else { token(candidate) }
}

const fn accept_if(accept: bool) -> Judgement {
    if accept { Judgement::Accept } else { Judgement::Reject }
}

/// Whether the value begins and ends where the match does: a longer run of the same characters is something else.
fn is_whole(candidate: &Candidate<'_>) -> bool {
    let before =
        candidate.part.start.checked_sub(1).and_then(|at| candidate.text.get(at)).copied().unwrap_or(b' ');
    if matches!(before, b'.' | b'-' | b'_') {
        return false;
    }
    let next = candidate.text.get(candidate.part.end).copied().unwrap_or(b' ');
    !(next.is_ascii_alphanumeric() || matches!(next, b'_' | b'-'))
}

/// Whether a token's changing part, after its prefix, is a stand-in.
fn is_stand_in_token(value: &[u8]) -> bool {
    let body = value.iter().rposition(|byte| matches!(byte, b'_' | b'-' | b'.')).map_or(0, |at| at + 1);
    let body = value.get(body..).filter(|body| body.len() >= 12).unwrap_or(value);
    let tail = value.get(value.len().saturating_sub(16)..).unwrap_or_default();
    shape::is_stand_in(value) || shape::is_regular(body) || shape::is_regular(tail)
}
