//! Key sets as they lie on a disk: the file, the files that it names, and the signature beside it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::{KeyFault, KeyLoadError, LIMIT, is_key_set, named};
use crate::artifact::signature::{MAX_SIGNATURE_FILE, TrustedKey};
use crate::crypto::digest::HashAlgorithm;
use crate::crypto::keys::{
    EndorsementFault, KeySource, Member, PublicKey, chain_fault, check_endorsements, parse_key_set,
    parse_public_keys,
};
use crate::crypto::rsa_pss::{self, Outcome, SaltPolicy};
use crate::host::files::{path_text, read_bounded};

/// A key set whose endorsements hold.
#[derive(Debug, Clone)]
pub struct KeySet {
    /// Its entries with their keys, in the order of the file; at least one.
    pub members: Vec<Member>,
    /// What the signature beside it says.
    pub seal: Seal,
}

/// What the signature of a whole key set says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seal {
    /// There is none.
    Missing,
    /// It is that of a key of the set that is not revoked; its id.
    By(String),
    /// It is that of no such key over this file.
    Broken,
}

impl KeySet {
    /// Whether this program has changed the set, so that it was signed at some time.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        self.members.iter().any(|member| member.entry.endorsement.is_some())
    }

    /// Whether a key is revoked, under whichever name.
    #[must_use]
    pub fn is_revoked(&self, key: &PublicKey) -> bool {
        self.members.iter().any(|member| member.entry.revoked && member.key.is_same_key(key))
    }
}

/// Where the signature of a file lies: `FILE.sig`.
#[must_use]
pub fn signature_path(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".sig");
    name.into()
}

/// Reads a key set and judges its endorsements and the signature beside it.
///
/// # Errors
/// It cannot be read, is none, or an endorsement does not hold. A signature that does not hold is no error here.
pub fn read_key_set(path: &Path) -> Result<KeySet, KeyLoadError> {
    read_key_set_sealed(path, &signature_path(path))
}

/// As [`read_key_set`], with a signature that lies elsewhere.
///
/// # Errors
/// As there.
pub fn read_key_set_sealed(path: &Path, signature: &Path) -> Result<KeySet, KeyLoadError> {
    let read = || {
        let bytes = read_bounded(path, LIMIT)?;
        sealed(path, &bytes, signature)
    };
    read().map_err(|reason| KeyLoadError { path: path_text(path), reason })
}

pub(super) fn sealed(path: &Path, bytes: &[u8], signature: &Path) -> Result<KeySet, KeyFault> {
    let folder = path.canonicalize()?.parent().map_or_else(PathBuf::new, Path::to_owned);
    let mut members = Vec::new();
    for entry in parse_key_set(bytes)? {
        let key = match &entry.source {
            KeySource::Inline(key) => (**key).clone(),
            KeySource::File(file) => only_key(&folder, file).map_err(|reason| KeyFault::Named {
                id: entry.id.clone(),
                file: file.clone(),
                reason,
            })?,
        };
        members.push(Member { entry, key });
    }
    check_endorsements(&members)?;
    let mut set = KeySet { members, seal: Seal::Missing };
    match read_bounded(signature, MAX_SIGNATURE_FILE as u64) {
        Ok(signature) => set.seal = seal(&set, bytes, &signature),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    Ok(set)
}

fn seal(set: &KeySet, bytes: &[u8], signature: &[u8]) -> Seal {
    let hash = HashAlgorithm::Sha256;
    let digest = hash.digest(bytes);
    let by = set.members.iter().find(|member| {
        let found = rsa_pss::verify(&member.key, &digest, hash, SaltPolicy::DigestLength, signature);
        matches!(found, Outcome::Valid { .. }) && !set.is_revoked(&member.key)
    });
    by.map_or(Seal::Broken, |member| Seal::By(member.entry.id.clone()))
}

/// The keys of a set for verifying.
pub(super) fn trusted(path: &Path, bytes: &[u8]) -> Result<Vec<TrustedKey>, KeyFault> {
    let set = sealed(path, bytes, &signature_path(path))?;
    if set.seal == Seal::Broken {
        return Err(KeyFault::Seal(
            "the set and its signature do not belong together; `readiness release keys verify` says more"
                .to_owned(),
        ));
    }
    Ok(set.members.into_iter().map(|member| TrustedKey::from_entry(&member.entry, member.key)).collect())
}

/// Loads public keys as [`load_public_keys`](super::load_public_keys) does. With a root key only those are taken that go
/// back to it: the root itself, and keys of a signed set for which it vouches, over any number of keys that are not
/// revoked; the set itself must be signed by one of these. Revoked keys of such a set are kept, so that what they signed is recognised; they never verify.
///
/// # Errors
/// The first file that cannot be used; with a root key also a set without a signature of its own, and a file of which no
/// key goes back to the root.
pub fn load_rooted_keys(paths: &[PathBuf], root: Option<&Path>) -> Result<Vec<TrustedKey>, KeyLoadError> {
    let Some(root) = root else { return super::load_public_keys(paths) };
    let at = |path: &Path, reason: KeyFault| KeyLoadError { path: path_text(path), reason };
    let root = load_root_key(root)?;
    let mut keys = Vec::new();
    for path in paths {
        keys.extend(rooted(path, &root).map_err(|reason| at(path, reason))?);
    }
    Ok(keys)
}

/// The one public key of a file, which others have to go back to.
///
/// # Errors
/// The file cannot be read, or holds anything but one public key.
pub fn load_root_key(path: &Path) -> Result<PublicKey, KeyLoadError> {
    let load = || {
        let mut keys = parse_public_keys(&read_bounded(path, LIMIT)?)?;
        match (keys.pop(), keys.is_empty()) {
            (Some(key), true) => Ok(key),
            _ => Err(KeyFault::Seal("several keys; the root is exactly one".to_owned())),
        }
    };
    load().map_err(|reason| KeyLoadError { path: path_text(path), reason })
}

fn rooted(path: &Path, root: &PublicKey) -> Result<Vec<TrustedKey>, KeyFault> {
    let bytes = read_bounded(path, LIMIT)?;
    let fault = |text: &str| Err(KeyFault::Seal(text.to_owned()));
    if !is_key_set(path, &bytes) {
        let mut keys = parse_public_keys(&bytes)?;
        keys.retain(|key| key.is_same_key(root));
        return if keys.is_empty() {
            fault("not the root key, and no key set in which the root key vouches for others")
        } else {
            Ok(named(path, keys))
        };
    }
    let set = sealed(path, &bytes, &signature_path(path))?;
    match set.seal {
        Seal::By(_) => {}
        Seal::Missing => return fault("with a root key, the set needs its signature (`.sig`) beside it"),
        Seal::Broken => return fault("the set and its signature do not belong together"),
    }
    if let Some(why) = seal_fault(&set, root) {
        return Err(why.into());
    }
    let mut rooted = false;
    let mut keys = Vec::new();
    let mut why = None;
    for member in &set.members {
        let revoked = set.is_revoked(&member.key);
        let fault = chain_fault(&set.members, member, root);
        rooted |= fault.is_none();
        if fault.is_none() || revoked {
            keys.push(TrustedKey::from_entry(&member.entry, member.key.clone()));
        }
        why = why.or(fault.filter(|_| !revoked));
    }
    match (rooted, why) {
        (true, _) => Ok(keys),
        (false, Some(why)) => Err(why.into()),
        (false, None) => fault("every key of the set is revoked"),
    }
}

/// Why the key that signed a set does not go back to the root; `None` when it does, or nothing signed. Windows and
/// revocations stand in the set and are bound by its signature alone: anyone could sign a set to which he had added a key of
/// his own, with keys in it that are not revoked any more.
#[must_use]
pub fn seal_fault(set: &KeySet, root: &PublicKey) -> Option<EndorsementFault> {
    let Seal::By(id) = &set.seal else { return None };
    let by = set.members.iter().find(|member| member.entry.id == *id)?;
    // The same key may stand under another name too, for which somebody vouches.
    let same = set.members.iter().filter(|member| member.key.is_same_key(&by.key));
    let mut faults = Vec::new();
    for member in same {
        faults.push(chain_fault(&set.members, member, root)?);
    }
    faults.pop()
}

/// The one key of a file that a key set names. A link must not lead out of the set's folder: what a key set trusts
/// stands beside it.
fn only_key(folder: &Path, file: &str) -> Result<PublicKey, String> {
    let real = folder.join(file).canonicalize().map_err(|error| error.to_string())?;
    if !real.starts_with(folder) {
        return Err("leads out of the folder of the key set".to_owned());
    }
    let bytes = read_bounded(&real, LIMIT).map_err(|error| error.to_string())?;
    let mut keys = parse_public_keys(&bytes).map_err(|error| error.to_string())?;
    match (keys.pop(), keys.is_empty()) {
        (Some(key), true) => Ok(key),
        _ => Err("must hold exactly one key".to_owned()),
    }
}
