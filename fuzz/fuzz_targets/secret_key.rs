//! Symmetric key files, Tink keysets among them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::crypto::secret_key::parse_key_file;

fuzz_target!(|data: &[u8]| {
    if let Ok(file) = parse_key_file(data) {
        assert!(file.keys.first().is_some_and(|key| key.primary));
    }
});
