//! What can be said of an encrypted file without its key: the header, and the arithmetic of its size.

use super::{HEADER_LEN, MAX_SEGMENTS, PREFIX_LEN, Parameters, SALT_LEN, TAG_LEN};

/// The random values at the start of a file. Two files under one key must never share them: the same salt gives the
/// same file key, and with the same prefix the same nonces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Header {
    pub(super) salt: [u8; SALT_LEN],
    pub(super) prefix: [u8; PREFIX_LEN],
}

/// How the bytes of a file divide into segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Number of segments, at least 1.
    pub segments: u64,
    /// Bytes of plaintext.
    pub plaintext_size: u64,
}

/// Why bytes cannot be a file of this format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Fewer bytes than a header and one tag.
    #[error("{size} bytes are too few: an encrypted file has at least {}", HEADER_LEN + TAG_LEN)]
    TooShort {
        /// Size of the file.
        size: u64,
    },
    /// The first byte is not the header's length.
    #[error("the first byte is {found:#04x}, not {HEADER_LEN:#04x}")]
    LengthByte {
        /// The byte found.
        found: u8,
    },
    /// The last segment would be shorter than its tag: bytes are missing (or the segment size is another).
    #[error(
        "the last segment would have {bytes} bytes, fewer than its tag: the file was cut, or has another segment size"
    )]
    LastSegment {
        /// Bytes that are left for it.
        bytes: u64,
    },
    /// More than 2^32 segments.
    #[error("more segments than the format can number")]
    TooLong,
}

impl Header {
    /// The header of a file, from its first bytes.
    ///
    /// # Errors
    /// Fewer than 40 bytes, or another first byte.
    pub fn parse(head: &[u8]) -> Result<Self, HeaderError> {
        let too_short = HeaderError::TooShort { size: u64::try_from(head.len()).unwrap_or(u64::MAX) };
        let (&length, rest) = head.split_first().ok_or(too_short)?;
        if usize::from(length) != HEADER_LEN {
            return Err(HeaderError::LengthByte { found: length });
        }
        let (salt, rest) = rest.split_first_chunk().ok_or(too_short)?;
        let prefix = rest.first_chunk().ok_or(too_short)?;
        Ok(Self { salt: *salt, prefix: *prefix })
    }

    /// The 40 bytes as they stand in a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = u8::try_from(HEADER_LEN).unwrap_or(u8::MAX);
        [&[length][..], &self.salt, &self.prefix].concat()
    }

    /// Whether salt or prefix consist of one repeated byte, which no random source gives.
    pub fn is_degenerate(&self) -> bool {
        let constant = |bytes: &[u8]| bytes.windows(2).all(|pair| pair.first() == pair.last());
        constant(&self.salt) || constant(&self.prefix)
    }
}

impl Parameters {
    /// How a file of `size` bytes, header included, divides into segments.
    ///
    /// # Errors
    /// No file of this format has that size.
    pub fn plan(&self, size: u64) -> Result<Plan, HeaderError> {
        let wide = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        let (segment, tag, header) = (wide(self.segment_size), wide(TAG_LEN), wide(HEADER_LEN));
        if size < header + tag {
            return Err(HeaderError::TooShort { size });
        }
        let segments = size.div_ceil(segment);
        if segments > MAX_SEGMENTS {
            return Err(HeaderError::TooLong);
        }
        // The header counts into the first segment's space, so all segments start at multiples of the size.
        let last = size - (segments - 1) * segment;
        if last < tag {
            return Err(HeaderError::LastSegment { bytes: last });
        }
        Ok(Plan { segments, plaintext_size: size - header - segments * tag })
    }
}

/// Header and plan of a file from its first bytes (40 suffice) and its size.
///
/// # Errors
/// The file cannot be of this format with these parameters.
pub fn inspect(head: &[u8], size: u64, parameters: &Parameters) -> Result<(Header, Plan), HeaderError> {
    let plan = parameters.plan(size);
    if let Err(too_short @ HeaderError::TooShort { .. }) = plan {
        return Err(too_short);
    }
    Ok((Header::parse(head)?, plan?))
}
