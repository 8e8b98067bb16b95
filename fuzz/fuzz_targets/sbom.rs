//! Any bytes as an SBOM: no panic, every index in range.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::sbom;

fuzz_target!(|input: &[u8]| {
    if let Ok(read) = sbom::parse(input) {
        let reach = read.packages.len();
        for package in read.packages.iter().chain(&read.subject) {
            assert!(package.depends_on.iter().flatten().all(|index| *index < reach));
        }
        assert!(read.assets.iter().all(|index| *index < reach));
        assert!(read.statements.iter().flat_map(|statement| &statement.affects).all(|index| *index < reach));
        assert!(read.invalid.len() <= 100);
        assert!(sbom::completeness(&read).len() <= 3 + 5 * (reach + 1));
    }
});
