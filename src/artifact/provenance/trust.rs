//! Whose signatures count: keys, and certificates that identities are checked in; and for which builder, up to which level.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::artifact::keys::{KeyFault, KeyLoadError, is_key_set, load_public_keys};
use crate::artifact::signature::TrustedKey;
use crate::crypto::certificate::Certificate;
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::keys::{KeyError, Validity, WindowState};
use crate::crypto::rsa_pss::SaltPolicy;
use crate::crypto::verifying::{Scheme, VerifyingKey, parse_verifying_keys};
use crate::formats::intoto::Pattern;
use crate::host::files::{path_text, read_bounded};

/// Largest key file read, in bytes.
const LIMIT: u64 = 4 << 20;

/// A key that is trusted to sign.
#[derive(Clone, Debug)]
pub struct SignerKey {
    /// Its name in reports.
    pub name: String,
    /// The key.
    pub key: VerifyingKey,
    /// When it may sign.
    pub validity: Validity,
    /// A revoked key never verifies.
    pub revoked: bool,
    /// The conditions of its entry in a key set, if it has one.
    conditions: Option<TrustedKey>,
}

/// Whose signatures count.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Keys that are trusted for no builder in particular: what they sign reaches level 1.
    pub keys: Vec<SignerKey>,
    /// Certificates that those of signers may go back to, without a word on who may sign: such signatures are named, and
    /// never count, as a public authority certifies everyone.
    pub roots: Vec<Certificate>,
    /// Builders with those who sign for them.
    pub builders: Vec<Builder>,
}

/// A builder, who signs for it, and what that is worth.
#[derive(Clone, Debug)]
pub struct Builder {
    /// Its id.
    pub id: Pattern,
    /// The SLSA Build level that it is trusted for, 1 to 3.
    pub level: u8,
    /// Keys that sign for it.
    pub keys: Vec<SignerKey>,
    /// Certificates that those of its signers go back to.
    pub roots: Vec<Certificate>,
    /// Whom a certificate must be made out to; without it, to the builder's id itself.
    pub identity: Option<Pattern>,
}

impl Trust {
    /// Whether nobody is trusted, so that no signature can be verified.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
            && self.roots.is_empty()
            && self.builders.iter().all(|builder| builder.keys.is_empty() && builder.roots.is_empty())
    }

    /// Whether someone is named who may sign; roots alone name nobody.
    #[must_use]
    pub fn names_someone(&self) -> bool {
        !self.keys.is_empty()
            || self.builders.iter().any(|builder| !builder.keys.is_empty() || !builder.roots.is_empty())
    }

    /// Whether any entry that holds the same key is revoked.
    pub(super) fn is_revoked(&self, key: &VerifyingKey) -> bool {
        let all = self.keys.iter().chain(self.builders.iter().flat_map(|builder| &builder.keys));
        all.into_iter().any(|other| other.revoked && other.key.is_same_key(key))
    }
}

impl SignerKey {
    /// A key without conditions.
    #[must_use]
    pub fn new(name: String, key: VerifyingKey) -> Self {
        Self { name, key, validity: Validity::default(), revoked: false, conditions: None }
    }

    /// What kind of signature of this key it is, within the conditions of its entry; its window is not looked at.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Option<Scheme> {
        let scheme = self.key.verify(message, signature)?;
        let Some(conditions) = &self.conditions else { return Some(scheme) };
        if conditions.hash.is_none() && conditions.mgf1.is_none() && conditions.salt == SaltPolicy::Any {
            return Some(scheme);
        }
        // An entry with conditions speaks of PSS; the window has its own place.
        let free = TrustedKey { validity: Validity::default(), revoked: false, ..conditions.clone() };
        let digests = HashAlgorithm::ALL.map(|hash| hash.digest(message));
        let check = crate::artifact::signature::verify(&digests, signature, &[free], Timestamp::UNIX_EPOCH);
        check.verified().map(|_| scheme)
    }

    /// Where a moment lies in its window.
    pub(super) fn window(&self, at: Timestamp) -> WindowState {
        self.validity.at(at)
    }
}

impl From<TrustedKey> for SignerKey {
    fn from(key: TrustedKey) -> Self {
        Self {
            name: key.id.clone(),
            key: VerifyingKey::from(key.key.clone()),
            validity: key.validity,
            revoked: key.revoked,
            conditions: Some(key),
        }
    }
}

/// Loads keys of signers: PEM or DER of every algorithm, key sets, and certificates, whose key is trusted then within the
/// certificate's own dates and without a chain: naming the file is the trust.
///
/// # Errors
/// The first file that cannot be used.
pub fn load_signer_keys(paths: &[PathBuf]) -> Result<Vec<SignerKey>, KeyLoadError> {
    let mut keys = Vec::new();
    for path in paths {
        keys.extend(signer_keys(path)?);
    }
    Ok(keys)
}

/// Loads the certificates of files that signers must go back to.
///
/// # Errors
/// The first file that cannot be used.
pub fn load_certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, KeyLoadError> {
    let mut certificates = Vec::new();
    for path in paths {
        let bytes = read_bounded(path, LIMIT).map_err(|error| fault(path, error.into()))?;
        let read = Certificate::parse_all(&bytes).map_err(|reason| KeyLoadError {
            path: path_text(path),
            reason: KeyFault::Certificate(reason),
        })?;
        certificates.extend(read);
    }
    Ok(certificates)
}

fn fault(path: &Path, reason: KeyFault) -> KeyLoadError {
    KeyLoadError { path: path_text(path), reason }
}

fn signer_keys(path: &Path) -> Result<Vec<SignerKey>, KeyLoadError> {
    let bytes = read_bounded(path, LIMIT).map_err(|error| fault(path, error.into()))?;
    let name = path.file_name().map_or_else(|| path_text(path), |name| path_text(Path::new(name)));
    let named = |index: usize| if index == 0 { name.clone() } else { format!("{name}#{}", index + 1) };
    // First, as a key set may hold its keys in armour: read as bare keys, they would lose their conditions.
    if is_key_set(path, &bytes) {
        let paths = [path.to_owned()];
        return Ok(load_public_keys(&paths)?.into_iter().map(SignerKey::from).collect());
    }
    match parse_verifying_keys(&bytes) {
        Ok(keys) => {
            let key = |(index, key)| SignerKey::new(named(index), key);
            return Ok(keys.into_iter().enumerate().map(key).collect());
        }
        Err(KeyError::Certificate) => {}
        Err(error) => return Err(fault(path, error.into())),
    }
    let certificates = Certificate::parse_all(&bytes)
        .map_err(|reason| KeyLoadError { path: path_text(path), reason: KeyFault::Certificate(reason) })?;
    let key = |(index, certificate): (usize, Certificate)| SignerKey {
        validity: certificate.validity,
        ..SignerKey::new(named(index), certificate.key)
    };
    Ok(certificates.into_iter().enumerate().map(key).collect())
}
