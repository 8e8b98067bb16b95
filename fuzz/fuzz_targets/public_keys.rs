//! Public keys in PEM and DER; what parses must be within the bounds it promises.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::crypto::keys::{MAX_MODULUS_BITS, MIN_MODULUS_BITS, parse_public_keys};

fuzz_target!(|data: &[u8]| {
    for key in parse_public_keys(data).unwrap_or_default() {
        assert!((MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&key.modulus_bits()));
        assert!(key.exponent() % 2 == 1 && key.exponent() > 1);
    }
});
