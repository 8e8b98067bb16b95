//! Statements, the provenance in them, and patterns over the ids that they name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::intoto::{Pattern, SlsaProvenance, Statement, same_source};

fuzz_target!(|data: &[u8]| {
    if let Ok(statement) = Statement::parse(data) {
        assert!(!statement.subjects.is_empty());
        assert!(statement.subjects.iter().all(|subject| !subject.digest.is_empty()));
        if let Ok(provenance) = SlsaProvenance::of(&statement) {
            assert!(!provenance.builder_id.is_empty() && !provenance.build_type.is_empty());
            if let (Some(source), _) = provenance.source() {
                let _ = same_source(&source, "https://example.org/a");
            }
        }
    }
    let text = String::from_utf8_lossy(data);
    if let Some((pattern, id)) = text.split_once('\n')
        && let Ok(read) = Pattern::parse(pattern)
        && read.matches(id)
    {
        // Whatever a star stands for, what is written out before it stands at the beginning.
        let fixed = pattern.split('*').next().unwrap_or_default();
        assert!(id.starts_with(fixed));
        if !pattern.contains('*') {
            assert_eq!(pattern, id);
        }
    }
});
