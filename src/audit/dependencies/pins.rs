//! Whether every dependency is pinned.

use std::collections::BTreeSet;

use super::{Claim, Fault};
use crate::audit::inventory::{Assembled, DeclaredSource, Locks, is_central};
use crate::formats::declared;
use crate::formats::declared::Dependency;
use crate::formats::lockfile::{INHERITED, Kind};
use crate::formats::package::{Origin, Package, Scope};
use crate::report::Severity;

/// Reads the inventory for what is not pinned; `unlocked` are the project files without a lock file.
pub(super) fn claims(assembled: &Assembled, locks: &Locks<'_>, unlocked: &[&DeclaredSource]) -> Vec<Claim> {
    let mut claims = Vec::new();
    let paths: BTreeSet<&str> = unlocked.iter().map(|file| file.path.as_str()).collect();
    for file in unlocked {
        claims.extend(without_lock(file, locks, &paths));
        claims.extend(floating(file));
    }
    for source in &assembled.sources {
        let place = (source.path.as_str(), source.role);
        match source.kind {
            // Base images are the business of the containers check.
            Kind::Containerfile => {}
            Kind::Workflow => {
                let mut fault = Fault::default();
                let is_commit =
                    |package: &&Package| matches!(&package.origin, Origin::Git { commit: Some(_), .. });
                let pinned: BTreeSet<(u32, &str)> = (source.file.packages.iter().filter(is_commit))
                    .map(|package| (package.line, package.name.as_str()))
                    .collect();
                // A full commit without a comment has no version, but nothing is better pinned. Images are no actions.
                for unread in &source.file.left_out {
                    let name = unread.name.as_str();
                    let known = pinned.contains(&(unread.line, name));
                    if !known && !name.is_empty() && !unread.reason.starts_with("an image") {
                        fault.add(name, unread.line);
                    }
                }
                for package in &source.file.packages {
                    if !is_commit(&package) && package.ecosystem.is_some() {
                        fault.add(&package.name, package.line);
                    }
                }
                claims.extend(fault.claim("DEP-003", place, "not pinned to a commit"));
            }
            _ => {
                let mut fault = Fault::default();
                // What a pinned parent sets is pinned there.
                let open = |reason: &str, name: &str| !name.is_empty() && reason != INHERITED;
                for unread in source.file.left_out.iter().filter(|unread| open(unread.reason, &unread.name)) {
                    fault.add(&unread.name, unread.line);
                }
                claims.extend(fault.claim("DEP-002", place, "without an exact version"));
            }
        }
    }
    claims
}

/// That no lock file speaks for a project file; once for a workspace or a central list of versions.
fn without_lock(file: &DeclaredSource, locks: &Locks<'_>, unlocked: &BTreeSet<&str>) -> Option<Claim> {
    let is_told = |other: &DeclaredSource| other.path != file.path && unlocked.contains(other.path.as_str());
    let list = locks.central(file).filter(|_| !is_central(file));
    let above = locks.workspace(file);
    let of_list = list.is_some() && file.declared.dependencies.iter().all(|one| one.requirement.is_empty());
    if above.is_some_and(is_told) || (of_list && list.is_some_and(is_told)) {
        return None;
    }
    let mut fault = Fault::default();
    for dependency in locks.asked(file) {
        let name = if dependency.name.is_empty() { "what is not understood" } else { &dependency.name };
        fault.add(name, dependency.line);
    }
    let mut claim =
        fault.claim("DEP-001", (&file.path, file.role), "no lock file pins what this asks for")?;
    // Those who depend on a library do not get its lock file, tools alone are not what ships, and NuGet takes the
    // lowest version that will do, so that its choice stays the same until a package is withdrawn.
    let tools_only = locks.asked(file).all(|dependency| dependency.scope == Scope::Development);
    if file.declared.published || tools_only || file.kind == declared::Kind::NuGet {
        claim.severity = Some(Severity::Low);
    }
    Some(claim)
}

/// Projects of .NET are installed from as they are, where no lock file says otherwise.
fn floating(file: &DeclaredSource) -> Option<Claim> {
    if file.kind != declared::Kind::NuGet {
        return None;
    }
    let moves = |dependency: &&Dependency| {
        let wanted = dependency.requirement.trim();
        // `[1.0]` is one version; any other interval, and a star, is not.
        wanted.contains('*') || (wanted.starts_with(['[', '(']) && wanted.contains(','))
    };
    let mut fault = Fault::default();
    file.declared.dependencies.iter().filter(moves).for_each(|one| fault.add(&one.name, one.line));
    fault.claim("DEP-002", (&file.path, file.role), "without an exact version")
}
