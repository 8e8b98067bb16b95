//! What is kept of an environment variable, against what it is now.

use sha2::{Digest as _, Sha256};

use super::{Value, Variable};
use crate::formats::hex;

impl Variable {
    /// Whether the variable had this value (none: was not set) when it was captured; none when that cannot be told, because
    /// only the key that it is encrypted with could.
    #[must_use]
    pub fn matches(&self, value: Option<&[u8]>) -> Option<bool> {
        match (&self.value, value) {
            (Value::Unset {}, value) => Some(value.is_none()),
            (Value::Digest { .. } | Value::Encrypted { .. }, None) => Some(false),
            (Value::Digest { salt, sha256 }, Some(value)) => {
                let salt = hex::decode(salt.as_bytes()).ok()?;
                let digest = Sha256::new().chain_update(salt).chain_update(value).finalize();
                Some(hex::encode(&digest).eq_ignore_ascii_case(sha256))
            }
            (Value::Encrypted { .. }, Some(_)) => None,
        }
    }
}
