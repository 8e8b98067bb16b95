//! `packages.config` of NuGet: every package with its exact version, those that others need among them. What needs what,
//! and digests, it does not tell.

use super::{Lockfile, Unread};
use crate::formats::declared::{self, Dependency};
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::fault::Fault;
use crate::formats::package::{Package, Scope};

/// Whether the file is of this kind: `path` is relative to the tree, `name` its last part.
pub(super) fn is_name(_path: &str, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    // Beside another project in one folder it is `packages.Project.config`.
    lower == "packages.config" || (lower.starts_with("packages.") && lower.ends_with(".config"))
}

/// Reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<Lockfile, Fault> {
    let declared = declared::parse(declared::Kind::NuGet, bytes)?;
    let mut lock = Lockfile::default();
    for one in declared.dependencies {
        if one.name.is_empty() {
            lock.left_out.push(Unread { line: one.line, reason: "no name", name: one.name });
        } else if is_exact(&one.requirement) {
            lock.packages.push(package(one));
        } else {
            lock.left_out.push(Unread { line: one.line, reason: "no exact version", name: one.name });
        }
    }
    Ok(lock)
}

/// One version: no interval, no star, no property.
fn is_exact(version: &str) -> bool {
    version.starts_with(|letter: char| letter.is_ascii_digit())
        && !version.contains(|letter: char| letter.is_whitespace() || "*,[]()$".contains(letter))
}

fn package(of: Dependency) -> Package {
    Package {
        name: of.name,
        version: Some(of.requirement),
        ecosystem: Some(Ecosystem::of(Family::NuGet)),
        line: of.line,
        scope: if of.scope == Scope::Development { Scope::Development } else { Scope::Runtime },
        ..Package::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, parse};
    use super::*;

    #[test]
    fn exact_versions_are_read_and_others_are_left_out() {
        let text = b"<?xml version=\"1.0\" encoding=\"utf-8\"?>
<packages>
  <package id=\"Acme.Json\" version=\"6.0.4\" targetFramework=\"net45\" />
  <package id=\"Acme.Test\" version=\"3.0.0-rc.1\" developmentDependency=\"true\" />
  <package id=\"Acme.Any\" version=\"[1.0,2.0)\" />
  <package id=\"Acme.None\" />
  <package version=\"1.0\" />
</packages>";
        let lock = parse(Kind::PackagesConfig, text).unwrap();
        let seen: Vec<_> = (lock.packages.iter())
            .map(|one| (one.name.as_str(), one.version.as_deref(), one.scope, one.line, one.direct))
            .collect();
        assert_eq!(
            seen,
            [
                ("Acme.Json", Some("6.0.4"), Scope::Runtime, 3, None),
                ("Acme.Test", Some("3.0.0-rc.1"), Scope::Development, 4, None),
            ]
        );
        let left: Vec<_> =
            lock.left_out.iter().map(|one| (one.name.as_str(), one.line, one.reason)).collect();
        let none = "no exact version";
        assert_eq!(left, [("Acme.Any", 5, none), ("Acme.None", 6, none), ("", 7, "no name")]);
        assert_eq!(parse(Kind::PackagesConfig, b"<packages/>").unwrap(), Lockfile::default());
        assert!(parse(Kind::PackagesConfig, b"{}").is_err() && parse(Kind::PackagesConfig, b"").is_err());
    }

    #[test]
    fn names_are_those_of_nuget() {
        for (name, expected) in [
            ("packages.config", true),
            ("Packages.config", true),
            ("packages.Web.config", true),
            ("web.config", false),
            ("packages.lock.json", false),
        ] {
            assert_eq!(Kind::of_path(name) == Some(Kind::PackagesConfig), expected, "{name}");
        }
    }
}
