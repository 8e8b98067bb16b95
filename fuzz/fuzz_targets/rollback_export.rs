//! Exported points: what is handed out of an object is what its length says, and never more than there is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::rollback::store::{Part, read_export};

fuzz_target!(|data: &[u8]| {
    let mut bytes = 0;
    let _ = read_export(data, data.len() as u64, None, "fuzz", &mut |part| {
        bytes += match part {
            Part::Manifest(manifest, ..) => manifest.len(),
            Part::Bytes(piece) => piece.len(),
            Part::Object(_) | Part::Right(..) => 0,
        };
        assert!(bytes <= data.len());
        Ok(())
    });
});
