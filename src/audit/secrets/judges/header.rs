//! Credentials in an `Authorization` header.

use super::accept_if;
use super::structure::{decode, is_credential_pair};
use crate::audit::secrets::shape;
use crate::engine::{Candidate, Judgement};

/// `Basic`: base64 of `user:password` (RFC 7617).
pub(super) fn basic(candidate: &Candidate<'_>) -> Judgement {
    accept_if(decode(candidate.value()).is_some_and(|pair| is_credential_pair(&pair)))
}

/// `Bearer` and its kin: a token that looks drawn.
pub(super) fn bearer(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    accept_if(!shape::is_stand_in(value) && shape::looks_drawn(value))
}
