//! Any bytes as an OSV record: no panic, what is kept is read again as it was, and every package of it can be asked about.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::advisories::matching::{Query, evaluate, upgrade};
use readiness::advisories::severity::severity;
use readiness::formats::ecosystem::Ecosystem;
use readiness::formats::osv::{Advisory, Event, parse};

fuzz_target!(|data: &[u8]| {
    let Ok(advisory) = parse(data) else { return };
    let stored = serde_json::to_vec(&advisory).expect("a record can be written");
    assert_eq!(serde_json::from_slice::<Advisory>(&stored).expect("what was written can be read"), advisory);
    for affected in &advisory.affected {
        let _rating = severity(&advisory, affected);
        let Some(ecosystem) = Ecosystem::parse(&affected.ecosystem) else { continue };
        let bounds = affected.ranges.iter().flat_map(|range| &range.events).map(|event| match event {
            Event::Introduced(text)
            | Event::Fixed(text)
            | Event::LastAffected(text)
            | Event::Limit(text)
            | Event::Unclear(text) => text,
        });
        for version in bounds.chain(&affected.versions) {
            let query = Query { ecosystem: &ecosystem, name: &affected.name, version };
            let _answer = evaluate(&advisory, &query);
            let _version = upgrade(&[&advisory], &query);
        }
    }
});
