//! The trail of releases: no bytes make it panic, and what is said to follow from each other does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::release::trail::{Head, MAX_LINE, NO_RECORD, Noted, digest, verify};

fuzz_target!(|data: &[u8]| {
    // The first line stands for the head.
    let at = data.iter().position(|byte| *byte == b'\n').map_or(data.len(), |at| at + 1);
    let (head, mut lines) = data.split_at(at);
    let noted = Head::parse(head).map_or(Noted::Faulty, Noted::Head);
    let whole = lines;
    let mut records = Vec::new();
    let verified = verify(&mut lines, &noted, None, &mut |record| records.push(record)).unwrap();
    assert_eq!(verified.trail.records, records.len() as u64);
    let mut last = NO_RECORD.to_owned();
    for ((number, record), line) in (1..).zip(&records).zip(whole.split(|byte| *byte == b'\n')) {
        assert!(record.seq == number && record.prev == last && line.len() < MAX_LINE);
        last = digest(line);
    }
    assert_eq!(verified.trail.head, last);
});
