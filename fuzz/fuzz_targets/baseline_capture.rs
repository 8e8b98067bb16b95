//! Captures: no bytes make the reader panic, and what it reads is written and read back as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::baseline::capture::Capture;
use readiness::baseline::drift::changes;
use readiness::baseline::store::{Shelf, is_id};

fuzz_target!(|data: &[u8]| {
    let Ok(capture) = Capture::read(data) else { return };
    assert!(is_id(&capture.id) && capture.moment().is_some());
    let bytes = capture.write().unwrap();
    assert_eq!(Capture::read(&bytes).unwrap(), capture);
    let shelf = Shelf::of([&capture]);
    for name in shelf.names() {
        assert!(shelf.series(name, None).iter().all(|(_, value)| value.is_finite()));
    }
    if let Some(snapshot) = &capture.snapshot {
        assert!(changes(snapshot, snapshot).is_empty());
    }
});
