//! Manifests of rollback points: one that is read is written and read again as the same point, and every path in it stays
//! where it belongs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::rollback::point;

fuzz_target!(|data: &[u8]| {
    let Ok(point) = point::parse(data) else { return };
    assert_eq!(point::parse(&point::write(&point)), Ok(point.clone()));
    for entry in &point.entries {
        assert!(entry.path.is_safe() || entry.path.is_safe_absolute());
    }
    let _ = point.objects().count();
});
