//! Lists of what git can give back: one that is read is written and read again as the same, and no path leads out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::rollback::point::{parse_unchanged, write_unchanged};

fuzz_target!(|data: &[u8]| {
    let Ok(list) = parse_unchanged(data) else { return };
    assert!(list.iter().all(|item| item.path.is_safe()));
    assert_eq!(parse_unchanged(&write_unchanged(&list)), Ok(list));
});
