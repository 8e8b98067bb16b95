//! Gradle's lock files: `gradle.lockfile` and its kin (`group:artifact:version=configurations`), and the older ones of one
//! configuration each in `gradle/dependency-locks`.
//!
//! They tell neither what is direct nor where packages come from. The names of configurations tell what a package is for.

use super::{Lockfile, Unread, text};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{Package, Scope};

/// The largest file that is read.
const MAX_BYTES: usize = 64 << 20;

/// How the configurations of tools that run while building begin, in lower case.
const TOOLS: [&str; 14] = [
    "kapt",
    "ksp",
    "kotlincompiler",
    "kotlinbuildtools",
    "kotlinklib",
    "kotlinnative",
    "checkstyle",
    "pmd",
    "spotbugs",
    "jacoco",
    "kover",
    "ktlint",
    "detekt",
    "codenarc",
];

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(path: &str, name: &str) -> bool {
    matches!(name, "gradle.lockfile" | "buildscript-gradle.lockfile" | "settings-gradle.lockfile")
        || (name.ends_with(".lockfile") && path.rsplit('/').nth(1) == Some("dependency-locks"))
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let text = text::decode(bytes, MAX_BYTES)?;
    let mut lock = Lockfile::default();
    let mut has_empty = false;
    for (index, line) in text.lines().enumerate() {
        let line_number = text::number(index);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (module, configurations) = line.split_once('=').unwrap_or((line, ""));
        // The configurations that resolve to nothing.
        if module == "empty" {
            has_empty = true;
            continue;
        }
        let parts: Vec<&str> = module.splitn(4, ':').collect();
        match parts.as_slice() {
            [group, artifact, version]
                if parts.iter().all(|part| !part.is_empty() && !part.contains(char::is_whitespace)) =>
            {
                lock.packages.push(Package {
                    name: format!("{group}:{artifact}"),
                    version: Some((*version).to_owned()),
                    ecosystem: Some(Ecosystem::of(Family::Maven)),
                    line: line_number,
                    scope: scope(configurations),
                    ..Package::default()
                });
            }
            _ => lock.left_out.push(Unread {
                line: line_number,
                reason: "not group, artifact and version",
                name: String::new(),
            }),
        }
    }
    if text.trim().is_empty() {
        return Err(Fault::new(1, "an empty file, while Gradle says so when it locks nothing"));
    }
    match lock.left_out.first() {
        Some(first) if lock.packages.is_empty() && !has_empty => {
            Err(Fault::new(first.line, "no line holds group, artifact and version"))
        }
        _ => Ok(lock),
    }
}

/// Of the product, when any configuration is one of running it or of compiling it against the package; of development,
/// when all are of tests, of tools that run while building, or of the build script.
fn scope(configurations: &str) -> Scope {
    let mut scope = None;
    for name in configurations.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let of_test = name.starts_with("test") || name.contains("Test");
        let lower = name.to_ascii_lowercase();
        // Plugins that look at versions resolve copies of configurations, and a lock file then holds those too.
        let lower = lower.trim_end_matches(|end: char| end.is_ascii_digit()).trim_end_matches("copy");
        let of_tool = lower == "classpath"
            || lower.ends_with("annotationprocessor")
            || TOOLS.iter().any(|tool| lower.starts_with(tool));
        let runs = ["runtimeclasspath", "compileclasspath"].iter().any(|end| lower.ends_with(end))
            || matches!(lower, "runtime" | "compile" | "default");
        scope = match (of_test || of_tool, runs, scope) {
            (false, true, _) => return Scope::Runtime,
            (true, _, None) => Some(Scope::Development),
            (false, false, _) => Some(Scope::Unknown),
            (true, _, known) => known,
        };
    }
    scope.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        for (path, expected) in [
            ("gradle.lockfile", true),
            ("app/buildscript-gradle.lockfile", true),
            ("gradle/dependency-locks/compileClasspath.lockfile", true),
            ("gradle/other/compileClasspath.lockfile", false),
            ("yarn.lockfile", false),
        ] {
            assert_eq!(is_name(path, path.rsplit('/').next().unwrap()), expected, "{path}");
        }
    }

    #[test]
    fn configurations_are_roles() {
        let text = "# This is a Gradle generated file.\r\n\
            org.a:core:1.0=compileClasspath,testRuntimeClasspath\r\n\
            org.a:test:1.0.Final=debugUnitTestRuntimeClasspath,testCompileClasspath\n\
            org.a:plugin:2=classpath\n\
            org.a:lint:2=checkstyle,somethingElse\n\
            org.a:copied:2=compileClasspathCopy2\n\
            org.a:tool:2=kotlinCompilerPluginClasspathMain,detektPlugins\n\
            org.a:old:3\n\
            org.a:broken=x\n\
            empty=annotationProcessor\n";
        let lock = parse(text.as_bytes()).unwrap();
        let seen: Vec<_> = lock
            .packages
            .iter()
            .map(|one| (one.name.as_str(), one.version.as_deref().unwrap(), one.line, one.scope))
            .collect();
        assert_eq!(
            seen,
            [
                ("org.a:core", "1.0", 2, Scope::Runtime),
                ("org.a:test", "1.0.Final", 3, Scope::Development),
                ("org.a:plugin", "2", 4, Scope::Development),
                ("org.a:lint", "2", 5, Scope::Unknown),
                ("org.a:copied", "2", 6, Scope::Runtime),
                ("org.a:tool", "2", 7, Scope::Development),
                ("org.a:old", "3", 8, Scope::Unknown),
            ]
        );
        assert_eq!(lock.left_out[0].line, 9);
        assert!(parse(b"<html>").is_err() && parse(b"").is_err());
        assert!(parse(b"empty=\n").unwrap().packages.is_empty());
    }
}
