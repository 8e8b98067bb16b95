//! Any bytes as a checksum list: no panic, and what was read is read again from what is written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::checksums::{Limits, gnu_line, parse};

fuzz_target!(|data: &[u8]| {
    for entry in parse(data, &Limits::default()).entries {
        let again = parse(gnu_line(&entry.digest, &entry.path).as_bytes(), &Limits::default());
        assert!(again.problems.is_empty(), "{:?}", again.problems);
        assert_eq!(again.entries.len(), 1);
        for other in again.entries {
            assert_eq!(
                (other.algorithm, other.digest, other.path),
                (entry.algorithm, entry.digest.clone(), entry.path.clone())
            );
        }
    }
});
