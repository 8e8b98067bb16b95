//! Any bytes as CISA's list: no panic, and ids that can be written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::{cve::CveId, kev};

fuzz_target!(|data: &[u8]| {
    let Ok(list) = kev::parse(data) else { return };
    for entry in list.entries {
        assert_eq!(CveId::parse(&entry.cve.to_string()), Some(entry.cve));
    }
});
