//! A list of releases that are widely known to be exploited or malicious, and a few notices of `RustSec`, compiled in:
//! what the vulnerability check falls back to when no advisory data was imported. It holds facts only (ids, packages,
//! ranges, severities) with a line of our own for each; it is no substitute for the databases, and a check that has
//! nothing else says so.
//!
//! The data is in the JSON files beside this one, one for each ecosystem:
//!
//! ```json
//! {
//!   "ecosystem": "npm",
//!   "advisories": [
//!     {
//!       "id": "GHSA-…", "aliases": ["CVE-…"], "summary": "one line", "severity": "CVSS:3.1/… or a word",
//!       "published": "2021-10-22", "cwes": ["CWE-506"], "exploited": true,
//!       "affected": { "ua-parser-js": ["=0.7.29", ">=0 <0.7.28", ">=1.0.0 <=1.0.2"] }
//!     }
//!   ]
//! }
//! ```
//!
//! A range is a line of events in the order of versions: `>=` introduced, `<` fixed, `<=` last affected; `=` is one
//! version. A notice that is no vulnerability has its kind in `informational` (`unmaintained`, `unsound`, `notice`) and
//! no `severity`. `exploited` stands where CISA's catalogue lists one of the ids. An entry of a distribution holds for every
//! release of it.

mod read;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::crypto::digest::HashAlgorithm;
use crate::formats::ecosystem::{Ecosystem, Family};
use crate::formats::osv::Advisory;

/// The day on which the list was last revised, RFC 3339.
const AS_OF: &str = "2026-11-22";

/// The files, in the order of ecosystem names.
const FILES: &[&str] = &[
    include_str!("alpine.json"),
    include_str!("crates.json"),
    include_str!("debian.json"),
    include_str!("github_actions.json"),
    include_str!("go.json"),
    include_str!("maven.json"),
    include_str!("npm.json"),
    include_str!("nuget.json"),
    include_str!("packagist.json"),
    include_str!("pypi.json"),
    include_str!("rubygems.json"),
];

/// The list as it is searched.
#[derive(Debug)]
struct List {
    advisories: Vec<Advisory>,
    by_package: HashMap<(Family, String), Vec<usize>>,
    exploited: HashSet<String>,
}

static LIST: LazyLock<List> = LazyLock::new(list);

#[expect(
    clippy::expect_used,
    reason = "the files are part of the program, and a test reads every one of them"
)]
fn list() -> List {
    let (mut advisories, mut exploited) = (Vec::new(), HashSet::new());
    for text in FILES {
        for entry in read::entries(text, AS_OF).expect("the built-in list is well-formed") {
            if entry.exploited {
                exploited.insert(entry.advisory.id.clone());
                exploited.extend(entry.advisory.aliases.iter().cloned());
            }
            advisories.push(entry.advisory);
        }
    }
    let mut by_package: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, advisory) in advisories.iter().enumerate() {
        for affected in &advisory.affected {
            let Some(ecosystem) = Ecosystem::parse(&affected.ecosystem) else { continue };
            let name = ecosystem.family.normal_name(&affected.name).into_owned();
            let found = by_package.entry((ecosystem.family, name)).or_default();
            if found.last() != Some(&index) {
                found.push(index);
            }
        }
    }
    List { advisories, by_package, exploited }
}

/// What the list says of a package, by the family and the name in any spelling. Whether a version, or a release of a
/// distribution, is affected is for the matching to say.
#[must_use]
pub fn advisories(ecosystem: &Ecosystem, name: &str) -> Vec<&'static Advisory> {
    let key = (ecosystem.family, ecosystem.family.normal_name(name).into_owned());
    let found = LIST.by_package.get(&key).map(Vec::as_slice).unwrap_or_default();
    found.iter().filter_map(|index| LIST.advisories.get(*index)).collect()
}

/// The whole list.
#[must_use]
pub fn all() -> &'static [Advisory] {
    &LIST.advisories
}

/// Whether the list knows that CISA's catalogue of exploited vulnerabilities holds this id (`CVE-…`, or another id of
/// the same vulnerability). False says nothing: the list is short.
#[must_use]
pub fn exploited(id: &str) -> bool {
    LIST.exploited.contains(id)
}

/// The day on which the list was last revised, RFC 3339 (`2026-11-22`).
#[must_use]
pub const fn as_of() -> &'static str {
    AS_OF
}

/// SHA-256 of the list, in hexadecimal: tells two revisions apart in reports.
#[must_use]
pub fn digest() -> String {
    HashAlgorithm::Sha256.digest(FILES.concat().as_bytes()).to_string()
}

#[cfg(test)]
mod tests;
