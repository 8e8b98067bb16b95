//! Copies an artifact into the release, encrypted if so wished: read once, hashed on the way, in constant memory.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::artifacts::{Artifact, State};
use crate::crypto::digest::{Digest, HashAlgorithm, Hasher};
use crate::crypto::streaming::{EncryptError, Seed, StreamingKey, encrypt};
use crate::host::disk::{Access, Disk};
use crate::host::files::open_regular;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;

/// What was copied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copied {
    /// SHA-256 of what was read.
    pub(super) plain: Digest,
    /// SHA-256 of the file in the release.
    pub(super) stored: Digest,
    /// Bytes of the file in the release.
    pub(super) size: u64,
}

/// Why an artifact was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// As it was named.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// It is not any more what it was when the preparation began.
    #[error(
        "{path} was changed while the release was prepared; wait until its build is done, and prepare again"
    )]
    Changed {
        /// As it was named.
        path: String,
    },
    /// The copy cannot be written.
    #[error("{path}: {source}")]
    Write {
        /// The file in the release.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be encrypted.
    #[error("{path}: {reason}")]
    Encrypt {
        /// As it was named.
        path: String,
        /// Why.
        reason: String,
    },
}

/// Copies `artifact` to the new file `to`, called `shown`, and forces its bytes to the disk. `read` counts bytes.
pub(super) fn copy(
    artifact: &Artifact,
    (to, shown): (&Path, &str),
    key: Option<&StreamingKey>,
    disk: &Disk,
    read: &AtomicU64,
) -> Result<Copied, CopyError> {
    let reading = |source| CopyError::Read { path: artifact.shown.clone(), source };
    let writing = |source| CopyError::Write { path: shown.to_owned(), source };
    let changed = || CopyError::Changed { path: artifact.shown.clone() };
    let (file, metadata) = open_regular(&artifact.path).map_err(reading)?;
    if State::of(&metadata) != artifact.state {
        return Err(changed());
    }
    let mut source = Hashed::reader(&file, artifact.size, read);
    let mut target = Hashed::writer(disk.create_file(to, Access::Public).map_err(writing)?);
    let copied = match key {
        None => plain(&mut source, &mut target),
        Some(key) => {
            Seed::random().and_then(|seed| encrypt(key, &[], &seed, &mut source, &mut target)).map(drop)
        }
    };
    copied.map_err(|error| match error {
        EncryptError::Read(source) => reading(source),
        EncryptError::Write(source) => writing(source),
        other => CopyError::Encrypt { path: artifact.shown.clone(), reason: other.to_string() },
    })?;
    // What was read is one state of the file only if nothing touched it meanwhile.
    let after = file.metadata().map_err(reading)?;
    if source.count != artifact.size || State::of(&after) != artifact.state {
        return Err(changed());
    }
    let plain = source.hasher.finish();
    let Hashed { inner, hasher, count, .. } = target;
    inner.finish().map_err(writing)?;
    let stored = if key.is_some() { hasher.finish() } else { plain };
    Ok(Copied { plain, stored, size: count })
}

/// Without a key: what was read is what is written, so only the reader hashes.
fn plain<W: Write>(source: &mut impl Read, target: &mut Hashed<'_, W>) -> Result<(), EncryptError> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = match source.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(EncryptError::Read(error)),
        };
        let bytes = chunk.get(..count).unwrap_or_default();
        target.inner.write_all(bytes).map_err(EncryptError::Write)?;
        target.count += count as u64;
    }
}

/// A file of which every byte that passes is hashed and counted.
struct Hashed<'a, F> {
    inner: F,
    hasher: Hasher,
    count: u64,
    told: Option<&'a AtomicU64>,
}

impl<'a> Hashed<'a, io::Take<&'a File>> {
    /// Reads one byte more than is expected: a file that grows must not be read for ever.
    fn reader(file: &'a File, size: u64, told: &'a AtomicU64) -> Self {
        let inner = file.take(size.saturating_add(1));
        Self { inner, hasher: Hasher::new(HashAlgorithm::Sha256), count: 0, told: Some(told) }
    }
}

impl<F> Hashed<'_, F> {
    fn writer(inner: F) -> Self {
        Self { inner, hasher: Hasher::new(HashAlgorithm::Sha256), count: 0, told: None }
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.count += bytes.len() as u64;
        if let Some(told) = self.told {
            told.fetch_add(bytes.len() as u64, Relaxed);
        }
    }
}

impl<F: Read> Read for Hashed<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.pass(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

impl<F: Write> Write for Hashed<'_, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.pass(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
