//! RSA keys: public ones fit for verifying signatures, and private ones for making them: read, judged, identified.
//!
//! - [`parse_public_keys`]: PEM (several blocks) or DER.
//! - [`PublicKey`]: a key that passed the quality bounds, with its restrictions and warnings.
//! - [`parse_private_key`]: the one private key of a PEM file; [`parse_private_key_with`]: also under a passphrase.
//! - [`PrivateKey::generate`], [`PrivateKey::to_pem`], [`PrivateKey::to_protected_pem`]: new ones, and how they are kept.
//! - [`parse_key_set`], [`write_key_set`]: the YAML file that gives keys their names, windows of validity and policies;
//!   [`endorse`], [`check_endorsements`], [`chain_fault`]: which of them vouches for which.

mod key_set;
mod parse;
mod private;
pub(in crate::crypto) mod protected;
#[cfg(test)]
mod tests;
mod validity;

pub use key_set::{
    Endorsement, EndorsementFault, KeySetEntry, KeySetError, KeySource, MAX_KEYS, Member, chain_fault,
    check_endorsements, endorse, parse_key_set, write_key_set,
};
pub use parse::parse_public_keys;
#[cfg(test)]
pub(in crate::crypto) use private::tests::generated;
#[cfg(test)]
pub(crate) use private::tests::{openssl, three};
pub use private::{
    Ask, GENERATED_BITS, GenerateError, MAX_PRIVATE_BITS, PrivateKey, PrivateKeyError, parse_private_key,
    parse_private_key_with, protection,
};
pub(in crate::crypto) use protected::describe;
pub use protected::{ProtectionError, Strength};
pub use validity::{Validity, ValidityError, WindowState};

use std::fmt;

use rsa::{BoxedUint, RsaPublicKey};

use super::digest::{Digest, HashAlgorithm};

/// Smallest modulus accepted, in bits (NIST SP 800-131A: below 112 bits of strength is disallowed).
pub const MIN_MODULUS_BITS: usize = 2048;
/// Largest modulus accepted, in bits; beyond it verification is a way to burn time, not a stronger key.
pub const MAX_MODULUS_BITS: usize = 16_384;
/// Largest public exponent accepted; larger ones make verification slow and occur in no real key.
pub const MAX_EXPONENT: u64 = RsaPublicKey::MAX_PUB_EXPONENT;

/// Why bytes do not yield a usable public key. No message repeats any of the key's content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The file is larger than any set of keys.
    #[error("larger than {limit} bytes, so not a key file")]
    TooLarge {
        /// The bound in bytes.
        limit: usize,
    },
    /// Nothing that looks like a key.
    #[error("no public key found: neither a PEM block nor DER")]
    NoKey,
    /// The armour is damaged.
    #[error(transparent)]
    Pem(#[from] super::pem::PemError),
    /// A private key where a public one belongs.
    #[error("a private key was given where a public key is wanted; give only its public half")]
    PrivateKey,
    /// A certificate: its dates would have to be obeyed, and its chain checked.
    #[error("a certificate, not a public key; extract its key with `openssl x509 -pubkey -noout`")]
    Certificate,
    /// A PEM block that holds something else.
    #[error("the PEM block `{label}` is not a public key")]
    Label {
        /// The block's label.
        label: String,
    },
    /// The structure is not a SubjectPublicKeyInfo or RSAPublicKey in DER.
    #[error("the key is not well-formed DER (SubjectPublicKeyInfo or RSAPublicKey)")]
    Malformed,
    /// A key of another algorithm.
    #[error("{algorithm} key; only RSA keys can verify RSA-PSS signatures")]
    NotRsa {
        /// Name or object identifier of its algorithm.
        algorithm: String,
    },
    /// Parameters of an id-RSASSA-PSS key that name something unsupported, for example SHA-1.
    #[error("the key's RSASSA-PSS parameters name {what}, which is not supported")]
    PssParameters {
        /// What was found.
        what: String,
    },
    /// The modulus has fewer than [`MIN_MODULUS_BITS`] bits.
    #[error("the modulus has {bits} bits; at least {MIN_MODULUS_BITS} are needed")]
    ModulusTooSmall {
        /// Its size in bits.
        bits: usize,
    },
    /// The modulus has more than [`MAX_MODULUS_BITS`] bits.
    #[error("the modulus has {bits} bits; at most {MAX_MODULUS_BITS} are accepted")]
    ModulusTooLarge {
        /// Its size in bits.
        bits: usize,
    },
    /// The modulus has a tiny prime factor (2 among them), so it is not the product of two large primes.
    #[error("the modulus is divisible by {factor}")]
    SmallFactor {
        /// The factor.
        factor: u16,
    },
    /// An exponent that is even, below 3 or above [`MAX_EXPONENT`].
    #[error("the public exponent {exponent} is {fault}")]
    Exponent {
        /// The exponent, or `of N bits` when it is huge.
        exponent: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The library refuses the numbers for another reason.
    #[error("the modulus and exponent do not form an RSA key")]
    Unusable,
}

/// Something about a key that is accepted but worth saying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyWarning {
    /// An odd exponent from 3 up to, but not including, 65537 (FIPS 186-5 demands at least 65537).
    #[error("the public exponent {0} is smaller than 65537")]
    SmallExponent(u64),
}

/// What the parameters of an id-RSASSA-PSS key allow (RFC 4055 section 3.3). A key without parameters has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PssRestrictions {
    /// The only message hash.
    pub hash: HashAlgorithm,
    /// The only mask generation hash.
    pub mgf1: HashAlgorithm,
    /// The least salt length in bytes.
    pub min_salt: usize,
}

/// An RSA public key within the quality bounds of this module.
#[derive(Clone)]
pub struct PublicKey {
    rsa: RsaPublicKey,
    modulus: Vec<u8>,
    modulus_bits: usize,
    exponent: u64,
    restrictions: Option<PssRestrictions>,
    spki: Vec<u8>,
    fingerprint: Digest,
}

impl PublicKey {
    /// A key from its numbers (big-endian, leading zeros allowed) and the structure that they stand in.
    ///
    /// # Errors
    /// The numbers are outside the quality bounds.
    fn new(
        modulus: &[u8],
        exponent: &[u8],
        restrictions: Option<PssRestrictions>,
        spki: &[u8],
    ) -> Result<Self, KeyError> {
        let modulus = without_leading_zeros(modulus);
        let modulus_bits = bit_length(modulus);
        if modulus_bits < MIN_MODULUS_BITS {
            return Err(KeyError::ModulusTooSmall { bits: modulus_bits });
        }
        if modulus_bits > MAX_MODULUS_BITS {
            return Err(KeyError::ModulusTooLarge { bits: modulus_bits });
        }
        if let Some(factor) = small_factor(modulus) {
            return Err(KeyError::SmallFactor { factor });
        }
        let exponent = checked_exponent(exponent)?;
        let rsa = RsaPublicKey::new_with_size_limits(
            BoxedUint::from_be_slice_vartime(modulus),
            BoxedUint::from(exponent),
            MIN_MODULUS_BITS..=MAX_MODULUS_BITS,
        )
        .map_err(|_| KeyError::Unusable)?;
        let (modulus, spki) = (modulus.to_vec(), spki.to_vec());
        let fingerprint = HashAlgorithm::Sha256.digest(&spki);
        Ok(Self { rsa, modulus, modulus_bits, exponent, restrictions, spki, fingerprint })
    }

    /// Size of the modulus in bits.
    pub fn modulus_bits(&self) -> usize {
        self.modulus_bits
    }

    /// The public exponent.
    pub fn exponent(&self) -> u64 {
        self.exponent
    }

    /// SHA-256 of the DER SubjectPublicKeyInfo; a bare RSAPublicKey is wrapped with rsaEncryption first.
    pub fn fingerprint(&self) -> &Digest {
        &self.fingerprint
    }

    /// The key as `openssl pkey -pubout` writes it: PEM `PUBLIC KEY` around the SubjectPublicKeyInfo of the fingerprint.
    pub fn to_pem(&self) -> String {
        super::pem::armoured("PUBLIC KEY", &self.spki).to_string()
    }

    /// The limits written into an id-RSASSA-PSS key.
    pub fn restrictions(&self) -> Option<&PssRestrictions> {
        self.restrictions.as_ref()
    }

    /// What is accepted but worth saying.
    pub fn warnings(&self) -> Vec<KeyWarning> {
        if self.exponent < 65_537 { vec![KeyWarning::SmallExponent(self.exponent)] } else { Vec::new() }
    }

    /// Whether both are the same mathematical key, however they are wrapped: the modulus alone decides, since its
    /// private half is the same whatever the exponent.
    pub fn is_same_key(&self, other: &Self) -> bool {
        self.modulus == other.modulus
    }

    pub(super) fn rsa(&self) -> &RsaPublicKey {
        &self.rsa
    }

    /// Big-endian, without leading zeros.
    pub(super) fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// Length of the modulus, and so of every signature, in bytes.
    pub fn modulus_len(&self) -> usize {
        self.modulus.len()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey(RSA {} bits, {})", self.modulus_bits, self.fingerprint)
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bit_length(number: &[u8]) -> usize {
    let number = without_leading_zeros(number);
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn checked_exponent(bytes: &[u8]) -> Result<u64, KeyError> {
    let bytes = without_leading_zeros(bytes);
    let huge =
        || KeyError::Exponent { exponent: format!("of {} bits", bit_length(bytes)), fault: "too large" };
    if bytes.len() > 8 {
        return Err(huge());
    }
    let exponent = bytes.iter().fold(0_u64, |sum, &byte| (sum << 8) | u64::from(byte));
    let fault = |fault| Err(KeyError::Exponent { exponent: exponent.to_string(), fault });
    match exponent {
        0 | 1 => fault("too small to protect anything"),
        even if even % 2 == 0 => fault("even"),
        large if large > MAX_EXPONENT => Err(huge()),
        fine => Ok(fine),
    }
}

/// The least prime below 1000 that divides a big-endian number.
fn small_factor(modulus: &[u8]) -> Option<u16> {
    let is_prime = |n: u16| (2..n).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
    (2_u16..1000).filter(|&n| is_prime(n)).find(|&prime| {
        let prime = u32::from(prime);
        modulus.iter().fold(0_u32, |rest, &byte| (rest * 256 + u32::from(byte)) % prime) == 0
    })
}

#[cfg(test)]
mod number_tests {
    use super::*;

    fn key(modulus: &[u8], exponent: &[u8]) -> Result<PublicKey, KeyError> {
        PublicKey::new(modulus, exponent, None, b"")
    }

    /// 2^(8·len-1) plus a small number: odd and without small factors when the number is chosen so.
    fn modulus(len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        bytes[0] = 0x80;
        let last = (1..=u16::MAX).step_by(2).find(|odd| {
            bytes[len - 2..].copy_from_slice(&odd.to_be_bytes());
            small_factor(&bytes).is_none()
        });
        assert!(last.is_some());
        bytes
    }

    #[test]
    fn bounds_of_the_modulus() {
        let f4 = &[1, 0, 1];
        assert_eq!(key(&modulus(255), f4).err(), Some(KeyError::ModulusTooSmall { bits: 2040 }));
        let mut short_by_one_bit = modulus(256);
        short_by_one_bit[0] = 0x40;
        assert_eq!(key(&short_by_one_bit, f4).err(), Some(KeyError::ModulusTooSmall { bits: 2047 }));
        assert_eq!(key(&modulus(256), f4).map(|key| key.modulus_bits()), Ok(2048));
        let padded = [&[0, 0][..], &modulus(256)].concat();
        assert_eq!(key(&padded, f4).map(|key| key.modulus_len()), Ok(256));
        assert_eq!(key(&modulus(2048), f4).map(|key| key.modulus_bits()), Ok(16_384));
        assert_eq!(key(&modulus(2049), f4).err(), Some(KeyError::ModulusTooLarge { bits: 16_392 }));
    }

    #[test]
    fn small_factors_are_found() {
        let mut even = modulus(256);
        even[255] &= 0xfe;
        assert_eq!(key(&even, &[3]).err(), Some(KeyError::SmallFactor { factor: 2 }));
        // 15 repeated 256 times is 15 · (256^256 - 1) / 255, divisible by 3 as 15 is and the number odd.
        let mut fifteen = vec![15; 257];
        fifteen[0] = 0xff;
        assert_eq!(key(&fifteen, &[3]).err(), Some(KeyError::SmallFactor { factor: 3 }));
        assert_eq!(small_factor(&997_u16.to_be_bytes()), Some(997));
        assert_eq!(small_factor(&1009_u16.to_be_bytes()), None);
    }

    #[test]
    fn bounds_of_the_exponent() {
        let n = modulus(256);
        for bad in [&[][..], &[0], &[1], &[2], &[4], &[1, 0, 0], &[2, 0, 0, 0, 1], &[1; 9], &[1; 256]] {
            assert!(matches!(key(&n, bad), Err(KeyError::Exponent { .. })), "{bad:?}");
        }
        assert_eq!(key(&n, &[3]).map(|key| key.warnings()), Ok(vec![KeyWarning::SmallExponent(3)]));
        assert_eq!(key(&n, &[17]).map(|key| key.warnings()), Ok(vec![KeyWarning::SmallExponent(17)]));
        assert_eq!(key(&n, &[0, 1, 0, 1]).map(|key| key.warnings()), Ok(vec![]));
        assert_eq!(key(&n, &[1, 0xff, 0xff, 0xff, 0xff]).map(|key| key.exponent()), Ok(MAX_EXPONENT));
    }
}
