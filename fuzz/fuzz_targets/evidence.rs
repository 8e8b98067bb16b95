//! Any line of any syntax with any known secrets: no panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::report::{Evidence, Syntax, mask_line};

fuzz_target!(|input: (Vec<u8>, Vec<(u8, u8)>, u8)| {
    let (line, places, syntax) = input;
    let all = [
        Syntax::Message,
        Syntax::Unknown,
        Syntax::Configuration,
        Syntax::Yaml,
        Syntax::Shell,
        Syntax::Container,
        Syntax::Code,
    ];
    let syntax = all[usize::from(syntax) % all.len()];
    let known: Vec<_> =
        places.iter().map(|(start, length)| usize::from(*start)..usize::from(*start) + usize::from(*length)).collect();
    let shown = Evidence::of_line(&line, &known, syntax);
    let _ = mask_line(&String::from_utf8_lossy(&line), syntax);
    assert!(shown.as_str().chars().count() <= 201);
});
