//! Names of objects and of points.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::formats::hex;

/// Name of an object: what its bytes digest to. SHA-256 in a plain point, HMAC-SHA256 in an encrypted one, so that the names
/// tell nothing of contents that could be guessed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub [u8; 32]);

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for ObjectId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let bytes = hex::decode(text.as_bytes()).ok().filter(|_| lower && text.len() == 64);
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(IdError)
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Name of a point: the moment it was made and the first sixteen digits of its manifest's SHA-256,
/// `20261122T143500Z-0123456789abcdef`; so names sort by time, and a changed manifest does not fit its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PointId(String);

/// What is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no id")]
pub struct IdError;

impl PointId {
    /// The id of a manifest (its SHA-256) made at a moment (RFC 3339 in UTC, to the second).
    ///
    /// # Errors
    /// The moment is not written so.
    pub fn new(created: &str, manifest: &[u8; 32]) -> Result<Self, IdError> {
        let compact: String = created.chars().filter(|c| !matches!(c, '-' | ':')).collect();
        let digest = hex::encode(manifest);
        format!("{compact}-{}", digest.get(..16).unwrap_or_default()).parse()
    }

    /// Whether a manifest's SHA-256 is the one that this names.
    #[must_use]
    pub fn names(&self, manifest: &[u8; 32]) -> bool {
        self.0.rsplit_once('-').is_some_and(|(_, digest)| hex::encode(manifest).starts_with(digest))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PointId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let sound = text.len() == 33
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 => byte == b'T',
                15 => byte == b'Z',
                16 => byte == b'-',
                0..16 => byte.is_ascii_digit(),
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            });
        if sound { Ok(Self(text.to_owned())) } else { Err(IdError) }
    }
}

impl fmt::Display for PointId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for PointId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PointId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_named_by_its_moment_and_its_manifest() {
        let digest = [0xab; 32];
        let id = PointId::new("2026-11-22T14:35:00Z", &digest).unwrap();
        assert_eq!(id.as_str(), "20261122T143500Z-abababababababab");
        assert!(id.names(&digest) && !id.names(&[0xac; 32]));
        for bad in ["", "..", "20261122T143500Z-ABababababababab", "20261122T143500Z-abababababababa/", "x"] {
            assert!(bad.parse::<PointId>().is_err(), "{bad}");
        }
        assert!(PointId::new("soon", &digest).is_err());
    }

    #[test]
    fn objects_are_named_in_lower_case_hex() {
        let text = "01".repeat(32);
        assert_eq!(text.parse::<ObjectId>().unwrap().to_string(), text);
        for bad in ["", "01", &"0G".repeat(32), &"AB".repeat(32)] {
            assert!(bad.parse::<ObjectId>().is_err(), "{bad}");
        }
    }
}
