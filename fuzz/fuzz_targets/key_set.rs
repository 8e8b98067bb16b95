//! The key-set file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::crypto::keys::{KeySource, parse_key_set};

fuzz_target!(|data: &[u8]| {
    for entry in parse_key_set(data).unwrap_or_default() {
        if let KeySource::File(path) = &entry.source {
            assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."));
        }
    }
});
