//! The database as one file to carry to where there is no network: a line that says what it is, a line of JSON that says
//! what it holds, and the database, compressed with gzip. The same database gives the same bytes.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::import::Verify;
use super::store::{Contents, Database, StoreError};
use crate::crypto::digest::{Digest, HashAlgorithm, Hasher};
use crate::crypto::keys::PrivateKey;
use crate::crypto::rsa_pss::{self, SignError};
use crate::host::files;

/// The first line.
pub const MAGIC: &[u8] = b"readiness-advisories 1\n";

/// Longest second line, in bytes.
const MAX_MANIFEST: u64 = 64 << 10;
/// Largest database in a bundle, in bytes.
const MAX_DATABASE: u64 = 16 << 30;
/// Largest signature file, in bytes.
const MAX_SIGNATURE: u64 = 64 << 10;

/// The second line of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// SHA-256 (hex) of the database file.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// The digest of what it holds, see [`Contents::digest`].
    pub digest: String,
    /// When its last import was made, RFC 3339.
    pub imported: String,
}

/// Why a bundle could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct BundleError {
    /// The file.
    pub path: String,
    /// What is wrong.
    pub reason: BundleFault,
}

/// What is wrong with a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleFault {
    /// It cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The database that should go into it cannot be used.
    #[error("{0}")]
    Database(StoreError),
    /// It is damaged, or made to do harm.
    #[error("not a sound bundle: {0}")]
    Damaged(&'static str),
    /// Its signature is missing or not accepted.
    #[error("{0}")]
    Signature(String),
    /// It cannot be signed.
    #[error("it was not written, because it cannot be signed: {0}")]
    Sign(#[from] SignError),
}

/// What an export made.
#[derive(Debug)]
pub struct Exported {
    /// What the bundle holds.
    pub contents: Contents,
    /// What stands beside it now.
    pub signature: Beside,
}

/// What stands beside a bundle just written, see [`signature_path`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Nothing, and nothing did before.
    Nothing,
    /// The signature just made, over the digest of this hash function.
    Signed(HashAlgorithm),
    /// The signature that was there: the bundle is the same as before, byte for byte.
    Kept,
    /// Nothing any more: the signature that was there was of another bundle.
    Removed,
}

/// Where the signature of a bundle is: beside it, `FILE.sig`.
#[must_use]
pub fn signature_path(bundle: &Path) -> PathBuf {
    let mut name = bundle.as_os_str().to_owned();
    name.push(".sig");
    PathBuf::from(name)
}

/// Writes the database at `from` into a bundle at `to`, whole or not at all, and with a key its signature beside it: RSA-PSS
/// over SHA-256, or the hash function that the key is bound to.
///
/// At no moment does a signature of another bundle stand beside this one: what was there is removed before the bundle
/// is put in place. Whatever fails before that leaves both files as they were.
///
/// # Errors
/// When the database cannot be used, or the bundle cannot be written or signed.
pub fn export(from: &Path, to: &Path, key: Option<&PrivateKey>) -> Result<Exported, BundleError> {
    let contents = Database::open(from)
        .map_err(|error| match error {
            StoreError::Missing(path) => {
                BundleError { path, reason: io::Error::from(io::ErrorKind::NotFound).into() }
            }
            error => BundleError { path: files::path_text(from), reason: BundleFault::Database(error) },
        })?
        .contents()
        .clone();
    let beside = signature_path(to);
    let in_bundle = |reason: BundleFault| BundleError { path: files::path_text(to), reason };
    let in_signature =
        |error: io::Error| BundleError { path: files::path_text(&beside), reason: error.into() };
    // Found out only when the file is put in place, it would come after the old signature is gone.
    if std::fs::metadata(to).is_ok_and(|found| !found.is_file()) {
        let error = io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
        return Err(in_bundle(error.into()));
    }
    let mut bundle = packed(from, to, &contents)?;
    let signed = match key {
        Some(key) => {
            let (hash, signature) = signed(bundle.as_file_mut(), key).map_err(in_bundle)?;
            let mut temporary = files::temporary_beside(&beside, ".readiness-").map_err(in_signature)?;
            temporary.write_all(&signature).map_err(in_signature)?;
            Some((hash, temporary))
        }
        None => None,
    };
    let mut state = Beside::Nothing;
    if std::fs::symlink_metadata(&beside).is_ok() {
        let kept =
            signed.is_none() && is_same(bundle.as_file_mut(), to).map_err(|error| in_bundle(error.into()))?;
        if kept {
            state = Beside::Kept;
        } else {
            std::fs::remove_file(&beside).map_err(in_signature)?;
            state = Beside::Removed;
        }
    }
    files::put_in_place(bundle, to).map_err(|error| in_bundle(error.into()))?;
    if let Some((hash, temporary)) = signed {
        files::put_in_place(temporary, &beside).map_err(in_signature)?;
        state = Beside::Signed(hash);
    }
    Ok(Exported { contents, signature: state })
}

/// The bundle, in a temporary file beside `to`.
fn packed(from: &Path, to: &Path, contents: &Contents) -> Result<NamedTempFile, BundleError> {
    let wrong = |path: &Path| {
        let path = files::path_text(path);
        move |error: io::Error| BundleError { path, reason: error.into() }
    };
    let mut database = File::open(from).map_err(wrong(from))?;
    let (size, sha256) = measure(&mut database).map_err(wrong(from))?;
    let manifest =
        Manifest { sha256, size, digest: contents.digest.clone(), imported: contents.imported.clone() };
    let mut write = || -> io::Result<NamedTempFile> {
        let mut temporary = files::temporary_beside(to, ".readiness-")?;
        temporary.write_all(MAGIC)?;
        serde_json::to_writer(&mut temporary, &manifest)?;
        temporary.write_all(b"\n")?;
        database.rewind()?;
        // No name, no time, and 255 for the system: nothing but the content decides.
        let mut packer =
            GzBuilder::new().mtime(0).operating_system(255).write(&mut temporary, Compression::default());
        io::copy(&mut database, &mut packer)?;
        packer.finish()?;
        Ok(temporary)
    };
    write().map_err(wrong(to))
}

/// The signature over a file, as `openssl dgst -sign` writes it: the bytes themselves.
fn signed(file: &mut File, key: &PrivateKey) -> Result<(HashAlgorithm, Vec<u8>), BundleFault> {
    let hash = key.public().restrictions().map_or(HashAlgorithm::Sha256, |limits| limits.hash);
    let mut hasher = Hasher::new(hash);
    file.rewind()?;
    each_piece(file, |piece| hasher.update(piece))?;
    Ok((hash, rsa_pss::sign(key, &hasher.finish())?))
}

/// Whether a file has the same content as the one at `path`; not if there is none.
fn is_same(file: &mut File, path: &Path) -> io::Result<bool> {
    let mut other = match File::open(path) {
        Ok(other) => other,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    file.rewind()?;
    Ok(measure(file)? == measure(&mut other)?)
}

/// Unpacks a bundle into a file beside `database`, after `verify` has accepted the signature beside it (`FILE.sig`).
/// `shown` is its name for messages. The file is removed when it is dropped.
///
/// # Errors
/// When the bundle is damaged, or its signature is missing or not accepted.
pub(super) fn unpack(
    path: &Path,
    shown: &str,
    database: &Path,
    verify: Option<Verify<'_>>,
) -> Result<NamedTempFile, BundleError> {
    let wrong = |reason: BundleFault| BundleError { path: shown.to_owned(), reason };
    let (mut file, _) = files::open_regular(path).map_err(|error| wrong(error.into()))?;
    // Nothing is unpacked before the signature is accepted; what is read then is compared with what was signed.
    let signed = match verify {
        Some(verify) => Some(verified(&mut file, path, verify).map_err(wrong)?),
        None => None,
    };
    let temporary = files::temporary_beside(database, ".readiness-").map_err(|error| wrong(error.into()))?;
    unpack_into(&mut file, temporary.as_file(), signed.as_ref()).map_err(wrong)?;
    Ok(temporary)
}

fn unpack_into(file: &mut File, mut target: &File, signed: Option<&Digest>) -> Result<(), BundleFault> {
    file.rewind()?;
    let mut reader =
        BufReader::with_capacity(256 << 10, Hashing { file, hasher: Hasher::new(HashAlgorithm::Sha256) });
    let mut line = Vec::new();
    (&mut reader).take(MAGIC.len() as u64).read_to_end(&mut line)?;
    if line != MAGIC {
        return Err(BundleFault::Damaged("its first line is not that of a bundle"));
    }
    line.clear();
    (&mut reader).take(MAX_MANIFEST).read_until(b'\n', &mut line)?;
    let manifest: Manifest =
        serde_json::from_slice(&line).map_err(|_| BundleFault::Damaged("its second line cannot be read"))?;
    if manifest.size > MAX_DATABASE {
        return Err(BundleFault::Damaged("its database has more than 16 GiB"));
    }
    let mut packed = GzDecoder::new(&mut reader);
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    let mut buffer = vec![0; 256 << 10];
    let mut size = 0;
    loop {
        let count =
            packed.read(&mut buffer).map_err(|_| BundleFault::Damaged("its database cannot be unpacked"))?;
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else { break };
        size += count as u64;
        if size > manifest.size {
            break;
        }
        hasher.update(piece);
        target.write_all(piece)?;
    }
    if size != manifest.size || hasher.finish().to_string() != manifest.sha256 {
        return Err(BundleFault::Damaged("its database is not the one that its second line describes"));
    }
    if !reader.fill_buf()?.is_empty() {
        return Err(BundleFault::Damaged("something follows its database"));
    }
    if signed.is_some_and(|signed| *signed != reader.into_inner().hasher.finish()) {
        return Err(BundleFault::Damaged("it changed while it was read"));
    }
    Ok(())
}

/// Verifies the signature beside a file; its SHA-256 digest then.
fn verified(file: &mut File, path: &Path, verify: Verify<'_>) -> Result<Digest, BundleFault> {
    let signature = files::read_bounded(&signature_path(path), MAX_SIGNATURE).map_err(|error| {
        BundleFault::Signature(match error.kind() {
            io::ErrorKind::NotFound => {
                "a public key is given, but there is no signature beside it (`.sig`)".to_owned()
            }
            _ => format!("its signature cannot be read: {error}"),
        })
    })?;
    let mut hashers = HashAlgorithm::ALL.map(Hasher::new);
    each_piece(file, |piece| hashers.iter_mut().for_each(|hasher| hasher.update(piece)))?;
    let digests = hashers.map(Hasher::finish);
    verify(&digests, &signature).map_err(BundleFault::Signature)?;
    let [sha256, ..] = digests;
    Ok(sha256)
}

/// Size and SHA-256 of a file.
fn measure(file: &mut File) -> io::Result<(u64, String)> {
    let (mut size, mut hasher) = (0, Hasher::new(HashAlgorithm::Sha256));
    each_piece(file, |piece| {
        size += piece.len() as u64;
        hasher.update(piece);
    })?;
    Ok((size, hasher.finish().to_string()))
}

fn each_piece(file: &mut File, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        let count = file.read(&mut buffer)?;
        match buffer.get(..count) {
            Some(piece) if !piece.is_empty() => each(piece),
            _ => return Ok(()),
        }
    }
}

/// A file that is hashed while it is read.
struct Hashing<'a> {
    file: &'a mut File,
    hasher: Hasher,
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
