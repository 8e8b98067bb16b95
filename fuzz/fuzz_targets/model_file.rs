//! Any bytes as a model or data file: no panic, and nothing told that is endless.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use readiness::formats::model;

fuzz_target!(|input: &[u8]| {
    let head = model::look(Cursor::new(input)).expect("memory can be read");
    assert!(head.about.len() < 4096);
    if let Some(code) = head.code {
        assert!(code.beyond().count() <= code.imports.len());
    }
});
