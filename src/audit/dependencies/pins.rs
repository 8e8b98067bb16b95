//! Whether every dependency is pinned.

use super::{Claim, Fault};
use crate::audit::inventory::Assembled;
use crate::formats::lockfile::Kind;
use crate::formats::package::Origin;

/// Reads the inventory for what is not pinned.
pub(super) fn claims(assembled: &Assembled) -> Vec<Claim> {
    let mut claims = Vec::new();
    for file in assembled.unlocked() {
        let mut fault = Fault::default();
        for dependency in &file.declared.dependencies {
            fault.add(&dependency.name, dependency.line);
        }
        claims.extend(fault.claim(
            "DEP-001",
            (&file.path, file.role),
            "no lock file pins what this asks for",
        ));
    }
    for source in &assembled.sources {
        let place = (source.path.as_str(), source.role);
        match source.kind {
            // Base images are the business of the containers check.
            Kind::Containerfile => {}
            Kind::Workflow => {
                let mut fault = Fault::default();
                for unread in &source.file.left_out {
                    fault.add(&unread.name, unread.line);
                }
                for package in &source.file.packages {
                    if !matches!(&package.origin, Origin::Git { commit: Some(_), .. })
                        && package.ecosystem.is_some()
                    {
                        fault.add(&package.name, package.line);
                    }
                }
                // A full commit without a comment has no version, but nothing is better pinned.
                let words = "not pinned to a commit";
                claims.extend(fault.claim("DEP-003", place, words));
            }
            _ => {
                let mut fault = Fault::default();
                for unread in source.file.left_out.iter().filter(|unread| !unread.name.is_empty()) {
                    fault.add(&unread.name, unread.line);
                }
                claims.extend(fault.claim("DEP-002", place, "without an exact version"));
            }
        }
    }
    claims
}
