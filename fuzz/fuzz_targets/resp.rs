//! Any bytes as a reply of Redis and as its `INFO`: no panic, and nothing taken that is not there.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::{redis_info, resp};

fuzz_target!(|data: &[u8]| {
    if let Ok(Some((_, taken))) = resp::parse(data) {
        assert!(taken <= data.len());
    }
    let _ = redis_info::fields(&String::from_utf8_lossy(data));
});
