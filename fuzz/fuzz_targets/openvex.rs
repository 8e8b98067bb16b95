//! Any bytes as `OpenVEX`: no panic; what is read can be written, and reads as no more than was there.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::openvex::{self, MAX_IDS};

fuzz_target!(|input: &[u8]| {
    let Ok(read) = openvex::parse(input) else { return };
    assert!(read.faults.len() <= 100);
    for statement in &read.statements {
        assert!((1..=MAX_IDS).contains(&statement.ids.len()));
        assert!(!statement.products.is_empty());
        assert!(statement.moment.is_some() || !statement.status.waives());
    }
    let text = read.to_json().expect("a document is text");
    // Products that only a CPE names are not written, and parts that stood beside several products are repeated.
    if let Ok(again) = openvex::parse(text.as_bytes()) {
        assert!(again.statements.len() <= read.statements.len());
    }
});
