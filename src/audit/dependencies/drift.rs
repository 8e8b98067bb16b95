//! Whether a lock file says what its project file asks for.

use super::{Claim, Fault};
use crate::audit::inventory::{Assembled, DeclaredSource, Locks, Source, is_central};
use crate::formats::declared;
use crate::formats::lockfile::Kind;
use crate::formats::package::Scope;

/// Reads the inventory for project files that ask for what their lock file lacks.
pub(super) fn claims(assembled: &Assembled, locks: &Locks<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    for file in assembled.declared.iter().filter(|file| !is_central(file)) {
        // Of several package managers' lock files one is used, and the best kept most likely.
        let sources = locks.sure(file);
        let faults = sources.into_iter().filter(|source| tells_all(source)).map(|source| {
            let fault = missing(file, source, locks);
            (fault.known.len(), fault, source)
        });
        if let Some((_, fault, source)) = faults.min_by_key(|(count, ..)| *count) {
            let words = format!("the lock file {} lacks", source.path);
            claims.extend(fault.claim("DEP-009", (&file.path, file.role), &words));
        }
    }
    claims
}

/// What is not complete cannot lack anything, and what is empty was not read as what it is.
fn tells_all(source: &Source) -> bool {
    source.file.partial.is_none() && !source.file.packages.is_empty()
}

fn missing(file: &DeclaredSource, source: &Source, locks: &Locks<'_>) -> Fault {
    let mut fault = Fault::default();
    for dependency in locks.asked(file) {
        let asked = match dependency.scope {
            Scope::Runtime => true,
            // PDM locks only the groups that it was told to.
            Scope::Development => source.kind != Kind::Pdm,
            // A project of .NET does not tell what for; elsewhere it is what others get, such as `[patch]`.
            Scope::Unknown => file.kind == declared::Kind::NuGet,
            Scope::Optional => false,
        };
        // Its real name may stand in the workspace's own file.
        let renamed = file.kind == declared::Kind::Cargo && dependency.requirement == "workspace = true";
        let named = !dependency.name.is_empty() && !dependency.name.contains("$(");
        if asked && named && !renamed && !locks.has(source, file.kind, &dependency.name) {
            fault.add(&dependency.name, dependency.line);
        }
    }
    fault
}
