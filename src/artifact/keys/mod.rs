//! Loads the keys that a user or a setting names: public keys that are trusted, keys of encrypted files, and the private
//! key that signs.
//!
//! A file that is wrong is an error, never a key less: a run that silently trusts fewer keys than it was told to, or
//! tries fewer, would give wrong answers.

mod key_set;
mod look;
#[cfg(test)]
mod tests;

pub use key_set::{
    KeySet, Seal, load_root_key, load_rooted_keys, read_key_set, read_key_set_sealed, seal_fault,
    signature_path,
};
pub use look::{Kind, Protection, Seen, look};

use std::fs::Metadata;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::signature::TrustedKey;
use crate::crypto::certificate::CertificateError;
use crate::crypto::keys::{
    Ask, EndorsementFault, KeyError, KeySetError, PrivateKey, PrivateKeyError, ProtectionError, PublicKey,
    parse_private_key, parse_private_key_with, parse_public_keys,
};
use crate::crypto::secret_key::{FileKey, SecretKeyError, parse_key_file, parse_key_file_with};
use crate::host::files::{open_regular, path_text, read_bounded};

/// Largest key file read, in bytes.
const LIMIT: u64 = 4 << 20;

/// Which key file cannot be used, and why. Nothing of its content is repeated.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct KeyLoadError {
    /// The file, as it was named.
    pub path: String,
    /// What is wrong with it.
    pub reason: KeyFault,
}

impl KeyLoadError {
    /// Whether the file itself could not be read, so that nothing is known of its content.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self.reason, KeyFault::Read(_))
    }
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It holds no usable public key.
    #[error(transparent)]
    Public(#[from] KeyError),
    /// It is a key set with a fault.
    #[error(transparent)]
    Set(#[from] KeySetError),
    /// A file that the key set names cannot be used.
    #[error("key `{id}`: {file}: {reason}")]
    Named {
        /// The entry's id.
        id: String,
        /// The file, as the key set names it.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It holds no usable certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// It holds no usable AES-256 key.
    #[error(transparent)]
    Secret(#[from] SecretKeyError),
    /// It holds no private key that can sign.
    #[error(transparent)]
    Private(#[from] PrivateKeyError),
    /// A key of the set does not vouch for another as it should.
    #[error(transparent)]
    Endorsement(#[from] EndorsementFault),
    /// The key set is not the one that was signed.
    #[error("{0}")]
    Seal(String),
    /// Others can read or change the file of a secret key.
    #[error(
        "mode {mode:04o}: others than its owner can use this secret key; `chmod 600` it first, and replace the key if \
         others had access"
    )]
    TooOpen {
        /// Its permission bits.
        mode: u32,
    },
}

/// The keys of one file of AES-256 keys.
#[derive(Debug, Clone)]
pub struct LoadedKey {
    /// The file's name without its folders, for reports.
    pub name: String,
    /// The enabled keys, the primary one first.
    pub keys: Vec<FileKey>,
    /// The permission bits when they let others than the owner read or change the file; never on platforms without.
    pub too_open: Option<u32>,
}

/// Loads public keys: PEM (also several in a file), DER, or a key set in YAML whose `file:` entries lie in its own
/// folder or below. Keys of plain files are named after the file, with `#2`, `#3` … behind the first.
///
/// # Errors
/// The first file that cannot be used.
pub fn load_public_keys(paths: &[PathBuf]) -> Result<Vec<TrustedKey>, KeyLoadError> {
    let mut keys = Vec::new();
    for path in paths {
        keys.extend(public_keys(path).map_err(|reason| KeyLoadError { path: path_text(path), reason })?);
    }
    Ok(keys)
}

/// Loads AES-256 keys: raw, hexadecimal, base64, or a Tink keyset in the clear.
///
/// # Errors
/// The first file that cannot be used.
pub fn load_encryption_keys(paths: &[PathBuf]) -> Result<Vec<LoadedKey>, KeyLoadError> {
    let load = |path: &PathBuf| -> Result<LoadedKey, KeyFault> {
        let bytes = Zeroizing::new(read_bounded(path, LIMIT)?);
        let keys = parse_key_file(&bytes)?.keys;
        Ok(LoadedKey { name: file_name(path), keys, too_open: too_open(path)? })
    };
    paths
        .iter()
        .map(|path| load(path).map_err(|reason| KeyLoadError { path: path_text(path), reason }))
        .collect()
}

/// Gives the passphrase of a key file, or says in words why there is none; called only for a file that needs one.
pub type Passphrase<'a> = &'a dyn Fn(&Path) -> Result<Zeroizing<String>, String>;

/// Loads the private key that signs, which may be under a passphrase; else as [`load_private_key`].
///
/// # Errors
/// As [`load_private_key`], or the passphrase is not the right one.
pub fn load_signing_key(path: &Path, passphrase: Passphrase<'_>) -> Result<PrivateKey, KeyLoadError> {
    let load = || {
        let bytes = read_secret(path).map_err(|fault| match fault {
            // Public halves are open to others by right; what is wrong is another thing.
            KeyFault::TooOpen { .. } if public_keys(path).is_ok() => PrivateKeyError::PublicKey.into(),
            fault => fault,
        })?;
        opened(path, passphrase, &|ask| Ok(parse_private_key_with(&bytes, ask)?))
    };
    load().map_err(|reason| KeyLoadError { path: path_text(path), reason })
}

/// Loads the keys of one file of AES-256 keys, which may be under a passphrase. A file that others than its owner can use
/// is refused, as with [`load_private_key`].
///
/// # Errors
/// As [`load_encryption_keys`], the file is open to others, or the passphrase is not the right one.
pub fn load_encryption_key(path: &Path, passphrase: Passphrase<'_>) -> Result<LoadedKey, KeyLoadError> {
    let load = || {
        let bytes = read_secret(path)?;
        let keys = opened(path, passphrase, &|ask| Ok(parse_key_file_with(&bytes, ask)?.keys))?;
        Ok(LoadedKey { name: file_name(path), keys, too_open: None })
    };
    load().map_err(|reason| KeyLoadError { path: path_text(path), reason })
}

/// Loads the private key that signs, in the clear. As with ssh, a file that others than its owner can use is refused
/// unread (on Unix). The group of someone else's file is no such other: it is how that file is given to us.
///
/// # Errors
/// The file cannot be read, is open to others, or holds no private key that can sign.
pub fn load_private_key(path: &Path) -> Result<PrivateKey, KeyLoadError> {
    let load = || Ok(parse_private_key(&read_secret(path)?)?);
    load().map_err(|reason| KeyLoadError { path: path_text(path), reason })
}

/// The content of a file that nobody else can use.
fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    // One handle for all: what is judged is what is read.
    let (file, metadata) = open_regular(&path.canonicalize()?)?;
    if let Some(mode) = open_to_others(&metadata) {
        return Err(KeyFault::TooOpen { mode });
    }
    let size = usize::try_from(metadata.len().min(LIMIT)).unwrap_or(0);
    // Room for all of it at once: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
    file.take(LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Most passphrases that are tried for one key.
const TRIES: usize = 3;

/// Reads a key that may be under a passphrase. After a wrong one the passphrase is asked for again: who answers may have
/// another for this very key. The same answer, or none, ends it.
fn opened<T>(
    path: &Path,
    passphrase: Passphrase<'_>,
    parse: &dyn Fn(Ask<'_>) -> Result<T, KeyFault>,
) -> Result<T, KeyFault> {
    let mut before: Option<(Zeroizing<String>, KeyFault)> = None;
    for _ in 0..TRIES {
        let mut answer = None;
        let found = parse(&mut || {
            let given = passphrase(path)?;
            if before.as_ref().is_some_and(|(last, _)| *last == given) {
                return Err("the same again".to_owned());
            }
            answer = Some(given.clone());
            Ok(given)
        });
        before = match (found, answer, before) {
            (Err(_), None, Some((_, wrong))) => return Err(wrong),
            (Err(wrong), Some(answer), _) if is_wrong_passphrase(&wrong) => Some((answer, wrong)),
            (found, _, _) => return found,
        };
    }
    Err(before.map_or(ProtectionError::WrongPassphrase.into(), |(_, wrong)| wrong))
}

fn is_wrong_passphrase(fault: &KeyFault) -> bool {
    matches!(
        fault,
        KeyFault::Private(PrivateKeyError::Protection(ProtectionError::WrongPassphrase))
            | KeyFault::Secret(SecretKeyError::Protection(ProtectionError::WrongPassphrase))
    )
}

impl From<ProtectionError> for KeyFault {
    fn from(error: ProtectionError) -> Self {
        Self::Private(error.into())
    }
}

#[cfg(unix)]
fn open_to_others(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    let forbidden = if ours { 0o077 } else { 0o007 };
    Some(metadata.mode() & 0o7777).filter(|mode| mode & forbidden != 0)
}

#[cfg(not(unix))]
fn open_to_others(_metadata: &Metadata) -> Option<u32> {
    None
}

fn public_keys(path: &Path) -> Result<Vec<TrustedKey>, KeyFault> {
    let bytes = read_bounded(path, LIMIT)?;
    if is_key_set(path, &bytes) {
        return key_set::trusted(path, &bytes);
    }
    Ok(named(path, parse_public_keys(&bytes)?))
}

/// Keys of a plain file, named after it.
fn named(path: &Path, keys: Vec<PublicKey>) -> Vec<TrustedKey> {
    let name = file_name(path);
    let named = |(index, key): (usize, PublicKey)| {
        let id = if index == 0 { name.clone() } else { format!("{name}#{}", index + 1) };
        TrustedKey::unconditional(id, key)
    };
    keys.into_iter().enumerate().map(named).collect()
}

/// A key set is YAML by its name, or by its first word: PEM may have text before its first block, but no such line.
pub(super) fn is_key_set(path: &Path, bytes: &[u8]) -> bool {
    let by_name = path.extension().is_some_and(|extension| {
        ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    });
    let lines = bytes.split(|byte| *byte == b'\n');
    by_name || lines.take(1_000).any(|line| line.starts_with(b"keys:"))
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path_text(path), |name| path_text(Path::new(name)))
}

#[cfg(unix)]
fn too_open(path: &Path) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o7777;
    Ok((mode & 0o077 != 0).then_some(mode))
}

#[cfg(not(unix))]
fn too_open(_path: &Path) -> io::Result<Option<u32>> {
    Ok(None)
}
