//! Any bytes as a test report: no panic, and never more bad tests than tests.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::junit;

fuzz_target!(|data: &[u8]| {
    let Ok(totals) = junit::parse(data) else { return };
    assert!(totals.failures + totals.errors + totals.skipped <= totals.tests);
    assert!(totals.seconds >= 0.0);
});
