//! Reading the format: bytes are fed in pieces of any size, and plaintext comes out segment by segment, each only
//! after its tag was checked.

use std::io::{self, Write};

use zeroize::Zeroizing;

use super::{Cipher, HEADER_LEN, Header, HeaderError, MAX_SEGMENTS, StreamingKey, TAG_LEN, nonce};

/// A file that was read to its authentic end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamSummary {
    /// Number of segments.
    pub segments: u64,
    /// Bytes of plaintext.
    pub plaintext_size: u64,
}

/// Why a file is not authentic, as closely as that can be told. Segments are counted from 0.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// Not a file of this format at all.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// Not one segment could be opened; the causes cannot be told apart.
    #[error(
        "the first segment does not open: wrong key, wrong associated data, other segment size, or a damaged or cut start"
    )]
    FirstSegment,
    /// The key is right, since earlier segments opened; this one was changed, moved, repeated or cut.
    #[error(
        "segment {segment} does not open although the key is right: changed, moved, repeated or cut short"
    )]
    Damaged {
        /// Its number.
        segment: u64,
    },
    /// Everything there is authentic, but the end is missing.
    #[error("the file ends after segment {segment}, which is not the last: it was cut")]
    Truncated {
        /// The last segment present.
        segment: u64,
    },
    /// The last segment was followed by more bytes.
    #[error("segment {segment} is marked as the last, but more data follows")]
    TrailingData {
        /// Number of the last segment.
        segment: u64,
    },
    /// More than 2^32 segments.
    #[error("more segments than the format can number")]
    TooLong,
    /// The destination of the plaintext failed.
    #[error("cannot write the plaintext: {0}")]
    Sink(#[source] io::Error),
    /// Fed again after a failure.
    #[error("the file was found damaged before")]
    Failed,
}

/// A decryption in progress; holds one segment, encrypted and in the clear, however large the file.
pub struct Decryptor {
    state: State,
    /// What was fed of the current segment.
    pub(super) buffer: Vec<u8>,
    /// Where it is decrypted: one that does not open one way may have to be tried another way, to tell what is wrong.
    pub(super) plain: Zeroizing<Vec<u8>>,
    segment: u64,
    plaintext_size: u64,
    key: StreamingKey,
    associated_data: Vec<u8>,
}

enum State {
    Header,
    Segments { header: Header, cipher: Box<Cipher> },
    Failed,
}

impl Decryptor {
    /// A decryption of nothing yet.
    pub fn new(key: &StreamingKey, associated_data: &[u8]) -> Self {
        Self {
            state: State::Header,
            buffer: Vec::new(),
            plain: Zeroizing::new(Vec::new()),
            segment: 0,
            plaintext_size: 0,
            key: key.clone(),
            associated_data: associated_data.to_vec(),
        }
    }

    /// Takes in more of the file and hands the plaintext of every segment that is complete and authentic to `sink`
    /// (`io::sink()` to check only).
    ///
    /// # Errors
    /// The file is not authentic, or the sink fails. Nothing more can be fed after that.
    pub fn update(&mut self, mut bytes: &[u8], sink: &mut dyn Write) -> Result<(), StreamError> {
        while !bytes.is_empty() {
            let room = match &self.state {
                State::Header => HEADER_LEN,
                State::Segments { .. } => self.key.parameters.room(self.segment),
                State::Failed => return Err(StreamError::Failed),
            };
            // A full segment is opened when another byte arrives: only then is it known not to be the last.
            if self.buffer.len() == room {
                let result = self.advance(sink);
                self.settle(result)?;
                continue;
            }
            if self.buffer.capacity() == 0 {
                self.buffer.reserve_exact(self.key.parameters.segment_size);
                // Reserved once: a growing vector would leave copies of plaintext behind.
                self.plain.reserve_exact(self.key.parameters.segment_size);
            }
            let (now, later) = bytes.split_at_checked(room - self.buffer.len()).unwrap_or((bytes, &[]));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Says what the file is, now that there is no more of it; the last plaintext goes to `sink`.
    ///
    /// # Errors
    /// The file is cut or otherwise not authentic, or the sink fails.
    pub fn finish(mut self, sink: &mut dyn Write) -> Result<StreamSummary, StreamError> {
        if matches!(self.state, State::Header) && self.buffer.len() == HEADER_LEN {
            self.advance(sink)?;
        }
        match self.state {
            State::Header => {
                return Err(Header::parse(&self.buffer).err().map_or(StreamError::FirstSegment, Into::into));
            }
            State::Failed => return Err(StreamError::Failed),
            State::Segments { .. } => {}
        }
        if self.segment == 0 && self.buffer.len() < TAG_LEN {
            let size = u64::try_from(HEADER_LEN + self.buffer.len()).unwrap_or_default();
            return Err(HeaderError::TooShort { size }.into());
        }
        if self.open(true).is_some() {
            self.release(sink)?;
            return Ok(StreamSummary { segments: self.segment, plaintext_size: self.plaintext_size });
        }
        // A whole segment that opens as an inner one: the file was cut at its end.
        if self.buffer.len() == self.key.parameters.room(self.segment) && self.open(false).is_some() {
            return Err(StreamError::Truncated { segment: self.segment });
        }
        Err(self.broken())
    }

    fn settle(&mut self, result: Result<(), StreamError>) -> Result<(), StreamError> {
        if result.is_err() {
            self.state = State::Failed;
        }
        result
    }

    /// The buffer is full and more follows.
    fn advance(&mut self, sink: &mut dyn Write) -> Result<(), StreamError> {
        if matches!(self.state, State::Header) {
            let header = Header::parse(&self.buffer)?;
            let cipher =
                self.key.file_cipher(&header.salt, &self.associated_data).ok_or(StreamError::FirstSegment)?;
            self.state = State::Segments { header, cipher: Box::new(cipher) };
            self.buffer.clear();
            return Ok(());
        }
        if self.segment + 1 >= MAX_SEGMENTS {
            return Err(StreamError::TooLong);
        }
        if self.open(false).is_some() {
            return self.release(sink);
        }
        if self.open(true).is_some() {
            return Err(StreamError::TrailingData { segment: self.segment });
        }
        Err(self.broken())
    }

    /// Decrypts the buffered segment; `None` when the tag does not fit.
    fn open(&mut self, last: bool) -> Option<()> {
        let State::Segments { header, cipher } = &self.state else { return None };
        let nonce = nonce(&header.prefix, u32::try_from(self.segment).ok()?, last);
        let (body, tag) = self.buffer.split_last_chunk::<TAG_LEN>()?;
        self.plain.clear();
        self.plain.extend_from_slice(body);
        cipher.decrypt(&nonce, &[], &mut self.plain, tag).ok()
    }

    /// Hands out the decrypted segment.
    fn release(&mut self, sink: &mut dyn Write) -> Result<(), StreamError> {
        sink.write_all(&self.plain).map_err(StreamError::Sink)?;
        self.plaintext_size += u64::try_from(self.plain.len()).unwrap_or_default();
        self.segment += 1;
        self.buffer.clear();
        Ok(())
    }

    fn broken(&self) -> StreamError {
        match self.segment {
            0 => StreamError::FirstSegment,
            segment => StreamError::Damaged { segment },
        }
    }
}
