//! What was looked at and what was not: the part of a report that keeps a pass honest.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most paths named of what was left out by choice; the count is always complete.
const EXAMPLES: usize = 10;
/// Most paths named of one hole in the evidence: who wants to close it needs them all.
const GAPS: usize = 1_000;

/// What was examined, and what was left out and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// How many of what: `files`, `bytes`, `signatures`, …
    pub examined: BTreeMap<String, u64>,
    /// What was not, by kind and reason.
    pub left_out: Vec<LeftOut>,
}

/// Things left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// What kind of omission it is.
    pub kind: LeftOutKind,
    /// The reason in words, the same for all of `paths`.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// The first of them in path order: ten at the most of what was left out by choice, a thousand of any other.
    pub paths: Vec<String>,
}

/// Why something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutKind {
    /// A package of which nothing can be said: no exact version, one that does not compare, no advisory data.
    Unjudged,
    /// Larger than the bound; hashed, not searched.
    TooLarge,
    /// Could not be opened or read.
    Unreadable,
    /// Changed while it was read.
    Changed,
    /// Its format could not be parsed.
    Unparsable,
    /// More findings of one rule in one file than are listed.
    Capped,
    /// A symbolic link that leads out of the tree, nowhere, or around in a circle.
    Link,
    /// Not a file, a directory or a link: a socket, a pipe, a device.
    Special,
    /// A submodule or another repository inside the tree: its files are read, its history and ignore rules are its own.
    NestedRepository,
    /// A submodule that is not checked out: there was nothing to read.
    MissingSubmodule,
    /// Another platform or a missing program is needed.
    Unsupported,
    /// Left out by the configuration.
    Excluded,
    /// Ignored by git and not tracked.
    Ignored,
    /// Binary content, which text rules do not search.
    Binary,
    /// Not read because only declaring files were asked for.
    Shallow,
}

impl LeftOutKind {
    /// Whether this is a hole in the evidence (strict mode refuses it) and not a choice that was made in the open.
    #[must_use]
    pub const fn is_gap(self) -> bool {
        !matches!(
            self,
            Self::Excluded | Self::Ignored | Self::Binary | Self::Shallow | Self::NestedRepository
        )
    }

    /// Most paths that are named for one reason.
    #[must_use]
    pub const fn most_paths(self) -> usize {
        if self.is_gap() { GAPS } else { EXAMPLES }
    }
}

impl Coverage {
    /// Adds to the count of one unit.
    pub fn add(&mut self, unit: &str, count: u64) {
        match self.examined.get_mut(unit) {
            Some(total) => *total += count,
            None => drop(self.examined.insert(unit.to_owned(), count)),
        }
    }

    /// Notes one thing left out. Examples stay the first in path order, whatever the order of calls.
    pub fn leave_out(&mut self, kind: LeftOutKind, reason: &str, path: &str) {
        self.leave_out_many(kind, reason, path, 1);
    }

    /// Notes `count` things left out at one path.
    pub fn leave_out_many(&mut self, kind: LeftOutKind, reason: &str, path: &str, count: u64) {
        self.merge_left_out(LeftOut { kind, reason: reason.to_owned(), count, paths: vec![path.to_owned()] });
    }

    /// How many of a unit were examined.
    #[must_use]
    pub fn count(&self, unit: &str) -> u64 {
        self.examined.get(unit).copied().unwrap_or(0)
    }

    /// Adds everything of another coverage; the result does not depend on the order of merges.
    pub fn merge(&mut self, other: Self) {
        for (unit, count) in other.examined {
            self.add(&unit, count);
        }
        for left in other.left_out {
            self.merge_left_out(left);
        }
    }

    fn merge_left_out(&mut self, left: LeftOut) {
        let key = |entry: &LeftOut| (entry.kind, entry.reason.clone());
        match self.left_out.binary_search_by_key(&key(&left), key) {
            Ok(at) => {
                if let Some(entry) = self.left_out.get_mut(at) {
                    entry.count = entry.count.saturating_add(left.count);
                    for path in left.paths {
                        if let Err(place) = entry.paths.binary_search(&path) {
                            entry.paths.insert(place, path);
                        }
                    }
                    entry.paths.truncate(left.kind.most_paths());
                }
            }
            Err(at) => self.left_out.insert(at, left),
        }
    }
}
