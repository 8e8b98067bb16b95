//! Any bytes as EPSS scores: no panic, and every number is a share.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::{cve::CveId, epss};

fuzz_target!(|data: &[u8]| {
    let Ok(scores) = epss::parse(data) else { return };
    for row in scores.rows {
        assert!((0.0..=1.0).contains(&row.probability) && (0.0..=1.0).contains(&row.percentile));
        assert_eq!(CveId::of_key(row.cve.key()), Some(row.cve));
    }
});
