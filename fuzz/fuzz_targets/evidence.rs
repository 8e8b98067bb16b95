//! Any line with any known secrets: no panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::report::Evidence;

fuzz_target!(|input: (Vec<u8>, Vec<(u8, u8)>)| {
    let (line, places) = input;
    let known: Vec<_> =
        places.iter().map(|(start, length)| usize::from(*start)..usize::from(*start) + usize::from(*length)).collect();
    let shown = Evidence::of_line(&line, &known);
    assert!(shown.as_str().chars().count() <= 201);
});
