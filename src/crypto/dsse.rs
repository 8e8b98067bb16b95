//! DSSE envelopes (Dead Simple Signing Envelope, protocol version 1.0.2): a payload, its type, and signatures over both.
//!
//! What a signature is over is the *pre-authentication encoding* of [`pae`]; who may sign, and how many must, is for the
//! caller to say. The payload is used as it was decoded and verified, never encoded or parsed anew; a `keyid` is a hint
//! that nothing authenticates, so that no decision leans on it.

use base64::Engine as _;
use serde::{Deserialize, Serialize};

use super::digest::HashAlgorithm;
use super::keys::PrivateKey;
use super::pem::{BASE64, BASE64_URL};
use super::rsa_pss::{self, SignError};

/// Type of payloads that are in-toto statements.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";
/// Largest envelope read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// Most signatures of one envelope.
pub const MAX_SIGNATURES: usize = 64;

/// An envelope whose signatures nobody has verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The payload, decoded.
    pub payload: Vec<u8>,
    /// What it is.
    pub payload_type: String,
    /// The signatures, in their order.
    pub signatures: Vec<Signature>,
}

/// A signature of an envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// A hint at the key.
    pub keyid: Option<String>,
    /// The signature, decoded.
    pub bytes: Vec<u8>,
}

/// Why bytes are no envelope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DsseError {
    /// Larger than any envelope.
    #[error("larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not JSON, or without a field that an envelope has.
    #[error("not a DSSE envelope: {0}")]
    Shape(String),
    /// The payload or a signature is not base64.
    #[error("its {0} is not base64")]
    NotBase64(&'static str),
    /// More signatures than any envelope has.
    #[error("more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
}

#[derive(Deserialize, Serialize)]
struct Wire {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Deserialize, Serialize)]
struct WireSignature {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keyid: Option<String>,
    sig: String,
}

/// What is signed: `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in bytes and decimal.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

impl Envelope {
    /// Reads an envelope: JSON, unknown fields ignored, base64 of either alphabet.
    ///
    /// # Errors
    /// The bytes are no envelope, or one beyond the bounds.
    pub fn parse(bytes: &[u8]) -> Result<Self, DsseError> {
        if bytes.len() > MAX_BYTES {
            return Err(DsseError::TooLarge);
        }
        Self::of(serde_json::from_slice(bytes).map_err(|error| DsseError::Shape(error.to_string()))?)
    }

    /// Takes an envelope out of JSON that was read already, as bundles hold it.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn from_value(value: serde_json::Value) -> Result<Self, DsseError> {
        Self::of(serde_json::from_value(value).map_err(|error| DsseError::Shape(error.to_string()))?)
    }

    fn of(wire: Wire) -> Result<Self, DsseError> {
        if wire.signatures.len() > MAX_SIGNATURES {
            return Err(DsseError::TooManySignatures);
        }
        let decode = |text: &str, what| {
            BASE64.decode(text).or_else(|_| BASE64_URL.decode(text)).map_err(|_| DsseError::NotBase64(what))
        };
        let signature = |wire: WireSignature| {
            Ok(Signature {
                bytes: decode(&wire.sig, "signature")?,
                keyid: wire.keyid.filter(|id| !id.is_empty()),
            })
        };
        Ok(Self {
            payload: decode(&wire.payload, "payload")?,
            payload_type: wire.payload_type,
            signatures: wire.signatures.into_iter().map(signature).collect::<Result<_, _>>()?,
        })
    }

    /// A payload with one RSA-PSS signature (SHA-256, salt of 32 bytes); the hint is the key's fingerprint.
    ///
    /// # Errors
    /// No sound signature came out.
    pub fn signed(key: &PrivateKey, payload_type: &str, payload: Vec<u8>) -> Result<Self, SignError> {
        let digest = HashAlgorithm::Sha256.digest(&pae(payload_type, &payload));
        let bytes = rsa_pss::sign(key, &digest)?;
        let keyid = Some(key.public().fingerprint().to_string());
        let payload_type = payload_type.to_owned();
        Ok(Self { payload, payload_type, signatures: vec![Signature { keyid, bytes }] })
    }

    /// What the signatures are over.
    #[must_use]
    pub fn pae(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }

    /// The envelope on one line of JSON with a line end, as a bundle (`.intoto.jsonl`) holds it.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        let wire = Wire {
            payload: BASE64.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: self
                .signatures
                .iter()
                .map(|signature| WireSignature {
                    keyid: signature.keyid.clone(),
                    sig: BASE64.encode(&signature.bytes),
                })
                .collect(),
        };
        // Strings alone: nothing that JSON cannot hold.
        let mut line = serde_json::to_vec(&wire).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_what_the_specification_says() {
        // The example of protocol.md, and the shortest there can be.
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
        assert_eq!(pae("ä", b"\0"), "DSSEv1 2 ä 1 \0".as_bytes(), "lengths are bytes");
    }

    #[test]
    fn both_alphabets_are_read_and_unknown_fields_ignored() {
        let envelope = Envelope::parse(
            br#"{"payload":"-_8","payloadType":"t","signatures":[{"sig":"+/8=","x":1}],"y":2}"#,
        )
        .unwrap();
        assert_eq!(envelope.payload, [0xfb, 0xff]);
        assert_eq!(envelope.signatures, [Signature { keyid: None, bytes: vec![0xfb, 0xff] }]);
        assert_eq!(Envelope::parse(&envelope.to_line()), Ok(envelope));
        for bad in [
            &b"{}"[..],
            br#"{"payload":"","payloadType":"t"}"#,
            br#"{"payload":"","payloadType":"t","signatures":[{}]}"#,
            br#"{"payload":"!","payloadType":"t","signatures":[]}"#,
        ] {
            assert!(Envelope::parse(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }
}
