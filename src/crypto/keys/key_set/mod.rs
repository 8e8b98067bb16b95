//! The key-set file: which keys are trusted, under which names, when, and for what.
//!
//! ```yaml
//! keys:
//!   - id: release-2026
//!     file: release-2026.pem     # relative to the key-set file; or `pem: |` with the key itself
//!     not_before: 2026-01-01     # a date (UTC, last day included) or an RFC 3339 time
//!     not_after: 2026-12-31
//!     revoked: false
//!     hash: sha256               # the only message hash accepted; any of ours when absent
//!     mgf1: sha256               # the mask generation hash; as the message hash when absent
//!     salt: digest               # digest, any, or a number of bytes
//!     endorsed_by: release-2025  # the key of the set that vouches for this one
//!     endorsed_window: 2026-01-01/    # the window it vouches for, when the entry's own is narrower by now
//!     endorsement: "…"           # its signature, in base64
//! ```

mod endorse;
#[cfg(test)]
mod tests;
mod write;

pub use endorse::{EndorsementFault, Member, chain_fault, check_endorsements, endorse};
pub use write::write_key_set;

use std::collections::HashSet;

use base64::Engine as _;

use serde::Deserialize;

use super::{KeyError, PublicKey, Validity, parse_public_keys, validity};
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::pem::BASE64;
use crate::crypto::rsa_pss::SaltPolicy;

/// Most keys in one file.
pub const MAX_KEYS: usize = 1000;
/// Largest file in bytes.
const MAX_FILE: usize = 4 << 20;

/// Where the key of an entry comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// It stands in the key-set file itself.
    Inline(Box<PublicKey>),
    /// In another file that the caller has to read; a relative path that stays inside the key set's folder.
    File(String),
}

/// One entry of the key set.
#[derive(Debug, Clone)]
pub struct KeySetEntry {
    /// Its name in reports; unique in the file.
    pub id: String,
    /// The key or where it is.
    pub source: KeySource,
    /// When it may verify.
    pub validity: Validity,
    /// A revoked key never verifies.
    pub revoked: bool,
    /// The only message hash accepted, when given.
    pub hash: Option<HashAlgorithm>,
    /// The mask generation hash, when it is not the message hash.
    pub mgf1: Option<HashAlgorithm>,
    /// What the salt length must be.
    pub salt: SaltPolicy,
    /// Who vouches for it.
    pub endorsement: Option<Endorsement>,
}

/// That another key of the set vouches for an entry. Reading one says nothing of whether it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endorsement {
    /// The id of the key that vouches.
    pub by: String,
    /// The window of validity that it vouches for; the entry's own lies within.
    pub window: Validity,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Why a key-set file is not usable. Nothing of the file's content is repeated but key ids and field names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Larger than any key set.
    #[error("larger than {MAX_FILE} bytes, so not a key set")]
    TooLarge,
    /// More entries than any key set.
    #[error("more than {MAX_KEYS} keys")]
    TooMany,
    /// No entry at all: nothing could ever verify.
    #[error("`keys` is empty, so nothing could verify")]
    Empty,
    /// Not YAML of the expected shape: unknown field, missing field, wrong type.
    #[error("line {line}: not a key set: {what}")]
    Shape {
        /// Line counted from 1, or 0 when unknown.
        line: u64,
        /// What is wrong, without the offending value.
        what: String,
    },
    /// A private key stands in the file.
    #[error("the key set contains a private key; it must hold public keys only")]
    PrivateKey,
    /// Two entries of the same name.
    #[error("two keys have the id `{0}`")]
    DuplicateId(String),
    /// A value that does not mean anything.
    #[error("key `{id}`: {what}")]
    Entry {
        /// The entry's id.
        id: String,
        /// What is wrong.
        what: String,
    },
    /// The inline key is not usable.
    #[error("key `{id}`: {error}")]
    Key {
        /// The entry's id.
        id: String,
        /// What is wrong with the key.
        error: KeyError,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSet {
    keys: Vec<RawEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    id: String,
    pem: Option<String>,
    file: Option<String>,
    not_before: Option<String>,
    not_after: Option<String>,
    #[serde(default)]
    revoked: bool,
    hash: Option<String>,
    mgf1: Option<String>,
    // Text even for numbers, so that one place says what is allowed.
    salt: Option<String>,
    endorsed_by: Option<String>,
    endorsed_window: Option<String>,
    endorsement: Option<String>,
}

/// Reads a key-set file.
///
/// # Errors
/// The file is not a key set, an entry is contradictory or incomplete, or an inline key is not usable. The whole
/// file is refused then: a key set of which half is ignored would be a trap.
pub fn parse_key_set(bytes: &[u8]) -> Result<Vec<KeySetEntry>, KeySetError> {
    if bytes.len() > MAX_FILE {
        return Err(KeySetError::TooLarge);
    }
    // Before the parser sees it: its messages quote values.
    if memchr::memmem::find(bytes, b"PRIVATE KEY-----").is_some() {
        return Err(KeySetError::PrivateKey);
    }
    let raw: RawSet = serde_yaml::from_slice(bytes).map_err(|error| shape(&error))?;
    if raw.keys.is_empty() {
        return Err(KeySetError::Empty);
    }
    if raw.keys.len() > MAX_KEYS {
        return Err(KeySetError::TooMany);
    }
    let mut ids = HashSet::new();
    for entry in &raw.keys {
        if !ids.insert(entry.id.as_str()) {
            return Err(KeySetError::DuplicateId(entry.id.clone()));
        }
    }
    for entry in &raw.keys {
        if let Some(by) = &entry.endorsed_by
            && (*by == entry.id || !ids.contains(by.as_str()))
        {
            let what = "`endorsed_by` must be the id of another key of the set".to_owned();
            return Err(KeySetError::Entry { id: entry.id.clone(), what });
        }
    }
    raw.keys.into_iter().map(checked).collect()
}

fn shape(error: &serde_yaml::Error) -> KeySetError {
    let line = error.location().map_or(0, |location| location.line());
    KeySetError::Shape { line, what: error.without_snippet().to_string() }
}

fn checked(mut raw: RawEntry) -> Result<KeySetEntry, KeySetError> {
    let id = std::mem::take(&mut raw.id);
    let vouched = (raw.endorsed_by.take(), raw.endorsed_window.take(), raw.endorsement.take());
    let entry = |what: String| KeySetError::Entry { id: id.clone(), what };
    if id.is_empty() || id.len() > 128 || id.chars().any(char::is_control) {
        return Err(entry("the id must have 1 to 128 printable characters".to_owned()));
    }
    let source = match (raw.pem, raw.file) {
        (Some(pem), None) => {
            let key_error = |error| KeySetError::Key { id: id.clone(), error };
            let mut keys = parse_public_keys(pem.as_bytes()).map_err(key_error)?;
            match (keys.pop(), keys.is_empty()) {
                (Some(key), true) => KeySource::Inline(Box::new(key)),
                _ => return Err(entry("`pem` must hold exactly one key".to_owned())),
            }
        }
        (None, Some(file)) if is_inside(&file) => KeySource::File(file),
        (None, Some(_)) => {
            return Err(entry("`file` must be a relative path without `..`".to_owned()));
        }
        _ => return Err(entry("give either `pem` or `file`".to_owned())),
    };
    let time = |field: &str, text: Option<String>, read: fn(&str) -> Result<_, validity::ValidityError>| {
        text.map(|text| read(&text).map_err(|error| entry(format!("`{field}` is {error}")))).transpose()
    };
    let validity = Validity {
        not_before: time("not_before", raw.not_before, validity::parse_start)?,
        not_after: time("not_after", raw.not_after, validity::parse_end)?,
    };
    if let (Some(from), Some(to)) = (validity.not_before, validity.not_after)
        && from > to
    {
        return Err(entry("`not_after` lies before `not_before`".to_owned()));
    }
    let hash = |field: &str, name: Option<String>| {
        let wrong = || entry(format!("`{field}` must be sha256, sha384 or sha512"));
        name.map(|name| HashAlgorithm::from_name(&name).ok_or_else(wrong)).transpose()
    };
    let (hash, mgf1) = (hash("hash", raw.hash)?, hash("mgf1", raw.mgf1)?);
    let salt = match raw.salt.as_deref() {
        None | Some("any") => SaltPolicy::Any,
        Some("digest") => SaltPolicy::DigestLength,
        Some(number) => match number.parse() {
            Ok(bytes) if bytes <= super::MAX_MODULUS_BITS / 8 => SaltPolicy::Exactly(bytes),
            _ => return Err(entry("`salt` must be digest, any or a number of bytes".to_owned())),
        },
    };
    let endorsement = vouching(vouched, validity).map_err(entry)?;
    Ok(KeySetEntry { id, source, validity, revoked: raw.revoked, hash, mgf1, salt, endorsement })
}

type Vouched = (Option<String>, Option<String>, Option<String>);

/// The endorsement of an entry with this window, or what is wrong with it.
fn vouching((by, window, signature): Vouched, validity: Validity) -> Result<Option<Endorsement>, String> {
    let (by, signature) = match (by, signature) {
        (Some(by), Some(signature)) => (by, signature),
        (None, None) if window.is_none() => return Ok(None),
        _ => return Err("`endorsed_by` and `endorsement` belong together".to_owned()),
    };
    let signature = BASE64.decode(signature.trim()).map_err(|_| "`endorsement` is not base64".to_owned())?;
    let window = match window {
        None => validity,
        Some(text) => Validity::parse(&text)
            .map_err(|_| "`endorsed_window` is not two dates or times with `/` between them".to_owned())?,
    };
    if !validity.is_within(&window) {
        return Err("its window is wider than the `endorsed_window`".to_owned());
    }
    Ok(Some(Endorsement { by, window, signature }))
}

/// A relative path of ordinary components, on any system.
fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with(['/', '\\'])
        && !path.contains([':', '\0'])
        && path.split(['/', '\\']).all(|part| part != "..")
}
