//! What a signature file holds, judged by its content: `.sig` is also the ending of OpenPGP and ECDSA signatures and
//! of module signatures in Standard ML.

use crate::artifact::signature::{SignatureFileError, SignatureForm, read_signature};
use crate::crypto::keys::{MAX_MODULUS_BITS, MIN_MODULUS_BITS};

/// The content of a signature file.
#[derive(Debug)]
pub(super) enum Blob {
    /// Bytes that can be a detached signature.
    Signature(Vec<u8>),
    /// A signature of another system, which is named.
    Other(String),
    /// No signature at all, and why not.
    Unfit(String),
}

impl Blob {
    /// Reads a signature file.
    pub(super) fn read(file: &[u8]) -> Self {
        match read_signature(file) {
            Err(SignatureFileError::OtherSystem(system)) => {
                Self::Other(format!("{system}: another system, not verified"))
            }
            Err(error) => Self::Unfit(error.to_string()),
            Ok(blob) if blob.form == SignatureForm::Raw && std::str::from_utf8(file).is_ok() => {
                Self::Unfit("it is text, not a signature".to_owned())
            }
            Ok(blob) if is_openpgp(&blob.bytes) => {
                Self::Other("an OpenPGP signature: another system, not verified".to_owned())
            }
            Ok(blob) if is_ecdsa(&blob.bytes) => {
                Self::Other("an ECDSA signature: another system, not verified".to_owned())
            }
            Ok(blob) => Self::Signature(blob.bytes),
        }
    }

    /// Whether it is as long as an RSA signature, so that its name is no coincidence.
    pub(super) fn is_rsa_sized(&self) -> bool {
        let sizes = MIN_MODULUS_BITS / 8..=MAX_MODULUS_BITS / 8;
        matches!(self, Self::Signature(bytes) if sizes.contains(&bytes.len()))
    }
}

/// A binary OpenPGP signature packet (RFC 9580 section 4.2) whose length is the file's, of a version in use.
fn is_openpgp(bytes: &[u8]) -> bool {
    let (length, body) = match bytes {
        [0x88 | 0xc2, length, body @ ..] => (usize::from(*length), body),
        [0x89, high, low, body @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), body),
        _ => return false,
    };
    // More packets may follow: several signers.
    length <= body.len() && length > 10 && matches!(body.first(), Some(3..=6))
}

/// A DER SEQUENCE of two INTEGERs that fills the file (RFC 3279 section 2.2.3).
fn is_ecdsa(bytes: &[u8]) -> bool {
    let integer = |bytes: &[u8]| -> Option<usize> {
        match bytes {
            [0x02, length, rest @ ..] if usize::from(*length) <= rest.len() && *length > 0 => {
                Some(2 + usize::from(*length))
            }
            _ => None,
        }
    };
    let body = match bytes {
        [0x30, 0x81, length, body @ ..] | [0x30, length, body @ ..] if usize::from(*length) == body.len() => {
            body
        }
        _ => return false,
    };
    let Some(first) = integer(body) else { return false };
    body.get(first..).and_then(integer).is_some_and(|second| first + second == body.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/fixtures/crypto/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn signatures_in_every_form() {
        for name in ["salt-digest.sig", "salt-digest.sig.b64", "salt-digest.sig.hex", "salt-digest.sig.pem"] {
            assert!(Blob::read(&fixture(name)).is_rsa_sized(), "{name}");
        }
        assert!(!Blob::read(&fixture("salt-digest.sig")[..100]).is_rsa_sized());
    }

    #[test]
    fn what_only_has_the_name() {
        let ml = b"signature STACK = sig\n  type 'a stack\n  val empty : 'a stack\nend\n";
        assert!(matches!(Blob::read(ml), Blob::Unfit(_)));
        assert!(matches!(Blob::read(b""), Blob::Unfit(_)));
        // A version 4 packet of 51 bytes, as GnuPG writes it: 0x89, length in two bytes, version, type.
        let gpg = [&[0x89, 0, 51, 4, 0, 1, 8][..], &[0xab; 47]].concat();
        assert!(matches!(Blob::read(&gpg), Blob::Other(_)));
        let ecdsa = [&[0x30, 0x44, 2, 0x20][..], &[0x71; 32], &[2, 0x20], &[0x9c; 32]].concat();
        assert!(matches!(Blob::read(&ecdsa), Blob::Other(_)));
        // One byte too many: no DER of that length.
        assert!(matches!(Blob::read(&[&ecdsa[..], &[0]].concat()), Blob::Signature(_)));
    }
}
