//! Writing software bills of materials: one model of what lock files pin, as `CycloneDX` 1.6 and as SPDX 2.3, both JSON.
//!
//! Identical input gives identical bytes: components stand in the order of their identity, and the serial number and the
//! namespace are derived from the content. What is not known is left out rather than guessed: a package without an
//! entry in the dependency graph is one whose dependencies its lock file does not tell.
//!
//! - What a package is needed for: `CycloneDX` `scope` is `required` for what runs, `optional`, and `excluded` for what
//!   only development needs (the standard's word for "test and other non-runtime purposes"), npm packages with the
//!   registered property `cdx:npm:package:development` besides; where it is not known there is none. In SPDX the relation
//!   to the project tells: `DEPENDS_ON`, `OPTIONAL_DEPENDENCY_OF`, `DEV_DEPENDENCY_OF`.
//! - Digests are those of archives. A package of several archives (wheels, platforms) has several of one function.
//! - A package that does not come from its ecosystem's usual registry says so in its package URL: `vcs_url`,
//!   `download_url`, `repository_url`.
//! - The supplier is not in any lock file: SPDX says `NOASSERTION`, `CycloneDX` nothing.

mod cyclonedx;
mod digests;
mod gather;
mod identity;
mod license;
mod origin;
mod spdx;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

use crate::formats::ecosystem::Ecosystem;
use crate::formats::package::{Hash, Package, Scope};
use crate::formats::purl::Purl;

pub use cyclonedx::cyclonedx;
pub use spdx::spdx;

/// The packages of one file.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    /// Where the file stands, relative to the tree.
    pub path: &'a str,
    /// Its packages; their `depends_on` are indexes into this list.
    pub packages: &'a [Package],
}

/// A bill of materials, ready to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// What it is about.
    pub subject: Subject,
    /// When it was made: RFC 3339 in UTC, to the second.
    pub created: String,
    /// The version of this program.
    pub tool_version: String,
    /// The packages, by their identity.
    pub packages: Vec<Entry>,
    /// What should be in it and is not known, in words, sorted: files that could not be read, entries not understood.
    pub missing: Vec<String>,
    /// Files that name packages and are of no part of the product, in words, sorted.
    pub outside: Vec<String>,
}

/// What a bill is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Its package URL.
    pub purl: Option<Purl>,
    /// Licences as written.
    pub licenses: Vec<String>,
    /// What it needs itself, as indexes into the packages, sorted; none when no file tells.
    pub depends_on: Option<Vec<usize>>,
}

/// A package of a bill: what all files together say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What identifies it in the bill: its package URL, or `ecosystem/name@version`.
    pub identity: String,
    /// What it is.
    pub kind: Kind,
    /// The name as its ecosystem writes it.
    pub name: String,
    /// The exact version.
    pub version: Option<String>,
    /// The ecosystem.
    pub ecosystem: Option<Ecosystem>,
    /// The package URL, with where it comes from.
    pub purl: Option<Purl>,
    /// What it is needed for; of several answers that of the most exposed use.
    pub scope: Scope,
    /// Where it is from, if that is not a registry.
    pub place: Option<Place>,
    /// Digests of its archives.
    pub hashes: BTreeSet<Hash>,
    /// Licences as written.
    pub licenses: Vec<String>,
    /// What it depends on, as indexes into the packages, sorted; none when no file tells.
    pub depends_on: Option<Vec<usize>>,
    /// The files that name it.
    pub files: BTreeSet<String>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A package that others use.
    #[default]
    Library,
    /// A part of the project itself.
    Application,
    /// The image of a container.
    Container,
}

/// A place to get a package from, whole URLs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An archive.
    Archive(String),
    /// A git repository, and the commit.
    Git(String, Option<String>),
}

impl Bill {
    /// Puts lists together. `tree` is what the subject is called when the lists do not name exactly one project of their
    /// own; `created` is RFC 3339 in UTC.
    #[must_use]
    pub fn of(tree: &str, created: String, lists: &[List<'_>]) -> Self {
        let (subject, packages) = gather::gather(tree, lists);
        Self {
            subject,
            created,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            packages,
            missing: Vec::new(),
            outside: Vec::new(),
        }
    }

    /// What identifies the subject in the bill: its package URL, or a name that no package has.
    fn root(&self) -> Cow<'_, str> {
        match &self.subject.purl {
            Some(purl) => Cow::Owned(purl.to_string()),
            None => Cow::Owned(format!("tree/{}", self.subject.name)),
        }
    }
}

/// A document in readable JSON, with a newline at its end.
#[expect(
    clippy::expect_used,
    reason = "strings and numbers in structs and lists always become JSON in memory"
)]
fn json(document: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(document).expect("no map with keys other than strings");
    bytes.push(b'\n');
    bytes
}
