//! One file under another key.

use std::fs::Metadata;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use zeroize::Zeroizing;

use super::{Course, MAKING, Rotation, Turn};
use crate::crypto::digest::{Digest, HashAlgorithm, Hasher};
use crate::crypto::streaming::{
    Decryptor, EncryptError, HEADER_LEN, Seed, StreamError, StreamingKey, encrypt,
};
use crate::host::disk::{Access, Disk};
use crate::host::files::{folder_of, open_regular};

/// Bytes read at once.
const PIECE: usize = 256 << 10;

/// Why a file stays as it is.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("cannot be read: {0}")]
    Read(#[source] io::Error),
    #[error("under the old key, but not sound: {0}")]
    Unsound(StreamError),
    #[error("cannot be encrypted: {0}")]
    Encrypt(EncryptError),
    #[error("the new file cannot be written: {0}")]
    Write(#[source] io::Error),
    #[error("what was written does not read back as what was to be written")]
    ReadBack,
    #[error("it was changed while it was read")]
    Changed,
}

/// Rotates one file, unless that is done or cannot be.
pub(super) fn turn(rotation: &Rotation, path: &Path, plan: bool, disk: &Disk, course: &Course) -> Turn {
    match under(rotation, path) {
        Err(error) => Turn::Failed(Fault::Read(error).to_string()),
        Ok(Under::New) => Turn::Already,
        Ok(Under::Neither) => Turn::Left("it does not open with either key".to_owned()),
        Ok(Under::Old(_, size)) if plan => Turn::Planned(size),
        Ok(Under::Old(old, _)) => {
            let making = making(path);
            match rotate(old, &rotation.new, path, &making, disk, course) {
                Ok(size) => Turn::Rotated(size),
                Err(fault) => {
                    // The file itself was not touched; what was made for it is worth nothing, and the next run would
                    // remove it where this one cannot.
                    let _ = disk.remove_file(&making);
                    Turn::Failed(fault.to_string())
                }
            }
        }
    }
}

/// Under which key a file is, by its first segment.
enum Under<'r> {
    New,
    /// With the bytes of the file.
    Old(&'r StreamingKey, u64),
    Neither,
}

fn under<'r>(rotation: &'r Rotation, path: &Path) -> io::Result<Under<'r>> {
    let size = open_regular(path)?.1.len();
    if begins_under(&rotation.new, path)? {
        return Ok(Under::New);
    }
    for old in &rotation.old {
        if begins_under(old, path)? {
            return Ok(Under::Old(old, size));
        }
    }
    Ok(Under::Neither)
}

/// Whether the first segment of a file opens with a key.
fn begins_under(key: &StreamingKey, path: &Path) -> io::Result<bool> {
    let first = HEADER_LEN.max(key.parameters().segment_size());
    // One byte more tells a first segment from an only one.
    let mut source = open_regular(path)?.0.take(first as u64 + 1);
    let mut decryptor = Decryptor::new(key, &[]);
    let mut piece = vec![0; PIECE];
    let mut total = 0;
    loop {
        let length = source.read(&mut piece)?;
        if length == 0 {
            break;
        }
        total += length;
        if decryptor.update(piece.get(..length).unwrap_or_default(), &mut io::sink()).is_err() {
            return Ok(false);
        }
    }
    // Longer ones had their first segment opened when the byte behind it came.
    Ok(total > first || decryptor.finish(&mut io::sink()).is_ok())
}

/// Where the new file is made: beside the old one, so that it can take its place in one step.
fn making(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(MAKING.0);
    name.push(path.file_name().unwrap_or_default());
    name.push(MAKING.1);
    folder_of(path).join(name)
}

fn rotate(
    old: &StreamingKey,
    new: &StreamingKey,
    path: &Path,
    making: &Path,
    disk: &Disk,
    course: &Course,
) -> Result<u64, Fault> {
    let (source, before) = open_regular(path).map_err(Fault::Read)?;
    let mut plain = Plain::of(source, old, course);
    let mut target = disk.create_file(making, Access::Private).map_err(Fault::Write)?;
    let seed = Seed::random().map_err(Fault::Encrypt)?;
    let size = match encrypt(new, &[], &seed, &mut plain, &mut target) {
        Err(EncryptError::Read(error)) => return Err(plain.fault.take().unwrap_or(Fault::Read(error))),
        Err(EncryptError::Write(error)) => return Err(Fault::Write(error)),
        result => result.map_err(Fault::Encrypt)?,
    };
    target.flush().and_then(|()| target.finish()).map_err(Fault::Write)?;
    if read_back(new, making).map_err(Fault::Write)? != Some((size, plain.digest())) {
        return Err(Fault::ReadBack);
    }
    keep_owner_and_mode(making, &before).map_err(Fault::Write)?;
    let now = path.symlink_metadata().map_err(Fault::Read)?;
    if !is_same(&before, &now) {
        return Err(Fault::Changed);
    }
    disk.rename(making, path).and_then(|()| disk.sync_folder(&folder_of(path))).map_err(Fault::Write)?;
    Ok(size)
}

/// The plaintext of a file, read as it is decrypted; its digest is taken on the way.
struct Plain<'a, R> {
    source: R,
    /// None at the end.
    decryptor: Option<Decryptor>,
    ready: Zeroizing<Vec<u8>>,
    at: usize,
    piece: Vec<u8>,
    hasher: Hasher,
    fault: Option<Fault>,
    course: &'a Course,
}

impl<'a, R: Read> Plain<'a, R> {
    fn of(source: R, key: &StreamingKey, course: &'a Course) -> Self {
        Self {
            source,
            decryptor: Some(Decryptor::new(key, &[])),
            // Room for all that one piece can set free: a vector that grows leaves copies of plaintext behind.
            ready: Zeroizing::new(Vec::with_capacity(key.parameters().segment_size() + PIECE)),
            at: 0,
            piece: vec![0; PIECE],
            hasher: Hasher::new(HashAlgorithm::Sha256),
            fault: None,
            course,
        }
    }

    /// The digest of what was read.
    fn digest(self) -> Digest {
        self.hasher.finish()
    }

    /// Decrypts more, until there is something to give or nothing left.
    fn more(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.at = 0;
        while self.ready.is_empty() {
            let Some(mut decryptor) = self.decryptor.take() else { return Ok(()) };
            let length = self.source.read(&mut self.piece)?;
            self.course.bytes.fetch_add(length as u64, Relaxed);
            let fed = if length == 0 {
                decryptor.finish(&mut *self.ready).map(drop)
            } else {
                let fed = decryptor.update(self.piece.get(..length).unwrap_or_default(), &mut *self.ready);
                self.decryptor = Some(decryptor);
                fed
            };
            if let Err(error) = fed {
                self.fault = Some(Fault::Unsound(error));
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
        self.hasher.update(&self.ready);
        Ok(())
    }
}

impl<R: Read> Read for Plain<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.ready.len() {
            self.more()?;
        }
        let length = self.ready.get(self.at..).unwrap_or_default().read(buffer)?;
        self.at += length;
        Ok(length)
    }
}

/// Size and digest of the plaintext of a file that was just written; none when it is not sound.
fn read_back(key: &StreamingKey, path: &Path) -> io::Result<Option<(u64, Digest)>> {
    let course = Course::default();
    let mut plain = Plain::of(open_regular(path)?.0, key, &course);
    match io::copy(&mut plain, &mut io::sink()) {
        Ok(size) => Ok(Some((size, plain.digest()))),
        Err(_) if plain.fault.is_some() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives the new file the mode of the old one, and its owner where that may be done. Its times are new: programs that copy
/// what changed go by them.
fn keep_owner_and_mode(path: &Path, before: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        // Only the superuser may; for others the file keeps the owner who rotates it. A new owner clears some bits of the
        // mode, so that the mode comes second.
        let _ = std::os::unix::fs::chown(path, Some(before.uid()), Some(before.gid()));
    }
    std::fs::set_permissions(path, before.permissions())
}

/// Whether a file is still the one that was read.
fn is_same(before: &Metadata, now: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if (before.dev(), before.ino()) != (now.dev(), now.ino()) {
            return false;
        }
    }
    now.is_file() && before.len() == now.len() && before.modified().ok() == now.modified().ok()
}
