//! Any bytes: parsing a container file never panics, and every span lies within the input.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::containerfile::{self, InstructionKind};

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = containerfile::parse(bytes) else { return };
    assert_eq!(file.source.len(), bytes.len());
    for instruction in file.instructions() {
        assert!(instruction.line <= instruction.end_line);
        for span in [instruction.span, instruction.keyword, instruction.arguments] {
            assert!(span.start <= span.end && span.end <= bytes.len());
        }
        assert!(!file.text(instruction.keyword).is_empty());
        if let InstructionKind::Run(run) = &instruction.kind {
            let commands = run.command.script.iter().flat_map(|script| script.commands());
            for command in commands {
                assert!(command.offset <= bytes.len());
                let _ = command.program();
            }
        }
    }
    for stage in &file.stages {
        let _ = (file.lineage(stage.index), file.needed_by(stage.index));
    }
});
