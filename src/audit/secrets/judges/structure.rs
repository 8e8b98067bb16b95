//! Formats whose contents can be taken apart: base64 of something with a known shape.

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::{accept_if, is_stand_in_token, is_whole};
use crate::audit::secrets::shape;
use crate::engine::{Candidate, Judgement};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);

/// Keys of the local emulators that Microsoft publishes; everyone has them.
const EMULATOR_KEYS: &[&[u8]] = &[
    b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    b"C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
];

/// Decodes base64 of either alphabet, padded or not.
pub(super) fn decode(value: &[u8]) -> Option<Vec<u8>> {
    let engine = if value.iter().any(|byte| matches!(byte, b'-' | b'_')) { &URL_SAFE } else { &STANDARD };
    engine.decode(value).ok()
}

/// Azure's keys: base64 of 64 bytes (storage, Cosmos DB) or 32 (Service Bus, Event Hubs), drawn at random.
pub(super) fn storage_key(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let length = decode(value).map_or(0, |bytes| bytes.len());
    accept_if(matches!(length, 32 | 64) && !EMULATOR_KEYS.contains(&value) && !shape::is_stand_in(value))
}

/// PyPI's tokens: a macaroon (version 2) whose location is the host of the index.
pub(super) fn pypi(candidate: &Candidate<'_>) -> Judgement {
    let body = candidate.value().get(b"pypi-".len()..).unwrap_or_default();
    let Some(bytes) = decode(body) else { return Judgement::Reject };
    // Version 2, then field 1 with its length: the location.
    let located = match bytes.as_slice() {
        [2, 1, length, rest @ ..] => rest.split_at_checked(usize::from(*length)),
        _ => None,
    };
    let is_host = |name: &[u8]| {
        name.contains(&b'.')
            && name.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'-'))
    };
    let located = located.filter(|(host, _)| is_host(host)).map(|(_, rest)| rest);
    // Then the identifier (field 2, with its length), the caveats, and a signature of 32 bytes.
    let whole = located.is_some_and(|rest| rest.first() == Some(&2) && rest.len() > 64);
    if whole && is_whole(candidate) { Judgement::Proven } else { Judgement::Reject }
}

/// A JSON Web Token (RFC 7519): header with `alg`, a JSON payload, a signature; not the one of every tutorial, and not
/// one that is public by design.
pub(super) fn jwt(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let mut parts = value.split(|byte| *byte == b'.');
    let (header, payload, signature) = (parts.next(), parts.next(), parts.next());
    let Some(header) = header.and_then(object) else { return Judgement::Reject };
    let Some(algorithm) = header.get("alg").and_then(Value::as_str) else { return Judgement::Reject };
    let signature = signature.unwrap_or_default();
    let unsigned =
        algorithm.eq_ignore_ascii_case("none") || signature.len() < 20 || shape::is_stand_in(signature);
    if unsigned || !is_whole(candidate) {
        return Judgement::Reject;
    }
    // An encrypted token (five parts, RFC 7516) has no readable payload.
    if header.contains_key("enc") {
        return accept_if(parts.count() >= 2);
    }
    let Some(payload) = payload.and_then(object) else { return Judgement::Reject };
    accept_if(!is_sample(&payload) && !is_public(&payload))
}

/// The payload of the token on jwt.io and its copies, or of RFC 7519.
fn is_sample(payload: &Map<String, Value>) -> bool {
    let text = |name: &str| payload.get(name).and_then(Value::as_str).unwrap_or_default();
    text("sub") == "1234567890"
        || ["John Doe", "Jane Doe", "John", "Alice", "Bob"].contains(&text("name"))
        || payload.contains_key("http://example.com/is_root")
        || (payload.len() <= 2
            && payload.get("exp").and_then(Value::as_u64).is_some_and(|exp| exp < 1_400_000_000))
        || text("iss").contains("example")
        || payload.is_empty()
}

/// Keys that a service hands to every visitor: Supabase's `anon` role, Mapbox's public tokens.
fn is_public(payload: &Map<String, Value>) -> bool {
    payload.get("role").and_then(Value::as_str) == Some("anon")
}

fn object(part: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(&decode(part)?).ok()
}

/// Base64 of a JSON object, as several providers issue.
pub(super) fn base64_json(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let from = memchr::memmem::find(value, b"eyJ").unwrap_or(0);
    let body = value.get(from..).unwrap_or_default().split(|byte| *byte == b'.').next().unwrap_or_default();
    // Some issue several parts joined by `_`, of which the first is the object.
    let first = body.split(|byte| *byte == b'_').next().unwrap_or_default();
    accept_if(
        (object(body).is_some() || object(first).is_some())
            && is_whole(candidate)
            && !shape::is_template(value),
    )
}

/// Discord's bot tokens: the first part is the bot's id in base64.
pub(super) fn discord(candidate: &Candidate<'_>) -> Judgement {
    let value = candidate.value();
    let id = value.split(|byte| *byte == b'.').next().and_then(decode).unwrap_or_default();
    let real = (16..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit);
    accept_if(real && is_whole(candidate) && !is_stand_in_token(value))
}

/// The `auth` of a Docker configuration: base64 of `user:password`.
pub(super) fn docker_auth(candidate: &Candidate<'_>) -> Judgement {
    accept_if(decode(candidate.value()).is_some_and(|pair| is_credential_pair(&pair)))
}

/// Whether bytes are a user and a password that stands for itself.
pub(super) fn is_credential_pair(pair: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', pair) else { return false };
    let (user, password) = pair.split_at_checked(colon).unwrap_or_default();
    let password = password.get(1..).unwrap_or_default();
    // A JSON object has a colon too.
    let plain_user = !user.iter().any(|byte| b"{}\"<>".contains(byte));
    let readable = plain_user && pair.iter().all(|byte| (0x20..0x7f).contains(byte));
    readable
        && password.len() >= 3
        && user != password
        && !shape::is_stand_in(password)
        && !(shape::has_weak_word(password) && password.len() < 16)
}
