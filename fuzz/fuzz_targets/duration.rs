//! Any text as a duration and as a size, under any key: no panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::{duration, size};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (key, value) = text.split_once('=').unwrap_or(("", &text));
    let _ = duration::read(value, key);
    let _ = size::bytes(value);
});
