//! Any bytes as an exposition of metrics, in both formats: no panic, and samples with a name and a family.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::exposition::{Flavour, Limits, parse};

fuzz_target!(|data: &[u8]| {
    for flavour in [Flavour::Prometheus, Flavour::OpenMetrics] {
        let Ok(read) = parse(data, flavour, &Limits::default()) else { continue };
        for sample in read.samples() {
            assert!(!sample.name().is_empty() && sample.family().is_some());
            assert!(sample.labels().all(|(name, _)| !name.is_empty()));
        }
    }
});
