//! The keys of a release: which may be used, and where they must not lie.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::artifacts::Artifact;
use crate::artifact::signature::TrustedKey;
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::keys::{PrivateKey, PublicKey, WindowState};
use crate::crypto::secret_key::{FileKey, Material};
use crate::crypto::streaming::{Parameters, StreamingKey};
use crate::host::clock;
use crate::release::settings::SIGNING_BITS;

/// The keys that a release is made with. `Debug` shows none of their secrets.
#[derive(Debug, Default)]
pub struct Keys {
    /// The key that signs.
    pub signing: Option<PrivateKey>,
    /// The key that encrypts.
    pub encryption: Option<StreamingKey>,
}

/// Why a key may not be used for a release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The key set does not know it.
    #[error(
        "the key set does not hold the signing key {0}: whoever trusts the set could not verify the release"
    )]
    Unknown(String),
    /// It is of another size than keys that sign releases.
    #[error(
        "the signing key has {0} bits; releases are signed with RSA keys of 3072 or 4096 bits, and no verification takes others"
    )]
    Size(usize),
    /// It is revoked.
    #[error("the signing key `{0}` is revoked in the key set")]
    Revoked(String),
    /// Its time has not begun.
    #[error("the signing key `{id}` is valid from {from} on, and the release is made at {at}")]
    NotYet {
        /// Its name in the set.
        id: String,
        /// When its time begins.
        from: String,
        /// When the release is made.
        at: String,
    },
    /// Its time is over.
    #[error("the signing key `{id}` was valid until {until}, and the release is made at {at}")]
    Expired {
        /// Its name in the set.
        id: String,
        /// When its time ended.
        until: String,
        /// When the release is made.
        at: String,
    },
    /// It would be published.
    #[error("{key} is a private key, and it would become a part of the release")]
    Released {
        /// The key, as it was named.
        key: String,
    },
    /// The key is made for something else.
    #[error(
        "{key} is a key for {what}; files are encrypted with a 256-bit key, or with one of Tink's streaming AEAD"
    )]
    Purpose {
        /// The key, as it was named.
        key: String,
        /// What it is for.
        what: &'static str,
    },
    /// A file of keys without one that encrypts.
    #[error("{key} has no key to encrypt with")]
    NoPrimary {
        /// The key, as it was named.
        key: String,
    },
}

/// Says whether a key is one that releases are signed with.
///
/// # Errors
/// Why it is not.
pub fn fit(key: &PublicKey) -> Result<(), Refusal> {
    let bits = key.modulus_bits();
    if SIGNING_BITS.contains(&bits) { Ok(()) } else { Err(Refusal::Size(bits)) }
}

/// Says whether those who trust a key set will take what this key signs at this moment.
///
/// # Errors
/// Why they will not.
pub fn trusted(key: &PublicKey, set: &[TrustedKey], at: Timestamp) -> Result<(), Refusal> {
    let same: Vec<&TrustedKey> = set.iter().filter(|other| other.key.is_same_key(key)).collect();
    if let Some(revoked) = same.iter().find(|other| other.revoked) {
        return Err(Refusal::Revoked(revoked.id.clone()));
    }
    let mut refusal = Refusal::Unknown(key.fingerprint().to_string());
    for other in same {
        let (id, at_text) = (other.id.clone(), clock::rfc3339(at));
        refusal = match other.validity.at(at) {
            WindowState::Valid => return Ok(()),
            WindowState::NotYet(from) => Refusal::NotYet { id, from: clock::rfc3339(from), at: at_text },
            WindowState::Expired(until) => Refusal::Expired { id, until: clock::rfc3339(until), at: at_text },
        };
    }
    Err(refusal)
}

/// Says whether key files stay apart from what is released: none is an artifact, none lies where the release will be.
///
/// # Errors
/// The first that does not.
pub fn apart<'a>(
    keys: impl IntoIterator<Item = &'a Path>,
    artifacts: &[Artifact],
    target: &Path,
) -> Result<(), Refusal> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let released: Vec<PathBuf> = artifacts.iter().map(|artifact| real(&artifact.path)).collect();
    let target = real(target);
    for key in keys {
        let place = real(key);
        if released.contains(&place) || place.starts_with(&target) {
            return Err(Refusal::Released { key: key.display().to_string() });
        }
    }
    Ok(())
}

/// The key of a key file that encrypts a release. `shown` is what the file is called.
///
/// # Errors
/// It is made for something else.
pub fn streaming_key(keys: &[FileKey], shown: &str) -> Result<StreamingKey, Refusal> {
    let primary = keys.iter().find(|key| key.primary);
    let purpose = |what| Refusal::Purpose { key: shown.to_owned(), what };
    match primary.map(|key| &key.material) {
        None => Err(Refusal::NoPrimary { key: shown.to_owned() }),
        Some(Material::Plain(key)) => Ok(StreamingKey::from_secret(key, Parameters::default())),
        Some(Material::Streaming(key)) => {
            let size = key.parameters().segment_size();
            // The manifest names one derivation; another would be decrypted by nobody who goes by it.
            let usual =
                Parameters::new(size, HashAlgorithm::Sha256).is_ok_and(|usual| usual == *key.parameters());
            if usual { Ok(key.clone()) } else { Err(purpose("a derivation other than HKDF with SHA-256")) }
        }
        Some(Material::Gcm { .. }) => Err(purpose("single messages (AES-GCM)")),
    }
}
