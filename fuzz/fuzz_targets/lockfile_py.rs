//! Any bytes: reading the lock files and project files of Python, Go and the JVM never panics, every package has a line,
//! a name and an ecosystem, and every edge of the graph leads to a package. The first byte picks the kind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::{declared, lockfile};

const KINDS: [lockfile::Kind; 9] = [
    lockfile::Kind::Poetry,
    lockfile::Kind::Uv,
    lockfile::Kind::Pipfile,
    lockfile::Kind::Pdm,
    lockfile::Kind::Requirements,
    lockfile::Kind::GoMod,
    lockfile::Kind::GoSum,
    lockfile::Kind::Gradle,
    lockfile::Kind::Maven,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((pick, rest)) = bytes.split_first() else { return };
    let Some(kind) = KINDS.get(usize::from(*pick) % (KINDS.len() + 2)) else {
        for kind in [declared::Kind::PyProject, declared::Kind::Pipfile] {
            if let Ok(declared) = declared::parse(kind, rest) {
                assert!(declared.dependencies.iter().all(|one| one.line > 0));
            }
        }
        return;
    };
    let Ok(lock) = lockfile::parse(*kind, rest) else { return };
    assert!(lock.left_out.iter().all(|one| one.line > 0 && !one.reason.is_empty()));
    for package in &lock.packages {
        assert!(package.line > 0 && package.ecosystem.is_some());
        assert!(package.depends_on.iter().flatten().all(|index| *index < lock.packages.len()));
        assert!(package.version.as_ref().is_none_or(|version| !version.contains('\0')));
    }
});
