//! Any text as a selector of series: no panic, and the same selector when it is written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::baseline::settings::Selector;

fuzz_target!(|data: &[u8]| {
    let Ok(selector) = String::from_utf8_lossy(data).parse::<Selector>() else { return };
    assert_eq!(selector.to_string().parse(), Ok(selector));
});
