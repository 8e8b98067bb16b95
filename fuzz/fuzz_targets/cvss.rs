//! Any text as a CVSS vector: no panic, and no score above ten.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::advisories::cvss::{band, score};

fuzz_target!(|text: &str| {
    if let Ok(one) = score(text) {
        assert!(one.tenths <= 100);
        let _band = band(one.version, one.tenths);
    }
});
