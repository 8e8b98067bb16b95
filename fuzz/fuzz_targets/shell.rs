//! Any text: splitting it as shell never panics, and every place lies within the input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::shell;

fuzz_target!(|text: &str| {
    let script = shell::parse(text);
    for command in script.commands() {
        assert!(command.offset <= text.len());
        assert!(command.words.iter().all(|word| word.offset <= text.len() && word.line >= 1));
        let _ = command.program();
    }
    for pipe in script.pipes() {
        assert!(pipe.stages.len() > 1);
    }
});
