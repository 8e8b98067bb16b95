//! The manifest of a release: what is read names plain files inside it, each once, and is written as it was read.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use readiness::formats::release_manifest::{MAX_FILES, ReleaseManifest};

fuzz_target!(|data: &[u8]| {
    let Ok(manifest) = ReleaseManifest::parse(data) else { return };
    let artifacts = manifest.artifacts.iter().map(|artifact| (&artifact.path, &artifact.sha256));
    let files = manifest.files.iter().map(|file| (&file.path, &file.sha256));
    let all: Vec<_> = artifacts.chain(files).collect();
    let paths: BTreeSet<_> = all.iter().map(|(path, _)| *path).collect();
    assert!(all.len() <= MAX_FILES && paths.len() == all.len());
    for (path, digest) in all {
        assert!(!path.starts_with('/') && !path.contains('\\'));
        assert!(path.split('/').all(|part| !matches!(part, "" | "." | "..")));
        assert!(digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    }
    assert_eq!(ReleaseManifest::parse(&manifest.to_bytes()).as_ref().ok(), Some(&manifest));
});
