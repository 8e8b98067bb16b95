//! Files that exist to hold credentials, recognised by name.

use super::accept_if;
use super::structure::{decode, is_credential_pair};
use super::url::is_password;
use crate::audit::secrets::shape;
use crate::engine::{Candidate, Judgement};

fn name<'a>(candidate: &Candidate<'a>) -> &'a str {
    candidate.entry.path.rsplit('/').next().unwrap_or_default()
}

/// Whether the value is no template. These files are read as they stand, so even a plain word is a password.
fn stands_for_itself(value: &[u8]) -> bool {
    value.len() >= 3 && !shape::is_stand_in(value)
}

/// `.netrc` and `_netrc`; elsewhere the same words must sit in one line with `machine`.
pub(super) fn netrc(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let named = matches!(name(candidate), ".netrc" | "_netrc" | ".netrc.gpg" | "netrc");
    accept_if(if named { stands_for_itself(value) } else { is_password(b"", value) })
}

/// `.pgpass`: host:port:database:user:password.
pub(super) fn pgpass(candidate: &Candidate<'_>) -> Judgement {
    let named = matches!(name(candidate), ".pgpass" | "pgpass.conf" | "pgpass");
    accept_if(named && stands_for_itself(candidate.value()))
}

/// `_authToken`, `_auth` and `_password` of npm.
pub(super) fn npmrc(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let pair = decode(value).is_some_and(|pair| is_credential_pair(&pair));
    accept_if(stands_for_itself(value) && (pair || shape::looks_drawn(value) || shape::is_uuid(value)))
}

/// `.pypirc`.
pub(super) fn pypirc(candidate: &Candidate<'_>) -> Judgement {
    accept_if(matches!(name(candidate), ".pypirc" | "pypirc") && stands_for_itself(candidate.value()))
}
