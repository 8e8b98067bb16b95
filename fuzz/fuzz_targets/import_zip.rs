//! Any bytes as an archive of OSV records: no panic, nothing larger than allowed, no name that leads out.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use readiness::formats::osv;
use readiness::formats::zip::{Archive, ArchiveError, MAX_ENTRY};

fuzz_target!(|data: &[u8]| {
    let Ok(mut archive) = Archive::open(Cursor::new(data)) else { return };
    let _ = archive.for_each(|_| true, |name, content| -> Result<(), ArchiveError> {
        assert!(content.len() as u64 <= MAX_ENTRY);
        assert!(!name.starts_with('/') && !name.split(['/', '\\']).any(|part| part == ".."));
        let _ = osv::parse(content);
        Ok(())
    });
});
