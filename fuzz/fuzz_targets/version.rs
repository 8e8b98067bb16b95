//! Any two texts as versions: no panic, and every scheme gives one answer both ways.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::advisories::version::Scheme;

fuzz_target!(|versions: (&str, &str)| {
    let (one, other) = versions;
    for scheme in Scheme::ALL {
        let there = scheme.compare(one, other);
        let back = scheme.compare(other, one);
        assert_eq!(there.clone().ok(), back.ok().map(std::cmp::Ordering::reverse), "{scheme:?}");
        if there.is_ok() {
            assert_eq!(scheme.compare(one, one), Ok(std::cmp::Ordering::Equal), "{scheme:?}");
        }
    }
});
