//! Any bytes as a lock file of Cargo or of Node's package managers, or as one of their project files: no panic, lines
//! from 1, and a graph within the list of packages.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::{declared, lockfile};

fuzz_target!(|data: &[u8]| {
    let Some((choice, input)) = data.split_first() else { return };
    let kind = match choice % 7 {
        0 => lockfile::Kind::Cargo,
        1 => lockfile::Kind::Npm,
        2 => lockfile::Kind::Yarn,
        3 => lockfile::Kind::Pnpm,
        4 => lockfile::Kind::Bun,
        5 => {
            let _ = declared::parse(declared::Kind::Cargo, input);
            return;
        }
        _ => {
            let _ = declared::parse(declared::Kind::Npm, input);
            return;
        }
    };
    let Ok(found) = lockfile::parse(kind, input) else { return };
    for package in &found.packages {
        assert!(package.line > 0 && !package.name.is_empty());
        let targets = package.depends_on.as_deref().unwrap_or_default();
        assert!(targets.iter().all(|target| *target < found.packages.len()));
        assert!(targets.is_sorted());
    }
    assert!(found.left_out.iter().all(|unread| unread.line > 0));
});
