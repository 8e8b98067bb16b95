//! Any bytes: reading them as a lock file or a project file never panics, every edge leads to a package of the file,
//! and every line is one of the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::declared::{self, Kind as Project};
use readiness::formats::lockfile::{self, Kind, Script};
use readiness::formats::os_release;

const KINDS: &[Kind] = &[
    Kind::Bundler,
    Kind::Composer,
    Kind::NuGet,
    Kind::Mix,
    Kind::Pub,
    Kind::Swift,
    Kind::Dpkg,
    Kind::Apk,
    Kind::Workflow,
    Kind::Containerfile,
    Kind::PackagesConfig,
];
const PROJECTS: &[Project] = &[Project::Composer, Project::Gemfile, Project::Pub, Project::NuGet];

/// Project files that are looked at, one for every look.
const SCRIPTS: &[&str] = &[
    "build.gradle",
    "libs.versions.toml",
    "project.clj",
    "setup.cfg",
    "requirements.in",
    "environment.yml",
    "meta.yaml",
    "conanfile.txt",
    "conanfile.py",
    "vcpkg.json",
    "rebar.config",
    "a.cabal",
    "a.opam",
    "dune-project",
    "DESCRIPTION",
    "cpanfile",
    "a.rockspec",
    "deno.json",
    "a.deps.json",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let choice = usize::from(*choice);
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    let within = |line: u32| line >= 1 && line as usize <= lines;
    if let Some(kind) = KINDS.get(choice) {
        let Ok(lock) = lockfile::parse(*kind, bytes) else { return };
        for package in &lock.packages {
            assert!(within(package.line));
            let edges = package.depends_on.iter().flatten();
            assert!(edges.clone().all(|edge| *edge < lock.packages.len()));
            assert!(edges.is_sorted());
        }
        assert!(lock.left_out.iter().all(|unread| within(unread.line)));
    } else if let Some(kind) = PROJECTS.get(choice - KINDS.len()) {
        let Ok(declared) = declared::parse(*kind, bytes) else { return };
        assert!(declared.dependencies.iter().all(|one| within(one.line)));
    } else if let Some(path) = SCRIPTS.get(choice - KINDS.len() - PROJECTS.len()) {
        let _ = Script::asking(path, bytes);
    } else if let Ok(distribution) = os_release::parse(bytes) {
        let _ = distribution.ecosystem();
    }
});
