//! New keys: made, tried, and put in a folder all together or not at all.
//!
//! Every file is written under a hidden name first, and only when all of them are on the disk they get their own names,
//! each of which nothing may have yet. Who is interrupted in between runs it again: whole keys are never removed, and
//! what lies ready under the hidden names is put in its place.

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::crypto::digest::{Digest, HashAlgorithm};
use crate::crypto::keys::{GenerateError, PrivateKey, PrivateKeyError, ProtectionError};
use crate::crypto::keys::{KeyError, parse_private_key_with, parse_public_keys};
use crate::crypto::rsa_pss::{self, Outcome, SaltPolicy, SignError};
use crate::crypto::secret_key::{Material, SecretKey, SecretKeyError, parse_key_file_with};
use crate::crypto::streaming::{self, Decryptor, Parameters, Seed, StreamingKey};
use crate::host::disk::{Access, Disk};

/// The private key that signs.
pub const SIGNING_KEY: &str = "signing.key";
/// Its public half.
pub const SIGNING_PUB: &str = "signing.pub";
/// The key of encrypted files.
pub const ENCRYPTION_KEY: &str = "encryption.key";

/// Fewest characters of a passphrase.
pub const LEAST_PASSPHRASE: usize = 12;

/// Why no keys were made, or not written.
#[derive(Debug, thiserror::Error)]
pub enum KeygenError {
    /// Something has one of the names.
    #[error("{0} is there already; keys are never overwritten, so nothing was written")]
    Exists(String),
    /// Neither was possible.
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// A key could not be put under the passphrase.
    #[error(transparent)]
    Protection(#[from] ProtectionError),
    /// What would be written does not do what it is for.
    #[error("the new {file} was tried and does not work, so nothing was written: {why}")]
    Unsound {
        /// The file.
        file: &'static str,
        /// What went wrong.
        why: String,
    },
    /// The disk.
    #[error("{path}: {source}")]
    Disk {
        /// What was written.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

/// Which keys are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// A signing key of so many bits, with its public half.
    pub signing: Option<u16>,
    /// An encryption key.
    pub encryption: bool,
}

impl Wanted {
    /// The files, in the order in which they get their names.
    #[must_use]
    pub fn files(&self) -> Vec<&'static str> {
        let signing: &[&str] = if self.signing.is_some() { &[SIGNING_KEY, SIGNING_PUB] } else { &[] };
        signing.iter().copied().chain(self.encryption.then_some(ENCRYPTION_KEY)).collect()
    }
}

/// New keys as the files that they will be. `Debug` shows the names alone.
pub struct Keys {
    files: Vec<(&'static str, Zeroizing<String>)>,
    /// SHA-256 of the public half, when there is a signing key.
    pub fingerprint: Option<Digest>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.files.iter().map(|(name, _)| name)).finish()
    }
}

/// What a folder is for new keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing has their names.
    Free,
    /// An earlier run was interrupted when it put its keys in place; the rest of them lies ready.
    Interrupted,
}

/// Looks whether the names are free.
///
/// # Errors
/// Something has one of them.
pub fn survey(folder: &Path, wanted: &Wanted) -> Result<State, KeygenError> {
    let there = |path: PathBuf| path.symlink_metadata().is_ok();
    let taken: Vec<&str> = wanted.files().into_iter().filter(|name| there(folder.join(name))).collect();
    let Some(first) = taken.first() else { return Ok(State::Free) };
    let missing: Vec<&str> = wanted.files().into_iter().filter(|name| !taken.contains(name)).collect();
    let ready = !missing.is_empty()
        && missing.iter().all(|name| there(hidden(folder, name)))
        && taken.iter().all(|name| !there(hidden(folder, name)));
    if ready {
        Ok(State::Interrupted)
    } else {
        Err(KeygenError::Exists(folder.join(first).display().to_string()))
    }
}

/// Makes keys, as files under a passphrase or in the clear, and tries what was made: it is read back, signs and verifies,
/// encrypts and decrypts. Takes seconds.
///
/// # Errors
/// The keys could not be made, or do not work.
pub fn make(wanted: &Wanted, passphrase: Option<&str>) -> Result<Keys, KeygenError> {
    let mut keys = Keys { files: Vec::new(), fingerprint: None };
    if let Some(bits) = wanted.signing {
        let key = PrivateKey::generate(bits)?;
        let private = passphrase.map_or_else(|| key.to_pem(), |words| key.to_protected_pem(words))?;
        let public = key.public().to_pem();
        try_signing(&private, &public, passphrase)?;
        keys.fingerprint = Some(*key.public().fingerprint());
        keys.files.push((SIGNING_KEY, private));
        keys.files.push((SIGNING_PUB, Zeroizing::new(public)));
    }
    if wanted.encryption {
        let key = SecretKey::generate()?;
        let text = passphrase.map_or_else(|| key.to_keyset(), |words| key.to_protected_pem(words))?;
        try_encryption(&text, passphrase, &key)?;
        keys.files.push((ENCRYPTION_KEY, text));
    }
    Ok(keys)
}

const PROBE: &[u8] = b"a probe of new keys";

fn given(passphrase: Option<&str>) -> Result<Zeroizing<String>, String> {
    passphrase.map(|words| Zeroizing::new(words.to_owned())).ok_or_else(|| "there is none".to_owned())
}

fn try_signing(private: &str, public: &str, passphrase: Option<&str>) -> Result<(), KeygenError> {
    let unsound = |file, why: String| Err(KeygenError::Unsound { file, why });
    let digest = HashAlgorithm::Sha256.digest(PROBE);
    let sign = || -> Result<Vec<u8>, String> {
        let key = parse_private_key_with(private.as_bytes(), &mut || given(passphrase))
            .map_err(|error: PrivateKeyError| error.to_string())?;
        rsa_pss::sign(&key, &digest).map_err(|error: SignError| error.to_string())
    };
    let signature = match sign() {
        Ok(signature) => signature,
        Err(why) => return unsound(SIGNING_KEY, why),
    };
    let found = parse_public_keys(public.as_bytes()).map(|keys| {
        keys.first().is_some_and(|key| {
            let policy = SaltPolicy::DigestLength;
            let found = rsa_pss::verify(key, &digest, HashAlgorithm::Sha256, policy, &signature);
            matches!(found, Outcome::Valid { .. })
        })
    });
    match found {
        Ok(true) => Ok(()),
        Ok(false) => unsound(SIGNING_PUB, "it does not verify what the private key signs".to_owned()),
        Err(error) => unsound(SIGNING_PUB, KeyError::to_string(&error)),
    }
}

fn try_encryption(text: &str, passphrase: Option<&str>, key: &SecretKey) -> Result<(), KeygenError> {
    let round = || -> Result<bool, String> {
        let file = parse_key_file_with(text.as_bytes(), &mut || given(passphrase))
            .map_err(|error: SecretKeyError| error.to_string())?;
        let read = match file.keys.first().map(|key| &key.material) {
            Some(Material::Plain(key)) => StreamingKey::from_secret(key, Parameters::default()),
            Some(Material::Streaming(key)) => key.clone(),
            _ => return Ok(false),
        };
        let made = StreamingKey::from_secret(key, Parameters::default());
        let seed = Seed::random().map_err(|error| error.to_string())?;
        let mut sealed = Vec::new();
        streaming::encrypt(&made, b"", &seed, &mut &*PROBE, &mut sealed)
            .map_err(|error| error.to_string())?;
        let mut plain = Vec::new();
        let mut decryptor = Decryptor::new(&read, b"");
        decryptor.update(&sealed, &mut plain).map_err(|error| error.to_string())?;
        decryptor.finish(&mut plain).map_err(|error| error.to_string())?;
        Ok(plain == PROBE)
    };
    match round() {
        Ok(true) => Ok(()),
        Ok(false) => Err("it does not decrypt what it encrypts".to_owned()),
        Err(why) => Err(why),
    }
    .map_err(|why| KeygenError::Unsound { file: ENCRYPTION_KEY, why })
}

/// Puts keys in a folder, which is made for its owner alone when it is not there. The state is that of [`survey`] a moment
/// ago: keys in a folder where an earlier run was interrupted are those of that run.
///
/// # Errors
/// The disk; what was written until then has no name of a key, or can be finished by [`finish`].
pub fn write(keys: &Keys, folder: &Path, disk: &Disk) -> Result<Vec<PathBuf>, KeygenError> {
    let at = |path: &Path| {
        let path = path.display().to_string();
        move |source| KeygenError::Disk { path, source }
    };
    if folder.symlink_metadata().is_err() {
        disk.create_private_folder(folder).map_err(at(folder))?;
        disk.sync_name(folder).map_err(at(folder))?;
    }
    for (name, text) in &keys.files {
        let path = hidden(folder, name);
        // Nothing has the names of keys, so this is of a run that was interrupted before it gave any.
        disk.remove_file(&path).map_err(at(&path))?;
        let access = if *name == SIGNING_PUB { Access::Public } else { Access::Private };
        disk.write_new(&path, text.as_bytes(), access).map_err(at(&path))?;
    }
    disk.sync_folder(folder).map_err(at(folder))?;
    let names: Vec<&str> = keys.files.iter().map(|(name, _)| *name).collect();
    name_all(folder, &names, disk)
}

/// Puts the rest of an interrupted run in its place.
///
/// # Errors
/// The disk.
pub fn finish(folder: &Path, wanted: &Wanted, disk: &Disk) -> Result<Vec<PathBuf>, KeygenError> {
    name_all(folder, &wanted.files(), disk)
}

/// Gives the hidden files that are there their names.
fn name_all(folder: &Path, names: &[&str], disk: &Disk) -> Result<Vec<PathBuf>, KeygenError> {
    let mut paths = Vec::new();
    for name in names {
        let (from, to) = (hidden(folder, name), folder.join(name));
        if from.symlink_metadata().is_ok() {
            disk.rename_new(&from, &to).map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => KeygenError::Exists(to.display().to_string()),
                _ => KeygenError::Disk { path: to.display().to_string(), source },
            })?;
        }
        paths.push(to);
    }
    disk.sync_folder(folder)
        .map_err(|source| KeygenError::Disk { path: folder.display().to_string(), source })?;
    Ok(paths)
}

fn hidden(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.new"))
}
