//! One key of a set vouches for another: a signature over its id, fingerprint and window of validity.
//!
//! What is signed is the pre-authentication encoding of DSSE, with a payload type of its own, so that no endorsement can
//! be taken for a signature over anything else, nor the other way round:
//!
//! ```text
//! id LF fingerprint (hex) LF not_before LF not_after LF
//! ```
//!
//! Both ends of the window in the form of the file, empty when they are open. RSA-PSS, SHA-256, a salt of 32 bytes.

use super::{KeySetEntry, Validity};
use crate::crypto::digest::{Digest, HashAlgorithm};
use crate::crypto::dsse::pae;
use crate::crypto::keys::{PrivateKey, PublicKey};
use crate::crypto::rsa_pss::{self, Outcome, SaltPolicy, SignError};

/// Most steps from a key back to the root.
const MAX_STEPS: usize = 100;
const PAYLOAD_TYPE: &str = "application/vnd.readiness.key-endorsement.v1";

/// An entry of a key set with its key, wherever that stood.
#[derive(Debug, Clone)]
pub struct Member {
    /// The entry.
    pub entry: KeySetEntry,
    /// Its key.
    pub key: PublicKey,
}

/// An endorsement that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndorsementFault {
    /// The signature is not that of the key that is named, over this entry.
    #[error("key `{id}`: its endorsement by `{by}` does not hold: entry or signature were changed")]
    Broken {
        /// The entry.
        id: String,
        /// Who is said to vouch.
        by: String,
    },
    /// Nobody vouches for the key, and it is not the root.
    #[error("key `{id}`: nobody vouches for it, so it does not go back to the root key")]
    Unrooted {
        /// The entry.
        id: String,
    },
    /// A revoked key vouches, at some step.
    #[error("key `{id}`: it goes back to the root key only by way of the revoked key `{by}`")]
    Revoked {
        /// The entry.
        id: String,
        /// The revoked key.
        by: String,
    },
    /// Keys vouch for each other in a ring, or in more steps than any history has.
    #[error(
        "key `{id}`: keys vouch for each other in a ring or in more than {MAX_STEPS} steps; the root key is not reached"
    )]
    Ring {
        /// The entry.
        id: String,
    },
    /// A key vouches that is not in the set.
    #[error("key `{id}`: `{by}`, who vouches for it, is not in the set")]
    Unknown {
        /// The entry.
        id: String,
        /// Who is said to vouch.
        by: String,
    },
}

fn message(id: &str, key: &PublicKey, window: &Validity) -> Digest {
    let payload = format!("{id}\n{}\n{}\n{}\n", key.fingerprint(), window.start_text(), window.end_text());
    HashAlgorithm::Sha256.digest(&pae(PAYLOAD_TYPE, payload.as_bytes()))
}

/// The signature of `by` over the entry `id` of a key with a window of validity.
///
/// # Errors
/// The key's own parameters forbid SHA-256, or no sound signature came out.
pub fn endorse(by: &PrivateKey, id: &str, key: &PublicKey, window: &Validity) -> Result<Vec<u8>, SignError> {
    rsa_pss::sign(by, &message(id, key, window))
}

/// Whether every endorsement holds; who vouches may be revoked, see [`chain_fault`].
///
/// # Errors
/// The first that does not.
pub fn check_endorsements(members: &[Member]) -> Result<(), EndorsementFault> {
    for Member { entry, key } in members {
        let Some(endorsement) = &entry.endorsement else { continue };
        let (id, by) = (entry.id.clone(), endorsement.by.clone());
        let Some(voucher) = member(members, &by) else { return Err(EndorsementFault::Unknown { id, by }) };
        let digest = message(&id, key, &endorsement.window);
        let hash = HashAlgorithm::Sha256;
        let found =
            rsa_pss::verify(&voucher.key, &digest, hash, SaltPolicy::DigestLength, &endorsement.signature);
        if !matches!(found, Outcome::Valid { .. }) {
            return Err(EndorsementFault::Broken { id, by });
        }
    }
    Ok(())
}

/// Why an entry does not go back to the root key, by endorsements that hold (see [`check_endorsements`]) and keys that
/// are not revoked under any name; `None` when it does.
pub fn chain_fault(members: &[Member], start: &Member, root: &PublicKey) -> Option<EndorsementFault> {
    let id = || start.entry.id.clone();
    let revoked =
        |key: &PublicKey| members.iter().any(|other| other.entry.revoked && other.key.is_same_key(key));
    let mut at = start;
    for _ in 0..MAX_STEPS {
        if revoked(&at.key) {
            return Some(EndorsementFault::Revoked { id: id(), by: at.entry.id.clone() });
        }
        if at.key.is_same_key(root) {
            return None;
        }
        let Some(endorsement) = &at.entry.endorsement else {
            return Some(EndorsementFault::Unrooted { id: id() });
        };
        let by = &endorsement.by;
        let Some(next) = member(members, by) else {
            return Some(EndorsementFault::Unknown { id: id(), by: by.clone() });
        };
        at = next;
    }
    Some(EndorsementFault::Ring { id: id() })
}

fn member<'a>(members: &'a [Member], id: &str) -> Option<&'a Member> {
    members.iter().find(|member| member.entry.id == id)
}
