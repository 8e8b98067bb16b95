//! Any bytes as what compilers and package managers leave in artifacts: no panic, every index in range, no control
//! character in a name or a version.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::package::Package;
use readiness::formats::package_metadata::{self, Kind};
use readiness::formats::{auditable, go_buildinfo};

fuzz_target!(|input: &[u8]| {
    let sound = |packages: &[Package]| {
        for package in packages {
            assert!(package.depends_on.iter().flatten().all(|index| *index < packages.len()));
            assert!(!package.name.is_empty() && !package.name.chars().any(char::is_control));
            assert!(!package.version.iter().any(|version| version.chars().any(char::is_control)));
        }
    };
    if let Ok(packages) = auditable::parse(input) {
        sound(&packages);
    }
    if let Ok(info) = go_buildinfo::parse(input) {
        sound(&info.packages);
    }
    // The same behind a header that is right, which random bytes hardly ever are.
    let whole = [go_buildinfo::MAGIC, &[8, 2], &[0; 16], input].concat();
    if let Ok(info) = go_buildinfo::parse(&whole) {
        sound(&info.packages);
    }
    for kind in [Kind::Maven, Kind::Python, Kind::Npm, Kind::NuGet] {
        if let Some(read) = package_metadata::parse(kind, input) {
            sound(&[read.package]);
        }
    }
});
