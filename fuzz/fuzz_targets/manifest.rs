//! Any bytes as a manifest: no panic, and an accepted one is written to bytes that mean the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::manifest::{Limits, Manifest};

fuzz_target!(|data: &[u8]| {
    if let Ok(manifest) = Manifest::parse(data, &Limits::default()) {
        assert_eq!(Manifest::parse(&manifest.to_bytes(), &Limits::default()), Ok(manifest));
    }
});
