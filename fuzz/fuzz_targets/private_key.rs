//! Private RSA keys in PEM; what parses is within its bounds, and signs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::crypto::digest::HashAlgorithm;
use readiness::crypto::keys::{MAX_PRIVATE_BITS, MIN_MODULUS_BITS, parse_private_key};
use readiness::crypto::rsa_pss;

fuzz_target!(|data: &[u8]| {
    if let Ok(key) = parse_private_key(data) {
        assert!((MIN_MODULUS_BITS..=MAX_PRIVATE_BITS).contains(&key.public().modulus_bits()));
        let digest = HashAlgorithm::Sha256.digest(data);
        if let Ok(signature) = rsa_pss::sign(&key, &digest) {
            assert_eq!(signature.len(), key.public().modulus_len());
        }
    }
});
