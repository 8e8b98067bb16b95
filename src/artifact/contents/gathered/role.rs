//! What a member of an archive is, by its path.

use crate::formats::lockfile::{self, Script};
use crate::formats::{declared, os_release, package_metadata};

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A lock file, or a list of what is installed.
    Lock(lockfile::Kind),
    /// A project file, which may ask for what nothing pins.
    Declared(declared::Kind),
    /// What a package says of itself.
    Metadata(package_metadata::Kind, Standing),
    /// What names the distribution that a root filesystem is of.
    Release,
    /// Names packages in a form that is not read, and why.
    Unreadable(&'static str),
    /// A project file that is not read, if it asks for packages.
    Script,
}

/// What a package that says what it is means for the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The archive is it.
    Own,
    /// The archive holds it.
    Held,
}

/// Folders of packages that others made and that lie installed there. Their lock files were for their own making.
const INSTALLED: &[&str] = &["node_modules", "site-packages", "dist-packages", "bower_components"];
/// Folders of tests, examples and documentation, and what is said of a list in them.
const ASIDE: &[(&str, &str)] = &[
    ("test", TEST),
    ("tests", TEST),
    ("testing", TEST),
    ("testdata", TEST),
    ("fixtures", TEST),
    ("__tests__", TEST),
    ("__fixtures__", TEST),
    ("spec", TEST),
    ("e2e", TEST),
    ("benches", TEST),
    ("fuzz", TEST),
    ("example", EXAMPLE),
    ("examples", EXAMPLE),
    ("sample", EXAMPLE),
    ("samples", EXAMPLE),
    ("demo", EXAMPLE),
    ("doc", DOCUMENTATION),
    ("docs", DOCUMENTATION),
];
const TEST: &str = "a file of tests";
const EXAMPLE: &str = "a file of examples";
const DOCUMENTATION: &str = "a file of documentation";

/// The role of the member at a path, in an archive that is called `archive`; `depth` counts the archives around its own.
pub(super) fn of(path: &str, archive: &str, depth: u8) -> Option<Role> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if let Some((kind, standing)) = metadata(path, archive, depth) {
        return Some(Role::Metadata(kind, standing));
    }
    // Inside of an archive in an archive nothing but what it is itself tells what ships.
    if depth > 0 || is_installed(path) && name == "package.json" {
        return None;
    }
    match lockfile::Kind::of_path(path) {
        // What builds a product is not in it; and the project file of a jar lists what the jar asks for, not what it holds.
        Some(lockfile::Kind::Workflow | lockfile::Kind::Containerfile) => return None,
        Some(lockfile::Kind::Maven) if path.contains("META-INF/maven/") => return None,
        Some(kind) => return Some(Role::Lock(kind)),
        None => {}
    }
    if let Some(kind) = declared::Kind::of_name(name) {
        return Some(Role::Declared(kind));
    }
    if os_release::is_os_release_path(path) {
        return Some(Role::Release);
    }
    let unreadable = lockfile::UNREADABLE.iter().find(|(ending, _)| {
        path.strip_suffix(ending).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    });
    let unreadable = unreadable.map(|(_, reason)| Role::Unreadable(reason));
    unreadable.or_else(|| Script::of_path(path).map(|_| Role::Script))
}

fn metadata(path: &str, archive: &str, depth: u8) -> Option<(package_metadata::Kind, Standing)> {
    use package_metadata::Kind;
    // In an archive within the archive, the path begins with the name of that one.
    let path = path.rsplit("!/").next().unwrap_or(path);
    let parts: Vec<&str> = path.split('/').collect();
    let is_archive = |endings: &[&str]| depth == 0 && endings.iter().any(|ending| archive.ends_with(ending));
    match parts.as_slice() {
        // Whether it is the archive or one of several that were put together shows when all are known.
        [.., "META-INF", "maven", _, _, "pom.properties"] => Some((Kind::Maven, Standing::Held)),
        [folder, "METADATA"] if folder.ends_with(".dist-info") && is_archive(&[".whl"]) => {
            Some((Kind::Python, Standing::Own))
        }
        [.., folder, "METADATA"] if folder.ends_with(".dist-info") => Some((Kind::Python, Standing::Held)),
        [.., _, folder, "PKG-INFO"] if folder.ends_with(".egg-info") && is_installed(path) => {
            Some((Kind::Python, Standing::Held))
        }
        [_, "PKG-INFO"] if is_archive(&[".tar.gz", ".tgz", ".tar", ".zip"]) => {
            Some((Kind::Python, Standing::Own))
        }
        ["package", "package.json"] if is_archive(&[".tgz", ".tar.gz", ".tar"]) => {
            Some((Kind::Npm, Standing::Own))
        }
        [.., "node_modules", _, "package.json"] => Some((Kind::Npm, Standing::Held)),
        [.., "node_modules", scope, _, "package.json"] if scope.starts_with('@') => {
            Some((Kind::Npm, Standing::Held))
        }
        [nuspec] if nuspec.ends_with(".nuspec") => {
            let standing = if is_archive(&[".nupkg"]) { Standing::Own } else { Standing::Held };
            Some((Kind::NuGet, standing))
        }
        _ => None,
    }
}

fn is_installed(path: &str) -> bool {
    path.split('/').any(|folder| INSTALLED.contains(&folder))
}

/// Why a list at a path tells of nothing that ships, if so.
pub(super) fn aside(path: &str) -> Option<&'static str> {
    let (folders, _) = path.rsplit_once('/')?;
    if is_installed(folders) {
        return Some("a file of an installed package");
    }
    let known = |folder: &str| ASIDE.iter().find(|(name, _)| folder.eq_ignore_ascii_case(name));
    folders.split('/').find_map(known).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::package_metadata::Kind;

    #[test]
    fn members_are_known_by_their_path() {
        let metadata = |kind, standing| Some(Role::Metadata(kind, standing));
        for (archive, path, depth, expected) in [
            ("a.tar", "app-1.0/Cargo.lock", 0, Some(Role::Lock(lockfile::Kind::Cargo))),
            ("a.tar", "var/lib/dpkg/status", 0, Some(Role::Lock(lockfile::Kind::Dpkg))),
            ("a.tar", "a/Dockerfile", 0, None),
            ("a.tar", "a/.github/workflows/ci.yml", 0, None),
            ("a.tar", "a/pom.xml", 0, Some(Role::Lock(lockfile::Kind::Maven))),
            ("a.jar", "META-INF/maven/g/a/pom.xml", 0, None),
            ("a.jar", "META-INF/maven/g/a/pom.properties", 0, metadata(Kind::Maven, Standing::Held)),
            (
                "a.war",
                "WEB-INF/lib/b.jar!/META-INF/maven/g/a/pom.properties",
                1,
                metadata(Kind::Maven, Standing::Held),
            ),
            ("a.whl", "a-1.dist-info/METADATA", 0, metadata(Kind::Python, Standing::Own)),
            (
                "a.tar",
                "usr/lib/python3/dist-packages/a-1.dist-info/METADATA",
                0,
                metadata(Kind::Python, Standing::Held),
            ),
            (
                "a.tar",
                "usr/lib/python3/dist-packages/a.egg-info/PKG-INFO",
                0,
                metadata(Kind::Python, Standing::Held),
            ),
            ("a-1.tar.gz", "a-1/PKG-INFO", 0, metadata(Kind::Python, Standing::Own)),
            ("a-1.tar.gz", "a-1/src/a.egg-info/PKG-INFO", 0, None),
            ("a-1.tgz", "package/package.json", 0, metadata(Kind::Npm, Standing::Own)),
            ("a.tar", "app/package.json", 0, Some(Role::Declared(declared::Kind::Npm))),
            ("a.tar", "app/node_modules/b/package.json", 0, metadata(Kind::Npm, Standing::Held)),
            ("a.tar", "app/node_modules/@s/b/package.json", 0, metadata(Kind::Npm, Standing::Held)),
            ("a.tar", "app/node_modules/b/dist/package.json", 0, None),
            ("a.nupkg", "A.nuspec", 0, metadata(Kind::NuGet, Standing::Own)),
            ("a.tar", "etc/os-release", 0, Some(Role::Release)),
            ("a.war", "b.jar!/a/Cargo.lock", 1, None),
            ("a.tar", "README.md", 0, None),
        ] {
            assert_eq!(of(path, archive, depth), expected, "{archive} {path}");
        }
        let unreadable = of("var/lib/rpm/Packages", "a.tar", 0);
        assert!(matches!(unreadable, Some(Role::Unreadable(_))), "{unreadable:?}");
    }

    #[test]
    fn lists_of_tests_and_of_installed_packages_are_told_apart() {
        assert_eq!(aside("Cargo.lock"), None);
        assert_eq!(aside("latest/Cargo.lock"), None);
        assert_eq!(aside("a/Tests/b/Cargo.lock"), Some(TEST));
        assert_eq!(aside("a/node_modules/b/yarn.lock"), Some("a file of an installed package"));
    }
}
