//! Keys of a store, and how objects are named with and without one.

use crate::crypto::digest::{HashAlgorithm, Hasher};
use crate::crypto::keyed::{DigestKey, KeyedHasher, derive};
use crate::crypto::secret_key::FileKey;
use crate::crypto::streaming::{Parameters, StreamingKey};
use crate::formats::hex;
use crate::rollback::point::{Contents, ObjectId};

/// Bytes of a segment: small, because most objects are, and room for two is made and wiped for each.
const SEGMENT: usize = 16 << 10;

/// A key of a store, with what is derived from it.
#[derive(Clone)]
pub struct StoreKey {
    /// Tells keys apart, see [`Contents::Encrypted`].
    mark: String,
    /// Names objects.
    names: DigestKey,
    /// Encrypts them.
    contents: StreamingKey,
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "StoreKey({})", self.mark)
    }
}

impl StoreKey {
    /// The key of a store, from one for files.
    ///
    /// # Errors
    /// It is not one that streams can be encrypted with.
    pub fn new(key: &FileKey) -> Result<Self, String> {
        let derived = |purpose: &str| {
            derive(key, &format!("readiness rollback {purpose}, version 1"))
                .ok_or_else(|| "a key of Tink's AES-GCM does not encrypt streams: use another".to_owned())
        };
        let parameters =
            Parameters::new(SEGMENT, HashAlgorithm::Sha256).map_err(|error| error.to_string())?;
        let mark = derived("mark")?;
        Ok(Self {
            mark: hex::encode(mark.get(..8).unwrap_or_default()),
            names: DigestKey::new(&*derived("names")?),
            contents: StreamingKey::new(&derived("contents")?[..], parameters)
                .map_err(|error| error.to_string())?,
        })
    }

    /// Tells keys apart.
    #[must_use]
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// What objects are encrypted with.
    pub(super) const fn contents(&self) -> &StreamingKey {
        &self.contents
    }
}

/// How what is put into a store with this key is named and kept.
pub(super) fn contents_of(key: Option<&StoreKey>) -> Contents {
    key.map_or(Contents::Plain {}, |key| Contents::Encrypted { key: key.mark.clone() })
}

/// The name of an object in the making: feed it the contents.
pub(super) enum Naming {
    /// SHA-256.
    Plain(Box<Hasher>),
    /// HMAC-SHA256.
    Keyed(Box<KeyedHasher>),
}

impl Naming {
    pub(super) fn new(key: Option<&StoreKey>) -> Self {
        match key {
            None => Self::Plain(Box::new(Hasher::new(HashAlgorithm::Sha256))),
            Some(key) => Self::Keyed(Box::new(key.names.begin())),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Plain(hasher) => hasher.update(bytes),
            Self::Keyed(hasher) => hasher.update(bytes),
        }
    }

    pub(super) fn finish(self) -> ObjectId {
        match self {
            Self::Plain(hasher) => ObjectId(hasher.finish().as_bytes().try_into().unwrap_or_default()),
            Self::Keyed(hasher) => ObjectId(hasher.finish()),
        }
    }

    /// The name of bytes that are in memory.
    pub(super) fn of(key: Option<&StoreKey>, bytes: &[u8]) -> ObjectId {
        let mut naming = Self::new(key);
        naming.update(bytes);
        naming.finish()
    }
}
