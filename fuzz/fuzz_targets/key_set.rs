//! The key-set file, endorsements and all: what is read can be written, and is read back as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::crypto::keys::{KeySource, Member, check_endorsements, parse_key_set, write_key_set};

fuzz_target!(|data: &[u8]| {
    let entries = parse_key_set(data).unwrap_or_default();
    let mut members = Vec::new();
    for entry in &entries {
        match &entry.source {
            KeySource::File(path) => {
                assert!(!path.starts_with('/') && !path.split('/').any(|part| part == ".."));
            }
            KeySource::Inline(key) => members.push(Member { entry: entry.clone(), key: *key.clone() }),
        }
    }
    // Nobody here has a private key to endorse with.
    if members.iter().any(|member| member.entry.endorsement.is_some()) {
        assert!(check_endorsements(&members).is_err());
    }
    if !entries.is_empty() {
        let text = write_key_set(&entries).expect("what was read can be written");
        let again = parse_key_set(text.as_bytes()).expect("what was written can be read");
        assert_eq!(write_key_set(&again).ok(), Some(text));
    }
});
