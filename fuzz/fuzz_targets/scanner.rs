//! Any bytes as a scanner's report: no panic, every finding named and placed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::scanner;

fuzz_target!(|input: &[u8]| {
    if let Ok(report) = scanner::parse(input) {
        assert!(report.findings.len() <= scanner::MAX_FINDINGS);
        for seen in &report.findings {
            assert!(!seen.ids.is_empty() && !seen.name.is_empty() && seen.line > 0);
            assert!(seen.paths.iter().all(|path| !path.starts_with('/') && !path.split('/').any(|part| part == "..")));
        }
    }
});
