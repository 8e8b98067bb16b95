//! Loads the keys that a user or a setting names: public keys that are trusted, keys of encrypted files, and the private
//! key that signs.
//!
//! A file that is wrong is an error, never a key less: a run that silently trusts fewer keys than it was told to, or
//! tries fewer, would give wrong answers.

use std::fs::Metadata;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::signature::TrustedKey;
use crate::crypto::certificate::CertificateError;
use crate::crypto::keys::{
    KeyError, KeySetError, KeySource, PrivateKey, PrivateKeyError, PublicKey, parse_key_set,
    parse_private_key, parse_public_keys,
};
use crate::crypto::secret_key::{FileKey, SecretKeyError, parse_key_file};
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
    /// Others can read or change the file of a private key.
    #[error(
        "mode {mode:04o}: others than its owner can use this private key; `chmod 600` it first, and replace the key if \
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
pub fn load_signing_key(path: &Path, _passphrase: Passphrase<'_>) -> Result<PrivateKey, KeyLoadError> {
    load_private_key(path)
}

/// Loads the keys of one file of AES-256 keys, which may be under a passphrase.
///
/// # Errors
/// As [`load_encryption_keys`], or the passphrase is not the right one.
pub fn load_encryption_key(path: &Path, _passphrase: Passphrase<'_>) -> Result<LoadedKey, KeyLoadError> {
    let mut keys = load_encryption_keys(std::slice::from_ref(&path.to_owned()))?;
    keys.pop().ok_or_else(|| KeyLoadError { path: path_text(path), reason: SecretKeyError::Empty.into() })
}

/// Loads the private key that signs. As with ssh, a file that others than its owner can use is refused unread (on
/// Unix). The group of someone else's file is no such other: it is how that file is given to us.
///
/// # Errors
/// The file cannot be read, is open to others, or holds no private key that can sign.
pub fn load_private_key(path: &Path) -> Result<PrivateKey, KeyLoadError> {
    let load = || -> Result<PrivateKey, KeyFault> {
        // One handle for all: what is judged is what is read.
        let (file, metadata) = open_regular(&path.canonicalize()?)?;
        if let Some(mode) = open_to_others(&metadata) {
            return Err(KeyFault::TooOpen { mode });
        }
        let size = usize::try_from(metadata.len().min(LIMIT)).unwrap_or(0);
        // Room for all of it at once: a vector that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
        file.take(LIMIT).read_to_end(&mut bytes)?;
        Ok(parse_private_key(&bytes)?)
    };
    load().map_err(|reason| KeyLoadError { path: path_text(path), reason })
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
        return key_set(path, &bytes);
    }
    let name = file_name(path);
    let named = |(index, key): (usize, PublicKey)| {
        let id = if index == 0 { name.clone() } else { format!("{name}#{}", index + 1) };
        TrustedKey::unconditional(id, key)
    };
    Ok(parse_public_keys(&bytes)?.into_iter().enumerate().map(named).collect())
}

fn key_set(path: &Path, bytes: &[u8]) -> Result<Vec<TrustedKey>, KeyFault> {
    let folder = path.canonicalize()?.parent().map_or_else(PathBuf::new, Path::to_owned);
    let mut keys = Vec::new();
    for entry in parse_key_set(bytes)? {
        let key = match &entry.source {
            KeySource::Inline(key) => (**key).clone(),
            KeySource::File(file) => only_key(&folder, file).map_err(|reason| KeyFault::Named {
                id: entry.id.clone(),
                file: file.clone(),
                reason,
            })?,
        };
        keys.push(TrustedKey::from_entry(&entry, key));
    }
    Ok(keys)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/crypto").join(name)
    }

    fn error(paths: &[PathBuf]) -> String {
        load_public_keys(paths).unwrap_err().reason.to_string()
    }

    #[test]
    fn keys_are_named_after_their_files() {
        let folder = tempfile::tempdir().unwrap();
        let both = folder.path().join("both.pem");
        let one = std::fs::read(fixture("rsa2048.pub.pem")).unwrap();
        std::fs::write(&both, [one, std::fs::read(fixture("rsa3072.pub.pem")).unwrap()].concat()).unwrap();
        let keys = load_public_keys(&[fixture("rsa2048.spki.der"), both]).unwrap();
        let names: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
        assert_eq!(names, ["rsa2048.spki.der", "both.pem", "both.pem#2"]);
        assert_eq!(keys[2].key.modulus_bits(), 3072);
    }

    #[test]
    fn one_wrong_file_is_an_error() {
        assert!(error(&[fixture("rsa2048.pub.pem"), fixture("rsa1024.pub.pem")]).contains("1024 bits"));
        assert!(error(&[fixture("certificate.pem")]).contains("certificate"));
        assert!(load_public_keys(&[fixture("absent.pem")]).unwrap_err().to_string().contains("absent.pem"));
    }

    #[test]
    fn a_key_set_reads_files_of_its_own_folder_only() {
        let folder = tempfile::tempdir().unwrap();
        let set = folder.path().join("trusted");
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::copy(fixture("rsa2048.pub.pem"), folder.path().join("sub/a.pem")).unwrap();
        std::fs::write(&set, "# ours\nkeys:\n- {id: a, file: sub/a.pem, not_after: 2026-12-31}\n").unwrap();
        let keys = load_public_keys(std::slice::from_ref(&set)).unwrap();
        assert_eq!((keys[0].id.as_str(), keys[0].validity.not_after.is_some()), ("a", true));
        std::fs::write(&set, "keys:\n- {id: a, file: ../a.pem}\n").unwrap();
        assert!(error(std::slice::from_ref(&set)).contains("without `..`"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(fixture("rsa2048.pub.pem"), folder.path().join("link.pem")).unwrap();
            std::fs::write(&set, "keys:\n- {id: a, file: link.pem}\n").unwrap();
            assert!(error(std::slice::from_ref(&set)).contains("leads out"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn too_open_key_files_are_noted() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.key");
        std::fs::write(&path, "0123456789abcdef".repeat(4)).unwrap();
        for (mode, expected) in [(0o640, Some(0o640)), (0o600, None), (0o400, None), (0o604, Some(0o604))] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let loaded = load_encryption_keys(std::slice::from_ref(&path)).unwrap();
            assert_eq!((loaded[0].name.as_str(), loaded[0].too_open), ("data.key", expected));
        }
        std::fs::write(&path, "too short").unwrap();
        let error = load_encryption_keys(std::slice::from_ref(&path)).unwrap_err().to_string();
        assert!(error.contains("data.key") && !error.contains("too short"), "{error}");
    }

    #[test]
    fn a_private_key_is_loaded_from_a_file_of_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let error = || load_private_key(&path).unwrap_err().to_string();
        assert!(error().contains("key.pem"));
        let made = std::process::Command::new("openssl")
            .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
            .arg(&path)
            .status();
        if !made.is_ok_and(|status| status.success()) {
            eprintln!("no OpenSSL here: skipped");
            return;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            for (mode, fine) in
                [(0o644, false), (0o640, false), (0o604, false), (0o620, false), (0o600, true), (0o400, true)]
            {
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
                assert_eq!(load_private_key(&path).is_ok(), fine, "{mode:o}");
                if !fine {
                    assert!(
                        error().contains(&format!("key.pem: mode {mode:04o}: "))
                            && error().contains("chmod 600")
                    );
                }
            }
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            // The owner may still use a file of someone else's group, but not one that is open to everyone. Only root
            // can make such a file.
            if std::os::unix::fs::chown(&path, Some(12_345), None).is_ok() {
                for (mode, fine) in [(0o640, true), (0o644, false)] {
                    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
                    assert_eq!(load_private_key(&path).is_ok(), fine, "{mode:o} of someone else");
                }
                std::os::unix::fs::chown(&path, Some(0), None).unwrap();
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            }
        }
        std::fs::write(&path, vec![b'a'; 300_000]).unwrap();
        assert!(error().contains("larger than"), "{}", error());
    }
}
