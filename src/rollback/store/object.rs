//! One object: compressed and encrypted, and back. What is stored of it is only ever given out as far as its declared
//! length, and is right only if its name is the digest of what came out.
//!
//! Nothing but its contents is bound into an encrypted object: its name is a digest of them under a key, so that one that
//! stands under the name of another is found out like one that was changed. The name of a stream is known at its end only.

use std::io::{self, Read, Write};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::key::{Naming, StoreKey};
use crate::crypto::streaming::{Decryptor, EncryptError, Seed, StreamError, encrypt};
use crate::rollback::point::ObjectId;

/// Stored as a raw deflate stream (RFC 1951).
pub(super) const DEFLATED: u8 = 1;
/// Encrypted, after it was compressed.
pub(super) const ENCRYPTED: u8 = 2;

/// Bound into every encrypted object.
const ASSOCIATED: &[u8] = b"readiness rollback object, version 1";
/// Bytes that are tried to see whether the rest is worth compressing.
pub(super) const SAMPLE: usize = 32 << 10;
/// Less cannot shrink by enough to matter.
const LEAST: usize = 64;
/// Bytes that are unpacked at a time.
const PIECE: usize = 32 << 10;

/// Bytes as they are stored.
pub(super) struct Packed {
    /// Its name.
    pub(super) id: ObjectId,
    /// [`DEFLATED`], [`ENCRYPTED`].
    pub(super) flags: u8,
    /// Bytes of the contents.
    pub(super) plain: u64,
    /// What is stored.
    pub(super) bytes: Vec<u8>,
}

/// Compresses and encrypts; kept from object to object, because its tables are large.
pub(super) struct Packer {
    compress: Compress,
    key: Option<StoreKey>,
}

impl Packer {
    pub(super) fn new(key: Option<StoreKey>) -> Self {
        Self { compress: Compress::new(Compression::fast(), false), key }
    }

    /// What is stored of contents with this name.
    pub(super) fn pack(&mut self, id: ObjectId, contents: Vec<u8>) -> Result<Packed, EncryptError> {
        let plain = contents.len() as u64;
        let (mut flags, mut bytes) = match self.compressed(&contents) {
            Some(bytes) => (DEFLATED, bytes),
            None => (0, contents),
        };
        if let Some(key) = &self.key {
            let mut sealed = Vec::with_capacity(bytes.len() + 64);
            encrypt(key.contents(), ASSOCIATED, &Seed::random()?, &mut bytes.as_slice(), &mut sealed)?;
            flags |= ENCRYPTED;
            bytes = sealed;
        }
        Ok(Packed { id, flags, plain, bytes })
    }

    /// None when it would not become smaller by a thirty-second at least.
    fn compressed(&mut self, contents: &[u8]) -> Option<Vec<u8>> {
        if contents.len() < LEAST {
            return None;
        }
        match contents.get(..SAMPLE) {
            Some(sample) if contents.len() > 4 * SAMPLE => drop(self.shrunk(sample)?),
            _ => {}
        }
        self.shrunk(contents)
    }

    fn shrunk(&mut self, contents: &[u8]) -> Option<Vec<u8>> {
        self.compress.reset();
        // No more than this is ever written.
        let mut out = Vec::with_capacity(contents.len() - contents.len() / 32);
        let status = self.compress.compress_vec(contents, &mut out, FlushCompress::Finish);
        if !matches!(status, Ok(Status::StreamEnd)) {
            // Resetting a stream that was not ended leaves bits of it behind in zlib-rs 0.6.8: what is compressed next with
            // it can be damaged.
            self.compress = Compress::new(Compression::fast(), false);
            return None;
        }
        // What is kept for the day that it is needed is read back today.
        gives_back(&out, contents).then_some(out)
    }

    /// Packs all that a reader gives into `out`; the flags. Without room in memory for all of it.
    pub(super) fn stream(&mut self, mut from: impl Read, out: &mut dyn Write) -> Result<u8, EncryptError> {
        let mut sample = Vec::with_capacity(SAMPLE);
        from.by_ref().take(SAMPLE as u64).read_to_end(&mut sample).map_err(EncryptError::Read)?;
        let deflated = self.compressed(&sample).is_some();
        let whole = io::Cursor::new(sample).chain(from);
        let mut from: Box<dyn Read + '_> = if deflated {
            Box::new(flate2::read::DeflateEncoder::new(whole, Compression::fast()))
        } else {
            Box::new(whole)
        };
        let flags = if deflated { DEFLATED } else { 0 };
        if let Some(key) = &self.key {
            encrypt(key.contents(), ASSOCIATED, &Seed::random()?, &mut *from, out)?;
            return Ok(flags | ENCRYPTED);
        }
        let mut piece = vec![0; PIECE];
        loop {
            let count = match from.read(&mut piece) {
                Ok(0) => return Ok(flags),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(EncryptError::Read(error)),
            };
            out.write_all(piece.get(..count).unwrap_or_default()).map_err(EncryptError::Write)?;
        }
    }
}

/// Whether what was compressed unpacks to what it was made of.
fn gives_back(deflated: &[u8], contents: &[u8]) -> bool {
    let mut unpacked = flate2::read::DeflateDecoder::new(deflated);
    let mut piece = [0; 16 << 10];
    let mut rest = contents;
    loop {
        match unpacked.read(&mut piece) {
            Ok(0) => return rest.is_empty(),
            Ok(count) => match piece.get(..count).and_then(|part| rest.strip_prefix(part)) {
                Some(behind) => rest = behind,
                None => return false,
            },
            Err(_) => return false,
        }
    }
}

/// Why an object does not come out.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is not what its name says.
    Damaged,
    /// What it is written to fails.
    Out(io::Error),
}

/// An object that is being unpacked: feed it what is stored.
pub(super) struct Unpacker<'o> {
    decrypt: Option<Box<Decryptor>>,
    plain: Plain<'o>,
    id: ObjectId,
}

impl<'o> Unpacker<'o> {
    /// An object of `plain` bytes, with the key that it is named and encrypted with; none in the clear. What is found to be
    /// wrong at the end was given out before.
    pub(super) fn new(
        id: ObjectId,
        flags: u8,
        plain: u64,
        key: Option<&StoreKey>,
        out: &'o mut dyn Write,
    ) -> Result<Self, Fault> {
        // Whoever has no key must not be able to put something unencrypted in its place.
        if flags & !(DEFLATED | ENCRYPTED) != 0 || (flags & ENCRYPTED != 0) != key.is_some() {
            return Err(Fault::Damaged);
        }
        let inflate = (flags & DEFLATED != 0).then(|| (Decompress::new(false), vec![0; PIECE]));
        let check = Check { out, naming: Naming::new(key), left: plain, failed: None };
        let decrypt = key.map(|key| Box::new(Decryptor::new(key.contents(), ASSOCIATED)));
        Ok(Self { decrypt, plain: Plain { inflate, ended: false, check }, id })
    }

    /// Takes in more of what is stored.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let result = match &mut self.decrypt {
            Some(decryptor) => decryptor.update(bytes, &mut self.plain).map_err(|_| ()),
            None => self.plain.write_all(bytes).map_err(|_| ()),
        };
        result.map_err(|()| self.fault())
    }

    /// Says whether it was right, now that there is no more of it.
    pub(super) fn finish(mut self) -> Result<(), Fault> {
        if let Some(decryptor) = self.decrypt.take() {
            decryptor.finish(&mut self.plain).map_err(|_: StreamError| self.fault())?;
        }
        let whole = self.plain.check.left == 0 && self.plain.ended == self.plain.inflate.is_some();
        if whole && self.plain.check.naming.finish() == self.id { Ok(()) } else { Err(Fault::Damaged) }
    }

    fn fault(&mut self) -> Fault {
        self.plain.check.failed.take().map_or(Fault::Damaged, Fault::Out)
    }
}

/// Inflates what needs it.
struct Plain<'o> {
    inflate: Option<(Decompress, Vec<u8>)>,
    ended: bool,
    check: Check<'o>,
}

impl Write for Plain<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some((inflate, piece)) = &mut self.inflate else {
            self.check.take(bytes)?;
            return Ok(bytes.len());
        };
        let mut rest = bytes;
        loop {
            if self.ended {
                return if rest.is_empty() { Ok(bytes.len()) } else { Err(wrong()) };
            }
            let (read, written) = (inflate.total_in(), inflate.total_out());
            let status = inflate.decompress(rest, piece, FlushDecompress::None).map_err(|_| wrong())?;
            let read = usize::try_from(inflate.total_in() - read).map_err(|_| wrong())?;
            let written = usize::try_from(inflate.total_out() - written).map_err(|_| wrong())?;
            self.check.take(piece.get(..written).unwrap_or_default())?;
            rest = rest.get(read..).unwrap_or_default();
            self.ended = status == Status::StreamEnd;
            // A full piece may mean that more is ready to come out.
            if !self.ended && rest.is_empty() && written < piece.len() {
                return Ok(bytes.len());
            }
            if !self.ended && read == 0 && written == 0 {
                return Err(wrong());
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Digests what comes out, and lets no more of it out than there should be.
struct Check<'o> {
    out: &'o mut dyn Write,
    naming: Naming,
    left: u64,
    failed: Option<io::Error>,
}

impl Check<'_> {
    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(wrong)?;
        self.naming.update(bytes);
        self.out.write_all(bytes).map_err(|error| {
            self.failed = Some(error);
            wrong()
        })
    }
}

fn wrong() -> io::Error {
    io::ErrorKind::InvalidData.into()
}
