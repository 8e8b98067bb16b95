//! Packs: every object of an index lies inside the pack, and they are in order.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use readiness::rollback::store::read_index;

fuzz_target!(|data: &[u8]| {
    let length = data.len() as u64;
    let mut before = None;
    let _ = read_index(&mut Cursor::new(data), length, |record| {
        assert!(record.offset >= 8 && record.offset + record.stored <= length);
        assert!(before < Some(record.id));
        before = Some(record.id);
    });
});
