//! Any bytes as an artifact, and as the members of a tar archive whose headers are right: no panic, and a bill of materials
//! whenever there is one to write.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::artifact::contents::{self, Contents};
use readiness::artifact::sbom::{cyclonedx, spdx};

/// Names that say what is in a member.
const NAMES: [&str; 12] = [
    "app/Cargo.lock",
    "app/package-lock.json",
    "app/requirements.txt",
    "app/go.sum",
    "var/lib/dpkg/status",
    "lib/apk/db/installed",
    "etc/os-release",
    "site-packages/a-1.dist-info/METADATA",
    "node_modules/a/package.json",
    "META-INF/maven/g/a/pom.properties",
    "usr/bin/app",
    "inner.tar",
];

fuzz_target!(|input: (Vec<u8>, Vec<(u8, Vec<u8>)>)| {
    let (raw, members) = input;
    look(&raw);
    let mut tar = Vec::new();
    for (name, content) in &members {
        tar.extend_from_slice(&header(NAMES[usize::from(*name) % NAMES.len()], content.len()));
        tar.extend_from_slice(content);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.extend_from_slice(&[0; 1024]);
    look(&tar);
});

fn look(bytes: &[u8]) {
    let path = std::env::temp_dir().join(format!("readiness-fuzz-{}", std::process::id()));
    std::fs::write(&path, bytes).expect("a file for the input");
    if let Ok(Contents::Bill(bill)) = contents::look(&path, "artifact", "2026-01-01T00:00:00Z") {
        for bytes in [cyclonedx(&bill), spdx(&bill)] {
            serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON");
        }
    }
}

/// A header of the ustar format for a plain file.
fn header(name: &str, size: usize) -> [u8; 512] {
    let mut header = [0; 512];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}
