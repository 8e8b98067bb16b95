//! Any bytes as a zip archive that may hold anything: no panic, and nothing larger than asked for.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use readiness::formats::zip::Archive;

fuzz_target!(|input: &[u8]| {
    let Ok(mut archive) = Archive::open(Cursor::new(input)) else { return };
    let _ = archive.survey(|archive, member| {
        assert!(archive.start(member, 16).len() <= 16);
        if let Ok(content) = archive.read(member, 1 << 20) {
            assert_eq!(content.len() as u64, member.size());
            assert!(content.len() <= 1 << 20);
        }
        Ok(())
    });
});
