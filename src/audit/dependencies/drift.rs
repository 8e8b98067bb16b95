//! Whether a lock file says what its project file asks for.

use std::collections::BTreeSet;

use super::{Claim, Fault};
use crate::audit::inventory::{Assembled, DeclaredSource, Source};
use crate::formats::lockfile::Kind;
use crate::formats::package::{Origin, Scope};

/// Reads the inventory for project files that ask for what their lock file lacks.
pub(super) fn claims(assembled: &Assembled) -> Vec<Claim> {
    let mut claims = Vec::new();
    for file in &assembled.declared {
        let Some(source) = assembled.lock_beside(file) else { continue };
        claims.extend(missing(file, source));
    }
    claims
}

fn missing(file: &DeclaredSource, source: &Source) -> Option<Claim> {
    let family = source.file.packages.iter().find_map(|package| package.ecosystem.as_ref())?.family;
    // What is not complete cannot lack anything, and a file of npm lists links under the names of folders.
    if source.file.partial.is_some() || matches!(source.kind, Kind::Requirements) {
        return None;
    }
    let locked: BTreeSet<_> =
        source.file.packages.iter().map(|package| family.normal_name(&package.name)).collect();
    let mut fault = Fault::default();
    for dependency in &file.declared.dependencies {
        let asked = matches!(dependency.scope, Scope::Runtime | Scope::Development)
            && !matches!(dependency.origin, Origin::Path(_) | Origin::Own);
        if asked && !locked.contains(&family.normal_name(&dependency.name)) {
            fault.add(&dependency.name, dependency.line);
        }
    }
    let words = format!("{} lacks", source.path);
    fault.claim("DEP-009", (&file.path, file.role), &words)
}
